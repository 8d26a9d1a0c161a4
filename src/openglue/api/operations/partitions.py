"""Partitions of the Data Catalog's tables: CreatePartition, BatchCreatePartition, GetPartition, GetPartitions,
BatchGetPartition, UpdatePartition, DeletePartition, BatchDeletePartition.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from openglue.api.context import Context
from openglue.api.operations import catalog
from openglue.errors import AlreadyExistsException, EntityNotFoundException, GlueError
from openglue.model.catalog import (
    Partition,
    Segment,
    Table,
    check_values,
    folded,
    new_partition,
    parse_predicate,
    partition_key,
    partition_members,
    updated_partition,
)
from openglue.store import partitions, tables
from openglue.store.database import Tx
from openglue.store.partitions import Stored

#: Page of GetPartitions when the caller names no size, also the longest (the service model).
PAGE = 1000
#: Partitions that are looked at for one page; a page may be short for it, or empty, and then there is another one.
SCANNED = 50_000
#: Partitions that are read at a time.
_CHUNK = 250

_Chosen = Callable[[Sequence[str]], bool]


async def create_partition(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    catalog.check(context, request)

    def create(tx: Tx) -> dict[str, Any]:
        table = _shared(tx, request)
        partition = new_partition(table, request["PartitionInput"], now=context.clock.now())
        if partitions.add(tx, table.id, [partition]):
            raise _there()
        return {}

    return await context.write_once(create)


async def batch_create_partition(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    """Create partitions, those that are not there yet; an error for each of the others."""
    catalog.check(context, request)

    def create(tx: Tx) -> dict[str, Any]:
        table = _shared(tx, request)
        now = context.clock.now()
        given = [new_partition(table, one, now=now) for one in request["PartitionInputList"]]
        return {"Errors": [_error(given[place].values, _there()) for place in partitions.add(tx, table.id, given)]}

    return await context.write_once(create)


async def get_partition(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    catalog.check(context, request)
    values = request["PartitionValues"]

    def read(tx: Tx) -> dict[str, Any]:
        table = _table(tx, request)
        check_values(table, values)
        partition = partitions.get(tx, table.id, values)
        if partition is None:
            raise _missing()
        return _members(context, table, partition)

    return {"Partition": await context.read(read)}


async def get_partitions(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    """One page of a table's partitions, those that a predicate chooses, of one segment if it is asked for."""
    catalog.check(context, request)
    given = request.get("Segment") or {"SegmentNumber": 0, "TotalSegments": 1}
    segment = Segment(number=given["SegmentNumber"], total=given["TotalSegments"])
    expression = (request.get("Expression") or "").strip()
    filters = {
        "table": [folded(request["DatabaseName"]), folded(request["TableName"])],
        "expression": expression,
        "segment": [segment.number, segment.total],
    }
    after = context.tokens.read("GetPartitions", filters, request.get("NextToken"))
    table = await context.read(lambda tx: _table(tx, request))
    chosen = parse_predicate(expression, table.partition_keys) if expression else None
    found, last = await _scan(context, table, segment, after, request.get("MaxResults") or PAGE, chosen)
    columns = not request.get("ExcludeColumnSchema", False)
    answer: dict[str, Any] = {
        "Partitions": [_members(context, table, one.partition(), columns=columns) for one in found]
    }
    if last is not None:
        answer["NextToken"] = context.tokens.issue("GetPartitions", filters, last)
    return answer


async def batch_get_partition(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    """The partitions that are there, each once; of the others nothing is said, as was seen on AWS."""
    catalog.check(context, request)

    def read(tx: Tx) -> list[dict[str, Any]]:
        table = _table(tx, request)
        wanted = {partition_key(one["Values"]): one["Values"] for one in request["PartitionsToGet"]}
        found = [partitions.get(tx, table.id, values) for values in wanted.values()]
        return [_members(context, table, partition) for partition in found if partition is not None]

    return {"Partitions": await context.read(read), "UnprocessedKeys": []}


async def update_partition(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    """Replace the whole definition: what the update does not say is reset. The values stay."""
    catalog.check(context, request)
    values = request["PartitionValueList"]

    def update(tx: Tx) -> None:
        table = _shared(tx, request)
        check_values(table, values)
        partition = partitions.get_locked(tx, table.id, values)
        if partition is None:
            raise _missing()
        partitions.replace(tx, table.id, updated_partition(table, partition, request["PartitionInput"]))

    await context.write(update)
    return {}


async def delete_partition(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    catalog.check(context, request)
    values = request["PartitionValues"]

    def delete(tx: Tx) -> None:
        table = _table(tx, request)
        check_values(table, values)
        if not partitions.remove(tx, table.id, values):
            raise _missing()

    await context.write(delete)
    return {}


async def batch_delete_partition(context: Context, request: dict[str, Any]) -> dict[str, Any]:
    """Delete partitions, those that are there; an error for each of the others."""
    catalog.check(context, request)
    # In one order, whatever the request's is: two such calls would wait for each other.
    wanted = {partition_key(one["Values"]): one["Values"] for one in request["PartitionsToDelete"]}

    def delete(tx: Tx) -> list[list[str]]:
        table = _table(tx, request)
        return [values for _, values in sorted(wanted.items()) if not partitions.remove(tx, table.id, values)]

    return {"Errors": [_error(values, _missing()) for values in await context.write(delete)]}


async def _scan(
    context: Context, table: Table, segment: Segment, after: str | None, limit: int, chosen: _Chosen | None
) -> tuple[list[Stored], str | None]:
    """Partitions behind a key that are chosen, up to a page of them; and the key to go on behind, if there are more."""
    low, before = segment.bounds
    position = after or low
    found: list[Stored] = []
    size = 0
    for _ in range(SCANNED // _CHUNK):
        read = partial(partitions.page, table_id=table.id, after=position, before=before, limit=_CHUNK)
        chunk = await context.read(read)
        # In a thread: a predicate that takes its time holds up no other request.
        matching = chunk if chosen is None else await asyncio.to_thread(_matching, chosen, chunk)
        for one in matching:
            if len(found) == limit or size > catalog.PAGE_BYTES:
                return found, found[-1].key
            found.append(one)
            size += len(one.document)
        if len(chunk) < _CHUNK:
            return found, None
        position = chunk[-1].key
    return found, position


def _matching(chosen: _Chosen, chunk: list[Stored]) -> list[Stored]:
    return [one for one in chunk if chosen(one.values)]


def _table(tx: Tx, request: dict[str, Any]) -> Table:
    return catalog.table_of(tx, request["DatabaseName"], request["TableName"])


def _shared(tx: Tx, request: dict[str, Any]) -> Table:
    """The table of a request, which nobody can change or delete until the transaction's end."""
    database, name = request["DatabaseName"], request["TableName"]
    found = tables.get_shared(tx, folded(database), folded(name))
    if found is None:
        raise catalog.missing(tx, database, name)
    return found


def _members(context: Context, table: Table, partition: Partition, *, columns: bool = True) -> dict[str, Any]:
    return partition_members(partition, table, context.config.account, columns=columns)


def _there() -> AlreadyExistsException:
    return AlreadyExistsException("Partition already exists.")


def _missing() -> EntityNotFoundException:
    return EntityNotFoundException("Cannot find partition.")


def _error(values: Sequence[str], error: GlueError) -> dict[str, Any]:
    return {
        "PartitionValues": list(values),
        "ErrorDetail": {"ErrorCode": error.code, "ErrorMessage": error.message},
    }
