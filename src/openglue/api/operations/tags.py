"""Tags of jobs, triggers, databases and connections: GetTags, TagResource, UntagResource."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from openglue.api.context import Context
from openglue.errors import EntityNotFoundException, InvalidInputException
from openglue.store import connections, databases, jobs, tags, triggers
from openglue.store.database import Tx

#: Kind of a resource -> how one is found by its name. Add a kind here.
_KINDS: Mapping[str, Callable[[Tx, str], object]] = {
    "job": jobs.get,
    "trigger": triggers.get,
    "database": databases.get,
    "connection": connections.get,
}

#: Tags of one resource (contract 1).
LIMIT = 50


async def get_tags(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    resource = _resource(request["ResourceArn"])

    def read(tx: Tx) -> dict[str, str]:
        _check(tx, resource)
        return tags.get(tx, resource)

    return {"Tags": await context.read(read)}


async def tag_resource(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    resource = _resource(request["ResourceArn"])

    def put(tx: Tx) -> None:
        _check(tx, resource)
        tags.put(tx, resource, request["TagsToAdd"])
        if len(tags.get(tx, resource)) > LIMIT:
            raise InvalidInputException(f"A resource has {LIMIT} tags at most.")

    await context.write(put)
    return {}


async def untag_resource(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    resource = _resource(request["ResourceArn"])

    def remove(tx: Tx) -> None:
        _check(tx, resource)
        tags.remove(tx, resource, request["TagsToRemove"])

    await context.write(remove)
    return {}


def _resource(arn: str) -> str:
    """`job/<name>` of `arn:aws:glue:<region>:<account>:job/<name>`; clients leave region or account empty at times.

    The same of `trigger/<name>`, `database/<name>` and `connection/<name>`.
    """
    parts = arn.split(":", 5)
    kind, slash, name = parts[-1].partition("/")
    if len(parts) != 6 or not slash or not name:
        raise InvalidInputException(f"ResourceArn {arn} is not valid: arn:aws:glue:<region>:<account>:job/<name>")
    return f"{kind}/{name}"


def _check(tx: Tx, resource: str) -> None:
    kind, _, name = resource.partition("/")
    found = _KINDS.get(kind)
    if found is None or found(tx, name) is None:
        raise EntityNotFoundException(f"{kind.capitalize()} with name: {name} not found.")
