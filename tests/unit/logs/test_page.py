"""Merged reading: nothing twice, nothing lost, whatever arrives between two pages."""

from __future__ import annotations

import tempfile
from pathlib import Path
from threading import Lock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openglue.logs.frame import Position
from openglue.logs.page import Cursor, Page, Source, Span, read
from openglue.logs.stream import Limits, Stream

START = 1_700_000_000_000


class Sources:
    """Streams that a test writes to, line by line."""

    def __init__(self, folder: Path, count: int) -> None:
        self.all = [
            Source(
                run_id=f"jr_{number}",
                name="output",
                label=f"jr_{number}",
                stream=Stream(folder, f"s{number}", Limits(segment_bytes=100), Lock()),
            )
            for number in range(count)
        ]

    def write(self, number: int, time: int, text: str) -> None:
        stream = self.all[number].stream
        stream.append(stream.append(0, b""), b"%d\t%s\n" % (START + time, text.encode()))


def texts(page: Page) -> list[str]:
    return [event.line.text.decode() for event in page.events]


steps = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.booleans()), max_size=50)


@given(steps=steps, limit=st.integers(1, 5), few=st.booleans())
def test_a_follower_gets_every_line_once_and_each_stream_in_order(
    steps: list[tuple[int, int, bool]], limit: int, *, few: bool
):
    """Few streams may each be late; of many, which a cursor does not all name, lines come in the order of time."""
    span = Span(limit=limit, positions=100 if few else 1)
    with tempfile.TemporaryDirectory() as name:
        sources = Sources(Path(name), 4)
        times = [0] * 4
        written: list[list[str]] = [[] for _ in times]
        got: list[list[str]] = [[] for _ in times]
        cursor: Cursor | None = None

        def page() -> Page:
            nonlocal cursor
            found = read(sources.all, cursor, span)
            for event in found.events:
                got[sources.all.index(event.source)].append(event.line.text.decode())
            cursor = Cursor.decode(found.after.encode())
            return found

        for step, (number, later, look) in enumerate(steps):
            times[number] = (times[number] if few else max(times)) + later
            written[number].append(f"line {step}")
            sources.write(number, times[number], f"line {step}")
            if look:
                page()
        while page().more:
            pass
        assert got == written


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), max_size=40),
    st.integers(1, 7),
    st.integers(0, 50),
    st.sampled_from([1, 100]),
)
def test_backward_is_forward_reversed(steps: list[tuple[int, int]], limit: int, size: int, positions: int):
    with tempfile.TemporaryDirectory() as name:
        sources = Sources(Path(name), 3)
        time = 0
        for step, (number, later) in enumerate(steps):
            time += later
            sources.write(number, time, f"line {step}")
        span = Span(limit=limit, size=size, positions=positions)
        forward, backward = [], []
        page = read(sources.all, None, span)
        while page.events:
            forward += texts(page)
            page = read(sources.all, page.after, span)
        page = read(sources.all, None, span, forward=False)
        while page.events:
            backward += texts(page)
            page = read(sources.all, page.after, span, forward=False)
        assert len(forward) == len(steps)
        assert backward == forward[::-1]


@given(st.lists(st.integers(0, 5), max_size=30), st.integers(0, 60), st.integers(0, 60))
def test_a_span_takes_its_start_and_leaves_its_end(gaps: list[int], start: int, end: int):
    with tempfile.TemporaryDirectory() as name:
        sources = Sources(Path(name), 2)
        times, time = [], 0
        for step, later in enumerate(gaps):
            time += later
            times.append(time)
            sources.write(step % 2, time, str(time))
        span = Span(start=START + start, end=START + end)
        expected = [str(time) for time in times if start <= time < end]
        assert texts(read(sources.all, None, span)) == expected
        assert texts(read(sources.all, None, span, forward=False)) == expected[::-1]


def test_a_page_turned_back_shows_what_came_before_it(tmp_path: Path):
    sources = Sources(tmp_path, 2)
    for step in range(10):
        sources.write(step % 2, step, str(step))
    second = read(sources.all, read(sources.all, None, Span(limit=4)).after, Span(limit=3))
    assert texts(second) == ["4", "5", "6"]
    assert texts(read(sources.all, second.before, Span(limit=3), forward=False)) == ["3", "2", "1"]


def test_a_page_ends_at_its_size_and_holds_at_least_one_line(tmp_path: Path):
    sources = Sources(tmp_path, 1)
    for text in ("a" * 74, "b" * 74, "c" * 500, "d"):
        sources.write(0, 0, text)
    page = read(sources.all, None, Span(size=200))
    assert [len(text) for text in texts(page)] == [74, 74]
    page = read(sources.all, page.after, Span(size=200))
    assert [len(text) for text in texts(page)] == [500]
    assert page.more


def test_what_is_no_utf8_counts_as_it_is_sent(tmp_path: Path):
    sources = Sources(tmp_path, 1)
    stream = sources.all[0].stream
    stream.append(0, b"%d\t%s\n" % (START, b"\xff" * 50) * 2)
    # 50 bytes become 50 characters of three bytes.
    assert len(read(sources.all, None, Span(size=300)).events) == 1
    assert len(read(sources.all, None, Span(size=352)).events) == 2


def test_a_stream_that_came_later_is_read_from_its_beginning(tmp_path: Path):
    sources = Sources(tmp_path, 2)
    sources.write(0, 50, "old")
    page = read(sources.all[:1], None, Span())
    sources.write(1, 10, "late")
    assert texts(read(sources.all, page.after, Span())) == ["late"]


@given(
    st.one_of(st.none(), st.integers(0, 2**43)),
    st.dictionaries(
        st.binary(min_size=8, max_size=8).map(bytes.hex),
        st.builds(Position, st.integers(0, 2**50), st.integers(0, 2**50), st.integers(0, 2**50)),
        max_size=5,
    ),
)
def test_a_cursor_survives_being_text(time: int | None, positions: dict[str, Position]):
    cursor = Cursor(time=time, positions=positions)
    assert Cursor.decode(cursor.encode()) == cursor


@pytest.mark.parametrize("text", ["", "x", "12.34", "0.0123456789abcdef-1-1", "0" * 20, "n."])
def test_text_that_is_no_cursor_is_refused(text: str):
    with pytest.raises(ValueError, match="no cursor"):
        Cursor.decode(text)
