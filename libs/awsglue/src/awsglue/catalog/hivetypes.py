"""Types as the Data Catalog writes them: `bigint`, `decimal(10,2)`, `struct<a:int,b:array<string>>`."""

from __future__ import annotations

import re

from awsglue import typenames
from awsglue.gluetypes import ArrayType, DataType, DecimalType, Field, MapType, StringType, StructType

_NAMES = {
    "binary": "binary",
    "boolean": "boolean",
    "byte": "tinyint",
    "date": "date",
    "double": "double",
    "enum": "string",
    "float": "float",
    "int": "int",
    "long": "bigint",
    "short": "smallint",
    "string": "string",
    "timestamp": "timestamp",
    "timestamp_ntz": "timestamp",
}
_TOKEN = re.compile(r"\s*([<>:,]|[^<>:,(]+(?:\([^)]*\))?)")


def parsed(text: str) -> DataType:
    """The type of that name. ValueError when there is none."""
    return _Reader(text).whole()


def hive_type(type_: DataType, name: str) -> str:
    """How the catalog calls the type of the field `name`. ValueError for a type that it has no name for."""
    if isinstance(type_, StructType):
        fields = (f"{field.name}:{hive_type(field.dataType, f'{name}.{field.name}')}" for field in type_)
        return f"struct<{','.join(fields)}>"
    if isinstance(type_, ArrayType):
        return f"array<{hive_type(type_.elementType, f'{name}[]')}>"
    if isinstance(type_, MapType):
        return f"map<string,{hive_type(type_.valueType, f'{name}[]')}>"
    if isinstance(type_, DecimalType):
        return type_.label()
    if type_.typeName() not in _NAMES:
        remedy = "resolve it first, with resolveChoice" if type_.typeName() == "choice" else "drop it or cast it first"
        raise ValueError(f"a table of the Data Catalog has no type for the field {name}, a {type_.label()}: {remedy}")
    return _NAMES[type_.typeName()]


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = _TOKEN.findall(text)
        self._place = 0

    def whole(self) -> DataType:
        type_ = self._type()
        if self._place < len(self._tokens):
            raise self._refused()
        return type_

    def _type(self) -> DataType:
        word = self._next().strip()
        kind = word.lower()
        if self._peek() != "<":
            # Hive has whole numbers where Glue has two digits behind the point.
            return typenames.atomic("decimal(10,0)" if kind == "decimal" else word)
        self._place += 1
        made: DataType
        if kind == "array":
            made = ArrayType(self._type())
        elif kind == "map":
            if not isinstance(self._type(), StringType):
                raise ValueError(f"{self._text!r} has a map whose keys are no strings: no DynamicFrame has such")
            self._expect(",")
            made = MapType(self._type())
        elif kind == "struct":
            made = StructType(self._fields())
        else:
            raise self._refused()
        self._expect(">")
        return made

    def _fields(self) -> list[Field]:
        fields = []
        while True:
            name = self._next().strip()
            self._expect(":")
            fields.append(Field(name, self._type()))
            if self._peek() != ",":
                return fields
            self._place += 1

    def _peek(self) -> str:
        return self._tokens[self._place] if self._place < len(self._tokens) else ""

    def _next(self) -> str:
        word = self._peek()
        if not word or word in "<>:,":
            raise self._refused()
        self._place += 1
        return word

    def _expect(self, sign: str) -> None:
        if self._peek() != sign:
            raise self._refused()
        self._place += 1

    def _refused(self) -> ValueError:
        return ValueError(f"{self._text!r} is no type of the Data Catalog, such as bigint or array<struct<a:int>>")
