"""Whom a runner obeys: its own server, wherever that is, and nobody else who answers at its address."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import wait_for

from openglue.model.plan import Plan
from openglue.runner.intent import Intent
from openglue.runner.link import Link, ServerAwayError, StaleError


class Server(ThreadingHTTPServer):
    """It gives one answer to everything, which a test may change."""

    def __init__(self, status: int, answer: object) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.says = (status, answer)
        self.asked = 0
        #: What each heartbeat knew to be wanted.
        self.known: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answers(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.known.append(question["known"])
        status, answer = self.server.says
        self.server.asked += 1
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words: object) -> None:
        pass


Serve = Callable[[int, object], Server]


@pytest.fixture
def serve() -> Iterator[Serve]:
    with ExitStack() as stack:

        def start(status: int, answer: object) -> Server:
            server = stack.enter_context(Server(status, answer))
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            stack.callback(thread.join)
            stack.callback(server.shutdown)
            return server

        yield start


@pytest.fixture
def link(tmp_path: Path) -> Iterator[Callable[[Server], Link]]:
    made: list[Link] = []

    def make(server: Server) -> Link:
        members: dict[str, Any] = dict.fromkeys(Plan.__dataclass_fields__)
        told = {"run_id": "jr_1", "fence": 1, "token": "t", "server": server.url}
        made.append(Link(Plan(**(members | told | {"server_file": str(tmp_path / "server.json")}))))
        return made[-1]

    yield make
    for link in made:
        link.close()


def is_at(tmp_path: Path, server: Server) -> None:
    (tmp_path / "server.json").write_text(json.dumps({"url": server.url}))


@pytest.mark.parametrize(
    "foreign", [(401, {"reason": "the token is not this run's"}), (404, {}), (200, []), (409, {"reason": "busy"})]
)
def test_another_server_at_the_address_is_a_server_that_is_away(
    serve: Serve, link: Callable[[Server], Link], tmp_path: Path, foreign: tuple[int, object]
):
    server = serve(200, {"intent": "run"})
    is_at(tmp_path, server)
    ours = link(server)
    assert ours.intent("run") == "run"
    server.says = foreign
    with pytest.raises(ServerAwayError):
        ours.intent("run")
    server.says = (200, {"intent": "stop"})
    assert ours.intent("run") == "stop"


def test_only_the_runs_own_server_makes_it_stale(serve: Serve, link: Callable[[Server], Link]):
    with pytest.raises(StaleError):
        link(serve(409, {"reason": "stale"})).intent("run")


def test_a_run_whose_port_another_server_took_goes_on_and_finds_its_own_again(
    serve: Serve, link: Callable[[Server], Link], tmp_path: Path
):
    server = serve(200, {"intent": "run"})
    is_at(tmp_path, server)
    intent = Intent(link(server), fence_after_s=None)
    intent.start()
    try:
        wait_for(lambda: server.asked, what="a heartbeat")
        server.says = (401, {"reason": "the token is not this run's"})
        asked = server.asked
        wait_for(lambda: server.asked > asked + 1, what="two tries at the foreign server")
        assert intent.wanted == "run"
        again = serve(200, {"intent": "expire"})
        is_at(tmp_path, again)
        wait_for(lambda: intent.wanted == "expire", what="what the run's own server wants")
    finally:
        intent.end()


@pytest.mark.parametrize("wanted", ["stop", "expire"])
def test_a_run_that_is_being_ended_keeps_its_lease_until_its_end_is_reported(
    serve: Serve, link: Callable[[Server], Link], wanted: str
):
    server = serve(200, {"intent": wanted})
    intent = Intent(link(server), fence_after_s=600.0)
    intent.start()
    try:
        wait_for(lambda: intent.wanted == wanted, what="what is wanted")
        until = intent.cut_off_at
        wait_for(lambda: intent.cut_off_at > until, what="another heartbeat")
        server.says = (409, {"reason": "stale"})
        wait_for(lambda: intent.wanted == "stale", what="the end of the lease")
    finally:
        intent.end()


def test_the_first_heartbeat_after_an_outage_asks_for_an_answer_at_once(serve: Serve, link: Callable[[Server], Link]):
    server = serve(200, {"intent": "run"})
    intent = Intent(link(server), fence_after_s=600.0)
    intent.start()
    try:
        wait_for(lambda: server.known[:3] == ["", "run", "run"], what="heartbeats that wait for something new")
        server.says = (503, {"reason": "the database is away"})
        wait_for(lambda: server.known[-2:] == ["", ""], what="a try beyond the first failure")
        asked, until = server.asked, intent.cut_off_at
        server.says = (200, {"intent": "run"})
        wait_for(lambda: server.known[asked:][1:2] == ["run"], what="the next heartbeat")
        assert server.known[asked] == ""
        assert intent.cut_off_at > until
    finally:
        intent.end()
