"""Opening a database: which one, at which schema, by whom alone."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.exc import DBAPIError

from openglue.clock import Clock
from openglue.store.database import Database, SchemaError, StoreError
from openglue.store.schema import REVISION

SQLITE_FILE = "openglue.db"


class DataLock:
    """The exclusive lock on a data directory: a second server is refused, a crashed one holds nothing."""

    def __init__(self, data: Path) -> None:
        try:
            data.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file: IO[str] = (data / "lock").open("a+")
        except OSError as error:
            raise StoreError(f"the data directory {data} cannot be used: {error.strerror}") from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.seek(0)
            holder = self._file.read().strip() or "unknown"
            self._file.close()
            raise StoreError(
                f"the data directory {data} is already served by process {holder}; "
                "stop that server, or give this one another --data directory"
            ) from None
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()

    def release(self) -> None:
        self._file.close()


def open_database(data: Path, url: str, clock: Clock, make_room: Callable[[], bool] = lambda: False) -> Database:
    """Open the database of a configuration at the schema that this version serves.

    SQLite is migrated when it is older. PostgreSQL may be shared by servers of several versions, so it is migrated by
    `openglue migrate` alone, unless it is empty. A newer schema is refused with SchemaError. `make_room` is called when
    SQLite finds its disk full; whether there is more room then.
    """
    engine = _engine(data, url)
    try:
        at = revision(engine)
        if at is not None and at > REVISION:
            raise SchemaError(
                f"the database was made by a newer version of OpenGlue: it is at schema {at}, this version serves "
                f"{REVISION}"
            )
        if at is None or (at != REVISION and not url):
            migrate(engine)
        elif at != REVISION:
            raise SchemaError(
                f"the database is at schema {at}, this version serves {REVISION}; run `openglue migrate` first"
            )
    except DBAPIError as error:
        raise StoreError(f"the database cannot be opened: {error.orig}") from error
    finally:
        engine.dispose()
    if url:
        from openglue.store.postgres import PostgresDatabase

        return PostgresDatabase(url, clock)
    from openglue.store.sqlite import SqliteDatabase

    return SqliteDatabase(data / SQLITE_FILE, clock, make_room)


def revision(engine: Engine) -> str | None:
    """The schema that a database is at; None for an empty one."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        row = connection.execute(text("SELECT version_num FROM alembic_version")).first()
        return None if row is None else str(row[0])


def migrate(engine: Engine, to: str = REVISION) -> None:
    """Bring a database to a newer schema, the newest if none is named, in one transaction."""
    # Alembic takes longer to import than everything else together, and is needed once in a database's life.
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    scripts = ScriptDirectory.from_config(config)
    with engine.begin() as connection:
        try:
            _upgrade(scripts, connection, to)
        except CommandError as error:
            raise SchemaError(f"the database was made by a newer version of OpenGlue: {error}") from error


def _upgrade(scripts: object, connection: Connection, to: str) -> None:
    from alembic.runtime.migration import MigrationContext

    context = MigrationContext.configure(
        connection,
        opts={"fn": lambda rev, _context: scripts._upgrade_revs(to, rev), "transactional_ddl": True},  # type: ignore[attr-defined]  # noqa: SLF001 - what alembic's own `upgrade` command passes
    )
    from alembic.operations import Operations

    with Operations.context(context):
        context.run_migrations()


def migration_engine(data: Path, url: str) -> Engine:
    """An engine for `openglue migrate`."""
    return _engine(data, url)


def _engine(data: Path, url: str) -> Engine:
    if not url:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        engine = create_engine(f"sqlite:///{data / SQLITE_FILE}")
        event.listen(engine, "connect", _leave_transactions_to_us)
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
        return engine
    if not url.startswith(("postgresql://", "postgres://")):
        raise StoreError(f"no database for {url.split(':', 1)[0]}: URLs are served; give postgresql://... or none")
    from openglue.store.postgres import engine_of

    return engine_of(url.replace("postgres://", "postgresql://", 1))


def _leave_transactions_to_us(connection: Any, _record: object) -> None:
    """The driver would commit before every DDL statement, and a migration would not be one transaction."""
    connection.isolation_level = None
