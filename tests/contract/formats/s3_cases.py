"""Which files a source reads, and what the options of the s3 connection do."""

from __future__ import annotations

import bz2
import gzip
import os

from awsglue.options import OptionError

from .lake import Lake, raises, records, same, told


def _numbers(frame: object) -> list[int]:
    return [one["n"] for one in records(frame)]


def _tree(lake: Lake) -> None:
    for number, name in enumerate(
        ["a.json", "b.json", "sub/c.json", "sub/deep/d.json", "k=1/e.json", "_temporary/f.json", ".hidden.json"]
    ):
        lake.put(f"in/{name}", f'{{"n": {number}}}\n')
    lake.put("in/empty.json", "")


def only_the_folder_itself_is_read_without_recurse(lake: Lake) -> None:
    _tree(lake)
    same(_numbers(lake.read("in", "json")), [0, 1])
    same(_numbers(lake.read("in/", "json", recurse=False)), [0, 1])


def everything_below_is_read_with_recurse_but_what_is_hidden(lake: Lake) -> None:
    _tree(lake)
    for true in (True, "true"):
        same(_numbers(lake.read("in", "json", recurse=true)), [0, 1, 2, 3, 4])


def folders_of_partitions_are_no_columns_of_json(lake: Lake) -> None:
    _tree(lake)
    same(records(lake.read("in/k=1", "json")), [{"n": 4}])


def excluded_files_are_not_read(lake: Lake) -> None:
    _tree(lake)
    for exclusions, expected in (
        ('["**/c.json"]', [0, 1, 3, 4]),
        ('["sub/**"]', [0, 1, 4]),
        (f'["{lake.uri("in")}/sub/**", "a.*"]', [1, 4]),
        ('["**"]', []),
    ):
        same(_numbers(lake.read("in", "json", recurse=True, exclusions=exclusions)), expected)


def exclusions_must_be_globs(lake: Lake) -> None:
    with raises(OptionError, "s3 option exclusions: '[\"[a\"]' will not do, it must be a JSON list of texts"):
        lake.read("in", "json", exclusions='["[a"]')


def several_paths_and_single_files_are_read_once_each(lake: Lake) -> None:
    _tree(lake)
    same(_numbers(lake.read(["in/a.json", "in/sub", "in/a.json"], "json")), [0, 2])


def a_path_may_be_a_glob(lake: Lake) -> None:
    _tree(lake)
    same(_numbers(lake.read("in/*.json", "json")), [0, 1])
    same(_numbers(lake.read("in/{sub,k=1}", "json")), [2, 4])


def names_of_files_are_no_globs(lake: Lake) -> None:
    for number, name in enumerate(["a[1].json", "b{x}.json", "c*.json", "d?.json", "e f,g.json", "ü%20.json"]):
        lake.put(f"in/{name}", f'{{"n": {number}}}\n')
    same(_numbers(lake.read("in", "json")), [0, 1, 2, 3, 4, 5])
    same(_numbers(lake.read("in/a[1].json", "json")), [0])
    lake.put("csv/a[1]{x}*.csv", "n\n7\n")
    same(records(lake.read("csv", "csv", {"withHeader": True})), [{"n": "7"}])


def the_root_of_a_bucket_is_written_and_read(lake: Lake) -> None:
    frame = lake.frame([(1,), (2,)], "n int")
    for times, path in enumerate(("s3://lake", "s3://lake/"), start=1):
        lake.glue.write_dynamic_frame.from_options(frame, "s3", {"path": path}, "csv")
        back = lake.glue.create_dynamic_frame.from_options("s3", {"paths": [path]}, "csv", {"withHeader": True})
        same(back.count(), 2 * times)
    for file in lake.local("..").glob("part-*"):
        file.unlink()


def the_paths_must_be_given(lake: Lake) -> None:
    with raises(OptionError, "the s3 option paths is missing"):
        lake.glue.create_dynamic_frame.from_options("s3", {}, "json")
    with raises(OptionError, "the s3 option path is missing"):
        lake.glue.write_dynamic_frame.from_options(lake.frame([(1,)], "n int"), "s3", {}, "json")


def unknown_options_are_refused_by_name(lake: Lake) -> None:
    with raises(OptionError, "unknown s3 option 'recursive'; there are: paths, recurse, exclusions"):
        lake.read("in", "json", recursive=True)
    with raises(OptionError, "s3 option recurse: 'yes' will not do, it must be true or false"):
        lake.read("in", "json", recurse="yes")


def the_format_must_be_one_that_there_is(lake: Lake) -> None:
    with raises(ValueError, "no format is given; there are: csv, json, parquet, glueparquet, orc, avro, xml, text"):
        lake.glue.create_dynamic_frame.from_options("s3", {"paths": [lake.uri("in")]})
    with raises(ValueError, "unknown format 'jsn'"):
        lake.read("in", "jsn")
    with raises(NotImplementedError, "the format 'ion' is not built yet: turn the files into JSON first"):
        lake.read("in", "ion")


def the_connection_must_be_one_that_there_is(lake: Lake) -> None:
    with raises(NotImplementedError, "the connection type 'mongodb' is not built yet: use spark.read with the MongoDB"):
        lake.glue.create_dynamic_frame.from_options("mongodb", {"uri": "x"})
    with raises(ValueError, "unknown connection type 'postgres'; did you mean 'postgresql'? There are: s3, "):
        lake.glue.create_dynamic_frame.from_options("postgres", {})
    with raises(ValueError, "unknown connection type 's4'; there are: s3, "):
        lake.glue.create_dynamic_frame.from_options("s4", {})


def a_compression_must_be_one_that_there_is(lake: Lake) -> None:
    _tree(lake)
    with raises(OptionError, "s3 option compressionType: 'zip' will not do, it must be one of gzip, bzip2"):
        lake.read("in", "json", compressionType="zip")


def a_compression_is_told_by_the_option_where_names_do_not(lake: Lake) -> None:
    lake.put("in/a.json", gzip.compress(b'{"n": 1}\n{"n": 2}\n'))
    lake.put("in/b.json.bz2", bz2.compress(b'{"n": 3}\n'))
    lake.put("csv/a", bz2.compress(b"n\n1\n2\n"))
    same(_numbers(lake.read("in", "json", compressionType="gzip")), [1, 2, 3])
    same(
        [one["n"] for one in records(lake.read("csv", "csv", {"withHeader": True}, compressionType="bzip2"))],
        ["1", "2"],
    )


def a_file_that_cannot_be_unpacked_is_named(lake: Lake) -> None:
    uri = lake.put("in/a.json.gz", b"no archive")
    with raises(OSError, f"the file {uri} cannot be read: Not a gzipped file"):
        lake.read("in", "json").count()


def compression_is_no_matter_of_columnar_files(lake: Lake) -> None:
    lake.write(lake.frame([(1,)], "n int"), "out", "parquet")
    (line,) = told(lambda: lake.read("out", "parquet", compressionType="gzip"))
    assert "the s3 option compressionType has no effect: parquet files say themselves how they are packed" in line


def optimize_performance_is_accepted_and_told_to_have_no_effect(lake: Lake) -> None:
    for format_ in ("csv", "json", "parquet"):
        lake.write(lake.frame([("1",)], "n string"), format_, format_)
        (line,) = told(lambda: lake.read(format_, format_, {"optimizePerformance": True}))  # noqa: B023 - called at once
        assert line.startswith(f"openglue: the {format_} format option optimizePerformance has no effect: ")


def the_oldest_files_come_first_up_to_a_bound(lake: Lake) -> None:
    for number, name in enumerate("bca"):
        lake.put(f"in/{name}.json", f'{{"n": {number}}}\n')
        os.utime(lake.local(f"in/{name}.json"), (1000 + number, 1000 + number))
    size = lake.local("in/a.json").stat().st_size
    for option, expected in (
        ({"boundedFiles": "2"}, [0, 1]),
        ({"boundedFiles": 9}, [0, 1, 2]),
        ({"boundedSize": "1"}, [0]),
        ({"boundedSize": str(size)}, [0]),
        ({"boundedSize": size + 1}, [0, 1]),
    ):
        same(_numbers(lake.read("in", "json", **option)), expected)


def there_is_one_bound(lake: Lake) -> None:
    _tree(lake)
    with raises(OptionError, "the s3 options boundedFiles and boundedSize exclude each other"):
        lake.read("in", "json", boundedFiles="1", boundedSize="1")
    with raises(
        OptionError, "s3 option boundedFiles: '0' will not do, it must be a whole number above 0, also as text"
    ):
        lake.read("in", "json", boundedFiles="0")


def storage_classes_can_be_excluded(lake: Lake) -> None:
    _tree(lake)
    same(_numbers(lake.read("in", "json", excludeStorageClasses=["GLACIER", "DEEP_ARCHIVE"])), [0, 1])
    same(_numbers(lake.read("in", "json", excludeStorageClasses=["standard"])), [])
    with raises(OptionError, "s3 option excludeStorageClasses: ['ICE'] will not do", "a list of some of STANDARD, "):
        lake.read("in", "json", excludeStorageClasses=["ICE"])


def the_choice_of_a_listing_is_told_to_have_no_effect(lake: Lake) -> None:
    _tree(lake)
    lines = told(lambda: lake.read("in", "json", maxBand="900000", maxFilesInBand=1000, useS3ListImplementation=True))
    same([line.split(":")[1] for line in lines], [" the s3 option useS3ListImplementation has no effect"])


def spark_reads_and_writes_buckets_as_they_are(lake: Lake) -> None:
    """What scripts do beside Glue: df.write and spark.read, with folders of partitions and overwriting."""
    rows = lake.spark.createDataFrame([(1, "a", 2025), (2, "b", 2026)], "id int, name string, year int")
    for format_ in ("parquet", "orc", "json", "csv"):
        target = lake.uri(f"spark-{format_}")
        rows.write.partitionBy("year").format(format_).save(target)
        rows.write.mode("overwrite").partitionBy("year").format(format_).save(target)
        back = lake.spark.read.schema("id int, name string, year int").format(format_).load(target)
        same(sorted(map(tuple, back.collect())), [(1, "a", 2025), (2, "b", 2026)])
        same(
            {file.partition("/")[0] for file in lake.files(f"spark-{format_}")}, {"year=2025", "year=2026", "_SUCCESS"}
        )


def streams_keep_their_checkpoints_in_buckets(lake: Lake) -> None:
    """A query that ends and goes on reads each file once."""
    lake.put("in/1.json", '{"n": 1}\n')

    def run() -> list[int]:
        stream = lake.spark.readStream.schema("n int").json(lake.uri("in"))
        writer = stream.writeStream.format("parquet").option("checkpointLocation", lake.uri("checkpoint"))
        query = writer.trigger(availableNow=True).start(lake.uri("out"))
        assert query.awaitTermination(60)
        return sorted(row.n for row in lake.spark.read.parquet(lake.uri("out")).collect())

    same(run(), [1])
    lake.put("in/2.json", '{"n": 2}\n')
    same(run(), [1, 2])
    same(run(), [1, 2])
    same({name.partition("/")[0] for name in lake.files("checkpoint")} >= {"commits", "offsets", "metadata"}, True)


def hadoop_lists_what_this_machine_cannot_list_itself(lake: Lake) -> None:
    """As it does for another file system: the same files without their places on this machine."""
    from dataclasses import replace

    from awsglue import files

    _tree(lake)
    file_system, (root,) = files.roots_of(lake.spark, lake.uri("in"))
    for listing in (files.Listing(), files.Listing(recurse=True), files.Listing(partition_folders=True)):
        here = files.files_below(lake.spark, lake.uri("in"), listing)
        there = files._walk(file_system, root, listing, lake.uri("in"))
        same(sorted(there, key=lambda file: file.path), [replace(file, local="") for file in here])
        newest = max(file.modified for file in here)
        same(list(files._walk(file_system, root, replace(listing, modified_after=newest, changed_after=0), "")), [])


def files_that_this_machine_cannot_open_itself_are_read_through_spark(lake: Lake) -> None:
    """As those of another file system are: the same files without their places on this machine."""
    from dataclasses import replace

    from awsglue import formats
    from awsglue.files import Listing, files_below
    from awsglue.formats.format import Source
    from awsglue.options import check

    frame = lake.frame([("a", "1"), ("b", None)], "name string, n string")
    for format_ in ("json", "csv", "avro"):
        lake.write(frame, format_, format_, compression="gzip")
    lake.put("xml/a.xml.gz", gzip.compress(b"<r><name>a</name></r><r><name>b</name></r>"))
    lake.put("text/a", "1\n2\n")
    for name, options in {
        "json": {},
        "csv": {"withHeader": True},
        "avro": {},
        "xml": {"rowTag": "r"},
        "text": {},
    }.items():
        format_ = formats.named(name)
        found = files_below(lake.spark, lake.uri(name), Listing())
        assert all(file.local for file in found), found
        checked = check(options, format_.options, what=name, use="read")
        elsewhere = [replace(file, local="") for file in found]
        source = Source(spark=lake.spark, found={lake.uri(name): elsewhere}, options=checked, grouped=True)
        got = format_.read(source)
        same(sorted(got.dataframe.collect()), sorted(lake.read(name, name, options).toDF().collect()))
        same(got.dataframe.count(), 2)


def the_file_is_told_however_the_records_are_read(lake: Lake) -> None:
    for number in (1, 2):
        lake.put(f"json/{number}.json", f'{{"n": {number}, "_metadata": "{number}"}}\n')
        lake.put(f"csv/{number}.csv", f"{number},x,too much\n")
        lake.put(f"xml/{number}.xml", f"<r><a><n>{number}</n></a></r>")
        lake.put(f"text/{number}.txt", f"{number}\n")
    for format_, format_options, options in (
        ("json", {}, {}),
        ("json", {"jsonPath": "$"}, {}),
        ("json", {"multiline": True}, {"groupFiles": "inPartition"}),
        ("json", {}, {"groupFiles": "inPartition"}),
        ("csv", {}, {}),
        ("csv", {"escaper": "\\"}, {}),
        ("csv", {}, {"groupFiles": "inPartition"}),
        ("xml", {"rowTag": "a"}, {}),
        ("text", {}, {}),
        ("text", {}, {"groupFiles": "inPartition"}),
    ):
        frame = lake.read(format_, format_, format_options, attachFilename="file", **options)
        first = {"csv": "col0", "text": "value"}.get(format_, "n")
        told = {str(one[first]): one["file"].removeprefix(lake.uri(format_)) for one in records(frame)}
        end = "txt" if format_ == "text" else format_
        same(told, {"1": f"/1.{end}", "2": f"/2.{end}"})


def a_path_that_cannot_be_is_refused_with_its_option(lake: Lake) -> None:
    from pyspark.errors import AnalysisException

    glue = lake.glue

    def read(path: object) -> object:
        return glue.create_dynamic_frame.from_options("s3", {"paths": path}, format="json")

    for path in ("s3:///y", "s3:y", f'["{lake.uri("in")}"]'):
        with raises(
            OptionError, f"s3 option paths: {path!r} will not do, it must be a text or a list of texts, each a"
        ):
            read(path)
    for path, words in (
        ("gs://x/y", "the path gs://x/y will not do: it must begin with s3:// or s3a://"),
        ("x:y", "the path x:y will not do: it is none"),
        ("", "the path  will not do: it is none"),
        (lake.uri("{{a"), "it is no glob, whose brackets must be closed"),
        (lake.uri("none"), f"Path does not exist: {lake.uri('none')}"),
    ):
        with raises(AnalysisException, words, ", in the s3 option paths"):
            read([path])
    with raises(OptionError, "connection_options must be a dictionary, not NoneType"):
        glue.create_dynamic_frame.from_options("s3", None, format="json")


def a_path_that_cannot_be_written_to_is_refused_with_its_option(lake: Lake) -> None:
    from pyspark.errors import AnalysisException

    lake.put("file", "x")
    frame = lake.frame([(1,)], "n int")
    with raises(OptionError, "s3 option path: 's3:///y' will not do, it must be a path, such as s3://bucket/folder/"):
        lake.glue.write_dynamic_frame.from_options(frame, "s3", {"path": "s3:///y"}, format="json")
    for format_ in ("json", "parquet", "avro"):
        words = (
            f"the path {lake.uri('file')} will not do: there is a file where a folder must be, in the s3 option path"
        )
        with raises(AnalysisException, words):
            lake.write(frame, "file", format_)
    with raises(AnalysisException, "the path gs://x/y will not do: it must begin", ", in the s3 option path"):
        lake.glue.write_dynamic_frame.from_options(frame, "s3", {"path": "gs://x/y"}, format="json")
