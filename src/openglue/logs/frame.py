"""Framed lines: how a job's output travels and is stored.

    <epoch ms, 13 digits> TAB <the line's bytes> LF         one line of output
    <epoch ms, 13 digits> CAN <bytes> SP <lines> LF         that much output was dropped before it came here

The line's bytes are the job's own, unmodified. No output can pass for a drop: what a job writes always follows a TAB.
Times never go back within a stream. An offset is a position in the framed stream, counted from the stream's beginning
whether or not that beginning is still kept.
"""

from __future__ import annotations

import re
from typing import NamedTuple

STAMP = 13
#: Bytes of a stored line beyond what the job wrote: the time and the separator.
OVERHEAD = STAMP + 1
DROP = b"\x18"

_DROPS = re.compile(rb"(?m)^[0-9]{13}\x18([0-9]{1,19}) ([0-9]{1,19})$")


class Position(NamedTuple):
    """A place between two lines of a stream, and what the job wrote before it, kept or not."""

    #: Bytes of the framed stream before this place.
    offset: int
    #: Lines of output before this place.
    lines: int
    #: Bytes of output before this place, line ends included.
    written: int


ORIGIN = Position(0, 0, 0)


class Line(NamedTuple):
    """One line as a reader gets it."""

    #: When the runner read it, epoch milliseconds.
    timestamp: int
    #: Without the line end.
    text: bytes
    start: Position
    end: Position


def parse(data: bytes, at: Position) -> list[Line]:
    """The whole lines in `data`, which begins at `at`; what follows the last line end is left out.

    Bytes that are no framed line (a disk that lost power can leave such) come out as they are, with the time of the
    line before them.
    """
    lines = []
    timestamp = 0
    start = at
    for raw in data.split(b"\n")[:-1]:
        stamp = raw[:STAMP]
        mark = raw[STAMP:OVERHEAD]
        text = raw[OVERHEAD:]
        lost, wrote = 1, len(text) + 1
        if len(stamp) == STAMP and stamp.isdigit() and mark in (b"\t", DROP):
            timestamp = int(stamp)
            if mark == DROP and (found := _DROPS.match(raw)):
                wrote, lost = int(found[1]), int(found[2])
                text = dropped(wrote, lost)
        else:
            text = raw
        end = Position(start.offset + len(raw) + 1, start.lines + lost, start.written + wrote)
        lines.append(Line(timestamp, text, start, end))
        start = end
    return lines


def advance(at: Position, data: bytes) -> Position:
    """The place after the whole lines `data`, which begins at `at`: as `parse` counts, without the parsing."""
    lines = data.count(b"\n")
    written = len(data) - OVERHEAD * lines
    if DROP in data:
        for found in _DROPS.finditer(data):
            lines += int(found[2]) - 1
            written += int(found[1]) - (len(found[0]) + 1 - OVERHEAD)
    return Position(at.offset + len(data), at.lines + lines, at.written + max(written, 0))


def timestamp_of(line: bytes) -> int:
    """The time at the beginning of framed bytes; 0 where there is none."""
    stamp = line[:STAMP]
    return int(stamp) if stamp.isdigit() else 0


def find_time(data: bytes, time: int) -> int:
    """Where in `data`, whole framed lines in the order of time, the first line of `time` or later begins."""
    low, high = 0, len(data)
    while low < high:
        begin = data.rfind(b"\n", low, (low + high) // 2) + 1 or low
        if timestamp_of(data[begin : begin + STAMP]) < time:
            low = data.find(b"\n", begin) + 1
        else:
            high = begin
    return low


def dropped(written: int, lines: int) -> bytes:
    """The line that a reader gets in the place of output that is gone."""
    return b"openglue: %d bytes in %d lines were dropped here" % (written, lines)


def removed(written: int, lines: int) -> bytes:
    """The line that a reader gets in the place of a log that had to go."""
    return b"openglue: %d bytes in %d lines were removed here, to make room for newer logs" % (written, lines)
