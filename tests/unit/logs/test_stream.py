"""One stream against a model: whatever is appended, torn or opened again, what is read is what was written."""

from __future__ import annotations

import os
import resource
import tempfile
from pathlib import Path
from threading import Lock
from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openglue.logs.frame import ORIGIN, Line, Position, dropped
from openglue.logs.stream import GapError, Limits, Stream, UnknownStream

LIMITS = Limits(head_bytes=120, tail_bytes=150, segment_bytes=60)
START = 1_700_000_000_000

#: Milliseconds after the line before it, and a line's bytes or how much was dropped.
Output: TypeAlias = tuple[int, bytes | tuple[int, int]]

texts = st.binary(max_size=50).map(lambda text: text.replace(b"\n", b"."))
losses = st.tuples(st.integers(0, 10**6), st.integers(1, 10**4))
outputs = st.lists(st.tuples(st.integers(0, 2), st.one_of(texts, losses)), min_size=1, max_size=60)


class Model:
    """What a runner has sent: framed lines, and what each stands for."""

    def __init__(self, output: list[Output]) -> None:
        self.lines: list[Line] = []
        self.data = b""
        time, at = START, ORIGIN
        for later, item in output:
            time += later
            if isinstance(item, bytes):
                frame, text, lost = b"%d\t%s\n" % (time, item), item, (len(item) + 1, 1)
            else:
                frame, text, lost = b"%d\x18%d %d\n" % (time, *item), dropped(*item), item
            end = Position(at.offset + len(frame), at.lines + lost[1], at.written + lost[0])
            self.lines.append(Line(time, text, at, end))
            self.data += frame
            at = end

    def expected(self, kept: set[int]) -> list[Line]:
        """What a reader must get when the lines that begin at `kept` are there."""
        found: list[Line] = []
        at = ORIGIN
        for line in self.lines:
            if line.start.offset not in kept:
                continue
            if line.start != at:
                found.append(gap(at, line.start, line.timestamp))
            found.append(line)
            at = line.end
        return found


def gap(start: Position, end: Position, timestamp: int) -> Line:
    return Line(timestamp, dropped(end.written - start.written, end.lines - start.lines), start, end)


def stream(folder: Path, limits: Limits = LIMITS) -> Stream:
    return Stream(folder, "output", limits, Lock())


def append(opened: Stream, model: Model, start: int, size: int) -> None:
    """As a client does: from the answer on, if the bytes are beyond the end."""
    try:
        opened.append(start, model.data[start : start + size])
    except GapError as gap:
        opened.append(gap.expected, model.data[gap.expected : start + size])


def tear(folder: Path, size: int) -> None:
    """What a killed server leaves: the newest segment ends within its last write."""
    segments = sorted(folder.glob("output.*"), key=lambda path: int(path.name.split(".")[1]))
    if segments:
        os.truncate(segments[-1], max(segments[-1].stat().st_size - size, 0))


def kept_offsets(folder: Path) -> set[int]:
    """Where lines begin in the files, found without the code under test."""
    found = set()
    for path in folder.glob("output.*"):
        at = int(path.name.split(".")[1])
        for line in path.read_bytes().split(b"\n")[:-1]:
            found.add(at)
            at += len(line) + 1
    return found


@given(
    outputs,
    st.lists(st.tuples(st.integers(0, 1500), st.integers(0, 400), st.integers(-40, 20)), max_size=20),
    st.data(),
)
def test_any_appends_repeats_cuts_and_crashes_give_exactly_what_was_written(
    output: list[Output], actions: list[tuple[int, int, int]], data: st.DataObject
):
    model = Model(output)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        opened = stream(folder)
        for start, size, torn in actions:
            append(opened, model, min(start, len(model.data)), size)
            if torn > 0:
                tear(folder, torn)
                opened = stream(folder)
        end = opened.append(0, b"")
        # A long output arrives in several pieces; the ring drops between them.
        while end < len(model.data):
            end = opened.append(end, model.data[end : end + 200])

        kept = kept_offsets(folder)
        lines = list(opened.forward(ORIGIN))
        assert lines == model.expected(kept)
        assert list(opened.backward(opened.end())) == lines[::-1]
        assert opened.end() == model.lines[-1].end
        # The beginning and the end are there.
        for line in model.lines:
            if line.end.offset <= LIMITS.head_bytes or line.start.offset >= len(model.data) - LIMITS.tail_bytes:
                assert line.start.offset in kept
        # From every place, also one that was dropped since, reading goes on with exact counts.
        place = data.draw(st.sampled_from(model.lines)).end
        following = next((line.timestamp for line in lines if line.end.offset > place.offset), 0)
        after = [line for line in lines if line.end.offset > place.offset]
        if after and after[0].start.offset < place.offset:
            after[0] = gap(place, after[0].end, following)
        assert list(opened.forward(place)) == after
        before = [line for line in lines if line.end.offset <= place.offset]
        reached = before[-1].end if before else ORIGIN
        if reached != place:
            before.append(gap(reached, place, following))
        assert list(opened.backward(place)) == before[::-1]


@given(outputs, st.integers(-2, 100))
def test_reading_begins_at_the_first_line_of_a_time(output: list[Output], time: int):
    model = Model(output)
    with tempfile.TemporaryDirectory() as name:
        opened = stream(Path(name), Limits(segment_bytes=60))
        opened.append(0, model.data)
        found = list(opened.forward(opened.at_time(START + time)))
        assert found == [line for line in model.lines if line.timestamp >= START + time]


def test_a_flood_keeps_the_beginning_and_the_end(tmp_path: Path):
    opened = stream(tmp_path)
    lines = [b"%d\tline %04d\n" % (START, number) for number in range(1000)]
    opened.append(0, b"".join(lines))
    texts = [line.text for line in opened.forward(ORIGIN)]
    assert texts[:3] == [b"line 0000", b"line 0001", b"line 0002"]
    assert texts[-1] == b"line 0999"
    gap = next(index for index, text in enumerate(texts) if text.startswith(b"openglue: "))
    gone = int(texts[gap + 1].split()[1]) - int(texts[gap - 1].split()[1]) - 1
    assert texts[gap] == b"openglue: %d bytes in %d lines were dropped here" % (gone * 10, gone)
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 120 + 150 + 2 * (60 + 24)


def test_an_append_beyond_the_end_is_refused_with_the_expected_offset(tmp_path: Path):
    opened = stream(tmp_path)
    opened.append(0, b"1700000000000\ta\n")
    with pytest.raises(GapError) as refused:
        opened.append(17, b"1700000000000\tb\n")
    assert refused.value.expected == 16


def test_only_whole_lines_are_taken(tmp_path: Path):
    opened = stream(tmp_path)
    assert opened.append(0, b"1700000000000\ta\n1700000000000\tb") == 16
    assert opened.append(16, b"1700000000000\tbc\n") == 33
    assert [line.text for line in opened.forward(ORIGIN)] == [b"a", b"bc"]


def test_a_reader_sees_no_torn_line(tmp_path: Path):
    opened = stream(tmp_path)
    opened.append(0, b"1700000000000\ta\n1700000000000\tb\n")
    tear(tmp_path, 3)
    assert [line.text for line in opened.forward(ORIGIN)] == [b"a"]
    assert opened.end().offset == 16
    assert opened.extent().last == START


def test_a_full_disk_tears_at_most_the_line_that_did_not_fit(tmp_path: Path):
    opened = stream(tmp_path, Limits())
    data = b"".join(b"%d\t%s\n" % (START, b"x" * 1000) for _ in range(40))
    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, unlimited[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            opened.append(0, data)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
    end = opened.append(0, b"")
    assert end == 20_000 // 1015 * 1015
    assert opened.append(end, data[end:]) == len(data)
    assert len(list(opened.forward(ORIGIN))) == 40


def test_a_place_within_a_line_is_refused(tmp_path: Path):
    opened = stream(tmp_path)
    opened.append(0, b"1700000000000\taa\n1700000000000\tb\n")
    with pytest.raises(ValueError, match="no line begins at offset 5"):
        list(opened.forward(Position(5, 0, 0)))
    with pytest.raises(ValueError, match="no line begins at offset 5"):
        list(opened.backward(Position(5, 0, 0)))


def test_a_stream_whose_run_is_deleted_is_unknown(tmp_path: Path):
    with pytest.raises(UnknownStream):
        stream(tmp_path / "gone").append(0, b"1700000000000\ta\n")


def test_long_segments_are_read_in_pieces_either_way(tmp_path: Path):
    opened = stream(tmp_path, Limits(head_bytes=1 << 20, tail_bytes=1 << 20, segment_bytes=1 << 20))
    # Longer than the first pieces that are read, and not a multiple of them.
    output: list[Output] = [(1, b"%d" % number + b"x" * (number % 97)) for number in range(3000)]
    model = Model([*output, (0, b"y" * 300_000), (0, b"last")])
    assert opened.append(0, model.data) == len(model.data)
    assert list(opened.forward(ORIGIN)) == model.lines
    assert list(opened.backward(opened.end())) == model.lines[::-1]
    middle = model.lines[1234]
    assert list(opened.forward(middle.start)) == model.lines[1234:]
    assert list(opened.backward(middle.start)) == model.lines[:1234][::-1]
    assert opened.at_time(middle.timestamp) == middle.start
    assert opened.extent() == (START + 1, START + 3000, len(model.data))
