"""What operations are given: the store, the clock, the settings, and ways to wake whoever waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from openglue.api.feed import Feed
from openglue.api.paging import Tokens
from openglue.api.previews import Previews
from openglue.api.signals import Signals
from openglue.clock import Clock
from openglue.config import Config
from openglue.disk import Disk
from openglue.drain import Drain
from openglue.errors import (
    InternalServiceException,
    OperationTimeoutException,
    ResourceNumberLimitExceededException,
)
from openglue.faultpoints import FaultPoints
from openglue.logs.store import LogStore
from openglue.model.job import Defaults
from openglue.rehearsal import Rehearsal
from openglue.store import idempotency
from openglue.store.admission import Policy
from openglue.store.database import Database, Request, StoreError, StoreFullError, StoreTimeoutError, Tx

T = TypeVar("T")

#: Seconds after which a transaction that has not answered is reported as a fault of ours.
TRANSACTION_DEADLINE_S = 20.0
#: How a message begins that tells of a database without an answer; programs look for it.
STORE_AWAY = "The store did not answer"


@dataclass(frozen=True, kw_only=True)
class Context:
    config: Config
    policy: Policy
    clock: Clock
    database: Database
    logs: LogStore
    tokens: Tokens
    signals: Signals
    feed: Feed
    previews: Previews
    #: Id of this server's node.
    node: str
    drain: Drain
    disk: Disk
    #: Where the runs of this node have their workspaces.
    workspaces: Path
    #: Secret behind the bearer tokens of the run protocol.
    run_secret: bytes
    #: Tells the scheduler that there may be something to do.
    wake: Callable[[], None]
    #: What a test has planned; None outside tests.
    rehearsal: Rehearsal | None
    faults: FaultPoints
    #: Transactions that the present round of the event loop has asked for.
    gathered: list[Request] = field(default_factory=list)
    #: How the present call is known when it is sent again; None for most calls.
    once: idempotency.Once | None = None

    @property
    def defaults(self) -> Defaults:
        return self.policy.defaults

    async def read(self, work: Callable[[Tx], T]) -> T:
        """Read in one transaction: at once where the database answers in microseconds, else in a thread."""
        try:
            if self.database.reads_inline:
                return self.database.read(work)
            async with asyncio.timeout(TRANSACTION_DEADLINE_S):
                return await asyncio.to_thread(self.database.read, work)
        except (StoreError, TimeoutError) as error:
            raise _fault(error) from error

    async def write(self, work: Callable[[Tx], T]) -> T:
        """Write in one transaction; what is returned is durable."""
        try:
            async with asyncio.timeout(TRANSACTION_DEADLINE_S):
                return await self._submit(work)
        except (StoreError, TimeoutError) as error:
            raise _fault(error) from error

    async def write_once(self, work: Callable[[Tx], dict[str, Any]], *, is_new: bool = True) -> dict[str, Any]:
        """Write in one transaction what is answered; a call that was done before gets the answer that it got then.

        What `is_new` needs room on the disk for what will come of it.
        """

        def begin(tx: Tx) -> dict[str, Any]:
            if is_new:
                self._check_room()
            return work(tx)

        once = self.once
        if once is None:
            return await self.write(begin)
        return await self.write(lambda tx: idempotency.do(tx, once, begin, now=tx.steady_now()))

    def _check_room(self) -> None:
        # With a database elsewhere, a server with more room may take what this one accepts; it waits until one does.
        shortage = None if self.config.db else self.disk.shortage
        if shortage is not None:
            raise ResourceNumberLimitExceededException(f"There is too little room for new work: {shortage}")

    def _submit(self, work: Callable[[Tx], T]) -> asyncio.Future[T]:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        def settle(result: T, error: BaseException | None) -> None:
            if future.done():  # its caller has gone
                return
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)

        if not self.gathered:
            loop.call_soon(self._flush)
        self.gathered.append(Request(work, settle, loop.call_soon_threadsafe))
        return future

    def _flush(self) -> None:
        """What a round of the event loop gathered goes to the database as one group."""
        gathered = self.gathered.copy()
        self.gathered.clear()
        try:
            self.database.submit(gathered)
        except StoreError as error:
            for request in gathered:
                request.settle(None, error)


def _fault(error: Exception) -> Exception:
    if isinstance(error, StoreFullError):
        # A modelled client error, so that SDKs do not storm a full disk with retries (spec/reliability 2.7).
        return ResourceNumberLimitExceededException(f"No space is left: {error}")
    if isinstance(error, StoreTimeoutError):
        return OperationTimeoutException(f"The database was busy for too long, and nothing was written: {error}")
    reason = str(error) or f"{TRANSACTION_DEADLINE_S:.0f} s have passed"
    return InternalServiceException(f"{STORE_AWAY}: {reason}")
