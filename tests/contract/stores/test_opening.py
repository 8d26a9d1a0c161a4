"""Opening a database: fresh, again, of another version, already served, on a full disk."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text

from openglue.clock import FakeClock
from openglue.model.admission import Usage
from openglue.store import account, jobs, notices
from openglue.store.database import SchemaError, StoreError
from openglue.store.opening import SQLITE_FILE, DataLock, migrate, migration_engine, open_database, revision
from openglue.store.schema import REVISION, metadata


def engine_of(tmp_path: Path, url: str):
    address = url.replace("postgresql://", "postgresql+psycopg://", 1) if url else f"sqlite:///{tmp_path / SQLITE_FILE}"
    return create_engine(address)


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    return request.getfixturevalue("postgres_url") if request.param == "postgres" else ""


def test_migrations_lead_to_the_schema_that_the_code_has(tmp_path: Path, url: str, clock: FakeClock) -> None:
    open_database(tmp_path, url, clock).close()
    engine = engine_of(tmp_path, url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    assert revision(engine) == REVISION
    migrate(engine)  # once more changes nothing
    assert revision(engine) == REVISION
    engine.dispose()


#: A run of 0001 that takes part in what 0002 counts.
OLD_RUN = """
INSERT INTO runs (id, job_id, job_name, seq, state, active, attempt, retry_no, definition_sha, command, fence, owner,
  started_on, last_modified_on, execution_ms, timeout_minutes, fixed)
VALUES (:id, 'j_1', 'j', :seq, :state, :active, 0, 0, 'd', 'glueetl', 1, 'n', 1000, 1000, 0, 5, :fixed)
"""


def test_what_runs_while_the_schema_changes_is_counted(tmp_path: Path, url: str, clock: FakeClock) -> None:
    engine = migration_engine(tmp_path, url)
    migrate(engine, "0001")
    late = '{"MaxCapacity": 2.5, "NotificationProperty": {"NotifyDelayAfter": 2}}'
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO definitions (sha, document) VALUES ('d', '{}')"))
        connection.execute(
            text(
                "INSERT INTO jobs (id, name, definition_sha, created_on, last_modified_on, next_seq) "
                "VALUES ('j_1', 'j', 'd', 1, 1, 4)"
            )
        )
        for seq, (state, active, fixed) in enumerate(
            (("RUNNING", 1, late), ("STARTING", 1, '{"MaxCapacity": 0.0625}'), ("SUCCEEDED", 0, late)), start=1
        ):
            values = {"id": f"jr_{seq}", "seq": seq, "state": state, "active": active, "fixed": fixed}
            connection.execute(text(OLD_RUN), values)
    migrate(engine)
    engine.dispose()
    database = open_database(tmp_path, url, clock)
    assert database.read(account.usage) == Usage(runs=2, dpu_16ths=41, waiting=0)
    assert database.read(lambda tx: jobs.slots(tx, "j_1"))[0] == 2
    assert [run.id for run in database.read(lambda tx: notices.due(tx, limit=9))] == ["jr_1"]
    database.close()


def test_a_migration_that_fails_leaves_nothing_behind(tmp_path: Path, url: str, clock: FakeClock) -> None:
    engine = engine_of(tmp_path, url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE runs (in_the_way INTEGER)"))
    with pytest.raises(StoreError):
        open_database(tmp_path, url, clock)
    with engine.begin() as connection:
        assert inspect(connection).get_table_names() == ["runs"]
        connection.execute(text("DROP TABLE runs"))
    open_database(tmp_path, url, clock).close()
    engine.dispose()


def test_a_database_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path, url: str, clock: FakeClock) -> None:
    open_database(tmp_path, url, clock).close()
    engine = engine_of(tmp_path, url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaError, match=r"newer version of OpenGlue: it is at schema 9999"):
        open_database(tmp_path, url, clock)
    assert revision(engine) == "9999"
    engine.dispose()


def test_a_second_server_on_a_data_directory_is_refused_until_the_first_has_gone(tmp_path: Path) -> None:
    first = DataLock(tmp_path)
    with pytest.raises(StoreError, match="already served by process"):
        DataLock(tmp_path)
    first.release()
    DataLock(tmp_path).release()


_HOLD = """
import sys, pathlib
from openglue.store.opening import DataLock
lock = DataLock(pathlib.Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def test_a_killed_server_holds_nothing(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(StoreError, match=str(holder.pid)):
            DataLock(tmp_path)
        holder.kill()
    DataLock(tmp_path).release()


def test_an_unknown_kind_of_database_is_named(tmp_path: Path, clock: FakeClock) -> None:
    with pytest.raises(StoreError, match="mysql"):
        open_database(tmp_path, "mysql://x/y", clock)


def test_a_postgres_that_does_not_answer_is_an_error_and_no_hang(tmp_path: Path, clock: FakeClock) -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        open_database(tmp_path, "postgresql://127.0.0.1:1/nothing", clock)


def test_a_file_that_is_no_database_is_an_error(tmp_path: Path, clock: FakeClock) -> None:
    (tmp_path / SQLITE_FILE).write_text("this is not a database" * 100)
    with pytest.raises(StoreError, match="not a database"):
        open_database(tmp_path, "", clock)
