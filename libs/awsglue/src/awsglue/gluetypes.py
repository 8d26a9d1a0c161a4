"""Glue's own types: what DynamicFrame.schema() answers, and what records look like.

They differ from Spark's in one thing: a field may be a *choice*, because records are typed one by one.
This module knows nothing of Spark; `sparktypes` translates.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any


class DataType:
    """A type; two types are equal when they describe the same values."""

    name = "unknown"

    def __init__(self, properties: dict[str, Any] | None = None) -> None:
        self.properties = dict(properties or {})

    @classmethod
    def typeName(cls) -> str:
        return cls.name

    def jsonValue(self) -> dict[str, Any]:
        return {"dataType": self.typeName(), "properties": self.properties}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DataType) and self.jsonValue() == other.jsonValue()

    def __hash__(self) -> int:
        return hash(repr(self))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.properties})"

    def lines(self, prefix: str) -> Iterator[str]:  # noqa: ARG002 - types with members use it
        """What printSchema shows below the type's own line."""
        return iter(())

    def label(self) -> str:
        """The word that printSchema shows."""
        return self.typeName()


class AtomicType(DataType):
    """A type without members."""


class BinaryType(AtomicType):
    name = "binary"


class BooleanType(AtomicType):
    name = "boolean"


class ByteType(AtomicType):
    name = "byte"


class DateType(AtomicType):
    name = "date"


class DecimalType(AtomicType):
    name = "decimal"

    def __init__(self, precision: int = 10, scale: int = 2, properties: dict[str, Any] | None = None) -> None:
        super().__init__(properties)
        self.precision = precision
        self.scale = scale

    def jsonValue(self) -> dict[str, Any]:
        return {**super().jsonValue(), "precision": self.precision, "scale": self.scale}

    def __repr__(self) -> str:
        return f"DecimalType({self.precision}, {self.scale}, {self.properties})"

    def label(self) -> str:
        return f"decimal({self.precision},{self.scale})"


class DoubleType(AtomicType):
    name = "double"


class EnumType(AtomicType):
    name = "enum"

    def __init__(self, options: Iterable[str] = (), properties: dict[str, Any] | None = None) -> None:
        super().__init__(properties)
        self.options = list(options)

    def jsonValue(self) -> dict[str, Any]:
        return {**super().jsonValue(), "options": self.options}

    def __repr__(self) -> str:
        return f"EnumType({self.options}, {self.properties})"


class FloatType(AtomicType):
    name = "float"


class IntegerType(AtomicType):
    name = "int"


class LongType(AtomicType):
    name = "long"


class NullType(AtomicType):
    name = "null"


class ShortType(AtomicType):
    name = "short"


class StringType(AtomicType):
    name = "string"


class TimestampType(AtomicType):
    name = "timestamp"


class TimestampNTZType(AtomicType):
    name = "timestamp_ntz"


class UnknownType(AtomicType):
    name = "unknown"


#: The types without members, by name.
ATOMIC_TYPES: dict[str, type[AtomicType]] = {
    type_.typeName(): type_
    for type_ in (
        BinaryType,
        BooleanType,
        ByteType,
        DateType,
        DecimalType,
        DoubleType,
        EnumType,
        FloatType,
        IntegerType,
        LongType,
        NullType,
        ShortType,
        StringType,
        TimestampType,
        TimestampNTZType,
        UnknownType,
    )
}


class ArrayType(DataType):
    name = "array"

    def __init__(self, elementType: DataType | None = None, properties: dict[str, Any] | None = None) -> None:
        super().__init__(properties)
        self.elementType = elementType or UnknownType()

    def jsonValue(self) -> dict[str, Any]:
        return {**super().jsonValue(), "elementType": self.elementType.jsonValue()}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.elementType!r}, {self.properties})"

    def lines(self, prefix: str) -> Iterator[str]:
        yield from _entry(prefix, "element", self.elementType)


class SetType(ArrayType):
    name = "set"


class MapType(DataType):
    """A map; its keys are strings."""

    name = "map"

    def __init__(self, valueType: DataType | None = None, properties: dict[str, Any] | None = None) -> None:
        super().__init__(properties)
        self.valueType = valueType or UnknownType()

    def jsonValue(self) -> dict[str, Any]:
        return {**super().jsonValue(), "valueType": self.valueType.jsonValue()}

    def __repr__(self) -> str:
        return f"MapType({self.valueType!r}, {self.properties})"

    def lines(self, prefix: str) -> Iterator[str]:
        yield from _entry(prefix, "keyType", StringType())
        yield from _entry(prefix, "valueType", self.valueType)


class ChoiceType(DataType):
    """A field whose records carry values of several types, each at most once: `choices` maps type name to type."""

    name = "choice"

    def __init__(
        self, choices: Iterable[DataType] | dict[str, DataType] = (), properties: dict[str, Any] | None = None
    ) -> None:
        super().__init__(properties)
        self.choices: dict[str, DataType] = {}
        for choice in choices.values() if isinstance(choices, dict) else choices:
            self.add(choice)

    def add(self, choice: DataType) -> None:
        name = choice.typeName()
        if name in self.choices:
            raise ValueError(f"the choice has an alternative {name} already")
        self.choices[name] = choice

    def alternatives(self) -> list[tuple[str, DataType]]:
        """Name and type of each alternative, by name: the order of the struct that stands for the choice."""
        return sorted(self.choices.items())

    def jsonValue(self) -> dict[str, Any]:
        return {**super().jsonValue(), "choices": [choice.jsonValue() for _, choice in self.alternatives()]}

    def __repr__(self) -> str:
        return f"ChoiceType({[choice for _, choice in self.alternatives()]}, {self.properties})"

    def lines(self, prefix: str) -> Iterator[str]:
        for _, choice in self.alternatives():
            yield f"{prefix}|-- {choice.label()}"
            yield from choice.lines(prefix + "|    ")


class Field:
    """A named member of a struct.

    `absent` tells what a null stands for: a record that has no such field (JSON), or a field that is there and null
    (a Spark column).
    """

    def __init__(
        self, name: str, dataType: DataType, properties: dict[str, Any] | None = None, *, absent: bool = False
    ) -> None:
        self.name = name
        self.dataType = dataType
        self.properties = dict(properties or {})
        self.absent = absent

    def jsonValue(self) -> dict[str, Any]:
        return {"name": self.name, "container": self.dataType.jsonValue(), "properties": self.properties}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Field) and self.jsonValue() == other.jsonValue()

    def __hash__(self) -> int:
        return hash(repr(self))

    def __repr__(self) -> str:
        return f"Field({self.name}, {self.dataType!r}, {self.properties})"


class StructType(DataType):
    name = "struct"

    def __init__(self, fields: Iterable[Field] = (), properties: dict[str, Any] | None = None) -> None:
        super().__init__(properties)
        self.fields: list[Field] = []
        self._by_name: dict[str, Field] = {}
        for field in fields:
            self.add(field)

    def add(self, field: Field) -> StructType:
        if field.name in self._by_name:
            raise ValueError(f"the struct has a field {field.name} already")
        self.fields.append(field)
        self._by_name[field.name] = field
        return self

    def hasField(self, field: str | Field) -> bool:
        return (field.name if isinstance(field, Field) else field) in self._by_name

    def getField(self, field: str | Field) -> Field:
        return self._by_name[field.name if isinstance(field, Field) else field]

    def __iter__(self) -> Iterator[Field]:
        return iter(self.fields)

    def __len__(self) -> int:
        return len(self.fields)

    def jsonValue(self) -> dict[str, Any]:
        return {**super().jsonValue(), "fields": [field.jsonValue() for field in self.fields]}

    def __repr__(self) -> str:
        return f"StructType({self.fields}, {self.properties})"

    def lines(self, prefix: str) -> Iterator[str]:
        for field in self.fields:
            yield from _entry(prefix, field.name, field.dataType)

    def tree(self) -> str:
        """The text that printSchema prints."""
        return "".join(f"{line}\n" for line in ["root", *self.lines("")])


class EntityType(DataType):
    name = "entity"


class DynamicRecord(dict[str, Any]):
    """A record as Filter and Map hand it to the script: a dict whose items are attributes too."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"the record has no field {name}") from None

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def __delattr__(self, name: str) -> None:
        try:
            del self[name]
        except KeyError:
            raise AttributeError(f"the record has no field {name}") from None


def _entry(prefix: str, name: str, type_: DataType) -> Iterator[str]:
    yield f"{prefix}|-- {name}: {type_.label()}"
    yield from type_.lines(prefix + "|    ")


def mergeDataTypes(s1: DataType, s2: DataType) -> DataType:
    """The type of a field that holds values of both types.

    Null and unknown give way; types of the same kind merge member by member; anything else is a choice. Numbers are
    not widened: int and long are a choice.
    """
    if isinstance(s1, NullType | UnknownType):
        return s2
    if isinstance(s2, NullType | UnknownType):
        return s1
    if isinstance(s1, ChoiceType) or isinstance(s2, ChoiceType):
        merged = dict(_alternatives(s1))
        for name, choice in _alternatives(s2):
            merged[name] = mergeDataTypes(merged[name], choice) if name in merged else choice
        return ChoiceType(merged)
    if s1.typeName() != s2.typeName():
        return ChoiceType([s1, s2])
    return _merge_same_kind(s1, s2)


def _alternatives(type_: DataType) -> list[tuple[str, DataType]]:
    return type_.alternatives() if isinstance(type_, ChoiceType) else [(type_.typeName(), type_)]


def _merge_same_kind(s1: Any, s2: Any) -> DataType:
    if isinstance(s1, StructType):
        return merge_structs(s1, s2)
    if isinstance(s1, ArrayType):
        merged: DataType = type(s1)(mergeDataTypes(s1.elementType, s2.elementType), s1.properties)
        return merged
    if isinstance(s1, MapType):
        return MapType(mergeDataTypes(s1.valueType, s2.valueType), s1.properties)
    if isinstance(s1, EnumType):
        return EnumType(dict.fromkeys([*s1.options, *s2.options]), s1.properties)
    if isinstance(s1, DecimalType):
        scale = max(s1.scale, s2.scale)
        whole = max(s1.precision - s1.scale, s2.precision - s2.scale)
        return DecimalType(min(whole + scale, 38), min(scale, 38), s1.properties)
    return s1


def merge_structs(s1: StructType, s2: StructType) -> StructType:
    """Fields of both: those of the first in its order, then what only the second has."""
    merged = StructType(properties=s1.properties)
    for field in s1:
        if s2.hasField(field.name):
            other = s2.getField(field.name)
            merged_type = mergeDataTypes(field.dataType, other.dataType)
            merged.add(Field(field.name, merged_type, field.properties, absent=field.absent and other.absent))
        else:
            merged.add(Field(field.name, field.dataType, field.properties, absent=True))
    for field in s2:
        if not s1.hasField(field.name):
            merged.add(Field(field.name, field.dataType, field.properties, absent=True))
    return merged
