"""What a runner says with `started`, when user code is about to start.

    token          the runner's own: sent again, it gets the same answer
    script         {"text": ...}, or {"sha256": ...} of one that is long, or no text
    environment    as model/environment.py has it

Only the token must be there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from openglue.model.environment import Environment
from openglue.model.run import Run
from openglue.store import runs, scripts
from openglue.store.database import Tx
from openglue.store.scripts import DAY_MS

#: Bytes of a script's text that is kept; what a runner sends is no longer.
TEXT_LIMIT = 256 << 10
#: Days for which a script is kept longer than the runs of it: a run may take seven (contract 5), and `used_on` is exact
#: to the day.
MORE_DAYS = 9

_SHA = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, kw_only=True)
class Started:
    token: str
    script: str | None
    script_sha: str | None
    environment: Environment | None

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Started:
        """Raises ValueError, which says what is wrong."""
        token = document.get("token")
        if not isinstance(token, str) or not token:
            raise ValueError("token is missing")
        script, environment = document.get("script", {}), document.get("environment")
        if not isinstance(script, dict) or not isinstance(environment, dict | None):
            raise ValueError("script and environment are objects")  # noqa: TRY004 - whatever is wrong is a ValueError
        text, sha = script.get("text"), script.get("sha256")
        if text is not None:
            if not isinstance(text, str) or len(text.encode()) > TEXT_LIMIT or "\0" in text:
                raise ValueError(f"script.text is no text of at most {TEXT_LIMIT} bytes")
            sha = scripts.sha_of(text)
        elif sha is not None and not (isinstance(sha, str) and _SHA.fullmatch(sha)):
            raise ValueError("script.sha256 is no sha256")
        return cls(
            token=token,
            script=text,
            script_sha=sha,
            environment=None if environment is None else Environment.from_json(environment),
        )

    def write(self, tx: Tx, run_id: str, *, fence: int, now: int, history_days: int) -> Run | None:
        """Start the run and keep what it runs, or None if it must not start (store.runs.start)."""
        run = runs.start(
            tx,
            run_id,
            fence=fence,
            token=self.token,
            actor="runner",
            now=now,
            script_sha=self.script_sha,
            environment=self.environment,
        )
        if run is not None and self.script is not None and self.script_sha is not None:
            unused_since = now - (history_days + MORE_DAYS) * DAY_MS
            scripts.keep(tx, self.script, self.script_sha, now=now, unused_since=unused_since)
        return run
