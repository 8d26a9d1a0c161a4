"""What a class archive is trained with: a little of what most jobs do. Run by the runtime's own Python, attached to a
JVM that is recording; argument: a directory to write to.
"""

from __future__ import annotations

import sys
from pathlib import Path


def train(directory: Path) -> None:
    """A context, an SQL query, JSON in, Parquet out and in again, Python functions over tables and over records."""
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    source, target = directory / "in.json", directory / "out.parquet"
    source.write_text(
        "".join(f'{{"id": {n}, "name": "n{n}", "at": {{"x": {n}.5}}, "tags": ["a"]}}\n' for n in range(9))
    )
    context = SparkContext()
    spark = SparkSession(context)
    spark.sql("select 1 as one union all select 2").collect()
    rows = spark.read.json(str(source))
    rows.groupBy("name").count().orderBy("name").collect()
    rows.join(rows.select("id", "at.x"), "id").repartition(2, "id").write.mode("overwrite").parquet(str(target))
    table = spark.read.parquet(str(target)).filter("x > 1")
    table.mapInArrow(lambda batches: batches, table.schema).count()
    context.parallelize(range(9), 2).map(str).count()
    context.stop()


if __name__ == "__main__":
    train(Path(sys.argv[1]))
