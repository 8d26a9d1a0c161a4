"""Tables of databases under job bookmarks. A run is what it holds of its job's bookmark, and commits into a dict."""
# ruff: noqa: S608 - the cases are their own SQL

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from awsglue.bookmarks import session
from awsglue.bookmarks.service import Begun
from awsglue.bookmarks.session import Bookmarks
from awsglue.bookmarks.state import StateError
from awsglue.options import OptionError

from .lake import Lake, raises, records, same, told
from .site import Site

JDBC = "JDBCDataSourceJobBookmarkState"


@contextmanager
def _run(lake: Lake, state: dict[str, Any], **members: Any) -> Iterator[None]:
    """A run that begins with this state, into which it commits at its end."""
    begun = {"rev": 1, "run": 2, "state": state, "from_state": None, "to_state": None, **members}
    bookmarks = Bookmarks(_begun=Begun(**begun), _state=state)
    context = lake.spark.sparkContext
    setattr(context, session._ATTRIBUTE, bookmarks)
    try:
        yield
        state.update(bookmarks._after())
    finally:
        delattr(context, session._ATTRIBUTE)


def _read(site: Site, table: str | None = None, ctx: str = "src", **options: Any) -> list[Any]:
    """The first fields of the rows that are read."""
    given = {**site.options, **({"dbtable": table} if table else {}), **options}
    frame = site.lake.glue.create_dynamic_frame.from_options(site.connection_type, given, transformation_ctx=ctx)
    return sorted(next(iter(row.values())) for row in records(frame))


def _once(site: Site, state: dict[str, Any], *arguments: Any, **options: Any) -> list[Any]:
    with _run(site.lake, state):
        return _read(site, *arguments, **options)


def a_run_reads_what_came_after_the_last_one(lake: Lake, database: str):
    site, state = Site(lake, database), {}
    table = site.table("id INT, word VARCHAR(9)", "(1, 'a')", "(2, 'b')", "(3, 'c')")
    keys = {"jobBookmarkKeys": ["id"]}
    same(_once(site, state, table, **keys), [1, 2, 3])
    name = "ID" if database == "derby" else "id"
    same(state, {"src": {"jsonClass": JDBC, "keys": {name: "3"}, "order": "asc"}})
    site.execute(f"INSERT INTO {table} VALUES (4, 'd'), (6, 'f')")
    same(_once(site, state, table, hashfield="id", hashpartitions=2, **keys), [4, 6])
    site.execute(f"UPDATE {table} SET word = 'z' WHERE id = 1")
    same(_once(site, state, table, **keys), [])
    same(state["src"]["keys"], {name: "6"})
    with _run(lake, state):
        same(_read(site, table, ctx="", **keys), [1, 2, 3, 4, 6])


def keys_may_fall(lake: Lake, database: str):
    site, state = Site(lake, database), {}
    table = site.table("id INT", "(-1)", "(-2)")
    keys = {"jobBookmarkKeys": "id", "jobBookmarkKeysSortOrder": "desc"}
    same(_once(site, state, table, **keys), [-2, -1])
    site.execute(f"INSERT INTO {table} VALUES (-3), (5)")
    same(_once(site, state, table, **keys), [-3])
    with raises(StateError, "goes by", "desc", "and the script by", "asc"):
        _once(site, state, table, jobBookmarkKeys="id")


def several_keys_are_one(lake: Lake, database: str):
    site, state = Site(lake, database), {}
    table = site.table("n INT, day_ DATE, part VARCHAR(9)", "(1, '2026-11-21', 'b')", "(2, '2026-11-22', 'a')")
    keys = {"jobBookmarkKeys": ["day_", "part"]}
    same(_once(site, state, table, **keys), [1, 2])
    site.execute(
        f"INSERT INTO {table} VALUES (3, '2026-11-21', 'z'), (4, '2026-11-22', 'o''b'), (5, '2026-11-23', 'A')"
    )
    same(_once(site, state, table, **keys), [4, 5])
    backslash = "b\\\\x" if database == "mysql" else "b\\x"
    site.execute(f"INSERT INTO {table} VALUES (6, '2026-11-23', '{backslash}')")
    same(_once(site, state, table, **keys), [6])
    same(list(state["src"]["keys"].values()), ["2026-11-23", "b\\x"])
    same(_once(site, state, table, **keys), [])


def times_are_keys(lake: Lake, database: str):
    site, state = Site(lake, database), {}
    kind = "TIMESTAMP(6)" if database == "mysql" else "TIMESTAMP"
    table = site.table(f"n INT, at_ {kind}", "(1, '2026-11-22 10:00:00.000001')", "(2, '2026-11-22 10:00:00.000002')")
    same(_once(site, state, table, jobBookmarkKeys="at_"), [1, 2])
    site.execute(f"INSERT INTO {table} VALUES (3, '2026-11-22 10:00:00.000003')")
    same(_once(site, state, table, jobBookmarkKeys="at_"), [3])


def rows_that_come_while_a_run_reads_are_the_next_runs(lake: Lake, database: str):
    site, state = Site(lake, database), {}
    table = site.table("id INT", "(1)", "(2)")
    given = {**site.options, "dbtable": table, "jobBookmarkKeys": ["id"]}
    with _run(lake, state):
        frame = lake.glue.create_dynamic_frame.from_options(site.connection_type, given, transformation_ctx="src")
        site.execute(f"INSERT INTO {table} VALUES (3)")
        same(frame.count(), 2)
        same(_read(site, table, jobBookmarkKeys=["id"]), [1, 2])
    same(_once(site, state, table, jobBookmarkKeys=["id"]), [3])


def a_primary_key_without_gaps_needs_no_name(lake: Lake, database: str):
    site, state = Site(lake, database), {}
    kind = "BIGINT UNSIGNED" if database == "mysql" else "INT"
    table = site.table(f"id {kind} NOT NULL PRIMARY KEY", "(7)", "(8)", "(9)")
    same(_once(site, state, table), [7, 8, 9])
    site.execute(f"INSERT INTO {table} VALUES (11)")
    same(_once(site, state, table), [11])
    state.clear()
    with _run(lake, state):
        (line,) = told(lambda: same(_read(site, table), [7, 8, 9, 11]))
    same((" has gaps" in line, "nothing is tracked" in line, "jobBookmarkKeys" in line), (True, True, True))
    same(state, {})
    for columns, reason in (
        ("id INT", "has no primary key of one column"),
        ("id INT NOT NULL, b INT NOT NULL, PRIMARY KEY (id, b)", "has no primary key of one column"),
        ("id VARCHAR(9) NOT NULL PRIMARY KEY", "is no whole number"),
    ):
        other = site.table(columns)
        with _run(lake, state):
            (line,) = told(lambda other=other: _read(site, other))
        same((reason in line, state), (True, {}))


def queries_are_tracked_by_keys_that_they_select(lake: Lake, database: str):
    site, state = Site(lake, database), {}
    table = site.table("id INT, word VARCHAR(9)", "(1, 'a')", "(2, 'b')", "(3, 'b')")
    query = {"query": f"SELECT id FROM {table} WHERE word = 'b'", "jobBookmarkKeys": "id"}
    divided = {"enablePartitioningForSampleQuery": True, "hashexpression": "id", "hashpartitions": 2}
    sample = {"sampleQuery": f"SELECT id FROM {table} WHERE word = 'b' AND", "jobBookmarkKeys": "id", **divided}
    with _run(lake, state):
        same((_read(site, ctx="one", **query), _read(site, ctx="two", **sample)), ([2, 3], [2, 3]))
        same(_read(site, ctx="three", sampleSize=1, **sample)[1:], [])
    same(sorted(state), ["one", "two"])
    site.execute(f"INSERT INTO {table} VALUES (4, 'b'), (5, 'a')")
    with _run(lake, state):
        same((_read(site, ctx="one", **query), _read(site, ctx="two", **sample)), ([4], [4]))
    with raises(OptionError, "jobBookmarkKeys", "'word'", "there are"):
        _once(site, {}, **{**query, "jobBookmarkKeys": "word"})


def a_range_is_read_between_two_states(lake: Lake):
    site = Site(lake, "derby")
    table = site.table("id INT", "(1)", "(2)", "(3)", "(4)")
    states = [{"src": {"jsonClass": JDBC, "keys": {"ID": str(last)}, "order": "asc"}} for last in (1, 3)]
    keys = {"jobBookmarkKeys": ["id"]}
    for start, end, found in ((states[0], states[1], [2, 3]), ({}, states[1], [1, 2, 3]), (states[0], {}, [])):
        state: dict[str, Any] = {}
        with _run(lake, state, from_state=start, to_state=end):
            same(_read(site, table, **keys), found)
        same(state, {})
    # Gaps that came after the key was chosen.
    table = site.table("id INT NOT NULL PRIMARY KEY", "(1)", "(3)", "(4)")
    for start, end, found in (({}, states[1], [1, 3]), (states[0], {}, [])):
        with _run(lake, {}, from_state=start, to_state=end):
            same(_read(site, table), found)


def what_is_no_key_is_told(lake: Lake):
    site = Site(lake, "postgresql")
    table = site.table("id INT, ratio DOUBLE PRECISION, at_ TIMESTAMP", "(1, 0.5, NULL)")
    with raises(OptionError, "jobBookmarkKeys", "no column 'idd'", "id, ratio, at_"):
        _once(site, {}, table, jobBookmarkKeys=["idd"])
    with raises(OptionError, "ratio is of type double"):
        _once(site, {}, table, jobBookmarkKeys=["ratio"])
    with raises(OptionError, "rows in which id or at_ is null", "filterPredicate"):
        _once(site, {}, table, jobBookmarkKeys=["id", "at_"])
    same(_once(site, {}, table, jobBookmarkKeys=["id", "at_"], filterPredicate="at_ IS NOT NULL"), [])
    damaged = {"src": {"jsonClass": JDBC, "keys": {"id": "1 OR 1 = 1"}}}
    with raises(StateError, "id is '1 OR 1 = 1', not a number"):
        _once(site, damaged, table, jobBookmarkKeys=["id"])
    other = {"src": {"jsonClass": "HadoopDataSourceJobBookmarkState", "timestamps": {}}}
    with raises(StateError, "HadoopDataSourceJobBookmarkState"):
        _once(site, other, table, jobBookmarkKeys=["id"])


def a_source_is_told_without_secrets(lake: Lake):
    site = Site(lake, "postgresql")
    table = site.table("id INT", "(1)")
    url = f"{site.options['url']}?user=clerk&password={site.options['password']}"
    with _run(lake, {}):
        given = {"url": url, "dbtable": table, "jobBookmarkKeys": ["id"]}
        lake.glue.create_dynamic_frame.from_options("postgresql", given, transformation_ctx="src")
        (source,) = session.of(lake.spark)._sources.values()
    same(
        source,
        {
            "kind": "jdbc",
            "url": f"{site.options['url']}?user=clerk&password=***",
            "table": table,
            "query": "",
            "filter": "",
            "keys": ["id"],
            "order": "asc",
            # No options: how a database is reached is told only by the name of a connection.
        },
    )
