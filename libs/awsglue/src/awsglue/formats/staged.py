"""Files that Spark writes under another name than they shall have."""

from __future__ import annotations

import contextlib
import functools
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from awsglue.formats.format import Sink


@contextlib.contextmanager
def renamed_into(sink: Sink, end: str, wanted: str) -> Iterator[Sink]:
    """A sink to a hidden folder in that of `sink`. What is written there moves out at the end, with `wanted` in place
    of `end` in its names; of what goes wrong nothing is left.
    """
    staged = replace(
        sink,
        path=f"{sink.path.rstrip('/')}/_staged-{uuid.uuid4().hex}",
        # What goes wrong is told of the path that the script has given.
        errors=lambda _path: sink.errors(sink.path),
    )
    with sink.errors(sink.path):
        make = sink.spark._jvm.org.apache.hadoop.fs.Path  # noqa: SLF001 - PySpark has no other way
        folder = make(staged.path)
        file_system = folder.getFileSystem(sink.spark._jsc.hadoopConfiguration())  # noqa: SLF001 - to Hadoop
    try:
        yield staged
        with sink.errors(sink.path):
            name = functools.partial(re.compile(re.escape(end) + r"(?=(\.\w+)?$)").sub, wanted)
            _move(file_system, make, folder, folder.getParent(), name)
    finally:
        with sink.errors(sink.path):
            file_system.delete(folder, True)


def _move(file_system: Any, make: Any, folder: Any, target: Any, name: Callable[[str], str]) -> None:
    """Move every file below the folder that has something in it; `make` makes a path of a folder and a name."""
    for status in file_system.listStatus(folder):
        path = status.getPath()
        if status.isDirectory():
            below = make(target, path.getName())
            file_system.mkdirs(below)
            _move(file_system, make, path, below, name)
        elif status.getLen():
            wanted = make(target, name(path.getName()))
            if not file_system.rename(path, wanted):
                raise OSError(f"the file {wanted.toString()} could not be put in its place")
