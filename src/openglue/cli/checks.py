"""What `openglue doctor` looks at: one function each, in the order in which a run needs it."""

from __future__ import annotations

import ctypes
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from openglue.config import Config

#: Free space below which a check warns, and below which that for runtimes fails, in MiB.
LITTLE_MB, TOO_LITTLE_MB = 2048, 200
#: Seconds for a program that only says its version.
TIMEOUT_S = 20
_PR_GET_CHILD_SUBREAPER = 37


class Verdict(StrEnum):
    ok = "ok"
    weak = "weak"  #: runs work; something is missing or slower
    broken = "broken"  #: some or all runs cannot work


@dataclass(frozen=True, kw_only=True)
class Check:
    name: str
    verdict: Verdict
    found: str
    #: What to do about it.
    advice: str = ""


def _ok(name: str, found: str) -> Check:
    return Check(name=name, verdict=Verdict.ok, found=found)


def _weak(name: str, found: str, advice: str) -> Check:
    return Check(name=name, verdict=Verdict.weak, found=found, advice=advice)


def _broken(name: str, found: str, advice: str) -> Check:
    return Check(name=name, verdict=Verdict.broken, found=found, advice=advice)


def python(_config: Config) -> Check:
    from openglue.model.profiles import PROFILES

    found = f"{platform.python_version()} ({sys.executable}) on {platform.system()} {platform.machine()}"
    wanted = ", ".join(sorted({profile.python for profile in PROFILES.values()}))
    if sys.platform != "linux":
        return _weak("Python", found, "Linux can end everything that a run started; here a run may leave processes")
    if f"{sys.version_info.major}.{sys.version_info.minor}" != wanted:
        return _weak("Python", found, f"jobs run on Python {wanted}: uv finds one on this machine, or downloads it")
    return _ok("Python", found)


def library(_config: Config) -> Check:
    """AWS's own library has the same package name; in one environment their files overwrite each other."""
    from importlib.metadata import packages_distributions

    from openglue.runtimes.errors import InstallError
    from openglue.runtimes.library import DISTRIBUTION, PACKAGE, locate_package

    others = sorted({*packages_distributions().get(PACKAGE, [])} - {DISTRIBUTION})
    if others:
        advice = f"pip uninstall {' '.join(others)}, then install {DISTRIBUTION} again: their files mix"
        return _broken("awsglue", f"also installed by {', '.join(others)}", advice)
    try:
        return _ok("awsglue", str(locate_package()))
    except InstallError as error:
        return _broken("awsglue", str(error), f"pip install {DISTRIBUTION}")


def data_directory(config: Config) -> Check:
    place = _existing(config.data)
    if not os.access(place, os.W_OK | os.X_OK) or not place.is_dir():
        return _broken("data directory", f"{config.data} cannot be written", "give another one with --data")
    note = "" if place == config.data else " (made at the first start)"
    return _ok("data directory", f"{config.data}{note}")


def database(config: Config) -> Check:
    """Whether the database that is there can be opened, at a schema that this version serves."""
    from sqlalchemy.exc import OperationalError, SQLAlchemyError

    from openglue.store.database import StoreError
    from openglue.store.opening import SQLITE_FILE, migration_engine, revision
    from openglue.store.schema import REVISION

    if not config.db and not (config.data / SQLITE_FILE).exists():
        return _ok("database", "SQLite, made at the first start")
    try:
        at = revision(migration_engine(config.data, config.db))
    except (StoreError, SQLAlchemyError) as error:
        reason = str(getattr(error, "orig", "")).strip() or str(error)
        if config.db and isinstance(error, OperationalError):
            from openglue.store.postgres import is_away

            if is_away(error):
                advice = "start it, or mend its address (setting db); a service that runs goes on by itself"
                return _broken("database", f"does not answer: {reason.splitlines()[0]}", advice)
        return _broken("database", f"cannot be opened: {reason}", "give another --data or --db, or restore a copy")
    if at not in (None, REVISION) and config.db:
        return _broken("database", f"at schema {at}, this version serves {REVISION}", "run `openglue migrate`")
    return _ok("database", "PostgreSQL" if config.db else "SQLite")


def space(config: Config) -> Check:
    from openglue.server import this_disk

    free = {place: shutil.disk_usage(_existing(place)).free >> 20 for place in (config.data, config.cache)}
    place = min(free, key=lambda each: free[each])
    found = f"{free[config.data]} MiB free for data, {free[config.cache]} MiB for runtimes"
    # Of data the server's own rule holds, which wants less of a small disk.
    shortage = this_disk(replace(config, data=_existing(config.data))).shortage
    if shortage is not None:
        return _broken("disk", shortage, "make room there, or see the setting least_free_mb")
    if free[config.cache] < TOO_LITTLE_MB:
        return _broken("disk", found, f"make room where {config.cache} is")
    if free[place] < LITTLE_MB:
        return _weak("disk", found, f"make room where {place} is: runtimes and Spark's shuffles need some GB")
    return _ok("disk", found)


def service(config: Config) -> Check:
    """Who answers at the configured address, and whether one could be started there."""
    import socket

    from openglue.api.context import STORE_AWAY
    from openglue.cli.failure import CommandError
    from openglue.cli.service import Service
    from openglue.clients import NoServiceError, answers, find

    try:
        url = find(data=config.data)
    except NoServiceError:
        pass
    else:
        try:
            node = Service(url).own("GetNode")
        except CommandError as error:
            if str(error).startswith(STORE_AWAY):
                found = f"the one at {url} gets no answer from its database"
                return _broken("service", found, "see to the database; the service then goes on by itself")
            return _weak("service", f"the one at {url} answers, but not as expected: {error}", "start it again")
        if node["State"] != "ACTIVE":
            found = f"the one at {url} drains: it takes no runs"
            return _weak("service", found, "openglue drain --resume, or start it again")
        return _ok("service", f"this data directory is served at {url}")
    host = f"[{config.host}]" if ":" in config.host else config.host
    if config.port and answers(f"http://{host}:{config.port}"):
        return _weak(
            "service",
            f"an OpenGlue of another data directory answers at {host}:{config.port}",
            "commands use that one; to serve this directory too, give --port 0",
        )
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((config.host, config.port))
        except OSError as error:
            advice = "give `openglue serve` another --port; `openglue run` takes a free one by itself"
            return _weak("service", f"port {config.port} of {config.host} is taken: {error.strerror}", advice)
    return _ok("service", f"none is running; port {config.port} of {config.host} is free")


def uv(_config: Config) -> Check:
    from uv import find_uv_bin

    try:
        return _program("uv", [find_uv_bin(), "--version"], "pip install --force-reinstall uv")
    except FileNotFoundError:
        return _broken("uv", "not found", "pip install --force-reinstall uv: it installs runtimes")


def java(config: Config) -> Check:
    from openglue.runtimes import InstallError, find_java
    from openglue.runtimes.java import ADVICE

    try:
        found = find_java(config.cache)
    except InstallError as error:
        return _broken("Java", str(error), ADVICE)
    if found is not None:
        return _ok("Java", f"{found.version} ({found.home})")
    if (sys.platform, platform.machine()) in {("linux", "x86_64"), ("darwin", "x86_64"), ("darwin", "arm64")}:
        return _weak("Java", "no Java 17", "nothing to do: one is installed with the Spark runtime (40 MB)")
    return _broken("Java", "no Java 17", ADVICE)


def runtimes(config: Config) -> Check:
    from uv import find_uv_bin

    from openglue.runtimes import InstallError, Runtimes

    try:
        listed = Runtimes(config.cache, Path(find_uv_bin())).list()
    except (InstallError, FileNotFoundError) as error:
        return _broken("runtimes", str(error), "")
    present = [each.profile.name for each in listed if each.runtime is not None]
    absent = [each.profile for each in listed if each.runtime is None]
    found = f"installed: {', '.join(present) or 'none'}"
    if absent:
        sizes = ", ".join(f"{profile.name} ({profile.download_mb} MB)" for profile in absent)
        return _weak("runtimes", found, f"the first run that needs it downloads {sizes}; or `openglue runtime install`")
    return _ok("runtimes", found)


def machine(config: Config) -> Check:
    from openglue.server import this_machine

    budget = this_machine(config)
    found = (
        f"runs may use {budget.memory_mb} MiB and {budget.cores} cores: {budget.spark_memory_mb} MiB per Spark run,"
        f" {budget.pythonshell_slots} Python shell runs at a time"
    )
    if budget.memory_mb < budget.LEAST_SPARK_MB:
        return _weak("machine", found, f"Spark wants {budget.LEAST_SPARK_MB} MiB at least")
    return _ok("machine", found)


def processes(config: Config) -> Check:
    """By which means the end of a run, or of its runner, ends everything that it started."""
    from openglue import cgroup

    name = "process control"
    means = {
        "child subreaper": _has_subreaper(),
        "pidfd": hasattr(os, "pidfd_open"),
    }
    lacking = [each for each, present in means.items() if not present]
    if lacking:
        found = ", ".join(each for each, present in means.items() if present) or "none"
        return _weak(name, found, f"without {' and '.join(lacking)} a run may leave processes that hid themselves")
    place = cgroup.find()
    if place is not None or cgroup.can_settle():
        version = 2 if place is None else place.version
        found = f"cgroup v{version}: whatever a run started ends with it; after a killed runner, the service ends it"
        return _ok(name, found)
    lack = _namespace_lack(config)
    if not lack:
        return _ok(name, "PID namespace: whatever a run started ends with it, and with its runner")
    found = "the sweep alone: whatever a run started ends with it; a killed runner may leave what hid itself"
    return _weak(name, found, f"{lack}; in a PID namespace or a cgroup of its own nothing of a run is left")


def bounds(_config: Config) -> Check:
    """What holds runs to their memory, when the service is started where this command was."""
    from openglue import cgroup

    place = cgroup.find()
    if place is not None:
        return _ok("run limits", f"runs are held by cgroup v{place.version} ({', '.join(place.directories)})")
    if cgroup.can_settle():
        return _ok("run limits", "runs will be held by cgroup v2")
    if sys.platform != "linux":
        return _weak("run limits", "nothing holds runs to their memory on this system", "Linux can")
    found = "no cgroup can be made here: a run's memory is watched, and the number of its processes has no limit"
    advice = "in a cgroup of its own it could: systemd-run --user --scope -p Delegate=yes openglue serve"
    return _weak("run limits", found, advice)


def isolation(_config: Config) -> Check:
    """What keeps runs from what is not theirs: nothing does yet, and doctor says so."""
    return _ok("isolation", "none: a run may read and write what the service may")


#: Add a check here.
CHECKS: tuple[Callable[[Config], Check], ...] = (
    python,
    library,
    data_directory,
    database,
    space,
    service,
    uv,
    java,
    runtimes,
    machine,
    processes,
    bounds,
    isolation,
)


def _existing(path: Path) -> Path:
    """The path, or the nearest directory above it that is there."""
    return next(place for place in (path, *path.parents) if place.exists())


def _program(name: str, command: list[str], advice: str) -> Check:
    """Whether a program starts, by its version."""
    try:
        told = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return _broken(name, f"does not start: {getattr(error, 'strerror', None) or error}", advice)
    if told.returncode != 0:
        return _broken(name, f"ends with code {told.returncode}: {told.stderr.strip()[-200:]}", advice)
    return _ok(name, told.stdout.splitlines()[0])


def _has_subreaper() -> bool:
    if sys.platform != "linux":
        return False
    answer = ctypes.c_int()
    failed: int = ctypes.CDLL(None, use_errno=True).prctl(_PR_GET_CHILD_SUBREAPER, ctypes.byref(answer), 0, 0, 0)
    return failed == 0


def _namespace_lack(config: Config) -> str:
    """Why runs without a cgroup get no PID namespace; empty if they do."""
    from openglue import namespace

    if not config.pid_namespaces:
        return "the setting pid_namespaces is off"
    bwrap = namespace.find()
    if bwrap is None:
        return "bubblewrap is not installed"
    refusal = namespace.refusal(bwrap)
    return f"{bwrap} is refused ({refusal})" if refusal else ""
