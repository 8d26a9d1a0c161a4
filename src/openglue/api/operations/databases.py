"""Databases of the Data Catalog: CreateDatabase, GetDatabase, GetDatabases, UpdateDatabase, DeleteDatabase."""

from __future__ import annotations

from typing import Any

from openglue.api.context import Context
from openglue.api.operations import catalog
from openglue.errors import AlreadyExistsException, InvalidInputException
from openglue.model.catalog import Database, database_members, folded, new_database, updated_database
from openglue.store import databases, tags
from openglue.store.database import Tx


def tag_resource(name: str) -> str:
    return f"database/{name}"


async def create_database(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    """Create a database. A name that exists is refused, however it is written."""
    catalog.check(context, request)
    database = new_database(request["DatabaseInput"], now=context.clock.now())

    def create(tx: Tx) -> dict[str, Any]:
        if not databases.add(tx, database):
            raise AlreadyExistsException("Database already exists.")
        tags.put(tx, tag_resource(database.name), request.get("Tags") or {})
        return {}

    return await context.write_once(create)


async def get_database(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    catalog.check(context, request)
    name = folded(request["Name"])
    database = await context.read(lambda tx: databases.get(tx, name))
    if database is None:
        raise catalog.no_database(name)
    return {"Database": database_members(database, context.config.account)}


async def get_databases(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    """One page of databases by name. None is shared or federated here."""
    catalog.check(context, request)
    attributes = request.get("AttributesToGet")
    if attributes is not None and "NAME" not in attributes:
        raise InvalidInputException("AttributesToGet must include NAME")
    shared = request.get("ResourceShareType") or "ALL"
    if shared != "ALL":
        return {"DatabaseList": []}
    limit = request.get("MaxResults") or catalog.PAGE
    after = context.tokens.read("GetDatabases", {}, request.get("NextToken")) or ""
    found = await context.read(lambda tx: databases.page(tx, after=after, limit=limit + 1))
    answer: dict[str, Any] = {"DatabaseList": [_members(context, one, attributes) for one in found[:limit]]}
    if len(found) > limit:
        answer["NextToken"] = context.tokens.issue("GetDatabases", {}, found[limit - 1].name)
    return answer


async def update_database(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    """Replace the whole definition: what the update does not say is reset. The name stays."""
    catalog.check(context, request)
    name, given = folded(request["Name"]), request["DatabaseInput"]
    if folded(given["Name"]) != name:
        raise InvalidInputException(f"Database {name} cannot be renamed to {folded(given['Name'])}")

    def update(tx: Tx) -> None:
        database = databases.get_locked(tx, name)
        if database is None:
            raise catalog.no_database(name)
        databases.replace(tx, updated_database(database, given))

    await context.write(update)
    return {}


async def delete_database(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    """Delete a database with its tables and their partitions, at once."""
    catalog.check(context, request)
    name = folded(request["Name"])

    def delete(tx: Tx) -> None:
        database = databases.get_locked(tx, name)
        if database is None:
            raise catalog.no_database(name)
        databases.remove(tx, database)
        tags.clear(tx, tag_resource(name))

    await context.write(delete)
    return {}


def _members(context: Context, database: Database, attributes: list[str] | None) -> dict[str, Any]:
    members = database_members(database, context.config.account)
    return members if attributes is None else {"Name": members["Name"], "CatalogId": members["CatalogId"]}
