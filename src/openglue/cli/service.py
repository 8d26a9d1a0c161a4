"""The service as commands see it: AWS JSON 1.1 over the standard library, because boto3 takes half a second to import.

Requests are not signed. They carry a well-formed Authorization header that names the service, as a service on loopback
without keys accepts it.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from openglue.cli.failure import CommandError, ServiceError, UnreachableError
from openglue.clients import NoServiceError, find

#: Service name of a signature -> what X-Amz-Target begins with.
PREFIXES = {"glue": "AWSGlue", "logs": "Logs_20140328", "openglue": "OpenGlue"}
#: Seconds for one answer.
TIMEOUT_S = 60.0
#: Pages of a listing that are read at most.
MAX_PAGES = 1000


class Service:
    def __init__(self, url: str) -> None:
        self.url = url
        self._parts = urlsplit(url)

    def glue(self, operation: str, **members: Any) -> dict[str, Any]:
        """Call an operation of Glue. Raises ServiceError, UnreachableError."""
        return self._call("glue", operation, members)

    def logs(self, operation: str, **members: Any) -> dict[str, Any]:
        """Call an operation of CloudWatch Logs. Raises ServiceError, UnreachableError."""
        return self._call("logs", operation, members)

    def own(self, operation: str, **members: Any) -> dict[str, Any]:
        """Call an operation of OpenGlue's own. Raises ServiceError, UnreachableError."""
        return self._call("openglue", operation, members)

    def pages(self, operation: str, member: str, *, of: str = "glue", **members: Any) -> Iterator[Any]:
        """Items of a paged listing of Glue, or of another service."""
        for _ in range(MAX_PAGES):
            answer = self._call(of, operation, members)
            yield from answer.get(member, [])
            if not answer.get("NextToken"):
                return
            members["NextToken"] = answer["NextToken"]

    def _call(self, service: str, operation: str, members: dict[str, Any]) -> dict[str, Any]:
        body = json.dumps({name: value for name, value in members.items() if value is not None})
        headers = {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": f"{PREFIXES[service]}.{operation}",
            "Authorization": f"AWS4-HMAC-SHA256 Credential=openglue/20260101/us-east-1/{service}/aws4_request, "
            "SignedHeaders=host, Signature=0",
        }
        status, answer = self._post(body.encode(), headers)
        try:
            document = json.loads(answer or b"{}")
            if not isinstance(document, dict):
                raise TypeError
        except (ValueError, TypeError):
            raise CommandError(f"what answers at {self.url} is not OpenGlue (HTTP {status} to {operation})") from None
        if status != 200:
            shape = str(document.get("__type", f"HTTP {status}")).rpartition("#")[2]
            raise ServiceError(shape, str(document.get("Message") or document.get("message") or ""))
        return document

    def _post(self, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        # A connection for each call: on loopback that costs nothing, and none goes stale while a script runs.
        maker = http.client.HTTPSConnection if self._parts.scheme == "https" else http.client.HTTPConnection
        connection = maker(str(self._parts.hostname), self._parts.port, timeout=TIMEOUT_S)
        try:
            connection.request("POST", self._parts.path or "/", body, headers)
            response = connection.getresponse()
            return response.status, response.read()
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
            raise UnreachableError(f"the service at {self.url} does not answer: {reason}") from error
        finally:
            connection.close()


def open_service(endpoint: str | None, data: Path | None) -> Service:
    """The service that the options mean. Raises UnreachableError."""
    try:
        return Service(find(endpoint, data))
    except NoServiceError as error:
        raise UnreachableError(str(error)) from error
