"""`openglue shell` and `openglue python`: the surroundings of a job, outside of a run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from tests.acceptance.cli.window import Window

from openglue.process import children, identify

NONE = ("--type", "pythonshell", "--arg", "library-set=none")


@pytest.fixture
def shell(cli: Any, openglue: Any) -> Callable[..., subprocess.CompletedProcess[str]]:
    return lambda *words, **options: cli("shell", *words, "--data", openglue.data, **options)


def test_code_finds_the_arguments_as_a_script_would(shell: Callable[..., Any]):
    done = shell(*NONE, "--arg", "day=monday", "-c", "import sys; print(args['day'], sys.argv[-2:], __name__)")
    assert (done.returncode, done.stdout) == (0, "monday ['--day', 'monday'] __main__\n"), done.stderr


def test_what_is_piped_is_executed(cli: Any, openglue: Any):
    done = subprocess.run(
        [sys.executable, "-m", "openglue.cli", "shell", *NONE, "--data", openglue.data],
        input="for number in range(2):\n    print(number)\n",
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "0\n1\n"), done.stderr


def test_a_program_that_fails_exits_1_with_its_own_lines_alone(shell: Callable[..., Any]):
    done = shell(*NONE, "-c", "def fail():\n    raise ValueError('no such day')\nfail()")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-4:] == [
        "Traceback (most recent call last):",
        '  File "<string>", line 3, in <module>',
        '  File "<string>", line 2, in fail',
        "ValueError: no such day",
    ]
    assert shell(*NONE, "-c", "raise SystemExit(7)").returncode == 7


def test_a_jobs_own_modules_arguments_and_services_are_there(shell: Callable[..., Any], cli: Any, openglue: Any):
    bucket = openglue.bucket("shell-modules")
    (bucket / "words.py").write_text("WORD = 'from the bucket'")
    openglue.client("glue").create_job(
        Name="with-modules",
        Role="r",
        Command={"Name": "pythonshell", "ScriptLocation": "s3://nowhere/x.py"},
        DefaultArguments={
            "library-set": "none",
            "--extra-py-files": "s3://shell-modules/words.py",
            "--colour": "green",
        },
    )
    done = shell(
        "--job",
        "with-modules",
        "-c",
        "import boto3, words; print(words.WORD, args['colour'], "
        "'shell-modules' in [b['Name'] for b in boto3.client('s3').list_buckets()['Buckets']])",
        AWS_PROFILE="somebody",
        AWS_ENDPOINT_URL_S3="http://127.0.0.1:9",
    )
    assert (done.returncode, done.stdout) == (0, "from the bucket green True\n"), done.stderr
    assert openglue.client("glue").get_job_runs(JobName="with-modules")["JobRuns"] == []


def test_the_buckets_are_those_of_a_service_that_is_named_by_its_endpoint(cli: Any, openglue: Any):
    (openglue.bucket("shell-endpoint") / "words.py").write_text("WORD = 'from the bucket'")
    words = (
        "shell",
        *NONE,
        "--arg",
        "extra-py-files=s3://shell-endpoint/words.py",
        "-c",
        "import words; print(words.WORD)",
    )
    done = cli(*words, OPENGLUE_ENDPOINT=openglue.url.replace("127.0.0.1", "localhost"))
    assert (done.returncode, done.stdout) == (0, "from the bucket\n"), done.stderr


def test_what_cannot_be_put_in_place_is_said(shell: Callable[..., Any]):
    done = shell(*NONE, "--arg", "extra-py-files=s3://nowhere/x.py", "-c", "print(1)")
    assert (done.returncode, done.stdout) == (1, "")
    assert "Error downloading from S3 for bucket: nowhere" in done.stderr


def test_python_is_the_jobs_own_in_the_directory_and_with_the_words_of_its_user(cli: Any, openglue: Any):
    script = cli.script("import os, sys; print(sys.argv[1:], sys.prefix, os.getcwd(), os.environ['HOME']); sys.exit(5)")
    words = ("python", "--type", "pythonshell", "--data", openglue.data, script.name, "--data", "x", "-c")
    done = cli(*words)
    assert done.returncode == 5, done.stderr
    assert "['--data', 'x', '-c']" in done.stdout
    assert "pythonshell-" in done.stdout
    assert str(cli.folder) in done.stdout
    assert os.environ["HOME"] in done.stdout


@pytest.fixture
def prompt(window: Callable[..., Window], openglue: Any) -> Window:
    opened = window("shell", *NONE, "--data", openglue.data)
    opened.until(">>> ")
    return opened


def test_the_prompt_completes_names_and_survives_ctrl_c(prompt: Window):
    prompt.type("fortytwo = 42\n")
    prompt.until(">>> ")
    prompt.type("fortyt\t\n")
    prompt.until("\r\n42\r\n")
    prompt.until(">>> ")
    prompt.type("import time; print('asleep'); time.sleep(600)\n")
    prompt.until("\r\nasleep")
    prompt.type("\x03")
    prompt.until("KeyboardInterrupt")
    prompt.until(">>> ")
    prompt.type("\x04")
    assert prompt.end() == 0


@pytest.mark.parametrize("way", ["kill -9", "the window is closed"])
def test_the_prompt_does_not_outlive_its_command(prompt: Window, wait_for: Callable[..., Any], way: str):
    (child,) = children(prompt.process.pid)
    python = identify(child)
    assert python is not None
    if way == "kill -9":
        prompt.process.send_signal(signal.SIGKILL)
    else:
        prompt.close()
    wait_for(lambda: identify(child) != python, what="the end of the prompt")


@pytest.mark.spark
def test_a_spark_shell_reads_buckets_and_has_the_names_of_scripts(shell: Callable[..., Any], openglue: Any):
    (openglue.bucket("shell-spark") / "x.txt").write_text("one\ntwo\n")
    code = (
        "print(spark.read.text('s3://shell-spark/x.txt').count(), args['JOB_NAME'], 'JOB_RUN_ID' in args and"
        " args['JOB_RUN_ID'], glueContext.spark_session is spark, spark.conf.get('spark.sql.session.timeZone'))\n"
        "job.commit()\n"
        "import os, signal, threading, time\n"
        "def interrupt():\n"
        "    while not spark.sparkContext.statusTracker().getActiveJobsIds():\n"
        "        time.sleep(0.05)\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "threading.Thread(target=interrupt, daemon=True).start()\n"
        "try:\n"
        "    spark.range(10**13).selectExpr('sum(id * 3)').collect()\n"
        "except KeyboardInterrupt:\n"
        "    print('given up', spark.range(44).count())\n"
    )
    done = shell("--arg", "conf=spark.sql.session.timeZone=Asia/Tokyo", "-c", code)
    assert (done.returncode, done.stdout) == (0, "2 shell None True Asia/Tokyo\ngiven up 44\n"), done.stderr


@pytest.mark.spark
def test_a_script_works_outside_of_a_run_and_is_told_that_it_has_no_bookmark(cli: Any, openglue: Any):
    (openglue.bucket("python-spark") / "x.json").write_text('{"a": 1}\n{"a": 2}\n')
    script = cli.script("""
        import sys
        from awsglue.context import GlueContext
        from awsglue.job import Job
        from awsglue.utils import getResolvedOptions
        from pyspark.context import SparkContext
        args = getResolvedOptions(sys.argv, ["JOB_NAME"])
        glue = GlueContext(SparkContext())
        job = Job(glue)
        job.init(args["JOB_NAME"], {"job_bookmark_option": "job-bookmark-enable"})
        frame = glue.create_dynamic_frame.from_options(
            "s3", {"paths": ["s3://python-spark/"]}, "json", transformation_ctx="x")
        print("rows", frame.count())
        job.commit()
    """)
    done = cli("python", "--data", openglue.data, script, "--JOB_NAME", "by-hand")
    assert (done.returncode, done.stdout) == (0, "rows 2\n"), done.stderr
    assert len([line for line in done.stderr.splitlines() if "bookmark" in line]) == 1
