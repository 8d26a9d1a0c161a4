"""Samples that a frame leaves behind when it is computed, to look at later: Spigot (awsglue 3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from awsglue import connections
from awsglue.options import INTEGER, Kind, Option, OptionError, check
from awsglue.plan import Records


@dataclass(frozen=True, kw_only=True)
class Sample:
    #: At most so many records.
    most: int
    #: With which probability a record is taken.
    probability: float


OPTIONS = (
    Option(name="topk", kind=INTEGER, default=100),
    Option(name="prob", kind=Kind(expects="a number from 0 to 1, also as text", convert=float), default=1.0),
)


def sample(options: Mapping[str, Any]) -> Sample:
    """What the options of a spigot ask for. OptionError for what they cannot."""
    checked = check(options, OPTIONS, what="spigot", use="write")
    if checked["topk"] < 0:
        raise OptionError(f"spigot option topk: {checked['topk']} will not do, it must be 0 or more")
    if not 0 <= checked["prob"] <= 1:
        raise OptionError(f"spigot option prob: {checked['prob']} will not do, it must be a number from 0 to 1")
    return Sample(most=checked["topk"], probability=checked["prob"])


def taken(records: Records, path: str, wanted: Sample, name: str) -> Records:
    """The same records, after a sample of them has been written below `path`."""
    rows = records.dataframe
    if wanted.probability < 1:
        rows = rows.sample(wanted.probability)
    few = replace(records, dataframe=rows.limit(wanted.most))
    connections.named("s3").write(rows.sparkSession, few, {"path": path}, "json", {}, name=name)
    return records.next(records.dataframe)
