"""What all operations of the Data Catalog have in common: whose catalog it is, and what is not there."""

from __future__ import annotations

from typing import Any

from openglue.api.context import Context
from openglue.errors import EntityNotFoundException
from openglue.model.catalog import Table, folded, refuse
from openglue.store import databases, tables
from openglue.store.database import Tx

#: Page of the operations that list databases and tables, also the longest (the service model).
PAGE = 100
#: Bytes of definitions after which a page ends early: what one answer holds in memory.
PAGE_BYTES = 4 << 20


def check(context: Context, request: dict[str, Any]) -> None:
    """Refuse a request about another catalog than the account's, or one that says what has no effect here."""
    catalog = request.get("CatalogId", context.config.account)
    if catalog != context.config.account:
        raise EntityNotFoundException(f"Catalog {catalog} not found.")
    refuse(request)


def no_database(name: str) -> EntityNotFoundException:
    return EntityNotFoundException(f"Database {folded(name)} not found.")


def no_table(name: str) -> EntityNotFoundException:
    return EntityNotFoundException(f"Table {folded(name)} not found.")


def table_of(tx: Tx, database: str, name: str) -> Table:
    """A table by the names of a request. Raises EntityNotFoundException for its database or for itself."""
    found = tables.get(tx, folded(database), folded(name))
    if found is None:
        raise missing(tx, database, name)
    return found


def missing(tx: Tx, database: str, name: str) -> EntityNotFoundException:
    """What of a table that was not found is not there."""
    return no_table(name) if databases.get(tx, folded(database)) is not None else no_database(database)
