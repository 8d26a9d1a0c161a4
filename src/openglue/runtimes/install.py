"""One installation of a runtime: a virtual environment; where there is Spark, Java, jars and the class archive.

The environment is made where it will stay, since its own files name that place. `ready.json` is written when it is
done: a directory without it is what a killed installation left, and is made anew. What comes after it is looked for
each time. Most jobs need no jars: a repository of them that is out of reach is told of, and stops nobody.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from openglue.clock import Clock
from openglue.model.profiles import Profile
from openglue.runtimes.archive import TrainingError, build_archive, build_base
from openglue.runtimes.errors import InstallError
from openglue.runtimes.hold import hold
from openglue.runtimes.jars import fetch, missing
from openglue.runtimes.java import ADVICE, Java, find_java, packaged_home
from openglue.runtimes.pins import BUILD, JAVA, LOCKS, packages
from openglue.runtimes.runtime import READY, Runtime, archive_of, installed, python_of, ready
from openglue.runtimes.tool import environment, execute

#: How long one step of uv may take; a slow line downloads the largest package in less.
STEP_TIMEOUT_S = 1800
#: How long somebody waits for another process that installs the same.
WAIT_S = 3600
#: Beginnings of uv's lines that tell a user something.
TELLING = ("Downloading ", "Building ", "Prepared ", "Installed ", "Bytecode ")


@dataclass(frozen=True, kw_only=True)
class Installer:
    """Installs into one cache directory with one uv."""

    cache: Path
    uv: Path
    clock: Clock
    environ: Mapping[str, str]
    #: Called all the while; ends what is being done by raising.
    go_on: Callable[[], None] = lambda: None

    def install(self, profile: Profile, root: Path, java_home: Path | None, say: Callable[[str], None]) -> Runtime:
        """Make the runtime at `root` complete; whoever comes second waits and finds it done."""
        place = root.with_name(f"{root.name}.lock")
        with hold(place, profile.name, say, self.clock, deadline_s=WAIT_S, go_on=self.go_on) as lock:
            notes = ready(root)
            if notes is None:
                notes = self._make(profile, root, say, lock)
            java = self._java(java_home, say) if profile.spark is not None else None
            runtime = installed(profile, root, notes, java)
            if java is not None and profile.jars is not None:
                self._jars(LOCKS / profile.jars, runtime, java, say, lock)
                runtime = installed(profile, root, notes, java)
            if java is not None and runtime.archive is None:
                self._archive(runtime, java, say)
                runtime = installed(profile, root, notes, java)
        return runtime

    def run_uv(
        self,
        arguments: Sequence[str | os.PathLike[str]],
        what: str,
        said: Callable[[str], None],
        *,
        timeout_s: float,
        keep: int,
    ) -> None:
        """Run uv to its end, every line of its to `said`; InstallError with uv's reason when `what` fails."""
        # In the cache, so that no project's uv settings apply; the user's own do.
        self.cache.mkdir(parents=True, exist_ok=True)
        result = execute(
            [self.uv, "--color=never", *arguments],
            said,
            self.clock,
            timeout_s=timeout_s,
            cwd=self.cache,
            environ=environment(self.environ),
            keep=[keep],
            go_on=self.go_on,
        )
        if result.code is None:
            raise InstallError(f"{what} took longer than {timeout_s:.0f} s")
        if result.code != 0:
            raise InstallError(f"{what} failed: {reason(result.lines)}")

    def _make(self, profile: Profile, root: Path, say: Callable[[str], None], lock: int) -> dict[str, object]:
        begin = self.clock.boot()
        if root.exists():
            say("removing the rest of an installation that was interrupted")
            shutil.rmtree(root)
        pins = packages(LOCKS / profile.lock)
        say(f"installing {len(pins)} packages (a first download is ~{profile.download_mb} MB)")
        self.run_uv(
            ["venv", "--no-project", "--python", base_interpreter(profile.python), root],
            f"creating an environment with Python {profile.python}",
            telling(say),
            timeout_s=STEP_TIMEOUT_S,
            keep=lock,
        )
        self.run_uv(
            [
                *("pip", "install", "--python", python_of(root), "--require-hashes", "--compile-bytecode"),
                # The lock is complete. Asked to resolve it, uv would build what has no wheel anew each time.
                *("--no-deps", "--build-constraints", BUILD, "--requirements", LOCKS / profile.lock),
            ],
            f"installing the packages of {profile.name}",
            telling(say),
            timeout_s=STEP_TIMEOUT_S,
            keep=lock,
        )
        notes: dict[str, object] = {"python": profile.python, "bytes": size_of(root)}
        if profile.spark is not None:
            notes["spark_home"] = f"lib/python{profile.python}/site-packages/pyspark"
        fresh = root / f"{READY}.tmp"
        fresh.write_text(json.dumps(notes, indent=1), encoding="utf-8")
        # The note must not outlive a power failure that the files it vouches for do not.
        os.sync()
        fresh.replace(root / READY)
        say(f"installed in {(self.clock.boot() - begin) / 1000:.0f} s")
        return notes

    def _java(self, setting: Path | None, say: Callable[[str], None]) -> Java:
        java = find_java(self.cache, setting, self.environ)
        if java is not None:
            return java
        home = packaged_home(self.cache)
        target = home.parent.parent
        place = target.with_name(f"{target.name}.lock")
        with hold(place, "Java", say, self.clock, deadline_s=WAIT_S, go_on=self.go_on) as lock:
            if not target.exists():
                say("installing Java 17 (~40 MB), since this machine has none")
                fresh = Path(tempfile.mkdtemp(dir=target.parent, prefix="new-"))
                try:
                    self._download_java(fresh, say, lock)
                    os.sync()
                    fresh.replace(target)
                finally:
                    shutil.rmtree(fresh, ignore_errors=True)
        java = find_java(self.cache, None, self.environ)
        if java is None:
            raise InstallError(f"the Java that was installed does not start here. {ADVICE}")
        return java

    def _download_java(self, target: Path, say: Callable[[str], None], lock: int) -> None:
        try:
            self.run_uv(
                [
                    *("pip", "install", "--python", sys.executable, "--target", target),
                    *("--require-hashes", "--no-deps", "--no-build", "--requirements", JAVA),
                ],
                "installing Java",
                telling(say),
                timeout_s=STEP_TIMEOUT_S,
                keep=lock,
            )
        except InstallError as error:
            raise InstallError(f"{ADVICE} ({error})") from error

    def _jars(self, pins: Path, runtime: Runtime, java: Java, say: Callable[[str], None], lock: int) -> None:
        wanted = missing(runtime, pins)
        if not wanted:
            return
        say(f"fetching {', '.join(map(str, wanted))}")
        try:
            fetch(wanted, runtime, java, self.environ, self.clock, keep=lock, go_on=self.go_on)
        except InstallError as error:
            say(f"jobs that need it have to bring it with --extra-jars: {error}")
        else:
            # An archive belongs to one class path.
            shutil.rmtree(archive_of(runtime.root, java).parent, ignore_errors=True)

    def _archive(self, runtime: Runtime, java: Java, say: Callable[[str], None]) -> None:
        begin, environ = self.clock.boot(), environment(self.environ)
        say(f"preparing Spark's classes for a quick start with Java {java.version}")
        try:
            if java.home == packaged_home(self.cache):
                build_base(java, environ, self.clock, self.go_on)
            build_archive(runtime, java, environ, self.clock, self.go_on)
        except TrainingError as error:
            say(f"Spark will start more slowly: no class archive could be made ({error})")
        else:
            size = archive_of(runtime.root, java).stat().st_size / 1e6
            say(f"class archive ({size:.0f} MB) made in {(self.clock.boot() - begin) / 1000:.0f} s")


def base_interpreter(python: str) -> str:
    """What to ask uv for: this program's own interpreter when it fits, else any of that version."""
    return sys.executable if python == f"{sys.version_info[0]}.{sys.version_info[1]}" else python


def reason(lines: Sequence[str]) -> str:
    """Why uv failed, in a line: what it says after its last "error:", without its advice."""
    starts = [number for number, line in enumerate(lines) if line.startswith("error:")]
    said = lines[starts[-1] :] if starts else [line for line in lines if line.strip()][-1:]
    words: list[str] = []
    for line in said:
        if line.startswith("hint:"):
            break
        words.append(line.strip().removeprefix("error:").removeprefix("cause:"))
    return " ".join(" ".join(words).split()) or "uv gave no reason"


def size_of(directory: Path) -> int:
    """Bytes of all files below `directory`."""
    return sum((Path(place) / name).lstat().st_size for place, _, names in os.walk(directory) for name in names)


def telling(say: Callable[[str], None]) -> Callable[[str], None]:
    """Hands on those of uv's lines that tell a user something."""

    def said(line: str) -> None:
        text = line.strip()
        if text.startswith(TELLING):
            say(text[0].lower() + text[1:])

    return said
