"""What the next run of a job would read: its bookmark and its sources, looked at as a run looks at them.

A program of its own, `python -m awsglue.bookmarks.preview`, which writes nothing. JSON on standard input and output:

    in   {"buckets", "run", "state": {ctx: ...}, "sources": {ctx: ...}, "with_spark", "deadline_s"}
    out  {ctx: {"kind", ...}}

where a context has one of

    "unknown"   why it cannot be told what it would read
    "fails"     why the next run would fail at it
    "files"     those that it would read, the oldest first, 1000 at most; with "count", "bytes", "too_old", "ahead",
                "left_from" (milliseconds) and "remembered", the files that are read already and may not be settled
    "rows"      how many it would read; with "after" and "up_to", the values of keys

and "log", what the run would be told of it. Files are looked for without Spark, if they are on this machine; the
partitions that a predicate chooses, and databases, are asked through Spark if `with_spark` allows it.
"""

from __future__ import annotations

import io
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stderr
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from awsglue.bookmarks import session
from awsglue.bookmarks.machine import ElsewhereError, Machine
from awsglue.bookmarks.session import Bookmarks
from awsglue.bookmarks.sources import news
from awsglue.bookmarks.state import FILES, JDBC, FileState, mark
from awsglue.bookmarks.window import Names
from awsglue.connections.found import listed_at, listing_of, rule_of
from awsglue.connections.scope import TableFiles
from awsglue.files import File, Listing

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

#: Files that are named at most.
MOST_FILES = 1000
_NOTICE = "openglue: "
_NOT_TOLD = "the run that committed last has not told where it reads from"
_CLASSES = {FILES: "s3", JDBC: "jdbc"}

Told = dict[str, Any]


class UnknownError(Exception):
    """It cannot be told what a source would read; the message says why."""


@dataclass(kw_only=True)
class Preview:
    buckets: Path
    bookmarks: Bookmarks
    with_spark: bool
    _started: list[SparkSession] = field(default_factory=list)

    def look(self, ctx: str, source: Mapping[str, Any]) -> Told:
        """What the next run would read of a source."""
        looking = _KINDS[source["kind"]]
        log = io.StringIO()
        try:
            with redirect_stderr(log):
                told = looking(self, ctx, source)
        except (UnknownError, ElsewhereError) as error:
            told = {"unknown": str(error)}
        except KeyError as error:
            told = {"unknown": f"what was told of it has no {error}"}
        except Exception as error:  # noqa: BLE001 - whatever a source raises, the next run would fail of it
            told = {"fails": str(error) or type(error).__name__}
        lines = [line.removeprefix(_NOTICE) for line in log.getvalue().splitlines() if line.startswith(_NOTICE)]
        return {"kind": source["kind"], **told, "log": lines}

    def files(self, ctx: str, source: Mapping[str, Any]) -> Told:
        table = self._table(source)
        paths = list(table.places) if table else source["paths"]
        if not paths and not table:
            raise UnknownError("it has more paths than its bookmark tells of")
        context = self.bookmarks.context(ctx, source)
        assert context is not None  # noqa: S101 - it has a name, and these bookmarks have begun
        before = FileState.from_json(ctx, context.before) if context.before else None
        machine, remembered = Machine(buckets=self.buckets), Names()

        def listed(which: Listing) -> Iterator[File]:
            for file in listed_at(paths, which, table, listed=machine.listed, exists=machine.exists):
                if before and file.modified > before.settled and mark(file.path, file.modified) in before.marks:
                    remembered.add(file.path)
                yield file

        found = news(context, rule_of(source), listing_of(source), listed)
        return {
            "files": [[file.path, file.size, file.modified] for file in found.files[:MOST_FILES]],
            "count": len(found.files),
            "bytes": sum(file.size for file in found.files),
            "too_old": _names(found.too_old),
            "ahead": _names(found.ahead),
            "left_from": found.left_from,
            "remembered": _names(remembered),
        }

    def rows(self, ctx: str, source: Mapping[str, Any]) -> Told:
        from awsglue.connections import jdbc

        options = source.get("options")
        if options is None:
            raise UnknownError(
                "its script says itself how the database is reached, and that is not kept beside a bookmark; a"
                " connection of the Data Catalog, named by connectionName, could be asked"
            )
        spark = self._spark("the database")
        name = jdbc.connection_type_of(options["connectionName"], options.get("catalogId"))
        plan = jdbc.TYPES[name].read(spark, options, None, {}, transformation_ctx=ctx)
        context = self.bookmarks.contexts[ctx]
        after, up_to = ((state or {}).get("keys") for state in (context.before, context.after))
        return {"rows": plan.records().dataframe.count(), "after": after, "up_to": up_to}

    def _table(self, source: Mapping[str, Any]) -> TableFiles | None:
        """The table of the Data Catalog that a source is, as it is now."""
        from awsglue.catalog.client import Catalog
        from awsglue.catalog.reading import table_files

        if "choice" not in source:
            return None
        choice = source["choice"]
        catalog = Catalog(choice["catalog"] or None)
        # Without a predicate it is not used.
        spark: Any = self._spark("the predicate of its partitions") if choice["predicate"].strip() else None
        return table_files(
            spark,
            catalog,
            catalog.table(choice["database"], choice["table"]),
            predicate=choice["predicate"],
            expression=choice["expression"],
        )

    def _spark(self, what: str) -> SparkSession:
        if not self.with_spark:
            raise UnknownError(f"{what} is asked through Spark, which was not wanted")
        if not self._started:
            from pyspark.sql import SparkSession

            spark = SparkSession.builder.master("local[1]").appName("preview").getOrCreate()
            spark.sparkContext.setLogLevel("OFF")
            session.give(spark, self.bookmarks)
            self._started.append(spark)
        return self._started[0]


_KINDS: Mapping[str, Callable[[Preview, str, Mapping[str, Any]], Told]] = {"s3": Preview.files, "jdbc": Preview.rows}


def preview(asked: Mapping[str, Any]) -> dict[str, Told]:
    """What each context would read: those that the last run told of, and those that only the bookmark has."""
    state, sources = asked["state"], asked["sources"]
    looking = Preview(
        buckets=Path(asked["buckets"]),
        bookmarks=Bookmarks.rehearsed(run=asked["run"], state=state),
        with_spark=asked["with_spark"],
    )
    told = {ctx: looking.look(ctx, source) for ctx, source in sources.items() if source.get("kind") in _KINDS}
    for ctx, remembered in state.items():
        if ctx not in sources and remembered["jsonClass"] in _CLASSES:
            told[ctx] = {"kind": _CLASSES[remembered["jsonClass"]], "unknown": _NOT_TOLD, "log": []}
    return told


def _names(names: Names) -> Told:
    return {"count": names.count, "names": sorted(names.some)}


def main() -> None:
    # What Spark may print is none of the answer.
    answer = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    asked = json.load(sys.stdin)
    # Whoever asked may be gone by then.
    signal.alarm(asked["deadline_s"])
    told = json.dumps(preview(asked), ensure_ascii=False)
    # Names of files need not be text.
    answer.write(told.encode(errors="replace"))
    answer.close()


if __name__ == "__main__":
    main()
