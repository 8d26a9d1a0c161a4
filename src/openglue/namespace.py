"""A PID namespace: what a run gets, by bubblewrap, where it can have no cgroup of its own.

Its first process is the owner of all others in it, whatever they do to hide; when it ends, the kernel kills them. It
ends itself when whoever started it dies. Files and network are as outside. Nothing in there can gain rights (no sudo),
and to an ordinary user's processes files of others seem to be nobody's: such a user gets a namespace only together with
one of users. Standard library only: runners use it, too.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
from contextlib import suppress

#: Seconds for a namespace to be made. It takes milliseconds.
DEADLINE_S = 5.0


def find() -> str | None:
    """The program that makes namespaces, if it is installed. Whether it may is another question: `refusal`."""
    return shutil.which("bwrap") if sys.platform == "linux" else None


def refusal(bwrap: str) -> str:
    """Why it cannot make one here, in its own words; empty if it can."""
    try:
        told = subprocess.run(
            [*command(bwrap), "true"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=DEADLINE_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return getattr(error, "strerror", None) or f"no answer in {DEADLINE_S:.0f} s"
    if told.returncode == 0:
        return ""
    return told.stderr.strip() or f"it ends with code {told.returncode}"


def command(bwrap: str) -> list[str]:
    """What starts a program as the first process of a namespace; the program's own arguments follow."""
    options = ["--unshare-pid", "--as-pid-1", "--die-with-parent", "--dev-bind", "/", "/", "--proc", "/proc"]
    with suppress(KeyError):  # a user without a name
        # JVMs of several namespaces have the same pid, and would meet in the file that is called so.
        options += ["--tmpfs", f"/tmp/hsperfdata_{pwd.getpwuid(os.geteuid()).pw_name}"]  # noqa: S108 - the JVM's name
    return [bwrap, *options, "--"]
