"""Writing into tables of the Data Catalog, and keeping tables in line with what is written (awsglue 4).

Everything that can be refused is refused before a file is written. Afterwards the table is created, or gets its new
columns and partitions.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from awsglue import formats
from awsglue.catalog.client import Catalog
from awsglue.catalog.definitions import check_format, columns_of, new_table, partition_at
from awsglue.catalog.layouts import layout_of
from awsglue.catalog.tables import Document, Table
from awsglue.connections.s3 import OPTIONS as S3_OPTIONS
from awsglue.connections.s3 import check_partition_keys
from awsglue.expressions import Member, members, null_of, row
from awsglue.files import Listing, exists, files_below
from awsglue.gluetypes import StructType
from awsglue.notices import notice
from awsglue.options import BOOLEAN, Option, OptionError, check, one_of
from awsglue.plan import Records

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

UPDATE, LOG = "UPDATE_IN_DATABASE", "LOG"

#: Options of a sink that are for the catalog and not for its files.
OPTIONS = (
    Option(name="enableUpdateCatalog", kind=BOOLEAN, default=False, uses=("write",)),
    Option(name="updateBehavior", kind=one_of(UPDATE, LOG), default=UPDATE, uses=("write",)),
)
#: How often an update is tried that others are quicker with.
_TRIES = 5


@dataclass(frozen=True, kw_only=True)
class Target:
    """The table that a sink writes into."""

    catalog: Catalog
    database: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Files:
    """What is written: the options of the sink and of its format."""

    options: Mapping[str, Any]
    format: str | None
    format_options: Mapping[str, Any]

    @functools.cached_property
    def _checked(self) -> dict[str, Any]:
        names = ("path", "partitionKeys")
        given = {name: self.options[name] for name in names if name in self.options}
        return check(given, S3_OPTIONS, what="s3", use="write")

    @property
    def keys(self) -> list[str]:
        return list(self._checked["partitionKeys"])

    @property
    def path(self) -> str:
        if not self._checked["path"]:
            raise OptionError("the s3 option path is missing: the folder to write to")
        return str(self._checked["path"])


def write_target(table: Table, options: Mapping[str, Any]) -> Files:
    """How files get into a table: to its place and in its form, in folders for its partition keys."""
    if not isinstance(options, Mapping):
        raise OptionError(f"additional_options must be a dictionary, not {type(options).__name__}")
    if "path" in options:
        raise OptionError(f"the catalog has no option path: the table {table.name} says itself where its files are")
    layout = layout_of(table)
    said: dict[str, Any] = {}
    if layout.format == "csv":
        if layout.header_lines > 1:
            raise NotImplementedError(
                f"files of the table {table.name} have {layout.header_lines} lines before their records, and a header"
                " is one: write them with write_dynamic_frame.from_options"
            )
        said = {name: layout.options[name] for name in ("separator", "quoteChar") if name in layout.options}
        said["writeHeader"] = layout.header_lines == 1
    given = {"partitionKeys": table.key_names, **options}
    return Files(options={**given, "path": table.location}, format=layout.format, format_options=said)


@contextlib.contextmanager
def written_into(
    spark: SparkSession, target: Target, files: Files, records: Records, asked: Mapping[str, Any]
) -> Iterator[Records]:
    """The records as they are to be written. When they have been, the table is brought in line with them if the option
    enableUpdateCatalog in `asked` is true.
    """
    name = formats.named(files.format).name
    table = target.catalog.find(target.database, target.name)
    if table is not None:
        _check_table(table, files, name)
        records = _arranged(records, table, files.keys) if name == "csv" else records
    if not asked["enableUpdateCatalog"]:
        yield records
        return
    check_format(name)
    check_partition_keys(files.keys, records.schema)
    update = _Update(target=target, files=files, schema=records.schema, behavior=asked["updateBehavior"])
    before = _files(spark, files.path)
    yield records
    update.follow(table, _files(spark, files.path) - before)


def _check_table(table: Table, files: Files, format_name: str) -> None:
    keys = [key.lower() for key in table.key_names]
    if [key.lower() for key in files.keys] != keys:
        raise OptionError(
            f"partitionKeys: {files.keys} will not do, they must be the partition keys of the table {table.name} in"
            f" their order: {table.key_names}"
        )
    there = layout_of(table).format
    if there != format_name.removeprefix("glue"):
        raise OptionError(f"the format {format_name!r} will not do, the files of the table {table.name} are {there}")


def _arranged(records: Records, table: Table, keys: Sequence[str]) -> Records:
    """The columns of the table in its order, then the others: a value of csv is found by its place."""
    given = {member.name.lower(): member for member in members(row(records.schema))}
    behind = {key.lower() for key in keys}
    columns = [
        given.pop(field.name.lower(), Member(name=field.name, value=null_of(field.dataType)))
        for field in table.columns()
        if field.name.lower() not in behind
    ]
    return records.reshaped([*columns, *given.values()])


def _files(spark: SparkSession, path: str) -> set[str]:
    if not exists(spark, path):
        return set()
    return {file.path for file in files_below(spark, path, Listing(recurse=True))}


class _Update:
    """Brings a table in line with files that were written."""

    def __init__(self, *, target: Target, files: Files, schema: StructType, behavior: str) -> None:
        self._target = target
        self._files = files
        self._behavior = behavior
        self._columns = columns_of(schema, files.keys)
        name = formats.named(files.format).name
        options = check(files.format_options, formats.named(name).options, what=f"{name} format", use="write")
        self._new = new_table(target.name, schema, files.keys, files.path, name, options)

    def follow(self, table: Table | None, added: set[str]) -> None:
        """Create the table that is not there, or update it; and add the partitions of the files `added`."""
        catalog, database, name = self._target.catalog, self._target.database, self._target.name
        if table is None and catalog.create(database, self._new):
            table = catalog.table(database, name)
        else:
            # Also when somebody else has created it meanwhile.
            table = self._updated(catalog.table(database, name))
        if table.key_names and self._fits(table):
            catalog.add_partitions(table, partition_at(table, self._columns, added))

    def _updated(self, table: Table) -> Table:
        for _ in range(_TRIES):
            columns = _kept(self._columns, table.storage.get("Columns") or ())
            if self._behavior == LOG or columns == list(table.storage.get("Columns") or ()):
                return table
            if not table.key_names:
                notice(
                    f"the columns of the table {table.name} stay as they are: as on AWS, only tables with partition"
                    " keys are updated"
                )
                return table
            done = self._target.catalog.replace_columns(table, columns)
            table = self._target.catalog.table(self._target.database, self._target.name)
            if done:
                return table
        raise RuntimeError(f"the table {table.name} could not be updated: others changed it {_TRIES} times meanwhile")

    def _fits(self, table: Table) -> bool:
        """Whether the new files have no column that the table has not."""
        known = {_identity(column) for column in table.storage.get("Columns") or ()}
        more = [column["Name"] for column in self._columns if _identity(column) not in known]
        if more:
            notice(
                f"no partitions are added to the table {table.name}: with updateBehavior LOG the frame may have no"
                f" columns that the table has not, or of other types, such as {', '.join(more)}"
            )
        return not more


def _kept(columns: Sequence[Mapping[str, str]], there: Sequence[Document]) -> list[Document]:
    """The columns; those that are there already with all that is said of them."""
    known = {_identity(column): column for column in there}
    return [known.get(_identity(column), column) for column in columns]


def _identity(column: Document) -> tuple[str, str]:
    return column["Name"].lower(), column.get("Type", "string").lower().replace(" ", "")
