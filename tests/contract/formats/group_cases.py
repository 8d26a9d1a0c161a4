"""Many small files that tasks read together: the same records as when each is read by itself."""

from __future__ import annotations

import gzip
import json

from awsglue.options import OptionError

from .lake import Lake, raises, records, same, told, tree

GROUPED = {"groupFiles": "inPartition"}


def _same_both_ways(lake: Lake, name: str, format_: str, options: dict | None = None) -> None:
    """Grouped reading gives the schema and the records of ungrouped reading."""
    one, other = lake.read(name, format_, options), lake.read(name, format_, options, **GROUPED)
    same(tree(other), tree(one))
    same(records(other), records(one))
    same(other.errorsCount(), one.errorsCount())


def groups_are_partitions_of_the_size_that_is_asked_for(lake: Lake) -> None:
    for number in range(16):
        lake.put(f"in/{number:02}.json", json.dumps({"n": number}) + "\n")
    size = sum(lake.local(f"in/{number:02}.json").stat().st_size for number in range(16))
    same(lake.read("in", "json", **GROUPED).getNumPartitions(), 2)
    same(lake.read("in", "json", **GROUPED, groupSize=str(size // 8)).getNumPartitions(), 8)
    same(lake.read("in", "json", **GROUPED, groupSize=1).getNumPartitions(), 16)
    same([one["n"] for one in records(lake.read("in", "json", **GROUPED))], sorted(range(16), key=lambda n: f"{n}}}"))


def json_is_the_same_in_groups(lake: Lake) -> None:
    for number in range(60):
        lake.put(f"plain/{number}.json", f'{{"n": {number}, "t": "Käthe 北京", "s": {{"a": [1, 2]}}}}\n\n')
        lake.put(f"mixed/{number}.json", f'{{"n": {number if number % 2 else json.dumps("x")}}}\r\nno record\n')
        lake.put(f"lists/{number}.json", json.dumps([{"n": number}, {"n": -number}], indent=1))
    lake.put("plain/mark.json", b'\xef\xbb\xbf{"n": 61}\n')
    lake.put("plain/packed.json.gz", gzip.compress(b'{"n": 62}\n{"n": 63}'))
    _same_both_ways(lake, "plain", "json")
    _same_both_ways(lake, "mixed", "json")
    _same_both_ways(lake, "lists", "json", {"multiline": True})
    _same_both_ways(lake, "plain", "json", {"jsonPath": "$.s"})


def csv_is_the_same_in_groups(lake: Lake) -> None:
    for number in range(8):
        lake.put(f"in/{number}.csv", f'id,name\n{number},"a, ""b"""\n\n{number},\n{number}\n')
    lake.put("in/8.csv", "name,id,city\ny,2,Bonn\n")
    lake.put("in/9.csv.gz", gzip.compress(b"id,name\n9,z\n"))
    lake.put("in/mark.csv", b"\xef\xbb\xbfid,name\n10,q\n")
    for options in (
        {"withHeader": True},
        {},
        {"withHeader": True, "skipFirst": True},
        {"withHeader": True, "escaper": "\\"},
        {"withHeader": True, "quoteChar": "-1"},
    ):
        _same_both_ways(lake, "in", "csv", options)
    lake.put("lines/a.csv", 'id,name\n1,"a\nb"\n')
    _same_both_ways(lake, "lines", "csv", {"withHeader": True, "multiline": True})


def formats_that_are_not_grouped_say_so(lake: Lake) -> None:
    for format_ in ("parquet", "orc", "avro"):
        lake.write(lake.frame([(1,)], "n int"), format_, format_)
        (line,) = told(lambda: lake.read(format_, format_, **GROUPED))  # noqa: B023 - called at once
        same(line, f"openglue: the s3 option groupFiles has no effect: {format_} files are not grouped, as on AWS")


def a_size_without_groups_has_no_effect(lake: Lake) -> None:
    lake.put("in/a.json", '{"n": 1}\n')
    (line,) = told(lambda: lake.read("in", "json", groupSize="1048576"))
    same(line, "openglue: the s3 option groupSize has no effect: it needs groupFiles='inPartition'")


def options_of_groups_must_be_right(lake: Lake) -> None:
    lake.put("in/a.json", '{"n": 1}\n')
    with raises(OptionError, "s3 option groupFiles: 'all' will not do, it must be one of inPartition, none"):
        lake.read("in", "json", groupFiles="all")
    with raises(OptionError, "s3 option groupSize: '1 MB' will not do, it must be a whole number above 0"):
        lake.read("in", "json", **GROUPED, groupSize="1 MB")
