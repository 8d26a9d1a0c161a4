"""Arguments: how a job's and a run's become the script's, and what the special ones mean here.

Facts: contract 6. Keys keep their leading dashes everywhere.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

Arguments = Mapping[str, str]

SPARK = ("glueetl", "gluestreaming")
SHELL = ("pythonshell",)
ALL = SPARK + SHELL

#: Parameters of our own, which no script sees.
TERMINAL = "--openglue-terminal"
KEEP_WORKSPACE = "--openglue-keep-workspace"
OWN = (TERMINAL, KEEP_WORKSPACE)


class Effect(StrEnum):
    DONE = "done"  #: does what AWS documents
    QUIET = "no effect here"  #: means nothing on this service; console-made jobs carry it, so nothing is said
    NAMED = "no effect here, named in the run's log"
    REFUSED = "refused"  #: the run fails at launch, saying why: ignoring it would change what the script computes


@dataclass(frozen=True, kw_only=True)
class SpecialParameter:
    name: str
    commands: tuple[str, ...]
    effect: Effect
    note: str


def _row(name: str, commands: tuple[str, ...], effect: Effect, note: str) -> SpecialParameter:
    return SpecialParameter(name=name, commands=commands, effect=effect, note=note)


_DONE, _QUIET, _NAMED, _REFUSED = Effect.DONE, Effect.QUIET, Effect.NAMED, Effect.REFUSED

#: Add a special parameter here. A value "false" (or an empty list) never refuses and is never named.
SPECIAL_PARAMETERS: tuple[SpecialParameter, ...] = (
    _row("--additional-python-modules", ALL, _DONE, "Names with versions, wheels and -r files; installed once, then cached."),
    _row("--python-modules-installer-option", ALL, _DONE, "Options for that installation."),
    _row("--extra-py-files", ALL, _DONE, "Comma list of .py, .zip, .whl and .egg files, put on the module path."),
    _row("--extra-files", SPARK, _DONE, "Comma list of files or folders, copied into the script's working directory."),
    _row("--extra-jars", SPARK, _DONE, "Comma list of jars, added to Spark's class path."),
    _row("--user-jars-first", SPARK, _DONE, "Sets spark.driver.userClassPathFirst and its executor twin."),
    _row("--conf", SPARK, _DONE, "Spark settings, `k=v --conf k2=v2`; the run's share of the machine is not overridden."),
    _row("--customer-driver-env-vars", SPARK, _DONE, "CUSTOMER_K=V,...: environment of the script."),
    _row("--customer-executor-env-vars", SPARK, _DONE, "CUSTOMER_K=V,...: environment of Spark's Python workers."),
    _row("--scriptLocation", ALL, _DONE, "Overrides Command.ScriptLocation."),
    _row("--enable-spark-ui", SPARK, _DONE, "true: event logs are written to --spark-event-logs-path."),
    _row("--spark-event-logs-path", SPARK, _DONE, "Where Spark's event logs go when --enable-spark-ui is true."),
    _row("--TempDir", ALL, _DONE, "Handed to the script."),
    _row("--job-language", ALL, _DONE, "python; scala is refused."),
    _row("--executor-cores", SPARK, _DONE, "Sets spark.executor.cores, which matters only with a cluster master."),
    _row("library-set", SHELL, _DONE, "analytics (default) or none, with or without leading dashes."),
    _row("--enable-continuous-cloudwatch-log", ALL, _DONE, "true: the log is also served as a stream of --continuous-log-logGroup."),
    _row("--continuous-log-logGroup", ALL, _DONE, "Group of the continuous log (default /aws-glue/jobs/logs-v2)."),
    _row("--continuous-log-logStreamPrefix", ALL, _DONE, "Prefix of its stream (default the run's id)."),
    _row("--enable-continuous-log-filter", ALL, _QUIET, "The continuous log is never thinned out here."),
    _row("--continuous-log-conversionPattern", ALL, _NAMED, "Lines are served as the script wrote them."),
    _row("--enable-metrics", ALL, _QUIET, "There is no CloudWatch metrics service."),
    _row("--enable-observability-metrics", ALL, _QUIET, "There is no CloudWatch metrics service."),
    _row("--enable-job-insights", ALL, _QUIET, "The failing line is always named in ErrorMessage."),
    _row("--enable-glue-datacatalog", ALL, _QUIET, "spark.sql sees the tables of its own session only; read those of the catalog with create_dynamic_frame.from_catalog."),
    _row("--enable-s3-parquet-optimized-committer", SPARK, _QUIET, "Writes go through Spark's own committer."),
    _row("--enable-rename-algorithm-v2", SPARK, _QUIET, "Writes go through Spark's own committer."),
    _row("--enable-auto-scaling", SPARK, _QUIET, "A run gets its share of one machine."),
    _row("--auto-scale-within-microbatch", SPARK, _QUIET, "A run gets its share of one machine."),
    _row("--disable-proxy-v2", ALL, _QUIET, "There is no proxy."),
    _row("--use-postgres-driver", SPARK, _QUIET, "The runtime has Glue 5.1's driver of PostgreSQL."),
    _row("--class", SPARK, _QUIET, "Only Scala jobs have a class; console-made Python jobs carry GlueApp."),
    _row("--job-bookmark-option", SPARK, _DONE, "job-bookmark-enable, job-bookmark-pause, or job-bookmark-disable (default)."),
    _row("--job-bookmark-from", SPARK, _DONE, "With job-bookmark-pause: run id; what was read up to this run is passed over."),
    _row("--job-bookmark-to", SPARK, _DONE, "With --job-bookmark-from: run id; what came after this run is passed over."),
    _row("--encryption-type", SPARK, _NAMED, "Data is stored as it is written."),
    _row("--datalake-formats", SPARK, _REFUSED, "Hudi, Delta and Iceberg are not bundled; bring their jars with --extra-jars."),
    _row(TERMINAL, ALL, _DONE, "OpenGlue's own, given by `openglue run --debug`: the socket of the terminal that the run is debugged in."),
    _row(KEEP_WORKSPACE, ALL, _DONE, "OpenGlue's own. true: if the run fails, its working directory is kept (setting `kept_workspaces`)."),
    _row("--enable-lakeformation-fine-grained-access", ALL, _REFUSED, "There is no Lake Formation here."),
)  # fmt: skip

_BY_NAME = {row.name.lstrip("-"): row for row in SPECIAL_PARAMETERS}


class ArgumentError(Exception):
    """A special parameter that cannot be honoured; the message is the run's ErrorMessage."""


def merge(defaults: Arguments, given: Arguments, fixed: Arguments) -> dict[str, str]:
    """Arguments of the script: the job's defaults, the run's, then the job's non-overridable ones (contract 6)."""
    return {**defaults, **given, **fixed}


def repeatable(arguments: Arguments) -> dict[str, str]:
    """The arguments of a run for another one, which nobody debugs where that one was."""
    return {key: value for key, value in arguments.items() if key != TERMINAL}


def _off(value: str) -> bool:
    return value.strip().lower() in {"false", "job-bookmark-disable"}


def judge(arguments: Arguments, command: str) -> list[str]:
    """What the run's log must say about its special parameters (promise P8). Raises ArgumentError for a refused one."""
    notes = []
    for key, value in arguments.items():
        row = _BY_NAME.get(key.lstrip("-")) if key.startswith("--") or key == "library-set" else None
        if row is None or _off(value) or not value.strip():
            continue
        if row.effect is Effect.REFUSED:
            raise ArgumentError(f"{row.name} is not supported: {row.note}")
        if command not in row.commands:
            notes.append(f"{row.name} has no effect on {command} jobs")
        elif row.effect is Effect.NAMED:
            notes.append(f"{row.name} has no effect here: {row.note}")
    language = arguments.get("--job-language") or "python"
    if language != "python":
        raise ArgumentError(f"--job-language {language} is not supported: only Python scripts run here")
    return notes


def script_arguments(
    arguments: Arguments, *, command: str, job_name: str, job_id: str, run_id: str, script_location: str
) -> list[str]:
    """What follows the script's name in sys.argv. A key without a value is a bare flag (contract 0.5).

    A Python shell job gets no job name and ids, but its location, language and bookmark option (contract 0.7, 6).
    """
    if command in SHELL:
        first = {
            "--scriptLocation": script_location,
            "--job-language": "python",
            "--job-bookmark-option": "job-bookmark-disable",
        }
        combined = {**first, **arguments}
    else:
        identity = {"--JOB_NAME": job_name, "--JOB_ID": job_id, "--JOB_RUN_ID": run_id}
        combined = {**identity, "--job-bookmark-option": "job-bookmark-disable", **arguments, **identity}
    tokens = []
    for key, value in combined.items():
        if key in OWN:
            continue
        tokens.append(key)
        if value != "":
            tokens.append(value)
    return tokens


#: Group of the continuous log (contract 11; AWS documents it with a trailing slash and serves it without).
CONTINUOUS_LOG_GROUP = "/aws-glue/jobs/logs-v2"


def continuous_log(arguments: Arguments, run_id: str) -> tuple[str, str] | None:
    """CloudWatch group and stream of the continuous log of a run; None unless it is switched on."""
    if not is_on(arguments, "--enable-continuous-cloudwatch-log"):
        return None
    group = arguments.get("--continuous-log-logGroup", "").rstrip("/") or CONTINUOUS_LOG_GROUP
    prefix = arguments.get("--continuous-log-logStreamPrefix") or run_id
    return group, f"{prefix}-driver"


def is_on(arguments: Arguments, name: str) -> bool:
    """Whether a switch such as --enable-spark-ui is on; only the word true turns it on."""
    return arguments.get(name, "").strip().lower() == "true"


def split_list(value: str) -> list[str]:
    """Comma list, as --extra-py-files has it."""
    return [item.strip() for item in value.split(",") if item.strip()]


def library_set(arguments: Arguments) -> str | None:
    return arguments.get("library-set") or arguments.get("--library-set")


def spark_conf(value: str) -> dict[str, str]:
    """The settings of `--conf`: `k=v`, and further ones as `k=v --conf k2=v2`."""
    try:
        words = shlex.split(value)
    except ValueError as error:
        raise ArgumentError(f"--conf cannot be read: {error}") from error
    settings = {}
    for word in words:
        if word == "--conf":
            continue
        key, separator, setting = word.partition("=")
        if not separator or not key.strip():
            raise ArgumentError(f"--conf cannot be read at {word!r}: key=value is expected")
        settings[key.strip()] = setting
    return settings


def customer_environment(value: str) -> tuple[dict[str, str], list[str]]:
    """Variables of --customer-*-env-vars, and the keys that are ignored for lack of the CUSTOMER_ prefix.

    `CUSTOMER_A=1,CUSTOMER_B="x,y"`: a value with commas is quoted (contract 6).
    """
    accepted: dict[str, str] = {}
    ignored: list[str] = []
    for pair in _split_quoted(value):
        key, _, setting = pair.partition("=")
        if key.startswith("CUSTOMER_"):
            accepted[key] = setting
        else:
            ignored.append(key)
    return accepted, ignored


def _split_quoted(value: str) -> list[str]:
    """Split at commas outside double quotes, and take the quotes away."""
    parts: list[str] = []
    current: list[str] = []
    inside = False
    for character in value:
        if character == '"':
            inside = not inside
        elif character == "," and not inside:
            parts.append("".join(current).strip())
            current = []
        else:
            current.append(character)
    parts.append("".join(current).strip())
    return [part for part in parts if part]
