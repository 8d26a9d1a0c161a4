"""Profiles: the sets of Python, Spark and libraries that jobs run on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, kw_only=True)
class Profile:
    """One set of Python, Spark and libraries, installed as a runtime of the same name."""

    name: str
    #: Feature version of Python, such as "3.11".
    python: str
    #: Version of Spark; None for a profile without.
    spark: str | None
    #: File name of the lock, in `openglue/runtimes/locks`.
    lock: str
    #: File name there of the lock of the jars that come with Spark; None for a profile without.
    jars: str | None
    #: Timeout in minutes of a job that names none and that was written for this profile's own Glue version.
    default_timeout_minutes: int
    #: About how much a first install downloads, in MB.
    download_mb: int
    #: What it is for, in a line.
    description: str


def _table(*profiles: Profile) -> Mapping[str, Profile]:
    return MappingProxyType({profile.name: profile for profile in profiles})


#: Add a profile here, its requirements in `requirements/runtimes/`, and run scripts/lock_runtimes.sh.
PROFILES = _table(
    Profile(
        name="glue-5.1",
        python="3.11",
        spark="3.5.6",
        lock="glue-5.1.txt",
        jars="glue-5.1.jars",
        default_timeout_minutes=480,
        download_mb=425,
        description="Spark jobs (glueetl, gluestreaming): Spark 3.5.6, pandas, pyarrow, boto3, s3fs, JDBC drivers",
    ),
    Profile(
        name="pythonshell",
        python="3.11",
        spark=None,
        lock="pythonshell.txt",
        jars=None,
        default_timeout_minutes=2880,
        download_mb=190,
        description="Python shell jobs with the library set analytics: awswrangler, pandas, scikit-learn, boto3, ...",
    ),
    Profile(
        name="pythonshell-none",
        python="3.11",
        spark=None,
        lock="pythonshell-none.txt",
        jars=None,
        default_timeout_minutes=2880,
        download_mb=14,
        description="Python shell jobs with the library set none: boto3 alone",
    ),
)
