"""ApplyMapping: which field goes where, and as what (awsglue 3).

Only what is listed survives, in that order. Dots step into structs on both sides; back-ticks keep a dot in a name.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from awsglue import typenames
from awsglue.expressions import Member, Value, cast, struct
from awsglue.fieldpaths import ELEMENT, FieldPath, parse
from awsglue.gluetypes import StructType
from awsglue.reshape import find


@dataclass(frozen=True, kw_only=True)
class Mapping:
    source: FieldPath
    target: FieldPath
    #: The name of the target's type; empty keeps the type.
    type: str


def mapping(entry: object) -> Mapping:
    """A mapping from a tuple: (source, type, target, type), (source, target, type) or (source, target)."""
    if not isinstance(entry, tuple):
        raise TypeError(f"a mapping is a tuple, not {type(entry).__name__}: {entry!r}")
    if len(entry) == 4:
        source, _, target, type_ = entry
    elif len(entry) == 3:
        source, target, type_ = entry
    elif len(entry) == 2:
        (source, target), type_ = entry, ""
    else:
        raise ValueError(f"a mapping has 2, 3 or 4 members: {entry!r}")
    steps = parse(target)
    if ELEMENT in steps:
        raise ValueError(f"a mapping cannot go into the elements of an array: {target!r}")
    if type_ and not typenames.is_nested(type_):
        typenames.atomic(type_)
    return Mapping(source=parse(source), target=steps, type=type_)


@dataclass
class _Branch:
    """The struct that is being put together at one place of the target."""

    leaves: dict[str, _Branch | Value] = field(default_factory=dict)

    def place(self, steps: FieldPath, value: Value) -> None:
        name, *deeper = steps
        name = str(name)
        if not deeper:
            self.leaves[name] = value
            return
        inner = self.leaves.get(name)
        if not isinstance(inner, _Branch):
            inner = self.leaves[name] = _Branch()
        inner.place(tuple(deeper), value)

    def members(self) -> list[Member]:
        return [
            Member(name=name, value=leaf if isinstance(leaf, Value) else leaf.struct(), absent=True)
            for name, leaf in self.leaves.items()
        ]

    def struct(self) -> Value:
        """The struct, null where every part of it is null: a record without any of the sources has no struct."""
        parts = self.members()
        probe = Value(sql=f"coalesce({', '.join(_presence(part.value) for part in parts)})", type=parts[0].value.type)
        return struct(parts, null_with=probe)


def _presence(value: Value) -> str:
    return f"CASE WHEN {value.sql} IS NULL THEN NULL ELSE TRUE END"


def mapped(schema: StructType, mappings: Iterable[Mapping], *, case_sensitive: bool) -> list[Member]:
    """The row that the mappings describe; a source that is not there leaves its target out."""
    result = _Branch()
    for one in mappings:
        value = find(schema, one.source, ignore_case=not case_sensitive)
        if value is None:
            continue
        if one.type and not typenames.is_nested(one.type):
            value = cast(value, typenames.atomic(one.type))
        result.place(one.target, value)
    return result.members()
