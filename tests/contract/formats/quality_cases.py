"""EvaluateDataQuality: outcomes of rules and of records, in the words and with the metrics that AWS documents."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from .lake import Lake, printed, raises, records, same, told

PEOPLE = [
    (1, "Ann", 30, "ann@example.org", 10.5, "2026-01-01"),
    (2, "Bob", 15, "bob@example.org", 20.0, "2026-02-01"),
    (3, "Cid", None, None, 30.0, "soon"),
    (4, "Ann", 41, "", 39.5, None),
]
SCHEMA = "id long, name string, age int, email string, paid double, since string"


def _outcomes(frame: Any, *rules: str, **options: Any) -> list[dict[str, Any]]:
    from awsgluedq.transforms import EvaluateDataQuality

    made = EvaluateDataQuality.apply(frame=frame, ruleset=f"Rules = [ {', '.join(rules)} ]", **options)
    return [row.asDict() for row in made.toDF().collect()]


def _judged(frame: Any, *rules: str, **options: Any) -> dict[str, tuple[bool, str | None, dict[str, float]]]:
    """Whether each rule passed, why not, and its metrics."""
    return {
        row["Rule"]: (row["Outcome"] == "Passed", row["FailureReason"], row["EvaluatedMetrics"])
        for row in _outcomes(frame, *rules, **options)
    }


def _failed(frame: Any, *rules: str) -> list[str]:
    return [rule for rule, (passed, _, _) in _judged(frame, *rules).items() if not passed]


def _people(lake: Lake) -> Any:
    return lake.frame(PEOPLE, SCHEMA)


def outcomes_are_a_frame_with_a_record_for_each_rule_in_order(lake: Lake) -> None:
    from awsgluedq.transforms import EvaluateDataQuality

    made = EvaluateDataQuality.apply(
        frame=_people(lake),
        ruleset='Rules = [ ColumnExists "id", IsComplete "email" ]',
        publishing_options={"dataQualityEvaluationContext": "people"},
    )
    same(made.name, "ruleOutcomes")
    same(
        printed(made.printSchema),
        "root\n|-- Rule: string\n|-- Outcome: string\n|-- FailureReason: string\n|-- EvaluatedMetrics: map\n"
        "|    |-- keyType: string\n|    |-- valueType: double\n|-- EvaluatedRule: string\n\n",
    )
    same(
        [tuple(row) for row in made.toDF().collect()],
        [
            ('ColumnExists "id"', "Passed", None, {}, 'ColumnExists "id"'),
            (
                'IsComplete "email"',
                "Failed",
                "Value: 0.75 does not meet the constraint requirement!",
                {"Column.email.Completeness": 0.75},
                'IsComplete "email"',
            ),
        ],
    )


def the_tutorial_of_aws_gives_what_it_prints(lake: Lake) -> None:
    from awsglue.transforms import SelectFromCollection
    from awsgluedq.transforms import EvaluateDataQuality

    frame = lake.frame([(10001, 91), (10005, 14), (30002, 11)], "`Provider Id` int, ` Total Discharges ` int")
    frames = EvaluateDataQuality().process_rows(
        frame=frame,
        ruleset="""
            Rules = [
                ColumnExists "Provider Id",
                IsComplete "Provider Id",
                ColumnValues  " Total Discharges " > 15
        ]
            ]
        """,
        publishing_options={"dataQualityEvaluationContext": "x", "enableDataQualityCloudWatchMetrics": False},
        additional_options={"performanceTuning.caching": "CACHE_NOTHING"},
    )
    same(sorted(frames.keys()), ["originalData", "rowLevelOutcomes", "ruleOutcomes"])
    rules = SelectFromCollection.apply(dfc=frames, key="ruleOutcomes", transformation_ctx="ruleOutcomes")
    same(
        [tuple(row)[:4] for row in rules.toDF().collect()],
        [
            ('ColumnExists "Provider Id"', "Passed", None, {}),
            ('IsComplete "Provider Id"', "Passed", None, {"Column.Provider Id.Completeness": 1.0}),
            (
                'ColumnValues " Total Discharges " > 15',
                "Failed",
                "Value: 11.0 does not meet the constraint requirement!",
                {"Column. Total Discharges .Minimum": 11.0},
            ),
        ],
    )
    rows = SelectFromCollection.apply(dfc=frames, key="rowLevelOutcomes").toDF()
    same(
        rows.columns,
        [
            *("Provider Id", " Total Discharges ", "DataQualityRulesPass", "DataQualityRulesFail"),
            *("DataQualityRulesSkip", "DataQualityEvaluationResult"),
        ],
    )
    same([type_ for _, type_ in rows.dtypes[2:]], ["array<string>", "array<string>", "array<string>", "string"])
    complete, many = 'IsComplete "Provider Id"', 'ColumnValues " Total Discharges " > 15'
    same(
        [tuple(row)[2:] for row in rows.where("`Provider Id` <> 30002").orderBy("Provider Id").collect()],
        [
            ([complete, many], [], ['ColumnExists "Provider Id"'], "Passed"),
            ([complete], [many], ['ColumnExists "Provider Id"'], "Failed"),
        ],
    )
    same(frames["originalData"] is frame, True)


def rules_about_a_dataset_are_judged(lake: Lake) -> None:
    same(
        _judged(
            _people(lake),
            *("RowCount = 4", "RowCount between 4 and 9", "ColumnCount > 6", 'RowCount > 1 where "age > 18"'),
            *('ColumnNamesMatchPattern "[a-z]+"', 'ColumnNamesMatchPattern "[am]"'),
        ),
        {
            "RowCount = 4": (True, None, {"Dataset.*.RowCount": 4.0}),
            "RowCount between 4 and 9": (
                *(False, "Value: 4 does not meet the constraint requirement!"),
                {"Dataset.*.RowCount": 4.0},
            ),
            "ColumnCount > 6": (
                *(False, "Value: 6 does not meet the constraint requirement!"),
                {"Dataset.*.ColumnCount": 6.0},
            ),
            'RowCount > 1 where "age > 18"': (True, None, {"Dataset.*.RowCount": 2.0}),
            'ColumnNamesMatchPattern "[a-z]+"': (True, None, {"Dataset.*.ColumnNamesPatternMatchRatio": 1.0}),
            'ColumnNamesMatchPattern "[am]"': (
                *(False, "Columns that do not match the pattern: id, since"),
                {"Dataset.*.ColumnNamesPatternMatchRatio": 1 - 2 / 6},
            ),
        },
    )


def statistics_are_those_of_the_whole_population(lake: Lake) -> None:
    frame = lake.frame([(0, 0), (0, 0), (0, 0), (5, 4), (6, 5), (7, 8)], "n int, m long")
    judged = _judged(
        frame,
        *('Mean "n" = 3', 'Sum "n" = 18', 'StandardDeviation "n" > 3', 'Entropy "n" > 1', 'Uniqueness "n" = 0.5'),
        *('UniqueValueRatio "n" > 0.7', 'DistinctValuesCount "n" = 4', 'ColumnCorrelation "n" "m" > 0.9'),
    )
    same([rule for rule, (passed, _, _) in judged.items() if not passed], [])
    numbers = {name: round(number, 2) for _, _, metrics in judged.values() for name, number in metrics.items()}
    same(
        numbers,
        {
            "Column.n.Mean": 3.0,
            "Column.n.Sum": 18.0,
            "Column.n.StandardDeviation": 3.06,
            "Column.n.Entropy": 1.24,
            "Column.n.Uniqueness": 0.5,
            "Column.n.UniqueValueRatio": 0.75,
            "Column.n.DistinctValuesCount": 4.0,
            "Multicolumn.n,m.ColumnCorrelation": 0.97,
        },
    )


def keys_are_found_over_one_column_and_several_and_below_a_filter(lake: Lake) -> None:
    judged = _judged(
        _people(lake),
        *('IsPrimaryKey "id"', 'IsPrimaryKey "name" "id"', 'IsUnique "name"', 'IsPrimaryKey "age"'),
        *('IsUnique "name" where "id < 4"', 'Uniqueness "name" "paid" = 1', 'DistinctValuesCount "age" = 4'),
    )
    same(judged['IsPrimaryKey "id"'][2], {"Column.id.Uniqueness": 1.0, "Column.id.Completeness": 1.0})
    same(
        judged['IsPrimaryKey "name" "id"'][2],
        {"Multicolumn.name,id.Uniqueness": 1.0, "Multicolumn.name,id.Completeness": 1.0},
    )
    same(judged['IsUnique "name"'][:2], (False, "Value: 0.5 does not meet the constraint requirement!"))
    same(
        judged['IsPrimaryKey "age"'][1],
        "Value: 0.75 does not meet the constraint requirement!\nValue: 0.75 does not meet the constraint requirement!",
    )
    same(judged['IsUnique "name" where "id < 4"'][2], {"Column.name.Uniqueness": 1.0})
    same([rule for rule, (passed, _, _) in judged.items() if not passed], ['IsUnique "name"', 'IsPrimaryKey "age"'])


def ranges_of_numbers_are_judged_by_their_ends_and_nulls_fail(lake: Lake) -> None:
    judged = _judged(
        _people(lake),
        *('ColumnValues "age" between 14 and 41', 'ColumnValues "paid" > 10', 'ColumnValues "paid" <= 39.5'),
        *('ColumnValues "age" < 100', 'ColumnValues "id" = 4', 'ColumnValues "paid" between 10 and 40'),
    )
    same(
        judged['ColumnValues "age" between 14 and 41'],
        (
            False,
            (
                "Value: 41.0 does not meet the constraint requirement!\n"
                "Value: NULL does not meet the constraint requirement!"
            ),
            {"Column.age.Minimum": 15.0, "Column.age.Maximum": 41.0},
        ),
    )
    same(judged['ColumnValues "paid" > 10'], (True, None, {"Column.paid.Minimum": 10.5}))
    same(judged['ColumnValues "paid" <= 39.5'], (True, None, {"Column.paid.Maximum": 39.5}))
    same(
        judged['ColumnValues "age" < 100'],
        (False, "Value: NULL does not meet the constraint requirement!", {"Column.age.Maximum": 41.0}),
    )
    same(judged['ColumnValues "id" = 4'][1], "Value: 1.0 does not meet the constraint requirement!")
    same(judged['ColumnValues "paid" between 10 and 40'][0], True)


def values_are_compared_with_lists_patterns_and_keywords(lake: Lake) -> None:
    passing = [
        'ColumnValues "name" in ["Ann","Bob","Cid"]',
        'ColumnValues "name" matches "[A-Z][a-z]+"',
        'ColumnValues "name" not matches "A"',
        'ColumnValues "name" not in ["Dan"]',
        'ColumnValues "name" in ["Ann"] with threshold between 0.4 and 0.6',
        'ColumnValues "email" in [NULL,EMPTY] with threshold = 0.5',
        'ColumnValues "email" != WHITESPACES_ONLY',
        'ColumnValues "age" != 16',
        'ColumnValues "age" not in [16,17]',
        'ColumnValues "age" in [15,30,41,NULL]',
        'ColumnValues "age" > 14 with threshold > 0.7',
        'ColumnValues "paid" not between 20 and 30',
        'ColumnValues "age" in [15,30] where "age < 40"',
    ]
    failing = [
        'ColumnValues "name" matches "A"',
        'ColumnValues "name" = "Ann"',
        'ColumnValues "email" != NULL',
        'ColumnValues "age" in [15,30,41]',
        'ColumnValues "age" not in [16,NULL]',
        'ColumnValues "age" not between 1 and 2',
    ]
    same(_failed(_people(lake), *passing, *failing), failing)
    same(
        _judged(_people(lake), 'ColumnValues "age" in [15,30,41]'),
        {
            'ColumnValues "age" in [15,30,41]': (
                False,
                "Value: 0.75 does not meet the constraint requirement!",
                {"Column.age.ColumnValues.Compliance": 0.75},
            )
        },
    )
    spaces = lake.frame([("  ",), ("\t",)], "s string")
    same(_failed(spaces, 'ColumnValues "s" = WHITESPACES_ONLY', 'ColumnValues "s" not in ["a",EMPTY]'), [])


def dates_are_compared_by_day_and_with_now_by_time(lake: Lake) -> None:
    now = datetime.now(UTC)
    days = lake.frame(
        [(now - timedelta(days=2), (now - timedelta(days=2)).date(), "2026-01-31"), (now, now.date(), "2026-02-01")],
        "t timestamp, d date, s string",
    )
    failing = [
        'ColumnValues "t" > (now() - 2 days)',
        'ColumnValues "d" > (now() - 2 days)',
        'ColumnValues "s" between "2026-01-31" and "2026-02-02"',
        'ColumnValues "s" = "2026-02-01"',
        'ColumnValues "t" > now()',
    ]
    same(
        _failed(
            days,
            *('ColumnValues "t" >= (now() - 49 hours)', 'ColumnValues "d" >= (now() - 2 days)'),
            *('ColumnValues "s" between "2026-01-30" and "2026-02-02"', 'ColumnValues "t" > "2026-01-01"'),
            *('ColumnValues "s" in ["2026-01-31","2026-02-01"]', 'ColumnValues "t" <= now()'),
            *failing,
        ),
        failing,
    )


def freshness_is_the_time_since_and_counts_rows(lake: Lake) -> None:
    now = datetime.now(UTC)
    times = [now - timedelta(hours=hours) for hours in (1, 2, 3, 30)]
    frame = lake.frame([(time, time.isoformat()) for time in times] + [(None, "never")], "t timestamp, s string")
    judged = _judged(
        frame,
        *('DataFreshness "t" <= 24 hours', 'DataFreshness "s" < 2 days', 'DataFreshness "t" < 90 minutes'),
        'DataFreshness "t" between 30 minutes and 2 days where "t IS NOT NULL"',
    )
    same(
        judged['DataFreshness "t" <= 24 hours'],
        (False, "60.00 % of rows passed the threshold", {"Column.t.DataFreshness.Compliance": 0.6}),
    )
    same(
        [one[1] for one in list(judged.values())[1:3]],
        [f"{share} % of rows passed the threshold" for share in ("80.00", "20.00")],
    )
    same(judged['DataFreshness "t" between 30 minutes and 2 days where "t IS NOT NULL"'][0], True)


def types_are_those_that_values_can_be_cast_to(lake: Lake) -> None:
    frame = lake.frame([("1", "1.5", "2026-01-01"), ("2", "x", "true")], "n string, m string, d string")
    judged = _judged(
        frame,
        *('ColumnDataType "n" = "INTEGER"', 'ColumnDataType "m" = "Double"', 'ColumnDataType "m" = "Integer"'),
        *('ColumnDataType "m" = "Long" with threshold >= 0.5', 'ColumnDataType "d" = "Date" with threshold > 0.9'),
        *('ColumnDataType "d" != "Timestamp" with threshold = 0.5', 'ColumnDataType "n" = "Decimal(3,1)"'),
    )
    same([passed for passed, _, _ in judged.values()], [True, False, False, True, False, True, True])
    same(
        judged['ColumnDataType "m" = "Double"'],
        (False, "50.00 % of rows passed the threshold", {"Column.m.ColumnDataType.Compliance": 0.5}),
    )
    typed = lake.frame([(1, datetime(2026, 1, 1, tzinfo=UTC))], "n int, t timestamp")
    judged = _judged(typed, 'ColumnDataType "n" = "Long"', 'ColumnDataType "t" = "Integer"')
    same([passed for passed, _, _ in judged.values()], [True, False])
    assert "which Spark casts to no int" in judged['ColumnDataType "t" = "Integer"'][1]


def lengths_take_nulls_for_texts_without_characters(lake: Lake) -> None:
    frame = lake.frame([("1234",), ("12",), (None,)], "code string")
    judged = _judged(
        frame,
        *('ColumnLength "code" < 5', 'ColumnLength "code" > 1', 'ColumnLength "code" between 1 and 5'),
        *('ColumnLength "code" in [0,2,4]', 'ColumnLength "code" = 4 where "code like \'1234%\'"'),
    )
    same(judged['ColumnLength "code" < 5'], (True, None, {"Column.code.MaximumLength": 4.0}))
    same(
        judged['ColumnLength "code" > 1'],
        (False, "Value: 0.0 does not meet the constraint requirement!", {"Column.code.MinimumLength": 0.0}),
    )
    same(
        judged['ColumnLength "code" between 1 and 5'][2],
        {"Column.code.MinimumLength": 0.0, "Column.code.MaximumLength": 4.0},
    )
    same(judged['ColumnLength "code" in [0,2,4]'], (True, None, {"Column.code.LengthCompliance": 1.0}))
    same(judged['ColumnLength "code" = 4 where "code like \'1234%\'"'][0], True)


def a_statement_sees_the_data_as_primary_and_others_by_their_names(lake: Lake) -> None:
    lake.spark.range(7).createOrReplaceTempView("primary")
    judged = _judged(
        _people(lake),
        *('CustomSql "select count(*) from primary" between 3 and 5', 'CustomSql "select max(id) from primary" > 4'),
        'CustomSql "select count(*) from primary join teams on primary.id = teams.id" = 2',
        *('CustomSql "select id from primary" > 0', 'CustomSql "select nothing from primary" > 0'),
        'CustomSql "select min(name) from primary" > 0',
        additional_data_sources={"teams": lake.frame([(1,), (2,)], "id long")},
    )
    same([passed for passed, _, _ in judged.values()], [True, False, True, False, False, False])
    metrics = {"Dataset.*.CustomSQL": 4.0}
    same(judged['CustomSql "select count(*) from primary" between 3 and 5'], (True, None, metrics))
    same(
        judged['CustomSql "select max(id) from primary" > 4'],
        (False, "Value: 4.0 does not meet the constraint requirement!", metrics),
    )
    reasons = [reason or "" for _, reason, _ in judged.values()]
    assert "must answer one row with one number" in reasons[3], reasons[3]
    assert "the statement failed: [UNRESOLVED_COLUMN" in reasons[4], reasons[4]
    assert "must answer a number, not 'Ann'" in reasons[5], reasons[5]
    same(lake.spark.table("primary").count(), 7)
    lake.spark.catalog.dropTempView("primary")
    same(lake.spark.catalog.tableExists("teams"), False)


def a_rule_that_the_data_does_not_let_judge_fails_with_its_reason(lake: Lake) -> None:
    frame = lake.json_frame('{"a": 1, "tags": ["x"], "mixed": 1}', '{"a": 2, "tags": [], "mixed": "y"}')
    judged = _judged(
        frame,
        *('IsComplete "colA"', 'ColumnExists "colA"', 'Mean "tags" > 0', 'IsUnique "mixed"', 'IsComplete "tags"'),
        *('ColumnLength "a" > 0', 'ColumnValues "a" > "2026-01-01"', 'Sum "a" > 0 where "a > 9"', 'IsComplete "A"'),
    )
    same(judged['IsComplete "colA"'], (False, "Input data does not include column colA!", {}))
    same(judged['ColumnExists "colA"'], (False, "Input data does not include column colA!", {}))
    assert judged['Mean "tags" > 0'][1] == "Column tags is of type array, and rules are about plain values only!"
    assert "is of type choice" in judged['IsUnique "mixed"'][1]
    same(judged['IsComplete "tags"'][0], True)
    same(
        judged['ColumnLength "a" > 0'][1],
        "Expected type of column a to be one of (string), but found int instead!",
    )
    assert "date, string, timestamp" in judged['ColumnValues "a" > "2026-01-01"'][1]
    same(
        judged['Sum "a" > 0 where "a > 9"'],
        (False, "There is no value to compute Column.a.Sum from!", {}),
    )
    same(judged['IsComplete "A"'][0], True)


def a_frame_without_records_is_judged(lake: Lake) -> None:
    frame = lake.frame([], "id long")
    judged = _judged(frame, "RowCount > 0", 'IsComplete "id"', 'IsUnique "id"', 'DistinctValuesCount "id" = 0')
    same([passed for passed, _, _ in judged.values()], [False, False, False, True])
    same(judged['IsUnique "id"'][1], "There is no value to compute Column.id.Uniqueness from!")


def composites_are_judged_by_their_rules_or_row_by_row(lake: Lake) -> None:
    """The example of AWS's reference."""
    from awsgluedq.transforms import EvaluateDataQuality

    frame = lake.frame([(2, 1), (0, 3)], "myCol1 int, myCol2 int")
    rule = '(ColumnValues "myCol1" > 1) OR (ColumnValues "myCol2" > 2)'
    nested = f'((RowCount > 5) OR ({rule})) AND (IsComplete "myCol1")'
    judged = _judged(frame, rule, nested)
    same(judged[rule][0], False)
    same(
        judged[rule][1:],
        (
            (
                "Value: 0.0 does not meet the constraint requirement!\n"
                "Value: 1.0 does not meet the constraint requirement!"
            ),
            {"Column.myCol1.Minimum": 0.0, "Column.myCol2.Minimum": 1.0},
        ),
    )
    frames = EvaluateDataQuality().process_rows(
        frame=frame,
        ruleset=f"Rules = [ {rule}, {nested} ]",
        additional_options={"compositeRuleEvaluation.method": "ROW"},
    )
    same([row["Outcome"] for row in frames["ruleOutcomes"].toDF().collect()], ["Passed", "Failed"])
    same(
        [tuple(row)[2:] for row in frames["rowLevelOutcomes"].toDF().collect()],
        [([rule], [], [nested], "Passed")] * 2,
    )
    made = _outcomes(
        frame,
        '(ColumnValues "myCol1" > 1) AND (IsUnique "myCol2")',
        additional_options={"compositeRuleEvaluation.method": "row"},
    )
    same([row["FailureReason"] for row in made], ["50.00 % of rows passed the threshold"])


def rows_that_a_filter_leaves_out_pass_or_are_skipped(lake: Lake) -> None:
    """The example of AWS's reference."""
    from awsgluedq.transforms import EvaluateDataQuality

    rows = [(1, "a", "f"), (2, "b", "d"), (3, "a", None), (4, "a", "f"), (5, "b", None), (6, "a", "f")]
    frame = lake.frame(rows, "id int, att1 string, att2 string")
    rule = 'IsComplete "att2" where "att1 = \'a\' -- the first"'
    for label, out in (("PASSED", "Passed"), ("SKIPPED", "Skipped")):
        frames = EvaluateDataQuality().process_rows(
            frame=frame,
            ruleset=f"Rules = [ {rule} ]",
            additional_options={"rowLevelConfiguration.filteredRowLabel": label},
        )
        same(
            [
                "Failed" if row.DataQualityRulesFail else "Skipped" if row.DataQualityRulesSkip else "Passed"
                for row in frames["rowLevelOutcomes"].toDF().orderBy("id").collect()
            ],
            ["Passed", out, "Failed", "Passed", out, "Passed"],
        )
        same(frames["ruleOutcomes"].toDF().first().EvaluatedMetrics, {"Column.att2.Completeness": 0.75})


def each_record_says_which_rules_it_keeps(lake: Lake) -> None:
    from awsgluedq.transforms import EvaluateDataQuality

    def results(*rules: str) -> list[tuple[int, list[str], str]]:
        frames = EvaluateDataQuality().process_rows(_people(lake), f"Rules = [ {', '.join(rules)} ]")
        rows = frames["rowLevelOutcomes"].toDF().orderBy("id").collect()
        return [(row.id, row.DataQualityRulesFail, row.DataQualityEvaluationResult) for row in rows]

    unique, dated = 'IsUnique "name"', 'ColumnDataType "since" = "Date" with threshold > 0.1'
    long, full = 'ColumnLength "email" > 0', 'Completeness "age" > 0.5'
    same(
        results(unique, dated, long, full, "RowCount > 100", 'IsComplete "nothing"'),
        [
            (1, [unique], "Failed"),
            (2, [], "Passed"),
            (3, [dated, long, full], "Failed"),
            (4, [unique, dated, long], "Failed"),
        ],
    )
    same(results("RowCount > 100"), [(number, [], "Passed") for number in (1, 2, 3, 4)])


def outcomes_of_an_earlier_stage_are_replaced(lake: Lake) -> None:
    from awsgluedq.transforms import EvaluateDataQuality

    first = EvaluateDataQuality().process_rows(_people(lake), 'Rules = [ IsComplete "age" ]')["rowLevelOutcomes"]
    second = EvaluateDataQuality().process_rows(first, 'Rules = [ IsComplete "id" ]')["rowLevelOutcomes"]
    same(second.toDF().columns, first.toDF().columns)
    same({row.DataQualityEvaluationResult for row in second.toDF().collect()}, {"Passed"})


def names_with_dots_and_quotes_are_columns(lake: Lake) -> None:
    from awsgluedq.transforms import EvaluateDataQuality

    frame = lake.frame([(1, None), (2, "x")], "`a.b` int, `it's {0}` string")
    frames = EvaluateDataQuality().process_rows(
        frame, 'Rules = [ IsUnique "a.b", ColumnValues "it\'s {0}" in ["x"], Mean a.b > 1 ]'
    )
    same([row.Outcome for row in frames["ruleOutcomes"].toDF().collect()], ["Passed", "Failed", "Passed"])
    same(
        [row.DataQualityEvaluationResult for row in frames["rowLevelOutcomes"].toDF().orderBy("`a.b`").collect()],
        ["Failed", "Passed"],
    )


def many_rules_take_as_many_jobs_as_two(lake: Lake) -> None:
    """One aggregate and one grouping, however many rules there are."""
    context = lake.spark.sparkContext
    frame = _people(lake)

    def jobs(group: str, *rules: str) -> int:
        context.setJobGroup(group, "")
        _judged(frame, *rules)
        return len(context.statusTracker().getJobIdsForGroup(group))

    rules = [f'{rule} "{column}"' for column in ("id", "paid") for rule in ("IsComplete", "IsUnique", "IsPrimaryKey")]
    rules += [f'{rule} "{column}" > 0' for column in ("id", "paid") for rule in ("Mean", "Sum", "Entropy")]
    rules += ['ColumnValues "paid" > 0', 'ColumnLength "name" > 0', 'IsUnique "id" where "paid > 0"', "RowCount > 0"]
    few = jobs("few", 'IsComplete "id"', 'IsUnique "id"')
    assert few > 0
    same(jobs("many", *rules), few)


def results_are_written_by_day_as_lines_of_json(lake: Lake) -> None:
    said = told(
        lambda: _outcomes(
            _people(lake),
            'IsComplete "id"',
            'IsUnique "name"',
            publishing_options={
                "dataQualityEvaluationContext": "people",
                "enableDataQualityCloudWatchMetrics": True,
                "enableDataQualityResultsPublishing": True,
                "resultsS3Prefix": lake.uri("results").removeprefix("s3://"),
            },
            additional_options={"observations.scope": "ALL", "performanceTuning.caching": "CACHE_NOTHING"},
        )
    )
    same(
        said[0],
        "openglue: data quality: enableDataQualityCloudWatchMetrics, enableDataQualityResultsPublishing"
        " have no effect: results are the frames that the call answers, and the files below resultsS3Prefix",
    )
    [file] = lake.files("results")
    same(said[1:], [f"openglue: data quality results are in {lake.uri('results')}/{file}"])
    assert file.startswith(f"year={datetime.now(UTC):%Y}/month="), file
    lines = [json.loads(line) for line in lake.text("results").splitlines()]
    same(
        [(line["rule"], line["outcome"]) for line in lines],
        [('IsComplete "id"', "Passed"), ('IsUnique "name"', "Failed")],
    )
    same(lines[1]["failureReason"], "Value: 0.5 does not meet the constraint requirement!")
    same(lines[1]["evaluatedMetrics"], {"Column.name.Uniqueness": 0.5})
    same({line["evaluationContext"] for line in lines}, {"people"})
    same(file.endswith(f"/{lines[0]['dqRunId']}.jsonl"), True)


def what_cannot_be_understood_is_an_error_before_data_is_read(lake: Lake) -> None:
    from awsgluedq.transforms import EvaluateDataQuality

    people = _people(lake)
    with raises(ValueError, "the ruleset cannot be used, line 1, column 11: expected a rule"):
        EvaluateDataQuality.apply(people, "Rules = [ ]")
    with raises(NotImplementedError, "the rule DetectAnomalies is not built yet"):
        EvaluateDataQuality.apply(people, 'Rules = [ DetectAnomalies "RowCount" ]')
    with raises(ValueError, 'Rule IsComplete "id" where "id >" has provided an invalid where clause :\n'):
        EvaluateDataQuality.apply(people, 'Rules = [ IsComplete "id" where "id >" ]')
    with raises(ValueError, "has provided an invalid where clause", "nothing"):
        EvaluateDataQuality.apply(people, 'Rules = [ IsComplete "id" where "nothing > 1" ]')
    with raises(ValueError, 'Rule ColumnValues "name" matches "[a" has provided an invalid pattern: '):
        EvaluateDataQuality.apply(people, 'Rules = [ ColumnValues "name" matches "[a" ]')
    with raises(ValueError, "unknown data quality publishing option 'prefix'; there are: dataQualityEvaluationContext"):
        EvaluateDataQuality.apply(people, "Rules = [ RowCount > 0 ]", {"prefix": "s3://x"})
    with raises(ValueError, "compositeRuleEvaluation.method", "one of COLUMN, ROW"):
        EvaluateDataQuality.apply(
            people, "Rules = [ RowCount > 0 ]", additional_options={"compositeRuleEvaluation.method": "TABLE"}
        )
    with raises(TypeError, "takes a DynamicFrame, not a DataFrame"):
        EvaluateDataQuality.apply(people.toDF(), "Rules = [ RowCount > 0 ]")
    with raises(TypeError, "takes a DynamicFrame, not a DataFrame"):
        EvaluateDataQuality.apply(people, "Rules = [ RowCount > 0 ]", additional_data_sources={"x": people.toDF()})
    with raises(TypeError, "a ruleset is a text in DQDL, not a list"):
        EvaluateDataQuality.apply(people, ["RowCount > 0"])


def the_transform_describes_itself(lake: Lake) -> None:
    from awsgluedq.transforms import EvaluateDataQuality

    described = EvaluateDataQuality.describe()["transform"]
    same(described["name"], "EvaluateDataQuality")
    same([one["name"] for one in described["args"]][:3], ["frame", "ruleset", "publishing_options"])
    same(records(EvaluateDataQuality()(_people(lake), "Rules = [ RowCount = 4 ]"))[0]["Outcome"], "Passed")
