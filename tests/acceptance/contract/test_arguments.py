"""Arguments, from where they are given to the script (contract 6)."""

from __future__ import annotations

import json
import uuid

import pytest
from tests.acceptance.conftest import Glue
from tests.conftest import wait_for


@pytest.mark.contract("6.3")
def test_keys_without_dashes_are_handed_over(glue: Glue) -> None:
    run = glue.run("import sys; print(sys.argv[sys.argv.index('day') + 1])", arguments={"day": "friday"})
    assert (glue.text(run), run["Arguments"]) == ("friday", {"day": "friday"})


@pytest.mark.contract("6.13")
def test_a_script_location_among_the_arguments_beats_the_commands(glue: Glue) -> None:
    other = glue.script("print('other')")
    run = glue.run("print('own')", arguments={"--scriptLocation": other})
    assert glue.text(run) == "other"


@pytest.mark.contract("6.2")
def test_an_actions_arguments_override_and_add_but_leave_fixed_ones_alone(glue: Glue) -> None:
    job = glue.job(
        "import json, sys; print(json.dumps(dict(zip(sys.argv[1::2], sys.argv[2::2]))))",
        DefaultArguments={"--a": "default", "--b": "default"},
        NonOverridableArguments={"--fixed": "the job's"},
    )
    given = {"--a": "own", "--c": "own", "--fixed": "own"}
    trigger = f"trigger-{uuid.uuid4().hex[:10]}"
    glue("CreateTrigger", Name=trigger, Type="ON_DEMAND", Actions=[{"JobName": job, "Arguments": given}])
    glue("StartTrigger", Name=trigger)
    [started] = wait_for(lambda: glue("GetJobRuns", JobName=job)["JobRuns"], what="the run")
    run = glue.wait(job, started["Id"])
    seen = json.loads(glue.text(run))
    expected = {"--a": "own", "--b": "default", "--c": "own", "--fixed": "the job's"}
    assert {name: seen[name] for name in expected} == expected
    assert run["Arguments"] == {"--a": "own", "--c": "own"}
    glue("DeleteTrigger", Name=trigger)
