"""Buckets: list, make, find, delete; and the configurations that they do not have."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from openglue.s3.answers import Answer, xml
from openglue.s3.documents import Element, time_text
from openglue.s3.faults import S3Error
from openglue.s3.listing import holds_keys
from openglue.s3.locations import is_bucket_name
from openglue.s3.mounts import shadowing, write_mount_table
from openglue.s3.objects import faults, remove_empty
from openglue.s3.operations.values import number
from openglue.s3.requests import Request
from openglue.s3.store import Store

#: Configurations that cannot be made here, so that a bucket has none: the empty element, or the error, that says so.
CONFIGURATIONS = {
    "accelerate": "AccelerateConfiguration",
    "logging": "BucketLoggingStatus",
    "notification": "NotificationConfiguration",
    "versioning": "VersioningConfiguration",
    "cors": "NoSuchCORSConfiguration",
    "encryption": "ServerSideEncryptionConfigurationNotFoundError",
    "lifecycle": "NoSuchLifecycleConfiguration",
    "object-lock": "ObjectLockConfigurationNotFoundError",
    "ownershipControls": "OwnershipControlsNotFoundError",
    "policy": "NoSuchBucketPolicy",
    "policyStatus": "NoSuchBucketPolicy",
    "publicAccessBlock": "NoSuchPublicAccessBlockConfiguration",
    "replication": "ReplicationConfigurationNotFoundError",
    "tagging": "NoSuchTagSet",
    "website": "NoSuchWebsiteConfiguration",
}
_EMPTY = frozenset({"accelerate", "logging", "notification", "versioning"})

_OWNER: Element = ("Owner", [("ID", "openglue"), ("DisplayName", "openglue")])
_PAGE = 10_000


def list_buckets(store: Store, request: Request) -> Answer:
    prefix, after = request.query.get("prefix", ""), request.query.get("continuation-token", "")
    limit = number(request, "max-buckets", _PAGE, _PAGE)
    names = [name for name in store.buckets.names() if name.startswith(prefix) and name > after]
    shown = names[:limit]
    rows: list[Element] = []
    for name in shown:
        with suppress(FileNotFoundError):  # gone since the names were read
            made_ns = (store.buckets.root / name).stat().st_mtime_ns
            rows.append(("Bucket", [("Name", name), ("CreationDate", time_text(made_ns))]))
    children: list[Element] = [_OWNER, ("Buckets", rows)]
    if len(names) > limit:
        children.append(("ContinuationToken", shown[-1]))
    if prefix:
        children.append(("Prefix", prefix))
    return xml("ListAllMyBucketsResult", children)


def create_bucket(store: Store, request: Request) -> Answer:
    """A location in the body is read by nobody: all buckets are in this service's region."""
    name = request.bucket
    if not is_bucket_name(name):
        raise S3Error("InvalidBucketName")
    other = shadowing(store.buckets.names(), name)
    if other is not None:
        raise S3Error(
            "InvalidBucketName",
            f"OpenGlue's embedded S3 cannot have {name} beside {other}: Spark could not tell them apart.",
        )
    with faults():
        try:
            (store.buckets.root / name).mkdir(parents=True)
        except FileExistsError:
            # us-east-1 answers its owner's second request as it did the first, other regions do not.
            if store.region != "us-east-1":
                raise S3Error("BucketAlreadyOwnedByYou") from None
        write_mount_table(store.buckets.root)
    return Answer(headers={"location": f"/{name}"})


def head_bucket(store: Store, request: Request) -> Answer:
    store.objects.bucket(request.bucket)
    return Answer(headers={"x-amz-bucket-region": store.region, "content-type": "application/xml"})


def delete_bucket(store: Store, request: Request) -> Answer:
    folder = store.objects.bucket(request.bucket)
    with faults():
        if holds_keys(folder):
            raise S3Error("BucketNotEmpty")
        _remove(folder)
        write_mount_table(store.buckets.root)
    return Answer(status=204)


def get_bucket_location(store: Store, request: Request) -> Answer:
    store.objects.bucket(request.bucket)
    answer = xml("LocationConstraint", [])
    if store.region == "us-east-1":
        return answer
    return Answer(headers=answer.headers, body=answer.body.replace(b"></", f">{store.region}</".encode()))


def get_configuration(store: Store, request: Request) -> Answer:
    store.objects.bucket(request.bucket)
    name = next(name for name in CONFIGURATIONS if name in request.query)
    if name not in _EMPTY:
        raise S3Error(CONFIGURATIONS[name])
    return xml(CONFIGURATIONS[name], [])


def _remove(folder: Path) -> None:
    if folder.is_symlink():
        folder.unlink()  # somebody mounted data as this bucket; the data is theirs
        return
    remove_empty(folder)
    if folder.exists():
        raise S3Error("BucketNotEmpty")  # a file came meanwhile, or there is one that is no object
