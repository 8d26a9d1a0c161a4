"""Plain text: lines as records with one field."""

from __future__ import annotations

import gzip

from .lake import Lake, raises, records, same, tree


def a_line_is_a_record(lake: Lake) -> None:
    lake.put("in/a.txt", "one, two\n\nthree\r\nKäthe")
    lake.put("in/b.txt.gz", gzip.compress(b"four\n"))
    frame = lake.read("in", "text")
    same(tree(frame), "|-- value: string\n")
    expected = sorted(["one, two", "", "three", "Käthe", "four"], key=lambda line: repr({"value": line}))
    same([one["value"] for one in records(frame)], expected)
    same([one["value"] for one in records(lake.read("in", "text", groupFiles="inPartition"))], expected)


def a_field_of_text_is_written_on_lines(lake: Lake) -> None:
    frame = lake.frame([("a", 1), (None, 1), ("b", 2)], "line string, year int")
    lake.write(frame.coalesce(1), "out", "text", partitionKeys=["year"], compression="gzip")
    parts = {name.partition("/")[0]: lake.local(f"out/{name}").read_bytes() for name in lake.files("out")}
    same({key: gzip.decompress(data) for key, data in parts.items()}, {"year=1": b"a\n\n", "year=2": b"b\n"})


def more_than_one_field_is_refused(lake: Lake) -> None:
    with raises(ValueError, "text is written from one field of type string, and the frame has a (int), b (string)"):
        lake.write(lake.frame([(1, "x")], "a int, b string"), "out", "text")


def a_folder_without_files_is_an_empty_frame(lake: Lake) -> None:
    lake.local("in").mkdir()
    same(lake.read("in", "text").toDF().columns, [])
