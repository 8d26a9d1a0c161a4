"""A profile that is installed, and where it lies.

<cache>/runtimes/<profile>-<first 12 digits of its lock's hash>[-<those of its jars' lock>]/
    ready.json      written last: without it the directory is the rest of an installation that was killed
    bin/python ...  a virtual environment
    archives/       class archives, one for each Java
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openglue.model.profiles import Profile
from openglue.runtimes.java import Java
from openglue.runtimes.pins import LOCKS, digest

READY = "ready.json"


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """What a run executes with."""

    name: str
    root: Path
    #: The interpreter, a real program or a link to one.
    python: Path
    #: None for a runtime without Spark, as the two below.
    spark_home: Path | None
    java: Java | None
    #: The class archive for this Java; None when there is none, and Spark starts more slowly.
    archive: Path | None


def root_of(cache: Path, profile: Profile) -> Path:
    """The directory of this profile with its present locks."""
    contents = [digest(LOCKS / lock) for lock in (profile.lock, profile.jars) if lock is not None]
    return cache / "runtimes" / "-".join([profile.name, *(one[:12] for one in contents)])


def ready(root: Path) -> dict[str, Any] | None:
    """What the installation noted when it was done; None when there is none, or its interpreter is gone."""
    try:
        with (root / READY).open(encoding="utf-8") as file:
            notes: dict[str, Any] = json.load(file)
    except (FileNotFoundError, ValueError):
        return None
    # A virtual environment links to an interpreter that its owner may have removed.
    return notes if python_of(root).exists() else None


def python_of(root: Path) -> Path:
    return root / "bin" / "python"


def archive_of(root: Path, java: Java) -> Path:
    """Where the class archive for this Java is, or would be."""
    return root / "archives" / f"{java.build}.jsa"


def installed(profile: Profile, root: Path, notes: dict[str, Any], java: Java | None) -> Runtime:
    """The runtime that lies at `root`."""
    archive = None
    if java is not None and archive_of(root, java).exists():
        archive = archive_of(root, java)
    return Runtime(
        name=profile.name,
        root=root,
        python=python_of(root),
        spark_home=root / notes["spark_home"] if profile.spark is not None else None,
        java=java,
        archive=archive,
    )
