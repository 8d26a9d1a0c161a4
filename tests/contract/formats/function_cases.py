"""Functions of a script, called for each record, and the errors they make. Numbers are cases of awsglue 3."""

from __future__ import annotations

from .lake import Lake, printed, raises, records, same, tree


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
    frame = lake.json_frame('{"id": 1, "n": 5}', '{"id": 2}', '{"id": 3, "n": 0}')
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
        "SELECT 5L AS l, 1Y AS y, float(0.5) AS f, 1.50BD AS c, date'2026-01-02' AS d,"
        " timestamp'2026-01-02 03:04:05' AS t,"
        " map('k', 1L) AS m, array(named_struct('x', 1L)) AS r, X'00FF' AS b, cast(NULL AS string) AS n"
    )
    frame = DynamicFrame.fromDF(df, lake.glue)
    mapped = frame.map(lambda one: one)
    same(mapped.toDF().dtypes[:-1], df.dtypes[:-1])
    same(mapped.toDF().collect(), df.collect())


def fields_whose_names_are_no_plain_words_are_filtered_and_mapped(lake: Lake) -> None:
    frame = lake.json_frame('{"a.b": 1, "s": {"x.y": 2}, "q`t": "u"}', '{"a.b": 0, "s": {"x.y": 3}, "q`t": "v"}')
    first = {"a.b": 1, "s": {"x.y": 2}, "q`t": "u"}
    kept = frame.filter(lambda one: 1 / one["a.b"] > 0)
    same((records(kept), tree(kept), kept.errorsCount()), ([first], tree(frame), 1))
    mapped = frame.map(lambda one: {**one, "c.d": one["s"]["x.y"] * 2})
    same([one["c.d"] for one in records(mapped)], [6, 4])
    same(records(mapped.filter(lambda one: one["c.d"] == 4)), [{**first, "c.d": 4}])
    same(records(frame.mapPartitions(lambda part: [{"a.b": one["a.b"]} for one in part])), [{"a.b": 0}, {"a.b": 1}])


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


def a_function_over_partitions_makes_records(lake: Lake) -> None:
    frame = lake.frame([(number,) for number in range(6)], "n int").repartition(2)

    def summed(part: object) -> object:
        part = list(part)
        yield {"count": len(part), "sum": sum(one["n"] for one in part)}
        yield from (None, {"double": 2 * part[0].n})

    made = frame.mapPartitions(summed)
    same(tree(made), "|-- count: int\n|-- sum: int\n|-- double: int\n")
    same((sum(one["sum"] or 0 for one in records(made)), made.count(), made.errorsCount()), (15, 4, 2))
    numbered = frame.mapPartitionsWithIndex(lambda index, part: [{"index": index, "n": one["n"]} for one in part])
    same({one["index"] for one in records(numbered)}, {0, 1})
    same(sorted(one["n"] for one in records(numbered)), list(range(6)))


def a_function_gets_every_type_as_python_has_it(lake: Lake) -> None:
    import datetime as dt
    from decimal import Decimal

    from awsglue import DynamicFrame
    from awsglue.gluetypes import DynamicRecord

    df = lake.spark.sql(
        "SELECT 5L AS l, 1Y AS y, float(0.5) AS f, double('nan') AS d, true AS b, 'ä' AS s, X'00FF' AS x, 1.50BD AS c,"
        " date'2026-01-02' AS day, timestamp'1969-12-31 23:59:59.25' AS t, timestamp_ntz'2026-01-02 03:04:05' AS ntz,"
        " map('k', array(1, null)) AS m, array(named_struct('x', named_struct('y', 1L)), null) AS r, null AS n,"
        " named_struct('in', named_struct('deep', 1)) AS st"
        " UNION ALL SELECT null, null, null, null, null, null, null, null, null, null, null, null, null, null, null"
    )
    frame = DynamicFrame.fromDF(df, lake.glue)
    seen = []

    def look(one: dict) -> dict:
        kinds = type(one).__name__, type(one["st"]).__name__, type((one["st"] or {}).get("in")).__name__
        return {"repr": repr(dict(one)), "kinds": " ".join(kinds), "same": one["s"] == one.get("s")}

    seen = sorted((one["kinds"], one["repr"]) for one in records(frame.map(look)))
    full = {
        "l": 5, "y": 1, "f": 0.5, "d": float("nan"), "b": True, "s": "ä", "x": bytearray(b"\x00\xff"),
        "c": Decimal("1.50"), "day": dt.date(2026, 1, 2), "t": dt.datetime.fromisoformat("1969-12-31T23:59:59.250000"),
        "ntz": dt.datetime.fromisoformat("2026-01-02T03:04:05"), "m": {"k": [1, None]},
        "r": [{"x": {"y": 1}}, None], "n": None, "st": {"in": {"deep": 1}},
    }  # fmt: skip
    same(seen[0], ("DynamicRecord DynamicRecord dict", repr(full)))
    same(seen[1], ("DynamicRecord NoneType NoneType", repr(dict.fromkeys(full))))
    assert DynamicRecord(full).st == {"in": {"deep": 1}}


def results_of_other_shapes_come_together(lake: Lake) -> None:
    """Each batch has a schema of its own: a partition's results are read with all of them together."""
    import datetime as dt

    frame = lake.spark.range(4).repartition(4)
    from awsglue import DynamicFrame

    when = dt.datetime.fromisoformat("2026-01-02T03:04:05")
    answers = [
        {"a": 1, "when": when, "m": "text \ud800", "l": []},
        {"a": "x", "b": [1, None]},
        {"b": ["t"], "big": 2**70, "when": when},
        {"a": 2**40, "m": {"k": 1.5}, "l": [{"z": True}]},
    ]
    made = DynamicFrame.fromDF(frame, lake.glue).map(lambda one: answers[one["id"]])
    same(
        {line for line in tree(made).splitlines() if not line.startswith("|    |    ")},
        {
            "|-- a: choice", "|    |-- int", "|    |-- long", "|    |-- string", "|-- when: timestamp", "|-- m: choice",
            "|    |-- struct", "|-- l: array", "|    |-- element: struct", "|-- b: array", "|    |-- element: choice",
            "|-- big: decimal(38,0)",
        },
    )  # fmt: skip
    rows = sorted(made.map(lambda one: one).filter(lambda _: True).toDF().collect(), key=repr)
    same(sorted(str(row["when"]) for row in rows), ["2026-01-02 03:04:05"] * 2 + ["None"] * 2)
    same([row["big"] for row in rows if row["big"]], [2**70])
    same({row["m"]["string"] for row in rows if row["m"]}, {"text ?", None})


def frames_without_fields_are_filtered_and_mapped(lake: Lake) -> None:
    frame = lake.frame([(1,), (2,)], "n int").drop_fields("n")
    same((frame.filter(lambda one: one == {}).count(), frame.filter(lambda one: one).count()), (2, 0))
    same(records(frame.map(lambda _: {"a": 1})), [{"a": 1}, {"a": 1}])
