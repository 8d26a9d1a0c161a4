"""The seam to a kind of place: what reads a frame from there, and what writes one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from awsglue.plan import Plan, Records

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


class Connection(Protocol):
    """A module, or an object where several names share one."""

    def read(
        self,
        spark: SparkSession,
        options: Mapping[str, Any],
        format_name: str | None,
        format_options: Mapping[str, Any],
        /,
        *,
        transformation_ctx: str = "",
    ) -> Plan: ...

    def write(
        self,
        spark: SparkSession,
        records: Records,
        options: Mapping[str, Any],
        format_name: str | None,
        format_options: Mapping[str, Any],
        /,
        *,
        name: str,
    ) -> None: ...
