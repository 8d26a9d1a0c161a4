"""The page of guarantees: each promise with the figures and the tests that prove it, and its limits.

Promises, tests and limits come from guarantees.toml beside this module, the figures from docs/concepts/figures.json,
which `make faults` writes. A promise without a test and a scenario that proves nothing are errors.
"""

from __future__ import annotations

import json
import shlex
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pages.markdown import code, codes, page, sentence, table

SOURCE = Path(__file__).with_suffix(".toml")
FIGURES = Path(__file__).parents[2] / "docs" / "concepts" / "figures.json"

Document = Mapping[str, Any]


def guarantees() -> str:
    source = tomllib.loads(SOURCE.read_text())
    check(source)
    figures = Figures(source["scenarios"], json.loads(FIGURES.read_text()))
    return page(
        "Guarantees",
        source["page"]["before"].strip(),
        *(part for promise in source["promises"] for part in _promise(promise, figures)),
        *_invariants(source["invariants"]),
        origin="scripts/pages/guarantees.toml and docs/concepts/figures.json",
    )


def check(source: Document) -> None:
    """Raises ValueError for what a reader would miss."""
    scenarios, promises = source["scenarios"], source["promises"]
    proving = {scenario for promise in promises for scenario in promise["figures"]}
    faults = [
        *(f"no test proves {promise['name']!r}" for promise in promises if not _tests(promise["proofs"])),
        *(f"no promise shows the scenario {name!r}" for name in scenarios if name not in proving),
        *(f"there is no scenario {name!r}" for name in sorted(proving) if name not in scenarios),
        *(f"nothing checks {row['id']}" for row in source["invariants"]["rows"] if not row["by"]),
    ]
    if faults:
        raise ValueError(f"{SOURCE.name}: " + "; ".join(faults))


class Figures:
    """What was measured last, by scenario."""

    def __init__(self, tests: Mapping[str, str], figures: Iterable[Document]) -> None:
        self._tests = tests
        # Figures of a test that was another one then are not this one's.
        self._latest = {one["test"]: one for one in figures}

    def of(self, scenario: str) -> str:
        test = self._tests[scenario]
        run = f".venv/bin/pytest {shlex.quote(test)}"
        latest = self._latest.get(test)
        if latest is None:
            return f"Not measured yet: {scenario}.<br>`{run}`"
        day = latest["at"].partition("T")[0]
        told = f"{sentence(latest['sentence'])} ({day}, {latest['cores']} cores)."
        return f"{told}<br>`OPENGLUE_FAULT_SEED={latest['seed']} {run}`"


def _promise(promise: Document, figures: Figures) -> Iterator[str]:
    yield f"## {promise['name']}"
    yield f"> {promise['promise']}"
    if "how" in promise:
        yield promise["how"].strip()
    yield from _list("Measured", (figures.of(scenario) for scenario in promise["figures"]))
    yield from _list("Proven", (f"{proof['says']}: {codes(proof['by'])}" for proof in promise["proofs"]))
    yield from _list("Limits", promise["limits"])


def _list(title: str, items: Iterable[str]) -> Iterator[str]:
    lines = "\n".join(f"- {item}" for item in items)
    if lines:
        yield f"**{title}**"
        yield lines


def _invariants(invariants: Document) -> Iterator[str]:
    yield f"## {invariants['title']}"
    yield invariants["before"].strip()
    yield table(
        ("", "what holds", "checked by", "not checked"),
        [
            (row["id"], row["says"], "<br>".join(map(code, row["by"])), row.get("open", ""))
            for row in invariants["rows"]
        ],
    )


def _tests(proofs: Iterable[Document]) -> list[str]:
    return [test for proof in proofs for test in proof["by"]]
