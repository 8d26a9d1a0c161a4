"""Capacity: what a job asks for in DPUs, and what this machine gives it.

1 DPU is 4 vCPU and 16 GB (contract 5). DPUs are recorded as asked; on one machine memory is the hard limit, so a run
gets a share of the machine's memory and starts while memory remains (design 7).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class WorkerType:
    dpu: float
    vcpu: int
    memory_gb: int


#: Worker types of the service model (contract 5).
WORKER_TYPES: dict[str, WorkerType] = {
    "Standard": WorkerType(dpu=1, vcpu=4, memory_gb=16),
    "G.025X": WorkerType(dpu=0.25, vcpu=2, memory_gb=4),
    "G.1X": WorkerType(dpu=1, vcpu=4, memory_gb=16),
    "G.2X": WorkerType(dpu=2, vcpu=8, memory_gb=32),
    "G.4X": WorkerType(dpu=4, vcpu=16, memory_gb=64),
    "G.8X": WorkerType(dpu=8, vcpu=32, memory_gb=128),
    "G.12X": WorkerType(dpu=12, vcpu=48, memory_gb=192),
    "G.16X": WorkerType(dpu=16, vcpu=64, memory_gb=256),
    "R.1X": WorkerType(dpu=1, vcpu=4, memory_gb=32),
    "R.2X": WorkerType(dpu=2, vcpu=8, memory_gb=64),
    "R.4X": WorkerType(dpu=4, vcpu=16, memory_gb=128),
    "R.8X": WorkerType(dpu=8, vcpu=32, memory_gb=256),
    "Z.2X": WorkerType(dpu=2, vcpu=8, memory_gb=64),
}

#: DPUs of a job that asks for nothing.
SPARK_DEFAULT_DPU = 10.0
PYTHONSHELL_DEFAULT_DPU = 0.0625

_ASKS = ("WorkerType", "NumberOfWorkers", "MaxCapacity", "AllocatedCapacity")


def capacity_members(command: str, *documents: Mapping[str, Any]) -> dict[str, Any]:
    """The capacity members of a Job or JobRun, filled in consistently.

    The first of `documents` that asks for any capacity decides alone (a run before its job): mixing a run's workers
    with its job's MaxCapacity would give a combination that nobody asked for.
    """
    asked = next((document for document in documents if any(document.get(name) is not None for name in _ASKS)), {})
    members: dict[str, Any] = {}
    worker, count = asked.get("WorkerType"), asked.get("NumberOfWorkers")
    if worker is not None and count is not None:
        members |= {"WorkerType": worker, "NumberOfWorkers": count}
        dpu = WORKER_TYPES[worker].dpu * count
    elif asked.get("MaxCapacity") is not None:
        dpu = float(asked["MaxCapacity"])
    elif asked.get("AllocatedCapacity") is not None:
        dpu = float(asked["AllocatedCapacity"])
    else:
        members |= {name: asked[name] for name in _ASKS[:2] if asked.get(name) is not None}
        dpu = PYTHONSHELL_DEFAULT_DPU if command == "pythonshell" else SPARK_DEFAULT_DPU
    return members | {"MaxCapacity": float(dpu), "AllocatedCapacity": int(dpu)}


@dataclass(frozen=True, kw_only=True)
class Machine:
    """What runs may use of one machine."""

    memory_mb: int
    cores: int
    #: Memory of one Spark run.
    spark_memory_mb: int
    #: pythonshell runs at a time.
    pythonshell_slots: int

    #: The least memory with which a Spark run is started.
    LEAST_SPARK_MB = 2048


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
        pythonshell_slots=pythonshell_slots or 4 * physical_cores,
    )
