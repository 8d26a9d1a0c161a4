"""Ends the streams of a script between two micro-batches, when its run is to be restarted.

A part of the launcher, so of the standard library and what the script has started. Runner and launcher agree by files:

    asked   made by the runner while the streams are to end, and taken away when their time for it is over
    begun   made before the first of them is ended: from then on there is no way back
    done    made when the last of them has ended

awsglue's forEachBatch knows the first two: it begins no batch while one of them is there. That `begun` counts as asked
everywhere decides between a runner that takes `asked` away and a stream that has just seen it.
"""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path
from typing import Any

ASKED, BEGUN, DONE = "asked", "begun", "done"
#: Seconds between two looks.
LOOK_S = 0.2


def watch(folder: str) -> None:
    """Look out for `asked`, in a thread that ends with the script."""
    threading.Thread(target=Streams(Path(folder)).watch, name="streams", daemon=True).start()


class Streams:
    def __init__(self, folder: Path) -> None:
        self._asked, self._begun, self._done = (folder / name for name in (ASKED, BEGUN, DONE))
        #: The batch in which each stream was seen first since they were asked.
        self._seen: dict[str, int] = {}
        self._has_told = False

    def watch(self) -> None:
        while not self._done.exists():
            time.sleep(LOOK_S)
            if not (self._asked.exists() or self._begun.exists()):
                self._seen.clear()
                continue
            try:
                self._look()
            except Exception as error:  # noqa: BLE001 - told to whoever reads the log
                if isinstance(error, ConnectionError) or type(error).__name__ == "Py4JNetworkError":
                    return  # the script has ended, and its JVM with it
                self._tell(error)

    def _tell(self, error: Exception) -> None:
        """Once: what keeps the streams from being ended, such as a full disk, may do so at every look, or pass."""
        if not self._has_told:
            self._has_told = True
            sys.stderr.write(f"openglue: the streams could not be ended yet: {error}\n")

    def _look(self) -> None:
        queries = _active()
        for query in queries:
            if self._is_between_batches(query):
                self._begun.touch()
                query.stop()
        if not queries and self._begun.exists():
            self._done.touch()

    def _is_between_batches(self, query: Any) -> bool:
        """Spark interrupts what a query is doing when it stops it.

        A query that always has data is never seen idle. It is stopped when it has just committed a batch: the next one
        has begun at most, and Spark begins it again in the next run.
        """
        progress = query.lastProgress
        batch = -1 if progress is None else int(progress["batchId"])
        return not query.status["isTriggerActive"] or self._seen.setdefault(str(query.id), batch) != batch


def _active() -> list[Any]:
    """The streaming queries of the script's session; none if it has no session."""
    sql = sys.modules.get("pyspark.sql")
    session = None if sql is None else sql.SparkSession._instantiatedSession  # noqa: SLF001 - no public way to ask
    return [] if session is None else list(session.streams.active)
