"""The daemon that forks Spark's Python workers (`spark.python.daemon.module`): PySpark's own, with less between tasks.

PySpark's costs each task of a Python function about a tenth of a second, however small it is. Two things of it are
spared here. Spark puts its archives, a jar with thousands of classes among them, at the head of `sys.path`, and a
worker reads their contents anew for each task; where the same packages are installed, nobody needs them. And the JVM
sends a task in pieces, each of which waits until the one before is acknowledged, which Linux puts off by 40 ms.
"""

from __future__ import annotations

import gc
import os
import socket
import sys
from collections.abc import Callable
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any


def leave_out_archives(path: list[str], spark_home: str) -> list[str]:
    """The entries of a module path without Spark's archives, if that Spark's own packages are installed beside them."""
    home = os.path.realpath(spark_home)
    kept = [entry for entry in path if not (entry.endswith((".zip", ".jar")) and _is_within(entry, home))]
    pyspark = PathFinder.find_spec("pyspark", kept)
    # A job may bring another version of it along, which would not understand this JVM.
    places = [] if pyspark is None else [*(pyspark.submodule_search_locations or [])]
    is_installed = [*map(os.path.realpath, places)] == [home]
    return kept if is_installed and PathFinder.find_spec("py4j", kept) else path


def _is_within(entry: str, home: str) -> bool:
    return Path(os.path.realpath(entry)).is_relative_to(home)


def acknowledging(serve: Callable[..., int]) -> Callable[..., int]:
    """A worker's way to serve a task that has each piece of it acknowledged at once."""

    def worker(connection: socket.socket, *rest: Any) -> int:
        # For each task anew: Linux goes back to waiting by and by.
        if hasattr(socket, "TCP_QUICKACK"):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        return serve(connection, *rest)

    return worker


def main() -> None:
    sys.path[:] = leave_out_archives(sys.path, os.environ.get("SPARK_HOME", ""))
    sys.path_importer_cache.clear()
    from pyspark import daemon

    daemon.worker = acknowledging(daemon.worker)
    # A worker collects its garbage after each task: what was there before it was forked is none.
    gc.collect()
    gc.freeze()
    daemon.manager()


if __name__ == "__main__":
    main()
