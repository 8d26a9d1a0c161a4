"""Fields that carry records in a form of their own. Numbers are cases of awsglue 3."""

from __future__ import annotations

from .lake import Lake, raises, records, same, tree

DYNAMODB = (
    '{"Item": {"a": {"S": "x"}, "m": {"M": {"n": {"N": "1"}, "o": {"M": {"p": {"S": "deep"}}}}},'
    ' "ss": {"SS": ["s", "t"]}, "b": {"BOOL": true}, "z": {"NULL": true}, "l": {"L": [{"S": "u"}, {"S": "v"}]}}}'
)


def json_in_a_field_becomes_a_struct(lake: Lake) -> None:
    """Case D20."""
    from awsglue.transforms import Unbox

    frame = lake.frame(
        [(1, '{"a": 3, "b": "foo", "c": 1.2}'), (2, "[1,"), (3, None), (4, '{"a": 4000000000}')], "id int, box string"
    )
    for boxed in (frame.unbox("box", "json"), Unbox.apply(frame=frame, path="box", format="json", info="open")):
        same(
            tree(boxed),
            "|-- id: int\n|-- box: struct\n|    |-- a: choice\n|    |    |-- int\n|    |    |-- long\n"
            "|    |-- b: string\n|    |-- c: double\n",
        )
        same(
            records(boxed),
            [
                {"id": 1, "box": {"a": {"int": 3, "long": None}, "b": "foo", "c": 1.2}},
                {"id": 3, "box": None},
                {"id": 4, "box": {"a": {"int": None, "long": 4000000000}, "b": None, "c": None}},
            ],
        )
        same((boxed.errorsCount(), boxed.stageErrorsCount()), (1, 1))
    (error,) = records(boxed.errorsAsDynamicFrame())
    same((error["error"]["callsite"], error["error"]["input"]), ({"site": "unbox", "info": "open"}, "[1,"))
    assert "error in JSON" in error["error"]["msg"]


def fewer_errors_than_the_threshold_are_allowed(lake: Lake) -> None:
    """Case D22."""
    frame = lake.frame([("{}",), ("{",)], "box string")
    boxed = frame.unbox("box", "json", totalThreshold=1)
    same(boxed.toDF().count(), 1)
    boxed.assertErrorThreshold()
    with raises(RuntimeError, "2 error records are more than the totalThreshold of 1"):
        frame.union(frame).unbox("box", "json", totalThreshold=1).assertErrorThreshold()


def a_field_inside_a_struct_is_unboxed_and_may_hold_any_json(lake: Lake) -> None:
    frame = lake.json_frame('{"s": {"box": "[1, 2]", "n": 1}}', '{"s": {"box": "5", "n": 2}}', '{"t": 1}')
    boxed = frame.unbox("s.box", "json")
    same(
        tree(boxed),
        "|-- s: struct\n|    |-- box: choice\n|    |    |-- array\n|    |    |    |-- element: int\n|    |    |-- int\n"
        "|    |-- n: int\n|-- t: int\n",
    )
    same(
        [one["s"] and one["s"]["box"] for one in records(boxed)],
        [None, {"array": None, "int": 5}, {"array": [1, 2], "int": None}],
    )


def csv_in_a_field_becomes_a_struct_of_texts(lake: Lake) -> None:
    frame = lake.frame([(1, 'a;"b;c"'), (2, "x\ny")], "id int, box string")
    boxed = frame.unbox("box", "csv", separator=";")
    same(records(boxed), [{"id": 1, "box": {"col0": "a", "col1": "b;c"}}])
    same(records(boxed.errorsAsDynamicFrame())[0]["error"]["msg"], "error in CSV: 2 records in a field that has one")
    headed = lake.frame([("k,l\n1,2,3",)], "box string").unbox("box", "csv", withHeader=True)
    same(records(headed), [{"box": {"k": "1", "l": "2", "col2": "3"}}])


def a_field_is_unboxed_beside_fields_whose_names_are_no_plain_words(lake: Lake) -> None:
    frame = lake.json_frame('{"a.b": 1, "q`t": "u", "c.d": "{\\"k\\": 2}"}', '{"a.b": 2, "q`t": "v", "c.d": "["}')
    boxed = frame.unbox("`c.d`", "json")
    same(records(boxed), [{"a.b": 1, "q`t": "u", "c.d": {"k": 2}}])
    same(boxed.errorsCount(), 1)


def what_cannot_be_unboxed_is_refused(lake: Lake) -> None:
    frame = lake.json_frame('{"n": 1, "l": [{"box": "{}"}]}')
    with raises(NotImplementedError, "unbox of the format 'parquet' is not built yet; there are: json, csv"):
        frame.unbox("n", "parquet")
    with raises(ValueError, "unknown format 'jsn'"):
        frame.unbox("n", "jsn")
    with raises(ValueError, "unknown csv format option 'seperator'"):
        frame.unbox("n", "csv", seperator=";")
    with raises(NotImplementedError, "unbox with jsonPath is not built yet"):
        frame.unbox("n", "json", jsonPath="$.a")
    with raises(TypeError, "the field n is of type int, and only a string is unboxed"):
        frame.unbox("n", "json").count()
    for path in ("nothing", "l.box", "l[].box"):
        with raises(ValueError, "a field inside a list cannot be unboxed"):
            frame.unbox(path, "json").count()


def dynamodb_json_is_simplified(lake: Lake) -> None:
    """Case D25."""
    simple = lake.json_frame(DYNAMODB).simplify_ddb_json()
    same(
        tree(simple),
        "|-- a: string\n|-- m: struct\n|    |-- n: string\n|    |-- o: struct\n|    |    |-- p: string\n"
        "|-- ss: array\n|    |-- element: string\n|-- b: boolean\n|-- z: null\n"
        "|-- l: array\n|    |-- element: string\n",
    )
    same(
        records(simple),
        [{"a": "x", "m": {"n": "1", "o": {"p": "deep"}}, "ss": ["s", "t"], "b": True, "z": None, "l": ["u", "v"]}],
    )


def dynamodb_json_is_unnested(lake: Lake) -> None:
    """Case D26."""
    frame = lake.json_frame('{"Item": {"ColA": {"S": "x"}, "ColB": {"S": "y"}, "ColC": {"N": "5"}, "ColD": {"L": []}}}')
    same(
        tree(frame.unnest_ddb_json()),
        "|-- ColA: string\n|-- ColB: string\n|-- ColC: string\n|-- ColD: array\n|    |-- element: null\n",
    )
    same(
        records(lake.json_frame(DYNAMODB).unnest_ddb_json()),
        [
            {
                "a": "x", "m.n": "1", "m.o.p": "deep", "ss": ["s", "t"], "b": True, "z": None,
                "l": [{"S": "u"}, {"S": "v"}],
            }
        ],
    )  # fmt: skip


def dynamodb_values_of_several_types_come_together(lake: Lake) -> None:
    frame = lake.json_frame(
        '{"Item": {"v": {"S": "x"}, "w": {"BOOL": true}, "l": {"L": [{"S": "u"}, {"N": "1"}]}}}',
        '{"Item": {"v": {"N": "1"}, "w": {"S": "t"}, "l": {"L": [{"M": {"k": {"S": "z"}}}]}}}',
        '{"Item": {"v": {"NULL": true}}, "other": 1}',
    ).simplify_ddb_json()
    same(
        tree(frame.drop_fields("l")),
        "|-- v: string\n|-- w: choice\n|    |-- boolean\n|    |-- string\n|-- other: int\n",
    )
    same(
        [(one["v"], one["w"], one["other"]) for one in records(frame)],
        [
            ("1", {"boolean": None, "string": "t"}, None),
            ("x", {"boolean": True, "string": None}, None),
            (None, None, 1),
        ],
    )
    assert "|-- l: array\n|    |-- element: struct\n|    |    |-- S: string" in tree(frame)


def a_spigot_writes_a_sample_when_its_frame_is_computed(lake: Lake) -> None:
    """Case D23."""
    from awsglue.transforms import Spigot

    persons = [(f"f{n}", "g", "1944-10-15") for n in range(30)]
    frame = lake.frame(persons, "family_name string, given_name string, birth_date string")
    same_frame = Spigot.apply(frame, lake.uri("sample"), {"topk": 10})
    assert not lake.local("sample").exists()
    same((same_frame.count(), same_frame.drop_fields("x").count()), (30, 30))
    lines = lake.text("sample").splitlines()
    same(len(lines), 10)
    same(min(lines), '{"family_name":"f0","given_name":"g","birth_date":"1944-10-15"}')
    frame.spigot(lake.uri("all")).count()
    same(len(lake.text("all").splitlines()), 30)
    frame.spigot(lake.uri("none"), {"prob": "0"}).count()
    same(lake.text("none") if lake.local("none").exists() else "", "")
    with raises(ValueError, "spigot option prob: 'often' will not do, it must be a number from 0 to 1"):
        frame.spigot(lake.uri("x"), {"prob": "often"})
    with raises(ValueError, "spigot option prob: 2.0 will not do"):
        frame.spigot(lake.uri("x"), {"prob": 2})
    with raises(ValueError, "spigot option topk: -1 will not do"):
        frame.spigot(lake.uri("x"), {"topk": -1})


def columns_have_functions_of_glue(lake: Lake) -> None:
    from pyspark.sql.functions import col

    from awsglue import functions

    df = lake.spark.sql("SELECT array('a', 'b') AS l, 5 AS n, 1 AS place")
    same(
        df.select(
            functions.replaceArrayElement("l", 0, "z").alias("one"),
            functions.replaceArrayElement(col("l"), col("place"), "y").alias("two"),
            functions.replaceArrayElement("l", 9, "x").alias("three"),
            functions.namedStruct("p", "n", "q", col("l")).alias("s"),
        ).first().asDict(recursive=True),
        {"one": ["z", "b"], "two": ["a", "y"], "three": ["a", "b"], "s": {"p": 5, "q": ["a", "b"]}},
    )  # fmt: skip
    same([tuple(row) for row in df.select("n", functions.explodeWithIndex("l")).collect()], [(5, 0, "a"), (5, 1, "b")])
    with raises(ValueError, "namedStruct takes names and columns in turns"):
        functions.namedStruct("p")


def data_frames_are_mapped_too(lake: Lake) -> None:
    from awsglue.dataframe_transforms import ApplyMapping

    df = lake.spark.sql("SELECT named_struct('b', '5') AS a, 'x' AS c")
    mapped = ApplyMapping.apply(df, [("A.b", "string", "n.m", "int"), ("c", "string", "d", "string")])
    same(
        (mapped.dtypes, mapped.collect()[0].asDict(recursive=True)),
        ([("n", "struct<m:int>"), ("d", "string")], {"n": {"m": 5}, "d": "x"}),
    )
    same(ApplyMapping.apply(df, [("C", "string", "d", "string")], case_sensitive=True).columns, [])


def an_avro_file_in_a_field_becomes_a_struct(lake: Lake) -> None:
    frame = lake.frame([(5, "x", None)], "n long, s string, z double")
    lake.write(frame.coalesce(1), "one", "avro")
    (file,) = lake.files("one")
    whole = lake.local(f"one/{file}").read_bytes()
    boxes = lake.frame([(1, bytearray(whole)), (2, bytearray(whole[:-20])), (3, None)], "id int, box binary")
    boxed = boxes.unbox("box", "avro", version="1.8")
    same(tree(boxed), "|-- id: int\n|-- box: struct\n|    |-- n: long\n|    |-- s: string\n|    |-- z: null\n")
    same(records(boxed), [{"id": 1, "box": {"n": 5, "s": "x", "z": None}}, {"id": 3, "box": None}])
    (error,) = records(boxed.errorsAsDynamicFrame())
    assert "error in Avro" in error["error"]["msg"]
    with raises(TypeError, "the field id is of type int, and only a binary is unboxed"):
        boxes.unbox("id", "avro").schema()
