"""A database of the catalog: a name for tables."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from openglue.model.catalog.names import folded
from openglue.model.catalog.refusals import refuse
from openglue.model.job import Document


@dataclass(frozen=True, kw_only=True)
class Database:
    #: In lower case.
    name: str
    #: The members of DatabaseInput, but for Name.
    definition: Document
    #: Epoch milliseconds.
    created_on: int


def new_database(given: Document, *, now: int) -> Database:
    """The database that a DatabaseInput describes. Raises InvalidInputException."""
    return Database(name=folded(given["Name"]), definition=_definition(given), created_on=now)


def updated_database(database: Database, given: Document) -> Database:
    """The database with another definition as a whole. Its name stays: nothing can be renamed."""
    return replace(database, definition=_definition(given))


def database_members(database: Database, account: str) -> dict[str, Any]:
    """The Database structure."""
    return {
        **database.definition,
        "Name": database.name,
        "CreateTime": database.created_on / 1000,
        "CatalogId": account,
    }


def _definition(given: Document) -> Document:
    refuse(given)
    return {member: value for member, value in given.items() if member != "Name"}
