"""Materialises an asset whose work is a run of a Glue job, and writes down what Dagster then knows.

A program for Dagster's Python. Its argument is one JSON document: start (the parameters of StartJobRun), extras, and
bucket: where context and messages go through S3, or null for the script's arguments and its log. Dagster looks at
annotations, which therefore are not put off.
"""

import json
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import boto3
from dagster import AssetExecutionContext, PipesEnvContextInjector, asset, materialize
from dagster_aws.pipes import (
    PipesCloudWatchMessageReader,
    PipesGlueClient,
    PipesS3ContextInjector,
    PipesS3MessageReader,
)

given = json.loads(sys.argv[1])


def client() -> PipesGlueClient:
    glue, s3, logs = (boto3.client(name) for name in ("glue", "s3", "logs"))
    if given["bucket"] is None:
        injector, reader = PipesEnvContextInjector(), PipesCloudWatchMessageReader(client=logs)
    else:
        injector = PipesS3ContextInjector(bucket=given["bucket"], client=s3)
        reader = PipesS3MessageReader(bucket=given["bucket"], client=s3, interval=1)
    return PipesGlueClient(client=glue, context_injector=injector, message_reader=reader)


@asset
def orders(context: AssetExecutionContext, glue: PipesGlueClient) -> Any:
    return glue.run(
        context=context, start_job_run_params=given["start"], extras=given["extras"]
    ).get_materialize_result()


# What is forwarded goes to standard output; Dagster's own words go to standard error.
with Path("forwarded.txt").open("w", encoding="utf-8") as forwarded, redirect_stdout(forwarded):
    result = materialize([orders], resources={"glue": client()}, raise_on_error=False)

materializations = result.get_asset_materialization_events()
failures = [event.step_failure_data for event in result.all_events if event.is_step_failure]
known = {
    "metadata": {
        name: value.value
        for event in materializations
        for name, value in event.materialization.metadata.items()
        if isinstance(value.value, str | int | float | dict | list)
    },
    "tags": {name: value for event in materializations for name, value in (event.materialization.tags or {}).items()},
    "failures": [str(failure.error_display_string) for failure in failures if failure is not None],
}
Path("known.json").write_text(json.dumps(known), encoding="utf-8")
