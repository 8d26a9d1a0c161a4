"""Control groups: how Linux keeps a run to its memory, its number of processes and its weight on the processor.

A *place* is the group in which this process may make further ones: its own, never one above it, so that whatever holds
the service holds its runs, too. Each run has one *group* there: one directory in v2, one for each controller in v1.

    v1   <mount of memory>/<own path>/openglue-<run>     the same for pids and cpu, where they are mounted
    v2   <mount>/<own path>/openglue-<run>               own path: without LEAF, the group that the service moved into

In v2 a group that holds processes cannot give its controllers to groups below it. A service that has its group for
itself (a systemd unit with Delegate=yes, a container) therefore moves into a leaf of it: `settle`. Nothing here raises
for a system without cgroups; there simply is no place. Standard library only: runners use it, too.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from openglue.process import NO_FILE, children, identify, send

#: The group below its own into which a service moves; runs' groups are its neighbours.
LEAF = "openglue-service"
PREFIX = "openglue-"
#: Controllers that a group uses; only the first one is indispensable.
CONTROLLERS = ("memory", "pids", "cpu")
#: Times that what is left in a group is killed where the kernel cannot do it at once.
KILL_ROUNDS = 100
#: Seconds for killed processes to leave a group.
LEAVE_S = 2.0
#: Seconds after which an empty group is nobody's.
OLD_S = 60.0
#: Weight of a group in v2 and shares in v1 where nobody says anything.
_WEIGHT, _SHARES = 100, 1024


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """What the processes of one group may use together."""

    memory_mb: int
    #: Processes and threads.
    tasks: int
    #: Weight on the processor, beside 100 for the service.
    cpu_weight: int


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where this process may make groups: a directory for each controller; in v2 they are the same."""

    version: int
    directories: Mapping[str, Path]


def find() -> Place | None:
    """The place as it is now; None if there is none. Changes nothing."""
    found = _own()
    for version in (1, 2):
        directories = found.get(version, {})
        if version == 2:
            directories = {name: path for name, path in directories.items() if name in _enabled(path)}
        directories = {name: path for name, path in directories.items() if _is_writable(path)}
        if "memory" in directories:
            return Place(version=version, directories=directories)
    return None


def can_settle() -> bool:
    """Whether `settle` would make a place in v2, if there is none yet."""
    path = _own().get(2, {}).get("memory")
    return path is not None and _is_writable(path) and (_is_root(path) or _is_ours(path))


def settle() -> Place | None:
    """Make a place of this process's own group in v2, if that is allowed and nobody else is in there.

    Also clear it of groups that nobody ended, because the service and its runner were killed and never came back.
    """
    place = find()
    if place is None and can_settle():
        place = _make_place()
    if place is not None:
        _tidy(place)
    return place


def _make_place() -> Place | None:
    path = _own()[2]["memory"]
    with suppress(OSError):
        if not _is_root(path):
            leaf = path / LEAF
            leaf.mkdir(exist_ok=True)
            for pid in _pids(path):
                with suppress(ProcessLookupError):
                    _write(leaf / "cgroup.procs", pid)
        for name in CONTROLLERS:
            if name in _words(path / "cgroup.controllers"):
                _write(path / "cgroup.subtree_control", f"+{name}")
    return find()


def _tidy(place: Place) -> None:
    """Remove old groups that are empty; what a run has just made, it is about to fill."""
    for directory in place.directories.values():
        for group in directory.glob(f"{PREFIX}*"):
            with suppress(OSError):
                if group.name != LEAF and time.time() - group.stat().st_mtime > OLD_S:
                    # The kernel refuses it as long as there is a process in it.
                    group.rmdir()


class Group:
    """The group of one run. It is made before its first process, and ends after its last one."""

    def __init__(self, version: int, directories: Mapping[str, Path]) -> None:
        self.version = version
        self._directories = dict(directories)

    @classmethod
    def make(cls, place: Place, name: str, bounds: Bounds) -> Group:
        """A new group under these bounds. Raises OSError, and then there is none."""
        group = cls(place.version, {key: path / f"{PREFIX}{name}" for key, path in place.directories.items()})
        try:
            for directory in group._distinct():
                directory.mkdir()
            group._bind(bounds)
        except OSError:
            group.remove(0)
            raise
        return group

    def write(self, file: Path) -> None:
        """Leave it in a file, so that whoever finds that can end it."""
        directories = {name: str(path) for name, path in self._directories.items()}
        file.write_text(json.dumps({"version": self.version, "directories": directories}))

    @classmethod
    def read(cls, file: Path) -> Group | None:
        """What was left in a file; None if there is none. Raises OSError if that cannot be told now."""
        try:
            document = json.loads(file.read_text())
            directories = {name: Path(path) for name, path in document["directories"].items()}
            return cls(document["version"], directories) if "memory" in directories else None
        except (*NO_FILE, ValueError, KeyError, TypeError, AttributeError):
            return None

    def add(self, pid: int) -> None:
        """Move a process in; what it starts from then on is in there, too. Raises OSError."""
        for directory in self._distinct():
            _write(directory / "cgroup.procs", pid)

    def pids(self) -> list[int]:
        return _pids(self._directories["memory"])

    def kills(self) -> int:
        """How many of its processes were killed for lack of memory."""
        file = "memory.events" if self.version == 2 else "memory.oom_control"
        return _field(self._directories["memory"] / file, "oom_kill")

    def refusals(self) -> int:
        """How often a process or thread was refused for its number."""
        directory = self._directories.get("pids")
        return 0 if directory is None else _field(directory / "pids.events", "max")

    def kill(self) -> None:
        """Kill everything in there. What is killed may still be ending afterwards."""
        if "pids" in self._directories:
            # Nothing is born any more, so that one round gets them all.
            with suppress(OSError):
                _write(self._directories["pids"] / "pids.max", 0)
        if self.version == 2:
            # Not before Linux 5.14.
            with suppress(OSError):
                _write(self._directories["memory"] / "cgroup.kill", 1)
                return
        for _ in range(KILL_ROUNDS):
            left = self.pids()
            if not left:
                return
            for pid in left:
                self._kill(pid)

    def remove(self, deadline_s: float = LEAVE_S) -> bool:
        """Remove it once it is empty; False if something is still in there after `deadline_s`.

        False, too, where the hierarchies are hidden: there nobody can tell whether it is gone.
        """
        if not all(_is_visible(directory) for directory in self._distinct()):
            return False
        until = time.monotonic() + deadline_s
        while [directory for directory in self._distinct() if not _removed(directory)]:
            if time.monotonic() >= until:
                return False
            time.sleep(0.002)
        return True

    def _bind(self, bounds: Bounds) -> None:
        memory = self._directories["memory"]
        size = bounds.memory_mb << 20
        if self.version == 2:
            _write(memory / "memory.max", size)
            with suppress(OSError):  # no swap in this kernel
                _write(memory / "memory.swap.max", 0)
            with suppress(OSError):  # not before Linux 4.19
                _write(memory / "memory.oom.group", 1)
        else:
            _write(memory / "memory.limit_in_bytes", size)
            with suppress(OSError):  # swap is not accounted for
                _write(memory / "memory.memsw.limit_in_bytes", size)
        if "pids" in self._directories:
            _write(self._directories["pids"] / "pids.max", bounds.tasks)
        if "cpu" in self._directories:
            weight = bounds.cpu_weight
            file, value = ("cpu.weight", weight) if self.version == 2 else ("cpu.shares", weight * _SHARES // _WEIGHT)
            _write(self._directories["cpu"] / file, value)

    def _kill(self, pid: int) -> None:
        """Kill a process if it is in this group: its number may be another's since it was read."""
        with suppress(OSError):
            identity = identify(pid)
            if identity is not None and self._directories["memory"].name in Path(f"/proc/{pid}/cgroup").read_text():
                send(identity, signal.SIGKILL)

    def _distinct(self) -> list[Path]:
        return [*dict.fromkeys(self._directories.values())]


def _own() -> dict[int, dict[str, Path]]:
    """Directories of this process's own groups, by version and controller."""
    if sys.platform != "linux":
        return {}
    try:
        return own_groups(Path("/proc/self/mountinfo").read_text(), Path("/proc/self/cgroup").read_text())
    except (OSError, ValueError):
        return {}


def own_groups(mountinfo: str, membership: str) -> dict[int, dict[str, Path]]:
    """Directories of a process's groups, by version and controller, from its /proc/<pid>/mountinfo and cgroup.

    In v2 without LEAF. A group outside of what is mounted here (another cgroup namespace) is left out.
    """
    mounts = dict(_mounts(mountinfo))
    found: dict[int, dict[str, Path]] = {1: {}, 2: {}}
    for line in membership.splitlines():
        _, names, path = line.split(":", 2)
        for name in names.split(","):
            if name and name not in CONTROLLERS:
                continue
            if name not in mounts:
                continue
            mount, root = mounts[name]
            inside = os.path.relpath(path, root)
            # The kernel writes /.. for what is above the namespace's root; to relpath that is the root itself.
            if ".." in (path + root).split("/") or inside.startswith(".."):
                continue
            directory = mount if inside == "." else mount / inside
            if name:
                found[1][name] = directory
            else:
                home = directory.parent if directory.name == LEAF else directory
                found[2] = dict.fromkeys(CONTROLLERS, home)
    return found


def _mounts(mountinfo: str) -> Iterator[tuple[str, tuple[Path, str]]]:
    """Controller ("" is v2) to where it is mounted, and which group is the root of that mount."""
    for line in mountinfo.splitlines():
        fields, _, rest = line.partition(" - ")
        kind, _, options = rest.split(" ", 2)
        root, mount = (field.replace("\\040", " ") for field in fields.split(" ")[3:5])
        if kind == "cgroup2":
            yield "", (Path(mount), root)
        elif kind == "cgroup":
            for name in options.rpartition(" ")[2].split(","):
                yield name, (Path(mount), root)


def _is_writable(directory: Path) -> bool:
    return os.access(directory, os.W_OK | os.X_OK) and os.access(directory / "cgroup.procs", os.W_OK)


def _is_visible(directory: Path) -> bool:
    """Whether a group would be seen here if it were there: as much of its path as there is lies in a hierarchy."""
    there = next(parent for parent in directory.parents if parent.exists())
    return (there / "cgroup.procs").exists()


def _is_root(directory: Path) -> bool:
    """Whether it is the whole system's group, which alone may hold processes beside groups that have controllers."""
    return directory.is_dir() and not (directory / "cgroup.type").exists()


def _is_ours(directory: Path) -> bool:
    """Whether only this process, what it started, and the first process of a container are in a group."""
    ours = {1, os.getpid(), *children(os.getpid())}
    found = _pids(directory)
    return "memory" in _words(directory / "cgroup.controllers") and bool(found) and ours.issuperset(found)


def _enabled(directory: Path) -> list[str]:
    return _words(directory / "cgroup.subtree_control")


def _words(file: Path) -> list[str]:
    try:
        return file.read_text().split()
    except OSError:
        return []


def _pids(directory: Path) -> list[int]:
    """Processes directly in a group; 0 stands for one that this PID namespace cannot see."""
    return [int(word) for word in _words(directory / "cgroup.procs")]


def _field(file: Path, name: str) -> int:
    """A number of a file of `name value` lines; 0 where it is not told."""
    words = _words(file)
    return next((int(value) for key, value in zip(words[::2], words[1::2], strict=False) if key == name), 0)


def _write(file: Path, value: object) -> None:
    with file.open("wb", buffering=0) as stream:
        stream.write(str(value).encode())


def _removed(directory: Path) -> bool:
    """Remove a group and whatever groups its processes made below it; whether it is gone."""
    for folder, _, _ in os.walk(directory, topdown=False):
        try:
            Path(folder).rmdir()
        except FileNotFoundError:
            continue
        except OSError:
            return False
    # What cannot be listed is passed over in silence, and is still there.
    return not directory.exists()
