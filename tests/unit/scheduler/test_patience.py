"""How long a webhook waits before it calls again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from openglue.scheduler.webhook import Patience


def test_pauses_double_up_to_the_longest() -> None:
    assert [Patience().pause_s(tries, 0.0) for tries in range(1, 12)] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


@given(tries=st.integers(1, 10**9), chance=st.floats(0, 1))
def test_a_pause_is_never_longer_than_the_longest_nor_cut_to_less_than_half(tries: int, chance: float) -> None:
    longest = Patience().pause_s(tries, 0.0)
    assert longest / 2 <= Patience().pause_s(tries, chance) <= longest <= 300


def test_an_event_that_fails_is_set_aside_after_about_a_day() -> None:
    patience = Patience()
    whole_s = sum(patience.pause_s(tries, 0.5) for tries in range(1, patience.failures))
    assert 12 * 3600 < whole_s < 36 * 3600
