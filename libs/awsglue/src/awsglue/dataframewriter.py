"""`write_data_frame` of a GlueContext."""

from __future__ import annotations

from typing import TYPE_CHECKING

from awsglue.refusals import not_built

if TYPE_CHECKING:
    from awsglue.context import GlueContext


class DataFrameWriter:
    def __init__(self, glue_context: GlueContext) -> None:
        self._glue_context = glue_context

    from_catalog = not_built("write_data_frame.from_catalog", "write the table's files with df.write")
