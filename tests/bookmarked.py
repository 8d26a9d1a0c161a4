"""A run that waits, and the calls that its script would make about its job's bookmark, made from outside of it."""

from __future__ import annotations

import http.client
import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from openglue.model.tokens import Role, token

#: A script that ends when the file does that it is written for.
WAITS = "import os, time\nwhile os.path.exists({file!r}):\n    time.sleep(0.01)\n"


def state(number: int, ctx: str = "src") -> dict[str, Any]:
    """A state that says which run has written it."""
    return {ctx: {"jsonClass": "RelationalizeJobBookmarkState", "ids": {"n": str(number)}}}


@dataclass(frozen=True, kw_only=True)
class Script:
    """The script of a run, as the service sees it."""

    url: str
    run_id: str
    fence: int
    token: str

    @classmethod
    def of(cls, url: str, data: Path, run_id: str, role: Role = Role.SCRIPT) -> Script:
        """The script of a run of the service with that data directory, which must be executing."""
        database = sqlite3.connect(f"file:{data / 'openglue.db'}?mode=ro", uri=True)
        try:
            (secret,) = database.execute("SELECT secret FROM keys WHERE id = 'runs'").fetchone()
            (fence,) = database.execute("SELECT fence FROM runs WHERE id = ?", (run_id,)).fetchone()
        finally:
            database.close()
        return cls(url=url, run_id=run_id, fence=fence, token=token(bytes.fromhex(secret), role, run_id, fence))

    def call(self, verb: str, body: Any) -> tuple[int, dict[str, Any]]:
        """One request; OSError or HTTPException if there is no answer."""
        address = urlsplit(self.url)
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
        try:
            target = f"/_openglue/run/v1/{self.run_id}/{verb}?fence={self.fence}"
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            connection.request("POST", target, content, {"Authorization": f"Bearer {self.token}"})
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()

    def begin(self, **members: str) -> tuple[int, dict[str, Any]]:
        return self.call("bookmark/begin", {"option": "job-bookmark-enable", **members})

    def commit(self, rev: int, state: dict[str, Any], **sources: Any) -> tuple[int, dict[str, Any]]:
        return self.call("bookmark/commit", {"rev": rev, "state": state, "sources": sources})
