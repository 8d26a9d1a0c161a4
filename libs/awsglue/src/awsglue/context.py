"""GlueContext: where a script gets its frames from and brings them to."""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pyspark import SparkContext
from pyspark.sql import DataFrame, SparkSession, SQLContext

from awsglue import gluetypes, streaming
from awsglue.catalog.context import CatalogContext
from awsglue.connections import jdbc
from awsglue.connections.purge import purge
from awsglue.data_sink import DataSink
from awsglue.data_source import DataSource
from awsglue.dataframereader import DataFrameReader
from awsglue.dataframewriter import DataFrameWriter
from awsglue.dynamicframe import DynamicFrame
from awsglue.frameio import DynamicFrameReader, DynamicFrameWriter
from awsglue.logger import GlueLogger
from awsglue.notices import notice
from awsglue.options import dictionary
from awsglue.refusals import not_built
from awsglue.sparktypes import to_spark

if TYPE_CHECKING:
    from awsglue.framecollection import DynamicFrameCollection

_RETIRED = "AWS has retired governed tables; use Iceberg"


class GlueContext(CatalogContext, SQLContext):
    """The entry to Glue over a Spark session: one that is given, that of a SparkContext, or the one there is."""

    def __init__(self, sparkContext: SparkContext | SparkSession | None = None, **options: Any) -> None:
        if isinstance(sparkContext, SparkSession):
            session = sparkContext
        elif sparkContext is None or isinstance(sparkContext, SparkContext):
            session = SparkSession.builder.getOrCreate()
        else:
            raise TypeError(
                f"a GlueContext is made of a SparkContext or a SparkSession, not of a {type(sparkContext).__name__}"
            )
        for name in options:
            if name not in {"minPartitions", "targetPartitions"}:
                raise TypeError(f"GlueContext has no option {name!r}; there are minPartitions and targetPartitions")
            notice(f"the GlueContext option {name} has no effect: Spark decides into how many partitions it reads")
        with warnings.catch_warnings():
            # SQLContext warns that it is deprecated; the script asked for a GlueContext.
            warnings.simplefilter("ignore", FutureWarning)
            super().__init__(session.sparkContext, session)
        self.spark_session = session
        self.create_dynamic_frame = DynamicFrameReader(self)
        self.create_data_frame = DataFrameReader(self)
        self.write_dynamic_frame = DynamicFrameWriter(self)
        self.write_data_frame = DataFrameWriter(self)

    def get_logger(self) -> GlueLogger:
        return GlueLogger()

    def currentTimeMillis(self) -> int:
        return time.time_ns() // 1_000_000

    def getSource(
        self,
        connection_type: str,
        format: str | None = None,
        transformation_ctx: str = "",
        push_down_predicate: str = "",
        **options: Any,
    ) -> DataSource:
        """A source to be given a format and then to make a frame. With a transformation_ctx, the job's bookmark keeps
        what has been read of it.
        """
        if push_down_predicate:
            notice("push_down_predicate has no effect: it is for partitions of a catalog table")
        return DataSource(self, connection_type, options, format, transformation_ctx)

    def getSink(
        self,
        connection_type: str,
        format: str | None = None,
        transformation_ctx: str = "",  # noqa: ARG002 - it names a frame to job bookmarks
        **options: Any,
    ) -> DataSink:
        """A sink to be given a format and then frames."""
        return DataSink(self, connection_type, options, format)

    def create_dynamic_frame_from_options(
        self,
        connection_type: str,
        connection_options: Mapping[str, Any] = {},
        format: str | None = None,
        format_options: Mapping[str, Any] = {},
        transformation_ctx: str = "",
        push_down_predicate: str = "",
    ) -> DynamicFrame:
        """A frame of what is at the connection. Wrong options and paths fail here, the records are read when needed."""
        source = self.getSource(
            connection_type,
            format,
            transformation_ctx,
            push_down_predicate,
            **dictionary(connection_options, "connection_options"),
        )
        source.setFormat(format, **dictionary(format_options, "format_options"))
        return source.getFrame()

    def create_sample_dynamic_frame_from_options(
        self,
        connection_type: str,
        connection_options: Mapping[str, Any] = {},
        num: int | None = None,
        sample_options: Mapping[str, Any] = {},
        format: str | None = None,
        format_options: Mapping[str, Any] = {},
        transformation_ctx: str = "",  # noqa: ARG002 - a sample leaves the job's bookmark alone
        push_down_predicate: str = "",
    ) -> DynamicFrame:
        """A frame of the first `num` records of what is at the connection, out of a few files of a few paths."""
        source = self.getSource(
            connection_type, format, "", push_down_predicate, **dictionary(connection_options, "connection_options")
        )
        source.setFormat(format, **dictionary(format_options, "format_options"))
        return source.getSampleFrame(num, **dict(sample_options))

    def create_dynamic_frame_from_rdd(
        self,
        data: Any,
        name: str,
        schema: Any = None,
        sample_ratio: float | None = None,
        transformation_ctx: str = "",  # noqa: ARG002 - it names a frame to job bookmarks
    ) -> DynamicFrame:
        """A frame of an RDD's rows, with Spark's types; `schema` may be of Spark or of Glue."""
        if isinstance(schema, gluetypes.StructType):
            schema = to_spark(schema)
        return DynamicFrame.fromDF(self.spark_session.createDataFrame(data, schema, sample_ratio), self, name)

    def create_data_frame_from_options(
        self,
        connection_type: str,
        connection_options: Mapping[str, Any] = {},
        format: str | None = None,
        format_options: Mapping[str, Any] = {},
        transformation_ctx: str = "",
        push_down_predicate: str = "",
    ) -> DataFrame:
        """The same as a Spark DataFrame."""
        return self.create_dynamic_frame_from_options(
            connection_type, connection_options, format, format_options, transformation_ctx, push_down_predicate
        ).toDF()

    def write_from_options(
        self,
        frame_or_dfc: DynamicFrame | DynamicFrameCollection,
        connection_type: str,
        connection_options: Mapping[str, Any] = {},
        format: str | None = None,
        format_options: Mapping[str, Any] = {},
        transformation_ctx: str = "",
        accumulator_size: int = 0,  # noqa: ARG002 - Glue's signature
    ) -> DynamicFrame | DynamicFrameCollection:
        """Write a frame, or each frame of a collection below its name. What comes back holds the records that could not
        be written: none, because a write that fails raises.
        """
        sink = self.getSink(
            connection_type, format, transformation_ctx, **dictionary(connection_options, "connection_options")
        )
        sink.setFormat(format, **dictionary(format_options, "format_options"))
        rest: DynamicFrame | DynamicFrameCollection = sink.write(frame_or_dfc)
        return rest

    def write_dynamic_frame_from_options(
        self,
        frame: DynamicFrame,
        connection_type: str,
        connection_options: Mapping[str, Any] = {},
        format: str | None = None,
        format_options: Mapping[str, Any] = {},
        transformation_ctx: str = "",
    ) -> Any:
        return self.write_from_options(
            frame, connection_type, connection_options, format, format_options, transformation_ctx
        )

    def write_from_jdbc_conf(
        self,
        frame_or_dfc: DynamicFrame | DynamicFrameCollection,
        catalog_connection: str,
        connection_options: Mapping[str, Any] = {},
        redshift_tmp_dir: str = "",
        transformation_ctx: str = "",
        catalog_id: str | None = None,
    ) -> DynamicFrame | DynamicFrameCollection:
        """Write a frame, or each frame of a collection to a table of its name, where a connection of the Data Catalog
        leads. The options name dbtable and database.
        """
        sink = self.getSink(
            jdbc.connection_type_of(catalog_connection, catalog_id),
            transformation_ctx=transformation_ctx,
            **{
                **dictionary(connection_options, "connection_options"),
                "connectionName": catalog_connection,
                "useConnectionProperties": True,
                "redshiftTmpDir": redshift_tmp_dir or None,
                "catalogId": catalog_id,
            },
        )
        rest: DynamicFrame | DynamicFrameCollection = sink.write(frame_or_dfc)
        return rest

    def write_dynamic_frame_from_jdbc_conf(
        self,
        frame: DynamicFrame,
        catalog_connection: str,
        connection_options: Mapping[str, Any] = {},
        redshift_tmp_dir: str = "",
        transformation_ctx: str = "",
        catalog_id: str | None = None,
    ) -> Any:
        return self.write_from_jdbc_conf(
            frame, catalog_connection, connection_options, redshift_tmp_dir, transformation_ctx, catalog_id
        )

    def extract_jdbc_conf(self, connection_name: str, catalog_id: str | None = None) -> dict[str, str]:
        """What a connection of the Data Catalog says of its database: user, password, vendor, the url of the server,
        the fullUrl as it was given, and how the connection is secured.
        """
        return jdbc.conf(connection_name, catalog_id)

    def purge_s3_path(
        self,
        s3_path: str,
        options: Mapping[str, Any] = {},
        transformation_ctx: str = "",  # noqa: ARG002 - Glue's signature
    ) -> None:
        """Delete the files below a path that are older than `retentionPeriod` hours, a week when not given."""
        purge(self.spark_session, s3_path, options)

    def forEachBatch(
        self, frame: DataFrame, batch_function: streaming.BatchFunction, options: Mapping[str, Any] = {}
    ) -> None:
        """Hand a stream to `batch_function(dataframe, number)` batch by batch, but for empty ones, until it is stopped.

        A batch that fails is begun again, up to `batchMaxRetries` times in a row; then its exception is raised.
        """
        streaming.Batches(frame, batch_function, options).run()

    def getSampleStreamingDynamicFrame(
        self,
        frame: DataFrame,
        options: Mapping[str, Any] = {},
        batch_function: streaming.BatchFunction | None = None,
    ) -> DynamicFrame:
        """A frame of the first records of a stream, taken for `pollingTimeInMs`, `recordPollingLimit` at most."""
        return DynamicFrame.fromDF(streaming.sample(frame, options, batch_function), self, "sample")

    def add_ingestion_time_columns(self, frame: DataFrame, time_granularity: str) -> DataFrame:
        """The frame with columns ingest_year, ingest_month, ingest_day, and on "hour" and "minute" with those."""
        return streaming.with_ingestion_time(frame, time_granularity)

    cancel_transaction = not_built("GlueContext.cancel_transaction", _RETIRED)
    commit_transaction = not_built("GlueContext.commit_transaction", _RETIRED)
    convert_resolve_option = not_built("GlueContext.convert_resolve_option", "pass options to toDF()")
    getStreamingSource = not_built(
        "GlueContext.getStreamingSource",
        "make a stream with spark.readStream, of files or with the spark-sql-kafka package, for forEachBatch",
    )
    start_transaction = not_built("GlueContext.start_transaction", _RETIRED)
    transition_s3_path = not_built("GlueContext.transition_s3_path", "files here have no storage class")
    transition_table = not_built("GlueContext.transition_table", "files here have no storage class")
