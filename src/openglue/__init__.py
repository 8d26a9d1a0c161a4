"""OpenGlue runs AWS Glue jobs for real, on your own machines.

This module stays almost empty: the program that executes a run imports it on its way to user code.
"""

from __future__ import annotations

from typing import Any

__all__ = ["__version__", "client"]

__version__ = "0.1.0"


def client(service: str = "glue", **options: Any) -> Any:
    """Return a boto3 client of the OpenGlue that answers, or of an embedded one started for this process.

    `service` is any service that OpenGlue serves: "glue", "s3", "logs". `options` go to `boto3.client` unchanged.
    """
    from openglue.clients import connect

    return connect().client(service, **options)
