"""What may stand in a bookmark, and which entries can be imported."""

from __future__ import annotations

import json
from typing import Any

import pytest

from openglue.errors import InvalidInputException
from openglue.model.bookmark import FIRST
from openglue.model.bookmark_entry import MOST_BYTES, entry, read_import, sources_text, state_text

#: 2025-01-01, some weeks after the export below.
NOW = 1_735_689_600_000
FILES: dict[str, Any] = {
    "jsonClass": "HadoopDataSourceJobBookmarkState",
    "timestamps": {
        "RUN": "1",
        "HIGH_BAND": "900000",
        "CURR_LATEST_PARTITION": "0",
        "CURR_LATEST_PARTITIONS": "",
        "CURR_RUN_START_TIME": "2024-10-28T01:32:45.613Z",
        "INCLUDE_LIST": "f437cb0563bdfffd53da1a73762abf0e,37cb0563bdfffd53da1a73762abf0e",
    },
}
#: As a client of AWS has it: GetJobBookmark of a real job.
EXPORTED = {
    "JobName": "gha_job1",
    "Version": 4,
    "Run": 3,
    "Attempt": 0,
    "PreviousRunId": "jr_16cd15a4",
    "RunId": "jr_6d3a4e66",
    "JobBookmark": json.dumps({"AWSGlueDataCatalog_node1730078287682": FILES}),
}


def refusal(**members: Any) -> str:
    with pytest.raises(InvalidInputException) as caught:
        read_import("gha_job1", {**EXPORTED, **members}, None, now=NOW)
    return caught.value.message


def of_files(**timestamps: str) -> str:
    return json.dumps({"c": {**FILES, "timestamps": {**FILES["timestamps"], **timestamps}}})


def of_class(kind: str, **members: Any) -> str:
    source = "" if kind == "Relationalize" else "DataSource"
    return json.dumps({"c": {"jsonClass": f"{kind}{source}JobBookmarkState", **members}})


@pytest.mark.contract("7.6")
def test_a_job_bookmark_is_a_string_of_compact_json_in_the_order_of_its_contexts() -> None:
    text = state_text({"z": {"jsonClass": "A", "b": "1"}, "ä": {"jsonClass": "B", "keys": {"id": "7"}}})
    assert text == '{"z":{"jsonClass":"A","b":"1"},"ä":{"jsonClass":"B","keys":{"id":"7"}}}'
    committed = FIRST.committed("jr_1", state=text, sources="{}", now=1)
    assert entry("j", committed)["JobBookmark"] == text


def test_an_entry_of_aws_is_read_as_it_is() -> None:
    given = read_import("gha_job1", EXPORTED, None, now=NOW)
    assert (given.run, given.run_id, given.previous_run_id) == (3, "jr_6d3a4e66", "jr_16cd15a4")
    assert json.loads(given.state) == json.loads(str(EXPORTED["JobBookmark"]))
    assert given.sources is None


def test_an_entry_says_no_more_than_it_must() -> None:
    given = read_import("j", {"JobBookmark": "{}"}, '{"c": {"kind": "s3"}}', now=NOW)
    assert (given.run, given.run_id, given.state, given.sources) == (1, None, "{}", '{"c":{"kind":"s3"}}')


def test_a_state_of_files_may_leave_out_what_a_run_can_do_without() -> None:
    seen = {"CURR_RUN_START_TIME": "2024-10-28T01:32:45Z", "INCLUDE_LIST": "F437CB"}
    state = json.dumps({"c": {"jsonClass": "HadoopDataSourceJobBookmarkState", "timestamps": seen}})
    assert json.loads(read_import("j", {"JobBookmark": state}, None, now=NOW).state) == json.loads(state)


def test_an_entry_of_another_job_is_refused_and_says_what_to_do() -> None:
    assert refusal(JobName="other") == (
        "The entry is of job other, not of gha_job1; without its JobName it can be imported all the same"
    )


@pytest.mark.parametrize(
    ("bookmark", "said"),
    [
        ("", "JobBookmark cannot be read: Input data was truncated"),
        ("[]", "JobBookmark cannot be read: Expected `object`, got `array`"),
        ('{"c":', "JobBookmark cannot be read: Input data was truncated"),
        ('{"c":{"jsonClass":"X","n":1}}', "JobBookmark cannot be read: Expected `str | object`, got `int`"),
        ('{"c":' * 5000, "JobBookmark cannot be read"),
        ('{"c":{}}', "The bookmark of context 'c' has no jsonClass"),
        ('{"c":{"jsonClass":{}}}', "The bookmark of context 'c' has no jsonClass"),
        ('{"c":{"jsonClass":"X"}}', "No run here can go on from context 'c': its jsonClass is X"),
        ('{"c":{"jsonClass":"HadoopDataSourceJobBookmarkState"}}', "is damaged: it has no timestamps"),
        ('{"c":{"jsonClass":"JDBCDataSourceJobBookmarkState"}}', "is damaged: it has no keys"),
        (of_files(HIGH_BAND="-1"), "is damaged: HIGH_BAND is no number"),
        (of_files(HIGH_BAND="9" * 19), "is damaged: HIGH_BAND is no number of up to 18 digits"),
        (of_files(RUN="٣"), "is damaged: RUN is no number"),
        (of_files(CURR_RUN_START_TIME="yesterday"), "CURR_RUN_START_TIME is no time"),
        (of_files(CURR_RUN_START_TIME="2024-10-28T01:32:45"), "CURR_RUN_START_TIME is no time"),
        (of_files(CURR_RUN_START_TIME="0001-01-01T00:00:00Z"), "CURR_RUN_START_TIME is 0001-01-01T00:00:00Z, when no"),
        (of_files(HIGH_BAND="9" * 30), "HIGH_BAND is no number of up to 18 digits"),
        (of_files(HIGH_BAND="9" * 18), "HIGH_BAND goes back more than to the year 1900"),
        (of_files(RUN="1" * 5000), "RUN is no number of up to 18 digits"),
        (of_class("JDBC", keys={}), "it has no keys"),
        (of_class("JDBC", keys="id"), "it has no keys"),
        (of_class("JDBC", keys={"id": "1"}, order="sideways"), "its order is neither asc nor desc"),
        (of_class("Relationalize"), "it has no ids"),
        (of_class("Relationalize", ids="x"), "it has no ids"),
        (of_class("Relationalize", ids={"root": "-5"}), "the id of 'root' is no number"),
        (of_files(INCLUDE_LIST="s3://a/b"), "INCLUDE_LIST is no list of hashes"),
    ],
)
def test_a_bookmark_that_is_corrupt_or_foreign_is_refused_with_a_sentence(bookmark: str, said: str) -> None:
    assert said in refusal(JobBookmark=bookmark)


def test_an_entry_without_a_bookmark_or_with_an_impossible_run_is_refused() -> None:
    with pytest.raises(InvalidInputException, match="has no JobBookmark"):
        read_import("j", {"Run": 3}, None, now=NOW)
    assert refusal(Run=-1) == "The entry's Run is -1: no run has that number"


def test_what_is_too_large_to_be_kept_is_refused() -> None:
    filling = "x" * MOST_BYTES
    with pytest.raises(InvalidInputException, match="The state of a bookmark has 1048606 bytes: 1048576 are kept"):
        state_text({"c": {"jsonClass": "X", "n": filling}})
    with pytest.raises(InvalidInputException, match="What is told of a bookmark's sources has"):
        sources_text({"c": {"paths": [filling]}})
    fits = "x" * (MOST_BYTES - len('{"c":{"jsonClass":"X","n":""}}'))
    assert len(state_text({"c": {"jsonClass": "X", "n": fits}})) == MOST_BYTES


@pytest.mark.parametrize(
    ("sources", "said"),
    [
        ('{"c": 1}', "Sources cannot be read"),
        ('{"c": {}}', "The source of context 'c' has no kind of s3, jdbc, relationalize"),
        ('{"c": {"kind": ["s3"]}}', "has no kind of s3"),
        ('{"c": {"kind": "s3", "paths": 5}}', "The paths of the source of context 'c' are no list of strings"),
        ('{"c": {"kind": "s3", "paths": [5]}}', "are no list of strings"),
    ],
)
def test_sources_that_are_none_are_refused(sources: str, said: str) -> None:
    with pytest.raises(InvalidInputException, match=said):
        read_import("j", {"JobBookmark": "{}"}, sources, now=NOW)


def test_ids_that_no_run_can_have_are_refused() -> None:
    for name in ("RunId", "PreviousRunId"):
        said = f"The entry's {name} has 5000 characters: no run's id has more than 255"
        assert refusal(**{name: "j" * 5000}) == said
    assert "no run has that number" in refusal(Run=2**31)


def test_a_state_of_another_clock_may_be_a_few_minutes_ahead() -> None:
    assert read_import("j", {"JobBookmark": of_files(CURR_RUN_START_TIME="2025-01-01T00:05:00Z")}, None, now=NOW).state
    said = refusal(JobBookmark=of_files(CURR_RUN_START_TIME="2025-01-01T00:05:01Z"))
    assert "2025-01-01T00:05:01Z, which is yet to come: files written before it would not be read" in said
