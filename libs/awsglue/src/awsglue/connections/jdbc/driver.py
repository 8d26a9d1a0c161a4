"""Drivers: that their class is there before anything asks for it, or a sentence says how it gets there."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from awsglue.notices import notice
from awsglue.options import OptionError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from awsglue.connections.jdbc.access import Access

#: The drivers that the runtime should have.
_OWN = frozenset({"org.postgresql.Driver", "com.mysql.cj.jdbc.Driver"})


def provide(spark: SparkSession, access: Access) -> None:
    """Bring the driver's jar into the running JVM where one is given. OptionError when its class is nowhere."""
    if _is_there(spark, access.driver):
        if access.jar:
            notice(f"the driver {access.driver} is on the class path already; {access.jar} has no effect")
        return
    if access.jar:
        _add(spark, access.jar)
        if not _is_there(spark, access.driver):
            raise OptionError(f"the driver {access.driver} is not in {access.jar}: the jdbc option className names it")
        return
    if access.driver in _OWN:
        advice = "run `openglue runtime install glue-5.1`, which fetches it"
    else:
        where = f" ({access.database.maven} in Maven repositories)" if access.database.maven else ""
        advice = f"pass its jar{where} with --extra-jars or the jdbc option customJdbcDriverS3Path"
    raise OptionError(f"the driver {access.driver} is not on the class path: {advice}")


def _add(spark: SparkSession, jar: str) -> None:
    """Put a jar on the class path of the session. OptionError when it cannot be had."""
    from py4j.protocol import Py4JJavaError
    from pyspark import SparkFiles

    jvm: Any = spark._jvm  # noqa: SLF001 - the way to Java's own classes
    # A copy, since Java's class loaders read no files by the URLs of file systems that only Spark knows.
    folder = tempfile.mkdtemp(prefix="driver-", dir=SparkFiles.getRootDirectory())
    path, copy = jvm.org.apache.hadoop.fs.Path(jar), str(Path(folder) / "driver.jar")
    try:
        files = path.getFileSystem(spark._jsc.hadoopConfiguration())  # noqa: SLF001
        files.copyToLocalFile(False, path, jvm.org.apache.hadoop.fs.Path(f"file:{copy}"), True)
    except Py4JJavaError as error:
        raise OptionError(f"the driver's jar {jar} cannot be read: {error.java_exception.getMessage()}") from None
    # As the SQL statement ADD JAR does it.
    spark._jsparkSession.sessionState().resourceLoader().addJar(copy)  # noqa: SLF001


def _is_there(spark: SparkSession, driver: str) -> bool:
    return bool(spark._jvm.org.apache.spark.util.Utils.classIsLoadable(driver))  # noqa: SLF001 - the JVM is reached so
