"""Bearer tokens of the run protocol: derived, not stored.

A token proves (run, fence, role). The runner's own may do everything the protocol has; the script's only what the
awsglue library needs. Both end with the run, because every call also checks the run's state and fence.
"""

from __future__ import annotations

import hashlib
import hmac
from enum import StrEnum


class Role(StrEnum):
    RUNNER = "runner"
    SCRIPT = "script"


def token(secret: bytes, role: Role, run_id: str, fence: int) -> str:
    return hmac.new(secret, f"{role}:{run_id}:{fence}".encode(), hashlib.sha256).hexdigest()


def verify(secret: bytes, role: Role, run_id: str, fence: int, given: str) -> bool:
    return hmac.compare_digest(token(secret, role, run_id, fence).encode(), given.encode())
