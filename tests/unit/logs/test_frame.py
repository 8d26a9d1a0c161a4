from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from openglue.logs.frame import ORIGIN, Position, advance, find_time, parse

records = st.one_of(
    # What a job wrote, any bytes but a line end.
    st.binary(max_size=40).map(lambda text: (b"\t", text.replace(b"\n", b""))),
    # What a runner dropped.
    st.tuples(st.integers(0, 10**12), st.integers(1, 10**9)).map(lambda lost: (b"\x18", b"%d %d" % lost)),
)


def frames(items: list[tuple[bytes, bytes]], start: int = 1_700_000_000_000) -> bytes:
    return b"".join(b"%013d%s%s\n" % (start + index, mark, text) for index, (mark, text) in enumerate(items))


@given(st.lists(records))
def test_advancing_over_lines_counts_what_parsing_them_counts(items: list[tuple[bytes, bytes]]):
    data = frames(items)
    lines = parse(data, ORIGIN)
    assert len(lines) == len(items)
    assert advance(ORIGIN, data) == (lines[-1].end if lines else ORIGIN)


@given(st.lists(records, min_size=1), st.integers(-2, 60))
def test_the_first_line_of_a_time_is_found(items: list[tuple[bytes, bytes]], time: int):
    data = frames(items)
    starts = [line.start.offset for line in parse(data, ORIGIN) if line.timestamp >= 1_700_000_000_000 + time]
    assert find_time(data, 1_700_000_000_000 + time) == (starts[0] if starts else len(data))


def test_a_line_is_the_jobs_own_bytes():
    (line,) = parse(b"1700000000123\t10%\r50%\x00\xff\t\x18 100%\n", ORIGIN)
    assert line.text == b"10%\r50%\x00\xff\t\x18 100%"
    assert line.timestamp == 1_700_000_000_123
    assert line.end == Position(14 + 17, 1, 17)


def test_what_follows_the_last_line_end_is_no_line_yet():
    assert [line.text for line in parse(b"1700000000123\ta\n1700000000124\tb", ORIGIN)] == [b"a"]


def test_a_drop_is_told_in_words_and_counts_what_was_dropped():
    (line,) = parse(b"1700000000123\x18123456 78\n", ORIGIN)
    assert line.text == b"openglue: 123456 bytes in 78 lines were dropped here"
    assert line.end == Position(24, 78, 123456)


def test_output_that_looks_like_a_drop_is_output():
    (line,) = parse(b"1700000000123\t1700000000123\x181 1\n", ORIGIN)
    assert line.text == b"1700000000123\x181 1"
    assert (line.end.lines, line.end.written) == (1, 18)


def test_bytes_that_are_no_framed_line_come_out_as_they_are():
    first, torn, last = parse(b"1700000000123\ta\n\x00\x00\x00\n1700000000124\tb\n", ORIGIN)
    assert (torn.text, torn.timestamp) == (b"\x00\x00\x00", first.timestamp)
    assert last.text == b"b"
