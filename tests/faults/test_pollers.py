"""R13: a thousand clients each ask once a second how a run is."""

from __future__ import annotations

import asyncio
import json
import os
import random
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.conftest import wait_for
from tests.faults.conftest import Server
from tests.faults.invariants import check_alive
from tests.faults.report import percentile

pytestmark = [pytest.mark.long, pytest.mark.faults, pytest.mark.timeout(600)]
POLLERS, LOOKS = 1000, 30


class Poller:
    """A client on a connection of its own, which is kept alive."""

    def __init__(self, port: int, request: bytes) -> None:
        self._port = port
        self._request = request
        #: Seconds that each answer took, and what was said, by status or error.
        self.took_s: list[float] = []
        self.answers: Counter[str] = Counter()

    async def poll(self, phase_s: float) -> None:
        """Ask once a second. What it waits for begins when its time had come, also where the answer before was late."""
        loop = asyncio.get_running_loop()
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        due = loop.time() + phase_s
        for _ in range(LOOKS):
            await asyncio.sleep(due - loop.time())
            writer.write(self._request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].split()[0])
            run = json.loads(await reader.readexactly(length))["JobRun"]
            self.answers[f"{head.split()[1].decode()} {run['JobRunState']}"] += 1
            self.took_s.append(loop.time() - due)
            due += 1
        writer.close()
        await writer.wait_closed()


async def poll(pollers: list[Poller], rng: random.Random) -> None:
    await asyncio.wait_for(asyncio.gather(*(poller.poll(rng.uniform(0, 1)) for poller in pollers)), LOOKS + 120)


def test_a_thousand_pollers_are_answered(
    server: Server, rng: random.Random, tell: Callable[..., None], tmp_path: Path
) -> None:
    go = tmp_path / "go"
    server.start()
    job = server.job(f"import os, time\nwhile not os.path.exists({str(go)!r}): time.sleep(0.05)")
    run_id = server.start_run(job)
    wait_for(lambda: server.get(job, run_id)["JobRunState"] == "RUNNING", deadline_s=60)
    body = json.dumps({"JobName": job, "RunId": run_id})
    head = (
        f"POST / HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nX-Amz-Target: AWSGlue.GetJobRun\r\n"
        f"Content-Type: application/x-amz-json-1.1\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    pollers = [Poller(server.port, (head + body).encode()) for _ in range(POLLERS)]
    before_s, began = _cpu_s(server), time.monotonic()
    asyncio.run(poll(pollers, rng))
    cpu = (_cpu_s(server) - before_s) / (time.monotonic() - began)
    took_ms = [took * 1000 for poller in pollers for took in poller.took_s]
    answers = sum((poller.answers for poller in pollers), Counter[str]())
    tell(
        "pollers",
        "{pollers:,} clients asked for a run once a second, for {looks} s: {answers:,} answers, {errors} of them wrong "
        "or errors, within {p50_ms:.1f} ms (median), {p99_ms:.0f} ms (99 of 100); the server used {cpu_percent:.0f} % "
        "of a core",
        pollers=POLLERS,
        looks=LOOKS,
        answers=answers.total(),
        errors=answers.total() - answers["200 RUNNING"],
        p50_ms=percentile(took_ms, 50),
        p99_ms=percentile(took_ms, 99),
        cpu_percent=cpu * 100,
    )
    assert answers == {"200 RUNNING": POLLERS * LOOKS}
    go.touch()
    assert server.ended(job, run_id)["JobRunState"] == "SUCCEEDED"
    check_alive(server)


def _cpu_s(server: Server) -> float:
    """Processor time that the server has used, its own and the kernel's for it."""
    assert server.process is not None
    fields = Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
