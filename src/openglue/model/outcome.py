"""Why a run ended: the value that a runner reports, and what it means for the JobRun.

The runner never decides a state. It says what happened to the process; `verdict` turns that into a state and the
ErrorMessage, in one place. Travels as JSON, so the runner needs the standard library only.
"""

from __future__ import annotations

import signal
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, assert_never

from openglue.model.states import Cause, RunState


class Ending(StrEnum):
    """What happened to the run's user code."""

    EXITED = "exited"  #: the process ended by itself, with an exit code and perhaps an exception
    SIGNALLED = "signalled"  #: a signal that was not ours ended it
    OUT_OF_MEMORY = "out of memory"
    TIMED_OUT = "timed out"  #: the runner ended it at its Timeout
    STOPPED = "stopped"  #: the runner ended it because a stop was asked
    EXPIRED = "expired"  #: it was ended, or ended its streams, to be restarted for maintenance
    LAUNCH_FAILED = "launch failed"  #: user code never started; `message` says why
    WORKER_LOST = "worker lost"  #: the runner is gone without a word


@dataclass(frozen=True, kw_only=True)
class Outcome:
    ending: Ending
    #: Exit code of the user's process, where it exited.
    exit_code: int | None = None
    #: Number of the signal that ended it.
    signal: int | None = None
    #: Exception that left the user's script: class name, message, and its line in the user's script.
    exception: str | None = None
    message: str | None = None
    line: int | None = None
    #: Milliseconds of boot time from the start of user code to its end.
    execution_ms: int = 0
    #: Wall time of the end, epoch milliseconds, where user code had started: the report may come much later.
    ended_on: int | None = None

    def to_json(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value is not None}

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Outcome:
        known = {name: document[name] for name in cls.__dataclass_fields__ if name in document}
        return cls(**{**known, "ending": Ending(document["ending"])})


@dataclass(frozen=True, kw_only=True)
class Verdict:
    state: RunState
    cause: Cause
    error_message: str | None


#: ErrorMessage texts where AWS is silent (design 10).
TIMED_OUT = "Job run timed out"
STOPPED = "Job run stopped"
EXPIRED = "Job run expired"
OUT_OF_MEMORY = "Command failed due to out of memory"
WORKER_LOST = "The worker of this job run was lost"
#: Why a run moved to its end, where its code did not end by itself.
_CAUSES = {Ending.WORKER_LOST: Cause.WORKER_LOST, Ending.EXPIRED: Cause.MAINTENANCE}
#: Longest ErrorMessage that is kept, in characters.
MESSAGE_LIMIT = 4000


def verdict(outcome: Outcome, state: RunState, command: str) -> Verdict:
    """The terminal state of a run in `state` whose `command` ended so.

    A run that was asked to stop always ends STOPPED, whatever its code managed to do meanwhile (design 4). A run that
    never got to RUNNING can only have failed to launch.
    """
    if state is RunState.STOPPING:
        return Verdict(state=RunState.STOPPED, cause=Cause.STOPPED, error_message=STOPPED)
    if state is RunState.STARTING:
        reason = outcome.message or WORKER_LOST
        return Verdict(state=RunState.FAILED, cause=Cause.LAUNCH_FAILED, error_message=_cut(reason))
    end, message = _judge(outcome, command)
    cause = _CAUSES.get(outcome.ending, Cause.ENDED)
    return Verdict(state=end, cause=cause, error_message=None if message is None else _cut(message))


def _judge(outcome: Outcome, command: str) -> tuple[RunState, str | None]:
    match outcome.ending:
        case Ending.EXITED:
            return _judge_exit(outcome, command)
        case Ending.SIGNALLED:
            return RunState.FAILED, f"Command failed with signal {_signal_name(outcome.signal)}"
        case Ending.OUT_OF_MEMORY:
            return RunState.FAILED, OUT_OF_MEMORY
        case Ending.TIMED_OUT:
            return RunState.TIMEOUT, TIMED_OUT
        case Ending.STOPPED:
            # A stop that the store does not know of cannot be the service's own.
            return RunState.FAILED, STOPPED
        case Ending.EXPIRED:
            return RunState.EXPIRED, EXPIRED
        case Ending.LAUNCH_FAILED:
            return RunState.FAILED, outcome.message or WORKER_LOST
        case Ending.WORKER_LOST:
            return RunState.FAILED, WORKER_LOST
        case _:
            assert_never(outcome.ending)


def _judge_exit(outcome: Outcome, command: str) -> tuple[RunState, str | None]:
    """contract 0.3 and 2: in a Spark job every SystemExit fails the run, also `sys.exit(0)`."""
    if not outcome.exception:
        if outcome.exit_code == 0:
            return RunState.SUCCEEDED, None
        return RunState.FAILED, f"Command failed with exit code {outcome.exit_code}"
    if outcome.exception == "SystemExit" and command == "pythonshell" and outcome.exit_code == 0:
        return RunState.SUCCEEDED, None
    return RunState.FAILED, _describe(outcome, command)


def _describe(outcome: Outcome, command: str) -> str:
    plain = f"{outcome.exception}: {outcome.message}" if outcome.message else str(outcome.exception)
    if outcome.exception == "Py4JJavaError" and outcome.message:
        plain = outcome.message
    # SystemExit is observed without a category (contract 0.3); Python shell jobs never carry one (design 10).
    if command == "pythonshell" or outcome.line is None or outcome.exception == "SystemExit":
        return plain
    return f"Error Category: {_category(outcome)}; Failed Line Number: {outcome.line}; {plain}"


#: Exception class -> category of job insights. KeyError as INVALID_ARGUMENT_ERROR is observed (contract 2), its
#: neighbours follow by analogy.
CATEGORIES = {
    "KeyError": "INVALID_ARGUMENT_ERROR",
    "ValueError": "INVALID_ARGUMENT_ERROR",
    "TypeError": "INVALID_ARGUMENT_ERROR",
    "IndexError": "INVALID_ARGUMENT_ERROR",
    "AttributeError": "INVALID_ARGUMENT_ERROR",
    "GlueArgumentError": "INVALID_ARGUMENT_ERROR",
    "SyntaxError": "SYNTAX_ERROR",
    "IndentationError": "SYNTAX_ERROR",
    "ModuleNotFoundError": "IMPORT_ERROR",
    "ImportError": "IMPORT_ERROR",
    "AnalysisException": "QUERY_ERROR",
    "ParseException": "QUERY_ERROR",
    "MemoryError": "OUT_OF_MEMORY_ERROR",
    "PermissionError": "PERMISSION_ERROR",
}


def _category(outcome: Outcome) -> str:
    return CATEGORIES.get(outcome.exception or "", "UNCLASSIFIED_ERROR")


def _signal_name(number: int | None) -> str:
    try:
        return signal.Signals(number or 0).name
    except ValueError:
        return str(number)


def _cut(message: str) -> str:
    """The message as it is kept: no database takes a NUL in a text."""
    message = message.replace("\0", "\ufffd")
    return message if len(message) <= MESSAGE_LIMIT else message[: MESSAGE_LIMIT - 1] + "…"
