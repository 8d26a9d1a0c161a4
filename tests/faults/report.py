"""What the fault suite has measured, from a scenario's own words to the page of guarantees.

`build/faults/<scenario>.<tier>.json` is the last report of a scenario that passed: the sentence that is shown, the
figures that it is made of, the seed that repeats its chances, the test, when it was, and on how many cores. Run as a
program, this takes what the long tiers have reported into docs/concepts/figures.json, which is committed; the figures
of what was not measured again stay there, with their dates.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
DIRECTORY = ROOT / "build" / "faults"
FIGURES = ROOT / "docs" / "concepts" / "figures.json"


def write(scenario: str, *, test: str, tier: str, seed: int, sentence: str, figures: dict[str, float]) -> Path:
    """Report a scenario in a file. `sentence` is a format string over the figures; `test` is the test's id."""
    DIRECTORY.mkdir(parents=True, exist_ok=True)
    document = {
        "scenario": scenario,
        "sentence": sentence.format(**figures),
        "figures": {name: round(value, 3) for name, value in figures.items()},
        "seed": seed,
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "cores": os.cpu_count(),
        "test": test,
    }
    name = re.sub(r"[^a-z0-9]+", "-", scenario.lower())
    file = DIRECTORY / f"{name}.{tier}.json"
    file.write_text(json.dumps(document, indent=2) + "\n")
    return file


def table(since: float) -> list[str]:
    """A line for each scenario of the long tier that was measured since then (epoch seconds)."""
    files = sorted(file for file in DIRECTORY.glob("*.long.json") if file.stat().st_mtime >= since)
    documents = [json.loads(file.read_text()) for file in files]
    return [f"{document['scenario']:<20} {document['sentence']} (seed {document['seed']})" for document in documents]


def keep(reports: Path, kept: Path) -> None:
    """Take the reports of long tiers that are newer than what is kept."""
    latest = {document["scenario"]: document for document in json.loads(kept.read_text())}
    for file in reports.glob("*.long.json"):
        document = json.loads(file.read_text())
        before = latest.get(document["scenario"])
        if before is None or before["at"] < document["at"]:
            latest[document["scenario"]] = document
    ordered = [latest[scenario] for scenario in sorted(latest)]
    kept.write_text(json.dumps(ordered, indent=2) + "\n")


def percentile(values: Sequence[float], percent: int) -> float:
    """The value that so many percent of the values do not exceed; 0 of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] if ordered else 0.0


if __name__ == "__main__":
    keep(DIRECTORY, FIGURES)
