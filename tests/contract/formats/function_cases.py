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
