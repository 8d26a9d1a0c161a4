"""Python in the surroundings of a job's runs, outside of any run: `openglue python`, `openglue shell`.

What a run's launcher does for its script, plain environment variables do here, so that any program that starts Python
takes part: pytest, an editor, a notebook. Spark's JVM is started by PySpark itself when a session is asked for.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping

from openglue.commands.command import Surroundings, base_environment
from openglue.commands.glueetl import driver_environment, java_options, spark_settings, submit_arguments
from openglue.process import MARK
from openglue.runtimes.jvm import archive_options

#: Variables of the user's that would lead elsewhere than the job's: other credentials, another Spark.
_SHUT_OUT = ("AWS_", "SPARK_", "PYSPARK_", "PYTHONHOME", "OPENGLUE_RUN")
#: What of a run's environment is the run's, and not the user's own.
_OF_RUN = ("HOME", "TMPDIR", "LANG", "PYTHONDONTWRITEBYTECODE", MARK)


def environment(around: Surroundings, environ: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """The environment of a Python program that its user starts, from `environ`; and notes to them.

    Raises ArgumentError.
    """
    given = base_environment(around, environ.get("PATH", os.defpath))
    notes: list[str] = []
    if around.runtime.spark_home is not None:
        settings, notes = spark_settings(around)
        driver, ignored = driver_environment(around)
        notes = [*notes, *ignored]
        java = [*archive_options(around.runtime), *java_options(around)]
        given |= driver | {
            "PYSPARK_SUBMIT_ARGS": shlex.join(
                ["--driver-java-options", " ".join(java), *submit_arguments(settings, around.jars), "pyspark-shell"]
            ),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_LOCAL_DIRS": str(around.scratch),
        }
    if environ.get("PYTHONPATH"):
        given["PYTHONPATH"] += f":{environ['PYTHONPATH']}"
    kept = {name: value for name, value in environ.items() if not name.startswith(_SHUT_OUT)}
    return {**kept, **{name: value for name, value in given.items() if name not in _OF_RUN}}, notes
