"""What the fault suite has measured: one file for each scenario and tier, and the table at the end of `make faults`.

`build/faults/<scenario>.<tier>.json` has the sentence that the table shows, the figures that it is made of, the seed
that repeats them, and when it was.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Sequence
from pathlib import Path

DIRECTORY = Path(__file__).parents[2] / "build" / "faults"


def write(scenario: str, *, tier: str, seed: int, sentence: str, figures: dict[str, float]) -> None:
    """`sentence` is a format string over the figures."""
    DIRECTORY.mkdir(parents=True, exist_ok=True)
    document = {
        "scenario": scenario,
        "tier": tier,
        "seed": seed,
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "sentence": sentence.format(**figures),
        "figures": figures,
    }
    name = re.sub(r"[^a-z0-9]+", "-", scenario.lower())
    (DIRECTORY / f"{name}.{tier}.json").write_text(json.dumps(document, indent=2) + "\n")


def table(since: float) -> list[str]:
    """A line for each scenario of the long tier that was measured since then (epoch seconds)."""
    files = sorted(file for file in DIRECTORY.glob("*.long.json") if file.stat().st_mtime >= since)
    documents = [json.loads(file.read_text()) for file in files]
    return [f"{document['scenario']:<20} {document['sentence']} (seed {document['seed']})" for document in documents]


def percentile(values: Sequence[float], percent: int) -> float:
    """The value that so many percent of the values do not exceed; 0 of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] if ordered else 0.0
