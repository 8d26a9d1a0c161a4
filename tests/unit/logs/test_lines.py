"""The runner's pure parts: cutting bytes into lines, and the backlog."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openglue.runner.pump import Splitter
from openglue.runner.spool import Backlog, frame, read_now

LONGEST = 200


def split(chunks: list[bytes]) -> list[bytes]:
    splitter = Splitter(LONGEST)
    lines = b"".join([*(splitter.feed(chunk) for chunk in chunks), splitter.finish()])
    assert not lines or lines.endswith(b"\n")
    return lines.split(b"\n")[:-1]


def shown(line: bytes) -> bytes:
    """A line as it must come out."""
    if len(line) <= LONGEST:
        return line
    return line[: LONGEST - 64] + b" ... openglue: %d bytes cut" % (len(line) - (LONGEST - 64))


# Lines on both sides of the limit.
texts = st.one_of(
    st.binary(max_size=20),
    st.integers(LONGEST - 2, 3 * LONGEST).map(lambda size: bytes(range(11, 256)) * 3 + b"x" * size),
    st.integers(LONGEST - 2, LONGEST + 2).map(lambda size: b"x" * size),
).map(lambda text: text.replace(b"\n", b"."))


@given(lines=st.lists(texts), ended=st.booleans(), data=st.data())
def test_however_the_bytes_arrive_the_lines_are_the_same(lines: list[bytes], data: st.DataObject, *, ended: bool):
    written = b"\n".join(lines) + (b"\n" if ended and lines else b"")
    cuts = sorted(data.draw(st.lists(st.integers(0, len(written)), max_size=10)))
    chunks = [written[start:end] for start, end in zip([0, *cuts], [*cuts, len(written)], strict=True)]
    expected = lines if ended or not lines or lines[-1] else lines[:-1]
    assert split(chunks) == [shown(line) for line in expected]


def test_a_progress_bar_stays_one_line():
    assert split([b"10%\r", b"50%\r", b"100%\n"]) == [b"10%\r50%\r100%"]


def test_a_line_without_end_is_bounded_and_counted():
    splitter = Splitter(LONGEST)
    for _ in range(1000):
        assert splitter.feed(b"x" * 1000) == b""
        assert len(splitter.held) <= LONGEST
    assert splitter.finish() == b"x" * 136 + b" ... openglue: 999864 bytes cut\n"


def test_framing_gives_every_line_the_time():
    assert frame(1_700_000_000_000, b"a\n\nb\n") == b"1700000000000\ta\n1700000000000\t\n1700000000000\tb\n"


pieces = st.one_of(st.integers(1, 60), st.integers(4000, 5000))


@given(st.lists(st.one_of(pieces, st.just("take")), max_size=60), st.integers(0, 9000), st.integers(1, 9000))
def test_a_backlog_gives_everything_in_order_or_says_what_is_missing(actions: list[int | str], head: int, tail: int):
    backlog = Backlog(head, tail)
    put: list[bytes] = []
    got: list[bytes] = []
    missing = 0

    def take() -> bool:
        nonlocal missing
        piece = backlog.take()
        if piece is None:
            return False
        for line in piece.frames().split(b"\n")[:-1]:
            if line[13:14] == b"\x18":
                written, lost = map(int, line[14:].split())
                assert written == sum(len(text) + 1 for text in put[len(got) + missing :][:lost])
                missing += lost
            else:
                got.append(line[14:])
                assert put[len(got) - 1 + missing] == line[14:]
        return True

    for number, action in enumerate(actions):
        if isinstance(action, str):
            take()
        else:
            put.append(b"%d" % number + b"x" * action)
            backlog.put(read_now(1_700_000_000_000 + number, put[-1] + b"\n"))
            # Small lines are joined to pieces of up to 64 KiB, and the newest piece is kept whatever its size.
            assert backlog.size <= head + tail + (64 << 10) + 9000
    while take():
        pass
    assert len(got) + missing == len(put)
    assert backlog.size == 0


@pytest.mark.parametrize("head", [0, 5000])
def test_a_backlog_keeps_its_beginning_and_its_end(head: int):
    backlog = Backlog(head, 10_000)
    for number in range(100):
        backlog.put(read_now(1_700_000_000_000, b"%04d" % number + b"x" * 4500 + b"\n"))
    lines: list[bytes] = []
    while (piece := backlog.take()) is not None:
        lines += piece.frames().split(b"\n")[:-1]
    texts = [line[14:18] if line[13:14] == b"\t" else line[14:] for line in lines]
    begin = [b"0000", b"0001"] if head else []
    gone = 97 - len(begin)
    assert texts == [*begin, b"%d %d" % (gone * 4505, gone), b"0097", b"0098", b"0099"]


def test_many_small_pieces_are_few_in_memory():
    backlog = Backlog(8 << 20, 8 << 20)
    for number in range(10_000):
        backlog.put(read_now(1_700_000_000_000 + number, b"a line\n"))
    count = 0
    while backlog.take() is not None:
        count += 1
    assert count <= 10_000 * 21 // (64 << 10) + 1
