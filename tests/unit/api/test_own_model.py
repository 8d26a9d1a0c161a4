"""The slice of OpenGlue's own operations, which is written by hand in the form of those that are cut."""

from __future__ import annotations

import json
import runpy
from importlib import resources
from pathlib import Path
from typing import Any

from openglue.api.operations.openglue import OPERATIONS

CUT = runpy.run_path(str(Path(__file__).parents[3] / "scripts" / "cut_model.py"))


def text(service: str) -> str:
    return resources.files("openglue.api").joinpath("model", f"{service}.json").read_text(encoding="utf-8")


OURS: dict[str, Any] = json.loads(text("openglue"))
GLUES: dict[str, Any] = json.loads(text("glue"))


def inner(shape: dict[str, Any]) -> set[str]:
    references = [
        *shape.get("members", {}).values(),
        *(shape[key] for key in ("member", "key", "value") if key in shape),
    ]
    return {reference["shape"] for reference in references}


def test_it_is_written_as_the_others_are():
    assert text("openglue") == CUT["text"](OURS)
    assert list(OURS["operations"]) == sorted(OURS["operations"])
    assert list(OURS["shapes"]) == sorted(OURS["shapes"])


def test_it_is_closed_and_has_the_operations_that_are_served():
    assert set(OURS["operations"]) == set(OPERATIONS)
    reached = {name for entry in OURS["operations"].values() for name in (entry["input"], entry["output"])}
    reached |= {error for entry in OURS["operations"].values() for error in entry["errors"]}
    for shape in OURS["shapes"].values():
        reached |= inner(shape)
    assert reached == set(OURS["shapes"])


def test_what_it_shares_with_glue_is_what_glue_has():
    reached, waiting = set[str](), ["JobRun", "JobRunState", "JobBookmarkEntry"]
    while waiting:
        name = waiting.pop()
        reached.add(name)
        assert OURS["shapes"][name] == GLUES["shapes"][name], name
        waiting += inner(OURS["shapes"][name]) - reached
