"""The packaged slices are what the installed botocore says."""

from __future__ import annotations

import json
import runpy
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

CUT = runpy.run_path(str(Path(__file__).parents[3] / "scripts" / "cut_model.py"))


def packaged(service: str) -> str:
    return resources.files("openglue.api").joinpath("model", f"{service}.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("service", sorted(CUT["OPERATIONS"]))
def test_the_packaged_slice_is_what_would_be_cut_now(service: str):
    ours, now = json.loads(packaged(service)), CUT["cut"](service)
    differing = sorted(
        f"{section}.{name}"
        for section in ("metadata", "operations", "shapes")
        for name in ours[section].keys() | now[section].keys()
        if ours[section].get(name) != now[section].get(name)
    )
    assert not differing, (
        f"run scripts/cut_model.py: {service}.json is not what botocore says of {', '.join(differing)}"
    )
    assert packaged(service) == CUT["text"](now), f"run scripts/cut_model.py: {service}.json is written in another way"


@pytest.mark.parametrize("service", sorted(CUT["OPERATIONS"]))
def test_a_slice_is_closed_and_holds_no_texts(service: str):
    document: dict[str, Any] = json.loads(packaged(service))
    shapes = document["shapes"]
    assert list(document["operations"]) == sorted(CUT["OPERATIONS"][service])
    reached = {name for entry in document["operations"].values() for name in (entry["input"], entry["output"])}
    reached |= {error for entry in document["operations"].values() for error in entry["errors"]}
    for shape in shapes.values():
        inner = [
            *shape.get("members", {}).values(),
            *(shape[key] for key in ("member", "key", "value") if key in shape),
        ]
        reached |= {reference["shape"] for reference in inner}
    assert reached == set(shapes)
    assert "<p>" not in packaged(service)
