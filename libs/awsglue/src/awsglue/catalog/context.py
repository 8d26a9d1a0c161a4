"""The part of a GlueContext that works with tables of the Data Catalog."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from awsglue.catalog import databases, reading, sparkreading
from awsglue.catalog.client import Catalog
from awsglue.catalog.purging import purge_files
from awsglue.catalog.tables import Table
from awsglue.catalog.writing import Target, write_target
from awsglue.connections.scope import sample_count, sample_size
from awsglue.data_sink import DataSink
from awsglue.plan import Plan, empty
from awsglue.sparktypes import to_spark
from awsglue.twins import given_back

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import StructType

    from awsglue.context import GlueContext
    from awsglue.dynamicframe import DynamicFrame
    from awsglue.framecollection import DynamicFrameCollection


class CatalogContext:
    """Tables of the Data Catalog as sources and sinks. `catalog_id` names a catalog, the account's own without it.

    What AWS refuses raises boto3's ClientError: a database or table that is not there, an EntityNotFoundException.
    """

    spark_session: SparkSession

    def create_dynamic_frame_from_catalog(
        self,
        database: str | None = None,
        table_name: str | None = None,
        redshift_tmp_dir: str = "",  # noqa: ARG002 - Glue's signature
        transformation_ctx: str = "",
        push_down_predicate: str = "",
        additional_options: Mapping[str, Any] = {},
        catalog_id: str | None = None,
        **kwargs: Any,
    ) -> DynamicFrame:
        """A frame of a table. Only partitions for which push_down_predicate is true are looked at."""
        from awsglue.dynamicframe import DynamicFrame

        database, name = _named(database, table_name, kwargs)
        catalog = Catalog(catalog_id)
        plan = reading.read(
            self.spark_session,
            catalog,
            catalog.table(database, name),
            additional_options,
            push_down_predicate=push_down_predicate,
            transformation_ctx=transformation_ctx,
        )
        return DynamicFrame(plan, self._glue_context, name)

    def create_data_frame_from_catalog(
        self,
        database: str | None = None,
        table_name: str | None = None,
        redshift_tmp_dir: str = "",  # noqa: ARG002 - Glue's signature
        transformation_ctx: str = "",
        push_down_predicate: str = "",
        additional_options: Mapping[str, Any] = {},
        catalog_id: str | None = None,
        **kwargs: Any,
    ) -> DataFrame:
        """The same as a Spark DataFrame; with useSparkDataSource in additional_options as Spark's own reader has it."""
        # Scripts give these two by name, too.
        given = {option.name: kwargs.pop(option.name) for option in sparkreading.OPTIONS if option.name in kwargs}
        database, name = _named(database, table_name, kwargs)
        catalog = Catalog(catalog_id)
        plan = sparkreading.read_as_data_frame(
            self.spark_session,
            catalog,
            catalog.table(database, name),
            {**additional_options, **given} if given else additional_options,
            push_down_predicate=push_down_predicate,
            transformation_ctx=transformation_ctx,
        )
        return given_back(plan.records().dataframe)

    def create_sample_dynamic_frame_from_catalog(
        self,
        database: str | None = None,
        table_name: str | None = None,
        num: int | None = None,
        redshift_tmp_dir: str = "",  # noqa: ARG002 - Glue's signature
        transformation_ctx: str = "",  # noqa: ARG002 - a sample leaves the job's bookmark alone
        push_down_predicate: str = "",
        additional_options: Mapping[str, Any] = {},
        sample_options: Mapping[str, Any] = {},
        catalog_id: str | None = None,
        **kwargs: Any,
    ) -> DynamicFrame:
        """A frame of a table's first `num` records, out of a few files of a few partitions."""
        from awsglue.dynamicframe import DynamicFrame

        most = sample_count(num)
        database, name = _named(database, table_name, kwargs)
        catalog = Catalog(catalog_id)
        plan = reading.read(
            self.spark_session,
            catalog,
            catalog.table(database, name),
            additional_options,
            push_down_predicate=push_down_predicate,
            sample=sample_size(sample_options),
        )
        return DynamicFrame(plan.first(most), self._glue_context, name)

    def get_catalog_schema_as_spark_schema(
        self, database: str | None = None, table_name: str | None = None, catalog_id: str | None = None
    ) -> StructType:
        """The columns of a table as Spark's types, the partition keys last."""
        database, name = _named(database, table_name, {})
        table = Catalog(catalog_id).table(database, name)
        schema: StructType = to_spark(type(table.keys())([*table.columns(), *table.keys()]))
        return schema

    def write_dynamic_frame_from_catalog(
        self,
        frame: DynamicFrame | DynamicFrameCollection,
        database: str | None = None,
        table_name: str | None = None,
        redshift_tmp_dir: str = "",  # noqa: ARG002 - Glue's signature
        transformation_ctx: str = "",  # noqa: ARG002 - it names a frame to job bookmarks
        additional_options: Mapping[str, Any] = {},
        catalog_id: str | None = None,
        **kwargs: Any,
    ) -> Any:
        """Add files to a table, in the form that it has, in a folder for each partition. The table itself is brought in
        line with them where additional_options have enableUpdateCatalog.
        """
        database, name = _named(database, table_name, kwargs)
        target = Target(catalog=Catalog(catalog_id), database=database, name=name)
        table = target.catalog.table(database, name)
        if databases.connection_of(table):
            return self._write_to_database(frame, table, additional_options, catalog_id)
        files = write_target(table, additional_options)
        sink = DataSink(self._glue_context, "s3", files.options, files.format, target)
        sink.setFormat(files.format, **files.format_options)
        return sink.write(frame)

    def _write_to_database(
        self, frame: Any, table: Table, options: Mapping[str, Any], catalog_id: str | None
    ) -> DynamicFrame:
        from awsglue.dynamicframe import DynamicFrame

        if not isinstance(frame, DynamicFrame):
            raise TypeError(f"a table takes a DynamicFrame, not a {type(frame).__name__}")
        frame.assertErrorThreshold()
        spark = self.spark_session
        databases.write(spark, table, frame._plan.records(), options, catalog_id=catalog_id)  # noqa: SLF001 - the library's own
        return DynamicFrame(Plan(lambda: empty(spark)), self._glue_context, f"{frame.name}_errors")

    def write_data_frame_from_catalog(
        self,
        frame: DataFrame,
        database: str | None = None,
        table_name: str | None = None,
        redshift_tmp_dir: str = "",
        transformation_ctx: str = "",
        additional_options: Mapping[str, Any] = {},
        catalog_id: str | None = None,
        **kwargs: Any,
    ) -> Any:
        from awsglue.dynamicframe import DynamicFrame

        return self.write_dynamic_frame_from_catalog(
            DynamicFrame.fromDF(frame, self._glue_context),
            database,
            table_name,
            redshift_tmp_dir,
            transformation_ctx,
            additional_options,
            catalog_id,
            **kwargs,
        )

    def purge_table(
        self,
        database: str | None = None,
        table_name: str | None = None,
        options: Mapping[str, Any] = {},
        transformation_ctx: str = "",  # noqa: ARG002 - Glue's signature
        catalog_id: str | None = None,
    ) -> None:
        """Delete the files of a table that are older than `retentionPeriod` hours, a week when not given, in the
        partitions for which `partitionPredicate` is true. A partition that has no file left is deleted, too.
        """
        database, name = _named(database, table_name, {})
        catalog = Catalog(catalog_id)
        purge_files(self.spark_session, catalog, catalog.table(database, name), options)

    @property
    def _glue_context(self) -> GlueContext:
        return cast("GlueContext", self)


def _named(database: str | None, table_name: str | None, more: dict[str, Any]) -> tuple[str, str]:
    """Database and table. The sentences are those of AWS, and so is `name_space` for the first of them."""
    name_space = more.pop("name_space", None)
    if database is not None and name_space is not None:
        raise ValueError("Parameter name_space and database are both specified, choose one.")
    database = name_space if database is None else database
    if database is None:
        raise ValueError("Parameter name_space or database is missing.")
    if table_name is None:
        raise ValueError("Parameter table_name is missing.")
    for name in more:
        if name not in {"minPartitions", "targetPartitions"}:
            raise TypeError(f"there is no argument {name!r}")
    return database, table_name
