"""What a sweep leaves, and that it ends: the tree of a run, in a process that stands for the runner."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from openglue.process import identify

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process of its children")
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can have a child that is another user's")

#: Inherits what its descendants disown. Ends with its standard input at the latest.
RUNNER = """
import os, subprocess, sys
from pathlib import Path
from openglue.process import children
from openglue.runner.tree import Tree, become_subreaper

def start(*argv):
    return Tree(argv, {"PATH": os.defpath}, Path("/"), stdin=0, stdout=2, stderr=2)

def become_another():
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)

def tell(*what):
    print(*what, flush=True)

become_subreaper()
"""
PTRACE_SEIZE = 0x4206


@contextmanager
def runner(program: str) -> Iterator[subprocess.Popen[str]]:
    argv = [sys.executable, "-c", RUNNER + program]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process


def ask(process: subprocess.Popen[str]) -> str:
    """The next line that it tells."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


@needs_root
def test_a_sweep_leaves_what_may_not_be_signalled_and_tells_of_it() -> None:
    program = """
others = subprocess.Popen(["cat"])
become_another()
tree = start("/bin/sh", "-c", "sleep 600 & exit 3")
tell(others.pid)
tell(tree.wait(30).code)
tell(tree.sweep())
tell(children(os.getpid()))
sys.stdin.read()
"""
    with runner(program) as process:
        others = int(ask(process))
        assert ask(process) == "3"
        assert ask(process) == f"[{others}]"
        assert ask(process) == f"[{others}]"
        assert identify(others) is not None


@needs_root
def test_a_script_that_has_become_another_users_is_given_up() -> None:
    program = """
tree = start("cat")
become_another()
tell(children(os.getpid()))
tell(tree.terminate(0))
tell(tree.sweep())
"""
    with runner(program) as process:
        script = ask(process)
        assert ask(process) == "Exit(code=None, signal=9)"
        assert ask(process) == script


def test_a_sweep_gives_up_what_does_not_end_within_its_time() -> None:
    program = """
tree = start("sleep", "600")
tell(*children(os.getpid()))
sys.stdin.readline()
tell(tree.sweep(0.2))
sys.stdin.readline()
tell(tree.sweep(0.2))
"""
    with runner(program) as process:
        assert process.stdin is not None
        stuck = int(ask(process))
        # What is traced cannot be collected by its parent before it was by its tracer.
        traced = ctypes.CDLL(None, use_errno=True).ptrace(PTRACE_SEIZE, stuck, None, None)
        if traced != 0:
            process.communicate("\n\n", timeout=30)
            pytest.skip(f"nothing may be traced here: {os.strerror(ctypes.get_errno())}")
        print(file=process.stdin, flush=True)
        assert ask(process) == f"[{stuck}]"
        os.waitpid(stuck, 0)
        print(file=process.stdin, flush=True)
        assert ask(process) == "[]"
