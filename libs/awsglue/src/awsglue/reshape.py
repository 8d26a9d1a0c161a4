"""Choosing, dropping, renaming and flattening the fields of a frame.

Each function takes a schema and answers the members of the new row; `Records.select` makes a frame of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from awsglue.expressions import Member, Value, alternatives, each, members, part, row, struct
from awsglue.fieldpaths import ELEMENT, FieldPath, parse, text, through_arrays
from awsglue.gluetypes import ArrayType, ChoiceType, DataType, NullType, StructType

#: Told a field's path (names only; ELEMENT at the end for the elements of an array): what stands in its place.
Change = Callable[[FieldPath, Member], list[Member]]


def rewritten(schema: StructType, change: Change) -> list[Member]:
    """The row with every field put through `change`, outer ones first; what it leaves alone is looked into further.

    A struct that loses its last field goes with it.
    """
    return _rewritten_members(members(row(schema)), (), change)


def _rewritten_members(fields: list[Member], path: FieldPath, change: Change) -> list[Member]:
    return [one for member in fields for one in _rewritten(member, (*path, member.name), change)]


def _rewritten(member: Member, path: FieldPath, change: Change) -> list[Member]:
    changed = change(path, member)
    if not _same(changed, [member]):
        return changed
    value = rewritten_inside(member.value, path, change)
    if value is None:
        return []
    return [member if value is member.value else Member(name=member.name, value=value, absent=member.absent)]


def rewritten_inside(value: Value, path: FieldPath, change: Change) -> Value | None:
    """The value with everything below it put through `change`; None when nothing is left of it."""
    if isinstance(value.type, StructType):
        before = members(value)
        after = _rewritten_members(before, path, change)
        if not after and before:
            return None
        return value if _same(after, before) else struct(after, null_with=value)
    if isinstance(value.type, ArrayType):
        return _rewritten_elements(value, path, change)
    if isinstance(value.type, ChoiceType):
        return _rewritten_choice(value, path, change)
    return value


def _rewritten_elements(value: Value, path: FieldPath, change: Change) -> Value | None:
    emptied = False

    def change_element(element: Value) -> Value:
        nonlocal emptied
        member = Member(name="element", value=element)
        changed = change((*path, ELEMENT), member)
        if _same(changed, [member]):
            after = rewritten_inside(element, path, change)
        elif len(changed) == 1:
            after = changed[0].value
        else:
            raise ValueError(f"the elements of the array {path[-1]} cannot be split into several fields or dropped")
        emptied = after is None
        return element if after is None else after

    changed = each(value, change_element)
    return None if emptied else changed


def _rewritten_choice(value: Value, path: FieldPath, change: Change) -> Value | None:
    """A choice's alternatives are no step of a path: a.b is also the b of the struct that a may be."""
    before = alternatives(value)
    after: list[Member] = []
    for member in before:
        inside = rewritten_inside(member.value, path, change)
        if inside is None:
            return None
        after.append(member if inside is member.value else Member(name=member.name, value=inside))
    if _same(after, before):
        return value
    type_ = ChoiceType(member.value.type for member in after)
    return Value(sql=struct(after, null_with=value).sql, type=type_)


def _same(after: list[Member], before: list[Member]) -> bool:
    return len(after) == len(before) and all(one is other for one, other in zip(after, before, strict=True))


def dropped(schema: StructType, paths: Iterable[FieldPath]) -> list[Member]:
    """Without the fields at `paths`, also inside arrays; unknown paths are ignored."""
    gone = {through_arrays(path) for path in paths}
    return rewritten(schema, lambda path, member: [] if path in gone else [member])


def selected(schema: StructType, paths: Iterable[FieldPath]) -> list[Member]:
    """Only the top-level fields named, in the order asked for; missing names are ignored."""
    there = {member.name: member for member in members(row(schema))}
    wanted = dict.fromkeys(path[0] for path in paths if len(path) == 1)
    return [there[name] for name in wanted if name in there]


def kept(schema: StructType, paths: Iterable[FieldPath]) -> list[Member]:
    """Only the fields at `paths`, also inside structs and arrays, where they are: what `dropped` would take away. Whole
    top-level fields come first, in the order asked for; missing ones are ignored.
    """
    wanted = [through_arrays(path) for path in paths]
    whole = selected(schema, wanted)
    names = {member.name for member in whole}
    inner = {path for path in wanted if len(path) > 1}
    above = {path[:length] for path in inner for length in range(1, len(path))}

    def change(path: FieldPath, member: Member) -> list[Member]:
        if path[0] in names:
            return []
        inside = any(path[:length] in inner for length in range(1, len(path) + 1))
        return [member] if inside or path[-1] is ELEMENT or (path in above and _has_fields(member.value.type)) else []

    return [*whole, *(rewritten(schema, change) if inner else [])]


def _has_fields(type_: DataType) -> bool:
    if isinstance(type_, ArrayType):
        return _has_fields(type_.elementType)
    if isinstance(type_, ChoiceType):
        return any(_has_fields(one) for _, one in type_.alternatives())
    return isinstance(type_, StructType)


def find(schema: StructType, path: FieldPath, *, ignore_case: bool = False) -> Value | None:
    """The value at a path of struct fields; None where there is none. Does not look into arrays."""
    value: Value | None = row(schema)
    for step in path:
        value = None if step is ELEMENT or value is None else _step(value, step, ignore_case=ignore_case)
    return value


def _step(value: Value, name: str, *, ignore_case: bool) -> Value | None:
    if isinstance(value.type, ChoiceType):
        inner = next((one.value for one in alternatives(value) if isinstance(one.value.type, StructType)), None)
        return None if inner is None else _step(inner, name, ignore_case=ignore_case)
    if not isinstance(value.type, StructType):
        return None
    field = next((field for field in value.type if field.name == name), None)
    if field is None and ignore_case:
        field = next((field for field in value.type if field.name.lower() == name.lower()), None)
    return None if field is None else part(value, field.name, field.dataType)


def renamed(schema: StructType, old_name: str, new_name: str) -> list[Member]:
    """With the field at one path moved to another; unchanged when there is no such field.

    Within the same struct the field keeps its place. A path in the way is replaced.
    """
    old, new = through_arrays(parse(old_name)), through_arrays(parse(new_name))
    if old == new:
        return members(row(schema))
    if old[:-1] == new[:-1] and new[-1] is not ELEMENT:
        return _renamed_in_place(schema, old, new)
    value = find(schema, old)
    if value is None:
        return members(row(schema))
    rest = dropped(schema, [old])
    return _placed(rest, [str(step) for step in new], Member(name=str(new[-1]), value=value))


def _renamed_in_place(schema: StructType, old: FieldPath, new: FieldPath) -> list[Member]:
    found = False

    def look(path: FieldPath, member: Member) -> list[Member]:
        nonlocal found
        found = found or path == old
        return [member]

    rewritten(schema, look)
    if not found:
        return members(row(schema))

    def change(path: FieldPath, member: Member) -> list[Member]:
        if path == old:
            return [Member(name=str(new[-1]), value=member.value, absent=member.absent)]
        return [] if path == new else [member]

    return rewritten(schema, change)


def _placed(fields: list[Member], steps: list[str], member: Member) -> list[Member]:
    """The fields with `member` put at the path `steps`, in structs that are made where they are missing."""
    name, *deeper = steps
    there = next((field for field in fields if field.name == name), None)
    if deeper:
        inside = members(there.value) if there is not None and isinstance(there.value.type, StructType) else []
        member = Member(name=name, value=struct(_placed(inside, deeper, member)))
    if there is None:
        return [*fields, member]
    return [member if field is there else field for field in fields]


def unnested(schema: StructType) -> list[Member]:
    """Structs turned into top-level fields with dotted names; arrays stay arrays."""
    return list(_flat(members(row(schema)), ""))


def _flat(fields: Iterable[Member], prefix: str) -> Iterable[Member]:
    for member in fields:
        if isinstance(member.value.type, StructType):
            yield from _flat(members(member.value), f"{prefix}{member.name}.")
        else:
            yield Member(name=prefix + member.name, value=member.value, absent=member.absent)


def null_fields(schema: StructType) -> list[str]:
    """The paths of the fields whose type is null, those inside structs and arrays of structs among them."""
    found: list[str] = []

    def look(path: FieldPath, member: Member) -> list[Member]:
        if isinstance(member.value.type, NullType) and path[-1] is not ELEMENT:
            found.append(text(path))
        return [member]

    rewritten(schema, look)
    return found
