"""A job that reads and writes a real database over connections of the Data Catalog: two runs of it, the second of which
ends at a wrong password.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from tests.acceptance.conftest import Glue
from tests.drivers import driver_jar

pytestmark = [pytest.mark.spark, pytest.mark.timeout(300)]

WRONG = "wr0ng-5ecret"
SCRIPT = """
import json, sys
from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.transforms import ApplyMapping
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "last"])
glue_context = GlueContext(SparkContext())
job = Job(glue_context)
job.init(args["JOB_NAME"], args)

def read(connection, ctx, **options):
    return glue_context.create_dynamic_frame.from_options(
        connection_type="postgresql",
        connection_options={
            "useConnectionProperties": "true", "connectionName": connection, "dbtable": "public.orders", **options
        },
        transformation_ctx=ctx,
    )

orders = read("shop", "orders", jobBookmarkKeys=["id"], hashfield="id", hashpartitions="3")
everything = read("shop", "")
named = ApplyMapping.apply(orders, [("id", "int", "order", "int"), ("item", "string", "item", "string")])
glue_context.write_dynamic_frame.from_jdbc_conf(
    frame=named,
    catalog_connection="books",
    connection_options={"dbtable": "orders_copy", "database": "shop"},
)
conf = glue_context.extract_jdbc_conf("shop")
own = glue_context.create_dynamic_frame.from_options(
    "custom.jdbc", {"className": "shop.OwnDriver", "connectionName": "shop", "query": "SELECT 42 AS answer"}
)
table = glue_context.create_dynamic_frame.from_catalog(database="books", table_name="orders")
print("TOLD " + json.dumps({
    "new": sorted(row.id for row in orders.toDF().collect()),
    "all": everything.count(),
    "table": [table.count(), table.getNumPartitions()],
    "conf": {name: value for name, value in conf.items() if name != "password"},
    "known": bool(conf["password"]),
    "own": own.toDF().first().answer,
}))
job.commit()
if args["last"] == "yes":
    read("wrong", "")
"""


@dataclass
class Shop:
    """What the two runs have left."""

    runs: list[dict[str, Any]]
    told: list[dict[str, Any]]
    #: What either run wrote to its log, both streams.
    log: str
    #: Rows of the table that was written.
    copied: list[tuple[int, str]]
    url: str
    password: str
    bookmark: dict[str, Any]


@pytest.fixture(scope="module")
def shop(
    glue: Glue, openglue: Any, databases: dict[str, dict[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> Shop:
    postgresql = databases["postgresql"]
    address = urlsplit(postgresql["url"].removeprefix("jdbc:"))
    connect = {"ConnectionType": "JDBC"}

    def connection(name: str, url: str, user: str, password: str) -> None:
        properties = {"JDBC_CONNECTION_URL": url, "USERNAME": user, "PASSWORD": password, "JDBC_ENFORCE_SSL": "false"}
        glue.client.create_connection(ConnectionInput={"Name": name, "ConnectionProperties": properties, **connect})

    connection("shop", postgresql["url"], postgresql["user"], postgresql["password"])
    connection("wrong", postgresql["url"], postgresql["user"], WRONG)
    # The script names another database than this one.
    connection("books", postgresql["url"].replace("/shop", "/postgres"), postgresql["user"], postgresql["password"])
    glue.client.create_database(DatabaseInput={"Name": "books"})
    parameters = {"classification": "postgresql", "connectionName": "shop", "hashfield": "id", "hashpartitions": "2"}
    table = {"Name": "orders", "Parameters": parameters, "StorageDescriptor": {"Location": "shop.public.orders"}}
    glue.client.create_table(DatabaseName="books", TableInput=table)
    jar: Path = tmp_path_factory.mktemp("jars") / "own.jar"
    jar.write_bytes(driver_jar("shop/OwnDriver"))
    job = glue.job(
        SCRIPT,
        kind="glueetl",
        DefaultArguments={
            "--job-bookmark-option": "job-bookmark-enable",
            "--extra-jars": str(jar),
            "--enable-continuous-cloudwatch-log": "true",
        },
    )
    runs, told = [], []
    with psycopg.connect(
        host=address.hostname,
        port=address.port,
        dbname="shop",
        user=postgresql["user"],
        password=postgresql["password"],
        autocommit=True,
    ) as database:
        database.execute("CREATE TABLE orders (id int PRIMARY KEY, item text)")
        for rows, last in (([(1, "pen"), (2, "ink"), (3, "quill")], "no"), ([(4, "desk"), (6, None)], "yes")):
            database.cursor().executemany("INSERT INTO orders VALUES (%s, %s)", rows)
            runs.append(glue.wait(job, glue.start(job, Arguments={"--last": last}), deadline_s=150))
            lines = [line for line in glue.text(runs[-1]).splitlines() if line.startswith("TOLD ")]
            assert lines, glue.text(runs[-1], "error")
            told.append(json.loads(lines[0].removeprefix("TOLD ")))
        copied = database.execute('SELECT "order", item FROM orders_copy').fetchall()
    return Shop(
        runs=runs,
        told=told,
        log="\n".join(glue.text(run, stream) for run in runs for stream in ("output", "error")),
        copied=copied,
        url=postgresql["url"],
        password=postgresql["password"],
        bookmark=json.loads(glue.client.get_job_bookmark(JobName=job)["JobBookmarkEntry"]["JobBookmark"]),
    )


def test_a_table_is_read_and_written_over_connections_of_the_catalog(shop: Shop):
    assert shop.runs[0]["JobRunState"] == "SUCCEEDED", shop.log
    assert shop.told[0]["new"] == [1, 2, 3]
    assert {(1, "pen"), (2, "ink"), (3, "quill")} < set(shop.copied)


@pytest.mark.contract("7.8")
def test_a_run_with_bookmarks_reads_the_rows_that_are_new(shop: Shop):
    assert (shop.told[1]["new"], shop.told[1]["all"]) == ([4, 6], 5)
    assert sorted(shop.copied) == [(1, "pen"), (2, "ink"), (3, "quill"), (4, "desk"), (6, None)]
    assert shop.bookmark["orders"] == {
        "jsonClass": "JDBCDataSourceJobBookmarkState",
        "keys": {"id": "6"},
        "order": "asc",
    }


def test_a_table_of_the_catalog_is_read_where_it_is(shop: Shop):
    assert [told["table"] for told in shop.told] == [[3, 2], [5, 2]]


def test_a_script_is_told_what_the_connection_says(shop: Shop):
    assert shop.told[0]["known"]
    assert shop.told[0]["conf"] == {
        "enforceSSL": "false",
        "skipCustomJDBCCertValidation": "false",
        "url": shop.url.removesuffix("/shop"),
        "fullUrl": shop.url,
        "customJDBCCertString": "",
        "user": "clerk",
        "customJDBCCert": "",
        "vendor": "postgresql",
    }


def test_a_driver_comes_with_extra_jars(shop: Shop):
    assert shop.told[0]["own"] == 42


def test_a_wrong_password_fails_the_run_and_is_told_nowhere(shop: Shop):
    run = shop.runs[1]
    assert run["JobRunState"] == "FAILED"
    assert "DatabaseError: reading public.orders at jdbc:postgresql://" in run["ErrorMessage"]
    assert 'password authentication failed for user "clerk"' in run["ErrorMessage"]
    for secret in (WRONG, shop.password):
        assert secret not in run["ErrorMessage"]
        assert secret not in shop.log
