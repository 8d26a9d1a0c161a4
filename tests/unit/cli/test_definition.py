from __future__ import annotations

from pathlib import Path

import pytest

from openglue.cli import definition
from openglue.cli.definition import JobType
from openglue.cli.failure import RefusedError


def test_a_key_gets_the_dashes_that_it_lacks():
    assert definition.arguments(["day=1", "--hour=2", "-x=3"]) == {"--day": "1", "--hour": "2", "--x": "3"}


def test_a_value_may_hold_anything_and_be_empty():
    assert definition.arguments(["sql=a=b,c", "--empty="]) == {"--sql": "a=b,c", "--empty": ""}


def test_a_name_without_a_value_is_refused():
    with pytest.raises(RefusedError, match=r"--arg 'verbose' has no value: KEY=VALUE is expected, .* verbose="):
        definition.arguments(["verbose"])


@pytest.mark.parametrize("kind", ["glueetl", "gluestreaming", "pythonshell"])
def test_a_job_is_of_the_type_that_is_asked_for(kind: str):
    job = definition.new_job("j", "s3://b/x.py", JobType(kind), glue_version=None)
    assert job["Command"]["Name"] == kind


def test_the_last_of_two_equal_keys_counts():
    assert definition.arguments(["day=1", "--day=2"]) == {"--day": "2"}


@pytest.mark.parametrize("pair", ["", "=1", "--=1", "-- =1"])
def test_a_value_without_a_name_is_refused(pair: str):
    with pytest.raises(RefusedError, match="KEY=VALUE is expected"):
        definition.arguments([pair])


def test_files_that_a_run_is_given_are_named_absolutely(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a.py", "requirements.txt"):
        (tmp_path / name).touch()
    found = definition.arguments(
        ["extra-py-files=a.py, s3://b/c.py,gone.py", "additional-python-modules=-r requirements.txt,pandas", "in=a.py"]
    )
    assert found == {
        "--extra-py-files": f"{tmp_path}/a.py,s3://b/c.py,gone.py",
        "--additional-python-modules": f"-r {tmp_path}/requirements.txt,pandas",
        "--in": "a.py",
    }


def test_the_script_and_the_local_files_among_the_arguments_are_watched(tmp_path: Path):
    for name in ("script.py", "a.py", "r.txt"):
        (tmp_path / name).touch()
    given = {
        "--extra-py-files": f"{tmp_path}/a.py,s3://b/c.py",
        "--modules": f"-r {tmp_path}/r.txt",
        "--long": "x" * 9999,
    }
    assert definition.local_files(f"{tmp_path}/script.py", given) == [
        tmp_path / "script.py",
        tmp_path / "a.py",
        tmp_path / "r.txt",
    ]
    assert definition.local_files("s3://b/script.py", {}) == []


@pytest.mark.parametrize(
    ("location", "name"), [("/a/etl.py", "etl"), ("s3://b/jobs/daily.v2.py", "daily.v2"), ("/a/script", "script")]
)
def test_a_job_is_called_after_its_script(location: str, name: str):
    assert definition.job_name(location) == name


JOB = {
    "Name": "etl",
    "Role": "r",
    "Command": {"Name": "glueetl", "ScriptLocation": "/a/etl.py", "PythonVersion": "3"},
    "GlueVersion": "5.1",
    "MaxCapacity": 10.0,
    "AllocatedCapacity": 10,
    "CreatedOn": 1.0,
    "LastModifiedOn": 2.0,
    "Timeout": 5,
}


def test_a_job_that_already_runs_this_script_is_left_alone():
    assert definition.changed_job(JOB, "/a/etl.py", JobType.glueetl, glue_version=None) is None
    assert definition.changed_job(JOB, "/a/etl.py", JobType.glueetl, glue_version="5.1") is None


def test_an_update_keeps_what_it_does_not_change():
    assert definition.changed_job(JOB, "/b/etl.py", JobType.glueetl, glue_version="4.0") == {
        "Role": "r",
        "Command": {"Name": "glueetl", "ScriptLocation": "/b/etl.py", "PythonVersion": "3"},
        "GlueVersion": "4.0",
        "MaxCapacity": 10.0,
        "Timeout": 5,
    }


def test_an_update_asks_for_capacity_in_one_way():
    workers = {**JOB, "WorkerType": "G.1X", "NumberOfWorkers": 2}
    same = definition.changed_job(workers, "/b/etl.py", JobType.glueetl, glue_version=None)
    other = definition.changed_job(workers, "/b/etl.py", JobType.pythonshell, glue_version=None)
    assert same is not None
    assert other is not None
    assert same.keys() & {"MaxCapacity", "WorkerType", "NumberOfWorkers"} == {"WorkerType", "NumberOfWorkers"}
    assert not other.keys() & {"MaxCapacity", "WorkerType", "NumberOfWorkers"}


def test_a_script_that_is_not_there_is_refused(tmp_path: Path):
    with pytest.raises(RefusedError, match="there is no script"):
        definition.script_location(str(tmp_path / "x.py"))
    with pytest.raises(RefusedError, match="is not a file"):
        definition.script_location(str(tmp_path))
    assert definition.script_location("s3://b/x.py") == "s3://b/x.py"


def test_an_option_that_is_not_given_means_the_default_again_for_a_job_that_run_made():
    own = definition.new_job("etl", "/a/etl.py", JobType.pythonshell, glue_version="9.9")
    own["Command"]["PythonVersion"] = "3.9"
    changed = definition.changed_job(own, "/a/etl.py", JobType.glueetl, glue_version=None)
    assert changed is not None
    assert changed["GlueVersion"] == "5.1"
    assert changed["Command"] == {"Name": "glueetl", "ScriptLocation": "/a/etl.py"}
    theirs = {**own, "Role": "arn:aws:iam::1:role/etl"}
    changed = definition.changed_job(theirs, "/b/etl.py", JobType.pythonshell, glue_version=None)
    assert changed is not None
    assert changed["GlueVersion"] == "9.9", "what somebody else defined stays"
