"""The first process of a run's PID namespace: starts the launcher, collects what ends, and says how the launcher ended.

A program of its own: `python -I -S .../init.py <descriptor> <command> ...`. The descriptor gets BEGUN once the launcher
has been started, and its exit code, or minus the signal that killed it, before this process ends and with it the
namespace: bwrap's own exit code could not tell 137 from a SIGKILL. What cannot be started is not told.
"""

from __future__ import annotations

# What `signal` is made of: importing that would take half as long again as the start of this process.
import _signal  # type: ignore[import-not-found]  # it has no stubs
import os
import sys

BEGUN = b"\n"
#: SIGINT, which the script may send to all it can, and SIGPIPE and SIGXFSZ, which Python ignores: ignored here, and not
#: by the launcher, which does not expect it.
_SIGINT, _SIGPIPE, _SIGXFSZ = 2, 13, 25


def main(descriptor: int, command: list[str]) -> None:
    _signal.signal(_SIGINT, _signal.SIG_IGN)
    os.set_inheritable(descriptor, False)
    try:
        launcher = os.posix_spawnp(
            command[0], command, os.environ, setsid=True, setsigdef=(_SIGINT, _SIGPIPE, _SIGXFSZ)
        )
    except OSError:
        os._exit(1)
    os.write(descriptor, BEGUN)
    os.write(descriptor, str(wait(launcher)).encode())
    os._exit(0)


def wait(launcher: int) -> int:
    """The launcher's end. What its descendants have disowned is collected on the way."""
    while True:
        pid, status = os.wait()
        if pid == launcher:
            return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
