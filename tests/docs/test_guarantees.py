"""What is promised is proven, and what was measured is told."""

from __future__ import annotations

import importlib
import inspect
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.faults import report

from .pages import ROOT, anchors

PAGE = (ROOT / "docs" / "concepts" / "guarantees.md").read_text()
SOURCE = tomllib.loads((ROOT / "scripts" / "pages" / "guarantees.toml").read_text())
#: A test or a function of a test module, as pages name it.
NAME = re.compile(r"(tests/[\w/]+\.py)(?:::(\w+))?")


def test_every_row_of_the_promises_names_tests_that_there_are():
    """`tests/x.py::test_name` in the page is the name of a test in that file."""
    named = [*SOURCE["invariants"]["rows"], *(proof for promise in SOURCE["promises"] for proof in promise["proofs"])]
    for name in {name for row in named for name in row["by"]}:
        match = NAME.fullmatch(name)
        assert match, f"{name} is no name of a test"
        file, test = match.groups()
        assert f"`{name}`" in PAGE
        assert (ROOT / file).is_file(), f"there is no {file}"
        assert not test or re.search(rf"^(async )?def {test}\(", (ROOT / file).read_text(), re.MULTILINE), name


def test_the_guarantees_speak_of_every_promise():
    headings = anchors(PAGE)
    assert [
        number for number in range(1, 9) if not any(heading.startswith(f"p{number}-") for heading in headings)
    ] == []


def test_every_invariant_has_a_row():
    expected = [*(f"I{number}" for number in range(1, 17)), *(f"L{number}" for number in range(1, 5))]
    assert [row["id"] for row in SOURCE["invariants"]["rows"]] == expected


def test_every_scenario_that_the_fault_suite_reports_is_on_the_page():
    """The long tier of a test that is given `tell` is a scenario."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-m", "faults", "tests/faults"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    collected = re.findall(r"^(tests/.+?\.py)::(\w+)(.*)$", done.stdout, re.MULTILINE)
    assert collected
    telling = {f"{file}::{name}{case}" for file, name, case in collected if _tells(file, name)}
    assert set(SOURCE["scenarios"].values()) == telling


def _tells(file: str, name: str) -> bool:
    module = importlib.import_module(file.removesuffix(".py").replace("/", "."))
    return "tell" in inspect.signature(getattr(module, name)).parameters


def test_no_figure_waits_to_be_shown():
    for figures in json.loads(report.FIGURES.read_text()):
        if figures["test"] in SOURCE["scenarios"].values():
            assert f"OPENGLUE_FAULT_SEED={figures['seed']} " in PAGE


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    monkeypatch.syspath_prepend(ROOT / "scripts")
    from pages.guarantees import check

    return check


def a_source(**members: Any) -> dict[str, Any]:
    proofs = [{"says": "it holds", "by": ["tests/faults/test_kills.py"]}]
    return {
        "scenarios": {"kill": "tests/faults/test_kills.py"},
        "promises": [{"name": "P1", "figures": ["kill"], "proofs": proofs, **members}],
        "invariants": {"rows": []},
    }


def test_what_is_whole_is_a_page(check: Callable[..., None]):
    check(a_source())


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (a_source(proofs=[]), "no test proves 'P1'"),
        (a_source(proofs=[{"says": "it holds", "by": []}]), "no test proves 'P1'"),
        (a_source(figures=[]), "no promise shows the scenario 'kill'"),
        (a_source(figures=["kill", "stop"]), "there is no scenario 'stop'"),
        (a_source() | {"invariants": {"rows": [{"id": "I1", "by": []}]}}, "nothing checks I1"),
    ],
)
def test_what_a_reader_would_miss_is_an_error(check: Callable[..., None], source: dict[str, Any], said: str):
    with pytest.raises(ValueError, match=said):
        check(source)


def a_report(scenario: str, at: str) -> dict[str, str]:
    return {"scenario": scenario, "at": f"2026-01-{at}T00:00:00Z"}


def test_what_was_not_measured_again_keeps_its_figures(tmp_path: Path):
    kept = tmp_path / "figures.json"
    kept.write_text(json.dumps([a_report("old", "02"), a_report("again", "02"), a_report("stale", "02")]))
    for name, made in [
        ("again.long", a_report("again", "03")),
        ("stale.long", a_report("stale", "01")),
        ("new.long", a_report("new", "03")),
        ("again.short", a_report("again", "04")),
    ]:
        (tmp_path / f"{name}.json").write_text(json.dumps(made))
    report.keep(tmp_path, kept)
    assert json.loads(kept.read_text()) == [
        a_report("again", "03"),
        a_report("new", "03"),
        a_report("old", "02"),
        a_report("stale", "02"),
    ]
