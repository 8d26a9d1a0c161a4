"""Frames and transforms: the worked cases of awsglue 3, by their numbers where they have one."""

from __future__ import annotations

from .lake import Lake, printed, raises, records, same, told, tree

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


def mappings_choose_rename_cast_and_order(lake: Lake) -> None:
    """Case D4."""
    frame = lake.frame(
        [("Collins", "Michael", "1944-10-15", "x"), ("Huizenga", "Bill", "no date", "y")],
        "family_name string, name string, birth_date string, other string",
    )
    mapped = frame.apply_mapping(
        [
            ("family_name", "String", "last_name", "String"),
            ("name", "string", "first_name", "string"),
            ("birth_date", "string", "date_of_birth", "Date"),
            ("nothing", "string", "nowhere", "string"),
        ]
    )
    same(tree(mapped), "|-- last_name: string\n|-- first_name: string\n|-- date_of_birth: date\n")
    same([str(one["date_of_birth"]) for one in records(mapped)], ["1944-10-15", "None"])


def mappings_unnest_and_nest_again(lake: Lake) -> None:
    """Case D3."""
    nested = lake.json_frame('{"address": {"state": "NY", "zip": 10001}, "x": 1}', '{"x": 2}')
    flat = nested.apply_mapping([("address.state", "string", "state", "string"), ("address.zip", "int", "zip", "int")])
    same(records(flat), [{"state": "NY", "zip": 10001}, {"state": None, "zip": None}])
    again = flat.apply_mapping([("state", "string", "address.state", "string"), ("zip", "int", "address.zip", "int")])
    same(tree(again), "|-- address: struct\n|    |-- state: string\n|    |-- zip: int\n")
    same(records(again), [{"address": None}, {"address": {"state": "NY", "zip": 10001}}])


def mappings_build_nested_targets(lake: Lake) -> None:
    """Case D5."""
    frame = lake.frame(
        [("10001", "SOUTHEAST", "36301", "32963.07", "5777.24")],
        "`provider id` string, `provider name` string, zip string, `avg.covered` string, payments string",
    )
    mapped = frame.apply_mapping(
        [
            ("provider id", "string", "provider.id", "long"),
            ("provider name", "string", "provider.name", "string"),
            ("`avg.covered`", "string", "charges.covered", "double"),
            ("payments", "string", "charges.total_pay", "double"),
            ("zip", "string", "provider.zip", "string"),
        ]
    )
    same(
        records(mapped),
        [
            {
                "provider": {"id": 10001, "name": "SOUTHEAST", "zip": "36301"},
                "charges": {"covered": 32963.07, "total_pay": 5777.24},
            }
        ],
    )
    assert "|    |-- id: long\n" in tree(mapped)


def values_that_do_not_fit_a_mapping_are_null(lake: Lake) -> None:
    frame = lake.frame([("12", 3_000_000_000, 1.9), ("x", 5, None)], "s string, l long, d double")
    mapped = frame.apply_mapping(
        [("s", "string", "s", "int"), ("l", "long", "l", "int"), ("d", "double", "d", "int"), ("l", "b", "boolean")]
    )
    same(
        records(mapped),
        [{"s": 12, "l": None, "d": 1, "b": True}, {"s": None, "l": 5, "d": None, "b": True}],
    )


def names_in_mappings_may_differ_in_case_unless_told(lake: Lake) -> None:
    frame = lake.frame([(1,)], "Id int")
    same(records(frame.apply_mapping([("iD", "int", "n", "int")])), [{"n": 1}])
    same(tree(frame.apply_mapping([("iD", "int", "n", "int")], case_sensitive=True)), "")
    same(records(frame.applyMapping([("Id", "n")])), [{"n": 1}])


def a_choice_is_cast_by_a_mapping(lake: Lake) -> None:
    frame = lake.json_frame('{"p": 1}', '{"p": "2"}', '{"p": "x"}')
    same([one["p"] for one in records(frame.apply_mapping([("p", "int", "p", "long")]))], [1, 2, None])
    same([one["p"] for one in records(frame.apply_mapping([("p", "int", "p", "string")]))], ["1", "2", "x"])
    same(tree(frame.apply_mapping([("p", "choice", "q", "choice")])), "|-- q: choice\n|    |-- int\n|    |-- string\n")


def structs_become_json_when_mapped_to_text(lake: Lake) -> None:
    frame = lake.json_frame('{"a": {"b": [1]}}', "{}")
    same(records(frame.apply_mapping([("a", "struct", "a", "string")])), [{"a": '{"b":[1]}'}, {"a": None}])


def choices_in_lists_are_cast_and_what_does_not_parse_is_null(lake: Lake) -> None:
    """Case D2."""
    frame = lake.json_frame('{"myList": [{"price": 100.00}, {"price": "$100.00"}]}')
    for path in ("myList[].price", "myList.price"):
        resolved = frame.resolveChoice(specs=[(path, "cast:double")])
        same(records(resolved), [{"myList": [{"price": 100.0}, {"price": None}]}])


def each_action_resolves_a_choice_in_its_way(lake: Lake) -> None:
    frame = lake.json_frame('{"id": 1, "p": 5}', '{"id": 2, "p": "7"}', '{"id": 3, "p": "x"}')

    def resolved(action: str) -> object:
        return frame.resolveChoice(specs=("p", action))

    same([one["p"] for one in records(resolved("cast:long"))], [5, 7, None])
    same([one["p"] for one in records(resolved("project:int"))], [5, None, None])
    same([one["p"] for one in records(resolved("project:string"))], ["5", "7", "x"])
    same(
        records(resolved("make_cols")),
        [
            {"id": 1, "p_int": 5, "p_string": None},
            {"id": 2, "p_int": None, "p_string": "7"},
            {"id": 3, "p_int": None, "p_string": "x"},
        ],
    )
    same(tree(resolved("make_struct")), "|-- id: int\n|-- p: struct\n|    |-- int: int\n|    |-- string: string\n")
    same(records(resolved("make_struct")), records(frame))
    same(tree(frame.resolveChoice(specs=[("id", "cast:string"), ("nothing", "cast:int")]))[:14], "|-- id: string")


def one_action_resolves_every_choice(lake: Lake) -> None:
    frame = lake.json_frame(
        '{"a": 1, "s": {"b": 1.5}, "l": [{"c": 1}]}', '{"a": "x", "s": {"b": true}, "l": [{"c": ""}]}'
    )
    same(
        tree(frame.resolveChoice(choice="make_cols")),
        "|-- a_int: int\n|-- a_string: string\n"
        "|-- s: struct\n|    |-- b_boolean: boolean\n|    |-- b_double: double\n"
        "|-- l: array\n|    |-- element: struct\n|    |    |-- c_int: int\n|    |    |-- c_string: string\n",
    )
    same(
        records(frame.resolveChoice(choice="cast:string")),
        [
            {"a": "1", "s": {"b": "1.5"}, "l": [{"c": "1"}]},
            {"a": "x", "s": {"b": "true"}, "l": [{"c": ""}]},
        ],
    )


def choices_inside_choices_are_resolved_as_well(lake: Lake) -> None:
    frame = lake.json_frame('{"a": {"b": 1}}', '{"a": {"b": "x"}}', '{"a": 5}')
    same(
        tree(frame.resolveChoice(choice="make_struct")),
        "|-- a: struct\n|    |-- int: int\n|    |-- struct: struct\n"
        "|    |    |-- b: struct\n|    |    |    |-- int: int\n|    |    |    |-- string: string\n",
    )


def resolving_needs_one_instruction(lake: Lake) -> None:
    frame = lake.json_frame('{"a": 1}')
    with raises(ValueError, "Parameter specs and option are both missing, add one."):
        frame.resolveChoice()
    with raises(ValueError, "Parameter specs and option are both specified, choose one."):
        frame.resolveChoice(specs=[("a", "cast:int")], choice="make_cols")
    with raises(ValueError, "'drop' is no action on a choice"):
        frame.resolveChoice(specs=[("a", "drop")])


def resolve_options_decide_how_choices_become_columns(lake: Lake) -> None:
    from awsglue import gluetypes
    from awsglue.dynamicframe import ResolveOption

    frame = lake.json_frame('{"p": 5, "q": 1}', '{"p": "7", "q": 2.5}')
    df = frame.toDF([ResolveOption("p", "Project", gluetypes.StringType()), ResolveOption("q", "KeepAsStruct")])
    same(df.dtypes, [("p", "string"), ("q", "struct<double:double,int:int>")])
    with raises(ValueError, "Target type must be specified with project action."):
        ResolveOption("p", "Project")
    with raises(ValueError, "there are KeepAsStruct and Project"):
        ResolveOption("p", "Cast", gluetypes.StringType())


def structs_are_unnested_and_lists_are_not(lake: Lake) -> None:
    """Case D18."""
    frame = lake.json_frame('{"Address": {"Zip": {"Code": 1}, "Array": [{"x": 1}]}, "n": 2}')
    same(
        tree(frame.unnest()),
        "|-- Address.Zip.Code: int\n|-- Address.Array: array\n|    |-- element: struct\n|    |    |-- x: int\n|-- n: int\n",
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
    with raises(NotImplementedError, "DynamicFrame.split_fields on paths inside a struct"):
        lake.json_frame('{"a": {"b": 1}}').split_fields(["a.b"], "x", "y")


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


def records_are_filtered_by_a_function(lake: Lake) -> None:
    """Case D9."""
    lake.put("in/a.csv", "state,city\nAL,MONTGOMERY\nAL,DOTHAN\nCA,SACRAMENTO\nNY,SACRAMENTO\n")
    frame = lake.read("in", "csv", {"withHeader": True})
    kept = frame.filter(
        lambda one: one["state"] in ["CA", "AL"] and one.city in ["SACRAMENTO", "MONTGOMERY"], "ctx", "info"
    )
    same([one["state"] for one in records(kept)], ["AL", "CA"])
    same((kept.schema(), kept.errorsCount()), (frame.schema(), 0))


def a_missing_field_a_wrong_type_or_value_means_no_to_a_filter(lake: Lake) -> None:
    frame = lake.json_frame('{"id": 1, "n": 5}', '{"id": 2}', '{"id": 3, "n": null}', '{"id": 4, "n": 0}')
    same([one["id"] for one in records(frame.filter(lambda one: one["n"] != 0))], [1])
    same([one["id"] for one in records(frame.filter(lambda one: one["id"] > 1 and int("x")))], [])
    known = lake.frame([(1, None), (2, 5)], "id int, n int")
    same([one["id"] for one in records(known.filter(lambda one: one["n"] != 5))], [1])


def what_else_a_filter_raises_is_an_error_record(lake: Lake) -> None:
    frame = lake.json_frame('{"id": 1, "s": {"k": 1}}', '{"id": 2, "s": {"k": 0}}')
    kept = frame.filter(lambda one: 1 / one["s"]["k"] > 0, info="divide")
    same([one["id"] for one in records(kept)], [1])
    same((kept.errorsCount(), kept.stageErrorsCount(), frame.errorsCount()), (1, 1, 0))
    (error,) = records(kept.errorsAsDynamicFrame())
    same(error["error"]["callsite"], {"site": "filter", "info": "divide"})
    same((error["error"]["msg"], error["error"]["dynamicRecord"]), ("division by zero", '{"id": 2, "s": {"k": 0}}'))
    assert "ZeroDivisionError" in error["error"]["stackTrace"]


def a_filter_sees_choices_as_their_values(lake: Lake) -> None:
    frame = lake.json_frame('{"p": 5}', '{"p": "x"}', '{"p": {"q": [1, "y"]}}')
    kept = frame.filter(lambda one: one["p"] == "x" or one["p"] == {"q": [1, "y"]})
    same(printed(kept.show), '{"p": "x"}\n{"p": {"q": [1, "y"]}}\n')
    same(tree(kept), tree(frame))


def records_are_made_anew_by_a_function(lake: Lake) -> None:
    """Case D10."""
    frame = lake.frame([("S 1", "B", "AL", 36301)], "street string, city string, state string, `zip` int")

    def merge_address(record: dict) -> dict:
        record["Address"] = {
            "Zip.Code": record["zip"],
            "City": record.city,
            "Array": [record["street"], record["state"]],
        }
        for name in ("zip", "city", "street", "state"):
            del record[name]
        return record

    mapped = frame.map(merge_address)
    same(records(mapped), [{"Address": {"Zip.Code": 36301, "City": "B", "Array": ["S 1", "AL"]}}])
    same(
        tree(mapped),
        "|-- Address: struct\n|    |-- Zip.Code: int\n|    |-- City: string\n"
        "|    |-- Array: array\n|    |    |-- element: string\n",
    )


def values_of_several_types_from_a_function_are_a_choice(lake: Lake) -> None:
    """Case D11."""
    frame = lake.frame([(1,), (2,)], "n int")
    mapped = frame.map(lambda one: {"payload": {"foo": "bar", "id": 1 if one["n"] == 1 else "text"}})
    same(
        tree(mapped),
        "|-- payload: struct\n|    |-- foo: string\n|    |-- id: choice\n|    |    |-- int\n|    |    |-- string\n",
    )


def a_function_that_leaves_a_field_alone_leaves_its_type_alone(lake: Lake) -> None:
    from awsglue import DynamicFrame

    df = lake.spark.sql(
        "SELECT 5L AS l, 1Y AS y, float(0.5) AS f, 1.50BD AS c, date'2026-01-02' AS d, timestamp'2026-01-02 03:04:05' AS t,"
        " map('k', 1L) AS m, array(named_struct('x', 1L)) AS r, X'00FF' AS b, cast(NULL AS string) AS n"
    )
    frame = DynamicFrame.fromDF(df, lake.glue)
    mapped = frame.map(lambda one: one)
    same(mapped.toDF().dtypes[:-1], df.dtypes[:-1])
    same(mapped.toDF().collect(), df.collect())


def a_function_runs_once_for_each_record(lake: Lake) -> None:
    calls = lake.spark.sparkContext.accumulator(0)

    def count(record: dict) -> dict:
        calls.add(1)
        return record

    mapped = lake.frame([(1,), (2,), (3,)], "n int").map(count)
    same((mapped.count(), len(records(mapped)), mapped.drop_fields("x").count()), (3, 3, 3))
    same(calls.value, 3)


def a_function_that_fails_or_gives_nothing_makes_error_records(lake: Lake) -> None:
    frame = lake.frame([(0,), (1,), (2,), (3,)], "n int")
    answers = [None, {"ok": 1}, "text"]
    mapped = frame.map(lambda one: answers[one["n"]], info="answers")
    same(records(mapped), [{"ok": 1}])
    same(mapped.errorsCount(), 3)
    same(
        sorted(one["error"]["msg"] for one in records(mapped.errorsAsDynamicFrame())),
        [
            "User-specified function returned None instead of DynamicRecord",
            "User-specified function returned str instead of DynamicRecord",
            "list index out of range",
        ],
    )
    nothing = frame.map(lambda _: None)
    same((tree(nothing), nothing.count(), nothing.errorsCount()), ("", 0, 4))


def errors_travel_with_the_frame_and_thresholds_bound_them(lake: Lake) -> None:
    frame = lake.frame([(0,), (1,), (2,)], "n int")
    first = frame.filter(lambda one: 1 / one["n"] > 0)
    same((first.drop_fields("x").errorsCount(), first.drop_fields("x").stageErrorsCount()), (1, 0))
    second = first.filter(lambda one: one.nothing, totalThreshold=1)
    same((second.stageErrorsCount(), second.errorsCount()), (2, 3))
    first.assertErrorThreshold()
    frame.filter(lambda one: 1 / one["n"] > 0, totalThreshold=1).assertErrorThreshold()
    with raises(RuntimeError, "3 error records are more than the totalThreshold of 1"):
        second.assertErrorThreshold()
    with raises(RuntimeError, "2 error records are more than the stageThreshold of 1"):
        lake.write(first.filter(lambda one: one.nothing, stageThreshold=1), "out", "json")


def what_is_not_built_says_so_by_name(lake: Lake) -> None:
    from awsglue.transforms import Relationalize, Spigot, Unbox

    frame = lake.frame([(1,)], "n int")
    with raises(NotImplementedError, "DynamicFrame.relationalize is not built yet: use toDF(), Spark and"):
        frame.relationalize("root", "s3://x/")
    for transform in (Relationalize, Spigot, Unbox):
        with raises(NotImplementedError, f"{transform.__name__} is not built yet: "):
            transform.apply(frame)


def options_of_a_merge_are_told_to_have_no_effect(lake: Lake) -> None:
    frame = lake.frame([(1,)], "n int")
    same(
        told(lambda: frame.mergeDynamicFrame(frame, ["n"], options={"x": 1})),
        ["openglue: the mergeDynamicFrame option x has no effect: Spark joins the keys"],
    )
