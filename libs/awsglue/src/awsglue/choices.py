"""Resolving choices: what stands in the place of a field that carries values of several types (awsglue 3).

`cast:T` turns every value into T, `project:T` keeps the values that are T already, `make_cols` gives each alternative a
field of its own, `make_struct` makes the struct of alternatives an ordinary one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from awsglue import typenames
from awsglue.expressions import Member, Value, alternatives, cast, null_of
from awsglue.fieldpaths import FieldPath, parse, through_arrays
from awsglue.gluetypes import ChoiceType, DataType, Field, StringType, StructType
from awsglue.reshape import rewritten, rewritten_inside

Action = Callable[[Member], list[Member]]


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
    if name == "match_catalog":
        raise NotImplementedError(
            "resolveChoice(choice='match_catalog') is not built yet: name the types with cast:<type> specs"
        )
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
