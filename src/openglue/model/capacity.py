"""Capacity: what a job asks for in DPUs, and what this machine gives it.

1 DPU is 4 vCPU and 16 GB (contract 5). DPUs are recorded as asked; on one machine memory is the hard limit, so a run
gets a share of the machine's memory and starts while memory remains (design 7).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from openglue.model.profiles.resolution import SPARK_COMMANDS


@dataclass(frozen=True, kw_only=True)
class WorkerType:
    dpu: float
    vcpu: int
    memory_gb: int
    #: The first Glue version that has it.
    since: str = "0.9"
    #: Command.Name of the jobs that can use it.
    commands: frozenset[str] = SPARK_COMMANDS
    #: Limits of NumberOfWorkers, inclusive; None: AWS names none.
    least: int = 1
    most: int | None = None


_STREAMING = frozenset({"gluestreaming"})
_RAY = frozenset({"glueray"})

#: Worker types of the service model, their versions and commands (contract 5). Limits of NumberOfWorkers are only those
#: that were observed.
WORKER_TYPES: dict[str, WorkerType] = {
    "Standard": WorkerType(dpu=1, vcpu=4, memory_gb=16),
    "G.025X": WorkerType(dpu=0.25, vcpu=2, memory_gb=4, since="3.0", commands=_STREAMING, most=299),
    "G.1X": WorkerType(dpu=1, vcpu=4, memory_gb=16, least=2),
    "G.2X": WorkerType(dpu=2, vcpu=8, memory_gb=32),
    "G.4X": WorkerType(dpu=4, vcpu=16, memory_gb=64, since="3.0"),
    "G.8X": WorkerType(dpu=8, vcpu=32, memory_gb=128, since="3.0"),
    "G.12X": WorkerType(dpu=12, vcpu=48, memory_gb=192, since="4.0"),
    "G.16X": WorkerType(dpu=16, vcpu=64, memory_gb=256, since="4.0"),
    "R.1X": WorkerType(dpu=1, vcpu=4, memory_gb=32, since="4.0"),
    "R.2X": WorkerType(dpu=2, vcpu=8, memory_gb=64, since="4.0"),
    "R.4X": WorkerType(dpu=4, vcpu=16, memory_gb=128, since="4.0"),
    "R.8X": WorkerType(dpu=8, vcpu=32, memory_gb=256, since="4.0"),
    "Z.2X": WorkerType(dpu=2, vcpu=8, memory_gb=64, commands=_RAY),
}

#: DPUs of a job that asks for nothing.
SPARK_DEFAULT_DPU = 10.0
PYTHONSHELL_DEFAULT_DPU = 0.0625

#: The members that ask for capacity.
CAPACITY_MEMBERS = ("WorkerType", "NumberOfWorkers", "MaxCapacity", "AllocatedCapacity")


def capacity_asked(document: Mapping[str, Any]) -> dict[str, Any]:
    """The members by which a job or a run asks for capacity; empty if it does not.

    An AllocatedCapacity of 0 asks for nothing: it is what is shown of a job with less than one DPU, and what clients
    whose integers cannot be absent send.
    """
    asked = {name: document[name] for name in CAPACITY_MEMBERS if document.get(name) is not None}
    if asked.get("AllocatedCapacity") == 0:
        del asked["AllocatedCapacity"]
    return asked


def capacity_members(command: str, *documents: Mapping[str, Any]) -> dict[str, Any]:
    """The capacity members of a Job or JobRun, filled in consistently (contract 5).

    The first of `documents` that asks for any capacity decides alone (a run before its job): mixing a run's workers
    with its job's MaxCapacity would give a combination that nobody asked for. MaxCapacity is workers times the DPUs of
    one, AllocatedCapacity its whole part; workers are shown only where they were asked for.
    """
    asked = next((asked for document in documents if (asked := capacity_asked(document))), {})
    if "WorkerType" in asked and "NumberOfWorkers" in asked:
        workers = {"WorkerType": asked["WorkerType"], "NumberOfWorkers": asked["NumberOfWorkers"]}
        dpu = WORKER_TYPES[workers["WorkerType"]].dpu * workers["NumberOfWorkers"]
        return {**workers, "MaxCapacity": float(dpu), "AllocatedCapacity": int(dpu)}
    default = PYTHONSHELL_DEFAULT_DPU if command == "pythonshell" else SPARK_DEFAULT_DPU
    dpu = asked.get("MaxCapacity", asked.get("AllocatedCapacity", default))
    return {"MaxCapacity": float(dpu), "AllocatedCapacity": int(dpu)}


@dataclass(frozen=True, kw_only=True)
class Machine:
    """What runs may use of one machine.

    Spark runs start while there is memory for them, Python shell runs while there are slots, so that neither waits for
    the other. What a run gets is a limit, which few Python shell runs come near: it is not set aside for them.
    """

    memory_mb: int
    cores: int
    #: Memory that one Spark run, and one Python shell run, gets at most.
    spark_memory_mb: int
    shell_memory_mb: int
    #: pythonshell runs at a time.
    pythonshell_slots: int

    #: The least memory with which a Spark run, and a Python shell run, is started.
    LEAST_SPARK_MB = 2048
    LEAST_SHELL_MB = 512


def machine(
    *, physical_mb: int, physical_cores: int, memory_mb: int, memory_share: float, cores: int, pythonshell_slots: int
) -> Machine:
    """The budget of a machine under its settings; 0 means what the machine has, with a quarter of memory left alone."""
    total = memory_mb or physical_mb * 3 // 4
    used_cores = cores or physical_cores
    return Machine(
        memory_mb=total,
        cores=used_cores,
        spark_memory_mb=max(Machine.LEAST_SPARK_MB, int(total * memory_share)),
        shell_memory_mb=max(Machine.LEAST_SHELL_MB, int(total * memory_share)),
        pythonshell_slots=pythonshell_slots or 4 * physical_cores,
    )


@dataclass(frozen=True, kw_only=True)
class Share:
    """What one run gets of a machine."""

    #: All of its processes together, in MiB.
    memory_mb: int
    #: What its DPUs stand for, in MiB.
    asked_mb: int
    #: Cores that Spark uses; a Python shell run has no such limit.
    cores: int
    #: Weight on a busy processor, beside 100 for the service itself.
    cpu_weight: int
    #: Processes and threads.
    tasks: int


#: MiB that a DPU stands for (contract 5).
_DPU_MB = 16 << 10
#: A run weighs half as much as the service, more with each DPU, and never more than the service: whoever shares the
#: machine with busy runs, as a server that starts or a desktop, must not stand still.
_DPU_WEIGHT, _LEAST_WEIGHT, _MOST_WEIGHT = 5, 50, 100
#: Far beyond what programs use, far below what a machine can bear.
_SHELL_TASKS, _SPARK_TASKS = 1024, 8192


def share(machine: Machine, command: str, capacity: Mapping[str, Any]) -> Share:
    """What a run of `command` gets, from its capacity members as `capacity_members` fills them in (design 7).

    Its DPUs' memory (its workers' own, where a worker type has more than 16 GB for a DPU), but no more than one run's
    share of the machine, and no less than its command can work with. Admission adds up `memory_mb`.
    """
    dpu = float(capacity["MaxCapacity"])
    asked_mb = int(dpu * _DPU_MB)
    if capacity.get("WorkerType") in WORKER_TYPES and capacity.get("NumberOfWorkers") is not None:
        asked_mb = WORKER_TYPES[capacity["WorkerType"]].memory_gb * capacity["NumberOfWorkers"] << 10
    shell = command == "pythonshell"
    least = machine.LEAST_SHELL_MB if shell else machine.LEAST_SPARK_MB
    most = machine.shell_memory_mb if shell else machine.spark_memory_mb
    return Share(
        memory_mb=min(max(asked_mb, least), most),
        asked_mb=asked_mb,
        cores=machine.cores,
        cpu_weight=min(_LEAST_WEIGHT + int(dpu * _DPU_WEIGHT), _MOST_WEIGHT),
        tasks=_SHELL_TASKS if shell else _SPARK_TASKS,
    )
