"""The cases by name, found without Spark. A case is a function of a Lake, and when it wants one of the name of a format
or database.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from types import ModuleType
from typing import Any

from awsglue.formats import FORMATS

from . import (
    avro_cases,
    catalog_cases,
    catalog_sink_cases,
    choice_cases,
    context_cases,
    csv_cases,
    example_cases,
    format_cases,
    frame_cases,
    function_cases,
    group_cases,
    jdbc_bookmark_cases,
    jdbc_cases,
    join_cases,
    json_cases,
    nested_cases,
    orc_cases,
    parquet_cases,
    purge_cases,
    quality_cases,
    relation_cases,
    s3_cases,
    streaming_cases,
    text_cases,
    xml_cases,
)
from .site import DATABASES

MODULES: tuple[ModuleType, ...] = (
    avro_cases,
    catalog_cases,
    catalog_sink_cases,
    choice_cases,
    context_cases,
    csv_cases,
    example_cases,
    format_cases,
    frame_cases,
    function_cases,
    group_cases,
    jdbc_bookmark_cases,
    jdbc_cases,
    join_cases,
    json_cases,
    nested_cases,
    orc_cases,
    parquet_cases,
    purge_cases,
    quality_cases,
    relation_cases,
    s3_cases,
    streaming_cases,
    text_cases,
    xml_cases,
)

#: Formats that any records can be written in and read from: each passes every case of format_cases.
BOTH_WAYS = [name for name, format_ in FORMATS.items() if format_.read and format_.write and name != "text"]


def _cases() -> dict[str, Callable[[Any], None]]:
    found: dict[str, Callable[[Any], None]] = {}
    for module in MODULES:
        subject = module.__name__.rpartition(".")[2].removesuffix("_cases")
        for name, case in inspect.getmembers(module, inspect.isfunction):
            if case.__module__ != module.__name__ or name.startswith("_"):
                continue
            parameters = inspect.signature(case).parameters
            if "format_" in parameters:
                found |= {f"{format_}: {name}": functools.partial(case, format_=format_) for format_ in BOTH_WAYS}
            elif "database" in parameters:
                found |= {f"jdbc {one}: {name}": functools.partial(case, database=one) for one in DATABASES}
            else:
                found[f"{subject}: {name}"] = case
    return found


CASES = _cases()

#: Subjects of the cases that test_sources.py runs: beside those of test_formats.py, so that both take half as long.
_SERVED = ("catalog", "jdbc", "quality", "streaming")


def is_served(case: str) -> bool:
    """Whether the case is one about servers and what is built on frames, and not about formats and frames alone."""
    return case.startswith(_SERVED) or "in_a_database" in case
