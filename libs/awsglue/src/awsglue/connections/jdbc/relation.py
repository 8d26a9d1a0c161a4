"""What is read of a database, as SQL that stands behind FROM, and how it is divided into several queries."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from awsglue.connections.jdbc.databases import Database
from awsglue.gluetypes import ByteType, DecimalType, Field, IntegerType, LongType, ShortType, StructType
from awsglue.notices import notice
from awsglue.options import OptionError

#: AWS's number of queries when none is given.
HASH_PARTITIONS = 7
#: Types that are whole numbers, or nearly.
WHOLE = (IntegerType, LongType, ShortType, ByteType, DecimalType)
_OPEN = re.compile(r"\b(?:and|where)\s*$", re.IGNORECASE)
#: What an inner query is called; no name that a script is likely to use.
_ALIAS = "openglue_rows"


@dataclass(frozen=True, kw_only=True)
class Relation:
    #: What stands behind FROM: a table, or a query in brackets.
    source: str
    #: A query that goes on with a condition; then the source is that query with one that is always true.
    open_query: str = ""

    def narrowed(self, condition: str) -> str:
        """The source with a condition inside of its open query."""
        return inner(f"{self.open_query} ({condition})")


def inner(query: str) -> str:
    """A query as it stands behind FROM."""
    return f"({query}) {_ALIAS}"


def relation(options: Mapping[str, Any]) -> Relation:
    """What the checked options ask for. OptionError when it is nothing, or two things."""
    given = [name for name in ("query", "sampleQuery") if options[name]]
    if not given and not options["dbtable"]:
        raise OptionError("the jdbc option dbtable is missing: the table to read, or query or sampleQuery instead")
    if len(given) == 2 or ("query" in given and options["dbtable"]):
        raise OptionError("the jdbc options dbtable, query and sampleQuery exclude each other: give one of them")
    if not given:
        return Relation(source=options["dbtable"])
    query = options[given[0]].strip().rstrip(";").rstrip()
    if given[0] == "query" or not options["enablePartitioningForSampleQuery"]:
        return Relation(source=inner(query))
    if not _OPEN.search(query):
        raise OptionError(
            "the jdbc option sampleQuery must end in AND, or WHERE where it has no condition,"
            " when enablePartitioningForSampleQuery is true"
        )
    if not (options["hashfield"] or options["hashexpression"]):
        raise OptionError("the jdbc option enablePartitioningForSampleQuery needs hashfield or hashexpression")
    return Relation(source=inner(f"{query} 1 = 1"), open_query=query)


def column(name: str, schema: StructType, option: str) -> Field:
    """The column that an option names, in any case of letters. OptionError when there is none."""
    for same in (name.__eq__, lambda one: one.lower() == name.lower()):
        for field in schema:
            if same(field.name):
                return field
    there = ", ".join(field.name for field in schema)
    raise OptionError(f"the jdbc option {option}: there is no column {name!r}; there are: {there}")


def divisions(options: Mapping[str, Any], database: Database, relation: Relation, schema: StructType) -> list[str]:
    """Conditions of which each row fulfils exactly one, for as many queries; none when the read is not divided."""
    field, expression, count = options["hashfield"], options["hashexpression"], options["hashpartitions"]
    if field and expression:
        raise OptionError("the jdbc options hashfield and hashexpression exclude each other: give one of them")
    if not field and not expression:
        if count:
            notice("the jdbc option hashpartitions has no effect: it needs hashfield or hashexpression")
        return []
    if not database.divides:
        notice(f"hashfield and hashexpression have no effect with {database.name}, as on AWS")
        return []
    if options["sampleQuery"] and not relation.open_query:
        notice("hashfield and hashexpression have no effect: a sampleQuery needs enablePartitioningForSampleQuery")
        return []
    value = f"({expression})" if expression else _field(field, relation, schema, database)
    whole = _whole(field, value, schema, database)
    return parted(value, whole, database, count or HASH_PARTITIONS)


def parted(value: str, whole: str, database: Database, count: int) -> list[str]:
    """Conditions that divide by a whole number; where there is no value, the row belongs to the first."""
    if count == 1:
        return []
    # Of a negative number the remainder is negative.
    rest = f"ABS({database.modulo.format(value=whole, count=count)})"
    return [f"{rest} = 0 OR {value} IS NULL", *(f"{rest} = {number}" for number in range(1, count))]


def _field(name: str, relation: Relation, schema: StructType, database: Database) -> str:
    # What an open query selects need not be what it can be divided by.
    known = [field.name for field in schema if field.name.lower() == name.lower()]
    if relation.open_query and not known:
        return name
    return database.quoted(column(name, schema, "hashfield").name)


def _whole(field: str | None, value: str, schema: StructType, database: Database) -> str:
    if field is None:
        return database.whole.format(value=value)
    types = [one.dataType for one in schema if one.name.lower() == field.lower()]
    if types and not isinstance(types[0], WHOLE) and not database.hash:
        raise OptionError(
            f"the jdbc option hashfield: {field} is no column of whole numbers, which it has to be for"
            f" {database.name} databases; give hashexpression instead"
        )
    is_whole = isinstance(types[0], WHOLE) if types else not database.hash
    return (database.whole if is_whole else database.hash).format(value=value)


def all_of(conditions: Sequence[str]) -> str:
    """The condition that all of these hold."""
    return " AND ".join(f"({condition})" for condition in conditions)
