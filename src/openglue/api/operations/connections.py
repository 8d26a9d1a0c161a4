"""Connections of the Data Catalog: CreateConnection, GetConnection, GetConnections, UpdateConnection,
DeleteConnection.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import msgspec

from openglue.api.context import Context
from openglue.api.operations import catalog
from openglue.errors import AlreadyExistsException, EntityNotFoundException, InvalidInputException
from openglue.model.catalog import Connection, connection_members, is_wanted, new_connection, updated_connection
from openglue.store import connections, tags
from openglue.store.database import Tx

#: Page of GetConnections when the caller names no size, also the longest (the service model).
PAGE = 1000
#: Connections that are read at a time.
_CHUNK = 100


def tag_resource(name: str) -> str:
    return f"connection/{name}"


async def create_connection(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    """Create a connection. Nothing is connected to: a wrong address or password shows when it is used."""
    catalog.check(context, request)
    connection = new_connection(request["ConnectionInput"], now=context.clock.now())

    def create(tx: Tx) -> dict[str, Any]:
        if not connections.add(tx, connection):
            raise AlreadyExistsException("Connection already exists.")
        tags.put(tx, tag_resource(connection.name), request.get("Tags") or {})
        return {"CreateConnectionStatus": "READY"}

    return await context.write_once(create)


async def get_connection(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    catalog.check(context, request)
    name = request["Name"]
    connection = await context.read(lambda tx: connections.get(tx, name))
    if connection is None:
        raise _missing(name)
    return {"Connection": connection_members(connection, passwords=not request.get("HidePassword", False))}


async def get_connections(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    """One page of connections by name, those that the filter asks for."""
    catalog.check(context, request)
    wanted = request.get("Filter") or {}
    after = context.tokens.read("GetConnections", wanted, request.get("NextToken")) or ""
    found, more = await _matching(context, after, request.get("MaxResults") or PAGE, wanted)
    passwords = not request.get("HidePassword", False)
    answer: dict[str, Any] = {"ConnectionList": [connection_members(one, passwords=passwords) for one in found]}
    if more:
        answer["NextToken"] = context.tokens.issue("GetConnections", wanted, found[-1].name)
    return answer


async def update_connection(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    """Replace the whole definition: what the update does not say, a password too, is gone."""
    catalog.check(context, request)
    name, given = request["Name"], request["ConnectionInput"]
    if given["Name"] != name:
        raise InvalidInputException(f"Connection {name} cannot be renamed to {given['Name']}")

    def update(tx: Tx) -> None:
        connection = connections.get_locked(tx, name)
        if connection is None:
            raise _missing(name)
        connections.replace(tx, updated_connection(connection, given, now=context.clock.now()))

    await context.write(update)
    return {}


async def delete_connection(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    catalog.check(context, request)
    name = request["ConnectionName"]

    def delete(tx: Tx) -> None:
        if not connections.remove(tx, name):
            raise _missing(name)
        tags.clear(tx, tag_resource(name))

    await context.write(delete)
    return {}


async def _matching(context: Context, after: str, limit: int, wanted: dict[str, Any]) -> tuple[list[Connection], bool]:
    """Connections behind a name that are wanted, up to a page of them; and whether there are more."""
    found: list[Connection] = []
    size = 0
    while True:
        chunk = await context.read(partial(connections.page, after=after, limit=_CHUNK))
        for one in chunk:
            if is_wanted(one, wanted):
                if len(found) == limit or size > catalog.PAGE_BYTES:
                    return found, True
                found.append(one)
                size += len(msgspec.json.encode(one.definition))
        if len(chunk) < _CHUNK:
            return found, False
        after = chunk[-1].name


def _missing(name: str) -> EntityNotFoundException:
    return EntityNotFoundException(f"Connection {name} not found.")
