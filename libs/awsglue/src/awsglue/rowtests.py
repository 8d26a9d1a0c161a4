"""Comparisons of fields with values, as SplitRows takes them: {"id": {">": 10}}."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from awsglue.fieldpaths import FieldPath, text
from awsglue.fieldpaths import parse as parse_path
from awsglue.plan import Records
from awsglue.reshape import find

OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True, kw_only=True)
class Test:
    path: FieldPath
    operator: str
    value: Any


def parse(comparisons: Mapping[str, Mapping[str, Any]]) -> list[Test]:
    """The tests of a comparison dictionary. ValueError for an operator that is none."""
    tests = [
        Test(path=parse_path(path), operator=name, value=value)
        for path, conditions in comparisons.items()
        for name, value in conditions.items()
    ]
    unknown = sorted({test.operator for test in tests} - set(OPERATORS))
    if unknown:
        raise ValueError(f"{unknown[0]!r} is no comparison; there are {' '.join(OPERATORS)}")
    return tests


def matching(records: Records, tests: list[Test], *, matches: bool) -> Records:
    """The records that pass all tests, or the others. A null passes none, as does a field of a frame without any."""
    from pyspark.sql import functions as F  # noqa: N812 - the name that PySpark's documentation uses

    passed = F.lit(bool(records.schema.fields))
    for test in tests if records.schema.fields else []:
        value = find(records.schema, test.path)
        if value is None:
            raise ValueError(
                f"{text(test.path)} is no field of the frame: {', '.join(field.name for field in records.schema)}"
            )
        passed = passed & OPERATORS[test.operator](F.expr(value.sql), F.lit(test.value))
    passed = F.coalesce(passed, F.lit(False))
    return records.next(records.dataframe.where(passed if matches else ~passed))
