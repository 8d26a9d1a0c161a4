"""A connection to the OpenGlue that answers, or to an embedded one that is started for this process.

Where a service is looked for, first match wins:

    an endpoint given by name            --endpoint
    OPENGLUE_ENDPOINT, AWS_ENDPOINT_URL_GLUE, AWS_ENDPOINT_URL
    <data>/server.json                   written by a server while it serves the data directory
    http://127.0.0.1:4566                if OpenGlue answers there

A data directory that is given by name is the only place that is looked at.

An embedded service is a process of its own that ends with its users, however they end. Each user holds a shared lock
on `<data>/users.lock`; the service waits for the exclusive one and then ends. So several processes share one embedded
service, none of them must outlive the others, and the operating system gives the locks of a killed one back. Runs that
are under way when it ends go on, and report to the next service of the data directory.
"""

from __future__ import annotations

import fcntl
import functools
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

#: Environment variables that name a service, the first that is set.
ENDPOINT_VARIABLES = ("OPENGLUE_ENDPOINT", "AWS_ENDPOINT_URL_GLUE", "AWS_ENDPOINT_URL")
DEFAULT_URL = "http://127.0.0.1:4566"

SERVER_FILE = "server.json"
USERS_FILE = "users.lock"
START_FILE = "start.lock"
LOG_FILE = "embedded.log"

#: Seconds for an embedded service to answer.
START_DEADLINE_S = 30.0
#: Seconds for one to end: requests under way are drained first.
STOP_DEADLINE_S = 20.0
#: Seconds in which it shows that the last user has gone; longer means that there are others.
NOTICE_S = 0.5
HEALTH_TIMEOUT_S = 5.0
_POLL_S = 0.01
#: Lines of its log that a failed start shows.
_LOG_LINES = 20


class NoServiceError(Exception):
    """No service answers; the message says where it was looked for and what to do."""


class StartError(Exception):
    """An embedded service could not be started; the message ends with its log."""


def connect(data: Path | None = None) -> Connection:
    """The service that answers, or an embedded one on `data` (default: the setting `data`) that this call starts.

    A process has one connection for each data directory: asking again gives the same one while its service answers.
    Raises NoServiceError when the environment names a service that does not answer, StartError when none can be
    started.
    """
    connection = _connection(data)
    if not answers(connection.url):
        connection.close()
        connection = _connection(data)
    return connection


# The cache is the one thing of this process that outlives a call. It only saves doing it again: a second connection
# would find the service of the first one by its server.json.
@functools.cache
def _connection(data: Path | None) -> Connection:
    import atexit

    named = None if data is not None else named_endpoint(None, os.environ)
    if named is not None:
        return Connection(named)
    directory = default_data() if data is None else data.absolute()
    connection = _open(directory, elsewhere=data is None)
    atexit.register(connection.close)
    return connection


def find(endpoint: str | None = None, data: Path | None = None, environ: Mapping[str, str] = os.environ) -> str:
    """URL of the service that answers. Raises NoServiceError."""
    if endpoint is None and data is not None:
        url = _served(data.absolute())
        if url is None:
            raise NoServiceError(f"no service serves {data}: start one with `openglue serve --data {data}`")
        return url
    named = named_endpoint(endpoint, environ)
    if named is not None:
        return named
    directory = default_data()
    url = _served(directory) or (DEFAULT_URL if answers(DEFAULT_URL) else None)
    if url is None:
        raise NoServiceError(
            f"no service answers: neither for the data directory {directory} nor at {DEFAULT_URL}. "
            "Start one with `openglue serve`, or name one with --endpoint"
        )
    return url


def named_endpoint(endpoint: str | None, environ: Mapping[str, str]) -> str | None:
    """The service that a flag or the environment names; NoServiceError if it does not answer."""
    where, url = "--endpoint", endpoint
    for name in ENDPOINT_VARIABLES:
        if url is None and environ.get(name):
            where, url = name, environ[name]
    if url is None:
        return None
    url = url.rstrip("/")
    if not answers(url):
        raise NoServiceError(f"no service answers at {url}, which {where} names")
    return url


def answers(url: str) -> bool:
    """Whether an OpenGlue is ready at this URL."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return False
    maker = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    try:
        connection = maker(parts.hostname, parts.port, timeout=HEALTH_TIMEOUT_S)
        try:
            connection.request("GET", "/healthz")
            response = connection.getresponse()
            # Ours says nothing else; another program's front page is no health.
            return response.status == 200 and response.read(1) == b""
        finally:
            connection.close()
    except (OSError, ValueError, http.client.HTTPException):
        return False


def default_data() -> Path:
    from openglue.config import load

    return load().data


class Connection:
    """A service, and this process's share in keeping it."""

    def __init__(self, url: str, *, hold: Hold | None = None, process: subprocess.Popen[bytes] | None = None) -> None:
        #: Where it answers: the endpoint URL of AWS clients.
        self.url = url
        self._hold = hold
        self._process = process

    @property
    def started(self) -> bool:
        """Whether this connection started the service."""
        return self._process is not None

    @property
    def pid(self) -> int | None:
        """Process of the service, if this connection started it."""
        return None if self._process is None else self._process.pid

    def client(self, service: str, **options: Any) -> Any:
        """A boto3 client of the service; `options` go to boto3 and prevail.

        It works without any AWS configuration: unless the environment has an access key, a made-up one is used, which
        a service on loopback accepts.
        """
        import boto3
        import botocore.session
        from botocore.config import Config

        given: dict[str, Any] = {
            "endpoint_url": self.url,
            "region_name": os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1",
        }
        if "AWS_ACCESS_KEY_ID" not in os.environ:
            given |= {"aws_access_key_id": "openglue", "aws_secret_access_key": "openglue"}  # made up
        # A bucket's name is no host name here, and no proxy leads to this machine.
        config = Config(s3={"addressing_style": "path"}, proxies={})
        if options.get("config") is not None:
            config = config.merge(options["config"])
        # A profile that the environment names belongs to AWS, and need not exist on this machine.
        session = boto3.Session(
            botocore_session=botocore.session.Session(session_vars={"profile": (None, None, None, None)})
        )
        return session.client(service, **{**given, **options, "config": config})

    def close(self) -> None:
        """Let go of the service. One that was embedded ends if nobody else uses it; runs under way go on."""
        import atexit

        # So that the next `connect` looks again. Other connections stay open; they are merely not remembered.
        _connection.cache_clear()
        if self._hold is None:
            return
        users = self._hold.file
        self._hold.release()
        self._hold = None
        atexit.unregister(self.close)
        if self._process is not None and _is_ending(users, self._process):
            _end(self._process, STOP_DEADLINE_S)

    def stop(self) -> None:
        """End the service now if this connection started it, whoever else uses it."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            _end(self._process, STOP_DEADLINE_S)
        self.close()


@dataclass(frozen=True, kw_only=True)
class Hold:
    """A shared lock on the users' file of a data directory."""

    file: Path
    descriptor: int

    @classmethod
    def take(cls, data: Path) -> Hold | None:
        """Be a user of the data directory's service; None while an embedded one is ending."""
        descriptor = os.open(data / USERS_FILE, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        return cls(file=data / USERS_FILE, descriptor=descriptor)

    def release(self) -> None:
        # Not LOCK_UN: that would also unlock it for a process that this one was forked from.
        os.close(self.descriptor)


def start(data: Path, *, environ: Mapping[str, str] = os.environ) -> Connection:
    """Start an embedded service on `data`, on a free port; the caller ends it. Raises StartError."""
    hold = Hold.take(data)
    if hold is None:
        raise StartError(f"the service of {data} is ending; try again")
    process = None
    try:
        with (data / LOG_FILE).open("wb") as log:
            process = subprocess.Popen(
                # -P: modules in the working directory must not replace the service's own.
                [
                    *(sys.executable, "-P", "-m", "openglue.cli", "serve", "--data", str(data)),
                    *("--host", "127.0.0.1", "--port", "0", "--while-held", str(hold.file)),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(environ),
                # A Ctrl-C in the terminal is for the user of the service, who may want to stop a run first.
                start_new_session=True,
            )
        url = _wait_ready(data, process)
    except BaseException:
        hold.release()
        if process is not None:
            process.terminate()
            _end(process, STOP_DEADLINE_S)
        raise
    return Connection(url, hold=hold, process=process)


def _open(data: Path, *, elsewhere: bool) -> Connection:
    """The service of `data`, found or started; with `elsewhere` also one that answers at the usual address."""
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _starting(data):
            deadline = time.monotonic() + START_DEADLINE_S
            while (hold := Hold.take(data)) is None:
                if time.monotonic() > deadline:
                    raise StartError(f"the embedded service of {data} has been ending for {START_DEADLINE_S:.0f} s")
                time.sleep(_POLL_S)
            url = _served(data)
            if url is not None:
                return Connection(url, hold=hold)
            hold.release()
            if elsewhere and answers(DEFAULT_URL):
                return Connection(DEFAULT_URL)
            return start(data)
    except OSError as error:
        raise StartError(f"the data directory {data} cannot be used: {error.strerror}") from error


@contextmanager
def _starting(data: Path) -> Iterator[None]:
    """Of the processes that want a service, one starts it and the others wait, then find it."""
    deadline = time.monotonic() + START_DEADLINE_S
    descriptor = os.open(data / START_FILE, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise StartError(f"another process has been starting a service on {data} for a long time") from None
                time.sleep(_POLL_S)
        yield
    finally:
        os.close(descriptor)


def _served(data: Path) -> str | None:
    """URL of the server that serves this data directory, if it answers."""
    server = _read_server(data)
    if server is None:
        return None
    url, pid = server
    # What a killed server left behind may name the address of another one by now.
    with suppress(PermissionError):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return None
    return url if answers(url) else None


def _read_server(data: Path) -> tuple[str, int] | None:
    try:
        document = json.loads((data / SERVER_FILE).read_bytes())
        return str(document["url"]), int(document["pid"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _wait_ready(data: Path, process: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + START_DEADLINE_S
    while process.poll() is None:
        server = _read_server(data)
        if server is not None and server[1] == process.pid and answers(server[0]):
            return server[0]
        if time.monotonic() > deadline:
            raise StartError(f"the embedded service did not answer within {START_DEADLINE_S:.0f} s.\n{_log(data)}")
        time.sleep(_POLL_S)
    raise StartError(f"the embedded service ended at once (exit code {process.returncode}).\n{_log(data)}")


def _log(data: Path) -> str:
    """The end of an embedded service's log."""
    try:
        lines = (data / LOG_FILE).read_text(errors="replace").splitlines()
    except OSError:
        lines = []
    return "\n".join([f"Its log, {data / LOG_FILE}:", *(f"  {line}" for line in lines[-_LOG_LINES:] or ["(empty)"])])


def _is_ending(users: Path, process: subprocess.Popen[bytes]) -> bool:
    """Whether the service has noticed that the last user has gone: then it holds the lock, or is gone itself."""
    deadline = time.monotonic() + NOTICE_S
    while process.poll() is None and time.monotonic() < deadline:
        hold = Hold.take(users.parent)
        if hold is None:
            return True
        hold.release()
        time.sleep(_POLL_S)
    return process.poll() is not None


def _end(process: subprocess.Popen[bytes], deadline_s: float) -> None:
    """Wait for a service that was told to end; kill what does not."""
    try:
        process.wait(deadline_s)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(deadline_s)
