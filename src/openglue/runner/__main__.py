"""The runner: the program that executes one run. Started as `python -I -S .../runner/__main__.py [bwrap]`.

Two steps: *boot* makes the process ready for any run, *assign* reads the plan of its only run from standard input.
Between the two a booted runner may be parked; it leaves when its input ends without a plan, as it does when the server
that parked it is gone. Standard library only: it must start in milliseconds. With the path of a bwrap that is allowed,
it gives a run without a cgroup a PID namespace.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

# Without site there is only the standard library; the package is beside us.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from openglue.cgroup import Place, find
from openglue.model.plan import Plan
from openglue.process import MARK, identify
from openglue.runner.execution import execute
from openglue.runner.tree import become_subreaper

# In the workspace; openglue.engines.local looks for the first.
IDENTITY_FILE = "runner.json"
LOG_FILE = "runner.log"


def boot() -> Place | None:
    """Become the parent of whatever a run leaves behind; look where its processes can have a group of their own."""
    become_subreaper()
    return find()


def assign() -> Plan:
    """Wait for the plan; then be identifiable as the runner of this run, and write faults of ours to its workspace."""
    text = sys.stdin.buffer.read()
    if not text:
        sys.exit(0)
    plan = Plan.from_json(text)
    os.chdir(plan.workspace)
    # What it starts to prepare the run, e.g. uv, is found by that, too, once nobody is there to end it. Not the runner:
    # what the system shows of a process is the environment that it was started with.
    os.environ[MARK] = f"{plan.run_id}.{plan.fence}"
    identity = identify(os.getpid())
    if identity is not None:
        identity.write(Path(IDENTITY_FILE))
    with Path(LOG_FILE).open("ab") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    return plan


if __name__ == "__main__":
    place = boot()
    bwrap = sys.argv[1] if len(sys.argv) > 1 else None
    sys.exit(execute(assign(), place, bwrap))
