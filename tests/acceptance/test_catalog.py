"""Databases and tables of the Data Catalog through boto3, as scripts, data frames' writers and Terraform use them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests.acceptance.conftest import Glue

ErrorOf = Callable[..., tuple[str, str]]

ACCOUNT = "000000000000"
#: As Terraform sends it, with what it leaves at zero.
TABLE: dict[str, Any] = {
    "Description": "two\nlines \U0001f41d",
    "Owner": "me",
    "Retention": 0,
    "TableType": "EXTERNAL_TABLE",
    "Parameters": {"EXTERNAL": "TRUE", "classification": "parquet", "empty": ""},
    "PartitionKeys": [{"Name": "year", "Type": "int", "Comment": "c"}, {"Name": "month", "Type": "string"}],
    "StorageDescriptor": {
        "Columns": [{"Name": "Id", "Type": "bigint"}, {"Name": "s", "Type": "struct<a:int,b:array<string>>"}],
        "Location": "s3://bucket/table/",
        "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
        "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
        "Compressed": False,
        "NumberOfBuckets": 0,
        "SerdeInfo": {
            "Name": "s",
            "SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
            "Parameters": {"serialization.format": "1"},
        },
        "BucketColumns": ["Id"],
        "SortColumns": [{"Column": "Id", "SortOrder": 1}],
        "Parameters": {"k": "v"},
        "SkewedInfo": {"SkewedColumnNames": ["Id"], "SkewedColumnValues": ["1"]},
        "StoredAsSubDirectories": False,
    },
    "ViewOriginalText": "",
    "ViewExpandedText": "",
}
#: What the service says beside what it was given.
SAID = {
    "Name",
    "DatabaseName",
    "CatalogId",
    "VersionId",
    "CreateTime",
    "UpdateTime",
    "IsRegisteredWithLakeFormation",
}


def new_name() -> str:
    return f"d_{uuid.uuid4().hex[:10]}"


@pytest.fixture
def database(glue: Glue) -> Iterator[str]:
    name = new_name()
    glue("CreateDatabase", DatabaseInput={"Name": name})
    yield name
    glue("DeleteDatabase", Name=name)


def create(glue: Glue, database: str, *names: str, **members: Any) -> None:
    for name in names:
        glue("CreateTable", DatabaseName=database, TableInput={"Name": name, **members})


def listed(glue: Glue, database: str, **request: Any) -> list[str]:
    pages = glue.client.get_paginator("get_tables").paginate(DatabaseName=database, **request)
    return [table["Name"] for page in pages for table in page["TableList"]]


# Databases.


def test_a_database_is_read_back_without_drift(glue: Glue) -> None:
    name = new_name()
    given = {
        "Description": "d",
        "LocationUri": "s3://b/",
        "Parameters": {"k": "v"},
        "CreateTableDefaultPermissions": [
            {"Principal": {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"}, "Permissions": ["SELECT"]}
        ],
    }
    glue("CreateDatabase", CatalogId=ACCOUNT, DatabaseInput={"Name": name.upper(), **given}, Tags={"team": "x"})
    found = glue("GetDatabase", CatalogId=ACCOUNT, Name=name)["Database"]
    assert {member: found[member] for member in found.keys() - {"CreateTime"}} == {
        "Name": name,
        "CatalogId": ACCOUNT,
        **given,
    }
    arn = f"arn:aws:glue:us-east-1:{ACCOUNT}:database/{name}"
    assert glue("GetTags", ResourceArn=arn)["Tags"] == {"team": "x"}
    glue("UpdateDatabase", Name=name, DatabaseInput={"Name": name, "Description": "e"})
    found = glue("GetDatabase", Name=name.upper())["Database"]
    assert (found["Description"], "Parameters" in found) == ("e", False)
    glue("DeleteDatabase", CatalogId=ACCOUNT, Name=name)
    glue("CreateDatabase", DatabaseInput={"Name": name})
    assert glue("GetTags", ResourceArn=arn)["Tags"] == {}
    glue("DeleteDatabase", Name=name)


def test_databases_that_are_not_there_or_there_already(glue: Glue, database: str, error_of: ErrorOf) -> None:
    missing = new_name()
    not_found = ("EntityNotFoundException", f"Database {missing} not found.")
    assert error_of(glue.client.get_database, Name=missing.upper()) == not_found
    assert error_of(glue.client.delete_database, Name=missing) == not_found
    assert error_of(glue.client.update_database, Name=missing, DatabaseInput={"Name": missing}) == not_found
    assert error_of(glue.client.get_tables, DatabaseName=missing) == not_found
    assert error_of(glue.client.get_table, DatabaseName=missing, Name="t") == not_found
    assert error_of(glue.client.create_table, DatabaseName=missing, TableInput={"Name": "t"}) == not_found
    assert error_of(glue.client.create_database, DatabaseInput={"Name": database.upper()}) == (
        "AlreadyExistsException",
        "Database already exists.",
    )
    assert error_of(glue.client.update_database, Name=database, DatabaseInput={"Name": "x"})[0] == (
        "InvalidInputException"
    )


def test_databases_come_in_pages(glue: Glue) -> None:
    names = sorted(new_name() for _ in range(5))
    for name in names:
        glue("CreateDatabase", DatabaseInput={"Name": name})
    pages = glue.client.get_paginator("get_databases").paginate(PaginationConfig={"PageSize": 2})
    found = [one["Name"] for page in pages for one in page["DatabaseList"]]
    assert [name for name in found if name in names] == names
    attributes = glue("GetDatabases", AttributesToGet=["NAME"])["DatabaseList"]
    assert {"Name": names[0], "CatalogId": ACCOUNT} in attributes
    assert glue("GetDatabases", ResourceShareType="FOREIGN")["DatabaseList"] == []
    for name in names:
        glue("DeleteDatabase", Name=name)


# Tables.


def test_a_table_is_read_back_without_drift(glue: Glue, database: str) -> None:
    indexes = [{"IndexName": "by-month", "Keys": ["month", "year"]}]
    glue(
        "CreateTable",
        CatalogId=ACCOUNT,
        DatabaseName=database,
        TableInput={"Name": "Full_T", **TABLE},
        PartitionIndexes=indexes,
    )
    found = glue("GetTable", CatalogId=ACCOUNT, DatabaseName=database.upper(), Name="FULL_t")["Table"]
    assert {member: found[member] for member in found.keys() - SAID} == TABLE
    assert (found["Name"], found["DatabaseName"], found["CatalogId"], found["VersionId"]) == (
        "full_t",
        database,
        ACCOUNT,
        "0",
    )
    assert glue("GetPartitionIndexes", DatabaseName=database, TableName="full_t")["PartitionIndexDescriptorList"] == [
        {
            "IndexName": "by-month",
            "Keys": [{"Name": "month", "Type": "string"}, {"Name": "year", "Type": "int"}],
            "IndexStatus": "ACTIVE",
        }
    ]
    create(glue, database, "plain")
    assert glue("GetTable", DatabaseName=database, Name="plain")["Table"].keys() == {*SAID, "Retention"}
    assert glue("GetPartitionIndexes", DatabaseName=database, TableName="plain")["PartitionIndexDescriptorList"] == []


def test_an_update_is_a_new_version_if_nobody_else_made_one(glue: Glue, database: str, error_of: ErrorOf) -> None:
    create(glue, database, "t", Description="a", Owner="o")
    glue("UpdateTable", DatabaseName=database, TableInput={"Name": "T", "Description": "b"}, SkipArchive=True)
    found = glue("GetTable", DatabaseName=database, Name="t")["Table"]
    assert (found["VersionId"], found["Description"], "Owner" in found) == ("1", "b", False)
    stale = {"DatabaseName": database, "TableInput": {"Name": "t"}, "VersionId": "0"}
    assert error_of(glue.client.update_table, **stale) == (
        "ConcurrentModificationException",
        "Update table failed due to concurrent modifications.",
    )
    glue("UpdateTable", **{**stale, "VersionId": "1"})
    assert glue("GetTable", DatabaseName=database, Name="t")["Table"]["VersionId"] == "2"


def test_of_many_writers_with_one_version_one_succeeds(glue: Glue, database: str) -> None:
    create(glue, database, "t")

    def update(number: int) -> bool:
        try:
            glue("UpdateTable", DatabaseName=database, TableInput={"Name": "t", "Owner": str(number)}, VersionId="0")
        except glue.client.exceptions.ConcurrentModificationException:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(update, range(8))) == 1


def test_tables_that_are_not_there_or_there_already(glue: Glue, database: str, error_of: ErrorOf) -> None:
    create(glue, database, "t")
    not_found = ("EntityNotFoundException", "Table no not found.")
    assert error_of(glue.client.get_table, DatabaseName=database, Name="NO") == not_found
    assert error_of(glue.client.delete_table, DatabaseName=database, Name="no") == not_found
    assert error_of(glue.client.update_table, DatabaseName=database, TableInput={"Name": "no"}) == not_found
    assert error_of(glue.client.get_partition_indexes, DatabaseName=database, TableName="no") == not_found
    assert error_of(glue.client.create_table, DatabaseName=database, TableInput={"Name": "T"}) == (
        "AlreadyExistsException",
        "Table already exists.",
    )
    assert glue("BatchDeleteTable", DatabaseName=database, TablesToDelete=["T", "no"])["Errors"] == [
        {
            "TableName": "no",
            "ErrorDetail": {"ErrorCode": "EntityNotFoundException", "ErrorMessage": "Table no not found."},
        }
    ]
    assert listed(glue, database) == []


def test_tables_come_in_pages_and_by_pattern(glue: Glue, database: str, error_of: ErrorOf) -> None:
    names = [f"a_{number:02}" for number in range(60)] + [f"b_{number:02}_raw" for number in range(3)]
    create(glue, database, *names, TableType="EXTERNAL_TABLE")
    assert listed(glue, database, PaginationConfig={"PageSize": 7}) == names
    assert listed(glue, database, Expression="a_*", PaginationConfig={"PageSize": 7}) == names[:60]
    assert listed(glue, database, Expression="*_raw") == names[60:]
    assert listed(glue, database, Expression=r"^A_0\d$") == names[:10]
    assert listed(glue, database, Expression="a_[01].*|b_00_raw", PaginationConfig={"PageSize": 20}) == [
        *names[:20],
        "b_00_raw",
    ]
    assert listed(glue, database, Expression="(a+)+" * 20 + "x") == []
    assert error_of(glue.client.get_tables, DatabaseName=database, Expression="(a")[0] == "InvalidInputException"
    first = glue("GetTables", DatabaseName=database, MaxResults=1, AttributesToGet=["NAME", "TABLE_TYPE"])
    assert first["TableList"] == [
        {"Name": "a_00", "DatabaseName": database, "CatalogId": ACCOUNT, "TableType": "EXTERNAL_TABLE"}
    ]
    other = {"DatabaseName": database, "Expression": "a*", "NextToken": first["NextToken"]}
    assert error_of(glue.client.get_tables, **other)[0] == "InvalidInputException"
    assert glue("GetTables", DatabaseName=database, ResourceShareType="FEDERATED")["TableList"] == []


def test_a_page_of_large_definitions_is_shorter(glue: Glue, database: str) -> None:
    names = [f"t{number}" for number in range(8)]
    create(glue, database, *names, Parameters={"k": "x" * 500_000, "l": "y" * 500_000})
    assert len(glue("GetTables", DatabaseName=database)["TableList"]) < len(names)
    assert listed(glue, database) == names


def test_a_deleted_database_takes_its_tables_with_it(glue: Glue) -> None:
    name = new_name()
    for _ in range(2):
        glue("CreateDatabase", DatabaseInput={"Name": name})
        assert listed(glue, name) == []
        create(glue, name, "t")
        glue("DeleteDatabase", Name=name)


def test_what_has_no_effect_here_is_refused(glue: Glue, database: str, error_of: ErrorOf) -> None:
    here = {"DatabaseName": database}
    for operation, request in (
        ("get_table", {**here, "Name": "t", "TransactionId": "1"}),
        ("get_tables", {**here, "QueryAsOfTime": 1}),
        ("create_table", {**here, "TableInput": {"Name": "t", "TargetTable": {"Name": "x"}}}),
        ("create_table", here),
        ("update_table", here),
        ("create_database", {"DatabaseInput": {"Name": "x", "TargetDatabase": {"DatabaseName": "y"}}}),
        ("get_databases", {"AttributesToGet": ["TARGET_DATABASE"]}),
        ("get_tables", {**here, "AttributesToGet": ["LATEST_ICEBERG_METADATA"]}),
    ):
        assert error_of(getattr(glue.client, operation), **request)[0] == "InvalidInputException", operation
    assert error_of(glue.client.get_database, Name=database, CatalogId="123456789012") == (
        "EntityNotFoundException",
        "Catalog 123456789012 not found.",
    )
