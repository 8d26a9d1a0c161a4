"""The Data Catalog through boto3, as scripts, writers of data frames and Terraform use it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests.acceptance.conftest import Glue

from openglue.testing import OpenGlue

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


# Partitions.

KEYS = [{"Name": "year", "Type": "int"}, {"Name": "region", "Type": "string"}]


@pytest.fixture
def parted(glue: Glue, database: str) -> str:
    """A table, `t`, with two partition keys; the name of its database."""
    create(glue, database, "t", PartitionKeys=KEYS)
    return database


def add(glue: Glue, database: str, *values: list[str], **members: Any) -> list[dict[str, Any]]:
    """Create partitions of `t`, a hundred at a time; what was refused."""
    refused = []
    for at in range(0, len(values), 100):
        given = [{"Values": one, **members} for one in values[at : at + 100]]
        request = {"DatabaseName": database, "TableName": "t", "PartitionInputList": given}
        refused += glue("BatchCreatePartition", **request)["Errors"]
    return refused


def parts(glue: Glue, database: str, expression: str = "", **request: Any) -> list[list[str]]:
    """Values of the partitions of `t` that are found, sorted."""
    pages = glue.client.get_paginator("get_partitions").paginate(
        DatabaseName=database, TableName="t", Expression=expression, **request
    )
    return sorted(one["Values"] for page in pages for one in page["Partitions"])


def test_a_partition_is_read_back_without_drift(glue: Glue, parted: str) -> None:
    here = {"DatabaseName": parted.upper(), "TableName": "T"}
    given = {
        "Parameters": {"k": "v"},
        "StorageDescriptor": {**TABLE["StorageDescriptor"], "Location": "s3://bucket/table/2020/eu/"},
    }
    glue("CreatePartition", **here, PartitionInput={"Values": ["2020", "eu"], **given})
    found = glue("GetPartition", **here, PartitionValues=["2020", "eu"])["Partition"]
    said = {"Values": ["2020", "eu"], "DatabaseName": parted, "TableName": "t", "CatalogId": ACCOUNT}
    assert {member: found[member] for member in found.keys() - {"CreationTime"}} == {**said, **given}
    glue("UpdatePartition", **here, PartitionValueList=["2020", "eu"], PartitionInput={"Parameters": {"k": "w"}})
    found = glue("GetPartition", **here, PartitionValues=["2020", "eu"])["Partition"]
    assert (found["Parameters"], "StorageDescriptor" in found) == ({"k": "w"}, False)
    glue("DeletePartition", **here, PartitionValues=["2020", "eu"])
    assert parts(glue, parted) == []


def test_partitions_that_are_not_there_or_there_already(glue: Glue, parted: str, error_of: ErrorOf) -> None:
    here = {"DatabaseName": parted, "TableName": "t"}
    one, other = ["2020", "eu"], ["2021", "eu"]
    assert add(glue, parted, one) == []
    detail = {"ErrorCode": "AlreadyExistsException", "ErrorMessage": "Partition already exists."}
    assert add(glue, parted, one, other, other) == [
        {"PartitionValues": values, "ErrorDetail": detail} for values in (one, other)
    ]
    assert error_of(glue.client.create_partition, **here, PartitionInput={"Values": one}) == (
        "AlreadyExistsException",
        "Partition already exists.",
    )
    missing = ("EntityNotFoundException", "Cannot find partition.")
    assert error_of(glue.client.get_partition, **here, PartitionValues=["1", "x"]) == missing
    assert error_of(glue.client.delete_partition, **here, PartitionValues=["1", "x"]) == missing
    update = {**here, "PartitionValueList": ["1", "x"], "PartitionInput": {}}
    assert error_of(glue.client.update_partition, **update) == missing
    wrong = ("InvalidInputException", "The number of partition keys do not match the number of partition values")
    assert error_of(glue.client.create_partition, **here, PartitionInput={"Values": ["1"]}) == wrong
    assert error_of(glue.client.create_partition, **here, PartitionInput={}) == wrong
    batch = {**here, "PartitionInputList": [{"Values": ["5", "x"]}, {"Values": ["1"]}]}
    assert error_of(glue.client.batch_create_partition, **batch) == wrong
    assert parts(glue, parted) == [one, other], "with a wrong one, none is created"
    found = glue("BatchGetPartition", **here, PartitionsToGet=[{"Values": ["1", "x"]}, {"Values": other}])
    assert ([one["Values"] for one in found["Partitions"]], found["UnprocessedKeys"]) == ([other], [])
    request = {**here, "PartitionsToDelete": [{"Values": ["1", "x"]}, {"Values": other}]}
    assert glue("BatchDeletePartition", **request)["Errors"] == [
        {"PartitionValues": ["1", "x"], "ErrorDetail": {"ErrorCode": missing[0], "ErrorMessage": missing[1]}}
    ]
    assert parts(glue, parted) == [one]
    nowhere = {"DatabaseName": parted, "TableName": "no"}
    for operation, request in (
        ("create_partition", {"PartitionInput": {"Values": one}}),
        ("get_partition", {"PartitionValues": one}),
        ("get_partitions", {}),
    ):
        assert error_of(getattr(glue.client, operation), **nowhere, **request) == (
            "EntityNotFoundException",
            "Table no not found.",
        )


def test_of_ten_thousand_partitions_those_are_found_that_a_predicate_chooses(glue: Glue, parted: str) -> None:
    years, regions = range(1900, 2000), [f"r{number:03}" for number in range(100)]
    every = [[str(year), region] for year in years for region in regions]
    assert add(glue, parted, *every) == []
    assert parts(glue, parted) == every
    assert parts(glue, parted, "year = 1950 AND region = 'r007'") == [["1950", "r007"]]
    assert parts(glue, parted, "year > 1989", PaginationConfig={"PageSize": 70}) == every[9000:]
    assert parts(glue, parted, "region LIKE 'r00%' AND year IN (1900, 1901)") == every[:10] + every[100:110]
    assert parts(glue, parted, "year > 2000") == []
    segments = [
        parts(glue, parted, "year < 1950", Segment={"SegmentNumber": number, "TotalSegments": 4}) for number in range(4)
    ]
    assert sorted(one for segment in segments for one in segment) == every[:5000]
    assert min(map(len, segments)) > 1000


def test_a_predicate_or_segment_that_is_wrong_is_refused(glue: Glue, parted: str, error_of: ErrorOf) -> None:
    add(glue, parted, ["2020", "eu"], ["null", "us"], ["__HIVE_DEFAULT_PARTITION__", "us"])
    here = {"DatabaseName": parted, "TableName": "t"}
    get = glue.client.get_partitions
    assert error_of(get, **here, Expression="day = 1") == (
        "InvalidInputException",
        "Invalid partition expression! day is not a partition key of the table, which has year, region",
    )
    assert error_of(get, **here, Expression="year >= 0") == (
        "InvalidStateException",
        'For input string: "null" is not an integer.',
    )
    assert parts(glue, parted, "year IS NULL") == [["__HIVE_DEFAULT_PARTITION__", "us"]]
    segment = {"SegmentNumber": 2, "TotalSegments": 2}
    assert error_of(get, **here, Segment=segment)[0] == "InvalidInputException"
    token = glue("GetPartitions", **here, MaxResults=1)["NextToken"]
    assert error_of(get, **here, Expression="year IS NULL", NextToken=token)[0] == "InvalidInputException"


def test_columns_are_left_out_of_partitions_when_they_are_not_wanted(glue: Glue, parted: str) -> None:
    add(glue, parted, ["2020", "eu"], StorageDescriptor=TABLE["StorageDescriptor"])
    here = {"DatabaseName": parted, "TableName": "t"}
    full = glue("GetPartitions", **here)["Partitions"][0]["StorageDescriptor"]
    less = glue("GetPartitions", **here, ExcludeColumnSchema=True)["Partitions"][0]["StorageDescriptor"]
    assert full == {**less, "Columns": TABLE["StorageDescriptor"]["Columns"]}
    assert "Columns" not in less


def test_partitions_go_with_their_table(glue: Glue, parted: str) -> None:
    add(glue, parted, ["2020", "eu"])
    glue("DeleteTable", DatabaseName=parted, Name="t")
    create(glue, parted, "t", PartitionKeys=KEYS)
    assert parts(glue, parted) == []


def test_partition_keys_stay_as_many_while_there_are_partitions(glue: Glue, parted: str, error_of: ErrorOf) -> None:
    add(glue, parted, ["2020", "eu"])
    here = {"DatabaseName": parted}
    update = {**here, "TableInput": {"Name": "t", "PartitionKeys": KEYS[:1]}}
    assert error_of(glue.client.update_table, **update)[0] == "InvalidInputException"
    glue("UpdateTable", **here, TableInput={"Name": "t", "PartitionKeys": [{"Name": "y", "Type": "string"}, KEYS[1]]})
    assert parts(glue, parted, "y = '2020'") == [["2020", "eu"]]
    glue("DeletePartition", **here, TableName="t", PartitionValues=["2020", "eu"])
    glue("UpdateTable", **update)


# Connections.

JDBC: dict[str, Any] = {
    "Description": "d",
    "ConnectionType": "JDBC",
    "MatchCriteria": ["a", "b"],
    "ConnectionProperties": {
        "JDBC_CONNECTION_URL": "jdbc:postgresql://localhost:5432/db",
        "USERNAME": "user",
        "PASSWORD": "p4ss",
        "JDBC_ENFORCE_SSL": "false",
    },
    "PhysicalConnectionRequirements": {
        "AvailabilityZone": "us-east-1a",
        "SecurityGroupIdList": ["sg-1"],
        "SubnetId": "subnet-1",
    },
}


@pytest.fixture
def connection(glue: Glue) -> Iterator[str]:
    name = f"C-{uuid.uuid4().hex[:10]}"
    request = {"CatalogId": ACCOUNT, "ConnectionInput": {"Name": name, **JDBC}, "Tags": {"team": "x"}}
    assert glue("CreateConnection", **request)["CreateConnectionStatus"] == "READY"
    yield name
    glue("DeleteConnection", CatalogId=ACCOUNT, ConnectionName=name)


def test_a_connection_is_read_back_without_drift(glue: Glue, connection: str) -> None:
    found = glue("GetConnection", CatalogId=ACCOUNT, Name=connection, HidePassword=False)["Connection"]
    said = {"Name": connection, "Status": "READY", "ConnectionSchemaVersion": 1}
    times = {"CreationTime", "LastUpdatedTime"}
    assert {member: found[member] for member in found.keys() - times} == {**said, **JDBC}
    hidden = glue("GetConnection", Name=connection, HidePassword=True)["Connection"]["ConnectionProperties"]
    assert hidden.keys() == JDBC["ConnectionProperties"].keys() - {"PASSWORD"}
    arn = f"arn:aws:glue:us-east-1:{ACCOUNT}:connection/{connection}"
    assert glue("GetTags", ResourceArn=arn)["Tags"] == {"team": "x"}
    glue("UpdateConnection", Name=connection, ConnectionInput={"Name": connection, **JDBC, "Description": "e"})
    assert glue("GetConnection", Name=connection)["Connection"]["Description"] == "e"


def test_connections_are_found_by_what_they_are(glue: Glue, connection: str) -> None:
    names = [f"net-{uuid.uuid4().hex[:10]}" for _ in range(3)]
    network = {"ConnectionType": "NETWORK", "ConnectionProperties": {}}
    for name in names:
        glue("CreateConnection", ConnectionInput={"Name": name, **network})

    def found(**request: Any) -> set[str]:
        pages = glue.client.get_paginator("get_connections").paginate(
            HidePassword=True, PaginationConfig={"PageSize": 2}, **request
        )
        every = [one for page in pages for one in page["ConnectionList"]]
        assert not any("PASSWORD" in one["ConnectionProperties"] for one in every)
        return {one["Name"] for one in every}

    assert {connection, *names} <= found()
    assert found(Filter={"ConnectionType": "NETWORK"}) >= set(names)
    assert connection not in found(Filter={"ConnectionType": "NETWORK"})
    assert connection in found(Filter={"MatchCriteria": ["b"], "ConnectionType": "JDBC"})
    for name in names:
        glue("DeleteConnection", ConnectionName=name)


def test_connections_that_are_not_there_or_there_already_or_wrong(
    glue: Glue, connection: str, error_of: ErrorOf
) -> None:
    missing = ("EntityNotFoundException", "Connection no not found.")
    network = {"ConnectionType": "NETWORK", "ConnectionProperties": {}}
    assert error_of(glue.client.get_connection, Name="no") == missing
    assert error_of(glue.client.get_connection, Name=connection.lower())[0] == missing[0]
    assert error_of(glue.client.delete_connection, ConnectionName="no") == missing
    update = {"Name": "no", "ConnectionInput": {"Name": "no", **network}}
    assert error_of(glue.client.update_connection, **update) == missing
    renamed = {"Name": connection, "ConnectionInput": {"Name": "no", **network}}
    assert error_of(glue.client.update_connection, **renamed)[0] == "InvalidInputException"
    assert error_of(glue.client.create_connection, ConnectionInput={"Name": connection, **network}) == (
        "AlreadyExistsException",
        "Connection already exists.",
    )
    needy = {"Name": "c", "ConnectionType": "JDBC", "ConnectionProperties": {}}
    assert error_of(glue.client.create_connection, ConnectionInput=needy)[0] == "InvalidInputException"
    get = {"Name": connection, "ApplyOverrideForComputeEnvironment": "SPARK"}
    assert error_of(glue.client.get_connection, **get)[0] == "InvalidInputException"


def test_a_password_is_in_the_database_and_in_no_other_file(
    glue: Glue, connection: str, openglue: OpenGlue, error_of: ErrorOf
) -> None:
    secret = uuid.uuid4().hex
    properties = {**JDBC["ConnectionProperties"], "PASSWORD": secret}
    given = {"Name": connection, **JDBC, "ConnectionProperties": properties}
    glue("UpdateConnection", Name=connection, ConnectionInput=given)
    assert glue("GetConnection", Name=connection)["Connection"]["ConnectionProperties"] == properties
    assert error_of(glue.client.create_connection, ConnectionInput=given)[0] == "AlreadyExistsException"
    wrong = {**given, "ConnectionProperties": {**properties, "NO_SUCH": "x"}}
    assert error_of(glue.client.create_connection, ConnectionInput=wrong)[0] == "ValidationException"
    files = [file for file in openglue.data.rglob("*") if file.is_file()]
    assert any(file.suffix == ".log" for file in files)
    found = {file.name for file in files if secret.encode() in file.read_bytes()}
    assert found
    assert found <= {"openglue.db", "openglue.db-wal"}
