"""Bookmarks as people read them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from openglue.cli.bookmarks_shown import contexts, difference, difference_text, preview, size

NOTHING = {"Count": 0, "Names": []}
#: What a preview says of a source of files in which nothing is new.
QUIET = {"TransformationCtx": "in", "Kind": "s3", "Files": [], "FileCount": 0, "Bytes": 0, "Log": []}
QUIET |= {"TooOld": NOTHING, "Ahead": NOTHING, "Remembered": NOTHING}


def plain(lines: Any) -> str:
    """Without colours."""
    text = "\n".join(lines)
    return "".join(piece.partition("m")[2] if i else piece for i, piece in enumerate(text.split("\033[")))


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (9_949, "9.9 kB"), (12_345_678, "12 MB")]
)
def test_bytes_are_said_in_the_unit_that_fits(count: int, said: str):
    assert size(count) == said


def test_a_preview_of_nothing_new_is_a_line():
    assert plain(preview(QUIET)) == "in  reads 0 files, 0 B"


def test_a_preview_names_some_of_many_files_and_what_is_left():
    said = ["transformation_ctx 'in': reading 1500 files that are new", "transformation_ctx 'in': files are left"]
    files = [{"Path": f"s3://b/{number:02}.csv", "Size": 10, "ModifiedOn": 1.0} for number in range(25)]
    text = plain(preview({**QUIET, "Files": files, "FileCount": 1500, "Bytes": 15_000, "Log": said}))
    assert text.startswith("in  reads 1,500 files, 15 kB\n  s3://b/00.csv  ")
    assert "s3://b/19.csv" in text
    assert "s3://b/20.csv" not in text
    assert text.endswith("  … and 1480 more\n  files are left")


def test_a_preview_says_what_the_log_would_say_besides():
    text = plain(preview({**QUIET, "Log": ["the table t has no files at p", "transformation_ctx 'in': not \033[2J"]}))
    assert text.startswith("in  reads 0 files, 0 B\n  the table t has no files at p\n  not ")


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"RowCount": 2, "After": {"id": "5"}, "UpTo": {"id": "9"}}, "in  reads 2 rows: after id 5, up to id 9"),
        ({"RowCount": 1, "UpTo": {"a": "1", "b": "2"}}, "in  reads 1 row: up to a 1, b 2"),
        ({"RowCount": 0}, "in  reads 0 rows"),
        ({"Unknown": "nobody\nknows"}, "in  cannot be told: nobody knows"),
        ({"Fails": "Path does not exist: x"}, "in  the next run fails here: Path does not exist: x"),
    ],
)
def test_rows_and_what_cannot_be_previewed_take_a_line(told: dict[str, Any], said: str):
    assert plain(preview({"TransformationCtx": "in", "Kind": "jdbc", "Log": [], **told})) == said


def test_contexts_of_all_kinds_are_shown():
    state = {
        "numbers": {"jsonClass": "RelationalizeJobBookmarkState", "ids": {"root": "4", "root_items": "9"}},
        "strange": {"jsonClass": "Other", "word": "x"},
    }
    sources = {"table": {"kind": "s3", "table": "lake.flights", "paths": ["s3://b/1/"]}}
    many = {"kind": "s3", "paths": [f"p{number}" for number in range(7)]}
    version = {
        "JobBookmarkEntry": {"JobBookmark": json.dumps(state)},
        "Sources": json.dumps({**sources, "many": many}),
    }
    text = plain(contexts(version, []))
    assert "\nnumbers  numbers  (no run that has committed here has told where it reads from)\n" in text
    assert "  numbers  root 4, root_items 9" in text
    assert '  word  "x"' in text
    assert "\ntable  s3  lake.flights\n  remembers  nothing: it is read from the beginning" in text
    assert "\nmany  s3  p0 p1 p2 p3 p4 and 2 more\n" in text


def test_a_context_that_only_one_version_has_differs_in_all_that_it_says():
    found = difference({}, {"n": {"jsonClass": "RelationalizeJobBookmarkState", "ids": {"root": "4"}}})
    assert found == [
        {
            "TransformationCtx": "n",
            "Changes": [{"Field": "numbers", "A": None, "B": "root 4"}],
            "BandGone": 0,
            "BandCome": 0,
        }
    ]
    assert plain(difference_text(found)) == "n\n  numbers      (none) -> root 4"


@pytest.mark.parametrize(
    "damaged",
    [
        {"timestamps": {"CURR_RUN_START_TIME": "2024-10-28T01:32:45Z", "HIGH_BAND": "9" * 30}},
        {"timestamps": {"CURR_RUN_START_TIME": "0001-01-01T00:00:00Z", "HIGH_BAND": "1"}},
        {"timestamps": {}},
        {"timestamps": "x"},
        {"keys": "x"},
        {"ids": "x"},
    ],
)
def test_what_is_damaged_cannot_be_shown_and_the_rest_is(damaged: dict[str, Any]):
    state = {"bad": damaged, "good": {"ids": {"root": "4"}}}
    version = {"JobBookmarkEntry": {"JobBookmark": json.dumps(state)}, "Sources": '{"bad": {"paths": 5}}'}
    text = plain(contexts(version, []))
    assert "\nbad    (cannot be shown: its paths are 5)\n  cannot be shown  " in text
    assert "root 4" in text
    bad, good = difference({}, state)
    assert [change["Field"] for change in bad["Changes"]] == ["cannot be shown"]
    assert good["Changes"][0]["B"] == "root 4"
