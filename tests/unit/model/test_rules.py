"""Every rule of jobs and runs, both ways: what it refuses, and in which words; what it lets pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.model.test_records import DEFAULTS, job

from openglue.errors import InvalidInputException
from openglue.model.capacity import WORKER_TYPES, capacity_members
from openglue.model.job import Defaults, job_members
from openglue.model.profiles.glue_version import GLUE_VERSIONS
from openglue.model.rules import ARGUMENTS_BYTES, RULES, check_job, check_start

RAY = {"Name": "glueray", "Runtime": "Ray2.4", "PythonVersion": "3.9"}
RAY_WORKERS = {"WorkerType": "Z.2X", "NumberOfWorkers": 2}
FLEX_FOR = "only glueetl jobs of Glue version 3.0 or later can use it"
KB_260 = {"--a": "x" * (ARGUMENTS_BYTES - 3)}


def definition(command: str | dict[str, Any] = "glueetl", **members: Any) -> dict[str, Any]:
    named = {"Name": command} if isinstance(command, str) else command
    return {"Role": "r", "Command": {"ScriptLocation": "s3://b/s.py", **named}, **members}


def workers(name: str, count: int) -> dict[str, Any]:
    return {"WorkerType": name, "NumberOfWorkers": count}


def told(check: Callable[..., None], *asked: Any) -> str | None:
    """The sentence with which a check refuses; None when it accepts."""
    try:
        check(*asked)
    except InvalidInputException as error:
        return error.message
    return None


def refusal(asked: dict[str, Any], defaults: Defaults = DEFAULTS) -> str | None:
    return told(check_job, asked, defaults)


#: rule -> the definitions that it refuses, each with the sentence; those with a * are AWS's own, observed.
REFUSED: dict[str, list[tuple[dict[str, Any], str]]] = {
    "_role_and_command": [
        ({}, "Role is required: a definition is stored as a whole"),
        ({"Command": {"Name": "glueetl"}}, "Role is required: a definition is stored as a whole"),
        ({"Role": "r"}, "Command is required: a definition is stored as a whole"),
    ],
    "_command": [
        (
            definition("cobol"),
            "Command.Name cobol is not valid: one of glueetl, pythonshell, gluestreaming, glueray is expected",
        )
    ],
    "_glue_version": [
        (
            definition(GlueVersion=version),
            f"Given GlueVersion [{version}] is not valid. One of 0.9, 1.0, 2.0, 3.0, 4.0, 5.0, 5.1, 6.0 is expected",
        )
        for version in ("9.9", "4.1", "auto", "5.1.0")
    ],
    "_python_version": [
        (
            definition({"Name": command, "PythonVersion": "3.9"}),
            "PythonVersion 3.9 is not supported. Choose from one of the following: [2, 3]",  # *
        )
        for command in ("glueetl", "gluestreaming")
    ],
    "_ray": [
        (definition("glueray", **RAY_WORKERS), "Runtime parameter is required for GlueRay command"),  # *
        (
            definition(RAY, **RAY_WORKERS, GlueVersion="3.0"),
            "GlueVersion 3.0 is not valid for Job Command glueray: 4.0 or later is expected",
        ),
        *(
            (
                definition(RAY, **asked),
                "Worker type cannot be null and only [Z.2X] worker types are supported for glueray jobs",  # *
            )
            for asked in ({}, {"MaxCapacity": 10.0}, workers("G.1X", 2), {"NumberOfWorkers": 2})
        ),
        (definition(RAY, **RAY_WORKERS, Timeout=10), "Timeout not supported for Ray jobs"),  # *
    ],
    "_pythonshell": [
        *(
            (definition("pythonshell", **asked), "Worker Type is not supported for Job Command pythonshell")  # *
            for asked in (workers("G.1X", 2), {"WorkerType": "G.1X"}, {"NumberOfWorkers": 2})
        ),
        *(
            (
                definition("pythonshell", MaxCapacity=dpu),
                f"MaxCapacity {said} is not valid for Job Command pythonshell: set MaxCapacity to 0.0625 or 1",
            )
            for dpu, said in ((2.0, "2"), (0.5, "0.5"), (0.0, "0"), (-1.0, "-1"), (float("nan"), "nan"))
        ),
        (
            definition("pythonshell", AllocatedCapacity=10),
            "AllocatedCapacity is not supported for Job Command pythonshell: set MaxCapacity to 0.0625 or 1",
        ),
    ],
    "_one_way_to_ask": [
        *(
            (
                definition(**asked, MaxCapacity=10.0),
                "Please do not set Max Capacity if using Worker Type and Number of Workers.",  # *
            )
            for asked in (workers("G.1X", 10), {"WorkerType": "G.1X"}, {"NumberOfWorkers": 10})
        ),
        (
            definition(**workers("G.1X", 10), AllocatedCapacity=10),
            "Please do not set Allocated Capacity if using Worker Type and Number of Workers",  # *
        ),
        (definition(WorkerType="G.1X"), "Please set both Worker Type and Number of Workers."),  # *
        (definition(NumberOfWorkers=2), "Please set both Worker Type and Number of Workers."),  # *
        (
            definition(MaxCapacity=10.0, AllocatedCapacity=10),
            "Please set only Allocated Capacity or Max Capacity.",  # *
        ),
    ],
    "_workers": [
        *(
            (
                definition("glueetl", **workers(name, 2)),
                f"Worker Type {name} is not supported for Job Command glueetl",
            )
            for name in ("G.025X", "Z.2X")
        ),
        (
            definition("gluestreaming", **workers("G.025X", 2), GlueVersion="2.0"),
            "Worker type G.025X is not supported for Glue Version 2.0",
        ),
        *(
            (
                definition(**workers(name, 2), GlueVersion=version),
                f"Worker type {name} is not supported for Glue Version {version}",  # *
            )
            for version, names in {
                "2.0": ("G.4X", "G.8X", "R.1X"),
                "3.0": ("G.12X", "G.16X", "R.1X", "R.2X", "R.4X", "R.8X"),
            }.items()
            for name in names
        ),
        (
            definition(**workers("G.1X", 1)),
            "To use Worker Type G.1X, minimum allowed value of Number of Workers is 2.",  # *
        ),
        (
            definition(**workers("G.16X", 2**31 - 1)),
            "NumberOfWorkers 2147483647 is not valid: 34359738352 DPUs are more than any account has",
        ),
        (
            definition(**workers("Standard", 0)),
            "To use Worker Type Standard, minimum allowed value of Number of Workers is 1.",
        ),
        (
            definition("gluestreaming", **workers("G.025X", 300)),
            "To use Worker Type G.025X, maximum allowed value of Number of Workers is 299.",  # *
        ),
    ],
    "_spark_dpu": [
        (
            definition(command, **{member: dpu}),
            f"{member} {said} is not valid for Job Command {command}: a whole number from 2 to 100 is expected",
        )
        for command in ("glueetl", "gluestreaming")
        for member, dpu, said in (
            ("MaxCapacity", 1.0, "1"),
            ("MaxCapacity", 2.5, "2.5"),
            ("MaxCapacity", 0.0625, "0.0625"),
            ("MaxCapacity", 0.0, "0"),
            ("MaxCapacity", -10.0, "-10"),
            ("MaxCapacity", 100.5, "100.5"),
            ("MaxCapacity", 1e300, "1e+300"),
            ("MaxCapacity", float("inf"), "inf"),
            ("MaxCapacity", float("nan"), "nan"),
            ("AllocatedCapacity", 1, "1"),
            ("AllocatedCapacity", 101, "101"),
            ("AllocatedCapacity", -1, "-1"),
        )
    ],
    "_flex": [
        *(
            (
                asked,
                f"ExecutionClass FLEX is not supported for Job Command {asked['Command']['Name']}: {FLEX_FOR}",
            )
            for asked in (
                definition("pythonshell", ExecutionClass="FLEX"),
                definition("gluestreaming", ExecutionClass="FLEX"),
                definition(RAY, **RAY_WORKERS, ExecutionClass="FLEX"),
            )
        ),
        (
            definition(ExecutionClass="FLEX", GlueVersion="2.0"),
            f"ExecutionClass FLEX is not supported for Glue Version 2.0: {FLEX_FOR}",
        ),
    ],
    "_timeout": [
        (
            definition(command, Timeout=timeout),
            f"Timeout {timeout} is not valid: less than 7 days (10080 minutes) is expected",
        )
        for command in ("glueetl", "pythonshell")
        for timeout in (10080, 2**31 - 1)
    ],
    "_max_retries": [
        (definition(MaxRetries=retries), f"MaxRetries {retries} is not valid: 0 to 10 is expected")
        for retries in (-1, 11)
    ],
    "_max_concurrent_runs": [
        (
            definition(ExecutionProperty={"MaxConcurrentRuns": runs}),
            f"ExecutionProperty.MaxConcurrentRuns {runs} is not valid: at least 1 is expected",
        )
        for runs in (0, -1)
    ],
    "_arguments": [
        (definition(**arguments), "Request size limit exceeded")  # *
        for arguments in (
            {"DefaultArguments": {**KB_260, "b": ""}},
            {"NonOverridableArguments": {"--a": "x" * ARGUMENTS_BYTES}},
            {"DefaultArguments": KB_260, "NonOverridableArguments": {"--b": ""}},
            {"DefaultArguments": {"--a": "é" * (ARGUMENTS_BYTES // 2)}},
        )
    ],
}

#: What real clients send, and the near side of every limit.
ACCEPTED: list[dict[str, Any]] = [
    definition(),
    definition({}),
    definition(MaxCapacity=10.0),
    definition(MaxCapacity=10),
    definition(AllocatedCapacity=10),
    *(definition(MaxCapacity=dpu, GlueVersion=version) for dpu in (2.0, 100.0) for version in GLUE_VERSIONS),
    *(definition(AllocatedCapacity=dpu) for dpu in (0, 2, 100)),
    definition("gluestreaming", MaxCapacity=10.0),
    *(definition(**workers("Standard", 1), GlueVersion=version) for version in GLUE_VERSIONS),
    *(definition(**workers(name, 10)) for name in ("Standard", "G.1X", "G.2X", "G.4X", "G.8X")),
    *(definition(**workers(name, 10), GlueVersion="3.0") for name in ("G.4X", "G.8X")),
    *(definition(**workers(name, 1), GlueVersion="4.0") for name in ("G.12X", "G.16X", "R.1X", "R.8X")),
    definition(**workers("G.1X", 2), GlueVersion="0.9"),
    definition(**workers("G.1X", 2), AllocatedCapacity=0),
    *(definition("gluestreaming", **workers("G.025X", count), GlueVersion="3.0") for count in (1, 299)),
    *(definition("pythonshell", MaxCapacity=dpu, GlueVersion="3.0") for dpu in (0.0625, 1, 1.0)),
    definition("pythonshell", MaxCapacity=0.0625, AllocatedCapacity=0, ExecutionClass="STANDARD"),
    *(definition({"Name": "pythonshell", "PythonVersion": version}) for version in ("2", "3", "3.9")),
    *(definition({"PythonVersion": version}) for version in ("2", "3")),
    definition(RAY, **RAY_WORKERS, GlueVersion="4.0"),
    definition(RAY, **RAY_WORKERS),
    definition(ExecutionClass="FLEX", **workers("G.1X", 2), GlueVersion="3.0"),
    definition(ExecutionClass="FLEX"),
    *(definition(Timeout=timeout) for timeout in (1, 10079)),
    definition("gluestreaming", Timeout=10080),
    *(definition(MaxRetries=retries) for retries in (0, 10)),
    definition(ExecutionProperty={}),
    definition(ExecutionProperty={"MaxConcurrentRuns": 1}),
    definition(DefaultArguments=KB_260),
    definition(DefaultArguments=KB_260, NonOverridableArguments={"--a": ""}),
    # Said of other jobs than this one, and not known to be refused.
    definition({"Runtime": "Ray2.4"}, MaintenanceWindow="Sun:1"),
]


def test_every_rule_is_tested() -> None:
    assert list(REFUSED) == [rule.__name__ for rule in RULES]


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [pytest.param(asked, sentence, id=rule) for rule, cases in REFUSED.items() for asked, sentence in cases],
)
def test_what_breaks_a_rule_is_refused_in_its_words(asked: dict[str, Any], sentence: str) -> None:
    assert refusal(asked) == sentence


@pytest.mark.parametrize("asked", ACCEPTED)
def test_what_breaks_no_rule_is_accepted(asked: dict[str, Any]) -> None:
    assert refusal(asked) is None


def test_a_job_without_a_version_is_judged_by_the_default_one() -> None:
    old = Defaults(glue_version="2.0", max_concurrent_runs=1)
    assert refusal(definition(**workers("G.4X", 2)), old) == "Worker type G.4X is not supported for Glue Version 2.0"
    assert refusal(definition(**workers("G.4X", 2), GlueVersion="3.0"), old) is None


#: A job's members, a run's, and the sentence that refuses the run; None: it may start.
STARTS: list[tuple[dict[str, Any], dict[str, Any], str | None]] = [
    ({}, {}, None),
    ({}, {"Arguments": {"--a": "1"}, "SecurityConfiguration": "s"}, None),
    # The run's capacity replaces the job's as a whole.
    (workers("G.1X", 10), {"MaxCapacity": 5.0}, None),
    ({"MaxCapacity": 5.0}, workers("G.1X", 10), None),
    (workers("G.1X", 10), {"AllocatedCapacity": 5}, None),
    (workers("G.1X", 10), {"AllocatedCapacity": 0}, None),
    (workers("G.1X", 10), {"NumberOfWorkers": 5}, "Please set both Worker Type and Number of Workers."),
    (
        {},
        {**workers("G.1X", 2), "MaxCapacity": 2.0},
        "Please do not set Max Capacity if using Worker Type and Number of Workers.",
    ),
    ({}, {"MaxCapacity": 5.0, "AllocatedCapacity": 2}, "Please set only Allocated Capacity or Max Capacity."),
    ({}, workers("G.1X", 1), "To use Worker Type G.1X, minimum allowed value of Number of Workers is 2."),
    # It is judged by its job's command and version.
    (
        {"Command": {"Name": "pythonshell"}},
        workers("G.1X", 2),
        "Worker Type is not supported for Job Command pythonshell",
    ),
    ({"GlueVersion": "2.0"}, workers("R.1X", 2), "Worker type R.1X is not supported for Glue Version 2.0"),
    ({"GlueVersion": "4.0"}, workers("R.1X", 2), None),
    (
        {"GlueVersion": "2.0"},
        {"ExecutionClass": "FLEX"},
        f"ExecutionClass FLEX is not supported for Glue Version 2.0: {FLEX_FOR}",
    ),
    ({"GlueVersion": "3.0"}, {"ExecutionClass": "FLEX"}, None),
    ({}, {"Timeout": 10080}, "Timeout 10080 is not valid: less than 7 days (10080 minutes) is expected"),
    ({"Command": {"Name": "gluestreaming"}}, {"Timeout": 10080}, None),
    ({"Command": RAY, **RAY_WORKERS}, {}, None),
    ({"Command": RAY, **RAY_WORKERS}, {"Timeout": 5}, "Timeout not supported for Ray jobs"),
    # Its arguments are counted with its job's, those of the same name once.
    ({"DefaultArguments": KB_260}, {"Arguments": {"--a": "1"}}, None),
    ({"DefaultArguments": KB_260}, {"Arguments": {"--b": "1"}}, "Request size limit exceeded"),
    ({"NonOverridableArguments": {"--c": ""}}, {"Arguments": KB_260}, "Request size limit exceeded"),
    ({}, {"Arguments": KB_260}, None),
]


@pytest.mark.parametrize(("members", "request_", "sentence"), STARTS)
def test_a_run_is_judged_as_the_job_that_it_amounts_to(
    members: dict[str, Any], request_: dict[str, Any], sentence: str | None
) -> None:
    started = job(**members)
    before = dict(started.definition)
    assert told(check_start, started, request_, DEFAULTS) == sentence
    assert started.definition == before


@st.composite
def definitions(draw: st.DrawFn) -> dict[str, Any]:
    """Definitions that ask for capacity in every way that the service model lets through, in likely ways most often."""
    named = draw(st.sampled_from([{}, {"Name": "glueetl"}, {"Name": "gluestreaming"}, {"Name": "pythonshell"}, RAY]))
    number = st.integers(-(2**31), 2**31 - 1)
    worker = st.fixed_dictionaries(
        {
            "WorkerType": st.just("Z.2X") if named is RAY else st.sampled_from(sorted(WORKER_TYPES)),
            "NumberOfWorkers": st.integers(1, 300) | number,
        }
    )
    dpu = st.sampled_from([0.0625, 1.0, 2.0, 10.0, 100.0]) | st.integers(2, 100).map(float) | st.floats()
    most = st.fixed_dictionaries({"MaxCapacity": dpu})
    allocated = st.fixed_dictionaries({"AllocatedCapacity": st.integers(0, 101) | number})
    one_way = st.just({}) | worker | most | allocated
    capacity = draw(one_way)
    if draw(st.integers(0, 9)) == 0:
        capacity |= draw(one_way)
        capacity.pop(draw(st.sampled_from([*sorted(capacity), ""])), None)
    rest: dict[str, st.SearchStrategy[Any]] = {
        "GlueVersion": st.sampled_from(sorted(GLUE_VERSIONS)),
        "ExecutionClass": st.sampled_from(["FLEX", "STANDARD"]),
    }
    if named is not RAY:
        rest["Timeout"] = st.integers(1, 10080)
    return definition(named, **capacity, **draw(st.fixed_dictionaries({}, optional=rest)))


@given(definitions())
def test_capacity_is_consistent_whatever_was_accepted(asked: dict[str, Any]) -> None:
    if refusal(asked) is not None:
        return
    started = job(**asked)
    shown = job_members(started, DEFAULTS)
    assert ("WorkerType" in shown) == ("NumberOfWorkers" in shown)
    assert shown["AllocatedCapacity"] == int(shown["MaxCapacity"])
    assert isinstance(shown["MaxCapacity"], float)
    assert isinstance(shown["AllocatedCapacity"], int)
    if "WorkerType" in shown:
        assert shown["MaxCapacity"] == shown["NumberOfWorkers"] * WORKER_TYPES[shown["WorkerType"]].dpu
        assert (asked["WorkerType"], asked["NumberOfWorkers"]) == (shown["WorkerType"], shown["NumberOfWorkers"])
    elif started.command == "pythonshell":
        assert shown["MaxCapacity"] == asked.get("MaxCapacity", 0.0625)
        assert shown["MaxCapacity"] in {0.0625, 1.0}
    else:
        assert 2 <= shown["MaxCapacity"] <= 100
        assert shown["MaxCapacity"] in {asked.get("MaxCapacity"), asked.get("AllocatedCapacity"), 10.0}
    # A run that asks for nothing has what its job has.
    check_start(started, {}, DEFAULTS)
    capacity = {name: shown[name] for name in ("MaxCapacity", "AllocatedCapacity")}
    run = capacity_members(started.command, {}, started.definition)
    assert {name: run[name] for name in capacity} == capacity


@given(definitions())
def test_what_was_accepted_is_accepted_again_as_it_is_shown(asked: dict[str, Any]) -> None:
    """Infrastructure tools send back what they read; of two ways to ask for the same capacity they keep one."""
    if refusal(asked) is not None:
        return
    shown = job_members(job(**asked), DEFAULTS)
    left = {"AllocatedCapacity"} | ({"MaxCapacity"} if "WorkerType" in shown else set())
    left |= {"Timeout"} if shown["Command"].get("Name") == "glueray" else set()
    sent = {name: value for name, value in shown.items() if name not in left}
    assert refusal(sent) is None
    assert job_members(job(**sent), DEFAULTS) == shown
