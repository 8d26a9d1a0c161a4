"""The AWS cron dialect, against a brute force over minutes and dates, and at its edges."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from openglue.errors import InvalidInputException
from openglue.model.schedule import LEAST_MINUTES, Schedule

from .brute_cron import FIRST, LAST, Expression, expressions

#: Days that are compared minute by minute for one expression: each month's rules come up.
WINDOW = 40


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1000


def shown(fire: int | None) -> str | None:
    return None if fire is None else datetime.fromtimestamp(fire / 1000, UTC).strftime("%Y-%m-%d %H:%M")


def fires(fields: str, after: str, count: int) -> list[str | None]:
    return [shown(fire) for fire in Schedule.parse(f"cron({fields})").fires(ms(after), count)]


def dates(fields: str, after: str, count: int) -> list[str]:
    return [str(fire).removesuffix(" 00:00") for fire in fires(f"0 0 {fields}", after, count)]


def parsed(text: str) -> Schedule | str:
    """The schedule, or why there is none."""
    try:
        return Schedule.parse(text)
    except InvalidInputException as error:
        return error.message


def refusal(text: str) -> str:
    message = parsed(text)
    assert isinstance(message, str), "it was accepted"
    return message


# What an expression means.


def check_against_brute_force(expression: Expression, data: st.DataObject) -> None:
    text = expression.text
    schedule = parsed(text)
    if isinstance(schedule, str):
        if "never fires" in schedule:
            assert next(expression.dates(), None) is None, text
        else:
            assert "between two fires" in schedule, text
            assert expression.fires_twice_within(LEAST_MINUTES), text
        return
    assert not expression.fires_twice_within(LEAST_MINUTES), text
    year = data.draw(st.sampled_from(sorted(expression.years[1])) | st.integers(1970, 2199), label="year")
    month = data.draw(st.sampled_from(sorted(expression.months[1])) | st.integers(1, 12), label="month")
    first = date(year, month, data.draw(st.integers(1, 28), label="day"))
    days = min(WINDOW, (LAST - first).days + 1)
    begin = (first - FIRST).days * 86_400_000
    end = begin + days * 86_400_000
    expected = expression.fires_between(first, days)

    found = schedule.fires(begin - 1, len(expected) + 1)
    assert [fire for fire in found if fire < end] == expected, text
    before_end = schedule.previous_fire(end - 1)
    if expected:
        assert before_end == expected[-1], text
        # Every moment between two fires leads to the one and back to the other.
        index = data.draw(st.integers(0, len(expected) - 1), label="fire")
        fire = expected[index]
        back = data.draw(st.integers(1, fire - (expected[index - 1] if index else begin - 1)), label="ms before")
        assert schedule.next_fire(fire - back) == fire, text
        assert schedule.previous_fire(fire) == fire, text
        if index:
            assert schedule.previous_fire(fire - 1) == expected[index - 1], text
    else:
        assert before_end is None or before_end < begin, text


@settings(max_examples=500, deadline=None)
@given(expressions(), st.data())
def test_fires_are_those_that_asking_every_minute_finds(expression: Expression, data: st.DataObject):
    check_against_brute_force(expression, data)


@pytest.mark.long
@pytest.mark.timeout(900)
@settings(max_examples=10_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(expressions(), st.data())
def test_fires_are_those_that_asking_every_minute_finds_in_ten_thousand_expressions(
    expression: Expression, data: st.DataObject
):
    check_against_brute_force(expression, data)


@pytest.mark.long
@pytest.mark.timeout(600)
@settings(max_examples=2000, deadline=None, suppress_health_check=list(HealthCheck))
@given(expressions(), st.integers(ms("1971-01-01 00:00"), ms("2190-01-01 00:00")))
def test_another_implementation_agrees_on_what_it_finds(expression: Expression, after: int):
    """aws-croniter finds no `L` day of the week, cannot read `LW`, gives rare fires up, and takes fewer lists."""
    from aws_croniter import AwsCroniter
    from aws_croniter.exceptions import AwsCroniterExpressionError

    assume(expression.of_week != "L" and expression.of_month.upper() != "LW")
    schedule = parsed(expression.text)
    assume(isinstance(schedule, Schedule))
    try:
        other = AwsCroniter(expression.text[len("cron(") : -1].upper())
    except AwsCroniterExpressionError:
        assume(False)
    found = [fire for fire in other.get_next(datetime.fromtimestamp(after / 1000, UTC), 3) if fire is not None]
    assume(found)
    assert [shown(fire) for fire in schedule.fires(after, len(found))] == [f"{fire:%Y-%m-%d %H:%M}" for fire in found]


@settings(deadline=None)
@given(expressions(), st.integers())
def test_any_moment_has_an_answer(expression: Expression, moment: int):
    schedule = parsed(expression.text)
    assume(isinstance(schedule, Schedule))
    later, earlier = schedule.next_fire(moment), schedule.previous_fire(moment)
    assert later is None or later > moment
    assert earlier is None or earlier <= moment
    assert later is not None or earlier is not None
    if later is not None:
        assert schedule.previous_fire(later) == later
        assert schedule.next_fire(later - 1) == later
        assert schedule.previous_fire(later - 1) == earlier
    if earlier is not None:
        assert schedule.next_fire(earlier) == later


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        # The examples of AWS's page.
        ("15 12 * * ? *", ["2026-01-30 12:15", "2026-01-31 12:15", "2026-02-01 12:15"]),
        ("0 18 ? * MON-FRI *", ["2026-01-30 18:00", "2026-02-02 18:00", "2026-02-03 18:00"]),
        ("0 8 1 * ? *", ["2026-02-01 08:00", "2026-03-01 08:00", "2026-04-01 08:00"]),
        ("0/15 * * * ? *", ["2026-01-30 00:15", "2026-01-30 00:30", "2026-01-30 00:45"]),
        ("0/10 * ? * MON-FRI *", ["2026-01-30 00:10", "2026-01-30 00:20", "2026-01-30 00:30"]),
        ("0/5 8-17 ? * MON-FRI *", ["2026-01-30 08:00", "2026-01-30 08:05", "2026-01-30 08:10"]),
        ("1/10 0 * * ? *", ["2026-01-30 00:01", "2026-01-30 00:11", "2026-01-30 00:21"]),
        # Names in any case, leading zeros, lists of ranges with steps.
        ("00 06 ? feb-Mar mon,wEd *", ["2026-02-02 06:00", "2026-02-04 06:00", "2026-02-09 06:00"]),
        ("0 1-5/2,20 * * ? *", ["2026-01-30 01:00", "2026-01-30 03:00", "2026-01-30 05:00"]),
        ("0 0 */10 * ? *", ["2026-01-31 00:00", "2026-02-01 00:00", "2026-02-11 00:00"]),
        ("0 0 1 1 ? 2026/2", ["2028-01-01 00:00", "2030-01-01 00:00", "2032-01-01 00:00"]),
        ("0 0 1 1 ? 2026-2030/3", ["2029-01-01 00:00"]),
        # Ranges over the end of a field.
        ("0 22-1 * * ? *", ["2026-01-30 01:00", "2026-01-30 22:00", "2026-01-30 23:00"]),
        ("50-10/10 0 * * ? *", ["2026-01-30 00:10", "2026-01-30 00:50", "2026-01-31 00:00"]),
        ("0 0 ? * FRI-SUN *", ["2026-01-31 00:00", "2026-02-01 00:00", "2026-02-06 00:00"]),
        ("0 0 30-2 * ? *", ["2026-01-31 00:00", "2026-02-01 00:00", "2026-02-02 00:00"]),
        ("0 0 1 NOV-FEB/2 ? *", ["2026-11-01 00:00", "2027-01-01 00:00", "2027-11-01 00:00"]),
    ],
)
def test_a_field_means_what_aws_says(fields: str, expected: list[str]):
    assert fires(fields, "2026-01-30 00:00", 3) == expected


def test_a_fire_is_later_than_the_moment_and_the_previous_one_is_not():
    schedule = Schedule.parse("cron(15 12 * * ? *)")
    noon = ms("2026-01-31 12:15")
    assert schedule.next_fire(noon - 1) == noon
    assert shown(schedule.next_fire(noon)) == "2026-02-01 12:15"
    assert schedule.previous_fire(noon) == noon
    assert schedule.previous_fire(noon + 59_999) == noon
    assert shown(schedule.previous_fire(noon - 1)) == "2026-01-30 12:15"


# The edges of the calendar.


def test_the_last_day_of_a_month_follows_its_length():
    assert dates("L * ? 2023-2024", "2023-11-30 00:00", 4) == ["2023-12-31", "2024-01-31", "2024-02-29", "2024-03-31"]
    assert dates("L 2 ? *", "2096-01-01 00:00", 3) == ["2096-02-29", "2097-02-28", "2098-02-28"]


def test_the_29th_of_february_skips_the_years_that_have_none():
    assert dates("29 2 ? *", "2088-03-01 00:00", 4) == ["2092-02-29", "2096-02-29", "2104-02-29", "2108-02-29"]
    assert dates("29 2 ? 2096", "1970-01-01 00:00", 2) == ["2096-02-29"]


def test_the_31st_is_in_seven_months():
    months = [day[5:7] for day in dates("31 * ? *", "2026-01-01 00:00", 7)]
    assert months == ["01", "03", "05", "07", "08", "10", "12"]


def test_a_weekday_near_the_first_or_the_last_day_stays_in_its_month():
    # 1 August 2026 is a Saturday, 1 November 2026 a Sunday.
    assert dates("1W 8,11 ? 2026", "2026-01-01 00:00", 2) == ["2026-08-03", "2026-11-02"]
    # 31 May 2026 is a Sunday, 31 October 2026 a Saturday; June and November have no 31st.
    assert dates("31W 5-6,10-11 ? 2026", "2026-01-01 00:00", 3) == ["2026-05-29", "2026-10-30"]
    # The day after 30 June is a Saturday in 2028 and a Sunday in 2029: no weekday of June is near it.
    assert dates("31W 6,7 ? 2028-2029", "2026-01-01 00:00", 3) == ["2028-07-31", "2029-07-31"]
    # 15 August 2026 is a Saturday, 15 November 2026 a Sunday, 15 December 2026 a Tuesday.
    assert dates("15W 8,11,12 ? 2026", "2026-01-01 00:00", 3) == ["2026-08-14", "2026-11-16", "2026-12-15"]


def test_lw_is_the_last_weekday_of_each_month():
    assert dates("LW * ? 2026", "2025-12-31 00:00", 13) == [
        "2026-01-30",
        "2026-02-27",
        "2026-03-31",
        "2026-04-30",
        "2026-05-29",
        "2026-06-30",
        "2026-07-31",
        "2026-08-31",
        "2026-09-30",
        "2026-10-30",
        "2026-11-30",
        "2026-12-31",
    ]


def test_the_week_begins_with_sunday_as_one():
    # 4 January 2026 is a Sunday.
    for number, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"), 1):
        expected = [f"2026-01-{3 + number:02}"]
        assert dates(f"? * {number} *", "2026-01-03 12:00", 1) == expected
        assert dates(f"? * {name} *", "2026-01-03 12:00", 1) == expected


def test_l_is_saturday_and_6l_the_last_friday():
    assert dates("? * L *", "2026-01-01 00:00", 2) == ["2026-01-03", "2026-01-10"]
    assert dates("? 1-3 6L *", "2026-01-01 00:00", 3) == ["2026-01-30", "2026-02-27", "2026-03-27"]
    assert dates("? 1-3 FRIL *", "2026-01-01 00:00", 3) == ["2026-01-30", "2026-02-27", "2026-03-27"]


def test_a_fifth_weekday_skips_the_months_that_have_four():
    assert dates("? * 6#5 2026", "2026-01-01 00:00", 9) == ["2026-01-30", "2026-05-29", "2026-07-31", "2026-10-30"]
    assert dates("? 2 SUN#5 *", "2000-01-01 00:00", 3) == ["2004-02-29", "2032-02-29", "2060-02-29"]


def test_a_list_joins_days_that_are_named_in_different_ways():
    assert dates("1,15W,L 8 ? 2026", "2026-01-01 00:00", 3) == ["2026-08-01", "2026-08-14", "2026-08-31"]
    assert dates("? 8 L,2L 2026", "2026-08-20 00:00", 3) == ["2026-08-22", "2026-08-29", "2026-08-31"]


def test_the_year_turns_with_the_minute():
    assert fires("0/30 23,0 31,1 12,1 ? *", "2026-12-31 23:29", 3) == [
        "2026-12-31 23:30",
        "2027-01-01 00:00",
        "2027-01-01 00:30",
    ]


def test_the_calendar_begins_in_1970_and_ends_with_2199():
    daily = Schedule.parse("cron(30 23 * * ? *)")
    assert shown(daily.next_fire(ms("1960-01-01 00:00"))) == "1970-01-01 23:30"
    assert daily.previous_fire(ms("1970-01-01 23:29")) is None
    assert daily.previous_fire(ms("1960-01-01 00:00")) is None
    assert shown(daily.next_fire(ms("2199-12-31 23:29"))) == "2199-12-31 23:30"
    assert daily.next_fire(ms("2199-12-31 23:30")) is None
    assert daily.next_fire(ms("2200-01-01 00:00")) is None
    assert shown(daily.previous_fire(ms("2500-01-01 00:00"))) == "2199-12-31 23:30"
    assert [shown(fire) for fire in daily.fires(ms("2199-12-30 12:00"), 10)] == ["2199-12-30 23:30", "2199-12-31 23:30"]


def test_a_schedule_of_years_that_are_over_fires_no_more():
    over = Schedule.parse("cron(0 0 1 1 ? 2020)")
    assert over.next_fire(ms("2026-01-01 00:00")) is None
    assert shown(over.previous_fire(ms("2026-01-01 00:00"))) == "2020-01-01 00:00"


# What is refused.


def test_space_around_fields_does_not_matter():
    assert Schedule.parse(" cron( 0  12\t* * ?\n* ) ").times == Schedule.parse("cron(0 12 * * ? *)").times


def test_the_text_is_kept_as_it_was_written():
    assert Schedule.parse("cron(00 12 ? * mon *)").text == "cron(00 12 ? * mon *)"


@pytest.mark.parametrize(
    ("fields", "field", "reason"),
    [
        ("60 * * * ? *", "minutes field '60'", "'60' is not one of 0-59"),
        ("0,61 * * * ? *", "minutes field '0,61'", "'61' is not one of 0-59"),
        ("-5 * * * ? *", "minutes field '-5'", "'-5' cannot be read"),
        ("5- * * * ? *", "minutes field '5-'", "'5-' cannot be read"),
        ("0,,5 * * * ? *", "minutes field '0,,5'", "a list has a value on each side of a ','"),
        ("0/0 * * * ? *", "minutes field '0/0'", "the step '0' is not one of 1-59"),
        ("*/60 * * * ? *", "minutes field '*/60'", "the step '60' is not one of 1-59"),
        ("? * * * ? *", "minutes field '?'", "'?' cannot be read"),
        ("MON * * * ? *", "minutes field 'MON'", "'MON' is not one of 0-59"),
        ("1" * 5000 + " * * * ? *", "minutes field '1111", "is not one of 0-59"),
        ("0/" + "9" * 5000 + " * * * ? *", "minutes field '0/99", "is not one of 1-59"),
        ("0 24 * * ? *", "hours field '24'", "'24' is not one of 0-23"),
        ("0 8\N{EN DASH}17 * * ? *", "hours field", "a range is written with '-'"),
        ("0 \N{ARABIC-INDIC DIGIT THREE} * * ? *", "hours field", "only ASCII characters are understood"),
        ("0 0 0 * ? *", "day-of-month field '0'", "'0' is not one of 1-31"),
        ("0 0 32 * ? *", "day-of-month field '32'", "'32' is not one of 1-31"),
        ("0 0 32W * ? *", "day-of-month field '32W'", "'32' is not one of 1-31"),
        ("0 0 1-5W * ? *", "day-of-month field '1-5W'", "'5W' is not one of 1-31"),
        ("0 0 W * ? *", "day-of-month field 'W'", "'W' is not one of 1-31"),
        ("0 0 L-3 * ? *", "day-of-month field 'L-3'", "AWS documents no days counted from the last one"),
        ("0 0 1,? * ? *", "day-of-month field '1,?'", "'?' cannot be read"),
        ("0 0 1#2 * ? *", "day-of-month field '1#2'", "'1#2' cannot be read"),
        ("0 0 ? * ? *", "day-of-month field '?'", "cannot both be '?'"),
        ("0 0 * * * *", "day-of-week field '*'", "day-of-month is '*', so that one of the two must be '?'"),
        ("0 0 1 * MON *", "day-of-week field 'MON'", "day-of-month is '1', so that one of the two must be '?'"),
        ("0 0 1 0 ? *", "month field '0'", "'0' is not one of 1-12"),
        ("0 0 1 JANUARY ? *", "month field 'JANUARY'", "'JANUARY' is not one of 1-12"),
        ("0 0 1 MON ? *", "month field 'MON'", "'MON' is not one of 1-12"),
        ("0 0 1 1/13 ? *", "month field '1/13'", "the step '13' is not one of 1-12"),
        ("0 0 ? * 0 *", "day-of-week field '0'", "'0' is not one of 1-7"),
        ("0 0 ? * 8L *", "day-of-week field '8L'", "'8' is not one of 1-7"),
        ("0 0 ? * 6#6 *", "day-of-week field '6#6'", "a month has no '6' of a weekday: 1-5"),
        ("0 0 ? * 6#0 *", "day-of-week field '6#0'", "a month has no '0' of a weekday: 1-5"),
        ("0 0 ? * 3#1,6#3 *", "day-of-week field '3#1,6#3'", "with '#' the field has one value"),
        ("0 0 ? * 3W *", "day-of-week field '3W'", "'3W' is not one of 1-7"),
        ("0 0 1 1 ? 1969", "year field '1969'", "'1969' is not one of 1970-2199"),
        ("0 0 1 1 ? 2200", "year field '2200'", "'2200' is not one of 1970-2199"),
        ("0 0 1 1 ? 26", "year field '26'", "'26' is not one of 1970-2199"),
        ("0 0 1 1 ? 2030-2026", "year field '2030-2026'", "'2030-2026' runs backwards"),
        ("0 0 1 1 ? 2026/230", "year field '2026/230'", "the step '230' is not one of 1-229"),
    ],
)
def test_a_wrong_field_is_named_with_its_text_and_what_it_takes(fields: str, field: str, reason: str):
    message = refusal(f"cron({fields})")
    assert message.startswith(f"Schedule: {field}")
    assert reason in message
    assert ". The field takes " in message
    assert len(message) < 400


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it is written cron(Minutes Hours Day-of-month Month Day-of-week Year)"),
        ("0 12 * * ? *", "it is written cron("),
        ("cron(0 12 * * ? *", "it is written cron("),
        ("cron()", "it has 0 fields"),
        ("cron(0 12 * * ?)", "it has 5 fields"),
        ("cron(0 0 12 * * ? *)", "it has 7 fields"),
        ("rate(5 minutes)", "rate(...) is not valid: AWS Glue takes only cron("),
        ("at(2026-01-01T00:00:00)", "at(...) is not valid: AWS Glue takes only cron("),
        ("CRON(0 12 * * ? *)", "CRON(...) is not valid: AWS Glue takes only cron("),
    ],
)
def test_what_is_no_cron_expression_is_told_how_one_is_written(text: str, reason: str):
    assert reason in refusal(text)


@pytest.mark.parametrize(
    ("fields", "times"),
    [
        ("* * * * ? *", "00:00 and again at 00:01"),
        ("0/4 * * * ? *", "00:00 and again at 00:04"),
        ("0,3 12 * * ? *", "12:00 and again at 12:03"),
        # A step that does not divide the hour is refused only where hours follow each other.
        ("0/7 3,4 * * ? *", "03:56 and again at 04:00"),
        ("58,2 3-4 * * ? *", "03:58 and again at 04:02"),
        # From one day to the next.
        ("58,2 23,0 * * ? *", "23:58 and again at 00:02"),
        ("58,2 23,0 1,L 12 ? 2026-2028", None),
        ("58,2 23,0 31,1 * ? 2026", "23:58 and again at 00:02"),
        ("58,2 23,0 31,1 1,12 ? 2026-2027", "23:58 and again at 00:02"),
        ("58,2 23,0 31,1 1,12 ? 2026,2028", None),
        ("58,2 23,0 ? * MON,WED,SAT *", None),
        ("58,2 23,0 ? * SAT,SUN *", "23:58 and again at 00:02"),
        ("57,2 23,0 * * ? *", None),
        ("0/7 3,5 * * ? *", None),
        ("0/5 * * * ? *", None),
        ("59 23 * * ? *", None),
    ],
)
def test_two_fires_are_nowhere_closer_than_five_minutes(fields: str, times: str | None):
    text = f"cron({fields})"
    if times is None:
        Schedule.parse(text)
    else:
        assert f"fires at {times}: a schedule leaves at least 5 minutes" in refusal(text)


@pytest.mark.parametrize("fields", ["30 2 ? *", "31 4,6,9,11 ? *", "31W 2 ? *", "29 2 ? 2026", "? 2 6#5 2026"])
def test_what_never_fires_is_refused(fields: str):
    assert "never fires" in refusal(f"cron(0 0 {fields})")


@settings(deadline=None)
@given(st.text(st.sampled_from("0123456789*?/,-LW# ()cronMFADSUTEB\N{EN DASH}\n"), max_size=60) | st.text(max_size=40))
def test_no_text_leads_to_anything_but_a_schedule_or_a_refusal(text: str):
    for expression in (text, f"cron({text})", f"cron(0 0 {text} * ? *)", f"cron(0 0 ? * {text} *)"):
        schedule = parsed(expression)
        if isinstance(schedule, str):
            assert schedule.startswith("Schedule: ")
        else:
            assert schedule.fires(-1, 1)
