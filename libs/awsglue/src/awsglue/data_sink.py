"""DataSink: a place to write to, with the format of what shall be there."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from awsglue import connections
from awsglue.catalog.client import Catalog
from awsglue.catalog.writing import OPTIONS, Files, Target, written_into
from awsglue.causes import unreadable_files
from awsglue.framecollection import DynamicFrameCollection
from awsglue.notices import notice
from awsglue.options import OptionError, check
from awsglue.plan import Plan, Records, empty

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from awsglue.context import GlueContext
    from awsglue.dynamicframe import DynamicFrame


class DataSink:
    def __init__(
        self,
        glue_context: GlueContext,
        connection_type: str,
        options: Mapping[str, Any],
        format: str | None,
        target: Target | None = None,
    ) -> None:
        self._glue_context = glue_context
        self._connection = connections.named(connection_type)
        self._options = dict(options)
        self._format = format
        self._format_options: dict[str, Any] = {}
        #: The table of the Data Catalog that the files are for.
        self._target = target

    def setFormat(self, format: str | None, **options: Any) -> None:
        self._format = format
        self._format_options = options

    def setCatalogInfo(self, catalogDatabase: str, catalogTableName: str, catalogId: str = "") -> None:
        """The table of the Data Catalog that the files are for. With the option enableUpdateCatalog it is created when
        it is not there, and else gets the columns and the partitions of what is written.
        """
        if not self._catalog_options()["enableUpdateCatalog"]:
            notice(
                f"the table {catalogDatabase}.{catalogTableName} is not updated: that needs enableUpdateCatalog=True"
            )
        self._target = Target(catalog=Catalog(catalogId or None), database=catalogDatabase, name=catalogTableName)

    def _catalog_options(self) -> dict[str, Any]:
        names = [option.name for option in OPTIONS]
        given = {name: value for name, value in self._options.items() if name in names}
        return check(given, OPTIONS, what="s3", use="write")

    def setAccumulableSize(self, size: int) -> None:
        """How many error records the sink keeps; there are none, because a write that fails raises."""

    def writeFrame(self, dynamic_frame: DynamicFrame, info: str = "") -> DynamicFrame:  # noqa: ARG002 - Glue's signature
        """Write the frame; what comes back is the frame of records that could not be written, which has none."""
        from awsglue.dynamicframe import DynamicFrame

        dynamic_frame.assertErrorThreshold()
        spark = self._glue_context.spark_session
        records = dynamic_frame._plan.records()  # noqa: SLF001 - a frame shows its records to the library only
        with unreadable_files(), self._into_table(records) as given:
            self._connection.write(
                spark, given, self._options, self._format, self._format_options, name=dynamic_frame.name
            )
        return DynamicFrame(Plan(lambda: empty(spark)), self._glue_context, f"{dynamic_frame.name}_errors")

    def _into_table(self, records: Records) -> contextlib.AbstractContextManager[Records]:
        """The records as they are written, and afterwards the table as it has become by it."""
        asked = self._catalog_options()
        if self._target is None:
            if asked["enableUpdateCatalog"]:
                raise OptionError("the s3 option enableUpdateCatalog needs setCatalogInfo: the table to update")
            return contextlib.nullcontext(records)
        if not records.schema.fields:
            # Nothing is written, and of what columns the table shall have nothing is known.
            return contextlib.nullcontext(records)
        files = Files(options=self._options, format=self._format, format_options=self._format_options)
        return written_into(self._glue_context.spark_session, self._target, files, records, asked)

    def writeDataFrame(self, data_frame: DataFrame, glue_context: GlueContext) -> DynamicFrame:
        from awsglue.dynamicframe import DynamicFrame

        return self.writeFrame(DynamicFrame.fromDF(data_frame, glue_context))

    def write(self, dynamic_frame_or_dfc: Any, info: str = "") -> Any:
        """Write a frame, or each frame of a collection to a place of its own name."""
        from awsglue.dynamicframe import DynamicFrame

        if isinstance(dynamic_frame_or_dfc, DynamicFrame):
            return self.writeFrame(dynamic_frame_or_dfc, info)
        if not isinstance(dynamic_frame_or_dfc, DynamicFrameCollection):
            raise TypeError(
                "a sink takes a DynamicFrame or a DynamicFrameCollection,"
                f" not a {type(dynamic_frame_or_dfc).__name__}; DynamicFrame.fromDF makes a frame of a DataFrame"
            )
        if self._target is not None:
            raise TypeError("a table takes one frame at a time: write the frames of the collection one by one")
        self._options["useFrameName"] = True
        return DynamicFrameCollection(
            [self.writeFrame(frame, info) for frame in dynamic_frame_or_dfc.values()], self._glue_context
        )
