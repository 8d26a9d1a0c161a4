"""The cases by name, found without Spark. A case is a function of a Lake, and of a format's name when it wants one."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from types import ModuleType
from typing import Any

from awsglue.formats import FORMATS

from . import (
    avro_cases,
    choice_cases,
    context_cases,
    csv_cases,
    example_cases,
    format_cases,
    frame_cases,
    function_cases,
    group_cases,
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

MODULES: tuple[ModuleType, ...] = (
    avro_cases,
    choice_cases,
    context_cases,
    csv_cases,
    example_cases,
    format_cases,
    frame_cases,
    function_cases,
    group_cases,
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
            if "format_" in inspect.signature(case).parameters:
                found |= {f"{format_}: {name}": functools.partial(case, format_=format_) for format_ in BOTH_WAYS}
            else:
                found[f"{subject}: {name}"] = case
    return found


CASES = _cases()
