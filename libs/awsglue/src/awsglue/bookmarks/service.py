"""The two calls with which a run asks for its job's bookmark and moves it (design 5). Standard library only.

A server that is away harms no run: the calls are repeated for up to ten minutes. Both may be repeated without harm.
"""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from awsglue.notices import notice

#: Seconds for one request.
REQUEST_S = 30.0
#: Seconds for a call, repetitions and all.
PATIENCE_S = 600.0
#: Seconds between two attempts: they double from the first to the last.
_FIRST_PAUSE_S, _LAST_PAUSE_S = 0.1, 5.0
#: What the run's own server answers to a call that asking again does not help. Anything else is trouble of its own, or
#: from a server that does not know the run, as another one may have got the port while ours is away.
_REFUSED = (400, 409)

State = dict[str, Any]


class BookmarkError(RuntimeError):
    """The service refuses the call; the message is its reason, or says that it did not answer."""


class _AwayError(Exception):
    """No sensible answer; another attempt may get one."""


@dataclass(frozen=True, kw_only=True)
class Begun:
    """What the service answers to the beginning of a job."""

    #: What a commit is compared with: it moves whenever the bookmark does.
    rev: int
    #: How many runs have succeeded, and one.
    run: int
    #: By transformation_ctx.
    state: State
    #: The states at the ends of the range that was asked for.
    from_state: State | None
    to_state: State | None


class BookmarkService:
    """The service as this run reaches it."""

    def __init__(
        self, *, url: str, fence: str, token: str, server_file: str = "", patience_s: float = PATIENCE_S
    ) -> None:
        parts = urlsplit(url)
        self._server, self._path = f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")
        self._server_file = server_file
        self._query = f"?fence={quote(fence)}"
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._patience_s = patience_s

    @classmethod
    def of_run(cls, environment: Mapping[str, str]) -> BookmarkService | None:
        """The service that the environment of a run names; None outside of a run."""
        names = ("OPENGLUE_RUN_URL", "OPENGLUE_RUN_FENCE", "OPENGLUE_RUN_TOKEN")
        url, fence, token = (environment.get(name, "") for name in names)
        server_file = environment.get("OPENGLUE_RUN_SERVER_FILE", "")
        return cls(url=url, fence=fence, token=token, server_file=server_file) if url and fence and token else None

    def begin(self, option: str, from_run: str | None, to_run: str | None) -> Begun:
        """The bookmark as the run shall use it. BookmarkError when the run, or the range, is none of the job's."""
        answer = self._call("begin", {"option": option, "from": from_run, "to": to_run})
        return Begun(
            rev=int(answer["rev"]),
            run=int(answer["run"]),
            state=dict(answer["state"] or {}),
            from_state=answer.get("from_state"),
            to_state=answer.get("to_state"),
        )

    def commit(self, rev: int, state: Mapping[str, Any], sources: Mapping[str, Any]) -> int:
        """Store the state, if the bookmark is still at `rev`; the rev that it has then. BookmarkError if it is not."""
        return int(self._call("commit", {"rev": rev, "state": state, "sources": sources})["rev"])

    def _call(self, verb: str, body: Mapping[str, Any]) -> dict[str, Any]:
        content = json.dumps(body).encode()
        until, pause, told = time.monotonic() + self._patience_s, _FIRST_PAUSE_S, False
        while True:
            try:
                return self._attempt(verb, content)
            except (OSError, http.client.HTTPException, ValueError, _AwayError) as error:
                left = until - time.monotonic()
                if left <= 0:
                    raise BookmarkError(
                        f"the service did not answer to bookmark {verb} for {self._patience_s:.0f} s: {error}"
                    ) from error
                if not told and pause >= 1:
                    notice(f"the service is away ({error}); bookmark {verb} is repeated for {left:.0f} s at most")
                    told = True
            time.sleep(min(pause, left))
            self._look_up()
            pause = min(2 * pause, _LAST_PAUSE_S)

    def _attempt(self, verb: str, content: bytes) -> dict[str, Any]:
        status, body = self._exchange(f"{self._path}/bookmark/{verb}{self._query}", content)
        answer = json.loads(body or b"{}")
        if not isinstance(answer, dict):
            raise _AwayError(f"HTTP {status} with {answer!r}")
        if status == 200:
            return answer
        reason = answer.get("reason") or f"HTTP {status}"
        if status not in _REFUSED:
            raise _AwayError(reason)
        raise BookmarkError("this run is over: its bookmark is another's" if reason == "stale" else str(reason))

    def _look_up(self) -> None:
        """A server that started again may answer elsewhere; whichever there is names its address in a file."""
        with suppress(OSError, ValueError, KeyError, TypeError):
            self._server = str(json.loads(Path(self._server_file).read_bytes())["url"])

    def _exchange(self, target: str, content: bytes) -> tuple[int, bytes]:
        """One request: the status and the body of its answer."""
        address = urlsplit(self._server)
        kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
        connection = kind(address.hostname or "", address.port, timeout=REQUEST_S)
        try:
            connection.request("POST", target, content, self._headers)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()
