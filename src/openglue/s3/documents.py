"""The XML of S3: answers written, requests read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from urllib.parse import quote
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from openglue.s3.faults import S3Error

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"

#: An element: its name, and its text or its children.
Element = tuple[str, "str | Iterable[Element]"]


def document(name: str, children: Iterable[Element]) -> bytes:
    """An answer's XML."""
    body = "".join(_element(child) for child in children)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{name} xmlns="{NAMESPACE}">{body}</{name}>'.encode()


def fault(error: S3Error, resource: str, request_id: str) -> bytes:
    children = [("Code", error.code), ("Message", error.message), ("Resource", resource), ("RequestId", request_id)]
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{_element(("Error", children))}'.encode()


def time_text(time_ns: int) -> str:
    moment = datetime.fromtimestamp(time_ns // 1_000_000 / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def url_encoded(text: str) -> str:
    """A key under encoding-type=url."""
    return quote(text, safe="/-_.~*")


def read_keys(body: bytes) -> tuple[list[str], bool]:
    """The keys of a DeleteObjects request, and whether only errors are to be told. Raises S3Error (MalformedXML)."""
    root = _parse(body, "Delete")
    keys = []
    for entry in root:
        if _local(entry.tag) == "Object":
            found = {_local(child.tag): child.text or "" for child in entry}
            if not found.get("Key"):
                raise S3Error("MalformedXML")
            if found.get("VersionId", "null") != "null":
                raise S3Error("NotImplemented", "OpenGlue's embedded S3 has no versions of objects.")
            keys.append(found["Key"])
    quiet = any(_local(entry.tag) == "Quiet" and (entry.text or "").strip().lower() == "true" for entry in root)
    return keys, quiet


def read_parts(body: bytes) -> list[tuple[int, str]]:
    """Part numbers and entity tags (without quotes) of a CompleteMultipartUpload request. Raises S3Error."""
    parts = []
    for entry in _parse(body, "CompleteMultipartUpload"):
        if _local(entry.tag) != "Part":
            continue
        found = {_local(child.tag): (child.text or "").strip() for child in entry}
        try:
            parts.append((int(found["PartNumber"]), found["ETag"].strip('"')))
        except (KeyError, ValueError):
            raise S3Error("MalformedXML") from None
    return parts


def _element(element: Element) -> str:
    name, content = element
    if isinstance(content, str):
        # What XML 1.0 cannot say is written as S3 writes it, as a character reference, so that nothing is lost.
        text = "".join(
            char if char >= " " and char != "\x7f" else f"&#x{ord(char):x};"
            for char in escape(content, {'"': "&quot;"})
        )
        return f"<{name}>{text}</{name}>"
    return f"<{name}>{''.join(_element(child) for child in content)}</{name}>"


def _parse(body: bytes, name: str) -> ET.Element:
    # Entities could blow a short text up; S3's requests have no document type.
    if b"<!" in body:
        raise S3Error("MalformedXML")
    try:
        root = ET.fromstring(body)  # noqa: S314 - no entities can be declared, see above
    except ET.ParseError:
        raise S3Error("MalformedXML") from None
    if _local(root.tag) != name:
        raise S3Error("MalformedXML")
    return root


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
