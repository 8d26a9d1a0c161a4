"""The options of an evaluation, and results as files."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from awsglue.files import clear_errors
from awsglue.options import BOOLEAN, TEXT, Option, one_of
from awsgluedq.outcomes import Outcome

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

PUBLISHING = (
    Option(name="dataQualityEvaluationContext", kind=TEXT, default="default_context"),
    Option(name="enableDataQualityCloudWatchMetrics", kind=BOOLEAN, default=False),
    # True on AWS; here the notice is for those who asked for it.
    Option(name="enableDataQualityResultsPublishing", kind=BOOLEAN, default=False),
    Option(name="resultsS3Prefix", kind=TEXT, default=""),
)
ADDITIONAL = (
    Option(
        name="performanceTuning.caching",
        kind=one_of("CACHE_NOTHING", "CACHE_INPUT"),
        default="CACHE_NOTHING",
    ),
    Option(name="observations.scope", kind=one_of("ALL", "NONE"), default="NONE"),
    Option(name="compositeRuleEvaluation.method", kind=one_of("COLUMN", "ROW"), default="COLUMN"),
    Option(name="rowLevelConfiguration.filteredRowLabel", kind=one_of("PASSED", "SKIPPED"), default="PASSED"),
    Option(
        name="rowLevelConfiguration.ruleWithLabels",
        kind=one_of("DISABLED", "ENABLED"),
        default="DISABLED",
        not_built="labels are not built yet: leave it out",
    ),
)


def write(
    spark: SparkSession, prefix: str, context: str, outcomes: Sequence[Outcome], started: datetime, completed: datetime
) -> str:
    """Write a line of JSON for each rule into a file of its own below the prefix, by day; its path."""
    run = f"dqrun-{secrets.token_hex(20)}"
    lines = [
        json.dumps(
            {
                "dqRunId": run,
                "evaluationContext": context,
                "evaluationStartedOn": started.isoformat(timespec="milliseconds"),
                "evaluationCompletedOn": completed.isoformat(timespec="milliseconds"),
                "rule": one.rule,
                "outcome": one.label,
                "failureReason": one.reason,
                "evaluatedMetrics": dict(one.metrics),
            },
            ensure_ascii=False,
        )
        for one in outcomes
    ]
    # AWS's own examples name a bucket without a scheme.
    root = prefix if "://" in prefix or prefix.startswith("/") else f"s3://{prefix}"
    path = f"{root.rstrip('/')}/year={started:%Y}/month={started:%m}/day={started:%d}/{run}.jsonl"
    with clear_errors(path):
        java: Any = spark._jvm  # noqa: SLF001 - PySpark has no other way to Hadoop's file systems
        target = java.org.apache.hadoop.fs.Path(path)
        stream = target.getFileSystem(spark._jsc.hadoopConfiguration()).create(target, False)  # noqa: SLF001
        try:
            stream.write(bytearray("".join(f"{line}\n" for line in lines).encode()))
        finally:
            stream.close()
    return path
