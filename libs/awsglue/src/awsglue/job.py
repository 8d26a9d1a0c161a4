"""Job: the frame around a script's work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from awsglue.job_arguments import (
    BOOKMARK_OPTIONS,
    BOOKMARK_RANGE,
    CONTINUATION_OPTIONS,
    DATA_LINEAGE,
    ENCRYPTION_TYPE,
    ID_PARAMS,
)
from awsglue.notices import notice


class Job:
    """A run of the script. Made of a GlueContext or a SparkSession; works outside of a run, too."""

    def __init__(self, glue_context: Any) -> None:
        from pyspark.sql import SparkSession

        from awsglue.context import GlueContext

        if not isinstance(glue_context, GlueContext | SparkSession):
            raise TypeError(f"a Job is made of a GlueContext or a SparkSession, not of a {type(glue_context).__name__}")
        self._initialized = False

    def init(self, job_name: str, args: Mapping[str, Any] = {}) -> None:  # noqa: ARG002 - Glue's signature
        """Begin the job. `args` is what getResolvedOptions answered."""
        bookmark = args.get("job_bookmark_option") or "job-bookmark-disable"
        if bookmark in {"job-bookmark-enable", "job-bookmark-pause"}:
            notice("job bookmarks are not served yet: this run reads all of its input")
        self._initialized = True

    def isInitialized(self) -> bool:
        return self._initialized

    def commit(self) -> None:
        """End the job's work. Moves no bookmark yet, as init() has told."""

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
