"""CSV: headers, quoting, escaping, and what is text."""

from __future__ import annotations

import gzip

from awsglue.options import OptionError

from .lake import Lake, printed, raises, records, same, told, tree

HEADER = {"withHeader": True}


def without_a_header_columns_are_numbered_and_everything_is_text(lake: Lake) -> None:
    lake.put("in/a.csv", "1,2.5,true\n2,,x\n")
    frame = lake.read("in", "csv")
    same(tree(frame), "|-- col0: string\n|-- col1: string\n|-- col2: string\n")
    same(
        records(frame),
        [
            {"col0": "1", "col1": "2.5", "col2": "true"},
            {"col0": "2", "col1": "", "col2": "x"},
        ],
    )


def the_header_names_the_columns_and_is_no_record(lake: Lake) -> None:
    lake.put("in/a.csv", "id,provider name\n1,x\n")
    lake.put("in/b.csv", "id,provider name\n2,y\n")
    same(
        records(lake.read("in", "csv", HEADER)),
        [
            {"id": "1", "provider name": "x"},
            {"id": "2", "provider name": "y"},
        ],
    )


def each_file_has_its_own_header(lake: Lake) -> None:
    lake.put("in/a.csv", "id,name\n1,x\n")
    lake.put("in/b.csv", "name,id,city\ny,2,Berlin\n")
    lake.put("in/c.csv", "id,name\n3,z\n")
    same(
        records(lake.read("in", "csv", HEADER)),
        [
            {"id": "1", "name": "x", "city": None},
            {"id": "2", "name": "y", "city": "Berlin"},
            {"id": "3", "name": "z", "city": None},
        ],
    )


def files_of_different_width_without_a_header_share_the_widest(lake: Lake) -> None:
    lake.put("in/a.csv", "1,x\n")
    lake.put("in/b.csv", "2,y,z\n")
    same(
        records(lake.read("in", "csv")),
        [
            {"col0": "1", "col1": "x", "col2": ""},
            {"col0": "2", "col1": "y", "col2": "z"},
        ],
    )


def a_header_that_names_a_column_twice_is_refused(lake: Lake) -> None:
    lake.put("in/a.csv", "id,id\n1,2\n")
    with raises(ValueError, "the header of", "a.csv names a column twice: id"):
        lake.read("in", "csv", HEADER).count()


def separators_and_quotes_can_be_chosen(lake: Lake) -> None:
    lake.put("in/a.csv", "'a|b'|c,d\n'it''s'|\"x\"\n")
    same(
        records(lake.read("in", "csv", {"separator": "|", "quoteChar": "'"})),
        [
            {"col0": "it's", "col1": '"x"'},
            {"col0": "a|b", "col1": "c,d"},
        ],
    )


def quoting_can_be_turned_off(lake: Lake) -> None:
    lake.put("in/a.csv", '"a,b"\nc,"d\n')
    for off in (-1, "-1"):
        same(
            records(lake.read("in", "csv", {"quoteChar": off})),
            [
                {"col0": '"a', "col1": 'b"'},
                {"col0": "c", "col1": '"d'},
            ],
        )


def a_backslash_is_a_character_unless_it_is_the_escaper(lake: Lake) -> None:
    lake.put("in/a.csv", '"a\\","b"\nc\\,d\n')
    same(records(lake.read("in", "csv")), [{"col0": "a\\", "col1": "b"}, {"col0": "c\\", "col1": "d"}])
    lake.put("escaped/a.csv", '"a\\"b",c\\,d\\n\n')
    same(records(lake.read("escaped", "csv", {"escaper": "\\"})), [{"col0": 'a"b', "col1": "c,d\n"}])
    lake.put("named/a.csv", "x,y\na\\,b,c\n")
    same(records(lake.read("named", "csv", {"escaper": "\\", **HEADER})), [{"x": "a,b", "y": "c"}])


def doubled_quotes_stand_for_one(lake: Lake) -> None:
    lake.put("in/a.csv", '"say ""hi""",x\n')
    same(records(lake.read("in", "csv")), [{"col0": 'say "hi"', "col1": "x"}])


def values_may_span_lines_when_told(lake: Lake) -> None:
    lake.put("in/a.csv", 'id,"the\ntext"\n1,"a\nb"\n2,c\n')
    for spelling in ("multiLine", "multiline"):
        same(
            records(lake.read("in", "csv", {spelling: "true", **HEADER})),
            [
                {"id": "1", "the\ntext": "a\nb"},
                {"id": "2", "the\ntext": "c"},
            ],
        )


def the_first_line_can_be_skipped(lake: Lake) -> None:
    lake.put("in/a.csv", "one,two\n1,2\n3\n4,5,6\n")
    expected = [{"col0": "1", "col1": "2"}, {"col0": "3", "col1": ""}, {"col0": "4", "col1": "5"}]
    same(records(lake.read("in", "csv", {"skipFirst": True})), expected)


def values_that_a_line_lacks_are_empty_and_those_beyond_the_first_line_are_dropped(lake: Lake) -> None:
    lake.put("in/a.csv", "1,2\n3\n4,5,6\n")
    expected = [{"col0": "1", "col1": "2"}, {"col0": "3", "col1": ""}, {"col0": "4", "col1": "5"}]
    same(records(lake.read("in", "csv")), expected)


def the_first_line_below_the_header_can_be_skipped(lake: Lake) -> None:
    lake.put("in/a.csv", "id,name\nint,text\n1,x\n")
    lake.put("in/b.csv", "name,id\ntext,int\ny,2\n")
    same(
        records(lake.read("in", "csv", {"skipFirst": True, **HEADER})),
        [
            {"id": "1", "name": "x"},
            {"id": "2", "name": "y"},
        ],
    )


def a_file_without_lines_has_no_say(lake: Lake) -> None:
    lake.put("in/a.csv", "\n\n")
    lake.put("in/b.csv", "id\n1\n")
    same(records(lake.read("in", "csv", HEADER)), [{"id": "1"}])
    same(lake.read("in/a.csv", "csv", HEADER).count(), 0)


def a_mark_at_the_beginning_of_a_file_is_no_part_of_its_header(lake: Lake) -> None:
    lake.put("in/a.csv", b"\xef\xbb\xbfid,x\r\n1,2\r\n")
    same(records(lake.read("in", "csv", HEADER)), [{"id": "1", "x": "2"}])


def bytes_that_are_not_utf8_are_told_of(lake: Lake) -> None:
    lake.put("in/a.csv", "id,name\n1,zoë\n")
    lake.put("in/b.csv", "id,name\n2,café\n".encode("latin-1"))
    lake.put("in/c.csv.gz", gzip.compress("id,name\n3,naïve\n".encode("latin-1")))
    frames = []
    notes = told(lambda: frames.append(lake.read("in", "csv", HEADER).toDF()))
    same([str(row.name) for row in frames[0].orderBy("id").collect()], ["zoë", "caf\ufffd", "na\ufffdve"])
    same(len(notes), 1)
    found = "in/b.csv is not in UTF-8, which csv has to be (byte 13 is 0xE9, in b'name\\n2,caf\\xe9\\n')"
    same(f"{found}, and 1 more of 3 files" in notes[0], True)
    same(told(lambda: lake.read("in/a.csv", "csv", HEADER).count()), [])
    with raises(ValueError, "in/b.csv is not in UTF-8"):
        lake.read("in", "csv", HEADER, isFailFast=True).count()


def names_that_differ_in_case_are_two_columns(lake: Lake) -> None:
    lake.put("in/a.csv", "a,A\n1,2\n")
    lake.put("in/b.csv", "b,a\n4,3\n")
    frame = lake.read("in", "csv", HEADER)
    same(sorted(tree(frame).splitlines()), ["|-- A: string", "|-- a: string", "|-- b: string"])
    same(sorted(printed(frame.show).splitlines()), ['{"a": "1", "A": "2"}', '{"a": "3", "b": "4"}'])
    lake.write(frame.drop_fields(["b"]).filter(lambda one: one["a"] == "1"), "out", "csv")
    same(lake.text("out"), "a,A\n1,2\n")


def names_may_hold_dots_blanks_and_back_ticks(lake: Lake) -> None:
    lake.put("in/a.csv", "a.b,A B,x`y\n1,2,3\n")
    frame = lake.read("in", "csv", HEADER)
    same(frame.toDF().columns, ["a.b", "A B", "x`y"])
    same(frame.toDF().first(), ("1", "2", "3"))


def the_header_is_written_unless_told_otherwise(lake: Lake) -> None:
    frame = lake.frame([(1, "x")], "id int, name string").coalesce(1)
    lake.write(frame, "with", "csv")
    lake.write(frame, "without", "csv", {"writeHeader": False})
    same((lake.text("with"), lake.text("without")), ("id,name\n1,x\n", "1,x\n"))


def values_are_quoted_where_they_must_be(lake: Lake) -> None:
    frame = lake.frame([("a,b", 'say "hi"', " c ", "")], "a string, b string, c string, d string").coalesce(1)
    lake.write(frame, "out", "csv", {"writeHeader": False})
    same(lake.text("out"), '"a,b","say ""hi""", c ,""\n')


def nothing_is_quoted_when_quoting_is_off(lake: Lake) -> None:
    frame = lake.frame([("a,b", 'say "hi"', " c ", None)], "a string, `b|x` string, c string, d string").coalesce(1)
    lake.write(frame, "out", "csv", {"quoteChar": -1})
    same(lake.text("out"), 'a,b|x,c,d\na,b,say "hi", c ,\n')
    lake.write(frame, "bare", "csv", {"quoteChar": "-1", "separator": "|", "writeHeader": "false"})
    same(lake.text("bare"), 'a,b|say "hi"| c |\n')


def unquoted_lines_are_written_beside_partition_keys(lake: Lake) -> None:
    frame = lake.frame([("x", '"1"', 5), ("y", "2", 6)], "k string, v string, n int")
    lake.write(frame, "out", "csv", {"quoteChar": -1}, partitionKeys=["k"])
    same((lake.text("out/k=x"), lake.text("out/k=y")), ('v,n\n"1",5\n', "v,n\n2,6\n"))


def choices_dates_and_numbers_are_written_as_text(lake: Lake) -> None:
    lake.write(lake.json_frame('{"p": 1.5}', '{"p": "n/a"}').coalesce(1), "choice", "csv")
    same(lake.text("choice"), "p\n1.5\nn/a\n")
    frame = lake.frame([("2026-01-02", "2026-01-02 03:04:05")], "d string, t string").apply_mapping(
        [("d", "string", "d", "date"), ("t", "string", "t", "timestamp"), ("d", "string", "n", "int")]
    )
    lake.write(frame.coalesce(1), "typed", "csv")
    same(lake.text("typed"), "d,t,n\n2026-01-02,2026-01-02 03:04:05,\n")


def what_is_nested_cannot_be_written(lake: Lake) -> None:
    frame = lake.json_frame('{"a": {"b": 1}}')
    with raises(TypeError, "csv cannot hold the field a, which is of type struct: unnest it"):
        lake.write(frame, "out", "csv")
    lake.write(frame.unnest(), "out", "csv")
    same(lake.text("out"), "a.b\n1\n")


def options_of_the_wrong_type_are_refused_by_name(lake: Lake) -> None:
    with raises(OptionError, "csv format option withHeader: 'yes' will not do, it must be true or false"):
        lake.read("in", "csv", {"withHeader": "yes"})
