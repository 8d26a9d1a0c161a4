"""What the operations work on."""

from __future__ import annotations

from dataclasses import dataclass

from openglue.s3.locations import Buckets
from openglue.s3.objects import Objects
from openglue.s3.uploads import Uploads


@dataclass(frozen=True, kw_only=True)
class Store:
    buckets: Buckets
    objects: Objects
    uploads: Uploads
    region: str
