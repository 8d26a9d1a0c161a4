"""Triggers at work: the thread that lets them fire, and starts the runs that they fire for.

It looks once a second, when the next scheduled time has come, and when it is woken: by the end of a run and by
StartTrigger. It keeps nothing that a restart could lose; several servers on one database share the work.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import TypeVar

from openglue.clock import Clock, Steady
from openglue.faultpoints import FaultPoints
from openglue.model.trigger import Action
from openglue.store import fires, firing, triggers
from openglue.store.admission import Policy
from openglue.store.database import Database, StoreAwayError, StoreError, Tx
from openglue.store.firing import Done, NoRoomError, Rules

T = TypeVar("T")

log = logging.getLogger(__name__)

#: Seconds between two looks at most, when nothing wakes the thread.
LOOK_S = 1.0
#: Seconds between two looks at least: runs that end one after the other are looked at together.
PAUSE_S = 0.01
#: Milliseconds by which the wall clock is set back at least when schedules are looked at again.
SET_BACK_MS = 1000
#: Triggers that fire in one transaction, events that are read in one, and actions that are under way at a time.
TRIGGERS = 100
EVENTS = 100
ACTIONS = 256
#: Batches of each kind in one look; what is left is for the next one, at once.
BATCHES = 20
#: Seconds for one transaction.
DEADLINE_S = 30.0


class Triggers:
    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        node: str,
        rules: Rules,
        policy: Policy,
        on_start: Callable[[], None],
        on_move: Callable[[str], None],
        faults: FaultPoints,
    ) -> None:
        self._database = database
        self._clock = clock
        self._node = node
        self._rules = rules
        self._policy = policy
        #: Told when runs have been accepted.
        self._on_start = on_start
        #: Told the id of every run that was over as soon as it was there.
        self._on_move = on_move
        self._faults = faults
        self._steady = Steady(clock, clock.now())
        #: How far the wall clock was ahead at the last look; None before the first one: the server before may have
        #: stopped with another clock.
        self._ahead: int | None = None
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="triggers", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """A run may have ended, or an ON_DEMAND trigger been started. Never blocks."""
        self._wake.set()

    def stop(self, timeout_s: float = 10.0) -> None:
        self._stopping.set()
        self._wake.set()
        self._thread.join(timeout_s)

    def _loop(self) -> None:
        wait_s = 0.0
        while not self._stopping.is_set():
            self._wake.wait(wait_s)
            self._wake.clear()
            if self._stopping.is_set():
                return
            wait_s = LOOK_S
            try:
                wait_s = self.round()
            except StoreError as error:
                log.error("triggers: the store does not answer: %s", error)  # noqa: TRY400 - its traceback says nothing more
            except Exception:
                log.exception("a look at the triggers failed")
            self._stopping.wait(PAUSE_S)

    def round(self) -> float:
        """Look once, and do what is to be done; seconds until there is reason to look again."""
        steps = (self._follow_clock, self._read_events, self._fire_due, self._carry_out)
        full = [self._guarded(step) for step in steps]
        return 0.0 if any(full) else self._until_next()

    def _guarded(self, step: Callable[[], bool]) -> bool:
        """What fails for one kind of trigger must not keep the others from firing."""
        try:
            return step()
        except StoreAwayError:
            raise
        except Exception:
            log.exception("a part of a look at the triggers failed")
            return False

    def _follow_clock(self) -> bool:
        """Find the next times anew when the wall clock was set back: triggers would wait for what it said before."""
        now = self._clock.now()
        ahead = now - self._steady.now()
        if self._ahead is None or ahead < self._ahead - SET_BACK_MS:
            after = ""
            while found := self._database.read(partial(triggers.scheduled, after=after, limit=TRIGGERS)):
                for trigger in found:
                    if firing.waits_too_long(trigger, now=now):
                        self._write(partial(firing.reschedule, trigger_id=trigger.id, now=now))
                after = found[-1].id
        self._ahead = ahead
        return False

    def _read_events(self) -> bool:
        """Show CONDITIONAL triggers what has ended; whether there is more than one look takes."""
        for _ in range(BATCHES):
            if not self._database.read(firing.behind):
                return False
            self._faults.reach("trigger: before fire")
            self._write(lambda tx: firing.read_events(tx, self._rules, now=self._clock.now(), limit=EVENTS))
            self._faults.reach("trigger: after fire")
        return True

    def _fire_due(self) -> bool:
        """Let SCHEDULED triggers fire whose time has come; whether there are more than one look takes."""
        for _ in range(BATCHES):
            due = self._database.read(triggers.next_fire)
            if due is None or due > self._clock.now():
                return False
            self._faults.reach("trigger: before fire")
            fired = self._write(lambda tx: firing.fire_due(tx, self._rules, now=self._clock.now(), limit=TRIGGERS))
            self._faults.reach("trigger: after fire")
            for trigger, fire in fired:
                if fire.note is not None:
                    log.warning("trigger %s: %s", trigger.name, fire.note)
            if not fired:
                return False  # another server is at them
        return True

    def _carry_out(self) -> bool:
        """Start the runs that fires ask for; whether there are more than one look takes."""
        last: Action | None = None
        is_any_done = False
        for _ in range(BATCHES):
            # Behind those that were tried: what fails again and again, or is another server's, holds up none behind it.
            pending = self._database.read(partial(fires.pending, limit=ACTIONS, after=last))
            if not pending:
                return False
            last = pending[-1]
            self._faults.reach("trigger: before action")
            # All at once: what the database commits together costs little more than one.
            under_way = [(action, self._database.write(self._action(action))) for action in pending]
            done = [self._settled(action, future) for action, future in under_way]
            self._faults.reach("trigger: after action")
            began = [one.run for one in done if one is not None and one.run is not None]
            if began:
                self._on_start()
            for run in began:
                if run.completed_on is not None:
                    self._on_move(run.id)
            is_any_done = is_any_done or any(done)
        return is_any_done

    def _action(self, action: Action, error: NoRoomError | None = None) -> Callable[[Tx], Done | None]:
        refused = None if error is None else error.refused

        def work(tx: Tx) -> Done | None:
            now = self._clock.now()
            return firing.carry_out(tx, action, self._policy, actor=self._node, now=now, refused=refused)

        return work

    def _settled(self, action: Action, future: Future[Done | None]) -> Done | None:
        """What became of an action that is under way; one that fails is left for the next look."""
        try:
            try:
                done = future.result(DEADLINE_S)
            except NoRoomError as error:
                done = self._write(self._action(action, error))
        except Exception:
            # The others are settled all the same: what one job's row suffers from is not theirs.
            log.exception("an action of trigger %s on job %s failed", action.trigger_name, action.job_name)
            return None
        if done is not None and done.note is not None:
            log.warning("trigger %s: %s", action.trigger_name, done.note)
        return done

    def _until_next(self) -> float:
        due = self._database.read(triggers.next_fire)
        left_s = LOOK_S if due is None else (due - self._clock.now()) / 1000
        # What is due and has not fired is another server's at this moment, or in trouble: no reason to spin.
        return left_s if 0 < left_s < LOOK_S else LOOK_S

    def _write(self, work: Callable[[Tx], T]) -> T:
        return self._database.write(work).result(DEADLINE_S)
