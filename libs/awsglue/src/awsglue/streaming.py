"""Streams of micro-batches: what GlueContext adds to Spark's structured streaming.

Sources are Spark's own: `spark.readStream` of files and of rates. Kinesis and Kafka are refused where they are named.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from awsglue.notices import notice
from awsglue.options import BOOLEAN, COUNT, TEXT, Kind, Option, OptionError, check

if TYPE_CHECKING:
    from pyspark.sql import DataFrame
    from pyspark.sql.streaming import DataStreamWriter, StreamingQuery

#: What a script does with a batch: its DataFrame, and its number.
BatchFunction = Callable[["DataFrame", int], Any]

#: Folder of the files by which OpenGlue asks for the end of a run's streams: see Restart.
RESTART = "OPENGLUE_RESTART"
#: Seconds before a stream is begun again after its first, second... failure in a row; the last one from then on.
PAUSES_S = (1, 2, 5)
RETRIES = (0, 100)

_GRANULARITIES = ("day", "hour", "minute")


def _retries(value: Any) -> int:
    count = COUNT.convert(int(value) + 1) - 1
    if not RETRIES[0] <= count <= RETRIES[1]:
        raise ValueError(value)
    return count


_WINDOW = Option(name="windowSize", kind=Kind(expects='a time, such as "100 seconds"', convert=TEXT.convert))
FOR_EACH_BATCH: tuple[Option, ...] = (
    _WINDOW,
    Option(name="checkpointLocation", kind=TEXT),
    Option(name="batchMaxRetries", kind=Kind(expects="a whole number from 0 to 100", convert=_retries), default=3),
    Option(name="persistDataFrame", kind=BOOLEAN, default=True),
    Option(name="storageLevel", kind=TEXT, default="MEMORY_AND_DISK"),
)
SAMPLE: tuple[Option, ...] = (
    _WINDOW,
    Option(name="pollingTimeInMs", kind=COUNT, default=10_000),
    Option(name="recordPollingLimit", kind=COUNT, default=100),
)


class _Restarted(Exception):  # noqa: N818 - no error: how a stream ends
    """No batch is begun any more, because the run is to be restarted."""


class Restart:
    """What OpenGlue wants of a run's streams: that no batch begins while there is a file `asked` or `begun`.

    Whoever ends a stream for that makes the file `begun`. Outside of a streaming run nothing is ever wanted.
    """

    def __init__(self, folder: str | None) -> None:
        self._folder = None if folder is None else Path(folder)

    def check(self) -> None:
        """Raise _Restarted if the batch that is at hand is the next run's."""
        if self._folder is not None and any((self._folder / name).exists() for name in ("asked", "begun")):
            # The runner could not know why a stream ended that leaves no mark, such as on a full disk: it goes on.
            with suppress(OSError):
                (self._folder / "begun").touch()
                raise _Restarted


class Batches:
    """One stream that a script is given batch by batch, begun again when the script fails with one."""

    def __init__(self, frame: DataFrame, function: BatchFunction, options: Mapping[str, Any]) -> None:
        for name in ("windowSize", "checkpointLocation"):
            if not options.get(name):
                raise OptionError(f"Missing {name} argument")
        self._options = check(options, FOR_EACH_BATCH, what="forEachBatch", use="read")
        self._function = function
        self._level = _storage_level(self._options["storageLevel"]) if self._options["persistDataFrame"] else None
        self._restart = Restart(os.environ.get(RESTART))
        self._failures = 0
        #: What left the function last.
        self._error: BaseException | None = None
        writer = _triggered(frame, self._options["windowSize"], "forEachBatch")
        self._writer = writer.foreachBatch(self._batch).option(
            "checkpointLocation", self._options["checkpointLocation"]
        )

    def run(self) -> None:
        """Go on until the stream is stopped; raise what the script failed with once too often in a row."""
        from pyspark.errors import StreamingQueryException

        while True:
            self._error = None
            try:
                self._writer.start().awaitTermination()
                return
            except StreamingQueryException as error:
                if isinstance(self._error, _Restarted):
                    notice("the stream has ended before its next batch: the run is to be restarted")
                    return
                self._failures += 1
                if self._failures > self._options["batchMaxRetries"]:
                    raise self._error or error from None
                pause = PAUSES_S[min(self._failures, len(PAUSES_S)) - 1]
                notice(
                    f"the stream is begun again in {pause} s, after failure {self._failures}: {self._error or error}"
                )
                time.sleep(pause)

    def _batch(self, batch: DataFrame, number: int) -> None:
        try:
            self._restart.check()
            if self._level is not None:
                batch.persist(self._level)
            if not batch.isEmpty():
                self._function(batch, number)
            self._failures = 0
        except BaseException as error:
            # Spark tells the waiting script of it in a text; it shall have the exception itself.
            self._error = error
            raise
        finally:
            if self._level is not None:
                batch.unpersist()


def sample(frame: DataFrame, options: Mapping[str, Any], function: BatchFunction | None) -> DataFrame:
    """The first records of a stream, as a DataFrame that stands still. `function` is called with each batch."""
    if not options.get("windowSize"):
        raise OptionError("Missing windowSize argument")
    values = check(options, SAMPLE, what="getSampleStreamingDynamicFrame", use="read")
    limit = values["recordPollingLimit"]
    rows: list[Any] = []

    def take(batch: DataFrame, number: int) -> None:
        if len(rows) >= limit:
            return
        if function is not None:
            function(batch, number)
        rows.extend(batch.limit(limit - len(rows)).collect())

    query: StreamingQuery = (
        _triggered(frame, values["windowSize"], "getSampleStreamingDynamicFrame").foreachBatch(take).start()
    )
    until = time.monotonic() + values["pollingTimeInMs"] / 1000
    try:
        # A batch that has begun is let come to its end.
        while len(rows) < limit and (time.monotonic() < until or query.status["isTriggerActive"]):
            query.awaitTermination(0.1)
    finally:
        query.stop()
    return frame.sparkSession.createDataFrame(rows, frame.schema)


def with_ingestion_time(frame: DataFrame, granularity: str) -> DataFrame:
    """The frame with the columns ingest_year, ingest_month... down to `granularity`: when the record was taken in."""
    from pyspark.sql import functions

    if granularity not in _GRANULARITIES:
        raise ValueError(f"time_granularity {granularity!r} will not do, it is one of {', '.join(_GRANULARITIES)}")
    now = functions.current_timestamp()
    columns = {
        "ingest_year": functions.year(now),
        "ingest_month": functions.month(now),
        "ingest_day": functions.dayofmonth(now),
        "ingest_hour": functions.hour(now),
        "ingest_minute": functions.minute(now),
    }
    kept = list(columns)[: 3 + _GRANULARITIES.index(granularity)]
    return frame.withColumns({name: columns[name] for name in kept})


def _triggered(frame: DataFrame, window: str, what: str) -> DataStreamWriter:
    """The writer of a stream with a batch every `window`."""
    from pyspark.errors import IllegalArgumentException

    if not frame.isStreaming:
        raise ValueError(f"{what} takes a streaming DataFrame, such as spark.readStream makes; this one stands still")
    try:
        return frame.writeStream.trigger(processingTime=window)
    except (IllegalArgumentException, ValueError):
        raise OptionError(
            f"{what} option windowSize: {window!r} will not do, it must be {_WINDOW.kind.expects}"
        ) from None


def _storage_level(name: str) -> Any:
    from pyspark import StorageLevel

    level = getattr(StorageLevel, name, None)
    if not isinstance(level, StorageLevel):
        known: Sequence[str] = sorted(
            key for key, value in vars(StorageLevel).items() if isinstance(value, StorageLevel)
        )
        raise OptionError(f"forEachBatch option storageLevel: {name!r} will not do, it is one of {', '.join(known)}")
    return level
