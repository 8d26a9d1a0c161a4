"""The runner's side of the run protocol: one connection per thread, patient with a server that is away."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import chain, repeat
from pathlib import Path
from typing import Any
from urllib.parse import quote

from openglue.model.outcome import Outcome
from openglue.model.plan import Plan
from openglue.runner.wire import Connection, WireError

#: Seconds for one request; `intent` waits up to ten on the server's side.
REQUEST_TIMEOUT_S = 30.0
#: Seconds between two tries while the server is away: soon at first, then patient.
BACKOFF_S = (0.1, 0.2, 0.5, 1.0, 2.0)


class ServerAwayError(Exception):
    """The server did not answer, or not sensibly. Trying again later may help."""


class RefusedError(Exception):
    """The server is there and does not take this; the message is its reason."""


class StaleError(Exception):
    """Another fence owns this run: kill what runs here and leave (design 5)."""


class StopFirstError(Exception):
    """A stop was asked before user code started."""


def backoff() -> Iterator[float]:
    """Pauses between tries; without end, because each caller has its deadline."""
    return chain(BACKOFF_S, repeat(BACKOFF_S[-1]))


class Link:
    def __init__(self, plan: Plan) -> None:
        self._path = f"/_openglue/run/v1/{quote(plan.run_id)}/"
        self._fence = plan.fence
        self._headers = {"Authorization": f"Bearer {plan.token}", "Content-Type": "application/json"}
        self._server = plan.server
        self._server_file = Path(plan.server_file)
        self._local = threading.local()

    def started(self, token: str, told: Mapping[str, object]) -> None:
        """Ask to start user code and tell of it (runner.report).

        Raises StopFirstError or StaleError if it must not start, RefusedError if it cannot.
        """
        status, answer = self._post("started", json.dumps({"token": token, **told}).encode())
        if status == 409 and answer.get("reason") == "stop":
            raise StopFirstError
        if status == 400:
            raise RefusedError(answer.get("reason"))
        self._expect(status, answer)

    def intent(self, known: str) -> str:
        """Wait until something else than what is `known` is wanted of the run (runner.intent). Renews the lease."""
        status, answer = self._post("intent", json.dumps({"known": known}).encode())
        self._expect(status, answer)
        return str(answer.get("intent"))

    def send_log(self, stream: str, offset: int, data: bytes) -> int:
        """Append to a log stream; the offset that the server expects next. Raises RefusedError if it has no room."""
        status, answer = self._post(f"logs/{quote(stream)}", data, f"&offset={offset}")
        if status == 409 and answer.get("reason") == "gap":
            return int(answer["next"])
        if status in (400, 507):
            raise RefusedError(answer.get("reason"))
        self._expect(status, answer)
        return int(answer["next"])

    def finished(self, outcome: Outcome) -> None:
        status, answer = self._post("finished", json.dumps(outcome.to_json()).encode())
        self._expect(status, answer)

    def close(self) -> None:
        """Close this thread's connection; what it sends next opens another one."""
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            self._local.connection = None

    def _expect(self, status: int, answer: dict[str, Any]) -> None:
        if status == 200:
            return
        if status == 409 and answer.get("reason") == "stale":
            raise StaleError
        if status in (401, 404):
            # Another server has the address of ours, which may be elsewhere by now; a stale fence is never told so.
            self.close()
            self._look_up()
        raise ServerAwayError(f"HTTP {status}: {answer.get('reason')}")

    def _post(self, verb: str, body: bytes, query: str = "") -> tuple[int, dict[str, Any]]:
        target = f"{self._path}{verb}?fence={self._fence}{query}"
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is not None:
            # A kept connection may have been closed meanwhile; only a new one tells whether the server is away.
            with suppress(WireError):
                return self._exchange(connection, target, body)
            self._local.connection = None
        try:
            connection = Connection(self._server, REQUEST_TIMEOUT_S)
            answer = self._exchange(connection, target, body)
        except WireError as error:
            self._look_up()
            raise ServerAwayError(str(error)) from error
        self._local.connection = connection
        return answer

    def _exchange(self, connection: Connection, target: str, body: bytes) -> tuple[int, dict[str, Any]]:
        status, answer = connection.post(target, self._headers, body)
        with suppress(ValueError):
            document = json.loads(answer or b"{}")
            if isinstance(document, dict):
                return status, document
        connection.close()
        raise WireError(f"no JSON object: {answer[:100]!r}")

    def _look_up(self) -> None:
        """A server that started again may answer elsewhere."""
        with suppress(OSError, ValueError, KeyError):
            self._server = str(json.loads(self._server_file.read_text())["url"])
