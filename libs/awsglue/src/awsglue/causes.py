"""What lies behind an exception of Spark: a file that cannot be read, told by name and without Java's stack."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

#: How many causes of causes are looked at.
_DEEPEST = 20
#: What Spark says of a file whose columns it looks for, and what Parquet and ORC say of a file that is none of theirs.
_FOOTER = re.compile(r"Could not read footer for file: (?P<file>\S+?)\.(?:\s|$)")
_FOREIGN = (
    ("parquet", re.compile(r"^(?P<file>\S+) (?P<reason>is not a Parquet file.*)", re.DOTALL)),
    ("orc", re.compile(r"^Malformed ORC file (?P<file>\S+)\. (?P<reason>.*)", re.DOTALL)),
)


def causes(error: BaseException) -> list[Any]:
    """The Java exceptions behind an exception of Py4J or PySpark, the outermost first; none when there are none."""
    thrown = getattr(error, "java_exception", None) or getattr(error, "_origin", None)
    found: list[Any] = []
    while thrown is not None and len(found) < _DEEPEST:
        found.append(thrown)
        thrown = thrown.getCause()
    return found


def words(thrown: Any) -> str:
    """The message of a Java exception in a line; its class where it has none."""
    return " ".join((thrown.getMessage() or thrown.toString()).split())


@contextmanager
def unreadable_files(format_name: str = "") -> Iterator[None]:
    """Turns what Java raises in the block, of a file that cannot be read, into an OSError with the file and the reason.
    The format is what files are read as, where that is known.
    """
    from py4j.protocol import Py4JJavaError
    from pyspark.errors import PySparkException

    try:
        yield
    except (Py4JJavaError, PySparkException) as error:
        said = [words(one) for one in causes(error)]
        told = _told(said, format_name)
        if told:
            raise OSError(told) from None
        raise


def _told(said: list[str], format_name: str) -> str:
    """The sentence for the file that these messages are of; empty when they are of none."""
    for own, pattern in _FOREIGN:
        for match in filter(None, map(pattern.match, said)):
            return f"{match['file']} cannot be read as {format_name or own}: {match['reason']}"
    for match in filter(None, map(_FOOTER.search, said)):
        as_what = f" as {format_name}" if format_name else ""
        return f"{match['file']} cannot be read{as_what}: {said[-1]}"
    return ""
