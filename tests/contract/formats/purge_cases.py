"""Deleting old files below a path."""

from __future__ import annotations

import os
import time
from typing import Any

from awsglue.connections.purge import purge
from awsglue.options import OptionError

from .lake import Lake, raises, same, told


def _aged(lake: Lake, name: str, hours: float) -> None:
    lake.put(name, name)
    then = time.time() - hours * 3600
    os.utime(lake.local(name), (then, then))


def _old_and_new(lake: Lake) -> None:
    for name, hours in {"a.json": 200, "b.json": 1, "p=1/c.json": 169, "p=2/d.json": 167, "_SUCCESS": 200}.items():
        _aged(lake, f"in/{name}", hours)
    _aged(lake, "other/e.json", 200)


def _purge(lake: Lake, name: str, options: dict[str, Any] | None = None) -> list[str]:
    return told(lambda: purge(lake.spark, lake.uri(name), options))


def what_is_older_than_a_week_is_deleted(lake: Lake) -> None:
    _old_and_new(lake)
    same(_purge(lake, "in"), [f"openglue: purge_s3_path deleted 3 files below {lake.uri('in')}"])
    same(lake.files("in"), ["b.json", "p=2/d.json"])
    same((lake.local("in/p=1").exists(), lake.files("other")), (False, ["e.json"]))


def a_context_purges_a_path(lake: Lake) -> None:
    _old_and_new(lake)
    lake.glue.purge_s3_path(lake.uri("in"))
    same(lake.files("in"), ["b.json", "p=2/d.json"])
    lake.glue.purge_s3_path(lake.uri("in"), {"retentionPeriod": 0}, transformation_ctx="purge")
    same((lake.files("in"), lake.files("other")), ([], ["e.json"]))


def the_retention_period_is_in_hours(lake: Lake) -> None:
    _old_and_new(lake)
    _purge(lake, "in", {"retentionPeriod": "0.5"})
    same((lake.files("in"), lake.local("in").is_dir()), ([], True))
    _aged(lake, "in/f.json", 0)
    _purge(lake, "in", {"retentionPeriod": 0})
    same(lake.files("in"), [])


def storage_classes_can_be_kept(lake: Lake) -> None:
    _old_and_new(lake)
    _purge(lake, "in", {"retentionPeriod": 0, "excludeStorageClasses": ["STANDARD"]})
    same(len(lake.files("in")), 5)
    _purge(lake, "in", {"retentionPeriod": 0, "excludeStorageClasses": ["GLACIER"]})
    same(lake.files("in"), [])


def a_manifest_names_what_was_deleted(lake: Lake) -> None:
    _old_and_new(lake)
    _purge(lake, "in", {"manifestFilePath": lake.uri("manifest")})
    names = ("_SUCCESS", "a.json", "p=1/c.json")
    same(
        sorted(lake.local("manifest/Success.csv").read_text().splitlines()), [lake.uri(f"in/{name}") for name in names]
    )
    same(lake.local("manifest/Failed.csv").read_text(), "")


def a_path_that_is_not_there_has_nothing_to_delete(lake: Lake) -> None:
    """Scripts purge what they are about to write, also before it is written for the first time."""
    same(
        told(lambda: purge(lake.spark, lake.uri("nothing"))),
        [f"openglue: purge_s3_path deleted 0 files below {lake.uri('nothing')}"],
    )


def wrong_options_and_paths_are_refused(lake: Lake) -> None:
    from pyspark.errors import AnalysisException

    with raises(OptionError, "unknown purge_s3_path option 'retention'; there are: retentionPeriod"):
        _purge(lake, "in", {"retention": 1})
    with raises(OptionError, "option retentionPeriod: 'week' will not do, it must be a number of hours, 0 or more"):
        _purge(lake, "in", {"retentionPeriod": "week"})
    with raises(OptionError, "option excludeStorageClasses: ['X'] will not do"):
        _purge(lake, "in", {"excludeStorageClasses": ["X"]})
    with raises(AnalysisException, "The specified bucket does not exist: no-lake (NoSuchBucket)"):
        purge(lake.spark, "s3://no-lake/in/")
