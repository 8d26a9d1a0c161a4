"""Records of several frames one below the other: by name, and where the types differ the field becomes a choice."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TYPE_CHECKING

from awsglue.expressions import conformed, members, row
from awsglue.gluetypes import StructType, merge_structs
from awsglue.plan import Records

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def stacked(parts: Sequence[Records]) -> Records:
    """All records of the parts, with the fields of all of them; the errors of all of them."""
    first, *others = parts
    if not others:
        return first
    schema = functools.reduce(merge_structs, (part.schema for part in parts))
    frames = [_conformed(part, schema) for part in parts]
    return first.with_earlier(*others).next(functools.reduce(lambda one, other: one.unionAll(other), frames), schema)


def _conformed(records: Records, schema: StructType) -> DataFrame:
    return records.select(conformed(members(row(records.schema)), schema)).dataframe
