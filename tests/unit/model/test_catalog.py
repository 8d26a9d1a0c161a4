"""Databases, tables, partitions and connections of the catalog: what is kept, what is shown, what is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from openglue.errors import InvalidInputException
from openglue.model.catalog import (
    Segment,
    connection_members,
    database_members,
    index_members,
    is_wanted,
    new_connection,
    new_database,
    new_partition,
    new_table,
    partition_key,
    partition_members,
    selected,
    table_members,
    updated_connection,
    updated_database,
    updated_partition,
    updated_table,
)
from openglue.model.catalog.refusals import REFUSED, refuse

ACCOUNT = "000000000000"
KEYS = [{"Name": "year", "Type": "int"}, {"Name": "Month"}]


def table(**members: Any):
    return new_table("DB", {"Name": "T", **members}, [], now=1500)


def test_names_are_kept_in_lower_case() -> None:
    assert new_database({"Name": "Sales_ÄB"}, now=1).name == "sales_äb"
    assert (table().database, table().name) == ("db", "t")


def test_a_database_is_shown_as_it_was_given() -> None:
    given = {"Name": "D", "Description": "x", "Parameters": {"K": "V"}, "LocationUri": "s3://b/"}
    database = new_database(given, now=1500)
    assert database_members(database, ACCOUNT) == {**given, "Name": "d", "CreateTime": 1.5, "CatalogId": ACCOUNT}
    updated = updated_database(database, {"Name": "d", "Description": "y"})
    assert database_members(updated, ACCOUNT) == {
        "Name": "d",
        "Description": "y",
        "CreateTime": 1.5,
        "CatalogId": ACCOUNT,
    }


def test_a_table_is_shown_as_it_was_given_with_what_aws_always_says() -> None:
    storage = {"Columns": [{"Name": "A", "Type": "int"}], "Location": "s3://b/t/"}
    assert table_members(table(StorageDescriptor=storage, PartitionKeys=KEYS), ACCOUNT) == {
        "Name": "t",
        "DatabaseName": "db",
        "StorageDescriptor": {
            **storage,
            "Compressed": False,
            "NumberOfBuckets": 0,
            "StoredAsSubDirectories": False,
        },
        "PartitionKeys": KEYS,
        "Retention": 0,
        "IsRegisteredWithLakeFormation": False,
        "CreateTime": 1.5,
        "UpdateTime": 1.5,
        "CatalogId": ACCOUNT,
        "VersionId": "0",
    }


def test_what_was_given_beats_what_aws_always_says() -> None:
    members = table_members(table(Retention=7, StorageDescriptor={"Compressed": True, "NumberOfBuckets": -1}), ACCOUNT)
    assert members["Retention"] == 7
    assert members["StorageDescriptor"] == {"Compressed": True, "NumberOfBuckets": -1, "StoredAsSubDirectories": False}


def test_an_update_replaces_the_definition_as_a_whole_and_raises_the_version() -> None:
    first = table(Description="x", Owner="o")
    updated = updated_table(first, {"Name": "t", "Description": "y"}, now=2500)
    assert updated == replace(first, definition={"Description": "y"}, version=1, updated_on=2500)


def test_partition_keys_without_a_type_are_strings() -> None:
    assert table(PartitionKeys=KEYS).partition_keys == [("year", "int"), ("Month", "string")]


def test_a_partition_key_is_named_once() -> None:
    with pytest.raises(InvalidInputException, match="year"):
        table(PartitionKeys=[*KEYS, {"Name": "YEAR"}])


def test_a_partition_index_is_of_partition_keys() -> None:
    given = {"Name": "t", "PartitionKeys": KEYS}
    indexes = [{"IndexName": "i", "Keys": ["month", "Year"]}]
    assert index_members(new_table("db", given, indexes, now=1)) == [
        {
            "IndexName": "i",
            "Keys": [{"Name": "Month", "Type": "string"}, {"Name": "year", "Type": "int"}],
            "IndexStatus": "ACTIVE",
        }
    ]
    with pytest.raises(InvalidInputException, match=r"Verify the indexKeys : \[day\]"):
        new_table("db", given, [{"IndexName": "i", "Keys": ["year", "day"]}], now=1)


def test_attributes_choose_members_of_a_table() -> None:
    members = table_members(table(TableType="EXTERNAL_TABLE"), ACCOUNT)
    names = {"Name": "t", "DatabaseName": "db", "CatalogId": ACCOUNT}
    assert selected(members, None) == members
    assert selected(members, ["NAME", "DEFAULT"]) == members
    assert selected(members, ["NAME"]) == names
    assert selected(members, ["NAME", "TABLE_TYPE"]) == {**names, "TableType": "EXTERNAL_TABLE"}


@pytest.mark.parametrize("member", REFUSED)
def test_what_has_no_effect_here_is_refused_by_name(member: str) -> None:
    with pytest.raises(InvalidInputException, match=f"^{member} is not supported: "):
        refuse({"Name": "x", member: {}})


def test_a_partition_is_shown_as_it_was_given_with_its_table() -> None:
    storage = {"Columns": [{"Name": "a"}], "Location": "s3://b/t/2020/1/"}
    given = {"Values": ["2020", "1"], "Parameters": {"k": "v"}, "StorageDescriptor": storage}
    of = table(PartitionKeys=KEYS)
    partition = new_partition(of, given, now=1500)
    always = {"Compressed": False, "NumberOfBuckets": 0, "StoredAsSubDirectories": False}
    shown = {
        **given,
        "StorageDescriptor": {**storage, **always},
        "DatabaseName": "db",
        "TableName": "t",
        "CreationTime": 1.5,
        "CatalogId": ACCOUNT,
    }
    assert partition_members(partition, of, ACCOUNT, columns=True) == shown
    without = {**shown, "StorageDescriptor": {"Location": "s3://b/t/2020/1/", **always}}
    assert partition_members(partition, of, ACCOUNT, columns=False) == without


@pytest.mark.parametrize("values", [[], ["2020"], ["2020", "1", "2"]])
def test_a_partition_has_a_value_for_each_key(values: list[str]) -> None:
    with pytest.raises(InvalidInputException, match="number of partition keys do not match"):
        new_partition(table(PartitionKeys=KEYS), {"Values": values}, now=1)


def test_an_update_of_a_partition_cannot_make_another_one_of_it() -> None:
    of = table(PartitionKeys=KEYS)
    partition = new_partition(of, {"Values": ["2020", "1"], "Parameters": {"a": "b"}}, now=1)
    assert updated_partition(of, partition, {"Values": ["2020", "1"]}) == replace(partition, definition={})
    assert updated_partition(of, partition, {}) == replace(partition, definition={})
    with pytest.raises(InvalidInputException, match="cannot be changed"):
        updated_partition(of, partition, {"Values": ["2020", "2"]})


@pytest.mark.parametrize("total", range(1, 11))
def test_every_partition_is_in_one_segment(total: int) -> None:
    bounds = [Segment(number=number, total=total).bounds for number in range(total)]
    for number in range(300):
        key = partition_key([str(number)])
        assert sum(low < key < high for low, high in bounds) == 1
    for edge in {low for low, _ in bounds}:
        key = edge + "0" * 60
        assert sum(low < key < high for low, high in bounds) == 1


def test_there_is_no_segment_beyond_the_last() -> None:
    with pytest.raises(InvalidInputException, match="SegmentNumber 3"):
        Segment(number=3, total=3)


LOGIN = {"USERNAME": "u", "PASSWORD": "p4ss"}
JDBC: dict[str, Any] = {
    "Name": "C",
    "ConnectionType": "JDBC",
    "ConnectionProperties": {"JDBC_CONNECTION_URL": "jdbc:postgresql://h/d", **LOGIN},
}


def test_a_connection_is_shown_as_it_was_given_and_without_its_password_if_that_is_asked() -> None:
    given = {**JDBC, "MatchCriteria": ["m"], "SparkProperties": {"sfPassword": "x", "sfUrl": "y"}}
    connection = new_connection({**given, "ValidateCredentials": True}, now=1500)
    shown = {
        **given,
        "CreationTime": 1.5,
        "LastUpdatedTime": 1.5,
        "Status": "READY",
        "ConnectionSchemaVersion": 2,
    }
    assert connection_members(connection, passwords=True) == shown
    assert connection_members(connection, passwords=False) == {
        **shown,
        "ConnectionProperties": {"JDBC_CONNECTION_URL": "jdbc:postgresql://h/d", "USERNAME": "u"},
        "SparkProperties": {"sfUrl": "y"},
    }


def test_nothing_prints_a_connections_password() -> None:
    assert "p4ss" not in repr(new_connection(JDBC, now=1))


def test_an_update_of_a_connection_forgets_what_it_does_not_say() -> None:
    connection = new_connection({**JDBC, "Description": "d"}, now=1500)
    network = {"Name": "C", "ConnectionType": "NETWORK", "ConnectionProperties": {}}
    assert connection_members(updated_connection(connection, network, now=2500), passwords=True) == {
        **network,
        "CreationTime": 1.5,
        "LastUpdatedTime": 2.5,
        "Status": "READY",
        "ConnectionSchemaVersion": 1,
    }


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        ("JDBC", {"JDBC_CONNECTION_URL": "u", "SECRET_ID": "s"}),
        ("JDBC", {"HOST": "h", "PORT": "1", "JDBC_ENGINE": "mysql", **LOGIN}),
        ("KAFKA", {"KAFKA_BOOTSTRAP_SERVERS": "h:1"}),
        ("MONGODB", {"CONNECTION_URL": "u", **LOGIN}),
        ("NETWORK", {}),
        ("CUSTOM", {}),
        ("POSTGRESQL", {}),
    ],
)
def test_a_connection_names_what_its_type_needs(kind: str, properties: dict[str, str]) -> None:
    new_connection({"Name": "c", "ConnectionType": kind, "ConnectionProperties": properties}, now=1)


@pytest.mark.parametrize(
    ("kind", "properties", "wanted"),
    [
        ("JDBC", LOGIN, "JDBC_CONNECTION_URL or HOST with JDBC_ENGINE with PORT"),
        ("JDBC", {"HOST": "h", "PORT": "1", **LOGIN}, "JDBC_CONNECTION_URL or"),
        ("JDBC", {"JDBC_CONNECTION_URL": "u", "USERNAME": "u"}, "SECRET_ID or PASSWORD with USERNAME"),
        ("KAFKA", {}, "KAFKA_BOOTSTRAP_SERVERS"),
        ("MONGODB", LOGIN, "CONNECTION_URL"),
    ],
)
def test_a_connection_that_does_not_is_told_what_it_needs(kind: str, properties: dict[str, str], wanted: str) -> None:
    with pytest.raises(InvalidInputException, match=f"of a {kind} connection must name {wanted}"):
        new_connection({"Name": "c", "ConnectionType": kind, "ConnectionProperties": properties}, now=1)


def test_secrets_that_a_service_of_secrets_would_keep_are_refused() -> None:
    basic = {"BasicAuthenticationCredentials": {"Username": "u", "Password": "p"}}
    with pytest.raises(InvalidInputException, match="BasicAuthenticationCredentials is not supported"):
        new_connection({**JDBC, "AuthenticationConfiguration": basic}, now=1)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, True),
        ({"ConnectionType": "JDBC"}, True),
        ({"ConnectionType": "KAFKA"}, False),
        ({"MatchCriteria": ["a"]}, True),
        ({"MatchCriteria": ["b", "a"]}, True),
        ({"MatchCriteria": ["a", "c"]}, False),
        ({"ConnectionSchemaVersion": 1}, True),
        ({"ConnectionSchemaVersion": 2}, False),
    ],
)
def test_a_filter_chooses_connections(wanted: dict[str, Any], *, expected: bool) -> None:
    assert is_wanted(new_connection({**JDBC, "MatchCriteria": ["a", "b"]}, now=1), wanted) is expected
