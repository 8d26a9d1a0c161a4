"""The stream of events, as an HTTP client reads it."""

from __future__ import annotations

import http.client
import json
import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import psutil
import pytest
from tests.conftest import wait_for
from tests.faults.conftest import Server

from openglue.clock import SystemClock
from openglue.model.event import RUN_STATUS, STATE_CHANGE
from openglue.store import account, outbox
from openglue.store.database import Tx
from openglue.store.opening import open_database


class Reader:
    """A client of the stream: blocks of fields, one after the other."""

    def __init__(self, url: str, headers: dict[str, str] | None = None, **query: Any) -> None:
        parts = urlsplit(url)
        names = {"kind": "detail-type"}
        text = urlencode({names.get(name, name): value for name, value in query.items()})
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        self._connection.request("GET", f"/_openglue/events?{text}", headers=headers or {})
        self.response = self._connection.getresponse()

    def blocks(self) -> Iterator[dict[str, str]]:
        """Every block that arrives, until the stream ends."""
        block: dict[str, str] = {}
        for line in self.response:
            name, _, value = line.decode().rstrip("\n").partition(": ")
            if name:
                block[name] = value
            elif block:
                yield block
                block = {}

    def events(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """The events that arrive, with their numbers."""
        for block in self.blocks():
            if "data" in block:
                event = json.loads(block["data"])
                assert block["event"] == event["detail-type"]
                yield int(block["id"]), event

    def close(self) -> None:
        self.response.close()
        self._connection.close()


@contextmanager
def reading(url: str, headers: dict[str, str] | None = None, **query: Any) -> Iterator[Reader]:
    reader = Reader(url, headers, **query)
    try:
        assert reader.response.status == 200, reader.response.read()
        yield reader
    finally:
        reader.close()


def all_events(url: str, **query: Any) -> list[tuple[int, dict[str, Any]]]:
    with reading(url, follow="false", **query) as reader:
        return list(reader.events())


def refusal(url: str, headers: dict[str, str] | None = None, **query: Any) -> tuple[int, str, str]:
    reader = Reader(url, headers, **query)
    document = json.loads(reader.response.read())
    reader.close()
    return reader.response.status, document["__type"], document["Message"]


@pytest.mark.contract("11.1", "11.3")
def test_an_end_is_told_to_whoever_listens_as_aws_tells_it(openglue: Any, glue: Any) -> None:
    with reading(openglue.url) as reader:
        assert reader.response.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert reader.response.headers["cache-control"] == "no-store"
        run = glue.run("print(1)")
        events = reader.events()
        body = next(event for _, event in events if event["detail"]["jobRunId"] == run["Id"])
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", body["id"])
    assert list(body) == ["version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"]
    assert body == {
        "version": "0",
        "id": body["id"],
        "detail-type": "Glue Job State Change",
        "source": "aws.glue",
        "account": "000000000000",
        "time": f"{run['CompletedOn']:%Y-%m-%dT%H:%M:%SZ}",
        "region": "us-east-1",
        "resources": [],
        "detail": {
            "jobName": run["JobName"],
            "severity": "INFO",
            "state": "SUCCEEDED",
            "jobRunId": run["Id"],
            "message": "Job run succeeded",
        },
    }


@pytest.mark.contract("11.1")
def test_a_failure_is_told_with_its_reason_and_a_stop_as_one(openglue: Any, glue: Any) -> None:
    with reading(openglue.url) as reader:
        failed = glue.run("raise ValueError('no such day')")
        job = glue.job("import time; time.sleep(600)")
        stopped = glue.start(job)
        glue.wait(job, stopped, {"RUNNING"})
        glue.client.batch_stop_job_run(JobName=job, JobRunIds=[stopped])
        told: dict[str, Any] = {}
        events = reader.events()
        while not {failed["Id"], stopped} <= told.keys():
            _, event = next(events)
            told[event["detail"].pop("jobRunId")] = event["detail"]
    assert told[failed["Id"]] == {
        "jobName": failed["JobName"],
        "severity": "ERROR",
        "state": "FAILED",
        "message": failed["ErrorMessage"],
    }
    assert told[stopped] == {"jobName": job, "severity": "INFO", "state": "STOPPED", "message": "Job run stopped"}


def test_a_reader_that_comes_back_misses_nothing_and_gets_nothing_twice(openglue: Any, glue: Any) -> None:
    job = glue.job("print(1)")
    with reading(openglue.url, job=job) as reader:
        # Before any event: where the stream began.
        place = next(reader.blocks())["id"]
    first = glue.start(job)
    glue.wait(job, first)
    with reading(openglue.url, {"Last-Event-ID": place}, job=job) as reader:
        number, event = next(reader.events())
        assert event["detail"]["jobRunId"] == first
    second = glue.start(job)
    glue.wait(job, second)
    # What a browser sends again: the address of before, and what it has by now.
    with reading(openglue.url, {"Last-Event-ID": str(number)}, job=job, after=place) as reader:
        assert next(reader.events())[1]["detail"]["jobRunId"] == second
    assert [event["detail"]["jobRunId"] for _, event in all_events(openglue.url, after=place, job=job)] == [
        first,
        second,
    ]


def test_a_reader_chooses_what_it_gets(openglue: Any, glue: Any) -> None:
    jobs = [glue.job("print(1)") for _ in range(2)]
    runs = []
    for job in (jobs[0], jobs[1], jobs[0]):
        runs.append(glue.start(job))
        glue.wait(job, runs[-1])

    def ids(**query: Any) -> list[str]:
        return [event["detail"]["jobRunId"] for _, event in all_events(openglue.url, **query)]

    assert ids(job=jobs[0]) == [runs[0], runs[2]]
    assert ids(job=jobs[0], last=1) == [runs[2]]
    assert ids(job=jobs[0], last=1000) == [runs[0], runs[2]]
    assert ids(last=0) == []
    assert ids(job=jobs[1], kind=STATE_CHANGE) == [runs[1]]
    assert ids(job=jobs[1], kind=RUN_STATUS) == []
    numbers = [number for number, _ in all_events(openglue.url)]
    assert numbers == list(range(1, numbers[-1] + 1)), "events are numbered without gaps"
    assert ids(last=2) == ids(after=numbers[-1] - 2)
    assert ids(after=10**17) == [], "a number that was never given is now"


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"after": "-1"}, "after must be a whole number"),
        ({"after": "9" * 30}, "after must be a whole number"),
        ({"after": "\N{ARABIC-INDIC DIGIT ONE}"}, "after must be a whole number"),
        ({"last": "1001"}, "last must be a whole number up to 1000"),
        ({"last": "1", "after": "1"}, "after and last exclude each other"),
        ({"follow": "maybe"}, "follow must be true or false"),
        ({"kind": "Glue"}, "detail-type must be one of: Glue Job State Change, Glue Job Run Status"),
        ({"since": "1"}, "since is no parameter of the events; there are after, last, follow, job, detail-type"),
    ],
)
def test_a_wish_that_cannot_be_granted_is_refused_in_json(openglue: Any, query: dict[str, str], message: str) -> None:
    assert refusal(openglue.url, **query) == (400, "InvalidInputException", message)


def test_a_place_that_is_none_is_refused(openglue: Any) -> None:
    assert refusal(openglue.url, {"Last-Event-ID": "x"})[0] == 400


def test_a_page_of_another_site_reads_nothing(openglue: Any) -> None:
    for headers in ({"Origin": "https://elsewhere.example"}, {"Host": "elsewhere.example"}):
        assert refusal(openglue.url, headers)[:2] == (403, "AccessDeniedException")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path / "data")
    yield made
    if made.process is not None and made.process.poll() is None:
        made.stop()


def fill(data: Path, count: int, message: str) -> None:
    """Give a data directory a history of events."""
    database = open_database(data, "", SystemClock())

    def add(tx: Tx) -> None:
        for _ in range(count):
            _, seq = account.change(tx, events=1)
            detail = {"jobName": "j", "severity": "ERROR", "state": "FAILED", "jobRunId": "jr_1", "message": message}
            outbox.add(tx, seq=seq, kind=STATE_CHANGE, run_id="jr_1", detail=detail, at=int(time.time() * 1000))

    database.write(add).result(60)
    database.close()


def test_streams_end_with_the_server_and_do_not_keep_it(server: Server) -> None:
    server.start()
    readers = [Reader(server.url) for _ in range(3)]
    places = [next(reader.blocks())["id"] for reader in readers]
    assert server.stop() == 0
    for reader, place in zip(readers, places, strict=True):
        # Read to its end, and not broken off: http.client raises IncompleteRead for that.
        assert reader.response.read().decode().count(f"id: {place}\n") == 0
        reader.close()


def test_readers_that_do_not_read_cost_nothing_and_are_dropped(server: Server) -> None:
    fill(server.data, 3000, "x" * 4000)  # more than the buffers of a connection hold
    server.start()
    assert server.process is not None
    process = psutil.Process(server.process.pid)
    with reading(server.url, after=0, follow="false") as reader:
        assert [number for number, _ in reader.events()] == list(range(1, 3001))
    before = process.memory_info().rss

    def connections() -> int:
        return sum(found.status == psutil.CONN_ESTABLISHED for found in process.net_connections())

    lazy = [_unread(server.port) for _ in range(40)]
    try:
        wait_for(lambda: connections() >= 40, what="the connections")
        # Everybody else is served meanwhile, a reader too.
        job = server.job("")
        with reading(server.url, last=1) as reader:
            run_id = server.start_run(job)
            events = reader.events()
            told = [(number, event["detail"]["jobRunId"]) for number, event in (next(events), next(events))]
            assert told == [(3000, "jr_1"), (3001, run_id)]
        assert process.memory_info().rss - before < 40 * (1 << 20)
        wait_for(lambda: connections() < 10, deadline_s=60, what="the end of the connections")
    finally:
        for connection in lazy:
            connection.close()
    assert "Traceback" not in (server.data.parent / "server.log").read_text()


def _unread(port: int) -> socket.socket:
    """A reader that asks for everything and reads nothing."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect(("127.0.0.1", port))
    connection.sendall(f"GET /_openglue/events?after=0 HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
    return connection


def test_more_readers_than_are_served_are_told_so(server: Server) -> None:
    server.start()
    readers = []
    try:
        for _ in range(256):
            readers.append(Reader(server.url))
            assert readers[-1].response.status == 200
        assert refusal(server.url)[:2] == (429, "ThrottlingException")
        readers.pop().close()
        wait_for(lambda: _status(server.url) == 200, what="room for another")
    finally:
        for reader in readers:
            reader.close()


def _status(url: str) -> int:
    reader = Reader(url)
    reader.close()
    return reader.response.status


def test_two_servers_on_one_database_tell_the_same(postgres_url: str, tmp_path: Path) -> None:
    servers = [Server(tmp_path / name / "data", "--db", postgres_url) for name in ("a", "b")]
    try:
        for server in servers:
            server.data.parent.mkdir()
            server.start()
        with reading(servers[1].url) as reader:
            place = next(reader.blocks())["id"]
            job = servers[0].job("")
            run = servers[0].ended(job, servers[0].start_run(job))
            number, event = next(reader.events())
        assert event["detail"]["jobRunId"] == run["Id"]
        assert (number, event) in all_events(servers[0].url, after=place)
    finally:
        for server in servers:
            if server.process is not None and server.process.poll() is None:
                assert server.stop() == 0
