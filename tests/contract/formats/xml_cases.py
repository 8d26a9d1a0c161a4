"""XML: which elements are records, what types their values have, and what happens to what is none."""

from __future__ import annotations

import gzip
import json

from awsglue.options import OptionError

from .lake import Lake, raises, records, same, told, tree

BOOKS = """<?xml version="1.0" encoding="UTF-8"?>
<catalog xmlns:x="urn:x">
  <!-- <book id="0"/> -->
  <book id="bk101">
    <title>XML &amp; more</title><price>44.95</price><pages>300</pages>
    <author>Gambardella</author><author>Käthe</author>
    <size unit="cm">12</size><note/><x:tag>t</x:tag>
  </book>
  <book id="bk102"><title>Rain</title><price>5</price><pages>3000000000</pages><author>Ralls</author>
    <size unit="in">7</size><note>n</note><text><![CDATA[<book>]]></text></book>
</catalog>
"""
BOOK = {"rowTag": "book"}


def _books(lake: Lake) -> None:
    lake.put("in/a.xml", BOOKS)


def elements_are_records_and_attributes_are_fields(lake: Lake) -> None:
    _books(lake)
    frame = lake.read("in", "xml", BOOK)
    same(
        tree(frame),
        "|-- _id: string\n|-- title: string\n|-- price: choice\n|    |-- double\n|    |-- int\n"
        "|-- pages: choice\n|    |-- int\n|    |-- long\n"
        "|-- author: choice\n|    |-- array\n|    |    |-- element: string\n|    |-- string\n"
        "|-- size: struct\n|    |-- _unit: string\n|    |-- _VALUE: int\n"
        "|-- note: string\n|-- x:tag: string\n|-- text: string\n",
    )
    one, other = records(frame)
    same(
        (one["title"], one["note"], one["author"]["array"], one["x:tag"]),
        ("XML & more", "", ["Gambardella", "Käthe"], "t"),
    )
    same((other["text"], other["author"]["string"], other["size"]), ("<book>", "Ralls", {"_unit": "in", "_VALUE": 7}))


def names_of_attributes_and_values_can_be_chosen(lake: Lake) -> None:
    _books(lake)
    frame = lake.read("in", "xml", {**BOOK, "attributePrefix": "@", "valueTag": "value"})
    same(next(iter(frame.schema())).name, "@id")
    same(records(frame.select_fields(["size"]))[0], {"size": {"@unit": "cm", "value": 12}})
    plain = lake.read("in", "xml", {**BOOK, "excludeAttribute": "true"})
    same(sorted(one["size"] for one in records(plain.select_fields(["size"]))), [7, 12])
    same(next(iter(plain.schema())).name, "title")


def what_is_empty_is_a_text_or_a_null(lake: Lake) -> None:
    lake.put("in/a.xml", "<l><r><n>1</n><t>a</t><e/></r><r><n/><t/><e></e></r><r><n>2</n><t> </t></r></l>")
    same(
        records(lake.read("in", "xml", {"rowTag": "r"})),
        sorted(
            [{"n": 1, "t": "a", "e": ""}, {"n": None, "t": "", "e": ""}, {"n": 2, "t": " ", "e": None}],
            key=repr,
        ),
    )
    same(
        records(lake.read("in", "xml", {"rowTag": "r", "treatEmptyValuesAsNulls": True})),
        sorted(
            [{"n": 1, "t": "a", "e": None}, {"n": None, "t": None, "e": None}, {"n": 2, "t": None, "e": None}],
            key=repr,
        ),
    )


def surrounding_spaces_can_be_ignored(lake: Lake) -> None:
    lake.put("in/a.xml", "<l><r><n> 1 </n><t> a </t></r></l>")
    same(records(lake.read("in", "xml", {"rowTag": "r"})), [{"n": " 1 ", "t": " a "}])
    same(records(lake.read("in", "xml", {"rowTag": "r", "ignoreSurroundingSpaces": True})), [{"n": 1, "t": "a"}])


def a_schema_decides_the_types(lake: Lake) -> None:
    from awsglue.gluetypes import ArrayType, DateType, DecimalType, Field, IntegerType, StringType, StructType

    _books(lake)
    lake.put("in/b.xml", '<book id="b3"><pages>many</pages><price>1.239</price><day>2026-01-02</day></book>')
    schema = StructType(
        [
            Field("_id", StringType()),
            Field("pages", IntegerType()),
            Field("price", DecimalType(8, 2)),
            Field("author", ArrayType(StringType())),
            Field("size", IntegerType()),
            Field("note", StringType()),
            Field("day", DateType()),
        ]
    )
    frame = lake.read("in", "xml", {**BOOK, "withSchema": json.dumps(schema.jsonValue())})
    same(frame.schema(), schema)
    same(
        [
            (one["_id"], one["pages"], str(one["price"]), one["author"], one["size"], one["note"], str(one["day"]))
            for one in records(frame)
        ],
        [
            ("b3", None, "1.24", None, None, None, "2026-01-02"),
            ("bk101", 300, "44.95", ["Gambardella", "Käthe"], 12, "", "None"),
            ("bk102", None, "5.00", ["Ralls"], 7, "n", "None"),
        ],
    )


def a_faulty_record_is_an_error_record_and_spoils_no_other(lake: Lake) -> None:
    lake.put("in/a.xml", "<l><r><n>1</n></r><r><n>2</m></r><r><n>3</n></r><r><n>&nbsp;</n></r><r><n>4</n>")
    frame = lake.read("in", "xml", {"rowTag": "r"})
    (line,) = told(frame.count)
    assert line.startswith("openglue: 3 of 5 elements r below "), line
    same([one["n"] for one in records(frame)], [1, 3])
    errors = [one["error"] for one in records(frame.errorsAsDynamicFrame())]
    same(sorted(one["input"] for one in errors), ["<r><n>&nbsp;</n></r>", "<r><n>2</m></r>", "<r><n>4</n>"])
    same({one["msg"].split(":")[0] for one in errors}, {"error in XML"})
    with raises(ValueError, "3 of 5 elements r below "):
        lake.read("in", "xml", {"rowTag": "r"}, isFailFast=True).count()


def files_may_be_compressed_and_in_other_encodings(lake: Lake) -> None:
    lake.put("in/a.xml.gz", gzip.compress(BOOKS.encode("utf-16")))
    lake.put("in/b.xml", BOOKS.encode("utf-16"))
    same(lake.read("in", "xml", {**BOOK, "encoding": "UTF-16"}).count(), 4)
    frame = lake.read("in", "xml", BOOK)
    told(frame.count)
    same((frame.count(), frame.errorsCount()), (0, 2))


def many_small_files_are_read(lake: Lake) -> None:
    for number in range(60):
        lake.put(f"in/{number}.xml", f"<l><r><n>{number}</n></r></l>")
    frame = lake.read("in", "xml", {"rowTag": "r"}, groupFiles="inPartition", groupSize="300")
    same(sorted(one["n"] for one in records(frame)), list(range(60)))
    assert frame.getNumPartitions() > 2


def the_name_of_records_must_be_given(lake: Lake) -> None:
    _books(lake)
    with raises(OptionError, "the xml format option rowTag is missing: it must be the name of the element that is"):
        lake.read("in", "xml")
    with raises(OptionError, "xml format option rowTag: '<book>' will not do"):
        lake.read("in", "xml", {"rowTag": "<book>"})
    with raises(OptionError, "xml format option encoding: 'klingon' will not do, it must be an encoding"):
        lake.read("in", "xml", {**BOOK, "encoding": "klingon"})
    with raises(
        OptionError, "xml format option withSchema: '{}' will not do, it must be the jsonValue() of a StructType"
    ):
        lake.read("in", "xml", {**BOOK, "withSchema": "{}"})


def xml_cannot_be_written(lake: Lake) -> None:
    with raises(ValueError, "the format 'xml' can only be read"):
        lake.write(lake.frame([(1,)], "n int"), "out", "xml", BOOK)
