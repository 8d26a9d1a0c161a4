"""What a run gets of a machine."""

from __future__ import annotations

from typing import Any

import pytest

from openglue.model.capacity import Machine, capacity_members, machine, share


def a_machine(memory_mb: int, memory_share: float = 0.25) -> Machine:
    return machine(
        physical_mb=0, physical_cores=4, memory_mb=memory_mb, memory_share=memory_share, cores=0, pythonshell_slots=0
    )


def memory_mb(of: Machine, command: str, **asked: Any) -> int:
    return share(of, command, capacity_members(command, asked)).memory_mb


@pytest.mark.parametrize(
    ("asked", "memory"),
    [
        ({}, 64 << 10),
        ({"MaxCapacity": 2.0}, 32 << 10),
        ({"AllocatedCapacity": 3}, 48 << 10),
        ({"WorkerType": "G.1X", "NumberOfWorkers": 2}, 32 << 10),
        ({"WorkerType": "R.1X", "NumberOfWorkers": 1}, 32 << 10),
        ({"WorkerType": "G.025X", "NumberOfWorkers": 2}, 8 << 10),
        ({"WorkerType": "G.8X", "NumberOfWorkers": 10}, 64 << 10),
    ],
)
def test_a_spark_run_gets_its_dpus_memory_up_to_its_share_of_the_machine(asked: dict[str, Any], memory: int) -> None:
    assert memory_mb(a_machine(256 << 10), "glueetl", **asked) == memory


def test_a_spark_run_never_gets_less_than_it_can_work_with() -> None:
    assert memory_mb(a_machine(4096), "glueetl") == 2048
    assert memory_mb(a_machine(1024), "glueetl", MaxCapacity=2.0) == 2048
    assert memory_mb(a_machine(256 << 10), "glueetl", MaxCapacity=0.1) == 2048


def test_a_python_shell_run_gets_its_dpus_memory_and_leaves_room_for_others() -> None:
    large, small = a_machine(128 << 10), a_machine(3072)
    assert memory_mb(large, "pythonshell") == memory_mb(large, "pythonshell", MaxCapacity=0.0625) == 1024
    assert memory_mb(large, "pythonshell", MaxCapacity=1.0) == 16 << 10
    assert memory_mb(small, "pythonshell") == memory_mb(small, "pythonshell", MaxCapacity=1.0) == 768
    assert memory_mb(a_machine(1024), "pythonshell") == 512


def test_larger_runs_weigh_more_and_none_stands_still() -> None:
    large = a_machine(128 << 10)

    def weight(command: str, dpu: float) -> int:
        return share(large, command, {"MaxCapacity": dpu}).cpu_weight

    assert weight("pythonshell", 0.0625) < weight("pythonshell", 1.0) < weight("glueetl", 2.0) < weight("glueetl", 10.0)
    assert weight("glueetl", 1000.0) <= 8 * weight("pythonshell", 0.0625)
    assert weight("glueetl", 1000.0) == 100, "the service's own"


def test_a_run_uses_the_cores_that_the_settings_give() -> None:
    two = machine(physical_mb=8192, physical_cores=8, memory_mb=0, memory_share=0.25, cores=2, pythonshell_slots=0)
    assert share(two, "glueetl", {"MaxCapacity": 10.0}).cores == 2
