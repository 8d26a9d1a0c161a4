"""A receiver of a webhook: a real HTTP server that keeps what it was sent, and can be away."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

#: What a receiver does with an event: the status that it answers.
Answering = Callable[[dict[str, Any]], int]


class Hook:
    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.answering: Answering = lambda _event: 204
        #: Every call with its headers, whatever was answered; and the events that were taken.
        self.calls: list[dict[str, str]] = []
        self.taken: list[dict[str, Any]] = []
        self._context = context
        self._server: ThreadingHTTPServer | None = None
        self._port = 0
        self.come()

    @property
    def url(self) -> str:
        return f"{'http' if self._context is None else 'https'}://127.0.0.1:{self._port}/hook?token=secret"

    def come(self) -> None:
        hook = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                event = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                hook.calls.append({**self.headers, "path": self.path})
                status = hook.answering(event)
                if 200 <= status < 300:
                    hook.taken.append(event)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                if 300 <= status < 400:
                    self.send_header("Location", hook.url)
                self.end_headers()

            def log_message(self, *_words: Any) -> None:
                pass

        class Quiet(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_words: Any) -> None:
                """A caller that was killed is part of the test."""

        self._server = Quiet(("127.0.0.1", self._port), Handler)
        self._port = self._server.server_port
        if self._context is not None:
            self._server.socket = self._context.wrap_socket(self._server.socket, server_side=True)
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def go(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def runs(self) -> list[str]:
        """The runs of the events that were taken, each event once, in the order of their first arrival."""
        return list({event["id"]: event["detail"]["jobRunId"] for event in self.taken}.values())
