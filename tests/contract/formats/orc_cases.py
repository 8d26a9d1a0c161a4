"""ORC: types, folders as columns, schemas that differ."""

from __future__ import annotations

from awsglue.options import OptionError

from .lake import Lake, raises, records, same, tree


def types_stay_as_they_are(lake: Lake) -> None:
    from awsglue import DynamicFrame

    row = lake.spark.sql(
        "SELECT true AS b, 1Y AS y, 2S AS s, 3 AS i, 4L AS l, float(0.5) AS f, 0.25D AS d,"
        " cast(1.5 AS decimal(12,3)) AS c, 'ä' AS t, X'00FF' AS x, DATE'2026-01-02' AS a,"
        " TIMESTAMP'2026-01-02 03:04:05' AS m, named_struct('k', array(map('q', 1))) AS r"
    )
    frame = DynamicFrame.fromDF(row, lake.glue)
    lake.write(frame, "out", "orc")
    back = lake.read("out", "orc")
    same(back.schema(), frame.schema())
    same(back.toDF().collect(), row.collect())


def folders_of_partitions_are_columns(lake: Lake) -> None:
    frame = lake.frame([("a", 1, "x"), ("b", 2, "y")], "name string, year int, kind string")
    lake.write(frame, "out", "orc", partitionKeys=["year", "kind"])
    expected = [{"name": "a", "year": 1, "kind": "x"}, {"name": "b", "year": 2, "kind": "y"}]
    same(records(lake.read("out", "orc")), expected)


def schemas_are_merged_on_request_and_paths_put_one_below_the_other(lake: Lake) -> None:
    lake.write(lake.frame([(1,)], "id int"), "in", "orc")
    lake.write(lake.frame([(2, "x")], "id int, name string"), "in", "orc")
    same(records(lake.read("in", "orc", mergeSchema=True)), [{"id": 1, "name": None}, {"id": 2, "name": "x"}])
    lake.write(lake.frame([("k",)], "id string"), "other", "orc")
    frame = lake.read(["in", "other"], "orc", {"mergeSchema": "true"})
    same(tree(frame), "|-- id: choice\n|    |-- int\n|    |-- string\n|-- name: string\n")


def a_choice_is_written_as_the_struct_that_it_is_in_spark(lake: Lake) -> None:
    lake.write(lake.json_frame('{"p": 1}', '{"p": "x"}'), "out", "orc")
    same(tree(lake.read("out", "orc")), "|-- p: struct\n|    |-- int: int\n|    |-- string: string\n")


def an_unknown_option_is_refused(lake: Lake) -> None:
    with raises(OptionError, "unknown orc format option 'optimizePerformance'; there are: mergeSchema"):
        lake.read("in", "orc", {"optimizePerformance": True})


def a_back_tick_in_a_name_is_refused(lake: Lake) -> None:
    with raises(ValueError, "the field 'x`y' cannot be written as ORC", "rename it"):
        lake.write(lake.frame([(1,)], "`x``y` int"), "out", "orc")
    same(lake.files("out"), [])


def a_file_that_is_not_orc_is_named_with_the_reason(lake: Lake) -> None:
    bad = lake.put("in/x.orc", b"hello hello hello")
    with raises(OSError, f"{bad} cannot be read as orc: Invalid postscript."):
        lake.read("in", "orc").schema()
