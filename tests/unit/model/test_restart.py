"""When a streaming run is restarted, and what becomes of its id."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.model.test_decide import run

from openglue.model.restart import TIMEOUT_FROM, Restart, Wish, restart, restart_of, successor_id, successor_of
from openglue.model.retry import first_id, retry_id
from openglue.model.states import RunState

#: Any start of the next decades, epoch milliseconds, and any MaintenanceWindow.
STARTS = st.integers(1_500_000_000_000, 3_000_000_000_000)
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
WINDOWS = st.builds(lambda day, hour: f"{day}:{hour}", st.sampled_from(WEEKDAYS), st.integers(0, 23))


def ms(moment: str) -> int:
    return int(datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp() * 1000)


def due(start: str, window: str | None) -> Restart:
    found = restart(ms(start), timeout_minutes=TIMEOUT_FROM, window=window)
    assert found is not None
    return found


@pytest.mark.contract("5.25")
@pytest.mark.parametrize("window", [None, "Sun:10"])
def test_a_run_with_a_timeout_of_less_than_seven_days_is_never_restarted(window: str | None) -> None:
    assert restart(0, timeout_minutes=TIMEOUT_FROM - 1, window=window) is None
    assert restart(0, timeout_minutes=TIMEOUT_FROM, window=window) is not None


def test_only_streaming_runs_are_restarted() -> None:
    assert restart_of(run(command="glueetl", timeout_minutes=TIMEOUT_FROM)) is None
    assert restart_of(run(command="gluestreaming", timeout_minutes=TIMEOUT_FROM)) is not None


@pytest.mark.contract("5.26")
def test_without_a_window_it_is_seven_days_after_the_start() -> None:
    """The example of AWS's page."""
    assert due("2024-07-01T00:00", None).due_on == ms("2024-07-08T00:00")


@pytest.mark.contract("5.23")
@pytest.mark.parametrize(
    ("start", "window", "due_on", "until"),
    [
        # 2024-07-01 is a Monday. The first window after seven days:
        ("2024-07-01T00:00", "Mon:10", "2024-07-08T10:00", "2024-07-08T13:00"),
        ("2024-07-01T09:59:59", "Mon:10", "2024-07-08T10:00", "2024-07-08T13:00"),
        ("2024-07-01T14:00", "Sun:9", "2024-07-14T09:00", "2024-07-14T12:00"),
        # One that is open then, up to its end.
        ("2024-07-01T11:30", "Mon:10", "2024-07-08T11:30", "2024-07-08T13:00"),
        ("2024-07-01T12:59:59", "Mon:10", "2024-07-08T12:59:59", "2024-07-08T13:00"),
        ("2024-07-01T13:00", "Mon:10", "2024-07-15T10:00", "2024-07-15T13:00"),
        # Over midnight, into another day of the week.
        ("2024-07-01T01:00", "Sun:23", "2024-07-08T01:00", "2024-07-08T02:00"),
    ],
)
def test_with_a_window_it_is_while_the_first_is_open_that_comes_then(
    start: str, window: str, due_on: str, until: str
) -> None:
    found = due(start, window)
    assert (found.due_on, found.asked_until) == (ms(due_on), ms(until))


@given(STARTS, WINDOWS)
def test_every_run_is_restarted_once_between_its_seventh_and_fourteenth_day_within_its_window(
    start: int, window: str
) -> None:
    found = restart(start, timeout_minutes=TIMEOUT_FROM, window=window)
    assert found is not None
    day = 86_400_000
    assert start + 7 * day <= found.due_on < found.asked_until <= found.forced_on == start + 14 * day
    opened = datetime.fromtimestamp(found.asked_until / 1000, UTC) - timedelta(hours=3)
    assert window == f"{WEEKDAYS[opened.weekday()]}:{opened.hour}"
    assert (opened.minute, opened.second, opened.microsecond) == (0, 0, 0)
    assert found.due_on == max(start + 7 * day, int(opened.timestamp() * 1000))


@given(STARTS, st.none() | WINDOWS, st.data())
def test_it_is_asked_while_it_is_due_then_left_alone_and_then_ended(
    start: int, window: str | None, data: st.DataObject
) -> None:
    found = restart(start, timeout_minutes=TIMEOUT_FROM, window=window)
    assert found is not None

    def wishes(first: int, last: int) -> set[Wish]:
        now = data.draw(st.integers(first, last))
        return {found.wish(first), found.wish(now), found.wish(last)}

    assert wishes(start, found.due_on - 1) == {Wish.RUN}
    assert wishes(found.due_on, found.asked_until - 1) == {Wish.RESTART}
    if found.asked_until < found.forced_on:
        assert wishes(found.asked_until, found.forced_on - 1) == {Wish.RUN}
        assert found.wish(found.asked_until, late=True) is Wish.RESTART
    assert wishes(found.forced_on, found.forced_on + 10**9) == {Wish.EXPIRE}


@pytest.mark.contract("3.16")
@pytest.mark.parametrize(
    ("expired", "successor"),
    [
        ("jr_1234", "jr_1234_restart_1"),
        ("jr_1234_restart_1", "jr_1234_restart_2"),
        ("jr_1234_restart_9", "jr_1234_restart_10"),
        ("jr_1234_attempt_4", "jr_1234_attempt_4_restart_1"),
    ],
)
def test_the_successors_id_counts_the_restarts(expired: str, successor: str) -> None:
    assert successor_id(expired) == successor


@pytest.mark.contract("3.16", "3.17")
def test_a_retry_counts_its_restarts_anew_and_a_restart_uses_no_retry() -> None:
    """The example of AWS's page."""
    failed = run("jr_1234_attempt_3_restart_5", attempt=3, retry_no=3)
    assert retry_id(failed) == "jr_1234_attempt_4"
    assert retry_id(run("jr_1234_restart_5")) == "jr_1234_attempt_1"
    assert first_id(failed.id) == first_id("jr_1234_restart_5") == "jr_1234"
    successor = successor_of(failed, seq=7, now=5, steady=5)
    assert (successor.attempt, successor.retry_no) == (3, 3)


def test_a_successor_is_asked_the_same_and_nothing_has_happened_to_it() -> None:
    happened: dict[str, Any] = {
        "state": RunState.EXPIRED,
        "fence": 3,
        "start_token": "t",
        "claimed_on": 1,
        "running_on": 2,
        "completed_on": 3,
        "execution_ms": 4,
        "error_message": "Job run expired",
    }
    asked = {"trigger_name": "t", "definition_sha": "d", "dpu_16ths": 5, "fixed": {"Arguments": {"--a": "1"}}}
    successor = successor_of(run(**happened, **asked), seq=9, now=50, steady=50)
    assert successor == run(
        "jr_1_restart_1", **asked, seq=9, previous_run_id="jr_1", started_on=50, last_modified_on=50
    )
