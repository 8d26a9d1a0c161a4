"""The seam to a database: transactions over one set of statements.

A `Tx` executes SQLAlchemy Core statements on the driver's own connection: each statement is compiled once for its
dialect and kept, here and nowhere else, because compiling costs fifty times what SQLite needs to answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, Protocol, TypeVar

from sqlalchemy.engine import Dialect
from sqlalchemy.sql import ClauseElement

from openglue.clock import Steady

T = TypeVar("T")
Row = tuple[Any, ...]


class StoreError(Exception):
    """The database did not do what it was asked; the message is the database's."""


class StoreFullError(StoreError):
    """The disk is full: nothing was written."""


class StoreAwayError(StoreError):
    """There is no connection, or no answer: whether the work was done is not known. Nothing else will work either."""


class StoreTimeoutError(StoreError):
    """The database gave up on what it was asked: it certainly wrote nothing."""


class SchemaError(StoreError):
    """The database is at a schema that this version does not serve."""


class Compiler:
    """Statements compiled for one dialect. One per database; safe to share between threads."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._compiled: dict[int, tuple[ClauseElement, str, dict[str, Any], frozenset[str]]] = {}

    def get(self, statement: ClauseElement) -> tuple[str, dict[str, Any], frozenset[str]]:
        """Return SQL text, literal parameters, and the names of those that a caller must give."""
        found = self._compiled.get(id(statement))
        if found is None:
            compiled = statement.compile(dialect=self._dialect, compile_kwargs={"render_postcompile": True})
            binds = compiled.binds  # type: ignore[attr-defined]  # every SQL compiler has it; the base class does not
            required = frozenset(name for name, bind in binds.items() if bind.required)
            literals = {name: value for name, value in compiled.params.items() if name not in required}
            # The statement is kept beside its text, so that its id cannot be given to another one.
            found = self._compiled[id(statement)] = (statement, str(compiled), literals, required)
        return found[1:]


class Cursor(Protocol):
    @property
    def rowcount(self) -> int: ...

    def execute(self, sql: str, params: dict[str, Any], /) -> Any: ...
    def fetchall(self) -> list[Row]: ...


class Tx:
    """One transaction. Statements must be module constants: what is compiled is kept for good."""

    def __init__(self, cursor: Cursor, compiler: Compiler, steady: Steady, lease_clock: Callable[[Tx], int]) -> None:
        self._cursor = cursor
        self._compiler = compiler
        self._steady = steady
        self._lease_clock = lease_clock

    def _execute(self, statement: ClauseElement, params: dict[str, Any]) -> None:
        text, literals, required = self._compiler.get(statement)
        if required != params.keys():
            raise TypeError(f"statement takes {sorted(required)}, was given {sorted(params)}")
        self._cursor.execute(text, {**literals, **params})

    def all(self, statement: ClauseElement, **params: Any) -> list[Row]:
        self._execute(statement, params)
        return self._cursor.fetchall()

    def one(self, statement: ClauseElement, **params: Any) -> Row | None:
        self._execute(statement, params)
        rows = self._cursor.fetchall()
        return rows[0] if rows else None

    def run(self, statement: ClauseElement, **params: Any) -> int:
        """Execute a statement that returns no rows; the number of rows it touched."""
        self._execute(statement, params)
        return self._cursor.rowcount

    def lease_now(self) -> int:
        """Lease time in milliseconds: the store's own clock, never the `now` of decisions (design 5)."""
        return self._lease_clock(self)

    def steady_now(self) -> int:
        """What the end of a wait is written in and compared with: what the store's clock said when this server opened
        it, counted on by boot time. No clock that is set meanwhile ends a wait, and all servers count from one clock.
        """
        return self._steady.now()


#: Told a result, or an error instead.
Settle = Callable[[Any, BaseException | None], None]
#: Has a function called elsewhere, soon: `loop.call_soon_threadsafe` of an event loop.
Deliver = Callable[[Callable[[], None]], object]


class Request:
    """A transaction that somebody waits for: its work, and who is told, how."""

    __slots__ = ("deliver", "error", "result", "settle", "work")

    def __init__(self, work: Callable[[Tx], Any], settle: Settle, deliver: Deliver) -> None:
        self.work = work
        self.settle = settle
        self.deliver = deliver
        self.result: Any = None
        self.error: BaseException | None = None


class Database(Protocol):
    """What the service needs of a database."""

    #: Whether `read` is so fast that an event loop may call it directly.
    reads_inline: bool

    def submit(self, requests: Sequence[Request]) -> None:
        """Do each request's work in a transaction of its own; when it is durable, its `settle` is told by `deliver`.

        Work may raise to roll back; `settle` gets the exception. It must not keep `tx`, and must not have effects other
        than on the database. What comes together may be committed together, and is delivered together then.
        """

    def write(self, work: Callable[[Tx], T]) -> Future[T]:
        """The same for callers with time to wait: a future that resolves when the work is durable."""

    def read(self, work: Callable[[Tx], T]) -> T:
        """Do `work`, which only reads, on the calling thread."""

    def close(self) -> None: ...


#: Seconds for a transaction of a caller who waits for it.
DO_DEADLINE_S = 30.0


def do(database: Database, work: Callable[[Tx], T]) -> T:
    """Write, and wait until it is durable. Raises StoreError, or what the work raises."""
    try:
        return database.write(work).result(DO_DEADLINE_S)
    except TimeoutError as error:
        raise StoreAwayError(f"the database did not answer in {DO_DEADLINE_S:.0f} s") from error


def settling(future: Future[Any]) -> Settle:
    """Settle by a future. A caller that went away has cancelled it; what it asked for has been done all the same."""

    def settle(result: Any, error: BaseException | None) -> None:
        if not future.set_running_or_notify_cancel():
            return
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)

    return settle


def at_once(function: Callable[[], None]) -> None:
    """Deliver by calling."""
    function()
