"""Tables of the Data Catalog as sinks: files are written, and the catalog knows of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from awsglue.options import OptionError

from .lake import Lake, raises, records, same, told
from .shelf import Shelf


def _sink(
    shelf: Shelf,
    table: str,
    format_: str,
    keys: Sequence[str] = (),
    options: Mapping[str, Any] | None = None,
    **more: Any,
) -> Any:
    """A sink to the folder of a table, as the documentation makes one."""
    sink = shelf.lake.glue.getSink(
        connection_type="s3",
        path=shelf.lake.uri(f"{table}/"),
        partitionKeys=list(keys),
        **{"enableUpdateCatalog": True, **more},
    )
    sink.setFormat(format_, **(options or {}))
    sink.setCatalogInfo(catalogDatabase=shelf.database, catalogTableName=table)
    return sink


def _columns(shelf: Shelf, table: str) -> dict[str, str]:
    return {one["Name"]: one["Type"] for one in shelf.definition(table)["StorageDescriptor"]["Columns"]}


def a_sink_creates_the_table_that_is_not_there(lake: Lake) -> None:
    shelf = Shelf(lake)
    frame = lake.frame(
        [(1, "x, y", 2.5, "a/b", 7), (2, None, None, None, 8)], "n long, s string, d double, k string, m int"
    )
    for format_, classification, options in (
        ("json", "json", {}),
        ("csv", "csv", {}),
        ("csv", "csv", {"separator": "|", "quoteChar": -1, "writeHeader": False}),
        ("avro", "avro", {}),
        ("parquet", "parquet", {"useGlueParquetWriter": True}),
        ("glueparquet", "glueparquet", {"compression": "snappy"}),
    ):
        name = f"{format_}{len(options)}"
        rest = _sink(shelf, name, format_, ["k", "m"], options).writeFrame(frame)
        same((rest.name, rest.count()), ("frame_errors", 0))
        table = shelf.definition(name)
        same(table["Parameters"]["classification"], classification)
        same(table["Parameters"].get("useGlueParquetWriter"), "true" if format_ == "parquet" else None)
        same((table["TableType"], table["StorageDescriptor"]["Location"]), ("EXTERNAL_TABLE", lake.uri(f"{name}/")))
        same(_columns(shelf, name), {"n": "bigint", "s": "string", "d": "double"})
        same([(one["Name"], one["Type"]) for one in table["PartitionKeys"]], [("k", "string"), ("m", "int")])
        same(
            shelf.partitions(name),
            {
                ("a/b", "7"): f"{name}/k=a%2Fb/m=7/",
                ("__HIVE_DEFAULT_PARTITION__", "8"): f"{name}/k=__HIVE_DEFAULT_PARTITION__/m=8/",
            },
        )
        # csv cannot tell an empty text from none.
        text = "" if classification == "csv" else None
        same(
            records(shelf.read(name)),
            [
                {"n": 1, "s": "x, y", "d": 2.5, "k": "a/b", "m": 7},
                {"n": 2, "s": text, "d": None, "k": None, "m": 8},
            ],
        )


def later_writes_add_partitions_and_columns(lake: Lake) -> None:
    shelf = Shelf(lake)
    _sink(shelf, "t", "json", ["y"]).writeFrame(lake.frame([(1, 1)], "n int, y int"))
    shelf.client.update_table(
        DatabaseName=shelf.database, TableInput=_with_comment({**shelf.definition("t")}, "n", "how many")
    )
    version = shelf.definition("t")["VersionId"]
    _sink(shelf, "t", "json", ["y"]).writeFrame(lake.frame([(2, 1), (3, 2)], "n int, y int"))
    same(shelf.partitions("t"), {("1",): "t/y=1/", ("2",): "t/y=2/"})
    same(shelf.definition("t")["VersionId"], version)
    _sink(shelf, "t", "json", ["y"]).writeFrame(lake.frame([(4, "x", 3)], "n int, s string, y int"))
    same(_columns(shelf, "t"), {"n": "int", "s": "string"})
    (n, _) = shelf.definition("t")["StorageDescriptor"]["Columns"]
    same(n["Comment"], "how many")
    same(max((one["n"], one["s"], one["y"]) for one in records(shelf.read("t"))), (4, "x", 3))


def _with_comment(table: dict[str, Any], column: str, comment: str) -> dict[str, Any]:
    columns = table["StorageDescriptor"]["Columns"]
    table["StorageDescriptor"]["Columns"] = [
        {**one, "Comment": comment} if one["Name"] == column else one for one in columns
    ]
    return {name: table[name] for name in ("Name", "Parameters", "PartitionKeys", "StorageDescriptor", "TableType")}


def log_leaves_the_columns_alone_and_adds_what_fits_them(lake: Lake) -> None:
    shelf = Shelf(lake)
    _sink(shelf, "t", "json", ["y"]).writeFrame(lake.frame([(1, "x", 1)], "n int, s string, y int"))
    log = {"updateBehavior": "LOG"}
    _sink(shelf, "t", "json", ["y"], **log).writeFrame(lake.frame([(2, 2)], "n int, y int"))
    same(_columns(shelf, "t"), {"n": "int", "s": "string"})
    same(sorted(shelf.partitions("t")), [("1",), ("2",)])
    more = lake.frame([("3", True, 3)], "n string, b boolean, y int")
    (line,) = told(lambda: _sink(shelf, "t", "json", ["y"], **log).writeFrame(more))
    assert "no partitions are added to the table" in line, line
    assert line.endswith("such as n, b"), line
    same(sorted(shelf.partitions("t")), [("1",), ("2",)])
    same(len(lake.files("t/y=3")), 1)


def a_table_without_partition_keys_keeps_its_columns(lake: Lake) -> None:
    shelf = Shelf(lake)
    _sink(shelf, "t", "json").writeFrame(lake.frame([(1,)], "n int"))
    (line,) = told(lambda: _sink(shelf, "t", "json").writeFrame(lake.frame([(2, "x")], "n int, s string")))
    assert "only tables with partition keys are updated" in line, line
    same(_columns(shelf, "t"), {"n": "int"})
    same(records(shelf.read("t")), [{"n": 1, "s": None}, {"n": 2, "s": "x"}])


def a_table_is_written_in_its_own_form_and_place(lake: Lake) -> None:
    shelf = Shelf(lake)
    write = lake.glue.write_dynamic_frame.from_catalog
    shelf.table(
        "t",
        {"n": "int", "gap": "double", "s": "string"},
        keys={"y": "int"},
        serde="org.apache.hadoop.hive.serde2.OpenCSVSerde",
        serde_parameters={"separatorChar": ";", "quoteChar": "'"},
        parameters={"skip.header.line.count": "1"},
    )
    frame = lake.frame([("it's", 1, 5)], "S string, n int, y int")
    write(frame=frame, database=shelf.database, table_name="t")
    same(lake.text("t/y=5"), "n;gap;S\n1;;'it''s'\n")
    same(shelf.partitions("t"), {})
    write(frame=frame, database=shelf.database, table_name="t", additional_options={"enableUpdateCatalog": True})
    same(shelf.partitions("t"), {("5",): "t/y=5/"})
    same(_columns(shelf, "t"), {"n": "int", "gap": "double", "s": "string"})
    same(records(shelf.read("t")), [{"n": 1, "gap": None, "s": "it's", "y": 5}] * 2)
    data_frame = lake.spark.createDataFrame([(2, 6)], "n int, y int")
    lake.glue.write_data_frame.from_catalog(data_frame, shelf.database, "t")
    same(lake.text("t/y=6"), "n;gap;s\n2;;\n")


def what_cannot_be_kept_in_the_catalog_is_refused_before_anything_is_written(lake: Lake) -> None:
    shelf = Shelf(lake)
    frame = lake.frame([(1, 2, 3)], "n int, y int, m int")
    _sink(shelf, "t", "json", ["y", "m"]).writeFrame(frame)
    refused = (
        (_sink(shelf, "t", "json", ["m", "y"]), "they must be the partition keys of the table"),
        (_sink(shelf, "t", "json"), "partitionKeys: [] will not do"),
        (_sink(shelf, "t", "csv", ["y", "m"]), "the format 'csv' will not do, the files of the table"),
        (_sink(shelf, "new", "orc"), "enableUpdateCatalog is not for the format 'orc', it must be one of avro, csv"),
        (lake.glue.getSink("s3", "json", path=lake.uri("new"), enableUpdateCatalog=True), "needs setCatalogInfo"),
        (_sink(shelf, "new", "json", ["Y"]), "the partitionKeys Y are no fields of the frame: n, y, m"),
        (_sink(shelf, "new", "json", ["n", "y", "m"]), "the partitionKeys are all fields of the frame"),
    )
    for sink, words in refused:
        with raises(OptionError, words):
            sink.writeFrame(frame)
    for option, words in (
        ({"enableUpdateCatalog": "yes"}, "s3 option enableUpdateCatalog: 'yes' will not do, it must be true or false"),
        ({"updateBehavior": "SOMETIMES"}, "it must be one of UPDATE_IN_DATABASE, LOG"),
    ):
        with raises(OptionError, words):
            _sink(shelf, "new", "json", **option)
    choice = lake.json_frame('{"a": 1}', '{"a": "x"}')
    with raises(ValueError, "has no type for the field a, a choice: resolve it first"):
        _sink(shelf, "new", "json").writeFrame(choice)
    with raises(shelf.client.exceptions.EntityNotFoundException, "Database nowhere not found."):
        sink = _sink(shelf, "new", "json")
        sink.setCatalogInfo("nowhere", "new")
        sink.writeFrame(frame)
    same((lake.local("new").exists(), len(lake.files("t"))), (False, 1))
    with raises(shelf.client.exceptions.EntityNotFoundException, "Table new not found."):
        lake.glue.write_dynamic_frame.from_catalog(frame, shelf.database, "new")
    with raises(OptionError, "the catalog has no option path"):
        lake.glue.write_dynamic_frame.from_catalog(frame, shelf.database, "t", additional_options={"path": "s3://b/"})


def a_sink_that_shall_not_update_the_catalog_says_so(lake: Lake) -> None:
    shelf = Shelf(lake)
    lines = told(lambda: _sink(shelf, "t", "json", enableUpdateCatalog=False).writeFrame(lake.frame([(1,)], "n int")))
    same(lines, [f"openglue: the table {shelf.database}.t is not updated: that needs enableUpdateCatalog=True"])
    same(lake.text("t"), '{"n":1}\n')
    with raises(shelf.client.exceptions.EntityNotFoundException, "Table t not found."):
        shelf.definition("t")


def a_purge_deletes_old_files_and_the_partitions_that_it_empties(lake: Lake) -> None:
    shelf = Shelf(lake)
    _sink(shelf, "t", "json", ["y"]).writeFrame(lake.frame([(1, 1), (2, 2), (3, 3)], "n int, y int"))
    lake.glue.purge_table(shelf.database, "t")
    same(sorted(shelf.partitions("t")), [("1",), ("2",), ("3",)])
    lake.glue.purge_table(shelf.database, "t", {"retentionPeriod": 0, "partitionPredicate": "y >= 2"})
    same(shelf.partitions("t"), {("1",): "t/y=1/"})
    same([one["n"] for one in records(shelf.read("t"))], [1])
    same(lake.local("t/y=2").exists(), False)
    with raises(OptionError, "can not be resolved against partition columns: [y]"):
        lake.glue.purge_table(shelf.database, "t", {"partitionPredicate": "n > 1"})
    _sink(shelf, "flat", "json").writeFrame(lake.frame([(1,)], "n int"))
    lake.glue.purge_table(shelf.database, "flat", {"retentionPeriod": 0})
    same(lake.files("flat"), [])


def a_table_in_a_database_is_written_and_read_over_its_connection(lake: Lake) -> None:
    shelf, options = Shelf(lake), lake.databases["postgresql"]
    properties = {
        "JDBC_CONNECTION_URL": options["url"],
        "USERNAME": options["user"],
        "PASSWORD": options["password"],
        "JDBC_ENFORCE_SSL": "false",
    }
    shelf.client.create_connection(
        ConnectionInput={"Name": shelf.database, "ConnectionType": "JDBC", "ConnectionProperties": properties}
    )
    database = options["url"].partition("?")[0].rpartition("/")[2]
    shelf.table(
        "rows",
        {"n": "int"},
        classification="postgresql",
        parameters={"connectionName": shelf.database},
        location=f"{database}.public.{shelf.database}",
    )
    write = lake.glue.write_dynamic_frame.from_catalog
    rest = write(lake.frame([(1, "x"), (2, "y")], "n int, s string"), shelf.database, "rows")
    same((rest.name, rest.count()), ("frame_errors", 0))
    same(records(shelf.read("rows")), [{"n": 1, "s": "x"}, {"n": 2, "s": "y"}])
    same(lake.glue.create_data_frame.from_catalog(shelf.database, "rows").count(), 2)
    with raises(OptionError, "the option enableUpdateCatalog is for tables of files"):
        write(lake.frame([(3,)], "n int"), shelf.database, "rows", additional_options={"enableUpdateCatalog": True})
    with raises(OptionError, "can not be resolved against partition columns: []"):
        shelf.read("rows", push_down_predicate="n = 1")
