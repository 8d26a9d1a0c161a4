"""How the JVM of a Spark driver is started: directly, as Spark's own launcher would, without its shell scripts.

The class path is part of a class archive's identity, so that training the archive and running with it share this file.
Nothing may come before it: settings go in as submit arguments, log4j's as a system property, extra jars through
`spark.jars` (performance 2).

PySpark in the user's process attaches to the JVM by the variables PYSPARK_GATEWAY_PORT and PYSPARK_GATEWAY_SECRET. The
JVM writes both to the file that `_PYSPARK_DRIVER_CONN_INFO_PATH` names, and ends when its standard input does.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

from openglue.runtimes.java import Java
from openglue.runtimes.runtime import Runtime

#: The variable by which the JVM is told where to write how it is reached.
CONNECTION_VARIABLE = "_PYSPARK_DRIVER_CONN_INFO_PATH"

#: Packages of the JDK that Spark 3.5 reaches into (what its launcher passes to Java 17).
OPENED = (
    *("java.lang", "java.lang.invoke", "java.lang.reflect", "java.io", "java.net", "java.nio", "java.util"),
    *("java.util.concurrent", "java.util.concurrent.atomic", "jdk.internal.ref", "sun.nio.ch", "sun.nio.cs"),
    *("sun.security.action", "sun.util.calendar"),
)
MODULE_OPTIONS = (
    "-XX:+IgnoreUnrecognizedVMOptions",
    *(f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in OPENED),
    "--add-opens=java.security.jgss/sun.security.krb5=ALL-UNNAMED",
    "-Djdk.reflect.useDirectMethodHandle=false",
)


def jvm_command(
    runtime: Runtime, java: Java, *, memory_mb: int, java_options: Sequence[str], submit_arguments: Sequence[str]
) -> list[str]:
    """The command of a driver's JVM that waits for PySpark.

    `memory_mb` is its heap; `java_options` come after ours and so prevail; `submit_arguments` are those of
    spark-submit (`--conf`, `k=v`, ...). The class archive is used when `runtime` has one for this Java; a JVM that
    cannot use it starts without, and says nothing.
    """
    if runtime.spark_home is None:
        raise ValueError(f"the runtime {runtime.name} has no Spark")
    return [
        str(java.executable),
        "-cp",
        f"{runtime.spark_home}/conf/:{runtime.spark_home}/jars/*",
        f"-Xmx{memory_mb}m",
        *MODULE_OPTIONS,
        *archive_options(runtime),
        *java_options,
        "org.apache.spark.deploy.SparkSubmit",
        *submit_arguments,
        "pyspark-shell",
    ]


def archive_options(runtime: Runtime) -> list[str]:
    """Options with which the JVM uses the class archive of its runtime, if that has one."""
    if runtime.archive is None:
        return []
    # Without the second a mismatch is a warning on standard output, amid the job's own.
    return [f"-XX:SharedArchiveFile={runtime.archive}", "-Xshare:auto", "-Xlog:cds=off", "-Xlog:cds+dynamic=off"]


def jvm_environment(environ: Mapping[str, str], runtime: Runtime, java: Java, connection: Path) -> dict[str, str]:
    """`environ` for the JVM: where its Spark and Java are, and where to write how it is reached.

    Spark's own variables are left out: they would bring settings from outside the run.
    """
    kept = {name: value for name, value in environ.items() if not name.startswith(("SPARK_", "PYSPARK_"))}
    return {
        **kept,
        "JAVA_HOME": str(java.home),
        "SPARK_HOME": str(runtime.spark_home),
        "SPARK_ENV_LOADED": "1",
        "SPARK_SCALA_VERSION": "2.12",
        CONNECTION_VARIABLE: str(connection),
    }


def read_connection(connection: Path) -> tuple[int, str] | None:
    """Port and secret of a JVM that has started, or None while it has not written them."""
    try:
        data = connection.read_bytes()
    except FileNotFoundError:
        return None
    # Two big-endian numbers of 32 bits, the port and the secret's length, then the secret.
    if len(data) < 8:
        return None
    port, length = struct.unpack(">ii", data[:8])
    secret = data[8 : 8 + length]
    return (port, secret.decode()) if len(secret) == length else None
