"""The one table of moves."""

from __future__ import annotations

from itertools import pairwise

import pytest

from openglue.model.states import ACTIVE, MOVES, STOPPABLE, TERMINAL, Cause, IllegalMoveError, RunState, check_move


@pytest.mark.contract("2.1", "2.15")
def test_nothing_leaves_a_terminal_state() -> None:
    assert not [move for move in MOVES if move[0] in TERMINAL]


@pytest.mark.contract("1.11")
def test_every_state_is_reached_and_every_active_one_can_end() -> None:
    assert {to for _, to in MOVES} == set(RunState)
    for state in ACTIVE:
        seen, frontier = {state}, {state}
        while frontier:
            frontier = {to for origin, to in MOVES if origin in frontier} - seen
            seen |= frontier
        assert seen & TERMINAL, f"{state} never ends"


def test_what_can_be_stopped_has_a_move_towards_stopped() -> None:
    for state in STOPPABLE:
        assert (state, RunState.STOPPING) in MOVES or (state, RunState.STOPPED) in MOVES


def test_a_path_through_a_run_is_legal_step_by_step() -> None:
    path = [None, RunState.STARTING, RunState.RUNNING, RunState.STOPPING, RunState.STOPPED]
    causes = [Cause.ACCEPTED, Cause.STARTED, Cause.STOP_ASKED, Cause.STOPPED]
    for (origin, to), cause in zip(pairwise(path), causes, strict=True):
        assert to is not None
        check_move(origin, to, cause)


@pytest.mark.contract("2.1")
@pytest.mark.parametrize(
    ("origin", "to", "cause"),
    [
        (RunState.SUCCEEDED, RunState.FAILED, Cause.ENDED),
        (RunState.RUNNING, RunState.STARTING, Cause.RELEASED),
        (RunState.STARTING, RunState.SUCCEEDED, Cause.ENDED),
        (RunState.STARTING, RunState.RUNNING, Cause.ENDED),
    ],
)
def test_other_moves_are_illegal(origin: RunState, to: RunState, cause: Cause) -> None:
    with pytest.raises(IllegalMoveError):
        check_move(origin, to, cause)
