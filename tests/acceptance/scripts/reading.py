"""Reads what scripts have written, with none of our own code: a program for the Python that jobs run with.

On stdin come folders and their formats as JSON, on stdout goes a list of records for each.
"""

from __future__ import annotations

import bz2
import csv
import gzip
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

OPENERS = {".gz": gzip.open, ".bz2": bz2.open}


def records(folder: Path, form: str) -> Iterator[dict[str, Any]]:
    for file in sorted(folder.rglob("*") if folder.is_dir() else [folder]):
        if file.is_file() and not file.name.startswith(("_", ".")):
            keys = dict(part.split("=", 1) for part in file.relative_to(folder).parts[:-1] if "=" in part)
            for record in READERS[form](file):
                yield {**without_nulls(record), **keys}


def without_nulls(value: Any) -> Any:
    """TOML, in which the expected records are written, has no null."""
    if isinstance(value, dict):
        return {name: without_nulls(item) for name, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


def columnar(file: Path) -> list[dict[str, Any]]:
    from pyarrow import orc, parquet

    table = orc.ORCFile(file).read() if file.suffix == ".orc" else parquet.ParquetFile(file).read()
    return table.to_pylist()


def avro(file: Path) -> list[dict[str, Any]]:
    import fastavro

    with file.open("rb") as stream:
        return list(fastavro.reader(stream))


def text(file: Path) -> list[str]:
    with OPENERS.get(file.suffix, open)(file, "rt", encoding="utf-8", newline="") as stream:
        return stream.read().splitlines()


READERS = {
    "parquet": columnar,
    "orc": columnar,
    "avro": avro,
    "json": lambda file: [json.loads(line) for line in text(file)],
    "csv": lambda file: list(csv.DictReader(text(file))),
    "text": lambda file: [{"line": line} for line in text(file)],
}

if __name__ == "__main__":
    asked = json.load(sys.stdin)
    json.dump([list(records(Path(one["folder"]), one["format"])) for one in asked], sys.stdout, default=str)
