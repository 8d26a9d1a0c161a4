"""Avro: versions and their types, unions as choices, files of several schemas, faults."""

from __future__ import annotations

import datetime as dt
import decimal
import gzip
import io
from typing import Any

from awsglue.options import OptionError

from .lake import Lake, raises, records, same, tree

V8 = {"version": "1.8"}
LOGICAL = {
    "type": "record",
    "name": "r",
    "namespace": "a.b",
    "fields": [
        {"name": "dec", "type": {"type": "bytes", "logicalType": "decimal", "precision": 8, "scale": 2}},
        {"name": "fix", "type": {"type": "fixed", "name": "f", "size": 4, "logicalType": "decimal", "precision": 8}},
        {"name": "day", "type": {"type": "int", "logicalType": "date"}},
        {"name": "clock", "type": {"type": "int", "logicalType": "time-millis"}},
        {"name": "clocks", "type": {"type": "long", "logicalType": "time-micros"}},
        {"name": "moment", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {"name": "moments", "type": {"type": "long", "logicalType": "timestamp-micros"}},
        {"name": "span", "type": {"type": "fixed", "name": "duration", "size": 12, "logicalType": "duration"}},
        {"name": "kind", "type": {"type": "enum", "name": "k", "symbols": ["X", "Y"]}},
        {"name": "again", "type": ["null", "k"]},
    ],
}
MOMENT = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)


def _avro(schema: Any, *rows: Any, codec: str = "null") -> bytes:
    import fastavro

    out = io.BytesIO()
    fastavro.writer(out, schema, rows, codec=codec, sync_interval=100)
    return out.getvalue()


def _fields(**types: Any) -> dict[str, Any]:
    return {"type": "record", "name": "r", "fields": [{"name": name, "type": type_} for name, type_ in types.items()]}


def _logical(lake: Lake) -> None:
    row = {
        "dec": decimal.Decimal("1.50"),
        "fix": decimal.Decimal(7),
        "day": dt.date(2026, 1, 2),
        "clock": dt.time(0, 0, 1),
        "clocks": dt.time(0, 0, 1),
        "moment": MOMENT,
        "moments": MOMENT,
        "span": bytes(12),
        "kind": "Y",
        "again": "X",
    }
    lake.put("in/a.avro", _avro(LOGICAL, row))


def version_1_7_reads_what_logical_types_are_made_of(lake: Lake) -> None:
    """The reader's table on AWS's page of formats."""
    _logical(lake)
    frame = lake.read("in", "avro")
    same(
        {field.name: field.dataType.typeName() for field in frame.schema()},
        {
            "dec": "binary",
            "fix": "binary",
            "day": "int",
            "clock": "int",
            "clocks": "long",
            "moment": "long",
            "moments": "long",
            "span": "binary",
            "kind": "string",
            "again": "string",
        },
    )
    (one,) = records(frame)
    same(
        (one["day"], one["clock"], one["moment"], one["dec"], one["kind"], one["again"]),
        (20455, 1000, int(MOMENT.timestamp() * 1000), b"\x00\x96", "Y", "X"),
    )


def version_1_8_reads_logical_types(lake: Lake) -> None:
    _logical(lake)
    frame = lake.read("in", "avro", V8)
    assert tree(frame).startswith(
        "|-- dec: decimal(8,2)\n|-- fix: decimal(8,0)\n|-- day: date\n|-- clock: int\n|-- clocks: long\n"
        "|-- moment: timestamp\n|-- moments: long\n|-- span: binary\n"
    ), tree(frame)
    (one,) = records(frame)
    same(
        (one["dec"], one["fix"], one["day"], one["moment"], one["clock"]),
        (decimal.Decimal("1.50"), decimal.Decimal(7), dt.date(2026, 1, 2), dt.datetime(2026, 1, 2, 3, 4, 5), 1000),  # noqa: DTZ001 - Spark's own form
    )


def _moments(lake: Lake) -> Any:
    from awsglue import DynamicFrame

    row = lake.spark.sql(
        "SELECT cast(1.5 AS decimal(8,2)) AS dec, DATE'2026-01-02' AS day, TIMESTAMP'2026-01-02 03:04:05.6' AS moment"
    )
    return DynamicFrame.fromDF(row, lake.glue)


def version_1_7_writes_texts_for_what_it_has_no_types_for(lake: Lake) -> None:
    """The writer's table on the same page."""
    lake.write(_moments(lake), "out", "avro")
    same(
        records(lake.read("out", "avro", V8)),
        [{"dec": "1.50", "day": "2026-01-02", "moment": "2026-01-02 03:04:05.6"}],
    )


def version_1_8_writes_logical_types(lake: Lake) -> None:
    import fastavro

    lake.write(_moments(lake), "out", "avro", V8)
    (file,) = lake.files("out")
    with lake.local(f"out/{file}").open("rb") as stream:
        (one,) = fastavro.reader(stream)
    same(
        one,
        {
            "dec": decimal.Decimal("1.50"),
            "day": dt.date(2026, 1, 2),
            "moment": MOMENT.replace(microsecond=600_000),
        },
    )


def every_type_comes_back(lake: Lake) -> None:
    from awsglue import DynamicFrame

    row = lake.spark.sql(
        "SELECT true AS b, 3 AS i, 4L AS l, float(0.5) AS f, 0.25D AS d, 'ä' AS t, X'00FF' AS x,"
        " cast(null AS int) AS n, named_struct('k', array(map('q', 1), null), 's', named_struct('z', 1L)) AS r,"
        " array(array(1), array()) AS a"
    )
    frame = DynamicFrame.fromDF(row.union(row), lake.glue)
    lake.write(frame, "out", "avro")
    back = lake.read("out", "avro")
    same(back.schema(), frame.schema())
    same(back.toDF().collect(), row.union(row).collect())


def a_union_is_a_choice_and_a_choice_is_a_union(lake: Lake) -> None:
    choice = _fields(id="int", p=["null", "string", "long", {"type": "array", "items": "int"}])
    lake.put(
        "in/a.avro", _avro(choice, {"id": 1, "p": "x"}, {"id": 2, "p": 3_000_000_000}, {"id": 3}, {"id": 4, "p": [7]})
    )
    frame = lake.read("in", "avro")
    same(
        tree(frame),
        "|-- id: int\n|-- p: choice\n|    |-- array\n|    |    |-- element: int\n|    |-- long\n|    |-- string\n",
    )
    lake.write(frame, "out", "avro")
    same(records(lake.read("out", "avro")), records(frame))
    mixed = lake.json_frame('{"v": 1, "l": [1]}', '{"v": 1.0, "l": ["x"]}', '{"v": true}', '{"v": {"a": 3000000000}}')
    lake.write(mixed, "mixed", "avro")
    same(records(lake.read("mixed", "avro")), records(mixed))


def files_of_different_schemas_are_put_one_below_the_other(lake: Lake) -> None:
    lake.put("in/a.avro", _avro(_fields(id="int"), {"id": 1}))
    lake.put("in/b.avro", _avro(_fields(id="string", n="double"), {"id": "x", "n": 0.5}))
    frame = lake.read("in", "avro")
    same(tree(frame), "|-- id: choice\n|    |-- int\n|    |-- string\n|-- n: double\n")
    same(frame.count(), 2)


def blocks_of_every_codec_are_read(lake: Lake) -> None:
    rows = [{"id": number} for number in range(200)]
    for codec in ("null", "deflate", "bzip2", "xz"):
        lake.put(f"in/{codec}.avro", _avro(_fields(id="int"), *rows, codec=codec))
    lake.put("in/packed.avro.gz", gzip.compress(_avro(_fields(id="int"), *rows)))
    same(lake.read("in", "avro").toDF().selectExpr("count(*)", "sum(id)").first()[:], (1000, 5 * 19900))


def blocks_are_packed_on_request(lake: Lake) -> None:
    import fastavro

    frame = lake.frame([(number, "x" * 50) for number in range(3000)], "id int, t string").coalesce(1)
    sizes = {}
    for codec in ("none", "snappy", "deflate", "xz", "bzip2"):
        lake.write(frame, codec, "avro", compression=codec)
        (file,) = lake.files(codec)
        assert file.endswith(".avro.bz2" if codec == "bzip2" else ".avro"), file
        sizes[codec] = lake.local(f"{codec}/{file}").stat().st_size
        same(lake.read(codec, "avro").toDF().selectExpr("sum(id)").first()[0], 2999 * 1500)
    assert all(sizes[codec] < sizes["none"] / 3 for codec in sizes if codec != "none"), sizes
    (file,) = lake.files("deflate")
    with lake.local(f"deflate/{file}").open("rb") as stream:
        same([one["id"] for one in fastavro.reader(stream)], list(range(3000)))


def a_broken_block_is_an_error_record(lake: Lake) -> None:
    data = bytearray(_avro(_fields(t="string"), *({"t": f"text {number:03}"} for number in range(60)), codec="deflate"))
    middle = len(data) // 2
    data[middle : middle + 4] = b"\xff\xff\xff\xff"
    lake.put("in/a.avro", bytes(data))
    lake.put("in/b.avro", _avro(_fields(t="string"), {"t": "b"}))
    frame = lake.read("in", "avro")
    assert 1 < frame.count() <= 60, frame.count()
    assert frame.errorsCount() >= 1
    error = records(frame.errorsAsDynamicFrame())[0]["error"]
    assert error["msg"].startswith("error in Avro: "), error
    assert error["input"] == lake.uri("in/a.avro"), error


def a_file_that_ends_too_early_is_an_error_record(lake: Lake) -> None:
    data = _avro(_fields(t="string"), *({"t": f"text {number:03}"} for number in range(60)))
    lake.put("in/a.avro", data[:-30])
    frame = lake.read("in", "avro")
    same(frame.errorsCount(), 1)
    assert "ends before it should" in records(frame.errorsAsDynamicFrame())[0]["error"]["msg"]
    with raises(Exception, "ends before it should", "a.avro"):
        lake.read("in", "avro", isFailFast=True).count()


def what_is_no_avro_file_is_named(lake: Lake) -> None:
    lake.put("in/a.avro", "no avro")
    with raises(
        ValueError, f"the file {lake.uri('in/a.avro')} cannot be read as Avro: it does not begin as an Avro file"
    ):
        lake.read("in", "avro").schema()
    node = {"type": "record", "name": "n", "fields": [{"name": "next", "type": ["null", "n"]}]}
    lake.put("deep/a.avro", _avro(node, {"next": {"next": None}}))
    with raises(ValueError, "its records of type 'n' have records of that type in them"):
        lake.read("deep", "avro").schema()
    lake.put("texts/a.avro", _avro("string", "a"))
    with raises(ValueError, "its values are no records but of type string"):
        lake.read("texts", "avro").schema()


def the_version_must_be_one_that_there_is(lake: Lake) -> None:
    with raises(OptionError, "avro format option version: '2' will not do, it must be one of 1.7, 1.8"):
        lake.read("in", "avro", {"version": "2"})


def names_that_avro_has_not_are_refused(lake: Lake) -> None:
    with raises(ValueError, "the field 'a.b' cannot be written as Avro", "rename it"):
        lake.write(lake.frame([(1,)], "`a.b` int"), "out", "avro")
    same(lake.files("out"), [])


def partitions_are_files_of_their_own(lake: Lake) -> None:
    rows = [(number, f"k{number % 3}", number % 2 == 0) for number in range(300)]
    frame = lake.frame(rows, "id int, kind string, even boolean")
    lake.write(frame.coalesce(1), "out", "avro", partitionKeys=["even", "kind"])
    same(len(lake.files("out")), 6)
    back = lake.read("out/even=true/kind=k1", "avro")
    same(sorted(one["id"] for one in records(back)), [number for number in range(300) if number % 6 == 4])


def a_large_header_is_read(lake: Lake) -> None:
    schema = _fields(**{f"field_{number:04}": ["null", "string"] for number in range(600)})
    lake.put("in/a.avro", _avro(schema, {"field_0001": "x"}))
    frame = lake.read("in", "avro")
    same((len(list(frame.schema())), records(frame)[0]["field_0001"]), (600, "x"))
