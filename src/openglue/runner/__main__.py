"""The runner: the program that executes one run. Started as `python -I -S .../runner/__main__.py`.

Two steps: *boot* makes the process ready for any run, *assign* reads the plan of one run from standard input. Between
the two a booted runner could wait, warm, for its only run. Standard library only: it must start in milliseconds.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

# Without site there is only the standard library; the package is beside us.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from openglue.model.plan import Plan
from openglue.process import identify
from openglue.runner.execution import execute
from openglue.runner.tree import become_subreaper

#: In the workspace; openglue.engines.local looks for it.
IDENTITY_FILE = "runner.json"


def boot() -> None:
    """Become identifiable, and the parent of whatever a run leaves behind."""
    identity = identify(os.getpid())
    if identity is not None:
        identity.write(Path(IDENTITY_FILE))
    become_subreaper()


def assign() -> Plan:
    return Plan.from_json(sys.stdin.buffer.read())


if __name__ == "__main__":
    boot()
    sys.exit(execute(assign()))
