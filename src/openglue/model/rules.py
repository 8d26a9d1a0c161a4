"""What a job or a run may ask for beyond what the service model states (contract 4, 5 and 6).

A rule is a small function from what is asked for to the sentence that refuses it, or None; RULES has them in the order
in which they are told. A run is judged as the definition that it amounts to: its job's, with the run's members in
their place.

Sentences marked "observed" are AWS's own, to the full stop; the others are ours and say what would be right. What AWS
is not known to refuse is accepted, even where it means nothing: a client that works there must work here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from openglue.errors import InvalidInputException
from openglue.model.arguments import merge
from openglue.model.capacity import CAPACITY_MEMBERS, WORKER_TYPES, capacity_asked
from openglue.model.job import COMMANDS, Defaults, Document, Job
from openglue.model.profiles.glue_version import GLUE_VERSIONS
from openglue.model.profiles.resolution import SPARK_COMMANDS

#: DPUs that a Spark job may ask for, whole ones (contract 5; AllocatedCapacity: the seed).
SPARK_DPU = (2, 100)
#: DPUs of a Python shell job.
PYTHONSHELL_DPU = (0.0625, 1.0)
#: Minutes that a Timeout must stay below: 7 days. Streaming jobs may go on (contract 5).
TIMEOUT_BELOW = 7 * 24 * 60
MAX_RETRIES = 10
#: What an `integer` of the service model can hold.
_INTEGER_MOST = 2**31 - 1
#: Bytes of all arguments of a run, keys and values in UTF-8: defaults, its own and non-overridable ones, each key
#: counted once. AWS documents 260 KB and not how it counts (contract 5).
ARGUMENTS_BYTES = 260 * 1024

#: Members of StartJobRun, beside capacity and Arguments, that are judged in place of the job's.
_OF_RUN = ("Timeout", "ExecutionClass")


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a definition asks for, with what the rules look at drawn out."""

    definition: Document
    command: str
    glue_version: str
    #: The members that ask for capacity.
    capacity: Document


Rule = Callable[[Asked], str | None]


def check_job(definition: Document, defaults: Defaults) -> None:
    """Judge the definition of CreateJob or UpdateJob. Raises InvalidInputException with the first rule it breaks."""
    command = (definition.get("Command") or {}).get("Name") or "glueetl"
    asked = Asked(
        definition=definition,
        command=command,
        glue_version=definition.get("GlueVersion") or defaults.glue_version,
        capacity=capacity_asked(definition),
    )
    for rule in RULES:
        refusal = rule(asked)
        if refusal is not None:
            raise InvalidInputException(refusal)


def check_start(job: Job, request: Document, defaults: Defaults) -> None:
    """Judge a run of `job` by the members of StartJobRun or of a trigger's action that `request` holds.

    If the request asks for any capacity, its members replace the job's as a whole. Raises InvalidInputException.
    """
    definition: dict[str, Any] = dict(job.definition)
    if capacity := capacity_asked(request):
        definition = {name: value for name, value in definition.items() if name not in CAPACITY_MEMBERS}
        definition |= capacity
    definition |= {name: request[name] for name in _OF_RUN if request.get(name) is not None}
    if request.get("Arguments"):
        definition["DefaultArguments"] = merge(definition.get("DefaultArguments") or {}, request["Arguments"], {})
    check_job(definition, defaults)


def _role_and_command(asked: Asked) -> str | None:
    for member in ("Role", "Command"):
        if not asked.definition.get(member):
            return f"{member} is required: a definition is stored as a whole"
    return None


def _command(asked: Asked) -> str | None:
    if asked.command in COMMANDS:
        return None
    return f"Command.Name {asked.command} is not valid: one of {', '.join(COMMANDS)} is expected"


def _glue_version(asked: Asked) -> str | None:
    if asked.glue_version in GLUE_VERSIONS:
        return None
    # The beginning is observed, of runs; automatic upgrades ("auto") are not offered here.
    return f"Given GlueVersion [{asked.glue_version}] is not valid. One of {', '.join(GLUE_VERSIONS)} is expected"


def _python_version(asked: Asked) -> str | None:
    if asked.command in SPARK_COMMANDS and asked.definition["Command"].get("PythonVersion") == "3.9":
        return "PythonVersion 3.9 is not supported. Choose from one of the following: [2, 3]"  # observed
    return None


def _ray(asked: Asked) -> str | None:
    if asked.command != "glueray":
        return None
    if not asked.definition["Command"].get("Runtime"):
        return "Runtime parameter is required for GlueRay command"  # observed
    if not _reaches(asked.glue_version, "4.0"):
        return f"GlueVersion {asked.glue_version} is not valid for Job Command glueray: 4.0 or later is expected"
    if asked.capacity.get("WorkerType") != "Z.2X":
        # Observed.
        return "Worker type cannot be null and only [Z.2X] worker types are supported for glueray jobs"
    if asked.definition.get("Timeout") is not None:
        return "Timeout not supported for Ray jobs"  # observed
    return None


def _pythonshell(asked: Asked) -> str | None:
    if asked.command != "pythonshell":
        return None
    if "WorkerType" in asked.capacity or "NumberOfWorkers" in asked.capacity:
        return "Worker Type is not supported for Job Command pythonshell"  # observed
    right = "set MaxCapacity to 0.0625 or 1"
    if "AllocatedCapacity" in asked.capacity:
        return f"AllocatedCapacity is not supported for Job Command pythonshell: {right}"
    dpu = asked.capacity.get("MaxCapacity")
    if dpu is not None and dpu not in PYTHONSHELL_DPU:
        return f"MaxCapacity {dpu:g} is not valid for Job Command pythonshell: {right}"
    return None


def _one_way_to_ask(asked: Asked) -> str | None:
    """Each combination is observed; that of workers and AllocatedCapacity in an issue of Airflow's."""
    capacity = asked.capacity
    workers = [name in capacity for name in ("WorkerType", "NumberOfWorkers")]
    if any(workers) and "MaxCapacity" in capacity:
        return "Please do not set Max Capacity if using Worker Type and Number of Workers."
    if any(workers) and "AllocatedCapacity" in capacity:
        return "Please do not set Allocated Capacity if using Worker Type and Number of Workers"
    if any(workers) and not all(workers):
        return "Please set both Worker Type and Number of Workers."
    if "AllocatedCapacity" in capacity and "MaxCapacity" in capacity:
        return "Please set only Allocated Capacity or Max Capacity."
    return None


def _workers(asked: Asked) -> str | None:
    """The worker type in its commands, versions and numbers; the sentences are observed, of one type each."""
    name, count = asked.capacity.get("WorkerType"), asked.capacity.get("NumberOfWorkers")
    if name is None or count is None:
        return None
    worker = WORKER_TYPES[name]
    if asked.command not in worker.commands:
        return f"Worker Type {name} is not supported for Job Command {asked.command}"
    if not _reaches(asked.glue_version, worker.since):
        return f"Worker type {name} is not supported for Glue Version {asked.glue_version}"
    if count < worker.least:
        return f"To use Worker Type {name}, minimum allowed value of Number of Workers is {worker.least}."
    if worker.most is not None and count > worker.most:
        return f"To use Worker Type {name}, maximum allowed value of Number of Workers is {worker.most}."
    if worker.dpu * count > _INTEGER_MOST:
        # AllocatedCapacity is shown beside it, and is a 32 bit integer for every client.
        return f"NumberOfWorkers {count} is not valid: {worker.dpu * count:.0f} DPUs are more than any account has"
    return None


def _spark_dpu(asked: Asked) -> str | None:
    if asked.command not in SPARK_COMMANDS:
        return None
    least, most = SPARK_DPU
    for member in ("MaxCapacity", "AllocatedCapacity"):
        dpu = asked.capacity.get(member)
        if dpu is not None and not (least <= dpu <= most and dpu == int(dpu)):
            return (
                f"{member} {dpu:g} is not valid for Job Command {asked.command}: "
                f"a whole number from {least} to {most} is expected"
            )
    return None


def _flex(asked: Asked) -> str | None:
    if asked.definition.get("ExecutionClass") != "FLEX":
        return None
    right = "only glueetl jobs of Glue version 3.0 or later can use it"
    if asked.command != "glueetl":
        return f"ExecutionClass FLEX is not supported for Job Command {asked.command}: {right}"
    if not _reaches(asked.glue_version, "3.0"):
        return f"ExecutionClass FLEX is not supported for Glue Version {asked.glue_version}: {right}"
    return None


def _timeout(asked: Asked) -> str | None:
    timeout = asked.definition.get("Timeout")
    if timeout is None or timeout < TIMEOUT_BELOW or asked.command == "gluestreaming":
        return None
    return f"Timeout {timeout} is not valid: less than 7 days ({TIMEOUT_BELOW} minutes) is expected"


def _max_retries(asked: Asked) -> str | None:
    retries = asked.definition.get("MaxRetries")
    if retries is None or 0 <= retries <= MAX_RETRIES:
        return None
    return f"MaxRetries {retries} is not valid: 0 to {MAX_RETRIES} is expected"


def _max_concurrent_runs(asked: Asked) -> str | None:
    runs = (asked.definition.get("ExecutionProperty") or {}).get("MaxConcurrentRuns")
    if runs is None or runs >= 1:
        return None
    return f"ExecutionProperty.MaxConcurrentRuns {runs} is not valid: at least 1 is expected"


def _arguments(asked: Asked) -> str | None:
    arguments = merge(
        asked.definition.get("DefaultArguments") or {}, {}, asked.definition.get("NonOverridableArguments") or {}
    )
    size = sum(len(key.encode()) + len(value.encode()) for key, value in arguments.items())
    return "Request size limit exceeded" if size > ARGUMENTS_BYTES else None  # observed


def _reaches(version: str, wanted: str) -> bool:
    """Whether a Glue version is `wanted` or a later one."""
    return _number(version) >= _number(wanted)


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


#: The rules, in the order in which they are told: what names a job first, so that those after it may rely on it, then
#: capacity by command, then the rest. Add a rule here.
RULES: tuple[Rule, ...] = (
    _role_and_command,
    _command,
    _glue_version,
    _python_version,
    _ray,
    _pythonshell,
    _one_way_to_ask,
    _workers,
    _spark_dpu,
    _flex,
    _timeout,
    _max_retries,
    _max_concurrent_runs,
    _arguments,
)
