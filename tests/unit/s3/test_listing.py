"""Pages of keys: in S3's order, complete, and without what is no key."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openglue.s3 import attributes
from openglue.s3.listing import holds_keys, page

needs_attributes = pytest.mark.skipif(not hasattr(os, "setxattr"), reason="this system keeps no extended attributes")


def fill(folder: Path, *keys: str) -> Path:
    for key in keys:
        file = folder / key
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(key)
    return folder


def pages(folder: Path, *, prefix: str = "", delimiter: str = "", limit: int = 1000) -> tuple[list[str], list[str]]:
    """All keys and common prefixes, page by page."""
    keys: list[str] = []
    prefixes: list[str] = []
    after = ""
    while True:
        found = page(folder, prefix=prefix, delimiter=delimiter, after=after, limit=limit)
        assert len(found.entries) + len(found.prefixes) <= limit
        keys += [entry.key for entry in found.entries]
        prefixes += found.prefixes
        if not found.truncated:
            return keys, prefixes
        assert found.last > after
        after = found.last


def naive(keys: set[str], prefix: str, delimiter: str) -> tuple[list[str], list[str]]:
    """What S3 documents, over a set of strings."""
    plain, groups = [], []
    for key in sorted(keys, key=str.encode):
        if not key.startswith(prefix):
            continue
        at = key.find(delimiter, len(prefix)) if delimiter else -1
        if at < 0:
            plain.append(key)
        elif key[: at + len(delimiter)] not in groups:
            groups.append(key[: at + len(delimiter)])
    return plain, groups


segment = st.text(alphabet="ab-.!0é", min_size=1, max_size=3).filter(lambda text: text not in (".", ".."))


@st.composite
def trees(draw: st.DrawFn) -> set[str]:
    """Keys that can be files beside each other: none is the folder of another."""
    keys = draw(st.sets(st.lists(segment, min_size=1, max_size=4).map("/".join), max_size=12))
    return {key for key in keys if not any(other.startswith(key + "/") for other in keys)}


@settings(max_examples=150, deadline=None)
@given(
    keys=trees(),
    prefix=st.text(alphabet="ab-./!", max_size=4),
    delimiter=st.sampled_from(["", "/", "-", "a/"]),
    limit=st.integers(1, 5),
)
def test_pages_are_what_s3_documents(keys: set[str], prefix: str, delimiter: str, limit: int):
    with tempfile.TemporaryDirectory() as directory:
        folder = fill(Path(directory), *keys)
        assert pages(folder, prefix=prefix, delimiter=delimiter, limit=limit) == naive(keys, prefix, delimiter)


@settings(max_examples=100, deadline=None)
@given(keys=trees(), after=st.text(alphabet="ab-./!", max_size=5))
def test_a_list_starts_behind_any_text(keys: set[str], after: str):
    with tempfile.TemporaryDirectory() as directory:
        found = page(fill(Path(directory), *keys), after=after)
        assert [entry.key for entry in found.entries] == sorted((key for key in keys if key > after), key=str.encode)


def test_a_folder_sorts_with_its_slash(tmp_path: Path):
    fill(tmp_path, "a/x", "a-b", "a.b", "a0")
    assert pages(tmp_path, limit=1)[0] == ["a-b", "a.b", "a/x", "a0"]


def test_folders_without_files_are_neither_keys_nor_prefixes(tmp_path: Path):
    fill(tmp_path, "out/part-0", "out/_SUCCESS")
    (tmp_path / "out" / "_temporary" / "0").mkdir(parents=True)
    (tmp_path / "left" / "over").mkdir(parents=True)
    assert pages(tmp_path) == (["out/_SUCCESS", "out/part-0"], [])
    assert pages(tmp_path, delimiter="/") == ([], ["out/"])
    assert pages(tmp_path, prefix="out/", delimiter="/") == (["out/_SUCCESS", "out/part-0"], [])
    assert not holds_keys(tmp_path / "left")


@needs_attributes
def test_a_folder_that_was_made_as_an_object_is_a_key(tmp_path: Path):
    fill(tmp_path, "in/deep/x")
    for name in ("in", "made"):
        (tmp_path / name).mkdir(exist_ok=True)
        attributes.mark_folder(tmp_path / name)
    assert pages(tmp_path) == (["in/", "in/deep/x", "made/"], [])
    assert pages(tmp_path, prefix="made/", delimiter="/") == (["made/"], [])
    assert pages(tmp_path, delimiter="/", limit=1) == ([], ["in/", "made/"])
    assert pages(tmp_path, limit=1)[0] == ["in/", "in/deep/x", "made/"]


def test_what_is_no_regular_file_is_no_object(tmp_path: Path):
    fill(tmp_path, "a", "b/c")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("a")
    (tmp_path / "loop").symlink_to(".")
    (tmp_path / ".openglue").mkdir()
    (tmp_path / ".openglue" / "x").write_text("")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff")).write_text("")
    assert pages(tmp_path) == (["a", "b/c"], [])


@pytest.mark.parametrize("prefix", ["../", "a/../", "/", "b//", "nothing/", "b/c/", "a" * 300 + "/"])
def test_a_prefix_that_no_key_has_finds_nothing(tmp_path: Path, prefix: str):
    fill(tmp_path, "a", "b/c")
    assert pages(tmp_path, prefix=prefix) == ([], [])
