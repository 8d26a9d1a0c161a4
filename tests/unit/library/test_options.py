"""Option tables: what is taken, what is refused, and what the log says."""

from __future__ import annotations

import pytest

from awsglue.connections.s3 import OPTIONS as S3
from awsglue.formats.csv import OPTIONS as CSV
from awsglue.formats.json import OPTIONS as JSON
from awsglue.formats.parquet import OPTIONS as PARQUET
from awsglue.formats.xml import OPTIONS as XML
from awsglue.options import BOOLEAN, Option, OptionError, check

TABLES = {"csv": CSV, "json": JSON, "parquet": PARQUET, "s3": S3, "xml": XML}


def test_what_is_not_given_has_its_default():
    assert check({}, CSV, what="csv format", use="read") == {
        "separator": ",",
        "quoteChar": '"',
        "escaper": "",
        "multiLine": False,
        "withHeader": False,
        "skipFirst": False,
        "optimizePerformance": False,
    }
    assert check(None, CSV, what="csv format", use="write") == {"separator": ",", "quoteChar": '"', "writeHeader": True}


@pytest.mark.parametrize(
    ("table", "given", "name", "value"),
    [
        ("csv", {"withHeader": True}, "withHeader", True),
        ("csv", {"withHeader": "true"}, "withHeader", True),
        ("csv", {"withHeader": "False"}, "withHeader", False),
        ("csv", {"escaper": "none"}, "escaper", ""),
        ("s3", {"groupSize": "1048576"}, "groupSize", 1048576),
        ("s3", {"excludeStorageClasses": ["glacier"]}, "excludeStorageClasses", ["GLACIER"]),
        ("s3", {"excludeStorageClasses": '["GLACIER"]'}, "excludeStorageClasses", ["GLACIER"]),
        ("csv", {"separator": "\t"}, "separator", "\t"),
        ("csv", {"quoteChar": -1}, "quoteChar", ""),
        ("csv", {"quoteChar": "-1"}, "quoteChar", ""),
        ("csv", {"quoteChar": "'"}, "quoteChar", "'"),
        ("csv", {"multiline": "true"}, "multiLine", True),
        ("csv", {"withHeader": None}, "withHeader", False),
        ("json", {"multiLine": True}, "multiLine", True),
        ("s3", {"paths": "s3://a/"}, "paths", ["s3://a/"]),
        ("s3", {"paths": ["s3://a/", "s3://b/"]}, "paths", ["s3://a/", "s3://b/"]),
        ("s3", {"exclusions": '["**.pdf"]'}, "exclusions", ["**.pdf"]),
        ("s3", {"exclusions": ["**.pdf"]}, "exclusions", ["**.pdf"]),
        ("s3", {"recurse": True}, "recurse", True),
    ],
    ids=repr,
)
def test_an_option_is_read_in_the_ways_that_scripts_spell_it(table: str, given: dict, name: str, value: object):
    assert check(given, TABLES[table], what="x", use="read")[name] == value


@pytest.mark.parametrize(
    ("table", "given", "message"),
    [
        ("csv", {"withHeader": "yes"}, "csv format option withHeader: 'yes' will not do, it must be true or false"),
        ("csv", {"withHeader": 1}, "csv format option withHeader: 1 will not do, it must be true or false"),
        ("csv", {"separator": "||"}, "csv format option separator: '||' will not do, it must be one character"),
        (
            "csv",
            {"quoteChar": 1},
            "csv format option quoteChar: 1 will not do, it must be one character, or -1 for no quoting",
        ),
        (
            "csv",
            {"header": True},
            (
                "unknown csv format option 'header'; there are: separator, quoteChar, escaper, multiLine, withHeader,"
                " skipFirst, optimizePerformance"
            ),
        ),
        (
            "json",
            {"jsonPath": "id"},
            "csv format option jsonPath: 'id' will not do, it must be a JSONPath of .name, ['name'], [0] and [*]",
        ),
        ("s3", {"paths": 1}, "csv format option paths: 1 will not do, it must be a text or a list of texts"),
        (
            "s3",
            {"exclusions": "**.pdf"},
            (
                "csv format option exclusions: '**.pdf' will not do,"
                " it must be a JSON list of texts, such as '[\"**.pdf\"]'"
            ),
        ),
        ("s3", {"groupSize": "1MB"}, "csv format option groupSize: '1MB' will not do, it must be a whole number"),
        (
            "s3",
            {"boundedFiles": "0"},
            "csv format option boundedFiles: '0' will not do, it must be a whole number above 0",
        ),
        (
            "s3",
            {"excludeStorageClasses": ["ICE"]},
            "csv format option excludeStorageClasses: ['ICE'] will not do, it must be a list of some of STANDARD, ",
        ),
        ("s3", {"groupFiles": "all"}, "csv format option groupFiles: 'all' will not do, it must be one of inPartition"),
    ],
    ids=repr,
)
def test_a_wrong_option_is_refused_by_name_with_what_would_be_right(table: str, given: dict, message: str):
    with pytest.raises(OptionError) as refused:
        check(given, TABLES[table], what="csv format", use="read")
    assert str(refused.value).startswith(message)


def test_an_option_that_must_be_given_is_named():
    with pytest.raises(
        OptionError, match="the xml format option rowTag is missing: it must be the name of the element"
    ):
        check({"encoding": "UTF-8"}, XML, what="xml format", use="read")
    assert "rowTag" not in check({}, XML, what="xml format", use="write")


def test_options_must_be_a_dictionary():
    with pytest.raises(OptionError, match="the csv format options must be a dictionary, not list"):
        check(["withHeader"], CSV, what="csv format", use="read")  # type: ignore[arg-type]  # that is the test


def test_an_option_without_effect_is_named_in_the_log_when_it_asks_for_something(capsys: pytest.CaptureFixture[str]):
    check({"optimizePerformance": False}, CSV, what="csv format", use="read")
    assert capsys.readouterr().err == ""
    check({"useS3ListImplementation": True}, S3, what="s3", use="read")
    assert capsys.readouterr().err == (
        "openglue: the s3 option useS3ListImplementation has no effect: there is one way to list files\n"
    )


def test_an_option_of_the_other_direction_is_named_in_the_log(capsys: pytest.CaptureFixture[str]):
    checked = check({"withHeader": True}, CSV, what="csv format", use="write")
    assert "withHeader" not in checked
    assert capsys.readouterr().err == "openglue: the csv format option withHeader has no effect: it is for reading\n"


def test_an_option_that_is_not_built_is_refused_unless_it_asks_for_nothing():
    table = (Option(name="odd", kind=BOOLEAN, default=False, not_built="leave it out"),)
    check({"odd": False}, table, what="s3", use="write")
    with pytest.raises(NotImplementedError, match="the s3 option odd is not built yet: leave it out"):
        check({"odd": True}, table, what="s3", use="write")


@pytest.mark.parametrize("table", TABLES)
def test_no_spelling_stands_for_two_options(table: str):
    spellings = [spelling for option in TABLES[table] for spelling in (option.name, *option.aliases)]
    assert len(spellings) == len(set(spellings))
