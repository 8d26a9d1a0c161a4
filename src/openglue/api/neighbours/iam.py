"""IAM, as far as clients of Glue use it: the ARN of a role that they know the name of. (clients 0.2)

Roles mean nothing here, so every name that a role can have is one.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from openglue.api.caller import Caller
from openglue.api.context import Context
from openglue.api.validation import compile_request
from openglue.errors import ValidationException

_SHAPES: dict[str, Any] = {
    "GetRoleRequest": {"type": "structure", "required": ["RoleName"], "members": {"RoleName": {"shape": "roleName"}}},
    "roleName": {"type": "string", "min": 1, "max": 64, "pattern": r"[\w+=,.@-]+"},
}
_VALIDATE = compile_request(_SHAPES, "GetRoleRequest", ValidationException)
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "glue.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


async def get_role(context: Context, _caller: Caller, request: Mapping[str, str]) -> dict[str, Any]:
    """The role of that name in our account; the same at any time. Nobody created it, and its date says so."""
    account = context.config.account
    name = _VALIDATE(dict(request))["RoleName"]
    return {
        "Role": {
            "Path": "/",
            "RoleName": name,
            "RoleId": role_id(account, name),
            "Arn": f"arn:aws:iam::{account}:role/{name}",
            "CreateDate": "1970-01-01T00:00:00Z",
            "AssumeRolePolicyDocument": quote(json.dumps(_TRUST, separators=(",", ":")), safe=""),
            "MaxSessionDuration": 3600,
            "RoleLastUsed": {},
        }
    }


def role_id(account: str, name: str) -> str:
    """A stable id in IAM's form."""
    digest = hashlib.sha256(f"{account}/{name}".encode()).digest()
    return "AROA" + base64.b32encode(digest).decode()[:17]
