"""The embedded S3: buckets are folders, which Spark reads and writes beside us.

There is no process and no port of its own, and nothing in memory that it could not lose. A request comes parsed and
leaves as an Answer; HTTP is api/s3_http.py's business. All methods may be called from any thread.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from openglue.clock import Clock, SystemClock
from openglue.s3.answers import Answer
from openglue.s3.incoming import Incoming
from openglue.s3.locations import Buckets
from openglue.s3.mounts import write_mount_table
from openglue.s3.objects import Objects
from openglue.s3.operations import Served, Streamed
from openglue.s3.requests import Request
from openglue.s3.store import Store
from openglue.s3.uploads import Uploads


class EmbeddedS3:
    """`root` holds the buckets; `workdir`, which should be on the same file system, what is being received.

    One server has a root: whoever makes this object owns the directory (the service locks its data directory).
    """

    def __init__(self, root: Path, workdir: Path, *, region: str = "us-east-1", clock: Clock | None = None) -> None:
        buckets = Buckets(root)
        objects = Objects(buckets, workdir)
        uploads = Uploads(objects, workdir)
        self._store = Store(buckets=buckets, objects=objects, uploads=uploads, region=region)
        self._workdir = workdir
        root.mkdir(parents=True, exist_ok=True)
        write_mount_table(root)
        self._clear()
        uploads.sweep((clock or SystemClock()).now() / 1000)

    def answer(self, operation: Served, request: Request) -> Answer:
        """Raises S3Error."""
        return operation.serve(self._store, request)

    def begin(self, operation: Streamed, request: Request) -> Incoming:
        """Get ready for the bytes of an object or a part. Raises S3Error, before a byte was sent."""
        operation.prepare(self._store, request)
        return Incoming(self._store.objects.stage(), request.headers)

    def end(self, operation: Streamed, request: Request, incoming: Incoming) -> Answer:
        """The bytes have arrived. Raises S3Error; nothing has changed then."""
        received = incoming.finish()
        try:
            return operation.accept(self._store, request, received)
        finally:
            received.staged.unlink(missing_ok=True)

    def stop(self) -> None:
        """Remove what was being received. Buckets and unfinished multipart uploads stay."""
        self._clear()

    def _clear(self) -> None:
        shutil.rmtree(self._workdir / "incoming", ignore_errors=True)
