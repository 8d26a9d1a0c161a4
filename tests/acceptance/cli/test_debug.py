"""`openglue run --debug` in a real terminal: what it shows, what it is typed, and what its end leaves."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.cli.window import Window

from openglue.process import marked

SHELL = ("--type", "pythonshell", "--arg", "library-set=none")


@pytest.fixture
def debug(window: Callable[..., Window], cli: Any, openglue: Any) -> Callable[..., Window]:
    """Debug a Python shell script, given as text."""
    return lambda text, *words: window("run", "--debug", cli.script(text), *SHELL, "--data", openglue.data, *words)


FAILING = """
    def total(day):
        known = {"mon": 17}
        return known[day]

    print("begun")
    total("wed")
"""


@pytest.fixture
def record(openglue: Any) -> Callable[[str], dict[str, Any]]:
    """The JobRun of a run, by its id."""
    glue = openglue.client("glue")

    def get(run_id: str) -> dict[str, Any]:
        for page in glue.get_paginator("list_jobs").paginate():
            for job in page["JobNames"]:
                for run in glue.get_job_runs(JobName=job)["JobRuns"]:
                    if run["Id"] == run_id:
                        return run
        raise AssertionError(f"there is no run {run_id}")

    return get


def test_a_prompt_opens_at_the_failing_line_and_leaving_it_fails_the_run_with_its_error(
    debug: Callable[..., Window], record: Callable[[str], dict[str, Any]], openglue: Any
):
    window = debug(FAILING)
    told = window.until("(Pdb) ")
    assert "begun\r\nTraceback (most recent call last):\r\n" in told
    assert re.search(r"line 4, in total\r\n +return known\[day\]", told)
    assert "entry.py" not in told
    assert told.endswith("-> return known[day]\r\n(Pdb) ")
    window.type("p known, day\n")
    assert "({'mon': 17}, 'wed')" in window.until("(Pdb) ")
    assert record(window.run_id)["JobRunState"] == "RUNNING"
    window.type("up\n")
    assert '-> total("wed")' in window.until("(Pdb) ")
    window.type("q\n")
    assert window.end() == 1
    assert window.shown.rstrip().endswith("KeyError: 'wed'")
    run = record(window.run_id)
    assert (run["JobRunState"], run["ErrorMessage"]) == ("FAILED", "KeyError: 'wed'")
    log = openglue.log(run, "output")
    assert "begun\nTraceback" in log
    assert "({'mon': 17}, 'wed')" in log
    assert not list(marked(f"{run['Id']}.1"))


def test_breakpoint_opens_the_prompt_and_the_script_goes_on(
    debug: Callable[..., Window], record: Callable[[str], dict[str, Any]]
):
    window = debug("n = 1\nbreakpoint()\nprint('the number is', n, '.')")
    window.until("(Pdb) ")
    # Python, and not pdb's `next`.
    window.type("n = 1\n")
    assert "-> " not in window.until("(Pdb) ")
    window.type("n+=1;; p 'n', n\n")
    window.until("('n', 2)")
    window.type("c\n")
    window.until("the number is 2 .")
    assert window.end() == 0
    assert record(window.run_id)["JobRunState"] == "SUCCEEDED"


def test_ctrl_c_twice_at_a_breakpoint_ends_the_run(
    debug: Callable[..., Window], record: Callable[[str], dict[str, Any]]
):
    window = debug("breakpoint()\nprint('goes', 'on')")
    window.until("(Pdb) ")
    window.type("\x03")
    window.until("Ctrl-C once more ends the run")
    window.until("(Pdb) ")
    window.type("\x03")
    assert window.end() == 1
    assert "goes on" not in window.shown
    assert record(window.run_id)["ErrorMessage"] == "BdbQuit"


def test_a_script_can_ask_its_user(debug: Callable[..., Window]):
    window = debug("""
        import os, sys
        print("hello", input("name? "), os.environ["TERM"], sys.stdin.isatty(), "--openglue-terminal" in sys.argv)
    """)
    window.until("name? ")
    window.type("ada\n")
    window.until("hello ada dumb True False")
    assert window.end() == 0


def test_ctrl_d_leaves_the_prompt(debug: Callable[..., Window]):
    window = debug(FAILING)
    window.until("(Pdb) ")
    window.type("\x04")
    assert window.end() == 1
    assert window.shown.splitlines()[-1] == "KeyError: 'wed'"


def test_ctrl_c_twice_leaves_the_prompt(debug: Callable[..., Window]):
    window = debug(FAILING)
    window.until("(Pdb) ")
    window.type("\x03")
    window.until("Ctrl-C once more ends the run")
    window.until("(Pdb) ")
    window.type("\x03")
    assert window.end() == 1
    assert window.shown.splitlines()[-1] == "KeyError: 'wed'"


def test_ctrl_c_gives_up_what_the_prompt_executes(debug: Callable[..., Window]):
    window = debug(FAILING)
    window.until("(Pdb) ")
    window.type("import time; print('asleep'); time.sleep(600)\n")
    window.until("\r\nasleep")
    window.type("\x03")
    window.until("*** KeyboardInterrupt")
    window.until("(Pdb) ")
    window.type("p 6 * 7\n")
    window.until("42")
    window.type("q\n")
    assert window.end() == 1


SLEEPING = "import time\nprint('asleep', flush=True)\ntime.sleep(600)"


def test_ctrl_c_ends_a_script_that_runs(debug: Callable[..., Window], record: Callable[[str], dict[str, Any]]):
    window = debug(SLEEPING)
    window.until("asleep")
    window.type("\x03")
    assert window.end() == 1
    run = record(window.run_id)
    assert (run["JobRunState"], run["ErrorMessage"]) == ("FAILED", "KeyboardInterrupt")


def test_a_stop_ends_a_run_at_its_prompt(
    debug: Callable[..., Window], record: Callable[[str], dict[str, Any]], openglue: Any
):
    window = debug(FAILING)
    window.until("(Pdb) ")
    run = record(window.run_id)
    openglue.client("glue").batch_stop_job_run(JobName=run["JobName"], JobRunIds=[run["Id"]])
    assert window.end() == 1
    assert record(run["Id"])["JobRunState"] == "STOPPED"


@pytest.mark.parametrize("way", ["kill -9", "the window is closed", "SIGTERM"])
def test_a_run_does_not_outlive_the_command_at_its_prompt(
    debug: Callable[..., Window],
    record: Callable[[str], dict[str, Any]],
    wait_for: Callable[..., Any],
    way: str,
):
    window = debug(FAILING)
    window.until("(Pdb) ")
    run_id = window.run_id
    assert list(marked(f"{run_id}.1"))
    if way == "the window is closed":
        window.close()
    else:
        window.process.send_signal(signal.SIGKILL if way == "kill -9" else signal.SIGTERM)
    wait_for(lambda: not list(marked(f"{run_id}.1")), what="an empty process table")
    run = wait_for(lambda: run if "CompletedOn" in (run := record(run_id)) else None, what="the end of the run")
    if way == "kill -9":
        assert (run["JobRunState"], run["ErrorMessage"]) == ("FAILED", "Command failed with signal SIGHUP")
    else:
        assert run["JobRunState"] == "STOPPED"


def test_a_run_whose_terminal_has_gone_does_not_begin_and_is_not_retried_but_can_be_run_again(
    openglue: Any, cli: Any, tmp_path: Path
):
    glue = openglue.client("glue")
    glue.create_job(
        Name="nobody-there",
        Role="r",
        Command={"Name": "pythonshell", "ScriptLocation": str(cli.script("print('done')"))},
        DefaultArguments={"library-set": "none"},
        MaxRetries=1,
    )
    arguments = {"--openglue-terminal": str(tmp_path / "gone"), "--day": "mon"}
    first = glue.start_job_run(JobName="nobody-there", Arguments=arguments)["JobRunId"]
    run = openglue.wait("nobody-there", first)
    assert (run.state, run.output) == ("FAILED", "")
    assert run.error.startswith("LAUNCH ERROR | nobody is at the terminal in which to debug it")
    assert [each["Id"] for each in glue.get_job_runs(JobName="nobody-there")["JobRuns"]] == [first]
    again = openglue.wait("nobody-there", glue.start_job_run(JobName="nobody-there", JobRunId=first)["JobRunId"])
    assert (again.state, again.output, again.record["Arguments"]) == ("SUCCEEDED", "done", {"--day": "mon"})


@pytest.mark.parametrize(
    ("words", "reason"), [((), "needs a terminal"), (("--watch",), "neither with"), (("--json",), "neither with")]
)
def test_debugging_without_a_terminal_is_refused(cli: Any, tmp_path: Path, words: tuple[str, ...], reason: str):
    done = cli("run", "--debug", cli.script("print(1)"), *words, "--data", tmp_path / "data")
    assert done.returncode == 2
    assert reason in done.stderr


@pytest.mark.spark
def test_a_spark_session_is_alive_at_the_prompt(window: Callable[..., Window], cli: Any, openglue: Any):
    script = cli.script("""
        from awsglue.context import GlueContext
        from pyspark.context import SparkContext
        from pyspark.sql.functions import udf
        session = GlueContext(SparkContext.getOrCreate()).spark_session

        def half(number):
            return 10 // number

        def halt(number):
            breakpoint()
            return number

        def load():
            breakpoint()
            rows = session.range(3).select(udf(half, "int")("id"))
            return rows.collect()

        def tell():
            import time
            while not session.sparkContext.statusTracker().getActiveJobsIds():
                time.sleep(0.05)
            print("bu" + "sy")

        def idle():
            import time
            deadline = time.monotonic() + 30
            while (left := session.sparkContext.statusTracker().getActiveJobsIds()) and time.monotonic() < deadline:
                time.sleep(0.05)
            return left

        load()
    """)
    shown = window("run", "--debug", script, "--data", openglue.data)
    shown.until("(Pdb) ")
    shown.type("p spark.range(40).count(), glueContext.spark_session is not None\n")
    shown.until("(40, True)")
    shown.until("(Pdb) ")
    shown.type("c\n")
    shown.until("aborting job")
    told = shown.until("(Pdb) ")
    trace = told[told.index("Traceback (most recent call last)") :]
    assert "  [3 frames of pyspark and py4j]\r\n" in trace
    assert "PythonException, in a Python worker of Spark:\r\n" in trace
    assert "return 10 // number" in trace
    assert not re.search(r'File "[^"]*(entry\.py|/pyspark/|/py4j/)', trace)
    assert "-> return rows.collect()" in trace
    # Ctrl-C is not for the JVM.
    shown.type("\x03")
    shown.until("(Pdb) ")
    shown.type("p rows.columns, spark.range(41).count(), glueContext.spark_session is not None\n")
    assert "(['half(id)'], 41, True)" in shown.until("(Pdb) ")
    # Only the script itself has the terminal.
    shown.type("spark.range(1).select(udf(halt, 'int')('id')).collect()\n")
    shown.until("RuntimeError: breakpoint() was called in a Python worker of Spark, which has no terminal")
    assert "(Pdb)" not in shown.until("*** ")
    shown.until("(Pdb) ")
    # What Spark executes is given up, twice if need be, and the session goes on.
    for _ in range(2):
        shown.type("import threading; threading.Thread(target=tell, daemon=True).start(); ")
        shown.type("spark.range(10**13).selectExpr('sum(id * 3)').collect()\n")
        shown.until("\r\nbusy")
        shown.type("\x03")
        given_up = shown.until("*** KeyboardInterrupt") + shown.until("(Pdb) ")
        assert "reentrant" not in given_up
        assert "Py4J" not in given_up
        shown.type("p spark.range(43).count(), idle()\n")
        shown.until("(43, [])")
        shown.until("(Pdb) ")
    shown.type("q\n")
    assert shown.end() == 1
    assert not list(marked(f"{shown.run_id}.1"))
