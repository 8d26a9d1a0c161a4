"""Processes as the operating system knows them.

The identity of a process is (boot id, pid, start time), never a bare pid: a pid is given away again, and a signal to a
stranger is the one mistake that cannot be taken back (spec/reliability, Nomad #23969). Standard library only.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

_PROC = Path("/proc")
#: Environment variable that marks every process of a run: `<run id>.<fence>`.
MARK = "OPENGLUE_RUN"
#: What says that there is no such file. Any other OSError (no descriptor is left, the disk does not answer) only says
#: that we cannot look; it must never count as an answer (promise P7).
NO_FILE = (FileNotFoundError, NotADirectoryError, IsADirectoryError)
#: The same of a process's files; one that we may not look at is another user's, and none of ours.
_NO_PROCESS = (FileNotFoundError, ProcessLookupError, PermissionError)


@dataclass(frozen=True, kw_only=True)
class Identity:
    boot_id: str
    pid: int
    #: Clock ticks from boot to the start of the process; 0 where the system does not tell.
    start_time: int

    def write(self, file: Path) -> None:
        """Leave it in a file, atomically."""
        part = file.with_suffix(".part")
        part.write_text(json.dumps(asdict(self)))
        part.replace(file)

    @classmethod
    def read(cls, file: Path) -> Identity | None:
        """What was left in a file; None if there is none. Raises OSError if that cannot be told now."""
        try:
            return cls(**json.loads(file.read_text()))
        except (*NO_FILE, ValueError, TypeError):
            return None


def identify(pid: int) -> Identity | None:
    """Identity of a living process; None if there is none (a zombie is none).

    Raises OSError if that cannot be told now, and so do all who ask here.
    """
    if not _PROC.is_dir():  # macOS
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return None
        return Identity(boot_id="", pid=pid, start_time=0)
    try:
        # Field 2 is the name in parentheses and may hold anything; what follows the last one is regular.
        fields = (_PROC / str(pid) / "stat").read_bytes().rpartition(b")")[2].split()
    except _NO_PROCESS:
        return None
    if fields[0] in (b"Z", b"X"):
        return None
    boot_id = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
    return Identity(boot_id=boot_id, pid=pid, start_time=int(fields[19]))


def is_alive(identity: Identity) -> bool:
    return identify(identity.pid) == identity


def send(identity: Identity, number: signal.Signals) -> bool:
    """Signal exactly this process; False if it is gone."""
    if not hasattr(os, "pidfd_open"):
        if not is_alive(identity):
            return False
        with suppress(ProcessLookupError):
            os.kill(identity.pid, number)
            return True
        return False
    try:
        descriptor = os.pidfd_open(identity.pid)
    except ProcessLookupError:
        return False
    try:
        # The descriptor pins the process; only now does comparing mean anything.
        if not is_alive(identity):
            return False
        signal.pidfd_send_signal(descriptor, number)
    except ProcessLookupError:
        return False
    finally:
        os.close(descriptor)
    return True


def children(pid: int) -> list[int]:
    """Pids of the direct children of a process."""
    found: list[int] = []
    with suppress(OSError):
        for task in (_PROC / str(pid) / "task").iterdir():
            with suppress(OSError):
                found.extend(int(word) for word in (task / "children").read_text().split())
    return found


def marked(mark: str) -> Iterator[Identity]:
    """Living processes whose environment carries MARK=mark: what a run started and has not disowned."""
    wanted = f"{MARK}={mark}".encode()
    if not _PROC.is_dir():
        return
    for entry in _PROC.iterdir():
        if not entry.name.isdigit():
            continue
        try:
            environment = (entry / "environ").read_bytes()
        except _NO_PROCESS:
            continue
        if wanted in environment.split(b"\0"):
            identity = identify(int(entry.name))
            if identity is not None:
                yield identity
