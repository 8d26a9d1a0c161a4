"""The runtimes of one cache directory: found, listed, installed, and overlaid with what a job adds."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from openglue.clock import Clock, SystemClock
from openglue.model.profiles import PROFILES, Profile
from openglue.runtimes.errors import InstallError
from openglue.runtimes.java import find_java
from openglue.runtimes.runtime import Runtime, installed, ready, root_of

if TYPE_CHECKING:
    from openglue.runtimes.install import Installer

#: How long the installation of a job's own modules may take.
OVERLAY_TIMEOUT_S = 900


@dataclass(frozen=True, kw_only=True)
class Installed:
    """A profile, and its runtime with its size in bytes where it is installed."""

    profile: Profile
    runtime: Runtime | None
    size: int


class Runtimes:
    """The runtimes under `cache`, which all projects and CI runs of a user share; installed with the program `uv`."""

    def __init__(
        self,
        cache: Path,
        uv: Path,
        *,
        java_home: Path | None = None,
        clock: Clock | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self._cache = cache
        self._uv = uv
        self._java_home = java_home
        self._clock = clock if clock is not None else SystemClock()
        self._environ = os.environ if environ is None else environ
        #: Locks of the overlays that this process uses; held until it ends.
        self._used: list[int] = []

    def find(self, name: str) -> Runtime | None:
        """The installed runtime of this profile, or None when it, or its Java, must be installed first."""
        profile = _profile(name)
        root = root_of(self._cache, profile)
        notes = ready(root)
        if notes is None:
            return None
        java = find_java(self._cache, self._java_home, self._environ) if profile.spark is not None else None
        if profile.spark is not None and java is None:
            return None
        return installed(profile, root, notes, java)

    def list(self) -> list[Installed]:
        """Every profile, in the order of the table."""
        found = []
        for profile in PROFILES.values():
            notes = ready(root_of(self._cache, profile)) or {}
            found.append(Installed(profile=profile, runtime=self.find(profile.name), size=notes.get("bytes", 0)))
        return found

    def install(
        self, name: str, progress: Callable[[str], None], *, go_on: Callable[[], None] = lambda: None
    ) -> Runtime:
        """The runtime of this profile, installed when it is not, with its Java and its class archive.

        `progress` gets short lines. Of two processes one installs and the other waits; what a killed one left is
        repaired. InstallError says in a line what went wrong. `go_on` is called all the while, and ends it by raising.
        """
        profile = _profile(name)
        try:
            return self._installer(go_on).install(profile, root_of(self._cache, profile), self._java_home, progress)
        except OSError as error:
            raise InstallError(f"installing {name} failed: {error}") from error

    def overlay(
        self,
        runtime: Runtime,
        requirements: Sequence[str],
        options: Sequence[str],
        progress: Callable[[str], None],
        *,
        timeout_s: float = OVERLAY_TIMEOUT_S,
        go_on: Callable[[], None] = lambda: None,
    ) -> Path:
        """The directory with what a job adds to `runtime`, for PYTHONPATH before the runtime's own packages.

        `requirements` are the items of `--additional-python-modules`: names with versions, local wheels, zips of
        wheels, and `-r <file>`; `options` the texts of `--python-modules-installer-option`. InstallError names what
        is not allowed, or gives uv's reason. `go_on` is called all the while, and ends it by raising. The
        directory stays as long as this process lives.
        """
        from openglue.runtimes.overlay import overlay

        try:
            place, used = overlay(self._installer(go_on), runtime, requirements, options, progress, timeout_s=timeout_s)
        except OSError as error:
            raise InstallError(str(error)) from error
        self._used.append(used)
        return place

    def _installer(self, go_on: Callable[[], None]) -> Installer:
        from openglue.runtimes.install import Installer

        return Installer(cache=self._cache, uv=self._uv, clock=self._clock, environ=self._environ, go_on=go_on)


def _profile(name: str) -> Profile:
    if name not in PROFILES:
        raise InstallError(f"there is no runtime {name}; there are: {', '.join(PROFILES)}")
    return PROFILES[name]
