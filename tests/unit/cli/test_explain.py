from __future__ import annotations

from typing import Any

import pytest
from tests.unit.cli.histories import (
    ACCEPTED,
    BEGAN,
    CLAIMED,
    ENVIRONMENT,
    LAUNCHED,
    RUN_ID,
    SCRIPT,
    STARTED,
    history,
)

from openglue.cli import display, timeline
from openglue.cli.explain import document, explain, text

UP_TO_START = (ACCEPTED, CLAIMED, LAUNCHED, STARTED)
FAILED = (*UP_TO_START, (0.6, "ended", "FAILED", "KeyError: 'tue'"))
FAILURE = {
    "Ending": "exited",
    "ExitCode": 1,
    "Exception": "KeyError",
    "Message": "'tue'",
    "Line": 4,
    "ExecutionMs": 500,
}


def sentences(*steps: tuple[Any, ...], now: float = 10.0, **members: Any) -> list[str]:
    return list(explain(history(*steps, **members), [], BEGAN + now).sentences)


def test_a_failed_run_is_explained_by_its_exception_and_line():
    assert sentences(*FAILED, Outcome=FAILURE, run={"ErrorMessage": "KeyError: 'tue'"}) == [
        "Its script failed in line 4 after 500 ms with KeyError: 'tue'",
        "It was not retried: its job has no MaxRetries.",
    ]


@pytest.mark.parametrize(
    ("outcome", "message", "said"),
    [
        (
            {"Ending": "exited", "ExitCode": 3, "Exception": "SystemExit", "Message": "3", "Line": 1},
            "SystemExit: 3",
            "Its script ended itself by SystemExit, with exit code 3.",
        ),
        (
            {"Ending": "exited", "ExitCode": 3},
            "Command failed with exit code 3",
            "Its script's process ended after 500 ms with exit code 3.",
        ),
        (
            {"Ending": "signalled", "Signal": 9},
            "Command failed with signal SIGKILL",
            "Command failed with signal SIGKILL after 500 ms. OpenGlue did not send it.",
        ),
        (
            {"Ending": "out of memory"},
            "Command failed due to out of memory",
            "It needed more memory than it had, 1024 MiB, after 500 ms.",
        ),
        ({"Ending": "of a later version"}, "What it says", "It ended as FAILED: What it says"),
    ],
)
def test_each_way_to_fail_has_its_words(outcome: dict[str, Any], message: str, said: str):
    outcome["ExecutionMs"] = 500
    found = sentences(*FAILED, Outcome=outcome, run={"ErrorMessage": message}, Environment=ENVIRONMENT)
    assert found[0] == said
    assert found[-1] == "It ran on the runtime pythonshell-none (Python 3.11.7) with 1024 MiB of memory."


def test_sys_exit_0_of_a_spark_job_is_explained():
    outcome = {"Ending": "exited", "ExitCode": 0, "Exception": "SystemExit", "ExecutionMs": 500}
    found = sentences(*FAILED, Outcome=outcome, definition={"Command": {"Name": "glueetl"}})
    assert found[1] == "A Spark job must end without sys.exit, here as on AWS: even code 0 fails it."


def test_a_launch_that_failed_and_a_runner_that_was_lost():
    launch = (ACCEPTED, CLAIMED, (0.5, "launch failed", "FAILED"))
    message = {"ErrorMessage": "LAUNCH ERROR | /x.py does not exist"}
    outcome = {"Ending": "launch failed", "ExecutionMs": 0}
    assert sentences(*launch, run=message, Outcome=outcome)[0] == "Its script never started: /x.py does not exist"
    lost = (*UP_TO_START, (35.0, "worker lost", "FAILED"))
    assert sentences(*lost, Outcome={"Ending": "worker lost", "ExecutionMs": 0})[0].startswith("Its runner was lost")


def test_a_launch_that_was_lost_and_made_again_is_told():
    steps = (ACCEPTED, CLAIMED, (1.0, "released", "STARTING", "its runner is gone"), (1.1, "claimed", "STARTING"))
    assert sentences(*steps, now=2.1) == [
        "A launch was lost before the script started (its runner is gone), and made again.",
        "node-1 took it 1.0 s ago and gets what it needs ready.",
    ]


def test_a_waiting_run_says_for_what_at_which_place_and_until_when():
    detail = "Waiting for one of 2 concurrent runs of job nightly"
    found = sentences(
        (0.0, "accepted", "WAITING", detail),
        run={"StateDetail": f"{detail}; position 3 in the queue"},
        QueuePosition=3,
        QueueUntil=BEGAN + 900,
    )
    assert found == [
        "It is waiting for one of 2 concurrent runs of job nightly, as number 3 of the queue.",
        f"If there is no room by {display.moment(BEGAN + 900)} (in 14 min 50 s), it ends as FAILED.",
    ]


def test_a_run_that_waited_in_vain_is_not_retried_whatever_its_job_says():
    found = sentences(
        (0.0, "accepted", "WAITING", "Waiting for compute"),
        (900.0, "queue limit reached", "FAILED"),
        run={"ErrorMessage": "Exceeded maximum concurrent compute"},
        definition={"MaxRetries": 2},
    )
    assert found == [
        "It waited 15 min 0 s for room, as long as a run may, and gave up: Exceeded maximum concurrent compute.",
        "It was not retried: a run that was never let in is not.",
    ]


def test_a_run_that_was_queued_says_how_long():
    steps = ((0.0, "accepted", "WAITING", "Waiting for compute"), (4.0, "admitted", "STARTING"), (4.5, *CLAIMED[1:]))
    assert sentences(*steps)[0] == "It was queued for 4.0 s: waiting for compute."


@pytest.mark.parametrize(
    ("steps", "members", "said"),
    [
        ([ACCEPTED], {}, "It was accepted 10 s ago, and nobody has taken it yet."),
        ([ACCEPTED], {"run": {"StateDetail": "Waiting for memory: 2"}}, "It is waiting for memory: 2."),
        ([(0.0, "accepted", "STARTING"), (5.0, *CLAIMED[1:])], {}, "It waited 5.0 s until it was taken"),
        (UP_TO_START, {}, "Its script has been running for 9.9 s."),
        ([*UP_TO_START, (4.0, "stop asked", "STOPPING")], {}, "A stop was asked 6.0 s ago; it is STOPPED when"),
    ],
)
def test_a_run_that_goes_on_says_what_it_does(steps: list[tuple[Any, ...]], members: dict[str, Any], said: str):
    assert sentences(*steps, **members)[0].startswith(said)


def test_a_retry_that_is_delayed_says_until_when():
    steps = ((0.0, "retried", "STARTING", "attempt 0 ended: ValueError: x"),)
    run = {"StateDetail": "Waiting for the retry delay", "PreviousRunId": RUN_ID}
    found = sentences(*steps, run=run, RetryNumber=1, definition={"MaxRetries": 3}, NotBefore=BEGAN + 60)
    assert found == [
        f"It is retry 1 of 3, because {RUN_ID} failed: ValueError: x",
        "It is waiting for the retry delay.",
        f"It is not launched before {display.moment(BEGAN + 60)} (in 50 s).",
    ]


def test_a_stop_that_takes_long_says_when_the_server_ends_it():
    found = sentences(*UP_TO_START, (-60.0, "stop asked", "STOPPING"))
    assert found[1] == "If its runner does not react, its server kills them all a minute after stop_grace_s is over."


@pytest.mark.parametrize(
    ("members", "said"),
    [
        (
            {"RetriedAs": f"{RUN_ID}_attempt_1"},
            f"It was retried as {RUN_ID}_attempt_1; 1 retry is left after that one.",
        ),
        ({"RetryNumber": 2}, "It was not retried again: its job's MaxRetries of 2 are used up."),
        ({}, "There is no retry of it, though 2 retries are left: a job that was deleted or made anew starts none."),
    ],
)
def test_a_failed_run_says_what_came_after_it(members: dict[str, Any], said: str):
    assert sentences(*FAILED, definition={"MaxRetries": 2}, Outcome=FAILURE, **members)[-1] == said


def test_a_run_whose_terminal_went_away_says_so_and_why_there_is_no_retry():
    found = sentences(
        *FAILED,
        definition={"MaxRetries": 2},
        run={"ErrorMessage": "Command failed with signal SIGHUP", "Arguments": {"--openglue-terminal": "/run/t"}},
        Outcome={"Ending": "signalled", "Signal": 1, "ExecutionMs": 2000},
    )
    assert found == [
        "Command failed with signal SIGHUP after 2.0 s: it was debugged in a terminal, and that has gone.",
        "It was not retried: it was debugged in a terminal.",
    ]


def test_a_workspace_that_is_kept_is_named():
    found = sentences(*FAILED, Outcome=FAILURE, KeptWorkspace="/data/runs/jr_1.1.kept")
    assert "Its working directory is kept: /data/runs/jr_1.1.kept" in found


def test_what_a_run_comes_from_is_told():
    assert sentences(ACCEPTED, run={"TriggerName": "at-night"})[0] == "The trigger at-night started it."
    assert sentences(ACCEPTED, run={"PreviousRunId": RUN_ID})[0] == f"It was started to run {RUN_ID} again."


@pytest.mark.parametrize(
    ("definition", "timeout", "said"),
    [
        ({"Timeout": 5}, 5, "its job says so"),
        ({"Timeout": 5}, 7, "it was started with that Timeout"),
        ({}, 2880, "the default"),
        ({"GlueVersion": "5.0"}, 480, "the default of Glue 5.0"),
        ({"GlueVersion": "5.0"}, 2880, "it was started with that Timeout"),
    ],
)
def test_a_timeout_says_whose_it_was(definition: dict[str, Any], timeout: int, said: str):
    steps = (*UP_TO_START, (60.0 * timeout, "ended", "TIMEOUT"))
    assert sentences(*steps, definition=definition, run={"Timeout": timeout}) == [
        f"Its script was still running when its Timeout of {timeout} min was over, and was ended; {said}."
    ]


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ([*UP_TO_START, (2.1, "stop asked", "STOPPING"), (2.6, "stopped", "STOPPED")], "2.0 s into its script"),
        ([ACCEPTED, (0.2, "stop asked", "STOPPING"), (0.7, "stopped", "STOPPED")], "before its script had started"),
    ],
)
def test_a_stopped_run_says_when_it_was_asked_and_how_long_it_took(steps: list[tuple[Any, ...]], said: str):
    ended = BEGAN + steps[-1][0]
    [sentence] = sentences(*steps, run={"CompletedOn": ended})
    assert sentence == f"A stop was asked at {display.moment(BEGAN + steps[-2][0])}, {said}; it had ended 500 ms later."


def test_a_run_that_was_stopped_in_the_queue_says_so():
    steps = ((0.0, "accepted", "WAITING"), (2.0, "stopped", "STOPPED"))
    assert sentences(*steps) == ["It was stopped while it was in the queue; its script never started."]


def test_the_text_shows_the_failing_line_the_log_and_the_timeline():
    explanation = explain(history(*FAILED, Outcome=FAILURE, script=SCRIPT), ["Traceback:", "\033[31mKeyError"], BEGAN)
    shown = display._plain(text(explanation))
    assert shown.startswith("FAILED  job nightly, run jr_0123456789ab\n\nIts script failed in line 4")
    excerpt = [
        "s3://b/nightly.py",
        "    2",
        "    3  day = sys.argv[1]",
        "  > 4  print(days[day])",
        "    5  print('done')",
    ]
    assert "\n\n" + "\n".join(excerpt) + "\n\n" in shown
    assert "\n\nThe last lines of its error log\n    Traceback:\n    [31mKeyError\n\n" in shown
    assert [line.split(maxsplit=1)[1] for line in shown.splitlines()[-5:]] == [
        "accepted",
        "+10 ms  taken by node-1",
        "+10 ms  runner launched",
        "+80 ms  script started",
        "+500 ms  FAILED",
    ]


@pytest.mark.parametrize("line", [None, 0, 6])
def test_a_line_that_is_not_in_the_script_is_not_shown(line: int | None):
    outcome = {**FAILURE, "Line": line}
    if line is None:
        del outcome["Line"]
    assert explain(history(*FAILED, Outcome=outcome, script=SCRIPT), [], BEGAN).excerpt is None


def test_the_failing_line_of_a_script_that_was_not_kept_is_not_shown():
    assert explain(history(*FAILED, Outcome=FAILURE), [], BEGAN).excerpt is None


def test_programs_get_the_same():
    found = document(explain(history(*FAILED, Outcome=FAILURE, script=SCRIPT), ["KeyError"], BEGAN))
    assert found["JobRun"]["Id"] == RUN_ID
    assert found["Sentences"][0].startswith("Its script failed in line 4")
    assert found["FailedLine"]["Line"] == 4
    assert found["FailedLine"]["Lines"][4] == "print(days[day])"
    assert found["LastLogLines"] == ["KeyError"]
    assert [step["What"] for step in found["Timeline"]][-1] == "FAILED"


def test_steps_are_in_the_order_of_time():
    steps = timeline.steps(history(ACCEPTED, CLAIMED, STARTED, (0.05, "launched", "RUNNING")))
    assert [step.what for step in steps] == ["accepted", "taken by node-1", "runner launched", "script started"]
    assert [step.after for step in steps] == [None, 0.01, 0.04, 0.05]


DAY = 86_400.0
STREAM = {"Command": {"Name": "gluestreaming", "ScriptLocation": "s3://b/s.py"}}


@pytest.mark.parametrize(
    ("run", "days", "said"),
    [
        ({}, 1, f"It is restarted for maintenance from {display.moment(BEGAN + 7 * DAY)} on (7 days after its start)."),
        # BEGAN is a Tuesday, 22:13 GMT.
        (
            {"MaintenanceWindow": "Wed:5"},
            1,
            (
                f"It is restarted for maintenance from {display.moment(1_700_629_200)} on "
                "(its MaintenanceWindow is Wed:5 GMT)."
            ),
        ),
        (
            {},
            8,
            (
                f"It could not be restarted for maintenance by {display.moment(BEGAN + 7.125 * DAY)}, because its "
                f"streams did not come to an end; it is ended at {display.moment(BEGAN + 14 * DAY)}."
            ),
        ),
    ],
)
def test_a_streaming_run_says_when_it_is_restarted(run: dict[str, Any], days: float, said: str):
    shown = {"Timeout": 20_000, **run}
    assert sentences(*UP_TO_START, definition=STREAM, run=shown, now=days * DAY)[-1] == said
    assert said not in sentences(*UP_TO_START, definition=STREAM, run={**shown, "Timeout": 10_079}, now=days * DAY)


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (
            7.01,
            (
                f"It was to be restarted for maintenance from {display.moment(BEGAN + 7 * DAY)} on (7 days after its "
                "start): its streams ended, each after a micro-batch."
            ),
        ),
        (14.0, "Its streams could not be ended in order, so it was ended 14 days after its start, for maintenance."),
        # As a test has asked for.
        (0.1, "It ended as EXPIRED: Job run expired"),
    ],
)
def test_an_expired_run_says_why_and_what_has_taken_its_place(days: float, said: str):
    steps = (*UP_TO_START, (days * DAY, "maintenance", "EXPIRED"))
    run = {"ErrorMessage": "Job run expired", "Timeout": 20_000}
    follower = f"{RUN_ID}_restart_1"
    found = sentences(*steps, definition=STREAM, run=run, RestartedAs=follower)
    assert found[:2] == [said, f"{follower} has taken its place."]
    alone = sentences(*steps, definition=STREAM, run=run)
    assert alone[1] == "No run has taken its place: a job that was deleted or made anew starts none."


def test_a_run_says_whose_place_it_has_taken():
    steps = ((0.0, "restarted", "STARTING"),)
    assert sentences(*steps, definition=STREAM, run={"PreviousRunId": RUN_ID})[0] == (
        f"It has taken the place of {RUN_ID}, which was to be restarted for maintenance."
    )
