"""Labels: fields that the records of a file share, because they say where the records come from.

The values of a table's partition keys, and what the options attachFilename and attachTimestamp ask for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from awsglue.expressions import Member, Value, cast, members, null_of, quoted, row
from awsglue.formats.origins import ORIGIN, key
from awsglue.gluetypes import StringType, StructType
from awsglue.plan import Records

_Values = tuple[str | None, ...]
#: Beginning of the names of columns that stand beside the records' own for a while.
_BESIDE = "_openglue_label"


@dataclass(frozen=True, kw_only=True)
class Labels:
    fields: StructType
    #: Of each file, by its path, the values of the fields in their order, as text; None for null.
    values: Mapping[str, _Values]

    @property
    def differ(self) -> bool:
        """Whether one has to know which file a record comes from."""
        return len(set(self.values.values())) > 1


def labelled(records: Records, labels: Labels) -> Records:
    """The records with the labels as their last fields. A field of the record with a label's name, in any case of
    letters, gives way: it is the folder that counts, as in Hive.
    """
    if not records.schema.fields or not labels.fields.fields:
        return records
    names = {field.name.lower() for field in labels.fields} | {ORIGIN}
    kept = [member for member in members(row(records.schema)) if member.name.lower() not in names]
    if not labels.differ:
        (values,) = set(labels.values.values())
        texts = [_text(value) for value in values]
        return records.reshaped([*kept, *_typed(labels.fields, texts)])
    columns = [f"{_BESIDE}{index}" for index in range(len(labels.fields))]
    beside = records.dataframe.sparkSession.createDataFrame(
        [(key(path), *values) for path, values in labels.values.items()],
        ", ".join(f"{name} string" for name in (ORIGIN, *columns)),
    )
    joined = records.dataframe.join(beside.hint("broadcast"), ORIGIN, "left")
    texts = [Value(sql=quoted(name), type=StringType()) for name in columns]
    return replace(records, dataframe=joined).reshaped([*kept, *_typed(labels.fields, texts)])


def _text(value: str | None) -> Value:
    if value is None:
        return null_of(StringType())
    return Value(sql=f"decode(unhex('{value.encode().hex()}'), 'UTF-8')", type=StringType())


def _typed(fields: StructType, texts: list[Value]) -> list[Member]:
    return [
        Member(name=field.name, value=cast(text, field.dataType)) for field, text in zip(fields, texts, strict=True)
    ]
