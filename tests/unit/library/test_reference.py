"""The reference page and the code name the same things."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from awsglue import transforms
from awsglue.connections.jdbc.options import OPTIONS as JDBC
from awsglue.connections.s3 import OPTIONS as S3
from awsglue.dynamicframe import DynamicFrame
from awsglue.formats import FORMATS
from awsglue.formats import NOT_BUILT as FORMATS_NOT_BUILT
from awsglue.options import Option

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "reference" / "awsglue.md").read_text()
LIBRARY = ROOT / "libs" / "awsglue" / "src" / "awsglue"
#: The modules with the parts of GlueContext.
CONTEXT = [ast.parse((LIBRARY / name).read_text()) for name in ("context.py", "catalog/context.py")]


def served(heading: str) -> dict[str, str]:
    """What the rows of a section say: yes, partly or no, by name."""
    section = re.split(r"\n##+ ", PAGE.partition(f"# {heading}\n")[2])[0]
    rows: dict[str, str] = {}
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) > 3 and cells[1].startswith("`"):
            answer = next(cell for cell in cells[2:] if cell in {"yes", "partly", "no"})
            rows |= dict.fromkeys(re.findall(r"`([^`]+)`", cells[1]), answer)
    return rows


def context_methods() -> dict[str, bool]:
    """The public methods of GlueContext, and whether each is built; read without importing Spark."""
    classes = [next(node for node in module.body if isinstance(node, ast.ClassDef)) for module in CONTEXT]
    methods: dict[str, bool] = {}
    for node in (node for class_ in classes for node in class_.body):
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            methods[node.name] = True
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            methods[node.targets[0].id] = False
    return methods


def test_every_method_of_a_frame_is_listed_as_it_is():
    rows = served("awsglue.dynamicframe")
    methods = {
        name: method
        for part in reversed(DynamicFrame.mro()[:-1])
        for name, method in vars(part).items()
        if not name.startswith("_")
    }
    assert sorted(methods) == sorted(rows)
    assert {name for name, method in methods.items() if hasattr(method, "not_built")} == {
        name for name, answer in rows.items() if answer == "no"
    }


def test_every_method_of_a_context_is_listed_as_it_is():
    rows = {name: answer for name, answer in served("awsglue.context.GlueContext").items() if "." not in name}
    attributes = ["spark_session"]
    attributes += [f"{verb}_{what}_frame" for verb in ("create", "write") for what in ("dynamic", "data")]
    assert {name: answer != "no" for name, answer in rows.items()} == {
        **context_methods(),
        **dict.fromkeys(attributes, True),
    }


def test_every_transform_is_listed_as_it_is():
    rows = served("awsglue.transforms")
    assert sorted(rows) == sorted(transforms.__all__) == sorted(one.name() for one in transforms.get_transforms())
    assert "no" not in rows.values()


def _spellings(table: tuple[Option, ...]) -> dict[str, str]:
    """Each spelling of an option, and what its row must say: no when it is refused, partly when it has no effect."""
    return {
        spelling: "no" if option.not_built else "partly" if option.no_effect else "yes"
        for option in table
        for spelling in (option.name, *option.aliases)
    }


@pytest.mark.parametrize(
    ("heading", "table"),
    [
        ("Connections", S3),
        ("jdbc", JDBC),
        ("json", FORMATS["json"].options),
        ("csv", FORMATS["csv"].options),
        ("parquet, glueparquet", FORMATS["parquet"].options),
        ("orc", FORMATS["orc"].options),
        ("avro", FORMATS["avro"].options),
        ("xml", FORMATS["xml"].options),
    ],
)
def test_every_option_is_listed_as_it_is(heading: str, table: tuple[Option, ...]):
    rows, options = served(heading), _spellings(table)
    # A working option may have limits.
    limited = {name for name, answer in rows.items() if answer == "partly" and options.get(name) == "yes"}
    assert {name: "yes" if name in limited else answer for name, answer in rows.items()} == options


def test_every_format_is_named():
    assert [name for name in (*FORMATS, *FORMATS_NOT_BUILT) if name not in PAGE] == []
