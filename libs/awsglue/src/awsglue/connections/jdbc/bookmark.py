"""Job bookmarks of tables: which rows are new, by the values of keys that only grow, or only fall (awsglue 5).

What a run reads is bounded on both sides: it begins behind the last row that was read, and ends with the last one that
there is when the frame is made. Rows that come later are the next run's, however often this one reads its frame.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from awsglue.bookmarks.session import Context
from awsglue.bookmarks.state import JDBC, StateError, document
from awsglue.connections.jdbc.access import Access
from awsglue.connections.jdbc.databases import Database
from awsglue.connections.jdbc.relation import WHOLE, all_of, column
from awsglue.connections.jdbc.statements import Statements
from awsglue.gluetypes import DateType, Field, StringType, StructType, TimestampType
from awsglue.notices import notice
from awsglue.options import OptionError

_NUMBER = re.compile(r"-?\d+(\.\d+)?")
#: Types whose order is plain: their values are written as the database writes them.
_KINDS = (*WHOLE, StringType, DateType, TimestampType)


@dataclass(frozen=True, kw_only=True)
class Keys:
    """The columns by which rows are told from each other, the first one first, and the direction in which they go.

    OptionError for a column that is named twice: the bookmark has one value of each.
    """

    fields: tuple[Field, ...]
    descending: bool
    database: Database

    def __post_init__(self) -> None:
        for name in self.names:
            if self.names.count(name) > 1:
                raise OptionError(f"the jdbc option jobBookmarkKeys: {name} is named twice")

    @property
    def names(self) -> list[str]:
        return [field.name for field in self.fields]

    @property
    def columns(self) -> list[str]:
        return [self.database.quoted(name) for name in self.names]

    @property
    def order(self) -> str:
        return "desc" if self.descending else "asc"

    def beyond(self, last: Sequence[str]) -> str:
        """The condition that a row comes after the one with these values."""
        return self._chain(last, "<" if self.descending else ">", "")

    def until(self, last: Sequence[str]) -> str:
        """The condition that a row comes before the one with these values, or is it."""
        return self._chain(last, ">" if self.descending else "<", "=")

    def newest(self, source: str, conditions: Sequence[str]) -> str:
        """The query for the values of the row that comes last."""
        columns, way = ", ".join(self.columns), "ASC" if self.descending else "DESC"
        where = f" WHERE {all_of(conditions)}" if conditions else ""
        order = ", ".join(f"{one} {way}" for one in self.columns)
        return f"SELECT {columns} FROM {source}{where} ORDER BY {order} {self.database.first}"  # noqa: S608 - the script's own SQL

    def any_without(self, source: str, narrow: Sequence[str]) -> str:
        """The query for one of the rows in which a key is null."""
        nulls = " OR ".join(f"{name} IS NULL" for name in self.columns)
        # The order is of no use here, but some databases do not give a first row without one.
        return (
            f"SELECT {self.columns[0]} FROM {source} WHERE {all_of([*narrow, nulls])}"  # noqa: S608 - the script's own SQL
            f" ORDER BY {self.columns[0]} {self.database.first}"
        )

    def _chain(self, last: Sequence[str], comparison: str, end: str) -> str:
        values = [self._literal(field, value) for field, value in zip(self.fields, last, strict=True)]
        steps = []
        for position, (name, value) in enumerate(zip(self.columns, values, strict=True)):
            same = [f"{one} = {known}" for one, known in zip(self.columns[:position], values[:position], strict=True)]
            inclusive = end if position == len(values) - 1 else ""
            steps.append(" AND ".join([*same, f"{name} {comparison}{inclusive} {value}"]))
        return " OR ".join(f"({step})" for step in steps)

    def _literal(self, field: Field, value: str) -> str:
        if not isinstance(field.dataType, WHOLE):
            return self.database.text(value)
        if not _NUMBER.fullmatch(value):
            raise StateError(
                f"the bookmark cannot be read: {field.name} is {value!r}, not a number; reset the bookmark"
            )
        return value


def unread(
    context: Context,
    connection: Statements,
    access: Access,
    source: str,
    narrow: Sequence[str],
    schema: StructType,
    options: Mapping[str, Any],
) -> list[str]:
    """The conditions of the rows that this run reads of `source`, of those that `narrow` leaves. They are found out
    once: frames that are made of one source between two commits have the same rows.
    """
    with context.lock:
        if context.found is None:
            keys = _keys(context, connection, access, source, schema, options)
            context.found = _span(context, connection, keys, source, narrow) if keys else []
        return list(context.found)


def _span(context: Context, connection: Statements, keys: Keys, source: str, narrow: Sequence[str]) -> list[str]:
    after = _state(context, context.before, keys)
    behind = [keys.beyond(after)] if after else []
    if context.ranged:
        last = _state(context, context.until, keys)
    else:
        last = _last(connection, keys, source, [*narrow, *behind], narrow)
        if last:
            context.after = {"jsonClass": JDBC, "keys": dict(zip(keys.names, last, strict=True)), "order": keys.order}
    if last is None:
        notice(f"transformation_ctx {context.name!r}: no rows are new")
        return ["1 = 0"]
    start = f" after {_shown(keys, after)}" if after else ""
    notice(f"transformation_ctx {context.name!r}: reading rows{start} up to {_shown(keys, last)}")
    return [*behind, keys.until(last)]


def _keys(
    context: Context,
    connection: Statements,
    access: Access,
    source: str,
    schema: StructType,
    options: Mapping[str, Any],
) -> Keys | None:
    """The keys that the script names, else the primary key; None when that will not do, as the log then says."""
    descending = options["jobBookmarkKeysSortOrder"] == "desc"
    named = options["jobBookmarkKeys"]
    names = named or (connection.primary_key(options["dbtable"]) if options["dbtable"] == source else [])
    fields = tuple(column(name, schema, "jobBookmarkKeys") for name in names)
    keys = Keys(fields=fields, descending=descending, database=access.database)
    if named:
        _refuse_kinds(fields)
        return keys
    reason = _obstacle(context, connection, keys, source)
    if reason:
        notice(
            f"transformation_ctx {context.name!r}: everything is read, and nothing is tracked, because {reason};"
            " the option jobBookmarkKeys names columns to go by"
        )
        return None
    return keys


def _refuse_kinds(fields: Sequence[Field]) -> None:
    for field in fields:
        if not isinstance(field.dataType, _KINDS):
            kind = field.dataType.typeName()
            raise OptionError(
                f"the jdbc option jobBookmarkKeys: {field.name} is of type {kind}, which has no plain order"
            )


def _obstacle(context: Context, connection: Statements, keys: Keys, source: str) -> str:
    """Why a primary key is no bookmark key: it must be one column of whole numbers without gaps."""
    if len(keys.fields) != 1:
        return f"{source} has no primary key of one column"
    (name,), (quoted,) = keys.names, keys.columns
    if not isinstance(keys.fields[0].dataType, WHOLE):
        return f"the primary key {name} is no whole number"
    if isinstance(context.before, Mapping) or isinstance(context.until, Mapping):
        # It had none when it was chosen. A gap since then loses no row, and to begin anew would read all of them again.
        return ""
    # In this order, since a number without a sign may not fall below zero on the way.
    query = f"SELECT MAX({quoted}) - MIN({quoted}) + 1 - COUNT(*) FROM {source}"  # noqa: S608 - the script's own SQL
    (gaps,) = connection.first(query, "looking for gaps in the primary key") or [None]
    return "" if gaps is None or int(float(gaps)) == 0 else f"the primary key {name} has gaps"


def _last(
    connection: Statements, keys: Keys, source: str, conditions: Sequence[str], narrow: Sequence[str]
) -> list[str] | None:
    """The keys of the last of the rows for which `conditions` hold; None when there is no row.

    OptionError when of those of `narrow` one has no key: nobody could tell whether it has been read.
    """
    if connection.first(keys.any_without(source, narrow), "looking for rows without keys") is not None:
        raise OptionError(
            f"the jdbc option jobBookmarkKeys: there are rows in which {' or '.join(keys.names)} is null, and nobody"
            " could tell whether they were read; name other columns, or leave such rows out with filterPredicate"
        )
    # One may have come since.
    present = " AND ".join(f"{name} IS NOT NULL" for name in keys.columns)
    found = connection.first(keys.newest(source, [*conditions, present]), "looking for the last row")
    return None if found is None else [str(value) for value in found]


def _state(context: Context, value: object, keys: Keys) -> list[str] | None:
    """The values up to which rows were read. StateError when they were of other keys."""
    if value is None:
        return None
    told = document(context.name, value, JDBC)
    known, order = told.get("keys"), told.get("order", "asc")
    if not isinstance(known, Mapping) or list(known) != keys.names or order != keys.order:
        kept = f"{', '.join(known) if isinstance(known, Mapping) else known} {order}"
        raise StateError(
            f"the bookmark of transformation_ctx {context.name!r} goes by {kept}, and the script by"
            f" {', '.join(keys.names)} {keys.order}: give the changed source another transformation_ctx,"
            " or reset the bookmark"
        )
    return [str(known[name]) for name in keys.names]


def _shown(keys: Keys, values: Sequence[str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in zip(keys.names, values, strict=True))
