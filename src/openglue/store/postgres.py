"""PostgreSQL: a pool of connections, one transaction per request.

Admission is serialised by locking the job's row, claims skip locked rows; the server's own clock is lease time. Every
session has deadlines, so that a hung database is an error and not a hang.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

import sqlalchemy
from sqlalchemy import BigInteger, Engine, cast, create_engine, func, select
from sqlalchemy.exc import DBAPIError, TimeoutError  # noqa: A004 - the pool's own

from openglue.clock import Clock, Steady
from openglue.store.database import (
    Compiler,
    Request,
    StoreAwayError,
    StoreError,
    StoreFullError,
    StoreTimeoutError,
    Tx,
)

T = TypeVar("T")

CONNECTIONS = 8
_OPTIONS = "-c statement_timeout=5000 -c idle_in_transaction_session_timeout=10000 -c lock_timeout=3000"
#: A database that is silent is away: seconds to connect, and milliseconds until what was sent must have arrived.
_NETWORK = {
    "connect_timeout": 5,
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
}
_LEASE_NOW = select(cast(func.extract("epoch", func.clock_timestamp()) * 1000, BigInteger))
#: SQLSTATE of disk_full; of query_canceled and lock_not_available, which our own deadlines above bring about; of
#: deadlock_detected and serialization_failure, after which a transaction may be done again.
_DISK_FULL = "53100"
_GAVE_UP = frozenset({"57014", "55P03"})
_AGAIN = frozenset({"40P01", "40001"})
#: What a server says that will serve in a while.
_PASSING = ("starting up", "shutting down", "recovery mode", "too many clients")
#: Seconds after which a transaction that wrote nothing is not begun again. With the deadlines of one try this is less
#: than what the API waits.
AGAIN_S = 8.0


def engine_of(url: str) -> Engine:
    """An SQLAlchemy engine for `postgresql://...`, on psycopg 3."""
    try:
        import psycopg  # noqa: F401 - asked for here, where it can be said what is missing
    except ImportError as error:
        raise StoreError("PostgreSQL needs its driver: pip install 'openglue[postgres]'") from error
    parsed = sqlalchemy.make_url(url).set(drivername="postgresql+psycopg")
    return create_engine(
        parsed,
        pool_size=CONNECTIONS,
        max_overflow=0,
        pool_timeout=10,
        pool_pre_ping=True,
        connect_args={"options": _OPTIONS, **_NETWORK},
    )


class PostgresDatabase:
    reads_inline = False

    def __init__(self, url: str, clock: Clock) -> None:
        self._engine = engine_of(url)
        self._compiler = Compiler(self._engine.dialect)
        self._steady = Steady(clock, self._wall())
        self._threads = ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="postgres")

    def submit(self, requests: Sequence[Request]) -> None:
        for request in requests:
            self.write(request.work).add_done_callback(partial(_deliver, request))

    def write(self, work: Callable[[Tx], T]) -> Future[T]:
        return self._threads.submit(self._transaction, work)

    def read(self, work: Callable[[Tx], T]) -> T:
        return self._transaction(work)

    def close(self) -> None:
        self._threads.shutdown(wait=True)
        self._engine.dispose()

    def _wall(self) -> int:
        """The database's clock: the one that all its servers see."""
        try:
            with self._engine.connect() as connection:
                return int(connection.execute(_LEASE_NOW).scalar_one())
        except DBAPIError as error:
            self._engine.dispose()
            raise StoreError(f"the database cannot be opened: {_reason(error)}") from error

    def _transaction(self, work: Callable[[Tx], T]) -> T:
        import psycopg

        until = time.monotonic() + AGAIN_S
        while True:
            try:
                return self._try(work)
            except StoreTimeoutError:
                # Clients do not call again after a timeout: what was certainly not written is tried again here.
                if time.monotonic() > until:
                    raise
            except psycopg.Error as error:
                if time.monotonic() > until:
                    raise StoreError(str(error)) from error

    def _try(self, work: Callable[[Tx], T]) -> T:
        """Do the work in a transaction; StoreError, unless the same work may succeed at another time."""
        import psycopg

        try:
            connection: Any = self._engine.raw_connection()
        except TimeoutError as error:
            raise StoreTimeoutError("all connections to the database are in use") from error
        except (DBAPIError, psycopg.Error) as error:
            raise StoreAwayError(_reason(error)) from error
        try:
            cursor = connection.cursor()
            result = work(Tx(cursor, self._compiler, self._steady, _lease_now))
            connection.commit()
        except psycopg.Error as error:
            if connection.dbapi_connection.closed:
                connection.invalidate()
                raise StoreAwayError(_reason(error)) from error
            connection.rollback()
            if error.sqlstate in _AGAIN:
                raise
            if error.sqlstate in _GAVE_UP:
                raise StoreTimeoutError(str(error)) from error
            if error.sqlstate == _DISK_FULL:
                raise StoreFullError("the database's disk is full; nothing was written") from error
            raise StoreError(str(error)) from error
        except BaseException:
            connection.rollback()
            raise
        finally:
            connection.close()
        return result


def is_away(error: DBAPIError) -> bool:
    """Whether a connection failed because nobody answered, or a server that is just starting or ending did."""
    reason = str(error.orig)
    # A server that refuses a user or a database says so with this word, which libpq passes on.
    return "FATAL:" not in reason or any(word in reason for word in _PASSING)


def _reason(error: Exception) -> str:
    """What the driver says, without SQLAlchemy's frame; a connection that falls silent may end without a word."""
    return str(getattr(error, "orig", None) or error).strip() or "the connection was lost without a word"


def _deliver(request: Request, future: Future[Any]) -> None:
    error = future.exception()
    with suppress(RuntimeError):  # an event loop that has closed waits for nothing any more
        request.deliver(lambda: request.settle(None if error else future.result(), error))


def _lease_now(tx: Tx) -> int:
    row = tx.one(_LEASE_NOW)
    assert row is not None  # noqa: S101 - a SELECT without FROM has one row
    return int(row[0])
