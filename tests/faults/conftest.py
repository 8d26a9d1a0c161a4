"""Faults: real servers that die, and what must still be true when the next one has started."""

from __future__ import annotations

import json
import os
import random
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from tests.conftest import FAULT_SEED, wait_for
from tests.faults import report
from tests.faults.invariants import check_clean, check_invariants

from openglue.cgroup import Group
from openglue.faultpoints import VARIABLE
from openglue.model.states import TERMINAL
from openglue.process import Identity, marked, send

BIN = Path(sys.executable).parent
#: When this session of pytest began, epoch seconds.
BEGAN = pytest.StashKey[float]()
#: What a test has told.
TOLD = pytest.StashKey[Path]()


class Server:
    """A server on one data directory that can be killed and started again, on the same port."""

    def __init__(self, data: Path, *options: str, db: str = "", settings: Mapping[str, object] | None = None) -> None:
        self.data = data
        self.db = db
        self.options = [*options, *(["--db", db] if db else [])]
        self.settings = {f"OPENGLUE_{name.upper()}": str(value) for name, value in (settings or {}).items()}
        #: How runs were seen to have ended, by id: that never changes.
        self._ends: dict[str, tuple[object, ...]] = {}
        #: What the program is started by, e.g. in namespaces of its own.
        self.prefix: tuple[str, ...] = ()
        self.effects = data.parent / "effects.txt"
        self.process: subprocess.Popen[bytes] | None = None
        self.move()

    def move(self) -> None:
        """Start on another port from now on."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.glue = self.client("glue")
        self.logs = self.client("logs")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(
        self, service: str = "glue", *, attempts: int = 1, mode: str = "standard", port: int | None = None
    ) -> Any:
        """A boto3 client that sends each call so often at most. `port`: of a proxy, to go by way of it."""
        return boto3.client(
            service,
            endpoint_url=self.url if port is None else f"http://127.0.0.1:{port}",
            region_name="us-east-1",
            aws_access_key_id="x",
            aws_secret_access_key="x",
            config=Config(retries={"total_max_attempts": attempts, "mode": mode}, connect_timeout=5, read_timeout=30),
        )

    def start(self, crash_at: str | None = None, **environ: str) -> None:
        self.spawn(crash_at, **environ)
        self.answered()

    def answered(self) -> None:
        """Wait for its first answer."""
        wait_for(self._answers, deadline_s=60, what="the server's answer")

    def spawn(self, crash_at: str | None = None, **environ: str) -> None:
        """Start the program, without waiting for its first answer."""
        environ = {**os.environ, **self.settings, **environ, **({} if crash_at is None else {VARIABLE: crash_at})}
        with (self.data.parent / "server.log").open("ab") as log:
            command = [BIN / "openglue", "serve", "--data", str(self.data), "--port", str(self.port), *self.options]
            self.process = subprocess.Popen(
                [*self.prefix, *command],
                env=environ,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (self.data.parent / "server.log").read_text()
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=5) as answer:  # noqa: S310 - our own address
                return bool(answer.status == 200)
        except OSError:
            return False

    def advance(self, *, seconds: int) -> None:
        """Move its clock on; for a server with the setting `rehearsal`."""
        request = urllib.request.Request(  # noqa: S310 - our own address
            self.url,
            json.dumps({"Milliseconds": seconds * 1000}).encode(),
            {"X-Amz-Target": "OpenGlue.AdvanceClock", "Content-Type": "application/x-amz-json-1.1"},
        )
        with urllib.request.urlopen(request, timeout=30):  # noqa: S310 - as above
            pass

    def kill(self) -> None:
        """kill -9."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(30)

    def lives(self, seconds: float) -> None:
        """Let it live so long: the random moment of a fault. It does not end by itself meanwhile."""
        assert self.process is not None
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)
            pytest.fail((self.data.parent / "server.log").read_text())

    def died(self) -> None:
        """Wait for the crash point to be reached."""
        assert self.process is not None
        assert self.process.wait(60) == -9

    def stop(self) -> int:
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(30)

    def job(self, script: str, kind: str = "pythonshell", **members: Any) -> str:
        name = f"job-{time.monotonic_ns()}"
        file = self.data.parent / f"{name}.py"
        # The first act of every script: say that it ran, in one append.
        mark = f"open({str(self.effects)!r}, 'a').write({name!r} + ' ' + os.environ['OPENGLUE_RUN'] + chr(10))"
        file.write_text(f"import os\n{mark}\n{script}")
        self.glue.create_job(
            Name=name,
            Role="r",
            Command={"Name": kind, "ScriptLocation": str(file)},
            DefaultArguments={"library-set": "none"} if kind == "pythonshell" else {},
            **members,
        )
        return name

    def start_run(self, job: str) -> str:
        return str(self.glue.start_job_run(JobName=job)["JobRunId"])

    def get(self, job: str, run_id: str) -> dict[str, Any]:
        run: dict[str, Any] = self.glue.get_job_run(JobName=job, RunId=run_id)["JobRun"]
        return run

    def ended(self, job: str, run_id: str) -> dict[str, Any]:
        """Wait for the run's end."""

        def look() -> dict[str, Any] | None:
            run = self.get(job, run_id)
            return run if run["JobRunState"] in TERMINAL else None

        run = wait_for(look, deadline_s=60, what=f"the end of {run_id}")
        assert run is not None
        return run

    def starts(self, job: str) -> int:
        """How often the user code of the job started."""
        return sum(line.startswith(f"{job} ") for line in self._effects())

    def started(self) -> Counter[str]:
        """How often the user code of each run started."""
        return Counter(line.split()[1].rpartition(".")[0] for line in self._effects())

    def _effects(self) -> list[str]:
        # The last line may be half written when somebody was killed.
        return self.effects.read_text().splitlines() if self.effects.exists() else []

    def remember(self, ends: Mapping[str, tuple[object, ...]]) -> None:
        """Hold what is known of ended runs against what was known before (I5)."""
        for run_id, end in ends.items():
            assert self._ends.setdefault(run_id, end) == end, f"I5: {run_id} ended {self._ends[run_id]}, now {end}"


def runner(server: Server, run_id: str) -> int:
    """Pid of the runner of a run."""
    [file] = server.data.glob(f"runs/{run_id}.*/runner.json")
    identity = Identity.read(file)
    assert identity is not None
    return identity.pid


def hide_cgroups(server: Server) -> None:
    """Start the program where no cgroup can be made."""
    if shutil.which("unshare") is None or os.geteuid() != 0:
        pytest.skip("cgroups can only be hidden by root, with unshare")
    hide = 'mount -t tmpfs -o ro none /sys/fs/cgroup && exec "$@"'
    server.prefix = ("unshare", "--mount", "sh", "-c", hide, "sh")


def running(word: str) -> list[int]:
    """Processes that were started with this word, wherever they are and whatever else they have hidden."""
    found = []
    for directory in Path("/proc").iterdir():
        with suppress(OSError):
            if directory.name.isdigit() and word.encode() in (directory / "cmdline").read_bytes().split(b"\0"):
                found.append(int(directory.name))
    return found


@pytest.fixture(autouse=True)
def seed() -> int:
    """What a test's chances depend on. A failure shows it, and the environment repeats it."""
    seed = int(FAULT_SEED or secrets.randbits(32))
    print(f"OPENGLUE_FAULT_SEED={seed}")  # noqa: T201 - shown with a failure
    return seed


@pytest.fixture
def rng(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - chances, not secrets


@pytest.fixture
def tell(request: pytest.FixtureRequest, seed: int) -> Callable[..., None]:
    """Report what a scenario has measured: its name, a sentence over the figures, and the figures."""
    tier = "short" if request.node.get_closest_marker("faults") is None else "long"

    def tell(scenario: str, sentence: str, **figures: float) -> None:
        request.node.stash[TOLD] = report.write(
            scenario, test=request.node.nodeid, tier=tier, seed=seed, sentence=sentence, figures=figures
        )

    return tell


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What has failed, be it in what is checked when it is over, has measured nothing."""
    made = yield
    if made.failed and TOLD in item.stash:
        item.stash[TOLD].unlink(missing_ok=True)
    return made


def pytest_configure(config: pytest.Config) -> None:
    config.stash[BEGAN] = time.time()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    lines = report.table(config.stash[BEGAN])
    if lines:
        terminalreporter.section("faults")
        for line in lines:
            terminalreporter.line(line)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path / "data")
    yield made
    finish(made)


def finish(server: Server) -> None:
    """Stop a server, check what it leaves, and end what still runs."""
    try:
        if server.process is not None and server.process.poll() is None:
            try:
                check_clean(server)
            finally:
                server.stop()
        check_invariants(server)
    finally:
        end_runs(server)


def end_runs(server: Server) -> None:
    """End what runs, now that no server does."""
    for entry in server.data.glob("runs/*"):
        runner = Identity.read(entry / "runner.json")
        for identity in [*([] if runner is None else [runner]), *marked(entry.name)]:
            send(identity, signal.SIGKILL)
        if (group := Group.read(entry / "cgroup.json")) is not None:
            group.kill()
            assert group.remove(), "a killed run leaves its cgroup"
