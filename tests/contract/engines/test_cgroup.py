"""The group of a run, on whatever cgroups this machine has: real processes against real bounds."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import wait_for

from openglue.cgroup import Bounds, Group, Place, settle

SLEEP = "import time; time.sleep(600)"


@pytest.fixture
def place() -> Place:
    found = settle()
    if found is None:
        pytest.skip("this process may not make cgroups here")
    return found


@pytest.fixture
def group(place: Place, tmp_path: Path) -> Iterator[Group]:
    made = Group.make(place, f"test-{tmp_path.name}", Bounds(memory_mb=64, tasks=20, cpu_weight=50))
    yield made
    made.kill()
    assert made.remove(), "nothing is left of it"
    assert not directories(place, tmp_path)


def directories(place: Place, tmp_path: Path) -> list[Path]:
    made = [path / f"openglue-test-{tmp_path.name}" for path in place.directories.values()]
    return [path for path in made if path.exists()]


def start(group: Group, code: str) -> subprocess.Popen[str]:
    """A Python program in the group, which does nothing before it is in there."""
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", f"input()\n{code}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    group.add(process.pid)
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.close()
    return process


def ended(process: subprocess.Popen[str]) -> int:
    code = process.wait(60)
    assert process.stdout is not None
    process.stdout.close()
    return code


def test_a_process_within_its_bounds_is_left_alone(group: Group) -> None:
    assert ended(start(group, "x = bytearray(8 << 20)")) == 0
    assert (group.kills(), group.refusals()) == (0, 0)


def test_memory_beyond_the_bound_is_killed_and_counted(group: Group) -> None:
    assert ended(start(group, "x = bytearray(256 << 20)")) == -9
    assert group.kills() >= 1


def test_memory_of_a_child_counts_too(group: Group) -> None:
    parent = start(
        group,
        "import subprocess, sys, time\n"
        "subprocess.run([sys.executable, '-I', '-S', '-c', 'bytearray(256 << 20)'])\n"
        "time.sleep(600)",
    )
    wait_for(group.kills, what="the child's end")
    group.kill()
    assert ended(parent) == -9


def test_a_fork_bomb_stays_within_its_bound(group: Group, place: Place) -> None:
    if "pids" not in place.directories:
        pytest.skip("no pids controller")
    bomb = start(
        group,
        "import os, time\n"
        "born = 0\n"
        "for _ in range(40):\n"
        "    try:\n"
        "        if os.fork() == 0:\n"
        "            time.sleep(600)\n"
        "        born += 1\n"
        "    except BlockingIOError:\n"
        "        pass\n"
        "print(born, flush=True)\n"
        "time.sleep(600)",
    )
    assert bomb.stdout is not None
    assert bomb.stdout.readline() == "19\n"
    assert len(group.pids()) == 20
    assert group.refusals() > 0
    group.kill()
    assert ended(bomb) == -9
    wait_for(lambda: not group.pids(), what="an empty group")


def test_what_hides_from_its_parent_is_killed(group: Group) -> None:
    parent = start(
        group,
        "import subprocess, sys, time\n"
        f"subprocess.Popen([sys.executable, '-c', {SLEEP!r}], env={{}}, start_new_session=True,"
        " stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)\n"
        "print('started', flush=True)",
    )
    assert parent.stdout is not None
    assert parent.stdout.readline() == "started\n"
    assert ended(parent) == 0
    assert len(group.pids()) == 1
    assert not group.remove(0), "somebody is in there"
    group.kill()
    wait_for(lambda: not group.pids(), what="an empty group")


def test_groups_that_its_processes_made_go_with_it(group: Group, place: Place, tmp_path: Path) -> None:
    for directory in set(directories(place, tmp_path)):
        (directory / "inner" / "most").mkdir(parents=True)
    assert group.remove()
    assert not directories(place, tmp_path)


def test_it_is_found_again_by_its_file(group: Group, tmp_path: Path) -> None:
    process = start(group, SLEEP)
    group.write(tmp_path / "cgroup.json")
    found = Group.read(tmp_path / "cgroup.json")
    assert found is not None
    assert found.pids() == [process.pid]
    found.kill()
    assert ended(process) == -9
    assert found.remove()


def test_no_file_and_half_a_file_are_no_group(tmp_path: Path) -> None:
    file = tmp_path / "cgroup.json"
    assert Group.read(file) is None
    for text in ("", "{}", "[]", '{"version": 2, "directories": 3}'):
        file.write_text(text)
        assert Group.read(file) is None, text


def test_where_no_hierarchy_is_visible_a_group_does_not_count_as_gone(tmp_path: Path) -> None:
    assert not Group(1, {"memory": tmp_path / "memory" / "service" / "openglue-jr_1.1"}).remove(0)
    assert not Group(2, {"memory": tmp_path / "openglue-jr_1.1"}).remove(0)


def test_a_group_that_went_with_the_one_above_it_is_gone(place: Place) -> None:
    above = {name: path / "openglue-no-such-service" / "openglue-jr_1.1" for name, path in place.directories.items()}
    assert Group(place.version, above).remove(0)


def test_a_group_that_is_gone_is_no_trouble(place: Place, tmp_path: Path) -> None:
    bounds = Bounds(memory_mb=64, tasks=20, cpu_weight=50)
    group = Group.make(place, f"test-{tmp_path.name}", bounds)
    with pytest.raises(FileExistsError):
        Group.make(place, f"test-{tmp_path.name}", bounds)
    group.remove()
    group.kill()
    assert group.remove(0)
    assert (group.pids(), group.kills(), group.refusals()) == ([], 0, 0)
