"""What `openglue shell` begins with: the names that its user finds, and the program that it was given, if it was.

Runs in the job's interpreter, whose awsglue it imports by name: OpenGlue itself knows none. The program has a
`__main__` of its own.
"""

from __future__ import annotations

import code
import json
import os
import sys
from importlib import import_module
from itertools import pairwise
from types import ModuleType
from typing import Any


def names_of(arguments: list[str]) -> list[str]:
    """The arguments of a script that have values, and that it may ask for by getResolvedOptions."""
    known = import_module("awsglue.job_arguments")
    always = {"--job-bookmark-option", "--continuation-option", known.DATA_LINEAGE, known.ENCRYPTION_TYPE}
    always |= {*known.ID_PARAMS, *(f"--{name}" for name in known.BOOKMARK_RANGE)}
    named = [key for key, value in pairwise(arguments) if key.startswith("--") and not value.startswith("-")]
    return [key[2:] for key in named if key not in always]


def begin(order: dict[str, Any]) -> dict[str, Any]:
    """The names that scripts begin with; without Spark, `args` alone."""
    sys.argv = ["", *order["arguments"]]
    arguments = import_module("awsglue.utils").getResolvedOptions(sys.argv, names_of(order["arguments"]))
    found: dict[str, Any] = {"args": arguments}
    if order["spark"]:
        from pyspark.context import SparkContext

        found["glueContext"] = import_module("awsglue.context").GlueContext(SparkContext.getOrCreate())
        found["spark"] = found["glueContext"].spark_session
        found["job"] = import_module("awsglue.job").Job(found["glueContext"])
        found["job"].init(arguments.get("JOB_NAME", ""), arguments)
    return found


def main() -> None:
    order = json.loads(os.environ.pop("OPENGLUE_SHELL"))
    if order["spark"]:
        import_module("interrupts").Interrupts().install()
        # The user may have a module of that name.
        del sys.modules["interrupts"]
    # What the program imports is its user's, from the directory that they are in.
    ours, sys.path[0] = sys.path[0], ""
    user = sys.modules["__main__"] = ModuleType("__main__")
    user.__dict__.update(begin(order))
    if order["program"] is None:
        prompt(user, order["greeting"])
        return
    try:
        exec(compile(order["program"], order["name"], "exec"), user.__dict__)  # noqa: S102 - what it was given to do
    except Exception as error:  # noqa: BLE001 - whatever leaves the program ends it
        sys.path.insert(0, ours)
        sys.stderr.writelines(import_module("tracebacks").lines(error))
        sys.exit(1)


def prompt(user: ModuleType, greeting: str) -> None:
    """The prompt of Python itself, with the completion and the history that it has."""
    if hook := getattr(sys, "__interactivehook__", None):
        hook()
    code.interact(greeting, local=user.__dict__, exitmsg="")


if __name__ == "__main__":
    main()
