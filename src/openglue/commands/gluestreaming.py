"""gluestreaming: a Spark run whose streams the launcher can end in order, so that another run goes on from there."""

from __future__ import annotations

from dataclasses import replace

from openglue.commands import glueetl
from openglue.commands.command import Launch, Prepared

#: Where awsglue finds the files of commands.streams.
RESTART = "OPENGLUE_RESTART"


def launch(prepared: Prepared) -> Launch:
    prepared.restart.mkdir(exist_ok=True)
    spark = glueetl.launch(prepared, restart=prepared.restart)
    return replace(spark, environment={**spark.environment, RESTART: str(prepared.restart)})
