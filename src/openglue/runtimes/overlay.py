"""Overlays: directories with the modules that a job adds, to stand before its runtime's own on PYTHONPATH.

As with pip on AWS, what the runtime has already and satisfies the request is not installed again, and versions that the
request changes win over the runtime's. An overlay is kept under the hash of its request, so that a run with the same
request starts at once; what is not pinned is looked up again each day.

    <cache>/overlays/<hash>/        one overlay, complete: it is renamed into place
    <cache>/overlays/<hash>.new/    one being made, or removed
    <cache>/overlays/<hash>.making  held by the process that makes it
    <cache>/overlays/<hash>.lock    held, shared, by every process that uses it or is about to
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Sequence
from hashlib import file_digest, sha256
from pathlib import Path

from openglue.runtimes.hold import acquire, attempt, hold
from openglue.runtimes.install import Installer, telling
from openglue.runtimes.options import NAME, Request, parse, requirements_of, sources_of
from openglue.runtimes.runtime import Runtime
from openglue.runtimes.wheelhouse import unpack

#: Overlays that are kept beside those in use.
KEPT = 24
DAY_MS = 86_400_000
#: What uv would do, in its words: ` + name==version` or ` + name @ address`.
PLANNED = re.compile(r" [+~] (\S.*)")


def overlay(
    installer: Installer,
    runtime: Runtime,
    requirements: Sequence[str],
    options: Sequence[str],
    progress: Callable[[str], None],
    *,
    timeout_s: float,
) -> tuple[Path, int]:
    """The overlay of this request, and the descriptor that keeps it from being removed until it is closed."""
    request = parse(requirements, options)
    day = installer.clock.now() // DAY_MS if request.floating else None
    place = installer.cache / "overlays" / key(runtime, request, day)
    what = "the additional Python modules"
    clock, go_on = installer.clock, installer.go_on
    used = acquire(_lock(place), what, progress, clock, deadline_s=timeout_s, go_on=go_on, shared=True)
    try:
        if not place.is_dir():
            # Not the same lock: those who find the overlay made would keep the next one waiting while they use it.
            with hold(_making(place), what, progress, clock, deadline_s=timeout_s, go_on=go_on) as making:
                if not place.is_dir():
                    make(installer, runtime, request, place, progress, timeout_s=timeout_s, lock=making)
            prune(place.parent, place)
        os.utime(place)
    except BaseException:
        os.close(used)
        raise
    return place, used


def key(runtime: Runtime, request: Request, day: int | None) -> str:
    """The name of an overlay: a hash of everything that decides what is in it."""
    known = sha256()
    for word in (runtime.root.name, *request.lines, *request.sources, *request.options, str(request.upgrade), str(day)):
        known.update(word.encode() + b"\0")
    for file in (*request.files, *request.wheelhouses, *request.local):
        with file.open("rb") as data:
            known.update(file_digest(data, "sha256").digest())
    return known.hexdigest()[:24]


def make(
    installer: Installer,
    runtime: Runtime,
    request: Request,
    place: Path,
    progress: Callable[[str], None],
    *,
    timeout_s: float,
    lock: int,
) -> None:
    """Install what `request` adds to `runtime` at `place`; the caller holds its lock."""
    deadline = installer.clock.boot() + timeout_s * 1000
    fresh = place.with_name(f"{place.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    (fresh / "site").mkdir(parents=True)
    try:
        asked, chosen = fresh / "asked.txt", fresh / "chosen.txt"
        sources, lines = _unpacked(request, fresh)
        _write(asked, [*sources, *lines])
        plan: list[str] = []
        arguments: list[str | os.PathLike[str]] = ["pip", "install", "--python", runtime.python, *request.options]
        sources += [line for file in request.files for line in sources_of(file)]
        _uv(
            installer,
            [*arguments, "--dry-run", *_upgrades(request), "-r", asked],
            plan.append,
            deadline,
            timeout_s,
            lock,
        )
        added = [match.group(1) for line in plan if (match := PLANNED.fullmatch(line))]
        progress(
            f"installing additional Python modules: {', '.join(added)}"
            if added
            else "the runtime has the additional Python modules already"
        )
        if added:
            _write(chosen, [*sources, *added])
            arguments = [word for word in arguments if word != "--no-deps"]
            arguments += ["--no-deps", "--target", fresh / "site", "--compile-bytecode"]
            _uv(installer, [*arguments, *_hashes(request), "-r", chosen], telling(progress), deadline, timeout_s, lock)
        # As with a runtime: what is in place is complete, also after a power failure.
        os.sync()
        (fresh / "site").replace(place)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def prune(directory: Path, keep: Path) -> None:
    """Remove what was not used for longest above KEPT overlays, except `keep` and what a process uses.

    What a killed process left half made goes, too. Removing takes both locks.
    """
    known = [(entry.stat().st_mtime, Path(entry)) for entry in os.scandir(directory) if entry.is_dir()]
    newest = [path for _, path in sorted(known, reverse=True)]
    places = [path for path in newest if path.suffix != ".new" and path != keep]
    for place in [*places[KEPT - 1 :], *(path.with_suffix("") for path in newest if path.suffix == ".new")]:
        held = [descriptor for lock in (_lock(place), _making(place)) if (descriptor := attempt(lock)) is not None]
        try:
            if len(held) == 2:
                _remove(place)
        finally:
            for descriptor in held:
                os.close(descriptor)


def _remove(place: Path) -> None:
    doomed = place.with_name(f"{place.name}.new")
    shutil.rmtree(doomed, ignore_errors=True)
    if place.is_dir():
        # Under the other name first: an overlay that is there is whole.
        place.replace(doomed)
        shutil.rmtree(doomed, ignore_errors=True)
    for lock in (_making(place), _lock(place)):
        lock.unlink(missing_ok=True)


def _lock(place: Path) -> Path:
    return place.with_name(f"{place.name}.lock")


def _making(place: Path) -> Path:
    return place.with_name(f"{place.name}.making")


def _unpacked(request: Request, fresh: Path) -> tuple[list[str], list[str]]:
    """Where packages come from and which are asked for, with the zips of wheels unpacked below `fresh`."""
    sources, lines = [*request.sources], [*request.lines, *(f"-r {file}" for file in request.files)]
    for number, house in enumerate(request.wheelhouses):
        wheels = fresh / f"wheels{number}"
        lines += unpack(house, wheels)
        sources.append(f"--find-links {wheels}")
    return sources, lines


def _upgrades(request: Request) -> list[str]:
    """uv's options for the packages that are named; as with pip, what they need is only upgraded if it must be."""
    if not request.upgrade:
        return []
    lines = [*request.lines, *(line for file in request.files for line in requirements_of(file))]
    names = [match.group() for line in lines if "://" not in line and (match := NAME.match(line))]
    return [f"--upgrade-package={name}" for name in names]


def _hashes(request: Request) -> list[str | Path]:
    """The requirements files with hashes, once more: the hashes hold for what is chosen, too."""
    return [word for file in request.files if b"--hash=" in file.read_bytes() for word in ("--constraints", file)]


def _write(file: Path, lines: Sequence[str]) -> None:
    # Addresses of indexes may hold passwords.
    file.touch(mode=0o600, exist_ok=False)
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _uv(
    installer: Installer,
    arguments: Sequence[str | os.PathLike[str]],
    said: Callable[[str], None],
    deadline: float,
    timeout_s: float,
    lock: int,
) -> None:
    left = max(1.0, (deadline - installer.clock.boot()) / 1000)
    installer.run_uv(arguments, "installing additional Python modules", said, timeout_s=min(left, timeout_s), keep=lock)
