"""What is told to a read beside its options: which table the files are of, and that a few of them will do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from awsglue.connections.labels import Labels
from awsglue.files import File
from awsglue.formats.format import Columns
from awsglue.gluetypes import Field, StringType, StructType, TimestampType
from awsglue.options import COUNT, Option, OptionError, check


@dataclass(frozen=True, kw_only=True)
class TableFiles:
    """Where a table has its files, and what its catalog says of them."""

    #: The table's name, for messages.
    name: str
    #: Paths, each with the values of the partition keys for all that is there; None for null.
    places: Mapping[str, tuple[str | None, ...]]
    #: When paths came into the catalog, in milliseconds since 1970.
    created: Mapping[str, int] = field(default_factory=dict)
    #: The partition keys and their types.
    keys: StructType = field(default_factory=StructType)
    #: Of files that do not tell their columns themselves.
    columns: Columns | None = None
    #: How the paths were chosen, as JSON: for whoever wants to know what would be chosen now.
    choice: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class SampleSize:
    """How little of the files is looked at for a sample."""

    #: Of so many paths, which are partitions of a table.
    paths: int
    #: So many files each.
    files: int


#: The options of a sample, as AWS documents them.
SAMPLE_OPTIONS = (
    Option(name="maxSamplePartitions", kind=COUNT, default=10, uses=("read",)),
    Option(name="maxSampleFilesPerPartition", kind=COUNT, default=10, uses=("read",)),
)


def sample_size(options: Mapping[str, Any]) -> SampleSize:
    checked = check(options, SAMPLE_OPTIONS, what="sample", use="read")
    return SampleSize(paths=checked["maxSamplePartitions"], files=checked["maxSampleFilesPerPartition"])


def sample_count(num: Any) -> int:
    """How many records a sample has at most."""
    try:
        return int(COUNT.convert(num))
    except (TypeError, ValueError):
        raise OptionError(f"num: {num!r} will not do, it must be {COUNT.expects}") from None


def labels_of(
    found: Mapping[str, list[File]], table: TableFiles | None, filename: str | None, timestamp: str | None
) -> Labels:
    """The labels of the files: the values of partition keys, then fields of these names with the file's path and with
    the time at which it was written.
    """
    fields = [*(table.keys if table else ())]
    if filename:
        fields.append(Field(filename, StringType()))
    if timestamp:
        fields.append(Field(timestamp, TimestampType()))
    values = {}
    for path, files in found.items():
        keys = table.places[path] if table else ()
        for file in files:
            own = [file.path] if filename else []
            if timestamp:
                own.append(dt.datetime.fromtimestamp(file.modified / 1000, dt.UTC).isoformat(timespec="milliseconds"))
            values[file.path] = (*keys, *own)
    return Labels(fields=StructType(fields), values=values)
