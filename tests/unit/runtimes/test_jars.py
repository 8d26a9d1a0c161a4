"""The lock of jars names its contents, holds no address, and is read as Ivy wants it."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from openglue.model.profiles import PROFILES
from openglue.runtimes.jars import _proxies, jars
from openglue.runtimes.pins import LOCKS, digest
from openglue.runtimes.runtime import root_of

LOCKED = [LOCKS / profile.jars for profile in PROFILES.values() if profile.jars]


def test_every_lock_of_jars_belongs_to_a_profile_with_spark():
    assert {lock.name for lock in LOCKED} == {lock.name for lock in LOCKS.glob("*.jars")}
    assert all(profile.spark for profile in PROFILES.values() if profile.jars)


@pytest.mark.parametrize("lock", LOCKED, ids=lambda lock: lock.stem)
def test_a_lock_of_jars_has_its_digest_hashes_and_no_addresses(lock: Path):
    _, _, contents = lock.read_bytes().partition(b"\n")
    assert digest(lock) == sha256(contents).hexdigest()
    assert "://" not in contents.decode("ascii")
    assert len(jars(lock)) == len(contents.splitlines())


def test_spark_has_the_drivers_that_glue_5_1_has():
    assert {str(jar) for jar in jars(LOCKS / "glue-5.1.jars")} == {
        "com.mysql:mysql-connector-j:8.0.33",
        "org.postgresql:postgresql:42.7.3",
    }


def test_a_runtime_is_another_when_its_jars_are():
    profile = PROFILES["glue-5.1"]
    assert root_of(Path("cache"), profile).name.endswith(digest(LOCKS / "glue-5.1.jars")[:12])
    assert root_of(Path("cache"), profile) != root_of(Path("cache"), replace(profile, jars=None))


def test_java_is_told_of_the_proxies_of_the_environment():
    environ = {"https_proxy": "http://proxy:3128", "HTTP_PROXY": "other", "no_proxy": "localhost,.lan 127.0.0.1"}
    assert list(_proxies(environ)) == [
        *("-Dhttp.proxyHost=other", "-Dhttp.proxyPort=80"),
        *("-Dhttps.proxyHost=proxy", "-Dhttps.proxyPort=3128"),
        "-Dhttp.nonProxyHosts=localhost|*.lan|127.0.0.1",
    ]
    assert list(_proxies({})) == []
