"""Two S3 servers under the same tests: the embedded one, and moto's as a second opinion on what S3 does."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
import uvicorn
from botocore.config import Config
from moto.server import ThreadedMotoServer

from openglue.api.s3_http import S3App
from openglue.s3.embedded import EmbeddedS3

CREDENTIALS = {"aws_access_key_id": "AKID", "aws_secret_access_key": "secret", "region_name": "us-east-1"}


def make_client(endpoint: str, **config: Any) -> Any:
    """boto3 with one attempt: what fails is to be seen."""
    return boto3.client(
        "s3", endpoint_url=endpoint, config=Config(retries={"total_max_attempts": 1}, **config), **CREDENTIALS
    )


@contextmanager
def served(app: Any) -> Iterator[str]:
    """An ASGI application under a real uvicorn, as server.py runs it, on a free port of its own thread."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            http="httptools",
            lifespan="off",
            ws="none",
            access_log=False,
            log_config=None,
            server_header=False,
            date_header=False,
            timeout_graceful_shutdown=1,
        )
    )
    # Connections wait in the listener's queue until the server takes them.
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=30)
        listener.close()


@dataclass(frozen=True, kw_only=True)
class Embedded:
    """The embedded S3, seen from both sides."""

    endpoint: str
    root: Path
    workdir: Path
    client: Any

    def staged(self) -> list[Path]:
        """What is being received."""
        return [*(self.workdir / "incoming").glob("*")]


@contextmanager
def running(data: Path, **options: Any) -> Iterator[Embedded]:
    """The embedded S3 over the buckets and the working directory in `data`; `options` are S3App's."""
    s3 = EmbeddedS3(data / "s3", data / "tmp")
    with served(S3App(s3, **options)) as endpoint:
        client = make_client(endpoint)
        yield Embedded(endpoint=endpoint, root=data / "s3", workdir=data / "tmp", client=client)
        client.close()
    s3.stop()


@pytest.fixture(scope="session")
def _embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    with running(tmp_path_factory.mktemp("data")) as found:
        yield found


@pytest.fixture
def start() -> Iterator[Callable[..., Embedded]]:
    """Start an embedded S3 of this test's own."""
    with ExitStack() as stack:
        yield lambda data, **options: stack.enter_context(running(data, **options))


@pytest.fixture
def started() -> Callable[..., AbstractContextManager[Embedded]]:
    """The same for `with`, for a test that starts one after the other."""
    return running


@pytest.fixture(scope="session")
def _moto() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def new_name() -> Callable[[], str]:
    """Names of buckets that no other test has."""
    return lambda: f"bucket-{next(_NUMBERS)}"


_NUMBERS = iter(range(1, 1_000_000))


@pytest.fixture
def embedded(_embedded: Embedded) -> Embedded:
    return _embedded


@pytest.fixture
def bucket(embedded: Embedded, new_name: Callable[[], str]) -> str:
    """A bucket of the embedded S3."""
    name = new_name()
    embedded.client.create_bucket(Bucket=name)
    return name


@pytest.fixture(params=["embedded", "moto"])
def s3(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A boto3 client of each of the two servers."""
    if request.param == "embedded":
        yield request.getfixturevalue("_embedded").client
        return
    client = make_client(request.getfixturevalue("_moto"))
    yield client
    client.close()


@pytest.fixture
def b(s3: Any, new_name: Callable[[], str]) -> str:
    """A bucket of the server under test."""
    name = new_name()
    s3.create_bucket(Bucket=name)
    return name
