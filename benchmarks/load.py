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
    """Sends the next request as soon as an answer is complete; a server that closes gets a new connection."""

    def __init__(self, address: tuple[str, int], requests: Iterator[bytes], until: float) -> None:
        self.address, self.requests, self.until = address, requests, until
        self.loop = asyncio.get_running_loop()
        self.done = self.loop.create_future()
        self.latencies: list[float] = []
        self.failures: list[bytes] = []
        self.data = b""
        self.sent = 0.0
        self.connecting: asyncio.Task[object] | None = None
        self.connect()

    def connect(self) -> None:
        self.connecting = self.loop.create_task(self.loop.create_connection(lambda: self, *self.address))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.send()

    def send(self) -> None:
        self.data = b""
        self.sent = time.perf_counter()
        self.transport.write(next(self.requests))

    def data_received(self, data: bytes) -> None:
        self.data += data
        head, found, body = self.data.partition(b"\r\n\r\n")
        if not found:
            return
        head = head.lower()
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        if len(body) < length:
            return
        now = time.perf_counter()
        self.latencies.append(now - self.sent)
        if b" 200 " not in head[:20]:
            self.failures.append(body)
        if now >= self.until or b"connection: close" in head:
            self.transport.close()
        else:
            self.send()

    def connection_lost(self, _error: Exception | None) -> None:
        if time.perf_counter() < self.until:
            self.connect()
        elif not self.done.done():
            self.done.set_result(None)


async def load(host: str, port: int, connections: int, seconds: float, requests: list[bytes]) -> dict[str, object]:
    turns = cycle(requests)
    began = time.perf_counter()
    callers = [Caller((host, port), turns, began + seconds) for _ in range(connections)]
    await asyncio.wait_for(asyncio.gather(*(caller.done for caller in callers)), seconds + 30)
    took = time.perf_counter() - began
    latencies = sorted(latency for caller in callers for latency in caller.latencies)
    failures = [failure for caller in callers for failure in caller.failures]
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
