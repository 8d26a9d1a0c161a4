"""Reading tables with Spark's own readers: create_data_frame.from_catalog with useSparkDataSource (awsglue 4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from awsglue.catalog.client import Catalog
from awsglue.catalog.layouts import Layout, layout_of
from awsglue.catalog.reading import OPTIONS as CATALOG_OPTIONS
from awsglue.catalog.reading import read
from awsglue.catalog.tables import Table
from awsglue.connections.s3 import OPTIONS as S3_OPTIONS
from awsglue.formats.format import Format
from awsglue.formats.sparksource import READERS, spark_format
from awsglue.notices import notice
from awsglue.options import BOOLEAN, Option, OptionError, check

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from awsglue.plan import Plan

OPTIONS = (
    Option(name="useSparkDataSource", kind=BOOLEAN, default=False, uses=("read",)),
    Option(name="useCatalogSchema", kind=BOOLEAN, default=False, uses=("read",)),
)
#: Options of the library's own that Spark's readers take no notice of; all others are Spark's.
_OURS = {
    spelling
    for option in (*S3_OPTIONS, *CATALOG_OPTIONS)
    for spelling in (option.name, *option.aliases)
    if option.name not in {"mergeSchema", "compressionType"}
}
#: What Spark calls options of csv and json.
_SPARK = {"separator": "sep", "quoteChar": "quote", "escaper": "escape", "multiLine": "multiLine"}


def read_as_data_frame(
    spark: SparkSession,
    catalog: Catalog,
    table: Table,
    options: Mapping[str, Any],
    *,
    push_down_predicate: str,
    transformation_ctx: str,
) -> Plan:
    """A plan to read a table, by Spark's own reader where the option useSparkDataSource asks for it; options that are
    not Glue's go to that reader.
    """
    if not isinstance(options, Mapping):
        raise OptionError(f"additional_options must be a dictionary, not {type(options).__name__}")
    own = [option.name for option in OPTIONS]
    checked = check({name: options[name] for name in own if name in options}, OPTIONS, what="catalog", use="read")
    rest = {name: value for name, value in options.items() if name not in own}
    format_ = None
    if checked["useSparkDataSource"]:
        sparks = {name: value for name, value in rest.items() if name not in _OURS}
        rest = {name: value for name, value in rest.items() if name in _OURS}
        format_ = _format(table, sparks, with_schema=checked["useCatalogSchema"])
    elif checked["useCatalogSchema"]:
        raise OptionError("the catalog option useCatalogSchema needs useSparkDataSource to be true, too")
    return read(
        spark,
        catalog,
        table,
        rest,
        push_down_predicate=push_down_predicate,
        transformation_ctx=transformation_ctx,
        format_=format_,
    )


def _format(table: Table, options: dict[str, Any], *, with_schema: bool) -> Format | None:
    layout = layout_of(table)
    if layout.format not in READERS:
        notice(f"the option useSparkDataSource has no effect: Spark brings no reader of {layout.format}")
        return None
    return spark_format(layout.format, _said(layout) | options, table.columns() if with_schema else None)


def _said(layout: Layout) -> dict[str, Any]:
    """What the table says of its files, in Spark's words."""
    if layout.header_lines > 1:
        raise NotImplementedError(
            f"useSparkDataSource with skip.header.line.count = {layout.header_lines} is not built yet: Spark's reader"
            " skips one line"
        )
    said = {_SPARK[name]: value for name, value in layout.options.items() if name in _SPARK}
    return {**said, "header": True} if layout.header_lines else said
