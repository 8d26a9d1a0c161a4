"""Python shell runs through boto3, from StartJobRun to the last log line."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.acceptance.conftest import Glue

from openglue.process import marked

ErrorOf = Callable[..., tuple[str, str]]


@pytest.mark.contract("2.8", "2.20", "2.44", "2.45", "2.46", "2.47", "11.5", "11.6")
def test_a_run_prints_and_succeeds_and_its_record_is_whole(glue: Glue) -> None:
    run = glue.run("import sys\nprint('out', 1)\nprint('err', file=sys.stderr)", arguments={"--x": "1"})
    assert glue.text(run) == "out 1"
    assert glue.text(run, "error") == "err"
    assert run.keys() == {
        *("Id", "Attempt", "JobName", "JobMode", "StartedOn", "LastModifiedOn", "CompletedOn", "JobRunState"),
        *("Arguments", "PredecessorRuns", "AllocatedCapacity", "ExecutionTime", "Timeout", "MaxCapacity"),
        *("LogGroupName", "GlueVersion"),
    }
    assert run["JobRunState"] == "SUCCEEDED"
    assert run["Arguments"] == {"--x": "1"}
    assert run["CompletedOn"] == run["LastModifiedOn"] >= run["StartedOn"]
    assert (run["AllocatedCapacity"], run["MaxCapacity"], run["Attempt"]) == (0, 0.0625, 0)
    assert run["LogGroupName"] == "/aws-glue/python-jobs"
    assert run["PredecessorRuns"] == []


@pytest.mark.contract("1.12", "1.16")
def test_whatever_a_start_says_is_in_the_record(glue: Glue) -> None:
    name = glue.job("print()", ExecutionProperty={"MaxConcurrentRuns": 2}, MaintenanceWindow="Sun:3")
    said: dict[str, Any] = {
        "JobRunQueuingEnabled": False,
        "Timeout": 7,
        "SecurityConfiguration": "sec",
        "NotificationProperty": {"NotifyDelayAfter": 3},
        "ExecutionClass": "STANDARD",
        "ExecutionRoleSessionPolicy": "{}",
    }
    run = glue.wait(name, glue.start(name, **said, MaxCapacity=1.0))
    assert {key: run[key] for key in said} == said
    assert (run["MaxCapacity"], run["AllocatedCapacity"], run["MaintenanceWindow"]) == (1.0, 1, "Sun:3")
    assert (
        glue("GetJobRun", JobName=name, RunId=run["Id"], PredecessorsIncluded=True)["JobRun"]["PredecessorRuns"] == []
    )


@pytest.mark.contract("6.1", "6.5", "6.6")
def test_the_script_sees_merged_arguments_as_aws_hands_them_over(glue: Glue) -> None:
    script = """
        import json, sys, os
        from awsglue.utils import getResolvedOptions
        options = getResolvedOptions(sys.argv, ["day", "fixed"])
        print(json.dumps({"argv": sys.argv, "day": options["day"], "fixed": options["fixed"], "cwd": os.getcwd()}))
    """
    run = glue.run(
        script,
        arguments={"--day": "friday", "--fixed": "mine", "--flag": "", "--airflow_task_uuid": "d:t:run:-1"},
        DefaultArguments={"--day": "monday", "--other": "x"},
        NonOverridableArguments={"--fixed": "theirs"},
    )
    seen = json.loads(glue.text(run))
    assert (seen["day"], seen["fixed"]) == ("friday", "theirs")
    assert "--JOB_NAME" not in seen["argv"], "a Python shell job is not told its name (contract 0.7)"
    assert "--scriptLocation" in seen["argv"]
    assert Path(seen["argv"][0]).parent == Path(seen["cwd"])
    following = dict(zip(seen["argv"], [*seen["argv"][1:], ""], strict=True))
    assert following["--flag"].startswith("--") or following["--flag"] == "", "an empty value is a bare flag"


@pytest.mark.contract("5.24")
def test_arguments_may_be_as_large_as_aws_allows(glue: Glue) -> None:
    value = "x" * 250_000
    script = "import sys\nprint(len(sys.argv[sys.argv.index('--big') + 1]))"
    assert glue.text(glue.run(script, arguments={"--big": value})) == "250000"


@pytest.mark.contract("2.9", "2.28", "2.34")
@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("raise ValueError('broken')", "ValueError: broken"),
        ("def f(:", "SyntaxError: "),
        ("import os\nos._exit(9)", "Command failed with exit code 9"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)", "Command failed with signal SIGSEGV"),
        (
            "class E(Exception):\n    def __str__(self):\n        raise ValueError\nraise E",
            "E: (its message raised ValueError)",
        ),
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
        (
            "import os, tempfile\nwith tempfile.TemporaryDirectory() as d:\n os.chdir(d);exec('raise ValueError(42)')",
            "ValueError: 42",
        ),
    ],
)
def test_an_end_is_told_truthfully(glue: Glue, script: str, message: str) -> None:
    run = glue.run(script)
    assert run["JobRunState"] == "FAILED"
    assert run["ErrorMessage"].startswith(message)


@pytest.mark.contract("2.30", "2.35", "2.40", "2.42")
@pytest.mark.parametrize(
    ("script", "state", "message"),
    [
        ("import sys\nsys.exit(0)", "SUCCEEDED", None),
        ("import sys\nsys.exit(3)", "FAILED", "SystemExit: 3"),
        ("raise MemoryError", "FAILED", "Command failed due to out of memory"),
        ("raise KeyError('k')", "FAILED", "KeyError: 'k'"),
    ],
)
def test_an_end_that_aws_does_not_describe(glue: Glue, script: str, state: str, message: str | None) -> None:
    run = glue.run(script)
    assert (run["JobRunState"], run.get("ErrorMessage")) == (state, message)


def test_a_traceback_begins_at_the_users_first_line(glue: Glue) -> None:
    run = glue.run("def f():\n    raise ValueError('broken')\nf()")
    log = glue.text(run, "error")
    assert "entry.py" not in log
    assert "line 3, in <module>" in log
    assert log.endswith("ValueError: broken")


@pytest.mark.contract("2.7", "2.22", "2.31")
@pytest.mark.parametrize(
    ("location", "message"),
    [
        ("s3://no-such-bucket-here/s.py", "LAUNCH ERROR | Error downloading from S3 for bucket: no-such-bucket-here"),
        ("/no/such/script.py", "LAUNCH ERROR | "),
    ],
)
def test_a_script_that_cannot_be_fetched_is_a_launch_error(glue: Glue, location: str, message: str) -> None:
    run = glue.run(location)
    assert run["JobRunState"] == "FAILED"
    assert run["ErrorMessage"].startswith(message)
    assert run["ExecutionTime"] == 0


def test_modules_files_and_archives_reach_the_script(glue: Glue, tmp_path: Path) -> None:
    (tmp_path / "single.py").write_text("NAME = 'single'")
    with zipfile.ZipFile(tmp_path / "packed.zip", "w") as archive:
        archive.writestr("packed/__init__.py", "NAME = 'packed'")
    run = glue.run(
        "import single, packed\nprint(single.NAME, packed.NAME)",
        DefaultArguments={"--extra-py-files": f"{tmp_path / 'single.py'},{tmp_path / 'packed.zip'}"},
    )
    assert glue.text(run) == "single packed"


def wheel(folder: Path, name: str) -> Path:
    """The smallest wheel there can be: one module that knows its name."""
    file = folder / f"{name}-1.0-py3-none-any.whl"
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(f"{name}.py", f"NAME = {name!r}")
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return file


def test_wheels_and_requirement_files_are_installed_before_the_script_starts(glue: Glue, tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text(f"{wheel(tmp_path, 'listed')}\n")
    run = glue.run(
        "import direct, listed, extra\nprint(direct.NAME, listed.NAME, extra.NAME)",
        DefaultArguments={
            "--additional-python-modules": f"{wheel(tmp_path, 'direct')},-r {tmp_path / 'requirements.txt'}",
            "--python-modules-installer-option": "--no-index --no-deps",
            "--extra-py-files": str(wheel(tmp_path, "extra")),
        },
    )
    assert glue.text(run) == "direct listed extra", run.get("ErrorMessage")


@pytest.mark.contract("2.32")
def test_a_module_that_cannot_be_installed_is_a_launch_error_with_the_reason(glue: Glue) -> None:
    run = glue.run("print()", DefaultArguments={"--additional-python-modules": "<7.0"})
    assert run["ErrorMessage"].startswith("LAUNCH ERROR | Installation of Additional Python Modules failed: ")


def test_a_zip_with_a_main_module_is_a_script(glue: Glue, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "app.zip", "w") as archive:
        archive.writestr("__main__.py", "import helper\nprint(helper.TEXT)")
        archive.writestr("helper.py", "TEXT = 'from the zip'")
    assert glue.text(glue.run(str(tmp_path / "app.zip"))) == "from the zip"


def test_a_run_has_credentials_of_its_own_and_talks_to_this_service(glue: Glue) -> None:
    script = """
        import boto3, sys
        glue = boto3.client("glue")
        name = sys.argv[sys.argv.index("--job") + 1]
        print(glue.get_job(JobName=name)["Job"]["Name"])
    """
    name = glue.job(script)
    run = glue.wait(name, glue.start(name, Arguments={"--job": name}))
    assert glue.text(run) == name, glue.text(run, "error")


def test_a_call_to_a_service_without_a_route_fails_at_once_and_names_the_setting(glue: Glue) -> None:
    run = glue.run("import boto3\nboto3.client('dynamodb').list_tables()")
    assert run["JobRunState"] == "FAILED"
    assert "routes" in run["ErrorMessage"]


def test_services_that_speak_xml_are_refused_in_xml(glue: Glue) -> None:
    script = """
        import boto3, botocore
        try:
            boto3.client("ec2").describe_regions()
        except botocore.exceptions.ClientError as error:
            print(error.response["Error"]["Code"], "routes" in str(error))
    """
    run = glue.run(script)
    assert glue.text(run) == "UnknownOperationException True", glue.text(run, "error")


def test_a_folder_of_modules_is_refused(glue: Glue, tmp_path: Path) -> None:
    (tmp_path / "single.py").touch()
    run = glue.run("print()", DefaultArguments={"--extra-py-files": str(tmp_path)})
    assert run["JobRunState"] == "FAILED"
    assert run["ErrorMessage"] == f"LAUNCH ERROR | {tmp_path} is a folder, and a file is needed"


def test_a_syntax_error_shows_no_line_of_ours(glue: Glue) -> None:
    run = glue.run("def f(:")
    log = glue.text(run, "error")
    assert "entry.py" not in log
    assert "SyntaxError" in log


@pytest.mark.contract("2.38", "8.8")
def test_a_stop_ends_the_whole_tree(glue: Glue, tmp_path: Path) -> None:
    script = f"""
        import subprocess, sys, time
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
        open({str(tmp_path / "there")!r}, "w").write("x")
        print("ready", flush=True)
        time.sleep(600)
    """
    name = glue.job(script)
    run_id = glue.start(name)
    glue.wait(name, run_id, {"RUNNING"})
    until_written(tmp_path / "there")
    assert len([*marked(f"{run_id}.1")]) >= 2
    answer = glue("BatchStopJobRun", JobName=name, JobRunIds=[run_id, run_id])
    assert answer["SuccessfulSubmissions"] == [{"JobName": name, "JobRunId": run_id}]
    assert answer["Errors"] == []
    run = glue.wait(name, run_id)
    assert (run["JobRunState"], run["ErrorMessage"]) == ("STOPPED", "Job run stopped")
    assert not [*marked(f"{run_id}.1")]


def until_written(file: Path) -> None:
    from tests.conftest import wait_for

    wait_for(lambda: file.exists() and file.read_text(), what=f"{file.name}")


def test_what_has_ended_cannot_be_stopped_and_what_is_unknown_is_named(glue: Glue) -> None:
    name = glue.job("print()")
    run_id = glue.start(name)
    glue.wait(name, run_id)
    answer = glue("BatchStopJobRun", JobName=name, JobRunIds=[run_id, "jr_unknown"])
    assert answer["SuccessfulSubmissions"] == []
    details = {error["JobRunId"]: error["ErrorDetail"]["ErrorCode"] for error in answer["Errors"]}
    assert details == {run_id: "JobRunCannotBeStoppedException", "jr_unknown": "EntityNotFoundException"}


@pytest.mark.contract("4.1", "4.2")
def test_a_job_runs_as_often_at_a_time_as_it_says(glue: Glue, error_of: ErrorOf) -> None:
    name = glue.job("import time; time.sleep(60)", ExecutionProperty={"MaxConcurrentRuns": 2})
    first, second = glue.start(name), glue.start(name)
    code, message = error_of(glue.client.start_job_run, JobName=name)
    assert (code, message) == ("ConcurrentRunsExceededException", f"Concurrent runs exceeded for {name}")
    glue("BatchStopJobRun", JobName=name, JobRunIds=[first, second])
    glue.wait(name, first)
    glue.wait(name, second)
    third = glue.start(name)
    glue("BatchStopJobRun", JobName=name, JobRunIds=[third])
    assert glue.wait(name, third)["JobRunState"] == "STOPPED"


@pytest.mark.contract("9.1")
def test_runs_are_listed_newest_first_in_pages(glue: Glue) -> None:
    name = glue.job("print()", ExecutionProperty={"MaxConcurrentRuns": 10})
    started = [glue.start(name) for _ in range(5)]
    pages = glue.client.get_paginator("get_job_runs").paginate(JobName=name, PaginationConfig={"PageSize": 2})
    listed = [[run["Id"] for run in page["JobRuns"]] for page in pages]
    assert listed == [started[:2:-1], started[2:0:-1], started[:1]]
    for run_id in started:
        glue.wait(name, run_id)
    assert "NextToken" not in glue("GetJobRuns", JobName=name)


@pytest.mark.contract("3.14")
def test_a_run_that_has_ended_can_be_run_again_by_its_id(glue: Glue, error_of: ErrorOf) -> None:
    name = glue.job("import sys; print(sys.argv[sys.argv.index('--x') + 1])")
    first = glue.start(name, Arguments={"--x": "as before"})
    glue.wait(name, first)
    second = glue.wait(name, glue.start(name, JobRunId=first))
    assert (second["PreviousRunId"], second["Attempt"]) == (first, 1)
    assert second["Arguments"] == {"--x": "as before"}
    assert glue.text(second) == "as before"
    assert error_of(glue.client.start_job_run, JobName=name, JobRunId="jr_x")[0] == "EntityNotFoundException"


@pytest.mark.contract("1.31")
def test_an_update_does_not_touch_a_run_that_was_accepted_before(glue: Glue) -> None:
    name = glue.job("import time; time.sleep(1); print('old')")
    run_id = glue.start(name)
    update: dict[str, Any] = {"Role": "r", "Command": {"Name": "pythonshell", "ScriptLocation": "/nowhere.py"}}
    glue("UpdateJob", JobName=name, JobUpdate=update)
    run = glue.wait(name, run_id)
    assert (run["JobRunState"], glue.text(run)) == ("SUCCEEDED", "old")


@pytest.mark.contract("9.10")
def test_runs_of_a_deleted_job_go_on_and_stay_readable(glue: Glue) -> None:
    name = glue.job("import time; time.sleep(1)")
    run_id = glue.start(name)
    glue("DeleteJob", JobName=name)
    assert glue.wait(name, run_id)["JobRunState"] == "SUCCEEDED"


def test_commands_that_are_not_served_say_so(glue: Glue) -> None:
    command = {"Name": "glueray", "Runtime": "Ray2.4", "ScriptLocation": "/no/such/script.py"}
    workers = {"GlueVersion": "4.0", "WorkerType": "Z.2X", "NumberOfWorkers": 2}
    glue("CreateJob", Name="ray", Role="r", Command=command, **workers)
    run = glue.wait("ray", glue.start("ray"))
    assert run["JobRunState"] == "FAILED"
    assert "glueray is not served" in run["ErrorMessage"]


@pytest.mark.contract("11.7")
def test_the_continuous_log_is_another_name_for_the_same_lines(glue: Glue) -> None:
    run = glue.run("print('line')", DefaultArguments={"--enable-continuous-cloudwatch-log": "true"})
    events = glue.logs.get_log_events(
        logGroupName="/aws-glue/jobs/logs-v2", logStreamName=f"{run['Id']}-driver", startFromHead=True
    )["events"]
    assert [event["message"] for event in events] == ["line"]


def test_a_run_whose_continuous_log_no_file_can_be_called_fails_with_that_reason(glue: Glue) -> None:
    arguments = {"--enable-continuous-cloudwatch-log": "true", "--continuous-log-logGroup": "x" * 300}
    run = glue.run("print('line')", arguments=arguments)
    assert run["JobRunState"] == "FAILED"
    assert run["ErrorMessage"].startswith("LAUNCH ERROR | a log group or stream cannot be called 'xxx")


def test_a_folder_is_no_script(glue: Glue, tmp_path: Path) -> None:
    for kind in ("pythonshell", "glueetl"):
        run = glue.run(str(tmp_path), kind=kind)
        assert (run["JobRunState"], run["ExecutionTime"]) == ("FAILED", 0)
        assert run["ErrorMessage"] == f"LAUNCH ERROR | {tmp_path} is a folder, and a file is needed"
