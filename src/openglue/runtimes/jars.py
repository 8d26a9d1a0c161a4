"""Jars by Maven coordinates: what scripts on AWS find on their class path besides Spark, such as JDBC drivers.

They lie beside Spark's own, so that every JVM of the runtime has them, however it was started and whenever. Ivy, which
comes with Spark, fetches them from Maven Central, or from the repository that DEFAULT_ARTIFACT_REPOSITORY names, as it
does for Spark itself; what does not have its lock's hash is not taken.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from urllib.parse import urlsplit
from xml.sax.saxutils import quoteattr

from openglue.clock import Clock
from openglue.runtimes.errors import InstallError
from openglue.runtimes.java import Java
from openglue.runtimes.runtime import Runtime
from openglue.runtimes.tool import environment, execute
from openglue.runtimes.trust import java_options

#: One line of a lock.
_LINE = re.compile(r"(?P<organisation>\S+):(?P<module>\S+):(?P<version>\S+) --hash=sha256:(?P<sha256>[0-9a-f]{64})")
#: Ivy's words for what went wrong.
_REASON = re.compile(r"not found|access error")
#: Where a mirror of Maven Central is, by Spark's own variable.
MIRROR = "DEFAULT_ARTIFACT_REPOSITORY"
TIMEOUT_S = 600


@dataclass(frozen=True, kw_only=True)
class Jar:
    organisation: str
    module: str
    version: str
    sha256: str

    @property
    def file(self) -> str:
        return f"{self.module}-{self.version}.jar"

    def __str__(self) -> str:
        return f"{self.organisation}:{self.module}:{self.version}"


def jars(lock: Path) -> list[Jar]:
    """The jars that a lock names, in its order."""
    lines = lock.read_text(encoding="ascii").splitlines()
    return [Jar(**match.groupdict()) for line in lines if (match := _LINE.fullmatch(line))]


def missing(runtime: Runtime, lock: Path) -> list[Jar]:
    """The jars of a lock that the runtime does not have yet."""
    return [jar for jar in jars(lock) if not (_directory(runtime) / jar.file).exists()]


def fetch(
    wanted: list[Jar],
    runtime: Runtime,
    java: Java,
    environ: Mapping[str, str],
    clock: Clock,
    *,
    keep: int,
    go_on: Callable[[], None] = lambda: None,
) -> None:
    """Bring jars beside Spark's own. InstallError says which could not be had, and then the others may be missing, too.

    `keep` is the lock on the runtime, which Ivy holds as long as it runs. `go_on` is called all the while, and ends it
    by raising.
    """
    target = _directory(runtime)
    with tempfile.TemporaryDirectory(prefix="openglue-jars-", dir=runtime.root) as name:
        directory = Path(name)
        (directory / "ivysettings.xml").write_text(_settings(environ.get(MIRROR)), encoding="utf-8")
        (directory / "ivy.xml").write_text(_module(wanted), encoding="utf-8")
        result = execute(
            [
                *(str(java.executable), *_proxies(environ), *java_options(environ, directory / "trusted.jks")),
                *("-cp", f"{target}/*", "org.apache.ivy.Main", "-warn", "-settings", "ivysettings.xml"),
                *("-cache", "cache", "-ivy", "ivy.xml", "-retrieve", "[module]-[revision].[ext]"),
            ],
            lambda _: None,
            clock,
            timeout_s=TIMEOUT_S,
            cwd=directory,
            environ=environment(environ),
            keep=[keep],
            go_on=go_on,
        )
        for jar in wanted:
            _check(directory / jar.file, jar, result.lines)
        os.sync()
        for jar in wanted:
            (directory / jar.file).replace(target / jar.file)


def _directory(runtime: Runtime) -> Path:
    assert runtime.spark_home is not None  # noqa: S101 - a profile with jars has Spark
    return runtime.spark_home / "jars"


def _check(file: Path, jar: Jar, said: tuple[str, ...]) -> None:
    if not file.exists():
        reasons = [line.strip(" \t:") for line in said if _REASON.search(line)]
        # Ivy tells of a repository that is out of reach only after it has called what it wanted there "not found".
        reasons.sort(key=lambda reason: "not found" in reason)
        raise InstallError(f"{jar} could not be fetched: {reasons[0] if reasons else 'it took too long'}")
    with file.open("rb") as data:
        if file_digest(data, "sha256").hexdigest() != jar.sha256:
            raise InstallError(f"{jar} is not what it was when it was pinned: its hash is another")


def _settings(mirror: str | None) -> str:
    # Without a root the resolver is Maven Central's.
    root = f" root={quoteattr(mirror)}" if mirror else ""
    return (
        '<ivysettings><settings defaultResolver="maven"/>'
        f'<resolvers><ibiblio name="maven" m2compatible="true"{root}/></resolvers></ivysettings>'
    )


def _module(wanted: list[Jar]) -> str:
    # A driver works without what its description names as dependencies: they are for functions that Spark does not use.
    lines = "".join(
        f"<dependency org={quoteattr(jar.organisation)} name={quoteattr(jar.module)} rev={quoteattr(jar.version)}"
        ' transitive="false" conf="default->master"/>'
        for jar in wanted
    )
    return (
        '<ivy-module version="2.0"><info organisation="openglue" module="jars"/>'
        f'<configurations><conf name="default"/></configurations><dependencies>{lines}</dependencies></ivy-module>'
    )


def _proxies(environ: Mapping[str, str]) -> Iterator[str]:
    """The proxies of the environment as Java's own settings: it does not look there."""
    for scheme in ("http", "https"):
        proxy = environ.get(f"{scheme}_proxy") or environ.get(f"{scheme.upper()}_PROXY") or ""
        address = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        if address.hostname:
            yield f"-D{scheme}.proxyHost={address.hostname}"
            yield f"-D{scheme}.proxyPort={address.port or 80}"
    direct = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    hosts = [f"*{host}" if host.startswith(".") else host for host in re.split(r"[,\s]+", direct) if host]
    if hosts:
        yield f"-Dhttp.nonProxyHosts={'|'.join(hosts)}"
