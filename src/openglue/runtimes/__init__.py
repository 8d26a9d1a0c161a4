"""Runtimes: what a run executes with, installed into the user's cache directory.

    runtime.py   Runtime, a profile that is installed, and where it lies
    runtimes.py  Runtimes: find (the hot path of a run), list, install, overlay
    install.py   one installation: environment, Java, jars, class archive
    overlay.py   modules that a job adds to a runtime
    options.py   what a job may ask for there
    library.py   the directory that shows a job our `awsglue` and nothing else of ours
    java.py      which Java runs Spark
    jvm.py       how the JVM of a Spark driver is started
    archive.py   the class archive (AppCDS) that shortens its start
    wheelhouse.py  zips of wheels
    jars.py      jars beside Spark's own, by Maven coordinates
    trust.py     whom a Java trusts that downloads
    pins.py      the lock files
    tool.py      running uv and Java with progress and deadlines
    hold.py      locks between processes

The runner imports this package under `python -S -E` and must start in milliseconds: standard library only, and what
only installing needs is imported when it installs. What a run needs besides is imported from its own module:
`jvm.jvm_command`, `library.library`.
"""

from openglue.runtimes.errors import InstallError
from openglue.runtimes.java import Java, find_java
from openglue.runtimes.runtime import Runtime
from openglue.runtimes.runtimes import Installed, Runtimes

__all__ = ["InstallError", "Installed", "Java", "Runtime", "Runtimes", "find_java"]
