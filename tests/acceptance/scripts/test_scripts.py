"""Complete scripts in the styles that people write run unchanged and produce what they should, through boto3."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jmespath
import pytest
from tests.acceptance.conftest import Glue

from openglue.config import load
from openglue.runtimes.runtimes import Runtimes

from .case import CASES, Case, Run

#: For the first runs of all cases, which wait for one another's memory.
DEADLINE_S = 400.0

pytestmark = [pytest.mark.spark, pytest.mark.timeout(DEADLINE_S + 20)]


@dataclass(frozen=True, kw_only=True)
class Scripts:
    """The cases that are asked for, with the ids of their first runs: all were started at once."""

    glue: Glue
    #: Folder of the buckets.
    buckets: Path
    first: dict[str, str]

    def put(self, case: Case, run: Run) -> None:
        files = case.folder / run.put
        if run.put and files.is_dir():
            # As new as an upload would be: job bookmarks go by the time.
            shutil.copytree(files, self.buckets / case.bucket / "in", dirs_exist_ok=True, copy_function=shutil.copy)

    def start(self, case: Case, run: Run) -> str:
        self.put(case, run)
        given = {f"--{name}": value for name, value in run.arguments.items()}
        return self.glue.start(case.name, **({"Arguments": given} if given else {}))


@pytest.fixture(scope="module")
def scripts(glue: Glue, openglue: Any, request: pytest.FixtureRequest) -> Scripts:
    found = Scripts(glue=glue, buckets=openglue.data / "s3", first={})
    for item in request.session.items:
        if item.function is test_a_script_does_what_it_should:
            case = CASES[item.callspec.params["name"]]
            openglue.bucket(case.bucket)
            for call in case.call:
                getattr(glue.client, call["operation"])(**call["request"])
            glue.client.create_job(
                Name=case.name,
                Role="arn:aws:iam::000000000000:role/test",
                Command={"Name": case.kind, "ScriptLocation": str(case.folder / "job.py")},
                DefaultArguments={f"--{name}": value for name, value in case.arguments.items()},
            )
            found.first[case.name] = found.start(case, case.run[0])
    return found


@pytest.fixture(scope="module")
def read() -> Callable[[list[dict[str, Any]]], list[list[dict[str, Any]]]]:
    """What is in folders, read by a program of its own."""
    config = load()
    runtime = Runtimes(config.cache, Path("uv")).find("glue-5.1")
    assert runtime is not None

    def call(asked: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
        program = [runtime.python, Path(__file__).with_name("reading.py")]
        done = subprocess.run(program, input=json.dumps(asked).encode(), capture_output=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return json.loads(done.stdout)

    return call


@pytest.mark.parametrize("name", CASES)
def test_a_script_does_what_it_should(name: str, scripts: Scripts, read: Callable[..., Any]) -> None:
    case, glue = CASES[name], scripts.glue
    for number, run in enumerate(case.run):
        run_id = scripts.start(case, run) if number else scripts.first[name]
        record = glue.wait(name, run_id, deadline_s=DEADLINE_S)
        output, errors = glue.text(record), glue.text(record, "error")
        ended = record["JobRunState"], record.get("ErrorMessage", "")
        assert ended == (run.state, run.error), f"{output[-2000:]}\n{errors[-4000:]}"
        assert _in_order(run.prints, output.splitlines()), output
        assert _in_order(run.logs, [line.partition("GlueLogger: ")[2] or line for line in errors.splitlines()]), errors
        folder = scripts.buckets / case.bucket
        asked = [{"folder": str(folder / one["path"]), "format": one["format"]} for one in run.output]
        for one, found in zip(run.output, read(asked) if asked else [], strict=True):
            assert sorted(found, key=repr) == sorted(one["records"], key=repr), one["path"]
        for one in run.answer:
            answer = getattr(glue.client, one["operation"])(**one["request"])
            assert jmespath.search(one["query"], answer) == one["answer"]


def _in_order(lines: list[str], among: list[str]) -> bool:
    there = iter(among)
    return all(line in there for line in lines)


def test_there_are_scripts_of_more_styles_than_the_contract_asks_for() -> None:
    """Issue: at least 20 complete scripts."""
    assert len(CASES) >= 20
