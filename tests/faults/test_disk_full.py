"""A full disk: a modelled error, nothing lost, and work resumes by itself when there is room."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from tests.conftest import wait_for
from tests.faults.conftest import Server
from tests.faults.invariants import check_alive, check_invariants

LIBC = ctypes.CDLL(None, use_errno=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 16 MiB."""
    mount = tmp_path / "disk"
    mount.mkdir()
    if LIBC.mount(b"tmpfs", bytes(mount), b"tmpfs", 0, b"size=16m") != 0:
        pytest.skip(f"mounting a small file system is not allowed here: {os.strerror(ctypes.get_errno())}")
    yield mount
    LIBC.umount2(bytes(mount), 2)


def fill(file: Path) -> None:
    with file.open("wb", buffering=0) as stream:
        while True:
            stream.write(b"x" * 65536)


def test_a_full_disk_refuses_starts_and_forgets_nothing(small_disk: Path) -> None:
    server = Server(small_disk / "data")
    server.start()
    try:
        job = server.job("")
        first = server.start_run(job)
        assert server.ended(job, first)["JobRunState"] == "SUCCEEDED"
        filler = small_disk / "filler"
        with pytest.raises(OSError, match="No space"):
            fill(filler)

        def refused() -> str | None:
            """What is in the database's files already may still take a few rows."""
            try:
                server.glue.start_job_run(JobName=job)
            except ClientError as error:
                code = str(error.response["Error"]["Code"])
                return None if code == "ConcurrentRunsExceededException" else code
            return None

        assert wait_for(refused, what="the refusal") == "ResourceNumberLimitExceededException"
        assert server.get(job, first)["JobRunState"] == "SUCCEEDED", "reading goes on"
        filler.unlink()
        for run in server.glue.get_job_runs(JobName=job)["JobRuns"]:
            assert server.ended(job, run["Id"])["CompletedOn"]
        check_alive(server)
    finally:
        assert server.stop() == 0
    check_invariants(server)
