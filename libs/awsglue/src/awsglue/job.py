"""Job: the frame around a script's work."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any

from awsglue.bookmarks import session
from awsglue.bookmarks.service import BookmarkService
from awsglue.job_arguments import (
    BOOKMARK_OPTIONS,
    BOOKMARK_RANGE,
    CONTINUATION_OPTIONS,
    DATA_LINEAGE,
    ENCRYPTION_TYPE,
    ID_PARAMS,
    bookmark_arguments,
)


class Job:
    """A run of the script. Made of a GlueContext or a SparkSession; works outside of a run, too.

    Between init and commit, sources with a transformation_ctx read on from the job's bookmark, whatever GlueContext
    makes them (awsglue 5).
    """

    def __init__(self, glue_context: Any) -> None:
        from pyspark.sql import SparkSession

        from awsglue.context import GlueContext

        if not isinstance(glue_context, GlueContext | SparkSession):
            raise TypeError(f"a Job is made of a GlueContext or a SparkSession, not of a {type(glue_context).__name__}")
        spark = glue_context.spark_session if isinstance(glue_context, GlueContext) else glue_context
        self._bookmarks = session.of(spark)
        self._initialized = False

    def init(self, job_name: str, args: Mapping[str, Any] = {}) -> None:  # noqa: ARG002 - Glue's signature
        """Begin the job, with its bookmark as the arguments of the run say. `args` is what getResolvedOptions answered.

        RuntimeError for arguments that contradict each other, BookmarkError for runs that are none of the job's.
        """
        asked = bookmark_arguments(args, sys.argv)
        service = BookmarkService.of_run(os.environ)
        self._bookmarks.begin(service, asked.option, asked.from_run, asked.to_run)
        self._initialized = True

    def isInitialized(self) -> bool:
        return self._initialized

    def commit(self) -> None:
        """Move the job's bookmark past what its sources have given, all at once. May be called again, after more.

        BookmarkError, and nothing has moved, when it was moved by somebody else after this run began. RuntimeError
        before init.
        """
        if not self._initialized:
            raise RuntimeError("job.commit() comes before job.init(): there is nothing to commit yet")
        self._bookmarks.commit()

    @classmethod
    def continuation_options(cls) -> list[str]:
        return list(CONTINUATION_OPTIONS)

    @classmethod
    def job_bookmark_options(cls) -> list[str]:
        return list(BOOKMARK_OPTIONS)

    @classmethod
    def job_bookmark_range_options(cls) -> list[str]:
        return list(BOOKMARK_RANGE)

    @classmethod
    def id_params(cls) -> list[str]:
        return list(ID_PARAMS)

    @classmethod
    def encryption_type_options(cls) -> list[str]:
        return [ENCRYPTION_TYPE]

    @classmethod
    def data_lineage_options(cls) -> list[str]:
        return [DATA_LINEAGE]
