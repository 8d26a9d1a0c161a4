"""Which files a source reads, and what the options of the s3 connection do."""

from __future__ import annotations

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


def grouping_files_is_told_to_have_no_effect(lake: Lake) -> None:
    _tree(lake)
    lines = told(lambda: lake.read("in", "json", groupFiles="inPartition", groupSize="1048576"))
    same(
        [line.split(":")[1] for line in lines],
        [
            " the s3 option groupFiles has no effect",
            " the s3 option groupSize has no effect",
        ],
    )


def the_format_must_be_one_that_there_is(lake: Lake) -> None:
    with raises(ValueError, "no format is given; there are: csv, json, parquet, glueparquet"):
        lake.glue.create_dynamic_frame.from_options("s3", {"paths": [lake.uri("in")]})
    with raises(ValueError, "unknown format 'jsn'"):
        lake.read("in", "jsn")
    with raises(NotImplementedError, "the format 'orc' is not built yet: use spark.read.orc"):
        lake.read("in", "orc")


def the_connection_must_be_one_that_there_is(lake: Lake) -> None:
    with raises(NotImplementedError, "the connection type 'mysql' is not built yet: use spark.read.format('jdbc')"):
        lake.glue.create_dynamic_frame.from_options("mysql", {"url": "x"})
    with raises(ValueError, "unknown connection type 's4'; there are: s3, "):
        lake.glue.create_dynamic_frame.from_options("s4", {})


def a_compression_must_be_one_that_there_is(lake: Lake) -> None:
    _tree(lake)
    with raises(OptionError, "s3 option compressionType: 'zip' will not do, it must be one of gzip, bzip2"):
        lake.read("in", "json", compressionType="zip")
