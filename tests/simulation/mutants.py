"""The rules with one of them broken: each is a mistake that a service like this can have, and some had.

What a broken rule ignores it still is given: hence the unused arguments.
"""

from __future__ import annotations

from typing import NamedTuple

from tests.simulation.rules import ACCEPTED, Rules
from tests.simulation.settings import BOOKMARK, ONE_SERVER, TWO_FAULTS, TWO_SERVERS, Setting
from tests.simulation.world import Bookmark, Row, Runner, Todo, World

from openglue.model.decide import Alive, Exited, Gone, Worker
from openglue.model.outcome import Outcome, verdict
from openglue.model.states import TERMINAL, Cause, RunState


class ClaimsWithoutANewFence(Rules):
    def claim(self, row: Row, seen: Row, node: int) -> Row | None:
        claimed = super().claim(row, seen, node)
        return None if claimed is None else claimed._replace(fence=row.fence)


class ClaimsWhatIsClaimed(Rules):
    def claim(self, row: Row, seen: Row, node: int) -> Row | None:
        return super().claim(row._replace(owner=None, fence=seen.fence), seen, node)


class ReleasesWithoutANewFence(Rules):
    def release(self, row: Row, seen: Row) -> Row | None:
        released = super().release(row, seen)
        return None if released is None else released._replace(fence=row.fence)


class ReleasesWhatHasStarted(Rules):
    def release(self, row: Row, seen: Row) -> Row | None:  # noqa: ARG002
        if row.state in TERMINAL:
            return None
        return row._replace(state=RunState.STARTING, fence=row.fence + 1, owner=None, token=None, lapsed=False)


class StartsUnderAnyFence(Rules):
    def start(self, row: Row, fence: int) -> Row | None:
        return super().start(row._replace(fence=fence), fence)


class StartsWhoeverAsks(Rules):
    def start(self, row: Row, fence: int) -> Row | None:
        return row._replace(state=RunState.RUNNING, token=fence) if row.state not in TERMINAL else None


class StartsUnasked(Rules):
    start_is_asked = False


class StartsWhatIsStopped(Rules):
    def start(self, row: Row, fence: int) -> Row | None:
        if row.fence == fence and row.state is RunState.STOPPING:
            return row._replace(state=RunState.RUNNING, token=fence)
        return super().start(row, fence)


class EndsUnderAnyFence(Rules):
    def move(self, row: Row, seen: Row, to: RunState, cause: Cause, **fields: object) -> Row | None:
        return super().move(row, seen._replace(fence=row.fence), to, cause, **fields)


class EndsFromAnyState(Rules):
    def move(self, row: Row, seen: Row, to: RunState, cause: Cause, **fields: object) -> Row | None:  # noqa: ARG002
        return row._replace(state=to, **fields) if row.fence == seen.fence else None


class EndsAStopAsItEnded(Rules):
    def verdict(self, outcome: Outcome, state: RunState) -> tuple[RunState, Cause]:
        judged = verdict(outcome, RunState.RUNNING, "glueetl")
        return judged.state, Cause.STOPPED if state is RunState.STOPPING else judged.cause

    def move(self, row: Row, seen: Row, to: RunState, cause: Cause, **fields: object) -> Row | None:  # noqa: ARG002
        return row._replace(state=to, **fields) if (row.fence, row.state) == (seen.fence, seen.state) else None


class CallsEveryEndASuccess(Rules):
    def verdict(self, outcome: Outcome, state: RunState) -> tuple[RunState, Cause]:
        if state is RunState.RUNNING:
            return RunState.SUCCEEDED, Cause.ENDED
        return super().verdict(outcome, state)


class TakesARunnerForGone(Rules):
    """A look at one that is just busy."""

    def see(self, world: World, run: int, fence: int) -> Worker:
        seen = super().see(world, run, fence)
        return Gone() if isinstance(seen, Alive) else seen


class MissesTheOutcome(Rules):
    def see(self, world: World, run: int, fence: int) -> Worker:
        seen = super().see(world, run, fence)
        return Alive() if isinstance(seen, Exited) else seen


class ReapsRightAfterItsStart(Rules):
    grace = False

    def renewed(self, row: Row, seen: Row) -> bool:  # noqa: ARG002 - nor does it look again
        return False


class ReapsWithoutLookingAgain(Rules):
    def renewed(self, row: Row, seen: Row) -> bool:  # noqa: ARG002
        return False


class ForgetsAStopThatNobodyHasTaken(Rules):
    def judge(
        self, active: tuple[tuple[int, Row], ...], workers: tuple[tuple[int, Worker], ...], node: int, *, may_reap: bool
    ) -> tuple[Todo, ...]:
        todo = super().judge(active, workers, node, may_reap=may_reap)
        return tuple(one for one in todo if one.seen.state is not RunState.STOPPING)


class RetriesTwice(Rules):
    def retry(self, world: World, run: int, row: Row) -> World:
        return super().retry(world, run, row._replace(retries=row.retries + 1) if row.state is RunState.FAILED else row)


class RetriesAStop(Rules):
    def retry(self, world: World, run: int, row: Row) -> World:
        done = super().retry(world, run, row)
        if row.state is RunState.STOPPED and len(done.rows) == 1:
            return done._replace(rows=(row._replace(retries=1), ACCEPTED))
        return done


class RetriesBeforeTheEnd(Rules):
    """Another transaction for the retry than for the end."""

    def retry(self, world: World, run: int, row: Row) -> World:
        done = super().retry(world, run, row)
        return done.with_row(run, world.rows[run]) if len(done.rows) > len(world.rows) else done


class CommitsUnderAnyFence(Rules):
    def commit(self, bookmark: Bookmark, row: Row, runner: Runner) -> Bookmark | None:  # noqa: ARG002
        return Bookmark(bookmark.rev + 1, (runner.run, runner.fence)) if runner.begun == bookmark.rev else None


class CommitsOverAReset(Rules):
    def commit(self, bookmark: Bookmark, row: Row, runner: Runner) -> Bookmark | None:
        return super().commit(bookmark, row, runner._replace(begun=bookmark.rev))


class SweepsNothing(Rules):
    def clears(self, world: World, runner: Runner) -> bool:
        return super().clears(world, runner) and not runner.orphans


class SweepsWhatStillRuns(Rules):
    def clears(self, world: World, runner: Runner) -> bool:
        return super().clears(world, runner) or runner.paused


class GivesUpALease(Rules):
    def renew(self, row: Row, fence: int) -> Row | None:
        return None if row.lapsed else super().renew(row, fence)


class Found(NamedTuple):
    """The promise that a mutant breaks first, and where."""

    breaks: str
    setting: Setting


#: Add a mutant here.
MUTANTS: dict[type[Rules], Found] = {
    ClaimsWithoutANewFence: Found("I6", ONE_SERVER),
    ClaimsWhatIsClaimed: Found("I6", TWO_SERVERS),
    ReleasesWithoutANewFence: Found("I4", TWO_SERVERS),
    ReleasesWhatHasStarted: Found("I4", ONE_SERVER),
    StartsUnderAnyFence: Found("I6", TWO_SERVERS),
    StartsWhoeverAsks: Found("I4", ONE_SERVER),
    StartsUnasked: Found("I3", ONE_SERVER),
    StartsWhatIsStopped: Found("I4", ONE_SERVER),
    EndsUnderAnyFence: Found("P7", TWO_FAULTS),
    EndsFromAnyState: Found("I4", ONE_SERVER),
    EndsAStopAsItEnded: Found("I4", ONE_SERVER),
    CallsEveryEndASuccess: Found("I9", ONE_SERVER),
    TakesARunnerForGone: Found("P7", ONE_SERVER),
    MissesTheOutcome: Found("L1", ONE_SERVER),
    ReapsRightAfterItsStart: Found("P7", TWO_SERVERS),
    ReapsWithoutLookingAgain: Found("P7", TWO_SERVERS),
    ForgetsAStopThatNobodyHasTaken: Found("L1", ONE_SERVER),
    RetriesTwice: Found("I13", ONE_SERVER),
    RetriesAStop: Found("I13", ONE_SERVER),
    RetriesBeforeTheEnd: Found("I11", ONE_SERVER),
    CommitsUnderAnyFence: Found("I10", BOOKMARK),
    CommitsOverAReset: Found("I10", BOOKMARK),
    SweepsNothing: Found("L1", ONE_SERVER),
    SweepsWhatStillRuns: Found("I9", ONE_SERVER),
    GivesUpALease: Found("P7", ONE_SERVER),
}
