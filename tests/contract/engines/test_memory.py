"""The memory of a process tree, as it is watched where there are no cgroups."""

from __future__ import annotations

import subprocess
import sys

import pytest
from tests.conftest import wait_for

from openglue.process import children
from openglue.runner.memory import tree_bytes

MIB = 1 << 20

#: Three processes that share what their parent holds, until nobody writes to its standard input any more.
FAMILY = """
import os, sys, time
held = bytearray(b"x" * (96 << 20))
for _ in range(3):
    if os.fork() == 0:
        time.sleep(600)
sys.stdin.read()
os.killpg(0, 9)
"""


def python(code: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-I", "-S", "-c", code], stdin=subprocess.PIPE)


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_memory_that_processes_share_counts_once() -> None:
    parent = python(
        "import subprocess, sys\n"
        f"subprocess.run([sys.executable, '-I', '-S', '-c', {FAMILY!r}], start_new_session=True)"
    )
    try:
        wait_for(lambda: sum(len(children(child)) for child in children(parent.pid)) == 3, what="the family")
        exact = tree_bytes(parent.pid, 0)
        assert 96 * MIB < exact < 160 * MIB
        rough = tree_bytes(parent.pid, 10_000 * MIB)
        assert rough > 4 * 96 * MIB
    finally:
        assert parent.stdin is not None
        parent.stdin.close()
        parent.wait(30)


def test_nobody_takes_nothing() -> None:
    with python("input()") as process:
        assert tree_bytes(process.pid, 1) == 0
        process.communicate(b"\n", timeout=30)
