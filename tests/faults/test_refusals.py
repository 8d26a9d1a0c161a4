"""R20: a data directory that cannot be served is refused with a sentence, and left as it is."""

from __future__ import annotations

import ctypes
import os
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest
from tests.faults.conftest import BIN, Server
from tests.faults.invariants import check_alive

LIBC = ctypes.CDLL(None, use_errno=True)
#: mount(2): remount, read only.
REMOUNT_RO = 32 | 1


def refused(data: Path) -> str:
    """What `openglue serve` says of it."""
    done = subprocess.run(
        [BIN / "openglue", "serve", "--data", data, "--port", "0"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2, (done.returncode, done.stderr)
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_second_server_is_refused_and_the_first_one_goes_on(server: Server) -> None:
    server.start()
    assert server.process is not None
    assert f"is already served by process {server.process.pid}; stop that server" in refused(server.data)
    check_alive(server)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda file: file.write_bytes(b"not a database" * 1000), "file is not a database"),
        (lambda file: _at_schema(file, "9999"), "was made by a newer version of OpenGlue"),
    ],
    ids=["no database", "a newer schema"],
)
def test_a_database_that_is_not_ours_is_left_alone(server: Server, damage: object, said: str) -> None:
    server.start()
    assert server.stop() == 0
    file = server.data / "openglue.db"
    whole = file.read_bytes()
    damage(file)  # type: ignore[operator]
    before = file.read_bytes()
    assert said in refused(server.data)
    assert file.read_bytes() == before
    file.write_bytes(whole)
    server.start()
    check_alive(server)


def _at_schema(file: Path, revision: str) -> None:
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("PRAGMA journal_mode=DELETE")
        database.execute("UPDATE alembic_version SET version_num = ?", (revision,))


def test_half_a_transaction_in_the_log_of_a_killed_server_is_none(server: Server) -> None:
    server.start()
    job = server.job("")
    run_id = server.start_run(job)
    assert server.ended(job, run_id)["JobRunState"] == "SUCCEEDED"
    server.kill()
    wal = server.data / "openglue.db-wal"
    # A frame that power was lost in.
    with wal.open("ab") as stream:
        stream.write(os.urandom(5000))
    server.start()
    assert server.get(job, run_id)["JobRunState"] == "SUCCEEDED"
    check_alive(server)


def test_a_directory_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    mount = tmp_path / "disk"
    mount.mkdir()
    if LIBC.mount(b"tmpfs", bytes(mount), b"tmpfs", 0, b"size=16m") != 0:
        pytest.skip(f"mounting a file system is not allowed here: {os.strerror(ctypes.get_errno())}")
    try:
        server = Server(mount / "data")
        server.start()
        assert server.stop() == 0
        assert LIBC.mount(b"tmpfs", bytes(mount), b"tmpfs", REMOUNT_RO, None) == 0
        assert "Read-only file system" in refused(server.data)
    finally:
        LIBC.umount2(bytes(mount), 2)
