"""A small HTTP load generator: keep-alive connections that take turns at prepared requests, in a process of its own.

`python load.py HOST PORT CONNECTIONS SECONDS FILE`: FILE holds the raw requests as a JSON list of texts. Prints
requests/s, p50 and p99 as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import uvloop


class Caller(asyncio.Protocol):
    """Sends the request again as soon as the answer is complete."""

    def __init__(self, requests: Iterator[bytes], until: float, latencies: list[float], failures: list[bytes]) -> None:
        self.requests, self.until, self.latencies, self.failures = requests, until, latencies, failures
        self.done = asyncio.get_running_loop().create_future()
        self.data = b""
        self.sent = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.send()

    def send(self) -> None:
        self.sent = time.perf_counter()
        self.transport.write(next(self.requests))

    def data_received(self, data: bytes) -> None:
        self.data += data
        head, found, body = self.data.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        if len(body) < length:
            return
        now = time.perf_counter()
        self.latencies.append(now - self.sent)
        if b" 200 " not in head[:20]:
            self.failures.append(body)
        self.data = b""
        if now < self.until and not self.transport.is_closing():
            self.send()
        else:
            self.transport.close()

    def connection_lost(self, _error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)


async def load(host: str, port: int, connections: int, seconds: float, requests: list[bytes]) -> dict[str, object]:
    latencies: list[float] = []
    failures: list[bytes] = []
    loop = asyncio.get_running_loop()
    turns = cycle(requests)
    began = time.perf_counter()
    callers = [
        (await loop.create_connection(lambda: Caller(turns, began + seconds, latencies, failures), host, port))[1]
        for _ in range(connections)
    ]
    await asyncio.wait_for(asyncio.gather(*(caller.done for caller in callers)), seconds + 30)
    took = time.perf_counter() - began
    latencies.sort()
    return {
        "per_second": len(latencies) / took,
        "p50_ms": latencies[len(latencies) // 2] * 1000,
        "p99_ms": latencies[int(len(latencies) * 0.99)] * 1000,
        "failures": len(failures),
        "failure": failures[0].decode()[:200] if failures else None,
    }


if __name__ == "__main__":
    host, port, connections, seconds, file = sys.argv[1:]
    requests = [text.encode() for text in json.loads(Path(file).read_text())]
    print(json.dumps(uvloop.run(load(host, int(port), int(connections), float(seconds), requests))))
