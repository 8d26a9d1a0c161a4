"""The small languages of the library: field paths, globs, type names, mappings, specs, JSON and CSV text."""

from __future__ import annotations

import pytest

from awsglue import fieldpaths, globs, mappings, rowtests, typenames
from awsglue.choices import action
from awsglue.fieldpaths import ELEMENT
from awsglue.formats import csvtext
from awsglue.formats.csvtext import Dialect
from awsglue.formats.jsontext import JsonPath, parse
from awsglue.gluetypes import DecimalType, LongType, StringType


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("a", ("a",)),
        ("a.b", ("a", "b")),
        ("`a.b`", ("a.b",)),
        ("a.`b.c`.d", ("a", "b.c", "d")),
        ("`a``b`", ("a`b",)),
        ("myList[].price", ("myList", ELEMENT, "price")),
        ("a[][]", ("a", ELEMENT, ELEMENT)),
        ("provider id", ("provider id",)),
        ("größe", ("größe",)),
    ],
)
def test_a_field_path_is_read_and_written_again(text: str, path: fieldpaths.FieldPath):
    assert fieldpaths.parse(text) == path
    assert fieldpaths.text(path) == text


@pytest.mark.parametrize("text", ["", ".", "a.", ".a", "a..b", "`a", "a[", "a[0]", "``"])
def test_what_is_no_field_path_is_refused(text: str):
    with pytest.raises(ValueError, match="is no field path"):
        fieldpaths.parse(text)


def test_a_path_through_an_array_is_the_same_with_and_without_brackets():
    assert fieldpaths.through_arrays(fieldpaths.parse("a[].b")) == fieldpaths.through_arrays(fieldpaths.parse("a.b"))
    assert fieldpaths.through_arrays(fieldpaths.parse("a[]")) == ("a", ELEMENT)


@pytest.mark.parametrize(
    ("glob", "matching", "other"),
    [
        ("*.json", ["a.json"], ["b/a.json", "a.jsonl"]),
        ("**.json", ["a.json", "b/a.json"], ["a.csv"]),
        ("b/*", ["b/a"], ["b/c/a", "a"]),
        ("b/**", ["b/a", "b/c/a"], ["c/b/a"]),
        ("?.csv", ["a.csv"], ["ab.csv", "/.csv"]),
        ("[a-c].csv", ["b.csv"], ["d.csv"]),
        ("[!a-c].csv", ["d.csv"], ["b.csv", "/.csv"]),
        ("{a,b*}.csv", ["a.csv", "bx.csv"], ["c.csv"]),
        ("a\\*.csv", ["a*.csv"], ["ab.csv"]),
        ("a+b(c)", ["a+b(c)"], ["aab(c)"]),
    ],
)
def test_a_glob_names_files(glob: str, matching: list[str], other: list[str]):
    pattern = globs.compile_glob(glob)
    assert [path for path in matching + other if pattern.fullmatch(path)] == matching


@pytest.mark.parametrize("glob", ["[a", "{a,b", "a}"])
def test_a_glob_that_is_not_closed_is_refused(glob: str):
    with pytest.raises(ValueError, match="without its"):
        globs.compile_glob(glob)


@pytest.mark.parametrize("glob", ["**.pdf", "old/**", "s3://lake/in/old/*.pdf"])
def test_an_exclusion_fits_the_whole_path_or_what_follows_the_root(glob: str):
    assert globs.excluded("s3://lake/in/old/a.pdf", "s3://lake/in", [globs.compile_glob(glob)])
    assert not globs.excluded("s3://lake/in/new/a.csv", "s3://lake/in", [globs.compile_glob(glob)])


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("String", StringType()),
        ("bigint", LongType()),
        ("LONG", LongType()),
        ("decimal", DecimalType(10, 2)),
        ("decimal(12, 4)", DecimalType(12, 4)),
        ("Decimal(5)", DecimalType(5, 0)),
        ("varchar(10)", StringType()),
    ],
)
def test_a_type_name_is_understood(text: str, type_: object):
    assert typenames.atomic(text) == type_


@pytest.mark.parametrize("text", ["", "text", "decimal(39,1)", "decimal(5,6)"])
def test_what_is_no_type_name_is_refused(text: str):
    with pytest.raises(ValueError, match="is no"):
        typenames.atomic(text)


@pytest.mark.parametrize("text", ["struct", "Array", "map", "choice", "array<string>", "struct<a:int>"])
def test_a_type_with_members_is_known_by_its_first_word(text: str):
    assert typenames.is_nested(text)


@pytest.mark.parametrize(
    ("entry", "mapping"),
    [
        (("a", "string", "b.c", "int"), (("a",), ("b", "c"), "int")),
        (("a", "b", "int"), (("a",), ("b",), "int")),
        (("a", "b"), (("a",), ("b",), "")),
    ],
)
def test_a_mapping_has_two_three_or_four_members(entry: tuple, mapping: tuple):
    parsed = mappings.mapping(entry)
    assert (parsed.source, parsed.target, parsed.type) == mapping


@pytest.mark.parametrize(
    ("entry", "error", "message"),
    [
        (["a", "b"], TypeError, "a mapping is a tuple, not list"),
        (("a",), ValueError, "a mapping has 2, 3 or 4 members"),
        (("a", "b", "c", "d", "e"), ValueError, "a mapping has 2, 3 or 4 members"),
        (("a", "b", "text"), ValueError, "'text' is no type"),
        (("a", "b[]"), ValueError, "cannot go into the elements of an array"),
    ],
)
def test_what_is_no_mapping_is_refused(entry: object, error: type[Exception], message: str):
    with pytest.raises(error, match=message):
        mappings.mapping(entry)


@pytest.mark.parametrize("text", ["cast", "cast:", "make_cols:int", "drop", ""])
def test_what_is_no_action_on_a_choice_is_refused(text: str):
    with pytest.raises(ValueError, match="is no action on a choice"):
        action(text)


def test_the_catalogs_types_are_for_all_choices_at_once():
    with pytest.raises(ValueError, match="match_catalog is for all choices of a frame"):
        action("match_catalog")


def test_an_unknown_comparison_is_refused():
    with pytest.raises(ValueError, match="'=>' is no comparison"):
        rowtests.parse({"a": {"=>": 1}})


@pytest.mark.parametrize(
    ("text", "records", "simple"),
    [
        (b'{"a": 1}', [{"a": 1}], True),
        (b' {"a": 1}\r', [{"a": 1}], True),
        (b'[{"a": 1}, {"a": 2}]', [{"a": 1}, {"a": 2}], True),
        (b'{"a": 1}{"a": 2}\n{"a": 3}', [{"a": 1}, {"a": 2}, {"a": 3}], False),
        (b'\xef\xbb\xbf{"a": 1}', [{"a": 1}], True),
        (b"", [], True),
    ],
)
def test_json_text_holds_records(text: bytes, records: list, simple: bool):  # noqa: FBT001
    parsed = parse(text, None)
    assert (parsed.records, parsed.fault, parsed.simple) == (records, "", simple)


@pytest.mark.parametrize(
    ("text", "records", "fault"),
    [
        (b'{"a": ', [], "error in JSON: Expecting value"),
        (b'{"a": 1} x', [{"a": 1}], "error in JSON: Expecting value"),
        (b"1", [], "a record must be a JSON object, not 1"),
        (b'[{"a": 1}, "x"]', [{"a": 1}], 'a record must be a JSON object, not "x"'),
        (b"\xff", [], "error in JSON: 'utf-8' codec"),
        (b"[" * 100_000, [], "error in JSON: maximum recursion depth"),
    ],
)
def test_what_is_no_record_is_a_fault(text: bytes, records: list, fault: str):
    parsed = parse(text, None)
    assert (parsed.records, parsed.simple) == (records, False)
    assert parsed.fault.startswith(fault)


@pytest.mark.parametrize(
    ("path", "records"),
    [
        ("$", [{"a": {"b": [{"c": 1}, {"c": 2}]}, "x.y": {"z": 3}}]),
        ("$.a", [{"b": [{"c": 1}, {"c": 2}]}]),
        ("$.a.b", [{"c": 1}, {"c": 2}]),
        ("$.a.b[*]", [{"c": 1}, {"c": 2}]),
        ("$.a.b[1]", [{"c": 2}]),
        ("$.a.b[5]", []),
        ("$['x.y']", [{"z": 3}]),
        ('$["x.y"]', [{"z": 3}]),
        ("$.*.b", [{"c": 1}, {"c": 2}]),
        ("$.nothing", []),
    ],
)
def test_a_json_path_names_the_records(path: str, records: list):
    text = b'{"a": {"b": [{"c": 1}, {"c": 2}]}, "x.y": {"z": 3}}'
    assert parse(text, JsonPath(path)).records == records


@pytest.mark.parametrize("path", ["a", "$..a", "$.a[?(@.b)]", "$.a["])
def test_a_json_path_beyond_that_is_refused(path: str):
    with pytest.raises(ValueError, match="the jsonPath"):
        JsonPath(path)


@pytest.mark.parametrize(
    ("text", "dialect", "records"),
    [
        ("a,b\n1,2\r\n3,4", Dialect(), [["a", "b"], ["1", "2"], ["3", "4"]]),
        ("a,,c\n\nd", Dialect(), [["a", "", "c"], ["d"]]),
        ('"a,b","c""d",e"f', Dialect(), [["a,b", 'c"d', 'e"f']]),
        ('"a,b"', Dialect(quote=""), [['"a', 'b"']]),
        ("a|b,c", Dialect(separator="|"), [["a", "b,c"]]),
        ('"a\nb",c', Dialect(multiline=True), [["a\nb", "c"]]),
        ('"a\n\nb",c', Dialect(multiline=True), [["a\n\nb", "c"]]),
        ('"a\nb",c', Dialect(), [["a"], ['b"', "c"]]),
        ("a\\,b,c\\nd,\\\\", Dialect(escaper="\\"), [["a,b", "c\nd", "\\"]]),
        ('"a\\"b",c', Dialect(escaper="\\"), [['a"b', "c"]]),
        ('"open', Dialect(multiline=True), [["open"]]),
        ("\ufeffa,b", Dialect(), [["a", "b"]]),
    ],
)
def test_csv_text_holds_values(text: str, dialect: Dialect, records: list):
    assert list(csvtext.records(csvtext.lines(text), dialect)) == records


@pytest.mark.parametrize("data", [b"", "zoë".encode(), "zoë".encode()[:-1], b"\xef\xbb\xbfid"])
def test_the_beginning_of_a_text_in_utf8_is_that_wherever_it_is_cut(data: bytes):
    assert csvtext.not_utf8(data) == ""


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("café\n".encode("latin-1"), "byte 3 is 0xE9, in b'caf\\xe9\\n'"),
        ("id".encode("utf-16"), "byte 0 is 0xFF, in b'\\xff\\xfei\\x00d\\x00'"),
    ],
)
def test_bytes_that_are_not_utf8_are_named_with_their_place(data: bytes, said: str):
    assert csvtext.not_utf8(data) == said
