"""The first process of a run's PID namespace: starts the launcher, collects what ends, and says how the launcher ended.

A program of its own: `python -I -S .../init.py <descriptor> <command> ...`. The descriptor gets BEGUN once the launcher
has been started, and its exit code, or minus the signal that killed it, before this process ends and with it the
namespace: bwrap's own exit code could not tell 137 from a SIGKILL. What cannot be started is not told.
"""

from __future__ import annotations

import os
import sys

BEGUN = b"\n"
#: SIGPIPE and SIGXFSZ, which Python ignores and programs do not expect to be. Importing their names would take half as
#: long again as the start of this process.
_IGNORED = (13, 25)


def main(descriptor: int, command: list[str]) -> None:
    os.set_inheritable(descriptor, False)
    try:
        launcher = os.posix_spawnp(command[0], command, os.environ, setsid=True, setsigdef=_IGNORED)
    except OSError:
        os._exit(1)
    os.write(descriptor, BEGUN)
    os.write(descriptor, str(wait(launcher)).encode())
    os._exit(0)


def wait(launcher: int) -> int:
    """The launcher's end. What its descendants have disowned is collected on the way."""
    while True:
        try:
            pid, status = os.wait()
        except KeyboardInterrupt:
            continue  # the script's kill(1, SIGINT)
        if pid == launcher:
            return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
