"""What a request is answered: a status, headers, and bytes that are at hand or still in a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

from openglue.s3 import documents
from openglue.s3.documents import Element


@dataclass(frozen=True, kw_only=True)
class Answer:
    """`body`, or `length` bytes of `file` from where it stands; whoever sends the answer closes the file."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    file: BinaryIO | None = None
    length: int = 0


def xml(name: str, children: Iterable[Element], headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(
        headers={"content-type": "application/xml", **(headers or {})}, body=documents.document(name, children)
    )
