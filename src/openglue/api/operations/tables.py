"""Tables of the Data Catalog: CreateTable, GetTable, GetTables, UpdateTable, DeleteTable, BatchDeleteTable,
GetPartitionIndexes.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import msgspec

from openglue.api.context import Context
from openglue.api.operations import catalog
from openglue.errors import AlreadyExistsException, ConcurrentModificationException, InvalidInputException
from openglue.model.catalog import (
    NamePattern,
    PatternError,
    Table,
    folded,
    index_members,
    new_table,
    selected,
    table_members,
    updated_table,
)
from openglue.store import databases, partitions, tables
from openglue.store.database import Tx

#: Tables that are read at a time while looking for those that a pattern names.
_CHUNK = 25


async def create_table(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    """Create a table, of version 0, in a database that exists."""
    catalog.check(context, request)
    database = folded(request["DatabaseName"])
    given = _given(request)
    indexes = request.get("PartitionIndexes") or []
    table = new_table(database, given, indexes, now=context.clock.now())

    def create(tx: Tx) -> dict[str, Any]:
        if databases.get_shared(tx, database) is None:
            raise catalog.no_database(database)
        if not tables.add(tx, table):
            raise AlreadyExistsException("Table already exists.")
        return {}

    return await context.write_once(create)


async def get_table(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    catalog.check(context, request)
    attributes = _attributes(request, {"DEFAULT"})
    table = await context.read(lambda tx: catalog.table_of(tx, request["DatabaseName"], request["Name"]))
    return {"Table": selected(table_members(table, context.config.account), attributes)}


async def get_tables(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    """One page of a database's tables by name, those that a pattern names. None is federated here."""
    catalog.check(context, request)
    attributes = _attributes(request, {"NAME", "TABLE_TYPE", "DEFAULT"})
    database, expression = folded(request["DatabaseName"]), request.get("Expression") or ""
    filters = {"database": database, "expression": expression}
    limit = request.get("MaxResults") or catalog.PAGE
    after = context.tokens.read("GetTables", filters, request.get("NextToken")) or ""
    pattern = _pattern(expression) if expression else None
    if await context.read(lambda tx: databases.get(tx, database)) is None:
        raise catalog.no_database(database)
    if request.get("ResourceShareType") == "FEDERATED":
        return {"TableList": []}
    found, more = await _matching(context, database, after, limit, pattern)
    answer: dict[str, Any] = {
        "TableList": [selected(table_members(table, context.config.account), attributes) for table in found]
    }
    if more:
        answer["NextToken"] = context.tokens.issue("GetTables", filters, found[-1].name)
    return answer


async def update_table(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    """Replace the whole definition, which is a new version. With VersionId only if that is still the version."""
    catalog.check(context, request)
    given = _given(request)
    database, name = folded(request["DatabaseName"]), folded(given["Name"])
    if folded(request.get("Name", name)) != name:
        raise InvalidInputException(f"Table {folded(request['Name'])} cannot be renamed to {name}")

    def update(tx: Tx) -> None:
        table = tables.get_locked(tx, database, name)
        if table is None:
            raise catalog.missing(tx, database, name)
        if request.get("VersionId", str(table.version)) != str(table.version):
            raise ConcurrentModificationException("Update table failed due to concurrent modifications.")
        updated = updated_table(table, given, now=context.clock.now())
        if len(updated.partition_keys) != len(table.partition_keys) and partitions.exist(tx, table.id):
            raise InvalidInputException("The number of partition keys cannot be changed while there are partitions")
        tables.replace(tx, updated)

    await context.write(update)
    return {}


async def delete_table(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    """Delete a table with its partitions, at once."""
    catalog.check(context, request)
    database, name = folded(request["DatabaseName"]), folded(request["Name"])

    def delete(tx: Tx) -> None:
        table = tables.get_locked(tx, database, name)
        if table is None:
            raise catalog.missing(tx, database, name)
        tables.remove(tx, table)

    await context.write(delete)
    return {}


async def batch_delete_table(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    """Delete tables of one database, those that are there; an error for each of the others."""
    catalog.check(context, request)
    database = folded(request["DatabaseName"])
    # In one order, whatever the request's is: two such calls would wait for each other.
    names = sorted({folded(name) for name in request["TablesToDelete"]})

    def delete(tx: Tx) -> list[str]:
        if databases.get(tx, database) is None:
            raise catalog.no_database(database)
        absent = []
        for name in names:
            table = tables.get_locked(tx, database, name)
            if table is None:
                absent.append(name)
            else:
                tables.remove(tx, table)
        return absent

    return {"Errors": [_error(name) for name in await context.write(delete)]}


async def get_partition_indexes(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    """All partition indexes that the table was created with; there is no second page."""
    catalog.check(context, request)
    context.tokens.read("GetPartitionIndexes", {}, request.get("NextToken"))
    table = await context.read(lambda tx: catalog.table_of(tx, request["DatabaseName"], request["TableName"]))
    return {"PartitionIndexDescriptorList": index_members(table)}


def _given(request: dict[str, Any]) -> dict[str, Any]:
    given: dict[str, Any] | None = request.get("TableInput")
    if given is None:
        raise InvalidInputException("TableInput is required")
    return given


def _attributes(request: dict[str, Any], known: set[str]) -> list[str] | None:
    attributes: list[str] | None = request.get("AttributesToGet")
    if attributes is not None and not (attributes and set(attributes) <= known):
        raise InvalidInputException(f"AttributesToGet must name some of {', '.join(sorted(known))}")
    return attributes


def _pattern(expression: str) -> NamePattern:
    try:
        return NamePattern(expression)
    except PatternError as error:
        raise InvalidInputException(f"Expression is not a pattern of names: {error}") from error


async def _matching(
    context: Context, database: str, after: str, limit: int, pattern: NamePattern | None
) -> tuple[list[Table], bool]:
    """Tables behind a name that match, up to a page of them; and whether there are more."""
    found: list[Table] = []
    size = 0
    while True:
        chunk = await context.read(partial(tables.page, database=database, after=after, limit=_CHUNK))
        names = [table.name for table in chunk]
        # In a thread: a pattern that takes its time holds up no other request.
        matching = set(names) if pattern is None else await asyncio.to_thread(_chosen, pattern, names)
        for table in chunk:
            if table.name in matching:
                if len(found) == limit or size > catalog.PAGE_BYTES:
                    return found, True
                found.append(table)
                size += len(msgspec.json.encode(table.definition))
        if len(chunk) < _CHUNK:
            return found, False
        after = names[-1]


def _chosen(pattern: NamePattern, names: list[str]) -> set[str]:
    return {name for name in names if pattern.matches(name)}


def _error(name: str) -> dict[str, Any]:
    error = catalog.no_table(name)
    return {"TableName": name, "ErrorDetail": {"ErrorCode": error.code, "ErrorMessage": error.message}}
