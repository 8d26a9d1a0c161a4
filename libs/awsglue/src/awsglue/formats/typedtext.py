"""Texts as the types that a catalog says they are (awsglue 3).

One pass counts what does not parse. Where all of it does, the column has its type and nothing else; otherwise it is a
choice of that type and string (case D1).
"""

from __future__ import annotations

from awsglue.expressions import Member, Value, cast, members, quoted, row, struct
from awsglue.formats.format import Columns
from awsglue.gluetypes import AtomicType, ChoiceType, DataType, StringType
from awsglue.notices import notice
from awsglue.plan import Records


def typed(records: Records, columns: Columns) -> Records:
    """Columns of text as their types. An empty text is null, but for a column of strings."""
    wanted = {field.name: field.dataType for field in columns.schema}
    given = [_null(member, columns.null) for member in members(row(records.schema))]
    parsed = {member.name: cast(member.value, wanted[member.name]) for member in given if _is_parsed(member, wanted)}
    faulty = _faulty(records, [member for member in given if member.name in parsed], parsed)
    return records.reshaped(
        [_typed(member, parsed[member.name], faulty) if member.name in parsed else member for member in given]
    )


def _is_parsed(member: Member, wanted: dict[str, DataType]) -> bool:
    type_ = wanted.get(member.name, StringType())
    if not isinstance(type_, AtomicType):
        notice(f"the column {member.name} of type {type_.typeName()} is read as text: csv has no nested values")
    return isinstance(type_, AtomicType) and not isinstance(type_, StringType)


def _null(member: Member, null: str | None) -> Member:
    """The text, null where it is the text that stands for it."""
    if null is None:
        return member
    sql = f"nullif({member.value.sql}, decode(unhex('{null.encode().hex()}'), 'UTF-8'))"
    return Member(name=member.name, value=Value(sql=sql, type=member.value.type), absent=member.absent)


def _faulty(records: Records, given: list[Member], parsed: dict[str, Value]) -> set[str]:
    """The columns with a text that is not of its type."""
    if not given:
        return set()
    counts = [f"count_if({_is_fault(member.value, parsed[member.name])}) AS {quoted(member.name)}" for member in given]
    found = records.dataframe.selectExpr(*counts).first()
    return {member.name for member in given if found[member.name]}


def _is_fault(text: Value, value: Value) -> str:
    return f"trim({text.sql}) <> '' AND {value.sql} IS NULL"


def _typed(member: Member, value: Value, faulty: set[str]) -> Member:
    if member.name not in faulty:
        return Member(name=member.name, value=value, absent=member.absent)
    fault = _is_fault(member.value, value)
    text = Value(sql=f"CASE WHEN {fault} THEN {member.value.sql} END", type=StringType())
    type_ = ChoiceType([value.type, text.type])
    parts = {value.type.typeName(): value, text.type.typeName(): text}
    both = struct([Member(name=name, value=parts[name]) for name, _ in type_.alternatives()]).sql
    sql = f"CASE WHEN trim({member.value.sql}) <> '' THEN {both} END"
    return Member(name=member.name, value=Value(sql=sql, type=type_), absent=member.absent)
