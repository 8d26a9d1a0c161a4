"""Logins that are kept in AWS Secrets Manager."""

from __future__ import annotations

import json

from awsglue.options import OptionError


def login(secret: str, what: str) -> tuple[str, str]:
    """User and password of a secret. OptionError when it cannot be read; `what` is who named it."""
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        text = boto3.client("secretsmanager").get_secret_value(SecretId=secret).get("SecretString")
    except (BotoCoreError, ClientError) as error:
        raise OptionError(f"{what}: the secret {secret!r} cannot be read: {error}") from error
    try:
        found = json.loads(text or "")
        return str(found["username"]), str(found["password"])
    except (ValueError, TypeError, KeyError):
        # Not from the error, which may show the secret.
        raise OptionError(f"{what}: the secret {secret!r} is no JSON object with username and password") from None
