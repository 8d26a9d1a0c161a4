"""STS, as far as clients of Glue use it: which account is this? (clients 0.2)"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from openglue.api.caller import Caller
from openglue.api.context import Context
from openglue.api.neighbours.iam import role_id
from openglue.store import jobs, runs
from openglue.store.database import Tx

_RUN_ID = re.compile(r"jr_[0-9a-z_]{1,252}")
_USER_NAME = re.compile(r"[A-Za-z0-9_+=,.@-]{1,64}")


async def get_caller_identity(context: Context, caller: Caller, _request: Mapping[str, str]) -> dict[str, Any]:
    """The account, and the caller in it: a run in its job's role, the user that its access key names, or root."""
    account = context.config.account
    running = await _running(context, caller)
    if running is not None:
        run_id, role = running
        arn = f"arn:aws:sts::{account}:assumed-role/{role}/{run_id}"
        return {"Arn": arn, "UserId": f"{role_id(account, role)}:{run_id}", "Account": account}
    if caller.access_key is not None and _USER_NAME.fullmatch(caller.access_key):
        arn = f"arn:aws:iam::{account}:user/{caller.access_key}"
        return {"Arn": arn, "UserId": caller.access_key, "Account": account}
    return {"Arn": f"arn:aws:iam::{account}:root", "UserId": account, "Account": account}


async def _running(context: Context, caller: Caller) -> tuple[str, str] | None:
    """The run whose credentials the caller has, and the name of its job's role."""
    run_id, _, fence = (caller.session_token or "").rpartition(".")
    if not _RUN_ID.fullmatch(run_id):
        return None

    def read(tx: Tx) -> tuple[str, str] | None:
        run = runs.get(tx, run_id)
        if run is None or str(run.fence) != fence:
            return None
        role = str(jobs.definition(tx, run.definition_sha).get("Role") or "")
        # A role is named by its ARN, with a path or without, or plainly.
        name = role.rpartition("/")[2]
        return (run_id, name) if _USER_NAME.fullmatch(name) else None

    return await context.read(read)
