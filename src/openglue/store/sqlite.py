"""SQLite: one writer thread with group commit, read-only connections for everybody else.

Requests that wait together share one transaction, a SAVEPOINT each, and one fsync: synchronous=FULL costs little then,
and what was acknowledged survives power loss (promise P1). The writer alone checkpoints: two connections that do can
corrupt a WAL in releases before 3.51.3 (spec/reliability 0.8).
"""

from __future__ import annotations

import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TypeVar

from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect

from openglue.clock import Clock, Steady
from openglue.store.database import Compiler, Deliver, Request, StoreError, StoreFullError, Tx, at_once, settling

T = TypeVar("T")

#: Requests in one transaction from which on no more are taken: bounds how long the first waits for the last.
GROUP_LIMIT = 256
#: What SQLite calls a full disk: of its files, and of the one that its connections share.
_FULL = frozenset({"SQLITE_FULL", "SQLITE_IOERR_SHMSIZE"})
#: Seconds that a statement waits for another process's lock (a backup tool, say).
BUSY_TIMEOUT_S = 5.0


def _deliver(group: list[Request]) -> None:
    """Tell every caller of a committed group; one message to each event loop, not one to each request."""
    parts: dict[Deliver, list[Request]] = {}
    for request in group:
        parts.setdefault(request.deliver, []).append(request)
    for deliver, part in parts.items():
        with suppress(RuntimeError):  # an event loop that has closed waits for nothing any more
            deliver(partial(_settle, part))


def _settle(group: list[Request]) -> None:
    for request in group:
        request.settle(request.result, request.error)


class SqliteDatabase:
    reads_inline = True

    def __init__(self, path: Path, clock: Clock, make_room: Callable[[], bool] = lambda: False) -> None:
        """`make_room` is called when the disk is full; whether there is more room then."""
        self._path = path
        self._clock = clock
        self._steady = Steady(clock, clock.now())
        self._make_room = make_room
        self._compiler = Compiler(sqlite_dialect(paramstyle="named"))
        self._readers = threading.local()
        self._open_readers: list[sqlite3.Connection] = []
        self._requests: queue.SimpleQueue[Sequence[Request] | None] = queue.SimpleQueue()
        self._connection = _connect(path)
        self._closed = False
        self._writer = threading.Thread(target=self._write_loop, name="sqlite-writer", daemon=True)
        self._writer.start()

    def submit(self, requests: Sequence[Request]) -> None:
        if self._closed:
            raise StoreError("the database is closed")
        self._requests.put(requests)

    def write(self, work: Callable[[Tx], T]) -> Future[T]:
        future: Future[T] = Future()
        self.submit([Request(work, settling(future), at_once)])
        return future

    def read(self, work: Callable[[Tx], T]) -> T:
        tx: Tx | None = getattr(self._readers, "tx", None)
        if tx is None:
            connection = sqlite3.connect(
                f"file:{self._path}?mode=ro",
                uri=True,
                timeout=BUSY_TIMEOUT_S,
                isolation_level=None,
                check_same_thread=False,
            )
            self._open_readers.append(connection)
            tx = self._readers.tx = self._tx(connection)
        try:
            return work(tx)
        except sqlite3.Error as error:
            raise StoreError(str(error)) from error

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._requests.put(None)
        self._writer.join()
        for connection in self._open_readers:
            connection.close()

    def _tx(self, connection: sqlite3.Connection) -> Tx:
        return Tx(connection.cursor(), self._compiler, self._steady, lambda _: self._clock.boot())

    def _write_loop(self) -> None:
        tx = self._tx(self._connection)
        going = True
        while going:
            group: list[Request] = []
            requests = self._requests.get()
            while requests is not None:
                group.extend(requests)
                if len(group) >= GROUP_LIMIT:
                    break
                try:
                    requests = self._requests.get_nowait()
                except queue.Empty:
                    break
            going = requests is not None
            if group:
                self._commit(group, tx)
                _deliver(group)
        self._connection.close()

    def _commit(self, group: list[Request], tx: Tx) -> None:
        """Do a group's work in one transaction. If the transaction itself fails, all of it has failed."""
        failure: sqlite3.Error | None = None
        while failure is None or (_is_full(failure) and self._make_room()):
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                for request in group:
                    self._do(request, tx)
                self._connection.execute("COMMIT")
            except sqlite3.Error as error:
                with suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
                failure = error
            else:
                return
        for request in group:
            request.error = _translate(failure)

    def _do(self, request: Request, tx: Tx) -> None:
        execute = self._connection.execute
        execute("SAVEPOINT request")
        request.error = None
        try:
            request.result = request.work(tx)
        except sqlite3.Error as error:
            if _is_full(error) or not self._connection.in_transaction:
                raise  # the whole transaction is rolled back
            execute("ROLLBACK TO request")
            request.error = _translate(error)
        except Exception as error:  # noqa: BLE001 - whatever the work raised is its caller's to see
            execute("ROLLBACK TO request")
            request.error = error
        execute("RELEASE request")


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "trusted_schema=OFF",
        "journal_size_limit=67108864",
        "wal_autocheckpoint=4000",
    ):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _is_full(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorname", "") in _FULL


def _translate(error: sqlite3.Error) -> StoreError:
    if _is_full(error):
        return StoreFullError("the disk of the data directory is full; nothing was written")
    return StoreError(str(error))
