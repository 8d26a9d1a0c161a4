"""JSON: how records are typed, where they are found in the text, and what happens to what is none."""

from __future__ import annotations

import bz2
import gzip
import json

from .lake import Lake, printed, raises, records, same, told, tree


def numbers_are_typed_by_size_and_by_their_point(lake: Lake) -> None:
    frame = lake.json_frame(
        '{"i": 2147483647, "l": 2147483648, "d": 1.0, "e": 1e3, "b": 9223372036854775808, "t": true}'
    )
    same(tree(frame), "|-- i: int\n|-- l: long\n|-- d: double\n|-- e: double\n|-- b: decimal(38,0)\n|-- t: boolean\n")
    same(
        [type_ for _, type_ in frame.toDF().dtypes],
        [
            "int",
            "bigint",
            "double",
            "double",
            "decimal(38,0)",
            "boolean",
        ],
    )


def a_field_of_several_types_is_a_choice_and_a_struct_in_spark(lake: Lake) -> None:
    """Case D1 of awsglue 3, on the file's own types."""
    frame = lake.json_frame('{"provider id": 10001}', '{"provider id": "10005-a"}', '{"provider id": 3000000000}')
    same(tree(frame), "|-- provider id: choice\n|    |-- int\n|    |-- long\n|    |-- string\n")
    same(frame.toDF().dtypes, [("provider id", "struct<int:int,long:bigint,string:string>")])
    same(
        records(frame),
        [
            {"provider id": {"int": 10001, "long": None, "string": None}},
            {"provider id": {"int": None, "long": 3000000000, "string": None}},
            {"provider id": {"int": None, "long": None, "string": "10005-a"}},
        ],
    )


def int_and_long_and_double_are_not_widened(lake: Lake) -> None:
    frame = lake.json_frame('{"a": 1, "b": 1}', '{"a": 1.5, "b": 3000000000}')
    same(tree(frame), "|-- a: choice\n|    |-- double\n|    |-- int\n|-- b: choice\n|    |-- int\n|    |-- long\n")


def choices_are_found_in_structs_and_lists_and_between_them(lake: Lake) -> None:
    frame = lake.json_frame(
        '{"s": {"k": 1}, "l": [1, "x"], "r": [{"p": 1.5}], "m": {"a": 1}}',
        '{"s": {"k": "t"}, "l": [null], "r": [{"p": "$1"}], "m": [1]}',
    )
    same(
        tree(frame),
        (
            "|-- s: struct\n"
            "|    |-- k: choice\n"
            "|    |    |-- int\n"
            "|    |    |-- string\n"
            "|-- l: array\n"
            "|    |-- element: choice\n"
            "|    |    |-- int\n"
            "|    |    |-- string\n"
            "|-- r: array\n"
            "|    |-- element: struct\n"
            "|    |    |-- p: choice\n"
            "|    |    |    |-- double\n"
            "|    |    |    |-- string\n"
            "|-- m: choice\n"
            "|    |-- array\n"
            "|    |    |-- element: int\n"
            "|    |-- struct\n"
            "|    |    |-- a: int\n"
        ),
    )
    same(
        printed(frame.show),
        (
            '{"s": {"k": 1}, "l": [1, "x"], "r": [{"p": 1.5}], "m": {"a": 1}}\n'
            '{"s": {"k": "t"}, "l": [null], "r": [{"p": "$1"}], "m": [1]}\n'
        ),
    )


def choices_are_written_as_the_values_that_they_are(lake: Lake) -> None:
    lines = [
        '{"id":1,"price":100.0,"s":{"k":1},"r":[{"p":1.5}],"m":{"a":1},"none":null}',
        '{"id":3000000000,"price":"$100","s":{"k":"t"},"r":[{"p":"$1"}],"m":[1]}',
        '{"id":2}',
    ]
    lake.write(lake.json_frame(*lines).coalesce(1), "out", "json")
    same(lake.text("out").splitlines(), [lines[0].replace(',"none":null', ""), *lines[1:]])


def choices_are_written_beside_partition_keys(lake: Lake) -> None:
    lake.write(lake.json_frame('{"k":"a","v":1}', '{"k":"b","v":"x"}'), "out", "json", partitionKeys=["k"])
    same((lake.text("out/k=a"), lake.text("out/k=b")), ('{"v":1}\n', '{"v":"x"}\n'))


def a_list_of_several_types_cannot_be_written_and_says_what_to_do(lake: Lake) -> None:
    frame = lake.json_frame('{"l": [1, "x"]}')
    with raises(ValueError, "the values in l are of several types", "('l[]', 'cast:string')"):
        lake.write(frame, "out", "json")
    lake.write(frame.resolveChoice(specs=[("l[]", "cast:string")]), "out", "json")
    same(lake.text("out"), '{"l":["1","x"]}\n')


def nulls_are_left_out_when_written(lake: Lake) -> None:
    lake.write(lake.frame([(1, None), (2, "x")], "a int, b string").coalesce(1), "out", "json")
    same(lake.text("out"), '{"a":1}\n{"a":2,"b":"x"}\n')


def nulls_are_left_out_whatever_the_session_says(lake: Lake) -> None:
    lake.spark.conf.set("spark.sql.jsonGenerator.ignoreNullFields", "false")
    try:
        lake.write(lake.frame([(1, None)], "a int, b string").coalesce(1), "plain", "json")
        lake.write(lake.json_frame('{"a": 1}', '{"a": "x"}').coalesce(1), "choice", "json")
    finally:
        lake.spark.conf.unset("spark.sql.jsonGenerator.ignoreNullFields")
    same((lake.text("plain"), lake.text("choice")), ('{"a":1}\n', '{"a":1}\n{"a":"x"}\n'))


def a_field_may_have_the_name_that_spark_gives_to_bad_records(lake: Lake) -> None:
    same(records(lake.json_frame('{"_corrupt_record": "x", "a": 1}')), [{"_corrupt_record": "x", "a": 1}])


def nested_records_come_back_as_they_were_written(lake: Lake) -> None:
    record = '{"a":{"b":[{"c":1,"d":["x","y"]},{"c":2}]},"e":[[1,2],[]]}'
    lake.write(lake.json_frame(record), "out", "json")
    same(lake.text("out"), record + "\n")
    same(
        records(lake.read("out", "json")),
        [{"a": {"b": [{"c": 1, "d": ["x", "y"]}, {"c": 2, "d": None}]}, "e": [[1, 2], []]}],
    )


def a_field_that_is_null_everywhere_has_the_type_null(lake: Lake) -> None:
    frame = lake.json_frame('{"a": 1, "n": null, "l": [null], "e": []}', '{"a": 2}')
    same(
        tree(frame),
        "|-- a: int\n|-- n: null\n|-- l: array\n|    |-- element: null\n|-- e: array\n|    |-- element: null\n",
    )
    same(frame.toDF().dtypes, [("a", "int"), ("n", "void"), ("l", "array<void>"), ("e", "array<void>")])


def missing_is_not_null_in_a_record_and_the_same_in_spark(lake: Lake) -> None:
    frame = lake.json_frame('{"id": 1, "a": null, "b": 1}', '{"id": 2, "a": 5}')
    same(printed(frame.show), '{"id": 1, "a": null, "b": 1}\n{"id": 2, "a": 5}\n')
    same(records(frame), [{"id": 1, "a": None, "b": 1}, {"id": 2, "a": 5, "b": None}])


def records_may_span_lines_when_told(lake: Lake) -> None:
    lake.put("in/a.json", json.dumps({"a": {"b": 1}}, indent=2))
    lake.put("in/b.json", json.dumps([{"a": {"b": 2}}, {"a": {"b": 3}}], indent=2))
    lake.put("in/c.json", json.dumps({"a": {"b": 4}}, indent=2) * 2)
    for spelling in ("multiline", "multiLine"):
        same([one["a"]["b"] for one in records(lake.read("in", "json", {spelling: True}))], [1, 2, 3, 4, 4])
    only_plain = lake.read(["in/a.json", "in/b.json"], "json", {"multiline": True})
    same([one["a"]["b"] for one in records(only_plain)], [1, 2, 3])


def records_that_span_lines_without_being_told_are_errors_with_a_hint(lake: Lake) -> None:
    lake.put("in/a.json", json.dumps({"a": 1, "b": 2}, indent=2))
    frame = lake.read("in", "json")
    (line,) = told(frame.count)
    assert line.startswith(f"openglue: 4 of 4 lines below {lake.uri('in')} could not be read as JSON records")
    assert "records that span lines need format_options={'multiline': True}" in line
    same((frame.count(), frame.errorsCount()), (0, 4))


def several_records_on_a_line_are_several_records(lake: Lake) -> None:
    lake.put("in/a.json", '{"a": 1}{"a": 2} {"a": 3}\n[{"a": 4}, {"a": 5}]\n\n')
    same([one["a"] for one in records(lake.read("in", "json"))], [1, 2, 3, 4, 5])


def a_line_that_is_no_record_is_an_error_record(lake: Lake) -> None:
    """Case D21 of awsglue 3, without the line that AWS's reader loses beside the bad one."""
    lake.put("in/a.json", '{"id": 1, "x": "a"}\n{"id": 2, "x": "b\n{"id": 3, "x": "c"}\n{"id": 4, "x": "d"}\n')
    frame = lake.read("in", "json")
    (line,) = told(frame.count)
    assert line.startswith("openglue: 1 of 4 lines below ")
    same([one["id"] for one in records(frame)], [1, 3, 4])
    same((frame.errorsCount(), frame.stageErrorsCount()), (1, 1))
    (error,) = records(frame.errorsAsDynamicFrame())
    same(error["error"]["input"], '{"id": 2, "x": "b')
    assert error["error"]["msg"].startswith("error in JSON: Unterminated string")
    same(error["error"]["callsite"], {"site": "json", "info": "from_options"})


def a_line_that_is_no_record_fails_the_read_on_request(lake: Lake) -> None:
    lake.put("in/a.json", '{"id": 1}\n1\n')
    with raises(ValueError, "1 of 2 lines below", "a record must be a JSON object, not 1"):
        lake.read("in", "json", isFailFast=True).count()


def a_json_path_names_where_the_records_are(lake: Lake) -> None:
    lake.put(
        "in/a.json", '{"meta": 1, "data": {"people": [{"id": 1}, {"id": 2}]}}\n{"data": {"people": [{"id": 3}]}}\n'
    )
    frame = lake.read("in", "json", {"jsonPath": "$.data.people"})
    same(records(frame), [{"id": 1}, {"id": 2}, {"id": 3}])
    same(lake.read("in", "json", {"jsonPath": "$.nothing"}).count(), 0)


def records_without_fields_are_records(lake: Lake) -> None:
    frame = lake.json_frame("{}", "{}")
    same((tree(frame), frame.count()), ("", 2))


def names_that_differ_in_case_are_two_fields(lake: Lake) -> None:
    frame = lake.json_frame('{"Id": 1, "id": "x", "s": {"B": 1, "b": [{"c": 2, "C": 3}]}}', '{"id": "y"}')
    same(tree(frame.drop_fields(["s.b"])), "|-- Id: int\n|-- id: string\n|-- s: struct\n|    |-- B: int\n")
    same(
        printed(frame.show),
        '{"Id": 1, "id": "x", "s": {"B": 1, "b": [{"c": 2, "C": 3}]}}\n{"id": "y"}\n',
    )
    same(printed(frame.filter(lambda one: one["id"] == "y").show), '{"id": "y"}\n')
    same(
        printed(frame.map(lambda one: {"ID": one["id"], "id": 5}).show), '{"ID": "x", "id": 5}\n{"ID": "y", "id": 5}\n'
    )
    mapping = [("Id", "int", "number", "int"), ("id", "string", "ID", "string"), ("s.b", "array", "s.b", "array")]
    same(
        records(frame.apply_mapping(mapping).select_fields(["number", "ID"])),
        [{"number": 1, "ID": "x"}, {"number": None, "ID": "y"}],
    )
    lake.write(frame, "out", "json")
    same(sorted(printed(lake.read("out", "json").show).splitlines()), sorted(printed(frame.show).splitlines()))


def names_that_differ_in_case_come_from_any_step(lake: Lake) -> None:
    left, right = lake.json_frame('{"k": 1, "a": 2}'), lake.json_frame('{"K": 1, "A": {"x": 3, "X": 4}}')
    same(printed(left.join(["k"], ["K"], right).show), '{"k": 1, "a": 2, "K": 1, "A": {"x": 3, "X": 4}}\n')
    same(printed(right.join(["K"], ["k"], left).unnest().show), '{"K": 1, "A.x": 3, "A.X": 4, "k": 1, "a": 2}\n')
    same(printed(left.union(right).drop_fields(["k"]).show), '{"a": 2}\n{"K": 1, "A": {"x": 3, "X": 4}}\n')
    same(printed(left.rename_field("k", "A").drop_fields(["a"]).show), '{"A": 1}\n')
    tables = lake.json_frame('{"Id": 1, "id": [{"v": 1, "V": 2}]}').relationalize("root", lake.uri("staging"))
    same(printed(tables.select("root_id").show), '{"id": 1, "index": 0, "id.val.v": 1, "id.val.V": 2}\n')


def the_scripts_session_knows_names_as_it_did(lake: Lake) -> None:
    from pyspark.errors import AnalysisException

    frame = lake.json_frame('{"Id": 1, "id": "x"}')
    dataframe = frame.toDF()
    same((dataframe.columns, dataframe.first(), dataframe.count()), (["Id", "id"], (1, "x"), 1))
    with raises(AnalysisException, "Reference `id` is ambiguous"):
        dataframe.select("id")
    dataframe.toDF("number", "text").createOrReplaceTempView("told_apart")
    same(lake.spark.sql("SELECT TEXT FROM told_apart").first(), ("x",))
    lake.spark.catalog.dropTempView("told_apart")
    same(dataframe.sparkSession, lake.spark)
    same(frame.drop_fields(["Id"]).toDF().sparkSession, lake.spark)
    same(lake.spark.sparkContext.parallelize([(1,)]).toDF(["a"]).sparkSession, lake.spark)
    same(lake.spark.conf.get("spark.sql.caseSensitive"), "false")


def names_that_differ_in_case_are_refused_where_no_reader_takes_them(lake: Lake) -> None:
    frame = lake.json_frame('{"s": {"Id": 1, "id": "x"}}')
    for format_ in ("parquet", "orc"):
        with raises(ValueError, "the fields 'Id' and 'id'", "rename or drop one of them"):
            lake.write(frame, "out", format_)
    same(lake.files("out") if lake.local("out").exists() else [], [])


def compressed_files_are_read_by_their_names(lake: Lake) -> None:
    lake.put("in/a.json.gz", gzip.compress(b'{"a": 1}\n'))
    lake.put("in/b.json.bz2", bz2.compress(b'{"a": 2}\n'))
    same(records(lake.read("in", "json")), [{"a": 1}, {"a": 2}])
    same(lake.read("in/a.json.gz", "json", compressionType="gzip").count(), 1)


def a_mark_at_the_beginning_of_a_file_is_no_part_of_it(lake: Lake) -> None:
    lake.put("in/a.json", b'\xef\xbb\xbf{"a": 1}\r\n{"a": 2}\r\n')
    same(records(lake.read("in", "json")), [{"a": 1}, {"a": 2}])


def many_files_are_typed_by_the_workers_with_the_same_result(lake: Lake) -> None:
    """Few files are typed on the driver; these are more."""
    for number in range(60):
        lake.put(f"in/{number:02}.json", f'{{"n": {number}, "x": {number if number % 2 else json.dumps("even")}}}\n')
    lake.put("in/60.json", "no record\n")
    frame = lake.read("in", "json")
    assert told(frame.schema)[0].startswith("openglue: 1 of 61 lines")
    same(tree(frame), "|-- n: int\n|-- x: choice\n|    |-- int\n|    |-- string\n")
    same((frame.count(), frame.errorsCount()), (60, 1))
    plain = lake.read([f"in/{number:02}.json" for number in range(1, 60, 2)] * 2, "json")
    same(sorted(one["n"] for one in records(plain)), list(range(1, 60, 2)))


def text_of_any_language_comes_through_both_ways_of_reading(lake: Lake) -> None:
    text = 'Käthe 北京 😀 "q" \\ \u0001'
    for mixed in ("", json.dumps({"m": 1}) + "\n" + json.dumps({"m": "x"}) + "\n"):
        name = "mixed" if mixed else "plain"
        lake.put(f"{name}/a.json", json.dumps({"t": text}) + "\n" + mixed)
        same(lake.read(name, "json").toDF().first()["t"], text)


def lines_read_together_are_what_each_is_for_itself(lake: Lake) -> None:
    """Python types many plain lines at once with another parser; these are the lines on which parsers differ."""
    from awsglue.formats.jsontext import parse, parse_all

    odd = [
        *('{"a": 9223372036854775807}', '{"a": 9223372036854775808}', '{"a": -9223372036854775809}'),
        *('{"a": 18446744073709551616}', '{"a": 1e400}', '{"a": -0}', '{"a": 0.1234567890123456789}', '{"a": NaN}'),
        *('{"a": "\\ud800"}', '{"a": 1, "a": "x"}', '[{"a": 1}]', '{"a": 1} {"a": 2}', "1", "", "  ", '{"a": 1} x'),
        *('{"a": "1234567890123456789"}', "\ufeff{}", '{"a": "\u0001"}', '{"a":\t1}', '{"ä": "北"}'),
    ]
    for line in (*(text.encode() for text in odd), b'{"a": "\xff"}', "{}".encode("utf-16")):
        plain = b'{"a": 1}'
        alone = [] if not line.strip() else [parse(line, None)]
        together = list(parse_all([plain, line], None))
        same(
            (repr([record for one in together for record in one.records]), sum(one.pieces for one in together)),
            (repr([{"a": 1}, *(record for one in alone for record in one.records)]), 1 + len(alone)),
        )
        same([one.fault for one in together if one.fault], [one.fault for one in alone if one.fault])
        same(all(one.simple for one in together), all(one.simple for one in alone))
