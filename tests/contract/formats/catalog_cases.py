"""Tables of the Data Catalog as sources. The catalog is a real service; its tables have their files in the lake."""

from __future__ import annotations

from typing import Any

from awsglue.options import OptionError

from .lake import Lake, raises, records, same, told, tree
from .shelf import Shelf


def _years(lake: Lake, **table: Any) -> Shelf:
    """A table of JSON with a partition for each of three years; the files of the last are not there."""
    shelf = Shelf(lake)
    shelf.table("sales", {"n": "int"}, keys={"year": "string", "month": "int"}, **{"classification": "json", **table})
    for number, values in enumerate((("2016", "12"), ("2017", "04"), ("2017", "05"))):
        lake.put(f"sales/{'-'.join(values)}/a.json", f'{{"n": {number}}}\n')
        shelf.partition("sales", values, f"sales/{'-'.join(values)}")
    shelf.partition("sales", ("2018", "01"), "gone")
    return shelf


def a_value_that_is_not_of_the_catalogs_type_makes_its_column_a_choice(lake: Lake) -> None:
    """Case D1."""
    shelf = Shelf(lake)
    lake.put(
        "medicare/a.csv",
        "DRG Definition,Provider Id,Average\n"
        "039 - EXTRACRANIAL,10001,32963.07\n"
        '"057, DEGENERATIVE",10005,\n'
        "039 - EXTRACRANIAL,$1,1.5\n",
    )
    columns = {"drg definition": "string", "provider id": "bigint", "average": "double"}
    shelf.table("medicare", columns, classification="csv", parameters={"skip.header.line.count": "1"})
    frame = shelf.read("medicare")
    same(
        tree(frame),
        "|-- drg definition: string\n|-- provider id: choice\n|    |-- long\n|    |-- string\n|-- average: double\n",
    )
    same(
        sorted((tuple(row) for row in frame.toDF().select("`provider id`.*").collect()), key=str),
        [(10001, None), (10005, None), (None, "$1")],
    )
    same({one["average"] for one in records(frame)}, {32963.07, None, 1.5})
    cast = frame.resolveChoice(specs=[("provider id", "cast:long")])
    same(sorted(one["provider id"] or 0 for one in records(cast)), [0, 10001, 10005])
    columns = frame.resolveChoice(specs=[("provider id", "make_cols")]).toDF().columns
    same(columns, ["drg definition", "provider id_long", "provider id_string", "average"])


def values_of_csv_are_of_the_catalogs_types_where_all_of_them_are(lake: Lake) -> None:
    shelf = Shelf(lake)
    lake.put("t/a.csv", "1,2.50,2026-01-31,2026-01-31 10:00:00,true,x,[1],more\n2,,,,,\n-3")
    shelf.table(
        "t",
        {
            "a": "bigint",
            "b": "decimal(5,2)",
            "c": "date",
            "d": "timestamp",
            "e": "boolean",
            "f": "varchar(3)",
            "g": "array<int>",
        },
        classification="csv",
    )
    frame = shelf.read("t")
    same(
        tree(frame),
        "|-- a: long\n|-- b: decimal(5,2)\n|-- c: date\n|-- d: timestamp\n|-- e: boolean\n|-- f: string\n"
        "|-- g: string\n",
    )
    low, full, high = (
        frame.toDF().selectExpr("a", "b", "string(c) c", "string(d) d", "e", "f", "g").orderBy("a").collect()
    )
    same(tuple(map(str, full)), ("1", "2.50", "2026-01-31", "2026-01-31 10:00:00", "True", "x", "[1]"))
    same((tuple(low), tuple(high)), ((-3, None, None, None, None, "", ""), (2, None, None, None, None, "", "")))
    assert "the column g of type array is read as text" in told(lambda: shelf.read("t").toDF())[0]


def a_serde_says_how_lines_of_csv_are_read(lake: Lake) -> None:
    shelf = Shelf(lake)
    lazy, quoted = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe", "org.apache.hadoop.hive.serde2.OpenCSVSerde"
    for name, serde, parameters, content in (
        ("pipes", lazy, {"field.delim": "|"}, 'a|"b|c"\n'),
        ("tabs", lazy, {"field.delim": "\\t"}, "a\tb|c\n"),
        ("hive", lazy, {}, "a\x01b|c\n"),
        ("single", quoted, {"separatorChar": ";", "quoteChar": "'"}, "a;'b|c'\n"),
        ("escaped", quoted, {"separatorChar": "|", "escapeChar": "\\"}, "a|b\\|c\n"),
        ("null", quoted, {"serialization.null.format": "\\N"}, "a,b|c\n\\N,\\N\n"),
    ):
        lake.put(f"{name}/x.csv", content)
        shelf.table(name, {"one": "string", "two": "string"}, serde=serde, serde_parameters=parameters)
        rows = [{"one": "a", "two": "b|c"}] + ([{"one": None, "two": None}] if name == "null" else [])
        same(records(shelf.read(name)), rows)
    lake.put("two/x.csv", "head\nhead\n1\n")
    shelf.table("two", {"n": "int"}, classification="csv", parameters={"skip.header.line.count": "2"})
    same(records(shelf.read("two")), [{"n": 1}])
    shelf.table("bad", {"n": "int"}, classification="csv", parameters={"skip.header.line.count": "one"})
    with raises(OptionError, ".bad: skip.header.line.count is 'one', and it must be a whole number"):
        shelf.read("bad")


def the_classes_of_a_table_say_how_its_files_are_read(lake: Lake) -> None:
    shelf = Shelf(lake)
    frame = lake.frame([(1, "x")], "n int, s string")
    for format_, members in (
        ("json", {"serde": "org.openx.data.jsonserde.JsonSerDe"}),
        ("parquet", {"serde": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"}),
        ("orc", {"input_format": "org.apache.hadoop.hive.ql.io.orc.OrcInputFormat"}),
        ("avro", {"serde": "org.apache.hadoop.hive.serde2.avro.AvroSerDe"}),
        ("parquet", {"classification": "glueparquet"}),
        ("json", {"classification": "unheard", "serde": "org.apache.hive.hcatalog.data.JsonSerDe"}),
    ):
        name = f"{format_}{len(str(members))}"
        lake.write(frame, name, format_)
        shelf.table(name, {"n": "int", "s": "string"}, **members)
        same(records(shelf.read(name)), [{"n": 1, "s": "x"}])
    lake.put("xml/a.xml", "<r><a><n>1</n></a></r>")
    shelf.table("xml", {"n": "int"}, classification="xml", parameters={"rowTag": "a"})
    same(records(shelf.read("xml")), [{"n": 1}])


def records_have_the_values_of_their_partition(lake: Lake) -> None:
    shelf = _years(lake)
    lake.put("elsewhere/a.json", '{"n": 9, "Year": 1}\n')
    shelf.partition("sales", ("__HIVE_DEFAULT_PARTITION__", "no number"), "elsewhere")
    frame = shelf.read("sales")
    same(tree(frame), "|-- n: int\n|-- year: string\n|-- month: int\n")
    same(
        records(frame),
        [
            {"n": 0, "year": "2016", "month": 12},
            {"n": 1, "year": "2017", "month": 4},
            {"n": 2, "year": "2017", "month": 5},
            {"n": 9, "year": None, "month": None},
        ],
    )


def a_predicate_leaves_out_partitions_before_their_files_are_looked_for(lake: Lake) -> None:
    shelf = _years(lake)
    gone = lake.uri("gone")
    assert told(lambda: shelf.read("sales")) == [
        f"openglue: the table {shelf.database}.sales has no files at {gone}, which is not there"
    ]
    for predicate, expected in (
        ("(year=='2017' and month=='04')", [1]),
        ("year = '2016' or month > 4 and year < 2018", [0, 2]),
        ("month in (4, 5) and year like '%17'", [1, 2]),
        ("YEAR between '2016' and '2016'", [0]),
    ):
        frames: list[Any] = []
        same(told(lambda predicate=predicate: frames.append(shelf.read("sales", push_down_predicate=predicate))), [])  # noqa: B023 - called at once
        same(sorted(one["n"] for one in records(frames[0])), expected)
    (line,) = told(lambda: shelf.read("sales", push_down_predicate="year == '1999'"))
    same(line, f"openglue: nothing is read: no partition of the table {shelf.database}.sales fits year == '1999'")
    same(tree(shelf.read("sales", push_down_predicate="year == '1999'")), "")


def the_catalog_itself_leaves_out_partitions_by_its_own_predicate(lake: Lake) -> None:
    shelf = _years(lake)
    frame = shelf.read("sales", additional_options={"catalogPartitionPredicate": "year='2017' and month>=5"})
    same([one["n"] for one in records(frame)], [2])
    both = {"additional_options": {"catalogPartitionPredicate": "year='2017'"}, "push_down_predicate": "month = 4"}
    same([one["n"] for one in records(shelf.read("sales", **both))], [1])
    with raises(shelf.client.exceptions.InvalidInputException, "Invalid partition expression"):
        shelf.read("sales", additional_options={"catalogPartitionPredicate": "year=='2017'"})


def a_predicate_must_be_a_condition_over_the_partition_keys(lake: Lake) -> None:
    shelf = _years(lake)
    beginning = "User's pushdown predicate: {} can not be resolved against partition columns: [year, month]"
    for predicate in ("n == 1", "year ==", "month", "year == '2017'; drop"):
        with raises(OptionError, beginning.format(predicate), "push_down_predicate must be a condition of Spark SQL"):
            shelf.read("sales", push_down_predicate=predicate)
    with raises(OptionError, "over them: [PARSE_SYNTAX_ERROR] Syntax error at or near"):
        shelf.read("sales", push_down_predicate="year ==")
    with raises(OptionError, "push_down_predicate: 2017 will not do, it must be text"):
        shelf.read("sales", push_down_predicate=2017)
    shelf.table("flat", {"n": "int"}, classification="json")
    with raises(OptionError, "can not be resolved against partition columns: []"):
        shelf.read("flat", push_down_predicate="year = 1")


def a_table_with_nothing_to_read_is_an_empty_frame_and_says_so(lake: Lake) -> None:
    shelf = Shelf(lake)
    shelf.table("keys", {"n": "int"}, keys={"year": "int"}, classification="json")
    shelf.table("flat", {"n": "int"}, classification="csv")
    for name, words in (("keys", "has partition keys and no partitions"), ("flat", "which is not there")):
        (line,) = told(lambda name=name: shelf.read(name))
        assert words in line, line
        same((tree(shelf.read(name)), shelf.read(name).count()), ("", 0))
    shelf.table("bucket", {"n": "int"}, classification="json", location="s3://no-such-bucket/x/")
    with raises(Exception, "The specified bucket does not exist: no-such-bucket (NoSuchBucket)"):
        shelf.read("bucket")


def partitions_of_another_form_than_their_table_are_refused(lake: Lake) -> None:
    shelf = _years(lake)
    shelf.partition("sales", ("2019", "1"), "csv", parameters={"classification": "csv"})
    with raises(NotImplementedError, "the partition 2019, 1 of the table", "other form than the table: csv"):
        shelf.read("sales")
    same(shelf.read("sales", push_down_predicate="year = '2017'").count(), 2)
    lake.put("csv/y=1/a.csv", "1,x\n")
    lake.put("csv/y=2/a.csv", "2\n")
    shelf.table("csv", {"n": "int", "s": "string"}, keys={"y": "int"}, classification="csv")
    shelf.partition("csv", ("1",), "csv/y=1", columns={"n": "int", "s": "string"})
    shelf.partition("csv", ("2",), "csv/y=2", columns={"n": "int"})
    same(records(shelf.read("csv")), [{"n": 1, "s": "x", "y": 1}, {"n": 2, "s": "", "y": 2}])
    shelf.partition("csv", ("3",), "csv/y=3", columns={"s": "string", "n": "int"})
    with raises(ValueError, "the partition 3 of the table", "has other columns than the table, s, n and not n, s"):
        shelf.read("csv")


def partitions_whose_files_differ_in_their_columns_are_read_together(lake: Lake) -> None:
    shelf = Shelf(lake)
    for format_ in ("parquet", "orc"):
        shelf.table(format_, {"n": "int"}, keys={"y": "int"}, classification=format_)
        for year, frame in (
            (1, lake.frame([(1,)], "n int")),
            (2, lake.frame([(2, "x")], "n int, s string")),
        ):
            lake.write(frame, f"{format_}/y={year}", format_)
            shelf.partition(format_, (str(year),), f"{format_}/y={year}")
        same(records(shelf.read(format_)), [{"n": 1, "s": None, "y": 1}, {"n": 2, "s": "x", "y": 2}])
    lake.write(lake.frame([("three",)], "n string"), "parquet/y=3", "parquet")
    shelf.partition("parquet", ("3",), "parquet/y=3")
    frame = shelf.read("parquet")
    same(tree(frame), "|-- n: choice\n|    |-- int\n|    |-- string\n|-- s: string\n|-- y: int\n")
    same(sorted((one["n"]["int"] or 0, one["y"]) for one in records(frame)), [(0, 3), (1, 1), (2, 2)])


def options_of_files_come_from_the_table_and_from_the_script(lake: Lake) -> None:
    shelf = Shelf(lake)
    for name in ("a.json", "b.json", "sub/c.json"):
        lake.put(f"t/{name}", f'{{"n": "{name}"}}\n')
    shelf.table(
        "t", {"n": "string"}, classification="json", parameters={"exclusions": '["b*"]', "compressionType": "none"}
    )
    same(records(shelf.read("t")), [{"n": "a.json"}])
    recursive = {"recurse": True, "exclusions": '["a*"]', "attachFilename": "file"}
    frame = shelf.read("t", additional_options=recursive)
    same(
        [(one["n"], one["file"]) for one in records(frame)], [(n, lake.uri(f"t/{n}")) for n in ("b.json", "sub/c.json")]
    )
    for options, words in (
        ({"recurse": "maybe"}, "s3 option recurse: 'maybe' will not do, it must be true or false"),
        ({"shape": 1}, "unknown catalog option 'shape'; there are: catalogPartitionPredicate, "),
        ({"paths": ["s3://b/"]}, "the catalog has no option paths"),
        ({"catalogPartitionPredicate": 1}, "catalog option catalogPartitionPredicate: 1 will not do, it must be text"),
        ("recurse", "additional_options must be a dictionary, not str"),
    ):
        with raises(OptionError, words):
            shelf.read("t", additional_options=options)


def what_is_not_there_or_cannot_be_read_is_said(lake: Lake) -> None:
    shelf = Shelf(lake)
    missing = shelf.client.exceptions.EntityNotFoundException
    with raises(missing, "EntityNotFoundException", "Table nothing not found."):
        shelf.read("nothing")
    with raises(missing, "Database nowhere not found."):
        lake.glue.create_dynamic_frame.from_catalog("nowhere", "t")
    with raises(missing, "Catalog 123456789012 not found."):
        shelf.read("nothing", catalog_id="123456789012")
    for name, members, error, words in (
        ("grok", {"classification": "grokLog"}, ValueError, "its classification is 'grokLog', its SerDe ''. There are"),
        (
            "ice",
            {"parameters": {"table_type": "ICEBERG"}},
            NotImplementedError,
            "is of the format iceberg, not built yet",
        ),
        ("view", {"kind": "VIRTUAL_VIEW"}, NotImplementedError, "is a view"),
        ("db", {"classification": "mysql"}, ValueError, "in a database of the kind mysql and names no connection"),
        ("kafka", {"parameters": {"typeOfData": "kafka"}}, NotImplementedError, "is a stream"),
        ("nowhere", {"classification": "json", "location": ""}, ValueError, "has no Location"),
        (
            "types",
            {"classification": "csv", "columns": {"n": "number"}},
            ValueError,
            "cannot be read: 'number' is no type",
        ),
    ):
        shelf.table(name, members.pop("columns", {"n": "int"}), **members)
        with raises(error, words):
            shelf.read(name)


def the_arguments_are_checked_as_on_aws(lake: Lake) -> None:
    from_catalog = lake.glue.create_dynamic_frame.from_catalog
    with raises(Exception, "Parameter name_space and database are both specified, choose one."):
        from_catalog(database="a", table_name="b", name_space="c")
    with raises(Exception, "Parameter name_space or database is missing."):
        from_catalog(table_name="b")
    with raises(Exception, "Parameter table_name is missing."):
        from_catalog("a", tableName="b")
    with raises(TypeError, "there is no argument 'tables'"):
        from_catalog("a", "b", tables=1)
    shelf = _years(lake)
    frame = from_catalog(name_space=shelf.database, table_name="sales", minPartitions=1)
    same((frame.name, frame.count()), ("sales", 3))


def a_data_frame_is_read_by_spark_itself_on_request(lake: Lake) -> None:
    shelf = Shelf(lake)
    lake.put("t/y=1/a.csv", "n\ts\n1\tx\n")
    lake.put("t/y=2/a.csv", "n\ts\n2\t\n")
    shelf.table("t", {"n": "bigint", "s": "string"}, keys={"y": "int"}, classification="csv")
    for year in "12":
        shelf.partition("t", (year,), f"t/y={year}")
    read = lake.glue.create_data_frame.from_catalog
    spark = {"useSparkDataSource": True, "sep": "\t", "header": True}
    frame = read(shelf.database, "t", additional_options=spark)
    same(sorted(map(tuple, frame.collect())), [("1", "x", 1), ("2", None, 2)])
    typed = read(
        shelf.database, "t", additional_options={**spark, "useCatalogSchema": True}, push_down_predicate="y = 2"
    )
    same([tuple(row) for row in typed.collect()], [(2, None, 2)])
    same(
        read(shelf.database, "t", useSparkDataSource=True, additional_options={"sep": "\t"}).columns,
        ["_c0", "_c1", "y"],
    )
    with raises(OptionError, "useCatalogSchema needs useSparkDataSource"):
        read(shelf.database, "t", additional_options={"useCatalogSchema": True})
    plain = read(shelf.database, "t")
    same(plain.columns, ["n", "s", "y"])
    (line,) = told(lambda: shelf.read("t", additional_options={"useSparkDataSource": True}))
    assert "useSparkDataSource has no effect: it is for create_data_frame.from_catalog" in line


def a_sample_is_of_few_files_of_few_partitions(lake: Lake) -> None:
    shelf = _years(lake)
    lake.put("sales/2016-12/b.json", '{"n": 8}\n')
    sample = lake.glue.create_sample_dynamic_frame_from_catalog
    same(sample(shelf.database, "sales", num=1).count(), 1)
    few = {"maxSamplePartitions": 1, "maxSampleFilesPerPartition": "1"}
    same([one["n"] for one in records(sample(shelf.database, "sales", num=10, sample_options=few))], [0])
    same([one["n"] for one in records(sample(shelf.database, "sales", 5, push_down_predicate="month = 4"))], [1])
    paths = {"paths": [lake.uri("sales/2016-12"), lake.uri("sales/2017-04")]}
    options = lake.glue.create_sample_dynamic_frame_from_options("s3", paths, num=10, sample_options=few, format="json")
    same([one["n"] for one in records(options)], [0])
    same(lake.glue.getSource("s3", "json", **paths).getSampleFrame(num=2).count(), 2)
    with raises(OptionError, "num: None will not do, it must be a whole number above 0"):
        sample(shelf.database, "sales")
    with raises(OptionError, "unknown sample option 'files'; there are: maxSamplePartitions"):
        sample(shelf.database, "sales", num=1, sample_options={"files": 1})


def the_schema_of_a_table_is_told_in_sparks_types(lake: Lake) -> None:
    shelf = Shelf(lake)
    shelf.table("t", {"a": "struct<b:array<int>,c:map<string,decimal(9,1)>>"}, keys={"day": "date"})
    schema = lake.glue.get_catalog_schema_as_spark_schema(shelf.database, "t")
    same(schema.simpleString(), "struct<a:struct<b:array<int>,c:map<string,decimal(9,1)>>,day:date>")


def choices_become_what_the_catalog_says(lake: Lake) -> None:
    shelf = Shelf(lake)
    shelf.table("t", {"A": "bigint", "s": "struct<b:double>", "l": "array<struct<c:string>>", "o": "struct<x:int>"})
    frame = lake.json_frame(
        '{"a": 1, "s": {"b": 1}, "l": [{"c": 1}], "o": {"x": 1}, "other": 1}',
        '{"a": "x", "s": {"b": 1.5}, "l": [{"c": ""}], "o": 5, "other": "y"}',
    )
    resolved = frame.resolveChoice(choice="match_catalog", database=shelf.database, table_name="t")
    same(
        tree(resolved),
        "|-- a: long\n|-- s: struct\n|    |-- b: double\n|-- l: array\n|    |-- element: struct\n"
        "|    |    |-- c: string\n|-- o: struct\n|    |-- x: int\n|-- other: choice\n|    |-- int\n|    |-- string\n",
    )
    same([(one["a"], one["o"]) for one in records(resolved)], [(1, {"x": 1}), (None, None)])
    with raises(ValueError, "match_catalog needs database and table_name"):
        frame.resolveChoice(choice="match_catalog")
    with raises(ValueError, "match_catalog is for all choices of a frame"):
        frame.resolveChoice(specs=[("a", "match_catalog")])
