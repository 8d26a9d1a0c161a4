"""What a Python worker of Spark's imports from."""

from __future__ import annotations

from pathlib import Path

import pytest

from awsglue.workers import leave_out_archives


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """A directory with the packages of an installed Spark."""
    for name in ("pyspark", "py4j"):
        (tmp_path / "packages" / name).mkdir(parents=True)
        (tmp_path / "packages" / name / "__init__.py").touch()
    return tmp_path / "packages"


def _path(packages: Path) -> list[str]:
    lib = packages / "pyspark" / "python" / "lib"
    archives = [lib / "pyspark.zip", lib / "py4j-0.10.9.7-src.zip", packages / "pyspark/jars/spark-core_2.12-3.5.6.jar"]
    return [*map(str, archives), str(packages)]


def test_archives_of_an_installed_spark_are_left_out_and_those_of_the_job_stay(packages: Path) -> None:
    path = ["/work", "/job/pyspark_helpers.zip", *_path(packages), "/job/modules.zip"]
    kept = leave_out_archives(path, str(packages / "pyspark"))
    assert kept == ["/work", "/job/pyspark_helpers.zip", str(packages), "/job/modules.zip"]


def test_it_is_found_by_whatever_name(packages: Path, tmp_path: Path) -> None:
    (tmp_path / "spark").symlink_to(packages / "pyspark")
    assert leave_out_archives(_path(packages), str(tmp_path / "spark")) == [str(packages)]


def test_archives_stay_beside_a_spark_that_has_no_packages_installed(packages: Path, tmp_path: Path) -> None:
    path = _path(packages)
    assert leave_out_archives(path, "") == path
    theirs = tmp_path / "spark" / "python" / "lib" / "pyspark.zip"
    other = [str(theirs), str(packages)]
    assert leave_out_archives(other, str(tmp_path / "spark")) == other, "the pyspark that is installed is another one"
    (packages / "py4j" / "__init__.py").unlink()
    (packages / "py4j").rmdir()
    assert leave_out_archives(path, str(packages / "pyspark")) == path
