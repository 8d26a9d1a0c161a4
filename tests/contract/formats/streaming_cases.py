"""Streams of files: handed over batch by batch, begun again after failures, ended between two batches."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from awsglue import streaming

from .lake import Lake, raises, records, same, told

#: The launcher's module, which runs in the job's interpreter and is on no path there.
STREAMS = Path(__file__).parents[3] / "src" / "openglue" / "commands" / "streams.py"
#: Seconds for what happens soon.
DEADLINE_S = 30.0


class Failing:
    """A batch function that keeps what it was given, and fails as often as it is told."""

    def __init__(self, failures: int = 0) -> None:
        self.left = failures
        self.seen: list[list[int]] = []

    def __call__(self, batch: Any, _number: int) -> None:
        if self.left:
            self.left -= 1
            raise ValueError(f"{self.left} to come")
        self.seen.append(sorted(row.n for row in batch.collect()))


def _source(lake: Lake, files: int = 1) -> Any:
    for number in range(files):
        lake.put(f"in/{number}.json", f'{{"n": {number}}}\n')
    return lake.spark.readStream.schema("n INT").option("maxFilesPerTrigger", 1).json(lake.uri("in"))


def _options(lake: Lake, **others: Any) -> dict[str, Any]:
    return {"windowSize": "100 milliseconds", "checkpointLocation": lake.uri("checkpoint"), **others}


@contextlib.contextmanager
def _going_on(work: Callable[[], None]) -> Iterator[threading.Thread]:
    """Work that ends when the streams of the session are stopped."""
    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield thread
    finally:
        from pyspark.sql import SparkSession

        session = SparkSession.builder.getOrCreate()
        while thread.is_alive():
            for query in session.streams.active:
                query.stop()
            thread.join(0.1)


def _wait(condition: Callable[[], Any]) -> None:
    waited = threading.Event()
    for _ in range(int(DEADLINE_S / 0.05)):
        if condition():
            return
        waited.wait(0.05)
    raise AssertionError(f"not within {DEADLINE_S} s")


def _committed(lake: Lake) -> list[str]:
    """The numbers of the batches that have ended."""
    return [name for name in lake.files("checkpoint/commits") if name.isdigit()]


def _each_batch(lake: Lake, source: Any, function: Any, **options: Any) -> Callable[[], None]:
    return lambda: lake.glue.forEachBatch(source, function, _options(lake, **options))


def every_batch_is_handed_over_once_and_goes_on_from_the_checkpoint(lake: Lake) -> None:
    first, second = Failing(), Failing()
    with _going_on(_each_batch(lake, _source(lake, 2), first)):
        _wait(lambda: "1" in _committed(lake))
    lake.put("in/5.json", '{"n": 5}\n')
    source = lake.spark.readStream.schema("n INT").json(lake.uri("in"))
    with _going_on(_each_batch(lake, source, second, persistDataFrame="false")):
        _wait(lambda: second.seen)
    same((sorted(first.seen), second.seen), ([[0], [1]], [[5]]))


def a_batch_that_fails_is_begun_again_until_it_has_failed_too_often_in_a_row(lake: Lake) -> None:
    again = Failing(1)
    with _going_on(_each_batch(lake, _source(lake), again)):
        _wait(lambda: again.seen)
    same(again.seen, [[0]])
    lake.put("in/7.json", '{"n": 7}\n')
    never = Failing(9)

    def fail() -> None:
        with raises(ValueError, "7 to come"):
            _each_batch(lake, _source(lake), never, batchMaxRetries="1")()

    said = told(fail)
    same((never.seen, never.left), ([], 7))
    same(said, ["openglue: the stream is begun again in 1 s, after failure 1: 8 to come"])


def options_that_are_missing_or_wrong_are_told(lake: Lake) -> None:
    source, options = _source(lake), _options(lake)

    def refused(frame: Any, *words: str, **given: Any) -> None:
        with raises(ValueError, *words):
            lake.glue.forEachBatch(frame, Failing(), {**options, **given})

    refused(source, "Missing windowSize argument", windowSize=None)
    refused(source, "Missing checkpointLocation argument", checkpointLocation="")
    refused(source, "option windowSize: 'soon' will not do", 'such as "100 seconds"', windowSize="soon")
    refused(source, "option batchMaxRetries: 101 will not do", "from 0 to 100", batchMaxRetries=101)
    refused(source, "option storageLevel: 'CLOUD' will not do, it is one of DISK_ONLY, ", storageLevel="CLOUD")
    refused(source, "unknown forEachBatch option 'window'", window="1 second")
    refused(lake.spark.range(1), "takes a streaming DataFrame")


def a_sample_stands_still(lake: Lake) -> None:
    seen = Failing()
    frame = lake.glue.getSampleStreamingDynamicFrame(
        _source(lake, 3), {"windowSize": "10 milliseconds", "recordPollingLimit": "2"}, seen
    )
    same((len(records(frame)), len(seen.seen)), (2, 2))
    options = {"windowSize": "10 milliseconds", "pollingTimeInMs": 1}
    same(len(records(lake.glue.getSampleStreamingDynamicFrame(_source(lake, 3), options))) <= 3, True)


def the_time_of_ingestion_has_columns(lake: Lake) -> None:
    frame = lake.spark.range(1)
    same(
        lake.glue.add_ingestion_time_columns(frame, "day").columns, ["id", "ingest_year", "ingest_month", "ingest_day"]
    )
    minutes = lake.glue.add_ingestion_time_columns(frame, "minute")
    same(minutes.columns[4:], ["ingest_hour", "ingest_minute"])
    assert minutes.first().ingest_year >= 2026
    with raises(ValueError, "it is one of day, hour, minute"):
        lake.glue.add_ingestion_time_columns(frame, "second")


def a_stream_of_kafka_or_kinesis_is_refused(lake: Lake) -> None:
    for kind in ("kafka", "kinesis"):
        with raises(NotImplementedError, f"the connection type '{kind}' is not built yet", "use spark.readStream"):
            lake.glue.create_data_frame.from_options(kind, {})
    with raises(NotImplementedError, "getStreamingSource is not built yet", "spark.readStream"):
        lake.glue.getStreamingSource("kinesis")


def _streams(folder: Path) -> Any:
    spec = spec_from_file_location("streams", STREAMS)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    folder.mkdir()
    return module.Streams(folder)


def a_stream_that_waits_for_data_is_ended_when_it_is_asked(lake: Lake) -> None:
    folder = lake.local("restart")
    streams, seen = _streams(folder), Failing()
    with _going_on(_each_batch(lake, _source(lake), seen)) as script:
        _wait(lambda: seen.seen)
        threading.Thread(target=streams.watch, daemon=True).start()
        (folder / "asked").touch()
        _wait((folder / "done").exists)
        _wait(lambda: not script.is_alive())
    same((lake.files("restart"), seen.seen), (["asked", "begun", "done"], [[0]]))


def a_stream_that_always_has_data_is_ended_after_the_batch_that_was_going_on(lake: Lake) -> None:
    """Its checkpoint says the same as its sink."""
    streams = _streams(lake.local("restart"))
    seen: list[int] = []
    inside, go_on = threading.Event(), threading.Event()

    def batch(frame: Any, number: int) -> None:
        inside.set()
        go_on.wait(DEADLINE_S)
        seen.extend(row.n for row in frame.collect())

    query = (
        _source(lake, 40).writeStream.foreachBatch(batch).option("checkpointLocation", lake.uri("checkpoint")).start()
    )
    inside.wait(DEADLINE_S)
    (lake.local("restart") / "asked").touch()
    streams._look()
    same(query.isActive, True)
    go_on.set()
    threading.Thread(target=streams.watch, daemon=True).start()
    _wait((lake.local("restart") / "done").exists)
    committed = _committed(lake)
    assert committed, "the batch that was going on has come to its end"
    assert len(seen) in {len(committed), len(committed) + 1}, (seen, committed)
    same(query.exception(), None)


def no_batch_begins_once_the_restart_is_asked(lake: Lake) -> None:
    folder = lake.local("restart")
    folder.mkdir()
    (folder / "asked").touch()
    os.environ[streaming.RESTART] = str(folder)
    try:
        seen = Failing()
        said = told(_each_batch(lake, _source(lake), seen))
    finally:
        del os.environ[streaming.RESTART]
    same((seen.seen, lake.files("restart")), ([], ["asked", "begun"]))
    same(said, ["openglue: the stream has ended before its next batch: the run is to be restarted"])
