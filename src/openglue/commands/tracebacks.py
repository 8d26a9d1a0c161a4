"""What is shown of an exception that has left a script: the user's own lines, and what was said.

A part of the launcher, so of the standard library alone. The frames of the launcher, of PySpark, Py4J and awsglue are
left out, which says how many they were; of a Java exception the cause is told in a line, and what failed in one of
Spark's Python workers with the user's lines there.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from types import FrameType, TracebackType

#: Packages whose frames say nothing about a script.
FOREIGN = ("pyspark", "py4j", "awsglue", "bdb", "pdb")
#: Chained exceptions that are shown at most.
MOST_CHAINED = 20

_HEAD = "Traceback (most recent call last):\n"
_CAUSE = "\nThe above exception was the direct cause of the following exception:\n\n"
_CONTEXT = "\nDuring handling of the above exception, another exception occurred:\n\n"
_LAUNCHER = Path(__file__).absolute().parent
_JAVA_FRAME = re.compile(r"\n\s+at [\w.$<>/]+\(|\nDriver stacktrace:|\n\s+\.\.\. \d+ more")
_CAUSED_BY = "\nCaused by: "
_WORKER_FILE = re.compile(r'  File "[^"]*/pyspark(?:\.zip/pyspark)?/')


def lines(error: BaseException) -> Iterator[str]:
    """The traceback of an exception and of those that it came from, as text that ends in line ends."""
    chain: list[tuple[BaseException, str]] = []
    current: BaseException | None = error
    link = ""
    while current is not None and len(chain) < MOST_CHAINED and all(current is not seen for seen, _ in chain):
        chain.append((current, link))
        if current.__cause__ is not None:
            current, link = current.__cause__, _CAUSE
        else:
            current, link = None if current.__suppress_context__ else current.__context__, _CONTEXT
    for shown, leads_to in reversed(chain):
        yield from _single(shown)
        yield leads_to


def own_frames(trace: TracebackType | None) -> list[FrameType]:
    """The frames of a traceback that are the user's, outermost first; all but the launcher's if none is."""
    frames = [frame for frame, _ in traceback.walk_tb(trace)]
    return [frame for frame in frames if package(frame) is None] or [
        frame for frame in frames if package(frame) != "the launcher"
    ]


def java_reason(text: str) -> str:
    """The cause that the text of a Java exception ends in, without stacks."""
    return _JAVA_FRAME.split(text.rpartition(_CAUSED_BY)[2], maxsplit=1)[0].strip()


def package(frame: FrameType) -> str | None:
    """Whose frame it is that says nothing about the script; None for the user's own."""
    file = frame.f_code.co_filename
    # A relative name, as "<string>", is never the launcher's; to make it absolute takes a working directory.
    if file.startswith("<frozen ") or Path(file).parent == _LAUNCHER:
        return "the launcher"
    name = str(frame.f_globals.get("__name__", "")).partition(".")[0]
    return name if name in FOREIGN else None


def _single(error: BaseException) -> Iterator[str]:
    shown = list(_stack(error.__traceback__))
    if shown:
        yield _HEAD
        yield from shown
    yield from _words(error)
    if isinstance(error, BaseExceptionGroup):
        for number, inner in enumerate(error.exceptions[:MOST_CHAINED], 1):
            yield f"\nNumber {number} of these {len(error.exceptions)}:\n\n"
            yield from lines(inner)


def _stack(trace: TracebackType | None) -> Iterator[str]:
    own = own_frames(trace)
    steps = zip((frame for frame, _ in traceback.walk_tb(trace)), traceback.extract_tb(trace), strict=False)
    for is_own, group in groupby(steps, key=lambda step: any(step[0] is frame for frame in own)):
        found = list(group)
        if is_own:
            yield from traceback.format_list([summary for _, summary in found])
            continue
        left_out = [name for frame, _ in found if (name := package(frame)) not in (None, "the launcher")]
        if left_out:
            frames = "1 frame" if len(left_out) == 1 else f"{len(left_out)} frames"
            yield f"  [{frames} of {_listed(dict.fromkeys(left_out))}]\n"


def _words(error: BaseException) -> Iterator[str]:
    """What the exception says, with its class."""
    plain = "".join(traceback.format_exception_only(error))
    worker = _worker(plain)
    if worker is not None:
        name = plain.partition(":")[0]
        yield f"{name}, in a Python worker of Spark:\n"
        yield worker
    elif type(error).__name__ == "Py4JJavaError":
        yield f"{_java(plain)}\n"
    else:
        yield plain


def _java(text: str) -> str:
    """`Py4JJavaError: An error occurred while calling o1.load: <the cause>`, in a line."""
    called, _, java = text.partition("\n: ")
    return " ".join(f"{called.rstrip('.')}: {java_reason(java)}".split())


def _worker(text: str) -> str | None:
    """The traceback of a Python worker within what the JVM says, without the worker's own frames."""
    _, found, rest = text.partition(_HEAD)
    if not found:
        return None
    kept: list[str] = []
    is_own = True
    for line in _JAVA_FRAME.split(rest, maxsplit=1)[0].rstrip().splitlines():
        if line.startswith('  File "'):
            is_own = _WORKER_FILE.match(line) is None
        elif not line.startswith("    "):
            is_own = True
        if is_own:
            kept.append(line)
    return "".join(f"{line}\n" for line in kept)


def _listed(names: Iterable[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
