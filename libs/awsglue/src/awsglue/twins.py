"""Fields of one struct whose names differ only in case, such as `Id` and `id`: two fields in Glue, one name in Spark.

Records with such twins live in a copy of the script's Spark session that tells names apart by case; the script's own
session stays as it is. What a script is given of them is back in its session: there Spark lists both columns, and calls
a reference to one of them ambiguous.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from awsglue.gluetypes import ArrayType, ChoiceType, DataType, MapType, StructType

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_CASE_SENSITIVE = "spark.sql.caseSensitive"
#: The attribute by which a session made here knows the script's.
_HOME = "openglue_home"


def twins(type_: DataType) -> tuple[str, str] | None:
    """Two fields of one struct, at any depth, whose names differ only in case."""
    if isinstance(type_, StructType):
        seen: dict[str, str] = {}
        for field in type_:
            other = seen.setdefault(field.name.lower(), field.name)
            if other != field.name:
                return other, field.name
        inside = [field.dataType for field in type_]
    elif isinstance(type_, ArrayType):
        inside = [type_.elementType]
    elif isinstance(type_, MapType):
        inside = [type_.valueType]
    elif isinstance(type_, ChoiceType):
        inside = [one for _, one in type_.alternatives()]
    else:
        inside = []
    return next((found for found in map(twins, inside) if found), None)


def refuse_twins(schema: StructType, kind: str) -> None:
    """ValueError for twins in records that shall become files of a kind that its readers cannot read with them."""
    found = twins(schema)
    if found:
        raise ValueError(
            f"{kind} files with the fields {found[0]!r} and {found[1]!r} cannot be read again by Spark, which takes the"
            " two names for one: rename or drop one of them, for example with rename_field"
        )


def told_apart(dataframe: DataFrame, schema: StructType) -> DataFrame:
    """The DataFrame where its columns, and what is in them, are told apart as the schema does."""
    if not twins(schema) or dataframe.sparkSession.conf.get(_CASE_SENSITIVE) == "true":
        return dataframe
    return _moved(dataframe, _copied(dataframe.sparkSession))


def given_back(dataframe: DataFrame) -> DataFrame:
    """The DataFrame in the script's session."""
    home: SparkSession | None = getattr(dataframe.sparkSession, _HOME, None)
    return dataframe if home is None else _moved(dataframe, home)


def _copied(home: SparkSession) -> SparkSession:
    from pyspark.sql import SparkSession, session

    copy = SparkSession(home.sparkContext, home._jsparkSession.cloneSession())  # noqa: SLF001 - newSession() forgets views and settings
    # Every new session becomes the one of RDD.toDF().
    session._monkey_patch_RDD(home)  # type: ignore[attr-defined]  # noqa: SLF001 - no other way to undo it
    copy.conf.set(_CASE_SENSITIVE, "true")
    setattr(copy, _HOME, home)
    return copy


def _moved(dataframe: DataFrame, session: SparkSession) -> DataFrame:
    """The same rows in another session. Names are resolved by now, and are not looked up again."""
    from pyspark.sql import DataFrame

    given = dataframe._jdf  # noqa: SLF001 - PySpark has no way to do this, and Spark's class has
    class_ = functools.reduce(getattr, given.getClass().getName().split("."), session._jvm)  # noqa: SLF001
    return DataFrame(class_.ofRows(session._jsparkSession, given.queryExecution().analyzed()), session)  # noqa: SLF001
