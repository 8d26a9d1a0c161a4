"""What types a set of records has: one pass over the values, one tree of what was seen.

Glue types records one by one. An int is `int` when it fits 32 bits and `long` otherwise, a number with a fraction or
an exponent is `double`, and nothing is widened: a field that carries both is a choice (awsglue 3). Knows nothing of
Spark, because it runs inside Spark's Python workers.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import decimal
import itertools
import operator
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from awsglue.gluetypes import (
    ATOMIC_TYPES,
    ArrayType,
    ChoiceType,
    DataType,
    DecimalType,
    Field,
    MapType,
    NullType,
    StructType,
    mergeDataTypes,
)

_WIDEST_DECIMAL = 38
#: So many values of one place wait to be looked at together.
_TOGETHER = 1_000


class UnknownValueError(TypeError):
    """A record holds a Python object that no Glue type describes."""


def kind(value: Any) -> str:
    """The name of the Glue type that this value alone has."""
    known = _KINDS.get(type(value))
    if known is not None:
        return known if known != "int" else _integer_kind(value)
    for class_, name in _KINDS.items():
        if isinstance(value, class_):
            return name if name != "int" else _integer_kind(value)  # type: ignore[arg-type]  # it is of an int's class
    raise UnknownValueError(f"a record holds a {type(value).__name__}, which is no type of a DynamicFrame: {value!r}")


def _class_kind(class_: type, value: Any) -> str:
    """The kind of all values of one class, `int` for integers of any size."""
    known = _KINDS.get(class_)
    return known if known is not None else "int" if isinstance(value, int) else kind(value)


def _number_kind(value: Any, names: Collection[str] | None) -> str:
    name = kind(value)
    return name if names is None else fitting(value, name, names)


def _integer_kind(value: int) -> str:
    if -(2**31) <= value < 2**31:
        return "int"
    if -(2**63) <= value < 2**63:
        return "long"
    return "decimal" if abs(value) < 10**_WIDEST_DECIMAL else "double"


# bool before int and datetime before date: each is a subclass of the other.
_KINDS: dict[type, str] = {
    dict: "struct",
    str: "string",
    bool: "boolean",
    int: "int",
    float: "double",
    type(None): "null",
    list: "array",
    tuple: "array",
    decimal.Decimal: "decimal",
    dt.datetime: "timestamp",
    dt.date: "date",
    bytes: "binary",
    bytearray: "binary",
}


class Shape:
    """What was seen at one place of the records: scalars by type name, nulls, structs with their fields, arrays."""

    __slots__ = ("_waiting", "count", "decimal", "element", "fields", "map", "nulls", "scalars", "structs")

    def __init__(self) -> None:
        #: Values that are looked at together with those that follow.
        self._waiting: list[Any] = []
        self.scalars: set[str] = set()
        self.decimal: DecimalType | None = None
        #: How many values were seen, nulls among them.
        self.count = 0
        self.nulls = 0
        #: How many of them were structs; a field counted less often is missing in some of them.
        self.structs = 0
        self.fields: dict[str, Shape] = {}
        self.element: Shape | None = None
        self.map: Shape | None = None

    def observe(self, values: Sequence[Any]) -> None:
        """Take values in; a few wait for others, to be looked at together."""
        self._waiting += values
        if len(self._waiting) >= _TOGETHER:
            self._settle()

    def _settle(self) -> None:
        waiting, self._waiting = self._waiting, []
        self.observe_all(waiting)

    def __getstate__(self) -> tuple[None, dict[str, Any]]:
        self._settle()
        return None, {name: getattr(self, name) for name in self.__slots__}

    def observe_all(self, values: Sequence[Any], known: DataType | None = None) -> None:
        """Take many values in, those of one Python class together: that takes a fraction of the time.

        `known` is the type that this place had before a function changed the records: a Python int or float there
        keeps its type.
        """
        self.count += len(values)
        classes = dict.fromkeys(map(type, values))
        for class_ in classes:
            same = values if len(classes) == 1 else [value for value in values if type(value) is class_]
            self._observe_same(class_, same, known)

    def _observe_same(self, class_: type, values: Sequence[Any], known: DataType | None) -> None:
        name = _class_kind(class_, values[0])
        if name == "null":
            self.nulls += len(values)
        elif name == "struct" and not isinstance(known, MapType):
            self._observe_structs(values, known)
        elif name == "struct":
            if self.map is None:
                self.map = Shape()
            self.map.observe_all([item for value in values for item in value.values()], known.valueType)  # type: ignore[union-attr]  # it is a map
        elif name == "array":
            if self.element is None:
                self.element = Shape()
            element = known.elementType if isinstance(known, ArrayType) else None
            self.element.observe_all(list(itertools.chain.from_iterable(values)), element)
        elif name in {"int", "decimal"}:
            self._observe_numbers(values, known)
        else:
            self.scalars.add(name if known is None else fitting(values[0], name, _type_names(known)))

    def _observe_numbers(self, values: Sequence[Any], known: DataType | None) -> None:
        names = None if known is None else _type_names(known)
        if isinstance(values[0], int) and (names is None or len(names) == 1):
            ends = {_number_kind(value, names) for value in (min(values), max(values))}
            # What lies between two ints is an int; between two longs there may be ints.
            if len(ends) == 1 and (ends <= {"byte", "short", "int"} or ends == names == {"long"}):
                self.scalars |= ends
                return
        for value in values:
            name = _number_kind(value, names)
            if name == "decimal":
                self._observe_decimal(value, known)
            self.scalars.add(name)

    def _observe_structs(self, values: Sequence[dict[str, Any]], known: DataType | None) -> None:
        self.structs += len(values)
        for name, column in _columns(values):
            self._field(name).observe_all(column, _known_field(known, name))

    def _field(self, name: Any) -> Shape:
        shape = self.fields.get(name)
        if shape is None:
            if not isinstance(name, str):
                raise UnknownValueError(f"a field of a record is named {name!r}; names are strings")
            shape = self.fields[name] = Shape()
        return shape

    def _observe_decimal(self, value: Any, known: DataType | None) -> None:
        if isinstance(known, DecimalType):
            seen = known
        else:
            seen = DecimalType(_WIDEST_DECIMAL, 0 if isinstance(value, int) else 18)
        self.decimal = seen if self.decimal is None else mergeDataTypes(self.decimal, seen)  # type: ignore[assignment]

    def merge(self, other: Shape) -> None:
        """Take in what another part of the records had."""
        self._settle()
        other._settle()
        self.scalars |= other.scalars
        if other.decimal is not None:
            self.decimal = (
                other.decimal if self.decimal is None else mergeDataTypes(self.decimal, other.decimal)  # type: ignore[assignment]
            )
        self.count += other.count
        self.nulls += other.nulls
        self.structs += other.structs
        for name, shape in other.fields.items():
            if name in self.fields:
                self.fields[name].merge(shape)
            else:
                self.fields[name] = shape
        self.element = _merged(self.element, other.element)
        self.map = _merged(self.map, other.map)

    def type(self) -> DataType:
        """The type of this place: a single type, a choice, or null when only nulls were seen."""
        self._settle()
        found: list[DataType] = [
            self.decimal if name == "decimal" and self.decimal is not None else ATOMIC_TYPES[name]()
            for name in sorted(self.scalars)
        ]
        if self.structs:
            found.append(self.struct())
        if self.element is not None:
            found.append(ArrayType(self.element.type()))
        if self.map is not None:
            found.append(MapType(self.map.type()))
        if not found:
            return NullType()
        return found[0] if len(found) == 1 else ChoiceType(found)

    def struct(self) -> StructType:
        """The struct of the fields seen. A null stands for a missing field where fields were missing and none was null:
        a row cannot tell the two apart.
        """
        self._settle()
        return StructType(
            Field(name, shape.type(), absent=shape.count < self.structs and not shape.nulls)
            for name, shape in self.fields.items()
        )


def _columns(values: Sequence[dict[str, Any]]) -> Iterable[tuple[Any, Sequence[Any]]]:
    """The fields of structs by name, each with its values."""
    names = list(values[0])
    # Two names or more: of one alone there are no tuples.
    if len(names) > 1 and sum(map(len, values)) == len(names) * len(values):
        with contextlib.suppress(KeyError):
            rows = list(map(operator.itemgetter(*names), values))
            return zip(names, zip(*rows, strict=True), strict=True)
    columns: dict[Any, list[Any]] = {}
    for value in values:
        for name, item in value.items():
            columns.setdefault(name, []).append(item)
    return columns.items()


def _known_field(known: DataType | None, name: str) -> DataType | None:
    return known.getField(name).dataType if isinstance(known, StructType) and known.hasField(name) else None


def _type_names(type_: DataType) -> Collection[str]:
    return type_.choices.keys() if isinstance(type_, ChoiceType) else frozenset({type_.typeName()})


def _merged(one: Shape | None, other: Shape | None) -> Shape | None:
    if one is None or other is None:
        return one or other
    one.merge(other)
    return one


def fitting(value: Any, name: str, names: Collection[str]) -> str:
    """Which of the type names `names` a value of type `name` goes by: its own, or one that Python does not tell from it
    and that holds it; its own again when there is none.
    """
    if name in names:
        return name
    if name in _INTEGERS:
        return next((one for one, limit in _INTEGERS.items() if one in names and -limit <= value < limit), name)
    return next((one for one in _SAME_IN_PYTHON.get(name, ()) if one in names), name)


_INTEGERS = {"byte": 2**7, "short": 2**15, "int": 2**31, "long": 2**63}
_SAME_IN_PYTHON = {"double": ("float",), "timestamp": ("timestamp_ntz",), "struct": ("map",)}
