"""Tables of databases, read and written. A case with `database` is for each kind of database."""
# ruff: noqa: S608 - the cases are their own SQL

from __future__ import annotations

from decimal import Decimal

from tests.drivers import driver_jar

from awsglue import DynamicFrame
from awsglue.connections.jdbc.failure import DatabaseError
from awsglue.framecollection import DynamicFrameCollection
from awsglue.options import OptionError

from .lake import Lake, raises, records, same, told, tree
from .site import Site

#: Rows of (number, word): negative numbers, nulls, and words of all kinds of letters.
ROWS = ("(1, 'one')", "(-2, 'two')", "(3, NULL)", "(NULL, 'nøll')", "(70000, 'six, seven')", "(8, 'o''clock')")
NUMBERS = [-2, 1, 3, 8, 70000, None]


def _numbers(frame: DynamicFrame) -> list[int | None]:
    found = [next(value for name, value in row.items() if name.lower() == "n") for row in records(frame)]
    return sorted(found, key=lambda number: (number is None, number))


def _parts(frame: DynamicFrame) -> int:
    return frame.toDF().rdd.getNumPartitions()


def types_are_those_of_the_table(lake: Lake, database: str):
    site = Site(lake, database)
    q = site.quoted
    table = site.table(
        f"{q('id')} INT, {q('big')} BIGINT, {q('price')} DECIMAL(8,2), {q('ratio')} DOUBLE"
        f" PRECISION, {q('name')} VARCHAR(20), {q('day')} DATE, {q('at')} TIMESTAMP, {q('ok')} BOOLEAN",
        "(1, 5000000000, 12.50, 0.25, 'anna', '2026-11-22', '2026-11-22 18:00:01', TRUE)",
    )
    frame = site.read(table)
    same(
        tree(frame),
        "|-- id: int\n|-- big: long\n|-- price: decimal(8,2)\n|-- ratio: double\n|-- name: string\n"
        "|-- day: date\n|-- at: timestamp\n|-- ok: boolean\n",
    )
    (row,) = records(frame)
    same((row["id"], row["big"], row["price"], row["name"], row["ok"]), (1, 5000000000, Decimal("12.50"), "anna", True))
    same((str(row["day"]), str(row["at"])), ("2026-11-22", "2026-11-22 18:00:01"))


def hashfield_divides_a_table_and_loses_no_row(lake: Lake, database: str):
    site = Site(lake, database)
    table = site.table("n INT, word VARCHAR(20)", *ROWS)
    frame = site.read(table, hashfield="N")
    same((_numbers(frame), _parts(frame)), (NUMBERS, 7))
    frame = site.read(table, hashfield="n", hashpartitions="3")
    same((_numbers(frame), _parts(frame)), (NUMBERS, 3))
    frame = site.read(table, hashfield="n", hashpartitions=1)
    same((_numbers(frame), _parts(frame)), (NUMBERS, 1))
    same(_parts(site.read(table)), 1)
    same(
        told(lambda: site.read(table, hashpartitions=3)),
        ["openglue: the jdbc option hashpartitions has no effect: it needs hashfield or hashexpression"],
    )


def hashfield_divides_by_a_column_of_any_type(lake: Lake, database: str):
    site = Site(lake, database)
    table = site.table("n INT, word VARCHAR(20)", *ROWS)
    if database == "derby":
        with raises(OptionError, "hashfield", "word", "whole numbers", "hashexpression"):
            site.read(table, hashfield="word")
        return
    frame = site.read(table, hashfield="word", hashpartitions=4)
    same((_numbers(frame), _parts(frame)), (NUMBERS, 4))
    with raises(OptionError, "hashfield", "'wrod'", "n, word"):
        site.read(table, hashfield="wrod")


def hashexpression_divides_by_what_it_says(lake: Lake, database: str):
    site = Site(lake, database)
    table = site.table("n INT, word VARCHAR(20)", *ROWS)
    frame = site.read(table, hashexpression="n * 2 - 1", hashpartitions=2)
    same((_numbers(frame), _parts(frame)), (NUMBERS, 2))
    with raises(OptionError, "hashfield and hashexpression"):
        site.read(table, hashexpression="n", hashfield="n")


def a_query_is_read_instead_of_a_table(lake: Lake, database: str):
    site = Site(lake, database)
    table = site.table("n INT, word VARCHAR(20)", *ROWS)
    same(_numbers(site.read(query=f"SELECT n FROM {table} WHERE n > 1;")), [3, 8, 70000])
    same(_numbers(site.read(query=f"SELECT n FROM {table}", filterPredicate="n < 4", hashfield="n")), [-2, 1, 3])
    same(_numbers(site.read(table, filterPredicate="n > 4")), [8, 70000])
    same(_numbers(site.read(f"(SELECT n FROM {table} WHERE n = 3) AS picked")), [3])
    with raises(OptionError, "dbtable", "query", "exclude"):
        site.read(table, query="SELECT 1")
    with raises(OptionError, "dbtable is missing"):
        site.read()


def a_sample_query_is_divided_inside(lake: Lake, database: str):
    site = Site(lake, database)
    table = site.table("n INT, word VARCHAR(20)", *ROWS)
    same(_numbers(site.read(table, sampleQuery=f"SELECT n FROM {table} WHERE n > 1")), [3, 8, 70000])
    divided = {"enablePartitioningForSampleQuery": True, "hashfield": "n", "hashpartitions": 4}
    frame = site.read(table, sampleQuery=f"SELECT word FROM {table} WHERE n > 1 AND", **divided)
    same(sorted(str(next(iter(row.values()))) for row in records(frame)), ["None", "o'clock", "six, seven"])
    same(_parts(frame), 4)
    query = f"select * from {table} where "
    same(_numbers(site.read(sampleQuery=query, **divided)), NUMBERS)
    same(site.read(sampleQuery=query, sampleSize=2, **divided).count(), 2)
    with raises(OptionError, "sampleQuery must end in AND"):
        site.read(sampleQuery=f"SELECT n FROM {table}", **divided)
    with raises(OptionError, "enablePartitioningForSampleQuery needs hashfield"):
        site.read(sampleQuery=query, enablePartitioningForSampleQuery="true")


def partition_column_divides_into_strides(lake: Lake, database: str):
    site = Site(lake, database)
    q = site.quoted
    table = site.table(f"{q('n')} INT", *(f"({number})" for number in range(20)))
    strides = {"partitionColumn": "n", "lowerBound": 0, "upperBound": "20", "numPartitions": 4}
    frame = site.read(table, filterPredicate=f"{q('n')} > 4", **strides)
    same((_numbers(frame), _parts(frame)), (list(range(5, 20)), 4))
    with raises(OptionError, "partitionColumn, lowerBound, upperBound, numPartitions belong together"):
        site.read(table, partitionColumn="n")


def writing_makes_the_table_and_then_appends(lake: Lake, database: str):
    site = Site(lake, database)
    table = site.table()
    frame = lake.frame([(1, "a", 0.5), (2, None, None)], "Id int, `a.b` string, ratio double")
    rest = site.write(frame, table, bulkSize=2)
    same((rest.name, rest.count()), ("frame_errors", 0))
    site.write(frame, table)
    again = site.read(table)
    same(tree(again), "|-- Id: int\n|-- a.b: string\n|-- ratio: double\n")
    same([list(row.values()) for row in records(again)], [[1, "a", 0.5]] * 2 + [[2, None, None]] * 2)


def actions_frame_a_write_in_their_order(lake: Lake, database: str):
    site = Site(lake, database)
    table, log = site.table("n INT", "(7)"), site.table("k INT, what VARCHAR(30)")
    site.write(
        lake.frame([(8,), (9,)], "n int"),
        table,
        preactions=f"DELETE FROM {table}; INSERT INTO {log} VALUES (1, 'semi;colon')",
        postactions=f"INSERT INTO {log} SELECT 2, 'after' FROM {table} WHERE n = 9;",
    )
    same(_numbers(site.read(table)), [8, 9])
    same(sorted(list(row.values())[1] for row in records(site.read(log))), ["after", "semi;colon"])
    with raises(DatabaseError, "statement 2 of preactions", "failed"):
        site.write(lake.frame([(8,)], "n int"), table, preactions=f"DELETE FROM {table}; DELETE FROM not_there")
    same(_numbers(site.read(table)), [])


def a_frame_without_fields_writes_nothing(lake: Lake, database: str):
    site = Site(lake, database)
    table = site.table("n INT", "(7)")
    empty = DynamicFrame.fromDF(lake.spark.range(0).select(), lake.glue, "empty")
    site.write(empty, table, preactions=f"DELETE FROM {table}")
    same(_numbers(site.read(table)), [7])


def frames_of_a_collection_go_to_tables_of_their_names(lake: Lake, database: str):
    site = Site(lake, database)
    names = [site.table(), site.table()]
    frames = {name: DynamicFrame.fromDF(lake.spark.range(2), lake.glue, name) for name in names}
    site.write(DynamicFrameCollection(frames, lake.glue))
    same([site.read(name).count() for name in names], [2, 2])


def what_no_column_holds_is_named(lake: Lake, database: str):
    site = Site(lake, database)
    table = site.table()
    with raises(ValueError, "field price", "choice", "ResolveChoice"):
        site.write(lake.json_frame('{"price": 1}', '{"price": "free"}'), table)
    with raises(ValueError, "field at", "struct", "UnnestFrame"):
        site.write(lake.json_frame('{"at": {"x": 1}}'), table)
    frame = lake.json_frame('{"n": 1, "none": null}')
    same(
        told(lambda: site.write(frame, table)),
        ["openglue: fields that are null in all records, and so have no type, are not written: none"],
    )
    same(tree(site.read(table)), "|-- n: int\n")


def a_refused_row_fails_the_write_in_the_databases_words(lake: Lake, database: str):
    site = Site(lake, database)
    table = site.table("n INT NOT NULL PRIMARY KEY", "(1)")
    with raises(DatabaseError, f"writing to {table}", "failed", "uplicate"):
        site.write(lake.frame([(1,)], "n int"), table)


def a_field_that_the_table_has_not_is_named_with_the_columns(lake: Lake, database: str):
    site = Site(lake, database)
    q = site.quoted
    table = site.table(f"{q('id')} INT, {q('a b')} VARCHAR(20)")
    said = (
        f"writing to {table} at jdbc:",
        "failed: the table has no column extra, which the frame has; its columns are id, a b:",
    )
    with raises(DatabaseError, *said):
        site.write(lake.frame([(1, "x", 2)], "id int, `a b` string, extra int"), table)
    more = f"ALTER TABLE {table} ADD COLUMN {q('extra')} INT"
    site.write(lake.frame([(1, 2)], "id int, extra int"), table, preactions=more)
    same(site.read(table).count(), 1)


def a_table_that_is_not_there_is_named(lake: Lake, database: str):
    site = Site(lake, database)
    with raises(DatabaseError, "reading not_there at jdbc:", "not_there", "exist"):
        site.read("not_there")


def arrays_are_columns_in_postgresql_alone(lake: Lake):
    frame = lake.json_frame('{"tags": ["a", "b"]}')
    site = Site(lake, "postgresql")
    table = site.table()
    site.write(frame, table)
    same(records(site.read(table)), [{"tags": ["a", "b"]}])
    with raises(ValueError, "field tags", "array", "Relationalize"):
        Site(lake, "mysql").write(frame, "any")


def many_rows_come_in_portions(lake: Lake):
    for database in ("postgresql", "mysql"):
        site = Site(lake, database)
        table = site.table()
        site.write(DynamicFrame.fromDF(lake.spark.range(2500), lake.glue), table)
        same(site.read(table, fetchsize=100).toDF().distinct().count(), 2500)


def a_wrong_password_is_told_without_it(lake: Lake):
    for database, words in {"postgresql": "password authentication failed", "mysql": "Access denied"}.items():
        site = Site(lake, database)
        site.options["password"] = "wr0ng-5ecret"
        try:
            site.read("any")
        except DatabaseError as error:
            same((words in str(error), "wr0ng" in str(error)), (True, False))
            # Nor in what else Python would print of it.
            same((error.__cause__, error.__suppress_context__), (None, True))
        else:
            raise AssertionError("nobody asked for the password")


def a_database_that_is_out_of_reach_is_named_without_the_urls_secrets(lake: Lake):
    url = "jdbc:postgresql://127.0.0.1:9/shop?user=clerk&password=in-the-ur1"
    try:
        lake.glue.create_dynamic_frame.from_options("postgresql", {"url": url, "dbtable": "t"})
    except DatabaseError as error:
        same(("jdbc:postgresql://127.0.0.1:9/shop?user=clerk" in str(error), "in-the-ur1" in str(error)), (True, False))
        same("refused" in str(error), True)
    else:
        raise AssertionError("there is a database at port 9")


def options_that_do_not_fit_are_named(lake: Lake):
    def read(connection_type: str = "postgresql", **options: object) -> None:
        lake.glue.create_dynamic_frame.from_options(connection_type, options)

    url = {"url": "jdbc:postgresql://127.0.0.1:9/shop", "dbtable": "t"}
    with raises(OptionError, "unknown jdbc option 'hashfeld'", "hashfield"):
        read(**url, hashfeld="id")
    with raises(OptionError, "hashpartitions", "'many'", "whole number"):
        read(**url, hashpartitions="many")
    with raises(OptionError, "jobBookmarkKeysSortOrder", "asc, desc"):
        read(**url, jobBookmarkKeysSortOrder="up")
    with raises(OptionError, "url is missing", "connectionName"):
        read(dbtable="t")
    with raises(OptionError, "useConnectionProperties needs connectionName"):
        read(dbtable="t", useConnectionProperties="true")
    with raises(OptionError, "must begin with jdbc:"):
        read(url="postgresql://host/db", dbtable="t")
    with raises(OptionError, "mysql connection begins with jdbc:mysql:", "MariaDB"):
        read("mysql", url="jdbc:mariadb://host/db?password=x-x", dbtable="t")
    with raises(OptionError, "className is missing", "jdbc:h2:"):
        read("custom.jdbc", url="jdbc:h2:mem:x", dbtable="t")
    with raises(OptionError, "oracle.jdbc.OracleDriver", "--extra-jars", "com.oracle.database.jdbc:ojdbc11"):
        read("oracle", url="jdbc:oracle:thin:@//host:1521/service", dbtable="t")
    with raises(OptionError, "no.such.Driver", "customJdbcDriverS3Path"):
        read(**url, customJdbcDriverClassName="no.such.Driver")
    with raises(NotImplementedError, "marketplace.jdbc", "custom.jdbc"):
        read("marketplace.jdbc", **url)
    notices = told(lambda: lake.spark.sparkContext and _ignored(lake))
    same(notices, ["openglue: format and format_options have no effect: a database's tables have no format"])


def _ignored(lake: Lake) -> None:
    site = Site(lake, "derby")
    lake.glue.create_dynamic_frame.from_options(
        "custom.jdbc", {**site.options, "dbtable": site.table("n INT")}, format="jdbc"
    )


def another_database_of_the_server_is_reached_by_name(lake: Lake):
    site = Site(lake, "postgresql")
    with raises(DatabaseError, "elsewhere", "does not exist"):
        site.read("t", database="elsewhere")


def a_driver_comes_with_its_jar_into_a_running_session(lake: Lake):
    site = Site(lake, "postgresql")
    table = site.table("n INT", "(7)")
    jar = lake.put("drivers/own driver.jar", driver_jar("shop/OwnDriver"))
    own = {"customJdbcDriverClassName": "shop.OwnDriver"}
    with raises(OptionError, "shop.OwnDriver is not on the class path"):
        site.read(table, **own)
    same(_numbers(site.read(table, customJdbcDriverS3Path=jar, **own)), [7])
    same(
        told(lambda: site.read(table, customJdbcDriverS3Path=jar)),
        [f"openglue: the driver org.postgresql.Driver is on the class path already; {jar} has no effect"],
    )
    with raises(OptionError, "shop.Missing is not in", "own driver.jar"):
        site.read(table, customJdbcDriverS3Path=jar, className="shop.Missing")


def sql_in_options_that_the_database_refuses_is_named_with_its_option(lake: Lake, database: str):
    site = Site(lake, database)
    table = site.table("n INT, word VARCHAR(20)", *ROWS)
    for option in ("hashexpression", "filterPredicate"):
        with raises(DatabaseError, f"the jdbc option {option}, 'sin(', at jdbc:", "failed"):
            site.read(table, **{option: "sin("})
