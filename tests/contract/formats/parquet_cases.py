"""Parquet: folders as columns, files of different schemas, how files are written."""

from __future__ import annotations

import runpy
from pathlib import Path

from awsglue.options import OptionError

from .lake import Lake, raises, records, same, told, tree


def types_stay_as_they_are(lake: Lake) -> None:
    schema = (
        "b boolean, y tinyint, s smallint, i int, l bigint, f float, d double, c decimal(12,3), t string, x binary,"
        " a date, m timestamp, r struct<k: array<map<string, int>>>"
    )
    row = lake.spark.sql(
        "SELECT true, 1Y, 2S, 3, 4L, float(0.5), 0.25D, cast(1.5 AS decimal(12,3)), 'ä', X'00FF', DATE'2026-01-02',"
        " TIMESTAMP'2026-01-02 03:04:05', named_struct('k', array(map('q', 1)))"
    ).toDF(*[part.split()[0] for part in schema.replace("array<map<string, int>>", "x").split(", ")])
    from awsglue import DynamicFrame

    frame = DynamicFrame.fromDF(row, lake.glue)
    lake.write(frame, "out", "parquet")
    back = lake.read("out", "parquet")
    same(back.schema(), frame.schema())
    same(back.toDF().collect(), row.collect())
    assert tree(back).endswith(
        "|-- c: decimal(12,3)\n|-- t: string\n|-- x: binary\n|-- a: date\n|-- m: timestamp\n|-- r: struct\n"
        "|    |-- k: array\n|    |    |-- element: map\n"
        "|    |    |    |-- keyType: string\n|    |    |    |-- valueType: int\n"
    )


def folders_of_partitions_are_columns(lake: Lake) -> None:
    frame = lake.frame([("a", 1, "x"), ("b", 2, "y")], "name string, year int, kind string")
    lake.write(frame, "out", "parquet", partitionKeys=["year", "kind"])
    expected = [{"name": "a", "year": 1, "kind": "x"}, {"name": "b", "year": 2, "kind": "y"}]
    same(records(lake.read("out", "parquet")), expected)
    same(records(lake.read("out", "parquet", recurse=True)), expected)
    path = f"file://{lake.local('out')}/"
    local = lake.glue.create_dynamic_frame.from_options("s3", {"paths": [path]}, "parquet")
    same(records(local), expected)


def paths_with_different_columns_are_put_one_below_the_other(lake: Lake) -> None:
    lake.write(lake.frame([(1, "x")], "id int, name string"), "a", "parquet")
    lake.write(lake.frame([("k", 2.5)], "id string, price double"), "b", "parquet")
    frame = lake.read(["a", "b"], "parquet")
    same(tree(frame), "|-- id: choice\n|    |-- int\n|    |-- string\n|-- name: string\n|-- price: double\n")
    same(
        records(frame),
        [
            {"id": {"int": 1, "string": None}, "name": "x", "price": None},
            {"id": {"int": None, "string": "k"}, "name": None, "price": 2.5},
        ],
    )


def schemas_in_one_folder_are_merged_on_request(lake: Lake) -> None:
    lake.write(lake.frame([(1,)], "id int"), "in", "parquet")
    lake.write(lake.frame([(2, "x")], "id int, name string"), "in", "parquet")
    for options, format_options in (({"mergeSchema": True}, {}), ({}, {"mergeSchema": "true"})):
        frame = lake.read("in", "parquet", format_options, **options)
        same(records(frame), [{"id": 1, "name": None}, {"id": 2, "name": "x"}])


def merging_schemas_means_nothing_to_other_formats(lake: Lake) -> None:
    lake.put("in/a.json", '{"a": 1}\n')
    same(
        told(lambda: lake.read("in", "json", mergeSchema=True)),
        ["openglue: the s3 option mergeSchema has no effect: json files have no schema of their own"],
    )


def the_codec_can_be_chosen(lake: Lake) -> None:
    frame = lake.frame([(1,)], "id int")
    for codec, suffix in (("snappy", ".snappy.parquet"), ("gzip", ".gz.parquet"), ("uncompressed", ".parquet")):
        lake.write(frame, codec, "parquet", {"compression": codec})
        (file,) = {name.split("c000")[-1] for name in lake.files(codec)}
        same(file, suffix)
    with raises(OptionError, "parquet format option compression: 'lzo' will not do, it must be one of uncompressed"):
        lake.write(frame, "lzo", "parquet", {"compression": "lzo"})


def block_and_page_size_are_handed_on(lake: Lake) -> None:
    rows = [(number, f"text {number}") for number in range(20_000)]
    frame = lake.frame(rows, "id int, t string").coalesce(1)
    lake.write(frame, "one", "parquet")
    lake.write(frame, "many", "parquet", {"blockSize": 65536, "pageSize": "4096"})

    def row_groups(name: str) -> int:
        import pyarrow.parquet as pq

        (file,) = lake.files(name)
        return pq.ParquetFile(lake.local(name) / file).metadata.num_row_groups

    same(row_groups("one"), 1)
    assert row_groups("many") > 1


def glueparquet_writes_parquet_and_cannot_read(lake: Lake) -> None:
    told_lines = told(
        lambda: lake.write(lake.frame([(1,)], "id int"), "out", "glueparquet", {"useGlueParquetWriter": True})
    )
    same(
        told_lines,
        [
            (
                "openglue: the glueparquet format option useGlueParquetWriter has no effect:"
                " Spark's own writer makes the files"
            )
        ],
    )
    same(records(lake.read("out", "parquet")), [{"id": 1}])
    with raises(ValueError, "the format 'glueparquet' can only be written; read its files as 'parquet'"):
        lake.read("out", "glueparquet")


def a_choice_is_written_as_the_struct_that_it_is_in_spark(lake: Lake) -> None:
    lake.write(lake.json_frame('{"p": 1}', '{"p": "x"}'), "out", "parquet")
    same(tree(lake.read("out", "parquet")), "|-- p: struct\n|    |-- int: int\n|    |-- string: string\n")


def a_field_that_is_null_everywhere_must_be_dropped_or_cast_first(lake: Lake) -> None:
    from pyspark.errors import AnalysisException

    frame = lake.json_frame('{"a": 1, "n": null}')
    with raises(AnalysisException, "`n`", "VOID"):
        lake.write(frame, "out", "parquet")
    lake.write(frame.resolveChoice(specs=[("n", "cast:string")]), "out", "parquet")
    same(records(lake.read("out", "parquet")), [{"a": 1, "n": None}])


def a_file_that_is_not_parquet_is_named_with_the_reason(lake: Lake) -> None:
    short = lake.put("short/x.parquet", b"hello")
    with raises(OSError, f"{short} cannot be read as parquet: is not a Parquet file (length is too low: 5)"):
        lake.read("short", "parquet").schema()
    with raises(OSError, f"{lake.put('lines/x.json', '{}' * 9)} cannot be read as parquet: is not a Parquet file"):
        lake.read("lines", "parquet").toDF()


def _half_parquet(lake: Lake) -> str:
    """A folder `half` of two files; the answer is the one that is not Parquet, which no look at the columns finds."""
    lake.write(lake.frame([(1,)], "n long"), "good", "parquet")
    good, *_ = lake.files("good")
    lake.put("half/a.parquet", (lake.local("good") / good).read_bytes())
    return lake.put("half/b.parquet", b"no Parquet at all")


def a_file_that_turns_out_not_to_be_parquet_is_named_when_its_records_are_read(lake: Lake) -> None:
    sentence = f"{_half_parquet(lake)} cannot be read as parquet: is not a Parquet file"
    frame = lake.read("half", "parquet")
    for act in (frame.count, frame.show, lambda: lake.write(frame, "out", "json")):
        with raises(OSError, sentence):
            act()


def what_leaves_a_script_is_told_by_its_last_cause(lake: Lake) -> None:
    bad = _half_parquet(lake)
    launcher = Path(__file__).parents[3] / "src" / "openglue" / "commands" / "entry.py"
    try:
        lake.read("half", "parquet").toDF().collect()
    except Exception as error:  # noqa: BLE001 - what it is told as is the test
        message = runpy.run_path(str(launcher), run_name="launcher")["describe"](error, "script.py")["message"]
    called, _, rest = message.partition(". ")
    assert called.startswith("An error occurred while calling o"), message
    same(rest, f"{bad} is not a Parquet file. Expected magic number at tail, but found [32, 97, 108, 108]")
