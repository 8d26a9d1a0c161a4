"""Environments of foreign clients, one for each, in the user's cache directory; installed when first asked for.

<cache>/clients/<name>-<first 12 digits of its lock's hash>/
    complete        written last: without it the directory is the rest of an installation that was killed
    bin/...         a virtual environment with what requirements/<name>.txt says
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from uv import find_uv_bin

from openglue.clock import SystemClock
from openglue.runtimes.hold import hold
from openglue.runtimes.install import STEP_TIMEOUT_S, WAIT_S, Installer, base_interpreter, telling

REQUIREMENTS = Path(__file__).parents[3] / "requirements"
PYTHON = "3.11"
COMPLETE = "complete"


def environment(name: str, cache: Path, say: Callable[[str], None]) -> Path:
    """The directory of programs of the client `name`; `say` gets short lines while it is installed.

    Of two processes one installs and the other waits. Raises openglue.runtimes.InstallError.
    """
    lock = REQUIREMENTS / f"{name}.txt"
    root = cache / "clients" / f"{name}-{hashlib.sha256(lock.read_bytes()).hexdigest()[:12]}"
    if not (root / COMPLETE).exists():
        with hold(root.with_name(f"{root.name}.lock"), name, say, SystemClock(), deadline_s=WAIT_S) as descriptor:
            if not (root / COMPLETE).exists():
                _install(name, lock, root, cache, say, descriptor)
    return root / "bin"


def _install(name: str, lock: Path, root: Path, cache: Path, say: Callable[[str], None], descriptor: int) -> None:
    shutil.rmtree(root, ignore_errors=True)
    say(f"installing {name} into an environment of its own (once)")
    installer = Installer(cache=cache, uv=Path(find_uv_bin()), clock=SystemClock(), environ=os.environ)
    steps = (
        ("creating an environment", ["venv", "--no-project", "--python", base_interpreter(PYTHON), root]),
        (
            f"installing {name}",
            [
                *("pip", "install", "--python", root / "bin" / "python", "--require-hashes", "--no-deps"),
                *("--compile-bytecode", "--requirements", lock),
            ],
        ),
    )
    for what, arguments in steps:
        installer.run_uv(arguments, what, telling(say), timeout_s=STEP_TIMEOUT_S, keep=descriptor)
    (root / COMPLETE).touch()
