"""What an outcome means for the JobRun."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openglue.model.outcome import MESSAGE_LIMIT, Ending, Outcome, verdict
from openglue.model.states import MOVES, RunState

RUNNING = RunState.RUNNING


def exited(**members: object) -> Outcome:
    return Outcome(ending=Ending.EXITED, **members)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("command", "outcome", "state", "message"),
    [
        ("glueetl", exited(exit_code=0), "SUCCEEDED", None),
        ("pythonshell", exited(exit_code=0), "SUCCEEDED", None),
        # contract 0.3: observed
        ("glueetl", exited(exit_code=0, exception="SystemExit", message="0", line=3), "FAILED", "SystemExit: 0"),
        ("glueetl", exited(exit_code=2, exception="SystemExit", message="2", line=3), "FAILED", "SystemExit: 2"),
        ("pythonshell", exited(exit_code=0, exception="SystemExit", message="0", line=3), "SUCCEEDED", None),
        ("pythonshell", exited(exit_code=1, exception="SystemExit", message="1"), "FAILED", "SystemExit: 1"),
        (
            "glueetl",
            exited(exit_code=1, exception="KeyError", message="'x'", line=59),
            "FAILED",
            "Error Category: INVALID_ARGUMENT_ERROR; Failed Line Number: 59; KeyError: 'x'",
        ),
        (
            "glueetl",
            exited(exit_code=1, exception="Odd", message="m", line=20),
            "FAILED",
            "Error Category: UNCLASSIFIED_ERROR; Failed Line Number: 20; Odd: m",
        ),
        (
            "glueetl",
            exited(exit_code=1, exception="Py4JJavaError", message="An error occurred while calling o1.x. No", line=4),
            "FAILED",
            "Error Category: UNCLASSIFIED_ERROR; Failed Line Number: 4; An error occurred while calling o1.x. No",
        ),
        ("pythonshell", exited(exit_code=1, exception="ValueError", message="x", line=7), "FAILED", "ValueError: x"),
        ("pythonshell", exited(exit_code=1, exception="KeyboardInterrupt", message=""), "FAILED", "KeyboardInterrupt"),
        ("glueetl", exited(exit_code=1, exception="Odd", message="outside"), "FAILED", "Odd: outside"),
        ("pythonshell", exited(exit_code=7), "FAILED", "Command failed with exit code 7"),
        (
            "glueetl",
            Outcome(ending=Ending.SIGNALLED, signal=11),
            "FAILED",
            "Command failed with signal SIGSEGV",
        ),
        ("glueetl", Outcome(ending=Ending.OUT_OF_MEMORY), "FAILED", "Command failed due to out of memory"),
        ("glueetl", Outcome(ending=Ending.TIMED_OUT), "TIMEOUT", "Job run timed out"),
        ("gluestreaming", Outcome(ending=Ending.EXPIRED), "EXPIRED", "Job run expired"),
        ("glueetl", Outcome(ending=Ending.WORKER_LOST), "FAILED", "The worker of this job run was lost"),
    ],
)
def test_the_verdict_on_a_running_run(command: str, outcome: Outcome, state: str, message: str | None) -> None:
    judged = verdict(outcome, RUNNING, command)
    assert (judged.state, judged.error_message) == (state, message)


def test_a_launch_failure_is_said_in_its_own_words() -> None:
    judged = verdict(Outcome(ending=Ending.LAUNCH_FAILED, message="LAUNCH ERROR | no"), RunState.STARTING, "glueetl")
    assert (judged.state, judged.error_message) == (RunState.FAILED, "LAUNCH ERROR | no")


OUTCOMES = st.builds(
    Outcome,
    ending=st.sampled_from(Ending),
    exit_code=st.none() | st.integers(0, 255),
    signal=st.none() | st.integers(1, 200),
    exception=st.none() | st.text(max_size=20),
    message=st.none() | st.text(),
    line=st.none() | st.integers(1, 9999),
    execution_ms=st.integers(0, 10**9),
)


@given(OUTCOMES, st.sampled_from([RunState.STARTING, RunState.RUNNING, RunState.STOPPING]))
def test_every_outcome_in_every_live_state_is_a_legal_move_with_a_reason(outcome: Outcome, state: RunState) -> None:
    judged = verdict(outcome, state, "glueetl")
    assert judged.cause in MOVES[state, judged.state]
    if judged.state is not RunState.SUCCEEDED:
        assert judged.error_message, "every end but success says why"
        assert len(judged.error_message) <= MESSAGE_LIMIT
        assert "\0" not in judged.error_message, "PostgreSQL has no text with one"


@given(OUTCOMES)
def test_an_outcome_survives_the_wire(outcome: Outcome) -> None:
    assert Outcome.from_json(outcome.to_json()) == outcome


@pytest.mark.contract("2.35", "2.37", "2.38", "2.48")
def test_what_aws_does_not_say_is_said_by_us() -> None:
    said = {ending: verdict(Outcome(ending=ending), RUNNING, "glueetl").error_message for ending in Ending}
    assert said[Ending.TIMED_OUT] == "Job run timed out"
    assert said[Ending.EXPIRED] == "Job run expired"
    assert said[Ending.OUT_OF_MEMORY] == "Command failed due to out of memory"
    stopped = verdict(Outcome(ending=Ending.STOPPED), RunState.STOPPING, "glueetl")
    assert stopped.error_message == "Job run stopped"
