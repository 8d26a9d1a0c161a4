"""Zips of wheels come from users: what they may unpack is bounded."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from openglue.runtimes import InstallError, wheelhouse
from openglue.runtimes.wheelhouse import unpack


def zip_of(path: Path, members: dict[str, bytes], *, links: tuple[str, ...] = ()) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, data in members.items():
            zipped.writestr(name, data)
        for name in links:
            info = zipfile.ZipInfo(name)
            info.external_attr = 0o120777 << 16
            zipped.writestr(info, "/etc/passwd")
    return path


def test_wheels_alone_are_all_wanted(tmp_path: Path):
    archive = zip_of(tmp_path / "x.zip", {"wheels/b-1.whl": b"b", "wheels/a-1.whl": b"a", "wheels/readme": b""})
    lines = unpack(archive, tmp_path / "out")
    assert lines == [f"file://{tmp_path}/out/a-1.whl", f"file://{tmp_path}/out/b-1.whl"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a-1.whl", "b-1.whl"]


def test_a_requirements_file_says_what_is_wanted(tmp_path: Path):
    archive = zip_of(tmp_path / "x.zip", {"wheels/a-1.whl": b"a", "wheels/requirements.txt": b"a"})
    assert unpack(archive, tmp_path / "out") == [f"-r {tmp_path}/out/requirements.txt"]


@pytest.mark.parametrize("name", ["../a-1.whl", "/a-1.whl", "x/../../a-1.whl"])
def test_a_member_that_leads_elsewhere_is_refused(tmp_path: Path, name: str):
    with pytest.raises(InstallError, match="leads elsewhere"):
        unpack(zip_of(tmp_path / "x.zip", {name: b"a"}), tmp_path / "out")


def test_a_link_is_refused(tmp_path: Path):
    with pytest.raises(InstallError, match="leads elsewhere"):
        unpack(zip_of(tmp_path / "x.zip", {}, links=("a-1.whl",)), tmp_path / "out")


def test_a_zip_that_grows_beyond_measure_is_refused(tmp_path: Path):
    with pytest.raises(InstallError, match="more than allowed"):
        unpack(zip_of(tmp_path / "x.zip", {"a-1.whl": bytes(1_000_000)}), tmp_path / "out")


def test_too_many_members_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(wheelhouse, "MAX_MEMBERS", 2)
    with pytest.raises(InstallError, match="more than 2 members"):
        unpack(zip_of(tmp_path / "x.zip", {f"{n}.whl": b"" for n in range(3)}), tmp_path / "out")


def test_what_is_no_zip_is_refused(tmp_path: Path):
    (tmp_path / "x.zip").write_bytes(b"nothing")
    with pytest.raises(InstallError, match="not a zip that can be read"):
        unpack(tmp_path / "x.zip", tmp_path / "out")


def test_a_zip_without_wheels_is_refused(tmp_path: Path):
    with pytest.raises(InstallError, match="contains no wheels"):
        unpack(zip_of(tmp_path / "x.zip", {"a.txt": b""}), tmp_path / "out")
