"""The states of a job run and the one table of legal moves.

Nobody else compares state strings: a state changes only through `store.runs.move`, which looks here, and whoever needs
to know what a state means asks one of the sets below.
"""

from __future__ import annotations

from enum import StrEnum


class RunState(StrEnum):
    """JobRunState of the service model; each member says who moves a run out of it."""

    STARTING = "STARTING"  #: accepted, being placed and prepared; the runner moves it on, or a failed launch
    WAITING = "WAITING"  #: over a limit and queued; the scheduler admits it, or gives up
    RUNNING = "RUNNING"  #: user code has started; its outcome ends it
    STOPPING = "STOPPING"  #: a stop was asked for; the end of its process tree ends it
    STOPPED = "STOPPED"  #: terminal
    SUCCEEDED = "SUCCEEDED"  #: terminal
    FAILED = "FAILED"  #: terminal
    TIMEOUT = "TIMEOUT"  #: terminal
    ERROR = "ERROR"  #: terminal: a trigger fired for a job that is gone
    EXPIRED = "EXPIRED"  #: terminal: a streaming run whose place another one has taken, for maintenance


class Cause(StrEnum):
    """Why a run moved, as the ledger keeps it."""

    ACCEPTED = "accepted"
    RETRIED = "retried"
    RESTARTED = "restarted"
    ADMITTED = "admitted"
    CLAIMED = "claimed"  #: not a move: a node took the run
    LAUNCHED = "launched"  #: not a move: the engine started a runner
    RELEASED = "released"  #: not a move: nothing had started, the run may be claimed again
    STARTED = "started"
    BOOKMARK_COMMITTED = "bookmark committed"  #: not a move: the script moved its job's bookmark
    STOP_ASKED = "stop asked"
    ENDED = "ended"
    MAINTENANCE = "maintenance"
    STOPPED = "stopped"
    LAUNCH_FAILED = "launch failed"
    WORKER_LOST = "worker lost"
    QUEUE_LIMIT = "queue limit reached"
    TRIGGER_REFUSED = "trigger refused"


_S, _C = RunState, Cause

#: Add a move here: (from, to) -> causes. `None` is "does not exist yet". (design 4)
MOVES: dict[tuple[RunState | None, RunState], frozenset[Cause]] = {
    (None, _S.STARTING): frozenset({_C.ACCEPTED, _C.RETRIED, _C.RESTARTED}),
    (None, _S.WAITING): frozenset({_C.ACCEPTED}),
    (None, _S.FAILED): frozenset({_C.TRIGGER_REFUSED}),
    (None, _S.ERROR): frozenset({_C.TRIGGER_REFUSED}),
    (_S.WAITING, _S.STARTING): frozenset({_C.ADMITTED}),
    (_S.WAITING, _S.STOPPED): frozenset({_C.STOPPED}),
    (_S.WAITING, _S.FAILED): frozenset({_C.QUEUE_LIMIT}),
    (_S.STARTING, _S.RUNNING): frozenset({_C.STARTED}),
    (_S.STARTING, _S.STOPPING): frozenset({_C.STOP_ASKED}),
    (_S.STARTING, _S.FAILED): frozenset({_C.LAUNCH_FAILED}),
    (_S.RUNNING, _S.SUCCEEDED): frozenset({_C.ENDED}),
    (_S.RUNNING, _S.FAILED): frozenset({_C.ENDED, _C.WORKER_LOST}),
    (_S.RUNNING, _S.TIMEOUT): frozenset({_C.ENDED}),
    (_S.RUNNING, _S.STOPPING): frozenset({_C.STOP_ASKED}),
    (_S.RUNNING, _S.EXPIRED): frozenset({_C.MAINTENANCE}),
    (_S.STOPPING, _S.STOPPED): frozenset({_C.STOPPED}),
}

TERMINAL = frozenset({_S.STOPPED, _S.SUCCEEDED, _S.FAILED, _S.TIMEOUT, _S.ERROR, _S.EXPIRED})
ACTIVE = frozenset(_S) - TERMINAL
#: States in which a run holds one of its job's MaxConcurrentRuns slots and its share of the account's limits.
HOLDING = ACTIVE - {_S.WAITING}
#: States from which BatchStopJobRun moves a run on.
STOPPABLE = frozenset({_S.WAITING, _S.STARTING, _S.RUNNING})


class IllegalMoveError(Exception):
    """A move that is not in MOVES: a fault of ours, never a client's."""


def check_move(origin: RunState | None, to: RunState, cause: Cause) -> None:
    """Raise IllegalMoveError unless the table has this move for this cause."""
    if cause not in MOVES.get((origin, to), ()):
        raise IllegalMoveError(f"no move {origin} -> {to} by {cause.value!r}")
