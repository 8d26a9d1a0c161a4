"""A disk with too little room: nothing new begins, what there is ends, and work resumes by itself."""

from __future__ import annotations

import ctypes
import os
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from tests.conftest import wait_for
from tests.faults.conftest import Server, finish
from tests.faults.invariants import check_alive, check_invariants

LIBC = ctypes.CDLL(None, use_errno=True)
MIB = 1 << 20


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 32 MiB."""
    mount = tmp_path / "data"
    mount.mkdir()
    if LIBC.mount(b"tmpfs", bytes(mount), b"tmpfs", 0, b"size=32m") != 0:
        pytest.skip(f"mounting a small file system is not allowed here: {os.strerror(ctypes.get_errno())}")
    yield mount
    LIBC.umount2(bytes(mount), 2)


def fill(file: Path) -> None:
    """Take all the room that there is."""
    with suppress(OSError), file.open("ab", buffering=0) as stream:
        while True:
            stream.write(b"x" * 4096)


def refusal(call: Callable[..., object], **members: object) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**members)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_on_a_full_disk_nothing_begins_and_what_runs_ends(disk: Path, tmp_path: Path) -> None:
    server = Server(disk, settings={"pythonshell_slots": 1})
    gate, filler = tmp_path / "gate", disk / "filler"
    wait = f"""
import time
deadline = time.monotonic() + 120
print("waiting", flush=True)
while not os.path.exists({str(gate)!r}) and time.monotonic() < deadline:
    time.sleep(0.02)
"""
    server.start()
    try:
        reserve = wait_for(lambda: disk / "reserve" if (disk / "reserve").exists() else None, what="the reserve")
        wait_for(lambda: reserve.stat().st_size == 2 * MIB, what="the whole reserve")
        first, second = server.job(wait), server.job("")
        running = server.start_run(first)
        wait_for(lambda: server.starts(first))
        queued = server.start_run(second)
        wait_for(lambda: "slots" in server.get(second, queued).get("StateDetail", ""))
        fill(filler)

        code, message = refusal(server.glue.start_job_run, JobName=second)
        assert code == "ResourceNumberLimitExceededException"
        assert re.match(r"There is too little room for new work: \S+ of 32 MiB are free", message), message
        command = {"Name": "pythonshell", "ScriptLocation": "/x.py"}
        assert refusal(server.glue.create_job, Name="new", Role="r", Command=command)[0] == code

        gate.touch()
        assert server.ended(first, running)["JobRunState"] == "SUCCEEDED", "ends are written from the reserve"
        assert reserve.stat().st_size < 2 * MIB
        wait_for(lambda: "Waiting for room" in server.get(second, queued).get("StateDetail", ""), what="a word of room")
        assert server.starts(second) == 0

        fill(filler)
        server.kill()
        server.start()
        assert server.get(first, running)["JobRunState"] == "SUCCEEDED", "a server starts on a full disk, too"

        filler.unlink()
        assert server.ended(second, queued)["JobRunState"] == "SUCCEEDED", "what was accepted resumes by itself"
        wait_for(lambda: reserve.stat().st_size == 2 * MIB, what="the whole reserve again")
        check_alive(server)
    finally:
        finish(server)


def test_what_new_work_wants_is_a_setting(disk: Path) -> None:
    server = Server(disk, settings={"least_free_mb": 20, "least_free_percent": 100})
    server.start()
    try:
        job = server.job("")
        (disk / "filler").write_bytes(bytes(16 * MIB))
        code, message = refusal(server.glue.start_job_run, JobName=job)
        assert code == "ResourceNumberLimitExceededException"
        assert message.endswith("and 20 are needed")
        (disk / "filler").unlink()
        assert server.ended(job, server.start_run(job))["JobRunState"] == "SUCCEEDED"
    finally:
        finish(server)
    check_invariants(server)
