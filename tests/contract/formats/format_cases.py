"""What every format must do that is read and written: each case runs once for each."""

from __future__ import annotations

from typing import Any

from awsglue.expressions import quoted
from awsglue.options import OptionError

from .lake import Lake, printed, raises, records, same

PEOPLE = [("Käthe", "北京", "1"), ('O\'Neil, "Bo"', "a\\b", "2"), ("  Eve  ", None, "3")]
SCHEMA = "name string, city string, n string"
#: A codec of formats that have their own, with the end of the names of files.
COMPRESSED = {"parquet": ("gzip", ".gz.parquet"), "orc": ("zlib", ".zlib.orc")}


def _reading(format_: str) -> dict[str, Any]:
    """How to read what the format writes by default."""
    return {"withHeader": True} if format_ == "csv" else {}


def _as_read(rows: list[tuple], format_: str) -> list[dict[str, Any]]:
    """What comes back: csv has no null, only the empty text."""
    names = [column.split()[0] for column in SCHEMA.split(",")]
    empty = "" if format_ == "csv" else None
    return sorted(
        ({name: empty if value is None else value for name, value in zip(names, row, strict=True)} for row in rows),
        key=repr,
    )


def a_frame_comes_back_as_it_was_written(lake: Lake, format_: str) -> None:
    lake.write(lake.frame(PEOPLE, SCHEMA), "out", format_)
    same(records(lake.read("out", format_, _reading(format_))), _as_read(PEOPLE, format_))


def writing_again_adds_and_replaces_nothing(lake: Lake, format_: str) -> None:
    for part in (PEOPLE[:1], PEOPLE[1:]):
        lake.write(lake.frame(part, SCHEMA), "out", format_)
    same(records(lake.read("out", format_, _reading(format_))), _as_read(PEOPLE, format_))


def only_data_files_are_written(lake: Lake, format_: str) -> None:
    lake.write(lake.frame(PEOPLE, SCHEMA).coalesce(1), "out", format_)
    same([file[:5] for file in lake.files("out")], ["part-"])


def partition_keys_are_folders_and_not_in_the_files(lake: Lake, format_: str) -> None:
    rows = [("a", 1, "x"), ("b", 2, "y"), ("c", 2, None)]
    frame = lake.frame(rows, "name string, year int, kind string")
    lake.write(frame.coalesce(1), "out", format_, partitionKeys=["year", "kind"])
    folders = {file.rpartition("/")[0] for file in lake.files("out")}
    same(folders, {"year=1/kind=x", "year=2/kind=y", "year=2/kind=__HIVE_DEFAULT_PARTITION__"})
    same([one["name"] for one in records(lake.read("out/year=1/kind=x", format_, _reading(format_)))], ["a"])
    same([field.name for field in lake.read("out/year=1/kind=x", format_, _reading(format_)).schema()], ["name"])


def partition_keys_must_be_fields_and_not_all_of_them(lake: Lake, format_: str) -> None:
    frame = lake.frame(PEOPLE, SCHEMA)
    with raises(OptionError, "the partitionKeys year are no fields of the frame: name, city, n"):
        lake.write(frame, "out", format_, partitionKeys=["year"])
    with raises(OptionError, "leaves nothing to write"):
        lake.write(frame, "out", format_, partitionKeys=["n", "city", "name"])
    same(lake.files("out"), [])


def output_is_compressed_on_request(lake: Lake, format_: str) -> None:
    codec, end = COMPRESSED.get(format_, ("gzip", f".{format_}.gz"))
    lake.write(lake.frame(PEOPLE, SCHEMA).coalesce(1), "out", format_, compression=codec)
    (file,) = lake.files("out")
    assert file.endswith(end), file
    same(records(lake.read("out", format_, _reading(format_))), _as_read(PEOPLE, format_))


def an_unknown_compression_is_refused(lake: Lake, format_: str) -> None:
    with raises(OptionError, "s3 option compression: 'zip' will not do", format_, COMPRESSED.get(format_, ["gzip"])[0]):
        lake.write(lake.frame(PEOPLE, SCHEMA), "out", format_, compression="zip")


def a_frame_without_records_comes_back_without_records(lake: Lake, format_: str) -> None:
    lake.write(lake.frame([], SCHEMA), "out", format_)
    back = lake.read("out", format_, _reading(format_))
    same((back.count(), records(back)), (0, []))


def a_frame_without_fields_writes_nothing(lake: Lake, format_: str) -> None:
    lake.put("in/empty", "")
    lake.write(lake.read("in", format_), "out", format_)
    same(lake.files("out"), [])


def a_folder_without_files_is_an_empty_frame(lake: Lake, format_: str) -> None:
    lake.local("in").mkdir()
    frame = lake.read("in", format_)
    same(printed(frame.printSchema), "root\n\n")
    same((frame.count(), frame.toDF().columns), (0, []))


def names_with_dots_blanks_and_other_letters_stay_as_they_are(lake: Lake, format_: str) -> None:
    # What ORC and Avro do with names that they cannot hold is among their own cases.
    names = {"orc": ["a.b", "provider id", "größe"], "avro": ["a_b", "Provider", "n1"]}.get(
        format_, ["a.b", "provider id", "größe", "x`y"]
    )
    schema = ", ".join(f"{quoted(name)} string" for name in names)
    lake.write(lake.frame([tuple("1234"[: len(names)])], schema), "out", format_)
    back = lake.read("out", format_, _reading(format_))
    same(records(back), [{name: str(number) for number, name in enumerate(names, start=1)}])
    same([field.name for field in back.drop_fields([quoted(names[0]), names[2]]).schema()], [names[1], *names[3:]])


def a_partition_key_may_have_a_dot_in_its_name(lake: Lake, format_: str) -> None:
    lake.write(lake.frame([("1", "2")], "`a.b` string, c string"), "out", format_, partitionKeys=["a.b"])
    same([file.rpartition("/")[0] for file in lake.files("out")], ["a.b=1"])


def local_paths_are_read_and_written_too(lake: Lake, format_: str) -> None:
    path = str(lake.local("out"))
    frame = lake.frame(PEOPLE, SCHEMA)
    lake.glue.write_dynamic_frame.from_options(frame, "s3", {"path": path}, format_)
    for spelling in (path, f"file://{path}"):
        back = lake.glue.create_dynamic_frame.from_options("s3", {"paths": [spelling]}, format_, _reading(format_))
        same(records(back), _as_read(PEOPLE, format_))


def s3a_is_the_same_bucket(lake: Lake, format_: str) -> None:
    lake.write(lake.frame(PEOPLE, SCHEMA), "out", format_)
    path = lake.uri("out").replace("s3://", "s3a://")
    back = lake.glue.create_dynamic_frame.from_options("s3", {"paths": [path]}, format_, _reading(format_))
    same(back.count(), len(PEOPLE))


def each_frame_of_a_collection_is_written_below_its_name(lake: Lake, format_: str) -> None:
    from awsglue.dynamicframe import DynamicFrameCollection

    frames = lake.frame([(1, "a"), (20, "b")], "id int, name string").split_rows({"id": {">": 10}}, "high", "low")
    written = lake.write(frames, "out", format_)
    assert isinstance(written, DynamicFrameCollection)
    same(list(written.keys()), ["high_errors", "low_errors"])
    same(lake.read("out/high", format_, _reading(format_)).count(), 1)
    same(lake.read("out/low", format_, _reading(format_)).count(), 1)


def a_missing_bucket_is_named_in_the_words_of_s3(lake: Lake, format_: str) -> None:
    from pyspark.errors import AnalysisException

    message = "The specified bucket does not exist: no-lake (NoSuchBucket)"
    with raises(AnalysisException, message):
        lake.glue.create_dynamic_frame.from_options("s3", {"paths": ["s3://no-lake/in/"]}, format_)
    with raises(AnalysisException, message):
        lake.glue.write_dynamic_frame.from_options(
            lake.frame(PEOPLE, SCHEMA), "s3", {"path": "s3://no-lake/out/"}, format_
        )


def a_missing_path_is_named(lake: Lake, format_: str) -> None:
    from pyspark.errors import AnalysisException

    with raises(AnalysisException, f"Path does not exist: {lake.uri('nothing')}"):
        lake.read("nothing", format_)


def an_unknown_format_option_is_refused_by_name(lake: Lake, format_: str) -> None:
    with raises(OptionError, f"unknown {format_} format option 'colour'; there are: "):
        lake.read("in", format_, {"colour": "red"})
    with raises(OptionError, f"unknown {format_} format option 'colour'; "):
        lake.write(lake.frame(PEOPLE, SCHEMA), "out", format_, {"colour": "red"})


def frames_pass_through_sources_and_sinks(lake: Lake, format_: str) -> None:
    sink = lake.glue.getSink("s3", path=lake.uri("out"), partitionKeys=["n"])
    sink.setFormat(format_)
    errors = sink.writeFrame(lake.frame(PEOPLE, SCHEMA))
    same((errors.name, errors.count()), ("frame_errors", 0))
    source = lake.glue.getSource("s3", paths=[lake.uri("out")], recurse=True)
    source.setFormat(format_, **_reading(format_))
    same(source.getFrame().count(), len(PEOPLE))
    same(source.getDataFrame().count(), len(PEOPLE))


def records_tell_which_file_they_come_from(lake: Lake, format_: str) -> None:
    import datetime as dt
    import os

    times = {}
    for number, folder in enumerate(("a b%20c", "k=\u00fc+x")):
        lake.write(lake.frame([(number,)], "n int").coalesce(1), f"in/{folder}", format_)
        (file,) = lake.files(f"in/{folder}")
        at = dt.datetime(2026, 1, 31, 10, number, tzinfo=dt.UTC)
        os.utime(lake.local(f"in/{folder}/{file}"), (at.timestamp(), at.timestamp()))
        times[lake.uri(f"in/{folder}/{file}")] = at
    names = {"attachFilename": "file", "attachTimestamp": "at"}
    paths = [f"in/{folder}" for folder in ("a b%20c", "k=\u00fc+x")]
    header = {"withHeader": True} if format_ == "csv" else {}
    for frame in (lake.read(paths, format_, header, **names), lake.read(paths, format_, {**header, **names})):
        same([name for name, _ in frame.toDF().dtypes][-2:], ["file", "at"])
        told = frame.toDF().selectExpr("int(n)", "file", "unix_timestamp(at) AS at").orderBy("n").collect()
        same(
            [(one.n, one.file, one.at) for one in told],
            [(number, file, int(at.timestamp())) for number, (file, at) in enumerate(times.items())],
        )
    one = lake.read(paths[:1], format_, header, attachFilename="file")
    same([row.file for row in one.toDF().collect()], [next(iter(times))])
