"""The locks say what their sources ask for, name their own contents, and hold no address."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

import pytest

from openglue.model.profiles import PROFILES, Profile
from openglue.runtimes.pins import BUILD, JAVA, LOCKS, digest, packages

SOURCES = Path(__file__).parents[3] / "requirements" / "runtimes"
LOCK_FILES = sorted(LOCKS.glob("*.txt"))


def names_in(source: Path) -> dict[str, str]:
    """Name, as a lock writes it, and the rest of every requirement."""
    lines = [line for line in source.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    found = [re.match(r"([A-Za-z0-9._-]+)(.*)", line) for line in lines]
    assert all(found)
    return {re.sub(r"[-_.]+", "-", match[1]).lower(): match[2] for match in found if match}


def test_every_profile_has_a_lock_and_every_lock_a_source():
    assert {profile.lock for profile in PROFILES.values()} | {JAVA.name, BUILD.name} == {f.name for f in LOCK_FILES}
    assert {f.stem for f in SOURCES.glob("*.in")} == {f.stem for f in LOCK_FILES}


@pytest.mark.parametrize("lock", LOCK_FILES, ids=lambda lock: lock.stem)
def test_a_lock_has_every_package_that_its_source_names(lock: Path):
    wanted, pinned = names_in(SOURCES / f"{lock.stem}.in"), packages(lock)
    assert set(wanted) <= set(pinned)
    exact = {name: rest[2:] for name, rest in wanted.items() if rest.startswith("==") and "*" not in rest}
    assert {name: pinned[name] for name in exact} == exact


@pytest.mark.parametrize("lock", LOCK_FILES, ids=lambda lock: lock.stem)
def test_a_lock_begins_with_the_hash_of_its_contents(lock: Path):
    _, _, contents = lock.read_bytes().partition(b"\n")
    assert digest(lock) == sha256(contents).hexdigest()


@pytest.mark.parametrize("lock", LOCK_FILES, ids=lambda lock: lock.stem)
def test_a_lock_has_hashes_and_no_addresses(lock: Path):
    text = lock.read_text(encoding="ascii")
    assert text.count("==") <= text.count("--hash=sha256:")
    assert "://" not in text
    assert "index-url" not in text


def test_a_lock_without_its_hash_is_refused(tmp_path: Path):
    lock = tmp_path / "new.txt"
    lock.write_text("boto3==1\n")
    with pytest.raises(ValueError, match="lock_runtimes"):
        digest(lock)


@pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: profile.name)
def test_a_profile_pins_the_spark_that_it_names(profile: Profile):
    assert packages(LOCKS / profile.lock).get("pyspark") == profile.spark


def test_packages_for_windows_alone_are_not_counted(tmp_path: Path):
    lock = tmp_path / "new.txt"
    lock.write_text(
        "# sha256 0\na==1 \\\n    --hash=sha256:0\nb==2 ; sys_platform == 'win32' \\\n    --hash=sha256:0\n"
    )
    assert packages(lock) == {"a": "1"}
