"""The rows of the contract and the tests that hold them name each other."""

from __future__ import annotations

import ast
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .pages import ROOT

#: Row -> mark, fact, and where it is not served, why.
ROWS: dict[str, list[str]] = tomllib.loads((ROOT / "tests" / "acceptance" / "contract" / "rows.toml").read_text())
MARKS = {"D", "O", "O?", "G"}
SECTIONS = {"1", "2", "3", "4", "5", "6", "7", "8", "9", "11", "12"}
#: What a reason begins with, where a row is not served.
REASONS = ("part ", "later: ", "not here: ", "not served: ", "sent by nothing: ")


def named_rows() -> Iterator[tuple[str, str]]:
    """Each row that a test names in `@pytest.mark.contract(...)`, with the test."""
    for test, function in _tests(ROOT / "tests").items():
        for decorator in function.decorator_list:
            if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.contract":
                yield from ((str(ast.literal_eval(argument)), test) for argument in decorator.args)


def _tests(folder: Path) -> dict[str, ast.FunctionDef | ast.AsyncFunctionDef]:
    return {
        f"{file.relative_to(ROOT)}::{node.name}": node
        for file in sorted(folder.rglob("test_*.py"))
        for node in ast.parse(file.read_text()).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    }


def holders() -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for row, test in named_rows():
        found[row].add(test)
    return found


def test_every_row_has_a_mark_a_fact_and_where_it_is_not_served_a_reason() -> None:
    def is_well_formed(name: str, row: list[Any]) -> bool:
        section, _, number = name.partition(".")
        reason = row[2] if len(row) == 3 else REASONS[0]
        return (
            section in SECTIONS
            and number.isdigit()
            and len(row) in (2, 3)
            and row[0] in MARKS
            and bool(row[1])
            and reason.startswith(REASONS)
        )

    assert [name for name, row in ROWS.items() if not is_well_formed(name, row)] == []
    assert {name.partition(".")[0] for name in ROWS} == SECTIONS


def test_every_row_that_is_served_is_held_by_a_test() -> None:
    served = {name for name, row in ROWS.items() if len(row) == 2}
    assert sorted(served - holders().keys(), key=_order) == []


def test_every_row_that_a_test_names_is_there_and_served() -> None:
    served = {name for name, row in ROWS.items() if len(row) == 2}
    assert {row: tests for row, tests in holders().items() if row not in served} == {}


def test_what_aws_is_silent_about_is_held_apart_from_what_is_known() -> None:
    """A guess may turn out wrong; the tests of what is known must stand then."""
    of_test: dict[str, set[bool]] = defaultdict(set)
    for row, test in named_rows():
        if row in ROWS:
            of_test[test].add(ROWS[row][0] == "G")
    assert sorted(test for test, guesses in of_test.items() if len(guesses) > 1) == []


def test_every_test_of_the_contract_names_a_row() -> None:
    naming = {test for _, test in named_rows()}
    folder = ROOT / "tests" / "acceptance" / "contract"
    assert [test for test in _tests(folder) if test not in naming] == []


def _order(name: str) -> tuple[int, int]:
    section, _, number = name.partition(".")
    return int(section), int(number)
