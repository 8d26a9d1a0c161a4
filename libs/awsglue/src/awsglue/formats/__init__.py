"""File formats, one module each with its reading and its writing."""

from __future__ import annotations

from awsglue.formats import avro, csv, json, orc, parquet, text, xml
from awsglue.formats.format import Format

#: Add here: a format is a module with a Format value; its name is what scripts pass as `format`.
FORMATS: dict[str, Format] = {
    "csv": csv.FORMAT,
    "json": json.FORMAT,
    "parquet": parquet.FORMAT,
    "glueparquet": parquet.GLUEPARQUET,
    "orc": orc.FORMAT,
    "avro": avro.FORMAT,
    "xml": xml.FORMAT,
    "text": text.FORMAT,
}

#: Formats of Glue that have no module yet, with what to do instead.
NOT_BUILT = {
    "delta": "use spark.read.format('delta') and the Delta Lake packages",
    "grokLog": "read the lines with spark.read.text and take them apart with regexp_extract",
    "hudi": "use spark.read.format('hudi') and the Hudi packages",
    "iceberg": "use spark.table and the Iceberg packages",
    "ion": "turn the files into JSON first",
}


def named(name: object) -> Format:
    """The format that a script asks for. ValueError or NotImplementedError says what there is."""
    if name in FORMATS:
        return FORMATS[str(name)]
    if name in NOT_BUILT:
        raise NotImplementedError(f"the format {name!r} is not built yet: {NOT_BUILT[str(name)]}")
    given = "no format is given" if name is None else f"unknown format {name!r}"
    raise ValueError(f"{given}; there are: {', '.join(FORMATS)}")
