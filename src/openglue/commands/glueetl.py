"""glueetl: a PySpark driver with a JVM of its own.

The run's Spark settings are one dictionary, applied to a cold JVM as submit arguments. Scripts create the SparkContext;
what they set in a SparkConf comes on top, as it does under spark-submit.
"""

from __future__ import annotations

import os
from pathlib import Path

from openglue.commands.command import Launch, Prepared, Surroundings, base_environment, bookmark_access
from openglue.commands.pythonshell import launcher_argv
from openglue.model import arguments as args
from openglue.model.plan import Plan
from openglue.runtimes import Runtime
from openglue.runtimes.java import Java
from openglue.runtimes.jvm import jvm_command, jvm_environment
from openglue.runtimes.library import WORKERS
from openglue.s3 import spark as s3_spark
from openglue.s3.locations import Buckets

#: Settings that are the run's share of the machine, or how it is reached: --conf does not override them.
PROTECTED = frozenset({"spark.master", "spark.driver.memory", "spark.driver.host", "spark.driver.bindAddress"})

_LOG4J = Path(__file__).with_name("log4j2.properties")


def launch(prepared: Prepared, *, restart: Path | None = None) -> Launch:
    """The driver of a run; with `restart`, the folder for that, one whose streams can be ended in order."""
    plan = prepared.plan
    settings, notes = spark_settings(prepared)
    environment = base_environment(prepared, os.environ.get("PATH", os.defpath))
    driver, ignored = driver_environment(prepared)
    notes += ignored
    java = java_of(prepared.runtime)
    connection = prepared.scratch / "gateway"
    environment |= driver
    command = jvm_command(
        prepared.runtime,
        java,
        memory_mb=heap_mb(plan),
        java_options=java_options(prepared),
        submit_arguments=submit_arguments(settings, prepared.jars),
    )
    jvm = {
        "command": command,
        "environment": {
            **jvm_environment(environment, prepared.runtime, java, connection),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_LOCAL_DIRS": str(prepared.scratch),
        },
        "connection_file": str(connection),
    }
    return Launch(
        argv=launcher_argv(prepared, jvm=jvm, restart=restart),
        environment={**environment, **bookmark_access(plan)},
        cwd=prepared.work,
        share=f"{plan.memory_mb} MiB of memory ({heap_mb(plan)} of them for Spark's heap) and {plan.cores} cores"
        f" for Spark ({plan.spark_master})",
        notes=notes,
    )


def driver_environment(around: Surroundings) -> tuple[dict[str, str], list[str]]:
    """Environment by which PySpark finds its Spark, with the job's own; and what the run's log should say about it."""
    driver, ignored = args.customer_environment(around.plan.arguments.get("--customer-driver-env-vars", ""))
    found = {
        "SPARK_HOME": str(around.runtime.spark_home),
        "JAVA_HOME": str(java_of(around.runtime).home),
        "PYSPARK_PYTHON": str(around.runtime.python),
        "PYSPARK_DRIVER_PYTHON": str(around.runtime.python),
    }
    return driver | found, [_not_customer(key) for key in ignored]


def java_of(runtime: Runtime) -> Java:
    """Raises ArgumentError if there is none."""
    if runtime.java is None:
        raise args.ArgumentError("no Java was found: install Java 17 or set JAVA_HOME (see `openglue doctor`)")
    return runtime.java


def java_options(around: Surroundings) -> list[str]:
    return [
        f"-Dlog4j2.configurationFile={_LOG4J}",
        f"-Djava.io.tmpdir={around.scratch}",
        # A driver that goes on after an OutOfMemoryError, with a thread less, may hang until the run's Timeout.
        "-XX:+ExitOnOutOfMemoryError",
        *around.plan.java_options,
    ]


def heap_mb(plan: Plan) -> int:
    """The heap of the driver's JVM, in MiB: five eighths of the run's memory.

    The rest is for what else the JVM needs (classes, threads, buffers), the script itself and Spark's Python workers.
    """
    return plan.memory_mb * 5 // 8


def submit_arguments(settings: dict[str, str], jars: list[Path]) -> list[str]:
    """The cold applier: settings as SparkSubmit takes them."""
    words = [word for name, value in settings.items() for word in ("--conf", f"{name}={value}")]
    if jars:
        words += ["--jars", ",".join(str(jar) for jar in jars)]
    return words


def spark_settings(prepared: Surroundings) -> tuple[dict[str, str], list[str]]:
    """The run's Spark settings, and what its log should say about them."""
    plan = prepared.plan
    settings = {
        **_tuning(plan, prepared.scratch),
        **s3_spark.settings(Path(plan.s3_root)),
        **_event_log(prepared),
        # Their standard input is the JVM's: a prompt there would hear nobody.
        "spark.executorEnv.PYTHONBREAKPOINT": "awsglue.notices.no_terminal",
    }
    executor, ignored = args.customer_environment(plan.arguments.get("--customer-executor-env-vars", ""))
    settings |= {f"spark.executorEnv.{key}": value for key, value in executor.items()}
    notes = [_not_customer(key) for key in ignored]
    if args.is_on(plan.arguments, "--user-jars-first"):
        settings |= {"spark.driver.userClassPathFirst": "true", "spark.executor.userClassPathFirst": "true"}
    if plan.arguments.get("--executor-cores"):
        settings["spark.executor.cores"] = plan.arguments["--executor-cores"]
    for key, value in args.spark_conf(plan.arguments.get("--conf", "")).items():
        if key in PROTECTED:
            notes.append(f"--conf {key} has no effect: it is this run's share of the machine")
        else:
            settings[key] = value
    return settings, notes


def _tuning(plan: Plan, scratch: Path) -> dict[str, str]:
    """Spark for short jobs on one machine: few partitions, no web server, nothing reachable from outside."""
    return {
        "spark.master": plan.spark_master,
        "spark.app.name": plan.job_name,
        "spark.driver.memory": f"{heap_mb(plan)}m",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.python.daemon.module": WORKERS,
        "spark.sql.warehouse.dir": str(scratch / "warehouse"),
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.adaptive.enabled": "true",
        "spark.sql.shuffle.partitions": str(max(4, 2 * plan.cores)),
        # Inference over many files starts a task for each path otherwise (spec/performance 6).
        "spark.sql.sources.parallelPartitionDiscovery.parallelism": str(4 * plan.cores),
    }


def _event_log(prepared: Surroundings) -> dict[str, str]:
    arguments = prepared.plan.arguments
    target = arguments.get("--spark-event-logs-path", "").strip()
    if not args.is_on(arguments, "--enable-spark-ui") or not target:
        return {}
    if "://" in target:
        # Spark refuses to make the directory itself.
        Buckets(Path(prepared.plan.s3_root)).path(target).mkdir(parents=True, exist_ok=True)
    return {"spark.eventLog.enabled": "true", "spark.eventLog.dir": target}


def _not_customer(key: str) -> str:
    return f"environment variable {key} is ignored: its name does not start with CUSTOMER_"
