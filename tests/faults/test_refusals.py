"""R20: a data directory that cannot be served is refused with a sentence, and left as it is."""

from __future__ import annotations

import ctypes
import os
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.faults.conftest import BIN, Server
from tests.faults.invariants import check_alive

from openglue.store.opening import migrate, migration_engine, revision
from openglue.store.schema import REVISION

LIBC = ctypes.CDLL(None, use_errno=True)
#: Bytes of a page of SQLite's.
PAGE = 4096
#: mount(2): remount, read only.
REMOUNT_RO = 32 | 1


def refused(data: Path, *options: str) -> str:
    """What `openglue serve` says of it."""
    done = subprocess.run(
        [BIN / "openglue", "serve", "--data", data, "--port", "0", *options],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2, (done.returncode, done.stderr)
    assert "Traceback" not in done.stderr
    return done.stderr


def overwrite(file: Path) -> None:
    """Write nonsense at the beginning of every page but the first."""
    with file.open("r+b") as stream:
        for page in range(PAGE, file.stat().st_size, PAGE):
            stream.seek(page)
            stream.write(os.urandom(200))


def at_schema(file: Path, revision: str) -> None:
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("UPDATE alembic_version SET version_num = ?", (revision,))


def test_a_second_server_is_refused_and_the_first_one_goes_on(server: Server) -> None:
    server.start()
    assert server.process is not None
    assert f"is already served by process {server.process.pid}; stop that server" in refused(server.data)
    check_alive(server)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda file: file.write_bytes(b"not a database" * 1000), "file is not a database"),
        (overwrite, "database disk image is malformed"),
        (lambda file: at_schema(file, "9999"), "was made by a newer version of OpenGlue"),
    ],
    ids=["no database", "damaged pages", "a newer schema"],
)
def test_a_database_that_is_not_ours_is_left_alone(server: Server, damage: object, said: str) -> None:
    server.start()
    assert server.stop() == 0
    file = server.data / "openglue.db"
    with closing(sqlite3.connect(file)) as database:
        # All of it is in the file.
        database.execute("PRAGMA journal_mode=DELETE")
    whole = file.read_bytes()
    damage(file)  # type: ignore[operator]
    before = file.read_bytes()
    assert said in refused(server.data)
    assert file.read_bytes() == before
    file.write_bytes(whole)
    server.start()
    check_alive(server)


def test_an_older_database_is_brought_up_to_date_and_served(server: Server) -> None:
    server.data.mkdir()
    engine = migration_engine(server.data, "")
    migrate(engine, "0001")
    engine.dispose()
    server.start()
    check_alive(server)
    with closing(sqlite3.connect(server.data / "openglue.db")) as database:
        assert database.execute("SELECT version_num FROM alembic_version").fetchall() == [(REVISION,)]


def test_a_shared_database_of_another_version_is_left_to_whoever_decides(postgres_url: str, tmp_path: Path) -> None:
    engine = migration_engine(tmp_path, postgres_url)
    migrate(engine, "0001")
    data, db = tmp_path / "data", ("--db", postgres_url)
    assert "run `openglue migrate` first" in refused(data, *db)
    assert revision(engine) == "0001"
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert "was made by a newer version of OpenGlue" in refused(data, *db)
    assert revision(engine) == "9999"
    engine.dispose()


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
