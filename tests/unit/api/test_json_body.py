"""What Python's JSON lets through and we do not; what every client may send."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openglue.api.json_body import LIMIT, MAX_DEPTH, MAX_NODES, load
from openglue.errors import SerializationException


def refusal(body: bytes) -> str:
    with pytest.raises(SerializationException) as caught:
        load(body)
    assert caught.value.status == 400
    return caught.value.message


@pytest.mark.parametrize(
    ("body", "document"),
    [
        (b"", {}),
        (b"{}", {}),
        (b' \t\r\n{"a": 1} \n', {"a": 1}),
        (b'{"a": null, "b": [true, false]}', {"a": None, "b": [True, False]}),
        ('{"ä": "😀"}'.encode(), {"ä": "😀"}),
        (b'{"a": "\\ud83d\\ude00\\u00e9"}', {"a": "😀é"}),
        (b'{"a": "\\\\u0000\\\\ud800"}', {"a": "\\u0000\\ud800"}),
        (b'{"a": "\\"{[,\\\\", "{[": "}"}', {"a": '"{[,\\', "{[": "}"}),
        (b'{"a": {"a": 1}, "b": [{"a": 2}, {"a": 3}]}', {"a": {"a": 1}, "b": [{"a": 2}, {"a": 3}]}),
        (b'{"a": 9223372036854775807}', {"a": 2**63 - 1}),
        (b'{"a": -9223372036854775808}', {"a": -(2**63)}),
        (b'{"a": 1.7e308, "b": 1e-400}', {"a": 1.7e308, "b": 0.0}),
    ],
)
def test_ordinary_json_is_read(body: bytes, document: dict[str, Any]):
    assert load(body) == document


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"[]", "must be a JSON object"),
        (b"null", "must be a JSON object"),
        (b'"{}"', "must be a JSON object"),
        (b"7", "must be a JSON object"),
        (b" ", "not JSON"),
        (b"{", "not JSON"),
        (b"{}{}", "not JSON: Extra data"),
        (b"{'a': 1}", "not JSON"),
        (b'{"a": 1,}', "not JSON"),
        (b'{"a": 01}', "not JSON"),
        (b'{"a": "\x01"}', "not JSON: Invalid control character"),
        (b'{"a": "line\nbreak"}', "not JSON: Invalid control character"),
        (b'\xef\xbb\xbf{"a": 1}', "not JSON"),
        ('{"a": 1}'.encode("utf-16"), "not UTF-8"),
        ('{"a": 1}'.encode("utf-16-le"), "not JSON"),
        (b'{"a": "\xff"}', "not UTF-8: invalid start byte at byte 7"),
        (b'{"a": "\xed\xa0\x80"}', "not UTF-8"),
        (b'{"a": "\xc0\x80"}', "not UTF-8"),
        (b'{"a": "\\ud800"}', "half of a surrogate pair"),
        (b'{"a": "\\udc00\\ud800"}', "half of a surrogate pair"),
        (b'{"a": ["x", {"\\ud800": 1}]}', "half of a surrogate pair"),
        (b'{"a": "x\\u0000"}', "U+0000"),
        (b'{"\\u0000": 1}', "U+0000"),
        (b'{"a": NaN}', "NaN is no JSON value"),
        (b'{"a": Infinity}', "Infinity is no JSON value"),
        (b'{"a": [-Infinity]}', "-Infinity is no JSON value"),
        (b'{"a": 1e400}', "a number is too large"),
        (b'{"a": -1e400}', "a number is too large"),
        (b'{"a": 9223372036854775808}', "an integer does not fit in 64 bits"),
        (b'{"a": -9223372036854775809}', "an integer does not fit in 64 bits"),
        (b'{"a": ' + b"9" * 5000 + b"}", "an integer does not fit in 64 bits"),
        (b'{"a": 1, "a": 1}', "the key 'a' stands twice"),
        (b'{"b": [{"x": 1, "a": 2, "x": 3}]}', "the key 'x' stands twice"),
        (b'{"a": 1, "\\u0061": 1}', "the key 'a' stands twice"),
    ],
)
def test_a_trap_is_the_clients_mistake_and_is_named(body: bytes, reason: str):
    assert reason in refusal(body)


def test_depth_is_bounded_exactly():
    def nested(depth: int, opening: str, closing: str) -> bytes:
        return ('{"a":' + opening * (depth - 1) + closing * (depth - 1) + "}").replace("[]", "[1]").encode()

    assert load(nested(MAX_DEPTH, "[", "]"))
    assert "nested deeper than 32" in refusal(nested(MAX_DEPTH + 1, "[", "]"))
    assert load(b'{"a":' * (MAX_DEPTH - 1) + b"{}" + b"}" * (MAX_DEPTH - 1))
    assert "nested deeper than 32" in refusal(b'{"a":' * MAX_DEPTH + b"{}" + b"}" * MAX_DEPTH)
    assert load(json.dumps({"a": [[[1]]] * 100, "b": "[" * 1000}).encode())


@pytest.mark.parametrize("depth", [100_000, LIMIT])
def test_the_deepest_nesting_costs_no_recursion(depth: int):
    assert "values" in refusal(b"[" * depth)
    assert "deeper" in refusal(b"[" * 5000 + b"]" * 5000)


def test_the_number_of_values_is_bounded():
    def with_values(count: int) -> bytes:
        return b'{"a":[' + b"1," * (count - 3) + b"1]}"

    assert len(load(with_values(MAX_NODES))["a"]) == MAX_NODES - 2
    assert "more than 10000 values" in refusal(with_values(MAX_NODES + 1))
    assert load(b'{"a":"' + b",[{" * 100_000 + b'"}')["a"] == ",[{" * 100_000


def test_the_size_is_bounded():
    body = b'{"a":"' + b"x" * (LIMIT - 8) + b'"}'
    assert len(load(body)["a"]) == LIMIT - 8
    assert f"at most {LIMIT}" in refusal(body + b" ")
    with pytest.raises(SerializationException, match="at most 4 are taken"):
        load(b'{"a":1}', limit=4)


@pytest.mark.parametrize("body", [b'"\\' * (1 << 19), b'{"a":"' + b'\\"' * 500_000, b'"' * LIMIT, b'{"a":"\\'])
def test_unterminated_strings_are_refused_in_one_pass(body: bytes):
    assert "not JSON" in refusal(body)


LEAVES = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
DOCUMENTS = st.dictionaries(
    TEXT,
    st.recursive(LEAVES | TEXT, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4)),
)


@given(DOCUMENTS, st.sampled_from([{}, {"ensure_ascii": False}, {"indent": 1}, {"separators": (",", ":")}]))
def test_what_a_json_library_writes_is_read_back(document: dict[str, Any], style: dict[str, Any]):
    body = json.dumps(document, **style).encode()
    assert load(body) == document


@given(st.binary(max_size=64) | st.text('{}[]",:\\u0d8a1e9-+.tN', max_size=64).map(str.encode))
def test_any_bytes_are_read_or_refused_and_nothing_else_happens(body: bytes):
    try:
        document = load(body)
    except SerializationException:
        return
    assert type(document) is dict
    assert json.loads(body or b"{}") == document
