"""Glue versions: what each was on AWS, and the profile that runs it here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, kw_only=True)
class GlueVersion:
    """A Glue version as AWS runs it (contract 5; AWS's release notes)."""

    name: str
    #: Python as AWS has it; the two oldest let the job choose.
    python: str
    spark: str
    #: Timeout in minutes of a Spark job that names none.
    default_timeout_minutes: int
    #: Name of the profile that runs its Spark jobs here.
    profile: str


def _table(*versions: GlueVersion) -> Mapping[str, GlueVersion]:
    return MappingProxyType({version.name: version for version in versions})


#: Add a Glue version here.
GLUE_VERSIONS = _table(
    GlueVersion(name="0.9", python="2.7", spark="2.2.1", default_timeout_minutes=2880, profile="glue-5.1"),
    GlueVersion(name="1.0", python="2.7 or 3.6", spark="2.4.3", default_timeout_minutes=2880, profile="glue-5.1"),
    GlueVersion(name="2.0", python="3.7", spark="2.4.3", default_timeout_minutes=2880, profile="glue-5.1"),
    GlueVersion(name="3.0", python="3.7", spark="3.1.1", default_timeout_minutes=2880, profile="glue-5.1"),
    GlueVersion(name="4.0", python="3.10", spark="3.3.0", default_timeout_minutes=2880, profile="glue-5.1"),
    GlueVersion(name="5.0", python="3.11", spark="3.5.4", default_timeout_minutes=480, profile="glue-5.1"),
    GlueVersion(name="5.1", python="3.11", spark="3.5.6", default_timeout_minutes=480, profile="glue-5.1"),
    GlueVersion(name="6.0", python="3.13", spark="4.1", default_timeout_minutes=480, profile="glue-5.1"),
)
