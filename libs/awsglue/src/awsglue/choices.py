"""Resolving choices: what stands in the place of a field that carries values of several types (awsglue 3).

`cast:T` turns every value into T, `project:T` keeps the values that are T already, `make_cols` gives each alternative a
field of its own, `make_struct` makes the struct of alternatives an ordinary one, `match_catalog` casts to the types
that a table of the Data Catalog has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from awsglue import typenames
from awsglue.expressions import Member, Value, alternatives, cast, null_of
from awsglue.fieldpaths import ELEMENT, FieldPath, parse, through_arrays
from awsglue.gluetypes import ArrayType, AtomicType, ChoiceType, DataType, Field, StringType, StructType
from awsglue.reshape import rewritten, rewritten_inside

Action = Callable[[Member], list[Member]]

#: The action that takes its types from a table of the Data Catalog.
MATCH_CATALOG = "match_catalog"


def parsed(specs: Iterable[tuple[str, str]]) -> dict[FieldPath, Action]:
    """The action on each path. ValueError for what is none."""
    return {through_arrays(parse(path)): action(text) for path, text in specs}


def resolved(schema: StructType, specs: Iterable[tuple[str, str]]) -> list[Member]:
    """The row with an action applied to each path; paths that are not there are left out."""
    actions = parsed(specs)

    def change(path: FieldPath, member: Member) -> list[Member]:
        return actions[path](member) if path in actions else [member]

    return rewritten(schema, change)


def resolved_all(schema: StructType, choice: str) -> list[Member]:
    """The row with one action applied to every choice, also to choices inside of an alternative."""
    act = action(choice)

    def change(path: FieldPath, member: Member) -> list[Member]:
        if not isinstance(member.value.type, ChoiceType):
            return [member]
        inside = rewritten_inside(member.value, path, change)
        if inside is None:
            return []
        return act(Member(name=member.name, value=inside, absent=member.absent))

    return rewritten(schema, change)


def resolved_as(schema: StructType, columns: StructType) -> list[Member]:
    """The row with every choice as the type that its field has in `columns`; what is not there stays a choice."""

    def change(path: FieldPath, member: Member) -> list[Member]:
        wanted = _type_at(columns, path)
        if not isinstance(member.value.type, ChoiceType) or wanted is None:
            return [member]
        if isinstance(wanted, AtomicType):
            return [Member(name=member.name, value=cast(member.value, wanted), absent=member.absent)]
        value = _alternative(member.value, wanted.typeName())
        return [member if value is None else Member(name=member.name, value=value, absent=member.absent)]

    return rewritten(schema, change)


def _type_at(type_: DataType | None, path: FieldPath) -> DataType | None:
    """The type at a path, in any case of letters; lists are stepped through."""
    for step in path:
        while step is not ELEMENT and isinstance(type_, ArrayType):
            type_ = type_.elementType
        if step is ELEMENT:
            type_ = type_.elementType if isinstance(type_, ArrayType) else None
        elif isinstance(type_, StructType):
            type_ = next((field.dataType for field in type_ if field.name.lower() == step.lower()), None)
        else:
            return None
    return type_


def action(text: str) -> Action:
    """The action of a spec. ValueError names what there is."""
    name, _, argument = text.partition(":")
    name = name.strip().lower()
    if name == "cast" and argument:
        return _with_type(argument, cast)
    if name == "project" and argument:
        return _with_type(argument, _project)
    if name == "make_cols" and not argument:
        return _make_cols
    if name == "make_struct" and not argument:
        return _make_struct
    if name == MATCH_CATALOG:
        raise ValueError("match_catalog is for all choices of a frame: give it as choice, with database and table_name")
    raise ValueError(
        f"{text!r} is no action on a choice; there are cast:<type>, project:<type>, make_cols, make_struct"
    )


def _with_type(text: str, convert: Callable[[Value, DataType], Value]) -> Action:
    def act(member: Member) -> list[Member]:
        if typenames.is_nested(text):
            value = _alternative(member.value, text.strip().lower())
            if value is None:
                raise ValueError(f"the field {member.name} has no alternative {text!r}: {member.value.type!r}")
        else:
            value = convert(member.value, typenames.atomic(text))
        return [Member(name=member.name, value=value, absent=member.absent)]

    return act


def _alternative(value: Value, name: str) -> Value | None:
    return next((member.value for member in alternatives(value) if member.name == name), None)


def _project(value: Value, target: DataType) -> Value:
    if isinstance(target, StringType):
        return cast(value, target)
    kept = _alternative(value, target.typeName())
    return null_of(target) if kept is None else cast(kept, target)


def _make_cols(member: Member) -> list[Member]:
    if not isinstance(member.value.type, ChoiceType):
        return [member]
    return [
        Member(name=f"{member.name}_{one.name}", value=one.value, absent=member.absent)
        for one in alternatives(member.value)
    ]


def _make_struct(member: Member) -> list[Member]:
    if not isinstance(member.value.type, ChoiceType):
        return [member]
    type_ = StructType(Field(one.name, one.value.type) for one in alternatives(member.value))
    return [Member(name=member.name, value=Value(sql=member.value.sql, type=type_), absent=member.absent)]
