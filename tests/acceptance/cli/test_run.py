from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from openglue.process import marked

SHELL = ("--type", "pythonshell", "--arg", "library-set=none")


@pytest.fixture
def run(cli: Any, openglue: Any) -> Callable[..., subprocess.CompletedProcess[str]]:
    return lambda script, *words: cli("run", script, *SHELL, "--data", openglue.data, *words)


def test_a_run_that_succeeds_exits_0_and_keeps_its_streams_apart(run: Callable[..., Any], cli: Any):
    script = cli.script("""
        import sys
        print("to the output", sys.argv[sys.argv.index("--day") + 1])
        print("to the error stream", file=sys.stderr)
    """)
    done = run(script, "--arg", "day=monday")
    assert done.returncode == 0
    assert done.stdout == "to the output monday\n"
    assert "to the error stream\n" in done.stderr
    assert "SUCCEEDED in" in done.stderr


def test_a_run_that_fails_exits_1_and_says_why(run: Callable[..., Any], cli: Any):
    done = run(cli.script('raise ValueError("no such day")'))
    assert done.returncode == 1
    assert done.stdout == ""
    assert "FAILED in" in done.stderr
    assert done.stderr.splitlines()[-1] == "ValueError: no such day"


def test_a_run_whose_code_cannot_start_exits_1(run: Callable[..., Any], cli: Any):
    done = run(cli.script("print(1"))
    assert done.returncode == 1
    assert "SyntaxError" in done.stderr


def test_json_is_the_job_run_alone(run: Callable[..., Any], cli: Any):
    done = run(cli.script('print("a line")'), "--json", "--name", "json-job")
    record = json.loads(done.stdout)
    assert (record["JobName"], record["JobRunState"]) == ("json-job", "SUCCEEDED")
    assert "a line\n" in done.stderr


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("nowhere.py",), "there is no script nowhere.py"),
        ((".",), ". is not a file"),
        (("s3://b/k.py", "--arg", "=1"), "KEY=VALUE is expected"),
        (("s3://b/k.py", "--watch", "--json"), "--watch never ends"),
        (("s3://b/k.py", "--type", "scala"), "scala"),
        ((), "SCRIPT"),
    ],
)
def test_wrong_usage_exits_2_and_starts_nothing(cli: Any, tmp_path: Path, words: tuple[str, ...], reason: str):
    done = cli("run", *words, "--data", tmp_path / "data")
    assert done.returncode == 2
    assert reason in done.stderr
    assert not (tmp_path / "data").exists()


def test_what_the_service_refuses_exits_1(run: Callable[..., Any], cli: Any):
    done = run(cli.script("print(1)"), "--name", "x" * 300)
    assert done.returncode == 1
    assert "ValidationException" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_existing_job_keeps_what_the_command_line_does_not_say(run: Callable[..., Any], cli: Any, openglue: Any):
    glue = openglue.client("glue")
    script = cli.script("import sys; print(*sys.argv)", "kept")
    glue.create_job(
        Name="kept",
        Role="arn:aws:iam::123456789012:role/theirs",
        Command={"Name": "glueetl", "ScriptLocation": "s3://elsewhere/old.py"},
        DefaultArguments={"--colour": "green"},
        Timeout=77,
        WorkerType="G.1X",
        NumberOfWorkers=2,
    )
    done = run(script)
    assert done.returncode == 0, done.stderr
    assert "--colour green" in done.stdout
    job = glue.get_job(JobName="kept")["Job"]
    assert job["Command"]["ScriptLocation"] == str(script)
    assert (job["Role"], job["Timeout"]) == ("arn:aws:iam::123456789012:role/theirs", 77)


def test_the_same_script_runs_twice_at_a_time(cli: Any, openglue: Any):
    script = cli.script("print(1)", "twice")
    both = [cli.start("run", script, *SHELL, "--data", openglue.data, stderr=subprocess.DEVNULL) for _ in range(2)]
    assert [process.wait(60) for process in both] == [0, 0]


SLOW = """
    import time
    print("begun", flush=True)
    time.sleep(600)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_stops_the_run(cli: Any, openglue: Any, number: signal.Signals):
    process = cli.start("run", cli.script(SLOW), *SHELL, "--data", openglue.data, "--name", f"slow-{number.name}")
    assert process.stdout.readline() == "begun\n"
    process.send_signal(number)
    assert process.wait(40) == 130
    (run,) = openglue.client("glue").get_job_runs(JobName=f"slow-{number.name}")["JobRuns"]
    assert run["JobRunState"] == "STOPPED"
    assert not list(marked(f"{run['Id']}.1"))


def test_a_run_whose_reader_has_gone_is_stopped(cli: Any, openglue: Any, wait_for: Callable[..., Any]):
    script = cli.script("import time\nwhile True: print('x', flush=True); time.sleep(0.01)", "unread")
    process = cli.start("run", script, *SHELL, "--data", openglue.data, stderr=subprocess.DEVNULL)
    assert process.stdout.readline() == "x\n"
    process.stdout.close()
    assert process.wait(40) == 1
    glue = openglue.client("glue")
    wait_for(lambda: glue.get_job_runs(JobName="unread")["JobRuns"][0]["JobRunState"] == "STOPPED", what="the stop")


def test_watching_runs_again_on_every_save_and_stops_what_still_runs(
    cli: Any, openglue: Any, wait_for: Callable[..., Any]
):
    script = cli.script('print("first", flush=True)', "watched")
    process = cli.start("run", script, *SHELL, "--watch", "--data", openglue.data)
    assert process.stdout.readline() == "first\n"
    glue = openglue.client("glue")
    # A save while a run is still ending stops it, as it should; this is about one that has ended.
    wait_for(lambda: glue.get_job_runs(JobName="watched")["JobRuns"][0]["JobRunState"] == "SUCCEEDED")
    cli.script(SLOW, "watched")
    assert process.stdout.readline() == "begun\n"
    cli.script('print("third", flush=True)', "watched")
    assert process.stdout.readline() == "third\n"
    process.send_signal(signal.SIGINT)
    assert process.wait(40) == 130
    runs = glue.get_job_runs(JobName="watched")["JobRuns"]
    assert [run["JobRunState"] for run in runs[1:]] == ["STOPPED", "SUCCEEDED"]


def test_watching_looks_at_files_that_the_run_was_given(cli: Any, openglue: Any):
    module = cli.script('WORD = "one"', "words")
    script = cli.script("import words; print(words.WORD, flush=True)", "reader")
    process = cli.start("run", script, *SHELL, "--watch", "--arg", "extra-py-files=words.py", "--data", openglue.data)
    assert process.stdout.readline() == "one\n"
    module.write_text('WORD = "two"')
    assert process.stdout.readline() == "two\n"


def test_when_no_service_answers_one_is_started_and_ended(cli: Any, tmp_path: Path):
    # Not --data, which would still start one, but the way a newcomer does it.
    data = tmp_path / "data"
    done = cli("run", cli.script('print("done")'), *SHELL, "--data", data)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "done\n"
    assert "no service answers: started one at http://127.0.0.1:" in done.stderr
    assert cli("job", "ls", "--data", data).returncode == 3
    assert not (data / "server.json").exists()


@pytest.mark.spark
def test_a_spark_script_runs_in_one_line(cli: Any, openglue: Any):
    script = cli.script("""
        from awsglue.context import GlueContext
        from pyspark.context import SparkContext
        spark = GlueContext(SparkContext.getOrCreate()).spark_session
        print("rows:", spark.range(7).count())
    """)
    done = cli("run", script, "--data", openglue.data)
    assert done.returncode == 0, done.stderr
    assert "rows: 7" in done.stdout
