"""What holds in every world, and of every step between two (spec numbers I3 to I16)."""

from __future__ import annotations

from tests.simulation.world import Phase, World

from openglue.model.outcome import Ending
from openglue.model.states import HOLDING, MOVES, TERMINAL, RunState


def broken(before: World, after: World) -> str | None:
    """The promise that the step breaks, in words; None if all hold."""
    for run in range(len(before.rows)):
        if reason := _starts(before, after, run) or _moves(before, after, run) or _unreal(before, after, run):
            return reason
    return _runners(before, after) or _slots(before, after) or _bookmark(before, after)


def _starts(before: World, after: World, run: int) -> str | None:
    if after.starts[run] > 1:
        return "I3: user code of one run id started twice"
    if after.starts[run] > before.starts[run] and not _allowed(after, run):
        return "I3: user code started without the token"
    return None


def _moves(before: World, after: World, run: int) -> str | None:
    was, row = before.rows[run], after.rows[run]
    if was.state is not row.state and not _legal(was.state, row.state):
        return f"I4: {was.state} became {row.state}"
    if was.state in TERMINAL and (was.state, was.ending) != (row.state, row.ending):
        return "I5: a terminal state changed"
    if row.fence < was.fence or (row.owner != was.owner and row.owner is not None and row.fence == was.fence):
        return "I6: a run changed hands without a new fence"
    if row.retries > 1 or (row.retries and row.state is not RunState.FAILED):
        return "I13: a run has more than one retry, or one that nothing calls for"
    return None


def _runners(before: World, after: World) -> str | None:
    for runner in before.runners:
        left, row = after.runner(runner.run, runner.fence), before.rows[runner.run]
        gone = runner.lives and not runner.file and left is not None and not left.lives
        if gone and after.faults == before.faults and row.fence == runner.fence and row.state not in TERMINAL:
            return "P7: a runner left a run that it holds"
    return None


def _slots(before: World, after: World) -> str | None:
    if sum(row.state in HOLDING for row in after.rows) > 1:
        return "I11: more runs hold a slot than MaxConcurrentRuns"
    if len(after.rows) > len(before.rows) and any(row.state in HOLDING for row in after.rows[:-1]):
        return "I11: a retry came before the end of what it retries"
    return None


def _allowed(world: World, run: int) -> bool:
    """Whether the one runner that started user code of the run holds the token that the database took."""
    started = [one for one in world.runners if one.run == run and one.phase is Phase.RUNNING]
    return any(world.rows[run].token == one.fence for one in started)


def _legal(origin: RunState, to: RunState) -> bool:
    if (origin, to) in MOVES:
        return True
    # A stop of a run that nobody has taken is two moves in one transaction.
    return origin is RunState.STARTING and to is RunState.STOPPED


def _unreal(before: World, after: World, run: int) -> str | None:
    """An end that is not what happened."""
    state, ending = after.rows[run].state, after.rows[run].ending
    if state is before.rows[run].state:
        return None
    runner = before.runner(run, before.rows[run].fence)
    if state is RunState.SUCCEEDED and (runner is None or runner.exit_code != 0 or not runner.file):
        return "I9: a run succeeded that its runner has not seen succeed"
    healthy = runner is not None and runner.lives and not runner.paused and before.servers[runner.node].up
    if ending in {Ending.WORKER_LOST, Ending.LAUNCH_FAILED} and healthy and not before.rows[run].lapsed:
        return "P7: a healthy run was ended"
    if before.rows[run].state is RunState.STOPPING and state is not RunState.STOPPED:
        return "P6: a stop did not end STOPPED"
    return None


def _bookmark(before: World, after: World) -> str | None:
    if before.bookmark == after.bookmark:
        return None
    if after.bookmark.rev != before.bookmark.rev + 1:
        return "I10: the bookmark moved by more than one"
    if after.bookmark.by is None:
        return None
    run, fence = after.bookmark.by
    row, runner = before.rows[run], before.runner(run, fence)
    if row.fence != fence or row.state is not RunState.RUNNING:
        return "I10: a run moved the bookmark that was not the current one"
    if runner is None or runner.begun != before.bookmark.rev:
        return "I10: a commit overwrote what it had not read"
    return None


def at_rest(world: World) -> bool:
    """Whether every run has ended, and nothing of them is left on any machine (L1, L2, I16)."""
    return all(row.state in TERMINAL for row in world.rows) and not world.runners
