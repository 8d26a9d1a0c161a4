"""Multipart uploads: parts as files in the working directory, put together in one go.

    uploads/<upload id>/upload.json     bucket, key, what is to be attached
    uploads/<upload id>/00001-<md5>     a part
    uploads/<upload id>/completed.json  the result, for a client that asks again because it gave up waiting

An upload outlives the server. One that nobody touched for a week is removed when a server starts.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from openglue.s3.attributes import Attributes
from openglue.s3.faults import S3Error
from openglue.s3.incoming import Received
from openglue.s3.objects import Objects, faults

_ID = re.compile(r"[0-9a-f]{32}")
_PART = re.compile(r"(?P<number>[0-9]{5})-(?P<etag>[0-9a-f]{32})")
_UPLOAD = "upload.json"
_COMPLETED = "completed.json"

#: Smallest part but the last (S3's rule), and the largest number of one.
SMALLEST = 5 << 20
LAST_NUMBER = 10_000
_KEPT_S = 7 * 24 * 3600


@dataclass(frozen=True, kw_only=True)
class Upload:
    id: str
    bucket: str
    key: str
    initiated_ns: int
    headers: Mapping[str, str]
    metadata: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Part:
    number: int
    etag: str
    size: int
    modified_ns: int
    path: Path


class Uploads:
    def __init__(self, objects: Objects, workdir: Path) -> None:
        self._objects = objects
        self._directory = workdir / "uploads"
        # One thread at a time changes an upload; a few uploads share a lock.
        self._locks = [threading.Lock() for _ in range(64)]

    def create(self, bucket: str, key: str, headers: Mapping[str, str], metadata: Mapping[str, str]) -> Upload:
        upload_id = secrets.token_hex(16)
        document = {"bucket": bucket, "key": key, "headers": dict(headers), "metadata": dict(metadata)}
        with faults():
            self._home(upload_id).mkdir(parents=True)
            self._write(upload_id, _UPLOAD, document)
        return self.get(bucket, key, upload_id)

    def get(self, bucket: str, key: str, upload_id: str) -> Upload:
        """An upload that is not complete. Raises S3Error (NoSuchUpload)."""
        upload = self._find(upload_id)
        if upload is None or (upload.bucket, upload.key) != (bucket, key):
            raise S3Error("NoSuchUpload")
        return upload

    def under_way(self, bucket: str) -> list[Upload]:
        """Uploads of a bucket that are not complete, by key and time."""
        found = []
        with suppress(FileNotFoundError):
            for home in self._directory.iterdir():
                upload = self._find(home.name)
                if upload is not None and upload.bucket == bucket:
                    found.append(upload)
        return sorted(found, key=lambda upload: (upload.key, upload.initiated_ns))

    def add(self, upload: Upload, number: int, received: Received) -> None:
        """Keep a part, in place of one of the same number. Raises S3Error; the staged file stays then."""
        with self._lock(upload.id), faults():
            old = [part.path for part in self._parts(upload.id) if part.number == number]
            try:
                new = self._home(upload.id) / f"{number:05}-{received.md5}"
                received.staged.replace(new)
            except FileNotFoundError:
                raise S3Error("NoSuchUpload") from None  # aborted meanwhile
            for path in old:
                if path != new:
                    path.unlink(missing_ok=True)

    def parts(self, upload: Upload) -> list[Part]:
        return self._parts(upload.id)

    def complete(
        self, bucket: str, key: str, upload_id: str, wanted: list[tuple[int, str]], conditions: Mapping[str, str]
    ) -> str:
        """Put the parts together as the object; return its entity tag. Raises S3Error.

        Asked again with the same parts, it answers the same: clients do, when putting together took too long.
        """
        with self._lock(upload_id):
            earlier = self._read(upload_id, _COMPLETED)
            if earlier is not None and earlier["parts"] == [list(part) for part in wanted]:
                return str(earlier["etag"])
            upload = self.get(bucket, key, upload_id)
            parts = self._choose(upload_id, wanted)
            digests = b"".join(bytes.fromhex(part.etag) for part in parts)
            etag = f"{hashlib.md5(digests, usedforsecurity=False).hexdigest()}-{len(parts)}"
            staged = self._objects.stage()
            try:
                with faults(), staged.open("xb") as target:
                    for part in parts:
                        with part.path.open("rb") as source:
                            shutil.copyfileobj(source, target, 1 << 20)
                known = Attributes(etag=etag, headers=upload.headers, metadata=upload.metadata)
                etag = self._objects.put(bucket, key, staged, known, conditions).etag
            finally:
                staged.unlink(missing_ok=True)
            with faults():
                self._write(upload_id, _COMPLETED, {"etag": etag, "parts": wanted})
            for part in self._parts(upload_id):
                part.path.unlink(missing_ok=True)
            return etag

    def abort(self, bucket: str, key: str, upload_id: str) -> None:
        """Raises S3Error (NoSuchUpload)."""
        with self._lock(upload_id):
            self.get(bucket, key, upload_id)
            with faults():
                shutil.rmtree(self._home(upload_id))

    def sweep(self, now_s: float) -> None:
        """Remove uploads that nobody touched for a week."""
        with suppress(FileNotFoundError):
            for entry in os.scandir(self._directory):
                if now_s - entry.stat().st_mtime > _KEPT_S:
                    shutil.rmtree(entry.path, ignore_errors=True)

    def _find(self, upload_id: str) -> Upload | None:
        document = self._read(upload_id, _UPLOAD)
        if document is None or self._read(upload_id, _COMPLETED) is not None:
            return None
        status = (self._home(upload_id) / _UPLOAD).stat()
        return Upload(id=upload_id, initiated_ns=status.st_mtime_ns, **document)

    def _choose(self, upload_id: str, wanted: list[tuple[int, str]]) -> list[Part]:
        if not wanted:
            raise S3Error("MalformedXML")
        numbers = [number for number, _ in wanted]
        if any(later <= earlier for earlier, later in pairwise(numbers)):
            raise S3Error("InvalidPartOrder")
        have = {(part.number, part.etag): part for part in self._parts(upload_id)}
        if any(part not in have for part in wanted):
            raise S3Error("InvalidPart")
        parts = [have[part] for part in wanted]
        if any(part.size < SMALLEST for part in parts[:-1]):
            raise S3Error("EntityTooSmall")
        return parts

    def _parts(self, upload_id: str) -> list[Part]:
        found = []
        with suppress(FileNotFoundError), os.scandir(self._home(upload_id)) as entries:
            for entry in entries:
                match = _PART.fullmatch(entry.name)
                if match:
                    status = entry.stat()
                    found.append(
                        Part(
                            number=int(match["number"]),
                            etag=match["etag"],
                            size=status.st_size,
                            modified_ns=status.st_mtime_ns,
                            path=Path(entry.path),
                        )
                    )
        return sorted(found, key=lambda part: part.number)

    def _home(self, upload_id: str) -> Path:
        if not _ID.fullmatch(upload_id):
            raise S3Error("NoSuchUpload")
        return self._directory / upload_id

    def _lock(self, upload_id: str) -> threading.Lock:
        return self._locks[hash(upload_id) % len(self._locks)]

    def _read(self, upload_id: str, name: str) -> dict[str, Any] | None:
        try:
            document: dict[str, Any] = json.loads((self._home(upload_id) / name).read_text())
        except FileNotFoundError:
            return None
        return document

    def _write(self, upload_id: str, name: str, document: Mapping[str, Any]) -> None:
        part = self._home(upload_id) / f"{name}.part"
        part.write_text(json.dumps(document))
        part.replace(self._home(upload_id) / name)
