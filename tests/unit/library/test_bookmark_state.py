"""The JSON of a bookmark's contexts."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awsglue.bookmarks.state import FILES, JDBC, MAX_BAND_MS, FileState, StateError, mark, time_text

#: As AWS wrote it, with some of the names left out.
FROM_AWS = {
    "jsonClass": "HadoopDataSourceJobBookmarkState",
    "timestamps": {
        "RUN": "2",
        "HIGH_BAND": "900000",
        "CURR_LATEST_PARTITION": "0",
        "CURR_LATEST_PARTITIONS": "",
        "CURR_RUN_START_TIME": "2024-10-28T02:12:06.503Z",
        "INCLUDE_LIST": "f437cb0563bdfffd53da1a73762abf0e,437cb0563bdfffd53da1a73762abf0e",
    },
}

states = st.builds(
    FileState,
    run=st.integers(0, 10**6),
    listed_at=st.integers(0, 4_000_000_000_000),
    band_ms=st.integers(0, 10**10),
    marks=st.frozensets(st.integers(0, 2**128 - 1), max_size=5),
)


@given(states)
def test_a_state_comes_back_as_it_was_written_and_has_texts_only(state: FileState):
    written = json.loads(json.dumps(state.to_json()))
    assert FileState.from_json("ctx", written) == state
    assert all(isinstance(value, str) for value in written["timestamps"].values())


def test_a_state_is_written_as_aws_writes_it():
    assert FileState.from_json("ctx", FROM_AWS).to_json() == {
        **FROM_AWS,
        "timestamps": {
            **FROM_AWS["timestamps"],
            "INCLUDE_LIST": "437cb0563bdfffd53da1a73762abf0e,f437cb0563bdfffd53da1a73762abf0e",
        },
    }


def test_what_an_entry_leaves_out_or_adds_is_no_matter():
    least = {"jsonClass": FILES, "timestamps": {"CURR_RUN_START_TIME": "2024-10-28T02:12:06Z", "NEW": "x"}, "more": 1}
    state = FileState.from_json("ctx", least)
    assert (state.run, state.band_ms, state.marks) == (0, MAX_BAND_MS, frozenset())
    assert time_text(state.listed_at) == "2024-10-28T02:12:06.000Z"
    numbers = {**least, "timestamps": {"CURR_RUN_START_TIME": "2024-10-28T02:12:06.503", "RUN": 3, "HIGH_BAND": 5}}
    assert FileState.from_json("ctx", numbers).settled % 1000 == 498


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("text", "it is 'text', not an object"),
        ({"jsonClass": JDBC, "keys": {}}, "is a JDBCDataSourceJobBookmarkState, where a Hadoop"),
        ({"timestamps": {}}, "is a None, where a Hadoop"),
        ({"jsonClass": FILES}, "timestamps is None, not an object"),
        ({"jsonClass": FILES, "timestamps": {}}, "CURR_RUN_START_TIME is None, not a time such as"),
        ({"CURR_RUN_START_TIME": "yesterday"}, "CURR_RUN_START_TIME is 'yesterday', not a time such as"),
        ({"INCLUDE_LIST": "f4,xyz"}, "INCLUDE_LIST is 'xyz', not a list of MD5 sums"),
        ({"INCLUDE_LIST": "f" * 33}, "not a list of MD5 sums"),
        ({"HIGH_BAND": "-1"}, "HIGH_BAND is '-1', not a whole number"),
        ({"RUN": "²"}, "RUN is '²', not a whole number"),
    ],
)
def test_what_is_damaged_is_refused_in_one_sentence_that_names_the_context(value: Any, words: str):
    if isinstance(value, dict) and not value.keys() & {"jsonClass", "timestamps"}:
        value = {**FROM_AWS, "timestamps": {**FROM_AWS["timestamps"], **value}}
    with pytest.raises(StateError, match="transformation_ctx 'flights'") as caught:
        FileState.from_json("flights", value)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_version_has_a_mark_of_its_own_and_the_schemes_of_s3_are_one():
    one = mark("s3://lake/in/a.csv", 1)
    assert {mark("s3a://lake/in/a.csv", 1), mark("s3n://lake/in/a.csv", 1)} == {one}
    assert len({one, mark("s3://lake/in/a.csv", 2), mark("s3://lake/in/b.csv", 1), mark("file:/in/a.csv", 1)}) == 4
    assert 0 <= mark("s3://lake/in/\udcff.csv", 1) < 2**128
