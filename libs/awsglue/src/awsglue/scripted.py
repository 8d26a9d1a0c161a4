"""Functions of a script over records, in Spark's Python workers: Filter, Map and the functions over partitions.

Records come and go in Arrow batches. What a function raises makes its record an error record; Filter takes KeyError,
ValueError and TypeError for "no" (awsglue 3).
"""

from __future__ import annotations

import functools
import itertools
import pickle
import traceback
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from awsglue import errorrecords
from awsglue.batches import batch_reader, batch_writer
from awsglue.expressions import free_name, quoted
from awsglue.gluetypes import DynamicRecord, StructType
from awsglue.inference import Shape
from awsglue.plan import Records, empty
from awsglue.records import record_text

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

#: A function of the script over one record.
OnRecord = Callable[[DynamicRecord], Any]
#: A function of the script over the number of a partition and its records.
OnPartition = Callable[[int, Iterator[DynamicRecord]], Iterable[Any]]
#: What went wrong, where, and the record as text.
_Fault = tuple[str, str | None, str | None]
#: What a function made of some records: the good results, and the faults.
_Made = tuple[list[dict[str, Any]], list[_Fault]]

_FAULT = ("msg", "stack", "record")
#: Results of a function over a partition that are kept together.
_BATCH = 10_000


def filtered(records: Records, function: OnRecord, info: str) -> Records:
    """The records for which the function answers true; the schema stays."""
    from pyspark.sql import types as spark

    fault = free_name(records.schema, "fault")
    given = _columns(records)
    fields = [
        spark.StructField(field.name, one.dataType)
        for field, one in zip(records.schema, given.schema.fields, strict=False)  # there may be a column of nothing
    ]
    judged = given.mapInArrow(
        functools.partial(_judged, schema=records.schema, function=function, fault=fault),
        spark.StructType([*fields, spark.StructField(fault, _fault_type())]),
    )
    good = judged.where(f"{quoted(fault)} IS NULL").select(*(quoted(field.name) for field in records.schema))
    return records.next(good, errors=(_errors(judged.selectExpr(f"{quoted(fault)}.*"), "filter", info),))


def mapped(records: Records, function: OnRecord, info: str) -> Records:
    """What the function makes of each record. It is called once per record: the results are kept, because their schema
    is known only when all of them are.
    """
    work = functools.partial(_mapped, schema=records.schema, function=function)
    return _made(records, work, "map", info)


def mapped_partitions(records: Records, function: OnPartition, site: str, info: str) -> Records:
    """What the function makes of the records of each partition. An error that it raises ends the job: no record is to
    blame for it.
    """
    work = functools.partial(_mapped_partition, schema=records.schema, function=function)
    return _made(records, work, site, info)


def _fault_type() -> Any:
    from pyspark.sql import types as spark

    return spark.StructType([spark.StructField(name, spark.StringType()) for name in _FAULT])


def _kept_type() -> Any:
    """What a function made, as Spark keeps it: a batch of Arrow, the pickled shape of its records, and the faults."""
    from pyspark.sql import types as spark

    return spark.StructType(
        [
            spark.StructField("records", spark.BinaryType()),
            spark.StructField("shape", spark.BinaryType()),
            spark.StructField("faults", spark.ArrayType(_fault_type())),
        ]
    )


def _columns(records: Records) -> DataFrame:
    """The fields as columns, in their order; one column of nothing for records without fields, which Arrow would not
    count. The columns have plain names: mapInArrow takes a dot in a name for a path.
    """
    columns = [f"{quoted(field.name)} AS field{index}" for index, field in enumerate(records.schema)]
    return records.dataframe.selectExpr(*(columns or ["true AS nothing"]))


def _judged(
    batches: Iterator[pa.RecordBatch], schema: StructType, function: OnRecord, fault: str
) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    read = batch_reader(schema)
    fault_type = pa.struct([(name, pa.string()) for name in _FAULT])
    for batch in batches:
        keep: list[bool] = []
        faults: list[_Fault] = []
        originals = functools.cache(functools.partial(read, batch))
        for record in read(batch):
            try:
                keep.append(bool(function(record)))
            except (KeyError, ValueError, TypeError):
                keep.append(False)
            except Exception as error:  # noqa: BLE001 - whatever a script's function raises is the record's fault
                faults.append(_fault(error, originals()[len(keep)]))
                keep.append(False)
        columns = batch.columns[: len(schema)]
        names = [*(field.name for field in schema), fault]
        everything = pa.RecordBatch.from_arrays([*columns, pa.nulls(batch.num_rows, fault_type)], names)
        yield everything.filter(pa.array(keep, pa.bool_()))
        if faults:
            found = pa.array([dict(zip(_FAULT, one, strict=True)) for one in faults], fault_type)
            yield pa.RecordBatch.from_arrays([*(pa.nulls(len(faults), one.type) for one in columns), found], names)


def _mapped(batches: Iterator[pa.RecordBatch], schema: StructType, function: OnRecord) -> Iterator[_Made]:
    read = batch_reader(schema)
    for batch in batches:
        results: list[dict[str, Any]] = []
        faults: list[_Fault] = []
        originals = functools.cache(functools.partial(read, batch))
        for index, record in enumerate(read(batch)):
            try:
                result = function(record)
            except Exception as error:  # noqa: BLE001 - whatever a script's function raises is the record's fault
                faults.append(_fault(error, originals()[index]))
                continue
            if result and isinstance(result, dict):
                results.append(result)
            else:
                faults.append((_no_record(result), None, record_text(originals()[index])))
        yield results, faults


def _mapped_partition(batches: Iterator[pa.RecordBatch], schema: StructType, function: OnPartition) -> Iterator[_Made]:
    from pyspark import TaskContext

    context = TaskContext.get()
    read = batch_reader(schema)
    records = (record for batch in batches for record in read(batch))
    answers = iter(function(0 if context is None else context.partitionId(), records))
    while some := list(itertools.islice(answers, _BATCH)):
        good = [one for one in some if one and isinstance(one, dict)]
        yield good, [(_no_record(one), None, None) for one in some if not (one and isinstance(one, dict))]


def _no_record(result: Any) -> str:
    what = type(result).__name__ if result else "None"
    return f"User-specified function returned {what} instead of DynamicRecord"


def _made(
    records: Records, work: Callable[[Iterator[pa.RecordBatch]], Iterator[_Made]], site: str, info: str
) -> Records:
    """The records that the work makes. They are kept when first asked for, in batches that have a schema each; what is
    of another schema than all of them together is converted when it is read.
    """
    from pyspark import StorageLevel

    from awsglue.sparktypes import to_spark

    kept = _columns(records).mapInArrow(functools.partial(_packed, work=work, before=records.schema), _kept_type())
    kept = kept.persist(StorageLevel.MEMORY_AND_DISK)
    shape, faulty = Shape(), 0
    for one in kept.selectExpr("shape", "size(faults) AS faulty").collect():
        shape.merge(pickle.loads(one.shape))  # noqa: S301 - it was pickled by our own worker
        faulty += one.faulty
    schema = shape.struct()
    errors = (_errors(kept.selectExpr("inline(faults)"), site, info),) if faulty else ()
    if not schema.fields:
        return records.next(empty(records.dataframe.sparkSession).dataframe, schema, errors=errors)
    good = kept.select("records", "shape").mapInArrow(functools.partial(_unpacked, schema=schema), to_spark(schema))
    return records.next(good, schema, errors=errors)


def _packed(
    batches: Iterator[pa.RecordBatch],
    work: Callable[[Iterator[pa.RecordBatch]], Iterator[_Made]],
    before: StructType,
) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa
    from pyspark.sql.pandas.types import to_arrow_schema

    form = to_arrow_schema(_kept_type())
    for results, faults in work(batches):
        shape = Shape()
        shape.observe_all(results, before)
        batch = batch_writer(shape.struct())(results) if results else None
        row = {
            "records": None if batch is None else _bytes(batch),
            "shape": pickle.dumps(shape),
            "faults": [dict(zip(_FAULT, one, strict=True)) for one in faults],
        }
        yield pa.RecordBatch.from_pylist([row], schema=form)


def _bytes(batch: pa.RecordBatch) -> bytes:
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as stream:
        stream.write_batch(batch)
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _unpacked(batches: Iterator[pa.RecordBatch], schema: StructType) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa
    from pyspark.sql.pandas.types import to_arrow_schema

    from awsglue.sparktypes import to_spark

    form = to_arrow_schema(to_spark(schema))
    write = batch_writer(schema)
    for batch in batches:
        for records, shape in zip(batch.column(0), batch.column(1), strict=True):
            if not records.is_valid:
                continue
            part = pa.ipc.open_stream(records.as_buffer()).read_next_batch()
            if part.schema.equals(form):
                yield part
            else:
                own = pickle.loads(shape.as_py()).struct()  # noqa: S301 - it was pickled by our own worker
                yield write(batch_reader(own)(part))


def _fault(error: Exception, record: DynamicRecord) -> _Fault:
    return str(error), "".join(traceback.format_exception(error)), record_text(record)


def _errors(faults: DataFrame, site: str, info: str) -> DataFrame:
    return errorrecords.error_frame(faults, site=site, info=info, msg="msg", stack_trace="stack", record="record")
