"""The one table of settings.

A field of Config is a setting: its type, default and help stand there once. A value comes from, in rising order, the
default, a TOML file, the environment (`OPENGLUE_<NAME>`), and the command line. The reference page is generated from
this table.
"""

from __future__ import annotations

import dataclasses
import difflib
import os
import tomllib
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PREFIX = "OPENGLUE_"


class ConfigError(Exception):
    """A setting that cannot be used; the message names it and says what would be right."""


def setting(default: Any, help: str, least: float | None = None, most: float | None = None) -> Any:  # noqa: A002 - the word every settings table uses
    """One row of the table. A callable default is computed when the configuration is made; limits are inclusive."""
    metadata = {"help": help, "least": least, "most": most}
    if callable(default):
        return field(default_factory=default, metadata=metadata)
    return field(default=default, metadata=metadata)


def default_data() -> Path:
    from platformdirs import user_data_path

    return user_data_path("openglue", appauthor=False)


def default_cache() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("openglue", appauthor=False)


@dataclass(frozen=True, kw_only=True)
class Config:
    """Every setting of the service. Add a setting here and it is read, checked and documented."""

    # Where the service lives.
    data: Path = setting(default_data, "Directory of the database, logs, workspaces and embedded S3 buckets.")
    cache: Path = setting(
        default_cache, "Directory of runtimes (virtual environments, class archives), shared by all projects."
    )
    host: str = setting("127.0.0.1", "Address to listen on. Only loopback addresses are served without keys.")
    port: int = setting(4566, "Port to listen on; 0 takes a free one.", 0, 65535)
    hosts: tuple[str, ...] = setting((), "Further names that a request's Host header may carry, besides loopback ones.")
    db: str = setting(
        "", "Database URL, postgresql://... (install openglue[postgres]). Empty: SQLite in the data directory."
    )

    # What the service says it is.
    region: str = setting("us-east-1", "AWS region that ARNs and the environment of runs name.")
    account: str = setting("000000000000", "AWS account id that ARNs name.")

    # Runs.
    default_glue_version: str = setting("5.1", "Glue version of a job that names none.")
    max_concurrent_runs: int = setting(1, "MaxConcurrentRuns of a job that names none.", 1)
    lease_s: float = setting(30.0, "Seconds for which a heartbeat keeps a run with its node.", 3, 3600)
    fence_after_s: float = setting(
        600.0,
        "Seconds beyond its lease after which a run of another server on the same PostgreSQL is lost. A runner that "
        "has reached no server for so long ends its run itself. The same on all of them. With SQLite none is.",
        5,
        86400,
    )
    launch_deadline_s: float = setting(900.0, "Seconds from claim to user code; then the run is FAILED.", 1, 86400)
    stop_grace_s: float = setting(
        10.0, "Seconds between SIGTERM and SIGKILL when a run is stopped or timed out.", 0, 3600
    )
    local_paths: bool = setting(True, "Whether ScriptLocation and extra files may be absolute paths of this machine.")
    keep_workspaces: bool = setting(False, "Keep the working directory of every run after its end, for inspection.")
    keep_failed_workspaces: bool = setting(False, "Keep the working directories of runs that end FAILED or TIMEOUT.")
    kept_workspaces: int = setting(20, "Working directories that are kept at most, the newest.", 0)
    kept_workspace_days: int = setting(7, "Days for which a working directory is kept at most.", 1)

    retry_delay_s: float = setting(0.0, "Seconds between a failed run's end and the launch of its retry.", 0, 86400)
    history_days: int = setting(
        365, "Days for which ended runs are kept with their logs, and versions of bookmarks that are not the last.", 1
    )

    # The account: AWS's default quotas.
    account_runs: int = setting(200, "Runs of all jobs at a time.", 1)
    account_dpu: int = setting(1000, "DPUs of all runs at a time, as the runs ask for them.", 1)
    account_jobs: int = setting(1000, "Jobs that may exist.", 1)
    account_triggers: int = setting(1000, "Triggers that may exist.", 1)
    queued_runs: int = setting(1000, "Runs that may be WAITING at a time.", 0, 10_000)
    queue_s: float = setting(900.0, "Seconds for which a run is WAITING for a limit at most; then it is FAILED.", 0)

    # Tests.
    rehearsal: bool = setting(
        False,
        "Serve the operations by which tests move the clock, decide how runs end and make calls fail. "
        "The pytest plugin sets it; never set it where work is done.",
    )

    # Events.
    webhook_url: str = setting(
        "", "http(s) URL that every event of a run is posted to, as EventBridge has it. Empty: none."
    )
    webhook_timeout_s: float = setting(10.0, "Seconds in which the webhook must answer.", 0.1, 30)
    event_days: int = setting(7, "Days for which events can be read, and are sent to a webhook that was away.", 1)

    # Triggers.
    missed_fire_s: float = setting(
        3600.0, "Seconds for which a scheduled time that was missed is made up for; the latest one fires, once.", 0
    )
    triggers_follow_manual_runs: bool = setting(
        False, "Whether CONDITIONAL triggers also count runs that no trigger has started; AWS does not count them."
    )

    # The machine.
    memory_mb: int = setting(0, "Memory that runs may use in all, in MiB. 0: three quarters of this machine's.", 0)
    memory_share: float = setting(
        0.25, "Share of that memory that one run gets at most: Spark at least 2048 MiB, Python shell 512.", 0.01, 1
    )
    cores: int = setting(0, "Processor cores that one Spark run uses (local[N]). 0: all of this machine's.", 0)
    pythonshell_slots: int = setting(0, "pythonshell runs at a time. 0: four for each core.", 0)
    spark_master: str = setting("", "Spark master of glueetl runs. Empty: local[cores].")
    java_options: tuple[str, ...] = setting(
        (), "Options of the Java that Spark runs with, such as -XX:TieredStopAtLevel=1: they come last, and so prevail."
    )
    pid_namespaces: bool = setting(
        True,
        "Whether a run that can have no cgroup gets a PID namespace, where bubblewrap is installed and allowed: "
        "then nothing of it outlives its runner. Programs in there cannot gain rights (sudo), and if the service is "
        "not root's, files of other users seem to be nobody's, which ssh minds.",
    )

    # Services that scripts call.
    routes: Mapping[str, str] = setting(
        dict,
        "Where a run's calls to AWS services go: service = 'embedded', a URL, or 'aws'. "
        "A service without a route fails at once, naming this setting.",
    )

    # The disk of the data directory.
    least_free_mb: int = setting(
        500,
        "MiB that must be free for new runs to be accepted and started, and for new jobs, triggers and tables. "
        "What runs goes on.",
        0,
    )
    least_free_percent: float = setting(
        2.0, "The same in percent of the disk; on a disk so small that this is less, it counts instead.", 0, 100
    )
    reserve_mb: int = setting(
        64,
        "MiB that are set aside, once less than 8 GiB are free, for writing down the ends of runs on a full disk; "
        "a sixteenth of the disk at most.",
        0,
        4096,
    )

    # Logs.
    log_head_mb: int = setting(8, "MiB kept from the beginning of each log stream.", 1)
    log_tail_mb: int = setting(
        8, "MiB kept from the end of each log stream; what lies between is dropped, and said so.", 1
    )
    log_quota_mb: int = setting(
        10240,
        "MiB that the logs of all runs take together; those of the runs that ended longest ago go first, and a line in "
        "their place says so. 0: no bound.",
        0,
    )
    log_event_kb: int = setting(256, "KiB of one log line that are kept (CloudWatch's limit for an event).", 1, 1024)


SETTINGS = dataclasses.fields(Config)
_LIMITS = {row.name: row.metadata for row in SETTINGS}
_TYPES = typing.get_type_hints(Config)


def load(
    file: Path | None = None, environ: Mapping[str, str] | None = None, overrides: Mapping[str, Any] | None = None
) -> Config:
    """Read the configuration: defaults, then `file` (TOML), then `environ`, then `overrides` (None means not given)."""
    values: dict[str, Any] = {}
    if file is not None:
        values.update(_from_file(file))
    for name, text in (os.environ if environ is None else environ).items():
        if name.startswith(PREFIX) and name[len(PREFIX) :].lower() in _TYPES:
            key = name[len(PREFIX) :].lower()
            values[key] = _parse(key, text, name)
    values.update({key: value for key, value in (overrides or {}).items() if value is not None})
    for key, value in values.items():
        _check(key, value)
    config = Config(**values)
    return dataclasses.replace(config, data=config.data.absolute(), cache=config.cache.absolute())


def _check(key: str, value: Any) -> None:
    """Limits of a setting, and what no setting can be: a path of nothing, a number that is none."""
    limits = _LIMITS[key]
    least, most = limits["least"], limits["most"]
    if (least is not None and not value >= least) or (most is not None and not value <= most):
        most_said = "" if most is None else f" and at most {most}"
        raise ConfigError(f"setting {key} is {value}: at least {least}{most_said} is expected")
    if isinstance(value, Path) and str(value) == ".":
        raise ConfigError(f"setting {key} is empty: a directory is expected")


def _from_file(file: Path) -> dict[str, Any]:
    try:
        table = tomllib.loads(file.read_text())
    except OSError as error:
        raise ConfigError(f"cannot read {file}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} is not TOML: {error}") from error
    return {key: _parse(key, value, f"{key} in {file}") for key, value in table.items()}


def _parse(key: str, value: Any, where: str) -> Any:
    if key not in _TYPES:
        near = difflib.get_close_matches(key, _TYPES, n=1)
        meant = f"did you mean {near[0]}?" if near else f"there are: {', '.join(sorted(_TYPES))}"
        raise ConfigError(f"unknown setting {where}; {meant}")
    wanted = _TYPES[key]
    try:
        return _convert(wanted, value)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"{where}: {value!r} is not {_WORDS.get(wanted, 'a table of names and values')}") from error


#: What the types of settings are called.
_WORDS: dict[Any, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
    Path: "a path",
    tuple[str, ...]: "a list of texts",
}


def _convert(wanted: Any, value: Any) -> Any:
    """Text comes from the environment and the command line; TOML brings its own types."""
    if wanted is bool:
        if isinstance(value, bool):
            return value
        if str(value).lower() in {"1", "true", "yes", "on"}:
            return True
        if str(value).lower() in {"0", "false", "no", "off"}:
            return False
        raise ValueError(value)
    if wanted in (int, float, Path, str):
        if isinstance(value, bool):
            raise TypeError(value)
        return wanted(value)
    if typing.get_origin(wanted) is tuple:
        items = value.split(",") if isinstance(value, str) else list(value)
        return tuple(str(item).strip() for item in items if str(item).strip())
    # A mapping: a TOML table, or `name=value,name=value` in the environment.
    if isinstance(value, str):
        value = dict(pair.split("=", 1) for pair in value.split(",") if pair)
    return {str(name).strip(): str(item).strip() for name, item in dict(value).items()}
