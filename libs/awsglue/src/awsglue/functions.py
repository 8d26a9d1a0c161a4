"""Column functions of Glue, for `toDF().select(...)`. AWS names them and does not document what they take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyspark.sql import functions as F  # noqa: N812 - the name that PySpark's documentation uses

if TYPE_CHECKING:
    from pyspark.sql import Column


def replaceArrayElement(col: Column | str, index: Any, value: Any) -> Column:
    """The array with another value at an index, counted from 0; the same array when it has no such index."""
    place = index if _is_column(index) else F.lit(index)
    new = value if _is_column(value) else F.lit(value)
    return F.transform(_column(col), lambda element, number: F.when(number == place, new).otherwise(element))


def namedStruct(*cols: Column | str) -> Column:
    """A struct of names and columns, which are given in turns. ValueError when they are not."""
    if len(cols) % 2 or not all(isinstance(name, str) for name in cols[::2]):
        raise ValueError('namedStruct takes names and columns in turns, as in namedStruct("a", col("x"))')
    pairs = zip(cols[::2], cols[1::2], strict=True)
    return F.struct(*(_column(one).alias(str(name)) for name, one in pairs))


def explodeWithIndex(col: Column | str) -> Column:
    """A row for each element of an array, with the columns `index`, counted from 0, and `val`."""
    return F.posexplode(_column(col)).alias("index", "val")


def _column(col: Column | str) -> Column:
    return F.col(col) if isinstance(col, str) else col


def _is_column(value: Any) -> bool:
    from pyspark.sql import Column

    return isinstance(value, Column)
