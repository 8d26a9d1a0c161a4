"""Frames: what is in them, and how their fields and records are chosen. Numbers are cases of awsglue 3."""

from __future__ import annotations

from .lake import Lake, printed, raises, records, same, tree

FRIENDS = (
    '{"name":"Sally","age":23,"location":{"state":"WY","county":"Fremont"},"friends":[]}',
    '{"name":"Varun","age":34,"location":{"state":"NE","county":"Douglas"},"friends":[{"name":"Arjun","age":3}]}',
    '{"name":"George","age":52,"location":{"state":"NY"},"friends":[{"name":"Fred"},{"name":"Amy","age":15}]}',
    '{"name":"Haruki","age":21,"location":{"state":"AK","county":"Denali"}}',
    '{"name":"Sheila","age":63,"friends":[{"name":"Nancy","age":22}]}',
)


def print_schema_draws_a_tree_and_a_blank_line(lake: Lake) -> None:
    frame = lake.json_frame('{"provider id": 1, "a": [{"b": null}]}', '{"provider id": "x"}')
    same(
        printed(frame.printSchema),
        "root\n|-- provider id: choice\n|    |-- int\n|    |-- string\n"
        "|-- a: array\n|    |-- element: struct\n|    |    |-- b: null\n\n",
    )


def show_prints_as_many_records_as_asked_for(lake: Lake) -> None:
    frame = lake.frame([(1, None), (2, "x"), (3, "ä")], "id int, name string").coalesce(1)
    same(
        printed(frame.show),
        '{"id": 1, "name": null}\n{"id": 2, "name": "x"}\n{"id": 3, "name": "ä"}\n',
    )
    same(printed(lambda: frame.show(1)), '{"id": 1, "name": null}\n')


def what_is_no_data_frame_makes_no_frame(lake: Lake) -> None:
    from awsglue import DynamicFrame

    for given in (None, lake.json_frame('{"a": 1}')):
        with raises(TypeError, f"fromDF takes a DataFrame, not a {type(given).__name__}"):
            DynamicFrame.fromDF(given, lake.glue, "any")


def a_data_frame_comes_back_from_a_frame_with_its_types(lake: Lake) -> None:
    from awsglue import DynamicFrame

    df = lake.spark.sql(
        "SELECT date'2026-01-02' AS d, timestamp'2026-01-02 03:04:05' AS t, 1.50BD AS c, map('k', 1) AS m"
    )
    frame = DynamicFrame.fromDF(df, lake.glue, "typed")
    same(frame.name, "typed")
    same(frame.toDF().dtypes, df.dtypes)
    same(frame.toDF().collect(), df.collect())
    same(
        tree(frame),
        "|-- d: date\n|-- t: timestamp\n|-- c: decimal(3,2)\n|-- m: map\n"
        "|    |-- keyType: string\n|    |-- valueType: int\n",
    )


def an_alias_of_a_data_frame_does_not_hide_a_struct(lake: Lake) -> None:
    from awsglue import DynamicFrame

    df = lake.spark.sql("SELECT named_struct('b', 1, 'c', 2) AS a, 5 AS b").alias("a")
    frame = DynamicFrame.fromDF(df, lake.glue).drop_fields(["a.c"])
    same(records(frame), [{"a": {"b": 1}, "b": 5}])


def a_data_frame_with_a_column_twice_makes_no_frame(lake: Lake) -> None:
    from awsglue import DynamicFrame

    with raises(ValueError, "these columns are there twice: id"):
        DynamicFrame.fromDF(lake.spark.sql("SELECT 1 AS id, 2 AS id"), lake.glue)


def a_column_of_a_type_that_glue_lacks_makes_no_frame(lake: Lake) -> None:
    from awsglue import DynamicFrame

    with raises(TypeError, "a DynamicFrame cannot hold a column of Spark type interval"):
        DynamicFrame.fromDF(lake.spark.sql("SELECT INTERVAL '1' DAY AS i"), lake.glue)


def a_frame_is_not_made_by_its_constructor(lake: Lake) -> None:
    from awsglue import DynamicFrame

    with raises(TypeError, "make a DynamicFrame with DynamicFrame.fromDF"):
        DynamicFrame(lake.spark.range(1), lake.glue, "x")


def a_frame_reads_nothing_before_it_is_asked(lake: Lake) -> None:
    path = lake.put("in/a.json", '{"a": 1}\n')
    frame = lake.read("in", "json").rename_field("a", "b").drop_fields("c")
    lake.put("in/a.json", '{"a": "later"}\n')
    same(records(frame), [{"b": "later"}])
    assert path.endswith("in/a.json")


def partitions_can_be_set(lake: Lake) -> None:
    frame = lake.frame([(number,) for number in range(10)], "n int")
    same(frame.repartition(5).getNumPartitions(), 5)
    same(frame.repartition(5).coalesce(2).getNumPartitions(), 2)
    same(frame.coalesce(1).coalesce(3, True).getNumPartitions(), 3)
    same(frame.repartition(5).count(), 10)


def fields_are_dropped_through_structs_and_lists(lake: Lake) -> None:
    """Case D6."""
    frame = lake.json_frame(*FRIENDS).drop_fields(["age", "location.county", "friends.age", "nothing", "name.first"])
    same(
        tree(frame),
        "|-- name: string\n|-- location: struct\n|    |-- state: string\n"
        "|-- friends: array\n|    |-- element: struct\n|    |    |-- name: string\n",
    )
    same(
        printed(frame.show).splitlines()[2:],
        [
            '{"name": "George", "location": {"state": "NY"}, "friends": [{"name": "Fred"}, {"name": "Amy"}]}',
            '{"name": "Haruki", "location": {"state": "AK"}}',
            '{"name": "Sheila", "friends": [{"name": "Nancy"}]}',
        ],
    )


def a_struct_that_loses_its_last_field_goes_with_it(lake: Lake) -> None:
    frame = lake.json_frame('{"a": {"b": {"c": 1}}, "l": [{"x": 1}], "d": 2}')
    same(tree(frame.drop_fields(["a.b.c", "l.x"])), "|-- d: int\n")


def dropping_everything_leaves_the_records(lake: Lake) -> None:
    frame = lake.frame([(1,), (2,)], "n int").drop_fields("n")
    same((tree(frame), frame.count()), ("", 2))


def fields_inside_a_choice_are_dropped_too(lake: Lake) -> None:
    frame = lake.json_frame('{"a": {"b": 1, "c": 2}}', '{"a": "x"}').drop_fields(["a.c"])
    same(tree(frame), "|-- a: choice\n|    |-- string\n|    |-- struct\n|    |    |-- b: int\n")
    same(printed(frame.show), '{"a": {"b": 1}}\n{"a": "x"}\n')


def fields_are_selected_at_the_top_only(lake: Lake) -> None:
    frame = lake.json_frame(*FRIENDS)
    same([field.name for field in frame.select_fields(["location", "nothing", "name"]).schema()], ["location", "name"])
    same([field.name for field in frame.select_fields("name").schema()], ["name"])
    same([field.name for field in frame.select_fields(["location.state"]).schema()], [])


def a_field_is_renamed_where_it_is(lake: Lake) -> None:
    frame = lake.json_frame(*FRIENDS)
    renamed = frame.rename_field("location.state", "location.state_code").rename_field("friends.name", "friends.who")
    same(
        tree(renamed),
        "|-- name: string\n|-- age: int\n|-- location: struct\n|    |-- state_code: string\n|    |-- county: string\n"
        "|-- friends: array\n|    |-- element: struct\n|    |    |-- who: string\n|    |    |-- age: int\n",
    )
    same(tree(frame.rename_field("nothing", "something")), tree(frame))
    same(tree(frame.rename_field("name", "name")), tree(frame))


def back_ticks_keep_the_dots_of_a_name(lake: Lake) -> None:
    frame = lake.frame([(1, (2,))], "`a.b` int, a struct<b: int>")
    same(tree(frame.rename_field("`a.b`", "`x.y`")), "|-- x.y: int\n|-- a: struct\n|    |-- b: int\n")
    same(tree(frame.rename_field("a.b", "c")), "|-- a.b: int\n|-- c: int\n")


def a_field_can_be_renamed_to_another_place(lake: Lake) -> None:
    frame = lake.json_frame('{"a": {"b": 1, "c": 2}, "d": 3}')
    same(records(frame.rename_field("a.b", "x.y")), [{"a": {"c": 2}, "d": 3, "x": {"y": 1}}])
    same(records(frame.rename_field("d", "a.b")), [{"a": {"b": 3, "c": 2}}])
    same(records(frame.rename_field("a.b", "d")), [{"a": {"c": 2}, "d": 1}])


def structs_are_unnested_and_lists_are_not(lake: Lake) -> None:
    """Case D18."""
    frame = lake.json_frame('{"Address": {"Zip": {"Code": 1}, "Array": [{"x": 1}]}, "n": 2}')
    same(
        tree(frame.unnest()),
        "|-- Address.Zip.Code: int\n|-- Address.Array: array\n|    |-- element: struct\n|    |    |-- x: int\n"
        "|-- n: int\n",
    )


def fields_that_are_always_null_are_dropped_and_named(lake: Lake) -> None:
    """Case D19."""
    from awsglue.transforms import DropNullFields, UnnestFrame

    frame = UnnestFrame.apply(
        lake.json_frame('{"data": {"strawberry": 1, "pineapple": null, "pears": null}}', '{"data": {"pineapple": 2}}')
    )
    out: list[object] = []
    same(printed(lambda: out.append(DropNullFields.apply(frame))), "null_fields ['`data.pears`']\n")
    same(
        records(out[0]),
        [{"data.strawberry": 1, "data.pineapple": None}, {"data.strawberry": None, "data.pineapple": 2}],
    )


def null_fields_are_found_in_structs_and_lists_but_not_in_values(lake: Lake) -> None:
    from awsglue.transforms import DropNullFields

    frame = lake.json_frame('{"a": {"b": null, "c": 1}, "l": [{"x": null, "y": 1}], "e": [], "s": ""}')
    out: list[object] = []
    same(printed(lambda: out.append(DropNullFields.apply(frame))), "null_fields ['a.b', 'l.x']\n")
    same(records(out[0]), [{"a": {"c": 1}, "l": [{"y": 1}], "e": [], "s": ""}])


def fields_are_split_into_two_frames(lake: Lake) -> None:
    """Case D7."""
    frame = lake.frame(
        [(1, 0, "fax", "202")],
        "id long, index int, `contact_details.val.type` string, `contact_details.val.value` string",
    )
    parts = frame.split_fields(["id", "index"], "left", "right")
    same(list(parts.keys()), ["left", "right"])
    same(records(parts["left"]), [{"id": 1, "index": 0}])
    same(records(parts.select("right")), [{"contact_details.val.type": "fax", "contact_details.val.value": "202"}])


def fields_inside_structs_and_lists_are_split_too(lake: Lake) -> None:
    parts = lake.json_frame(*FRIENDS).split_fields(
        ["location.state", "friends.name", "age", "name.first", "nothing.at", "friends.more.of"], "left", "right"
    )
    same(
        tree(parts["left"]),
        "|-- age: int\n|-- location: struct\n|    |-- state: string\n"
        "|-- friends: array\n|    |-- element: struct\n|    |    |-- name: string\n",
    )
    same(
        tree(parts["right"]),
        "|-- name: string\n|-- location: struct\n|    |-- county: string\n"
        "|-- friends: array\n|    |-- element: struct\n|    |    |-- age: int\n",
    )


def a_frame_can_be_seen_as_another_schema(lake: Lake) -> None:
    from awsglue import gluetypes as types

    schema = types.StructType(
        [
            types.Field("age", types.LongType()),
            types.Field("location", types.StructType([types.Field("state", types.StringType())])),
            types.Field("friends", types.ArrayType(types.StructType([types.Field("age", types.StringType())]))),
            types.Field("extra", types.DoubleType()),
        ]
    )
    seen = lake.json_frame(*FRIENDS[2:]).with_frame_schema(schema)
    same(seen.schema(), schema)
    same(
        records(seen)[-1],
        {"age": 63, "location": None, "friends": [{"age": "22"}], "extra": None},
    )
    with raises(TypeError, "a frame's schema is an awsglue.gluetypes.StructType, not a list"):
        seen.with_frame_schema([])
    with raises(ValueError, "a field of type struct cannot be seen as type array"):
        seen.with_frame_schema(types.StructType([types.Field("location", types.ArrayType())])).count()


def rows_are_split_by_comparisons_and_nulls_go_to_the_second(lake: Lake) -> None:
    """Case D8."""
    rows = [(1, "a"), (10, "b"), (11, "c"), (20, "it's"), (None, "d")]
    frame = lake.frame(rows, "id long, s string")

    def split(comparisons: dict) -> tuple[list, list]:
        parts = frame.split_rows(comparisons, "high", "low")
        return [one["id"] for one in records(parts["high"])], [one["id"] for one in records(parts["low"])]

    same(split({"id": {">": 10}}), ([11, 20], [1, 10, None]))
    same(split({"id": {">": 1, "<=": 11}, "s": {"!=": "b"}}), ([11], [1, 10, 20, None]))
    same(split({"s": {"=": "it's"}}), ([20], [1, 10, 11, None]))
    with raises(ValueError, "nothing is no field of the frame: id, s"):
        frame.split_rows({"nothing": {"=": 1}}, "a", "b")["a"].count()
