"""Functions of a script, called once for each record: Filter and Map.

What a function raises makes its record an error record; Filter takes KeyError, ValueError and TypeError for "no"
(awsglue 3).
"""

from __future__ import annotations

import pickle
import traceback
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from awsglue import errorrecords
from awsglue.expressions import free_name, quoted
from awsglue.gluetypes import DynamicRecord, StructType
from awsglue.inference import Shape
from awsglue.plan import Records, empty
from awsglue.records import record_reader, record_text, row_writer

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_FAULT = "msg string, stack string, record string"
#: (whether it worked, the record or what went wrong)
_Result = tuple[bool, Any]


def filtered(records: Records, function: Callable[[DynamicRecord], Any], info: str) -> Records:
    """The records for which the function answers true; the schema stays."""
    from pyspark.sql import functions as F  # noqa: N812 - the name that PySpark's documentation uses

    read = record_reader(records.schema)

    def judge(row: Any) -> tuple[bool, str | None, str | None, str | None]:
        try:
            return bool(function(read(row))), None, None, None
        except (KeyError, ValueError, TypeError):
            return False, None, None, None
        except Exception as error:  # noqa: BLE001 - whatever a script's function raises is the record's fault
            return (False, *_fault(error, read(row)))

    names = [quoted(field.name) for field in records.schema]
    verdict = free_name(records.schema, "verdict")
    # Nondeterministic: Spark would otherwise call the function again for each use of its result.
    ask = F.udf(judge, f"keep boolean, {_FAULT}").asNondeterministic()
    judged = records.dataframe.select("*", ask(F.struct(*names)).alias(verdict))
    good = judged.where(f"{quoted(verdict)}.keep").select(*names)
    faults = judged.select(f"{quoted(verdict)}.msg", f"{quoted(verdict)}.stack", f"{quoted(verdict)}.record")
    return records.next(good, errors=(_errors(faults, "filter", info),))


def mapped(records: Records, function: Callable[[DynamicRecord], Any], info: str) -> Records:
    """What the function makes of each record. It is called once per record: the results are kept, because their schema
    is known only when all of them are.
    """
    from pyspark import StorageLevel

    from awsglue.sparktypes import to_spark

    spark = records.dataframe.sparkSession
    read, before = record_reader(records.schema), records.schema

    def apply(rows: Iterable[Any]) -> Iterator[_Result]:
        return (_applied(function, read, row) for row in rows)

    results = records.dataframe.rdd.mapPartitions(apply).persist(StorageLevel.MEMORY_AND_DISK)
    shape, faulty = Shape(), 0
    for pickled, count in results.mapPartitions(lambda part: _shape(part, before)).collect():
        shape.merge(pickle.loads(pickled))  # noqa: S301 - it was pickled by our own worker
        faulty += count
    schema = shape.struct()
    write = row_writer(schema)
    errors: tuple[DataFrame, ...] = ()
    if faulty:
        faults = spark.createDataFrame(results.filter(lambda one: not one[0]).map(lambda one: one[1]), _FAULT)
        errors = (_errors(faults, "map", info),)
    if not schema.fields:
        return records.next(empty(spark).dataframe, schema, errors=errors)
    rows = results.filter(lambda one: one[0]).map(lambda one: write(one[1]))
    return records.next(spark.createDataFrame(rows, to_spark(schema), verifySchema=False), schema, errors=errors)


def _applied(function: Callable[[DynamicRecord], Any], read: Callable[[Any], DynamicRecord], row: Any) -> _Result:
    try:
        result = function(read(row))
    except Exception as error:  # noqa: BLE001 - whatever a script's function raises is the record's fault
        return False, _fault(error, read(row))
    if not result:
        return False, ("User-specified function returned None instead of DynamicRecord", None, record_text(read(row)))
    if not isinstance(result, dict):
        message = f"User-specified function returned {type(result).__name__} instead of DynamicRecord"
        return False, (message, None, record_text(read(row)))
    return True, result


def _shape(part: Iterable[_Result], before: StructType) -> Iterator[tuple[bytes, int]]:
    shape, faulty = Shape(), 0
    for worked, result in part:
        if worked:
            shape.observe(result, before)
        else:
            faulty += 1
    yield pickle.dumps(shape), faulty


def _fault(error: Exception, record: DynamicRecord) -> tuple[str, str, str]:
    return str(error), "".join(traceback.format_exception(error)), record_text(record)


def _errors(faults: DataFrame, site: str, info: str) -> DataFrame:
    return errorrecords.error_frame(faults, site=site, info=info, msg="msg", stack_trace="stack", record="record")
