"""The webhook: every event to one URL, in order, at least once.

One event after the other: the next one is sent when the receiver has taken the one before, or this one is set aside.
The cursor moves after each, so that a server that was killed goes on where it was; what it had sent and could not write
down is sent again, under the same id. Of several servers on one database one delivers, under the cursor's lease.

An event is set aside, with a line in the log, when the receiver has refused it or failed on it too often: one bad event
must not stop all others. A receiver that is not there is waited for, until its events are too old to be kept.
"""

from __future__ import annotations

import logging
import random
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from openglue.clock import Clock
from openglue.model.event import Event
from openglue.scheduler.receiver import Answer, Receiver, Verdict
from openglue.store import cursors, outbox
from openglue.store.database import Database, StoreError, Tx

T = TypeVar("T")

log = logging.getLogger(__name__)

CURSOR = "webhook"
#: Seconds between two looks at the outbox when nobody wakes the thread.
ROUND_S = 1.0
BATCH = 100
#: Milliseconds of the lease, and of it that may be over before it is renewed: what is left at the beginning of a call
#: is more than the longest call (the limit of the setting webhook_timeout_s).
LEASE_MS = 45_000
RENEW_MS = 14_000
#: Seconds for the thread to end. What is left then is a look-up of the receiver's name, which cannot be broken off.
STOP_S = 5.0
#: Doublings after which a pause grows no more, however long the longest is.
_DOUBLINGS = 30


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How often an event is sent again, and when."""

    first_s: float = 1.0
    longest_s: float = 300.0
    #: Refusals (4xx) and failures (5xx, no answer) after which an event is set aside: some seconds, and about a day.
    refusals: int = 5
    failures: int = 300

    def pause_s(self, tries: int, chance: float) -> float:
        """Seconds before the next try: twice as long each time; `chance` (0 to 1) takes away up to a half."""
        return min(self.longest_s, self.first_s * 2.0 ** min(tries - 1, _DOUBLINGS)) * (1 - chance / 2)


PATIENCE = Patience()


@dataclass(kw_only=True)
class _Trouble:
    """What has gone wrong with the event of that number, which is being delivered."""

    seq: int
    tries: int = 0
    refusals: int = 0
    failures: int = 0


class Webhook:
    """The thread that delivers. It waits for the receiver; nothing waits for it."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        receiver: Receiver,
        node: str,
        account: str,
        region: str,
        patience: Patience = PATIENCE,
    ) -> None:
        self._database = database
        self._clock = clock
        self._receiver = receiver
        self._node = node
        self._account = account
        self._region = region
        self._patience = patience
        #: Where the cursor was seen last, and events behind it.
        self._position = 0
        self._pending: deque[Event] = deque()
        self._trouble = _Trouble(seq=0)
        #: Boot times: when the lease is renewed, when it is over, before when nothing is sent.
        self._renew_at = self._held_until = self._not_before = 0
        self._woken = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._loop, name="webhook", daemon=True)

    def start(self) -> None:
        """Deliver what happens from now on, or goes on from where the last server was. Raises StoreError."""
        self._write(lambda tx: cursors.begin(tx, CURSOR))
        self._thread.start()

    def wake(self) -> None:
        """There may be an event. Never blocks."""
        self._woken.set()

    def stop(self) -> None:
        """Stop delivering; a call under way is broken off. What was not taken is sent by the next server."""
        self._stopping = True
        self._receiver.shut()
        self._woken.set()
        self._thread.join(STOP_S)

    def _loop(self) -> None:
        is_well = True
        while not self._stopping:
            try:
                pause_s = self._round()
                is_well = True
            except StoreError as error:
                if is_well:
                    log.error("events are not delivered: %s", error)  # noqa: TRY400 - its traceback says nothing more
                is_well = False
                self._pending.clear()
                pause_s = ROUND_S
            except Exception:
                log.exception("the delivery of events failed")
                self._pending.clear()
                pause_s = ROUND_S
            if pause_s > 0:
                self._woken.wait(pause_s)
                self._woken.clear()
        self._receiver.close()
        self._let_go()

    def _round(self) -> float:
        """Send the next event if it is time; seconds until there is something to do."""
        if not self._pending and not self._look():
            self._receiver.close()
            return ROUND_S
        if not self._hold() or not self._pending:
            return ROUND_S
        event = self._pending[0]
        if self._trouble.seq != event.seq:
            self._begin(event)
        left_s = (self._not_before - self._clock.boot()) / 1000
        if left_s > 0:
            return min(left_s, ROUND_S)
        answer = self._receiver.post(msgspec.json.encode(event.body(account=self._account, region=self._region)))
        if answer.verdict is Verdict.DELIVERED:
            if self._trouble.tries:
                log.warning("event %s was delivered at last", event.id)
            self._done(event)
        elif not self._stopping:
            self._not_delivered(event, answer)
        return 0

    def _look(self) -> bool:
        """Look for events behind the cursor. There is no lease and nothing is written while there are none."""

        def read(tx: Tx) -> tuple[int, list[Event]]:
            position = cursors.get(tx, CURSOR) or 0
            return position, outbox.after(tx, position, limit=BATCH)

        self._position, events = self._database.read(read)
        self._pending = deque(events)
        return bool(events)

    def _begin(self, event: Event) -> None:
        """This event is the next one; say so if it should have been another."""
        self._trouble = _Trouble(seq=event.seq)
        self._not_before = 0
        missed = event.seq - self._position - 1
        if missed:
            log.error("%d events were not delivered before they were too old to be kept", missed)
            self._write(lambda tx: cursors.advance(tx, CURSOR, event.seq - 1))

    def _hold(self) -> bool:
        """Keep the lease, or take it, and then look where its holder before has come to."""
        now = self._clock.boot()
        if now < self._renew_at:
            return True
        is_mine = now < self._held_until
        if not self._write(lambda tx: cursors.hold(tx, CURSOR, owner=self._node, lease_ms=LEASE_MS)):
            self._pending.clear()
            return False
        self._renew_at, self._held_until = now + RENEW_MS, now + LEASE_MS
        if not is_mine:
            self._look()
        return True

    def _not_delivered(self, event: Event, answer: Answer) -> None:
        """Try again later, or set the event aside."""
        trouble = self._trouble
        trouble.tries += 1
        trouble.refusals += answer.verdict is Verdict.REFUSED
        trouble.failures += answer.verdict is Verdict.FAILED
        if trouble.refusals >= self._patience.refusals or trouble.failures >= self._patience.failures:
            log.error(
                "event %s (number %d, run %s) is set aside after %d tries: %s at %s",
                *(event.id, event.seq, event.run_id, trouble.tries, answer.reason, self._receiver.name),
            )
            self._done(event)
            return
        pause_s = self._patience.pause_s(trouble.tries, random.random())  # noqa: S311 - to spread calls, not to hide them
        level = logging.WARNING if trouble.tries == 1 else logging.INFO
        log.log(
            level,
            "event %s (number %d) was not delivered: %s at %s; again in %.1f s",
            *(event.id, event.seq, answer.reason, self._receiver.name, pause_s),
        )
        self._not_before = self._clock.boot() + int(pause_s * 1000)

    def _done(self, event: Event) -> None:
        self._write(lambda tx: cursors.advance(tx, CURSOR, event.seq))
        self._position = event.seq
        self._pending.popleft()

    def _let_go(self) -> None:
        if self._clock.boot() < self._held_until:
            try:
                self._write(lambda tx: cursors.let_go(tx, CURSOR, owner=self._node))
            # RuntimeError: the database was closed while the receiver's name was looked up.
            except (StoreError, TimeoutError, RuntimeError) as error:
                log.warning("another server waits for the lease to end: %s", error)

    def _write(self, work: Callable[[Tx], T]) -> T:
        return self._database.write(work).result(timeout=30)
