"""Files in the portions that tasks read."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from awsglue.files import File
from awsglue.formats.blocks import portions_of
from awsglue.formats.format import Source, packed


@pytest.mark.parametrize(
    ("size", "sizes", "expected"),
    [
        (10, [], []),
        (10, [3, 3, 3, 3, 3], [[3, 3, 3, 3], [3]]),
        (10, [20, 1, 9, 5], [[20], [1, 9], [5]]),
        (1, [1, 1, 1], [[1], [1], [1]]),
        (100, [1, 1, 1], [[1, 1, 1]]),
    ],
)
def test_a_portion_is_full_when_it_has_its_size(size: int, sizes: list[int], expected: list[list[int]]):
    files = [File(path=str(number), size=one, modified=0) for number, one in enumerate(sizes)]
    packs = packed(files, size)
    assert [[file.size for file in pack] for pack in packs] == expected
    assert [file for pack in packs for file in pack] == files


def source_of(folder: Path, size: int, **contents: bytes) -> Source:
    files = []
    for name, content in contents.items():
        path = folder / name.replace("_", ".")
        path.write_bytes(content)
        files.append(File(path=str(path), size=len(content), modified=0, local=str(path)))
    return Source(spark=None, found={"in": files}, options={}, group_size=size)  # type: ignore[arg-type]  # it is not asked


@pytest.mark.parametrize("size", [1, 2, 3, 50, 51, 52, 1_000, 100_000])
def test_each_line_is_in_one_piece_wherever_files_are_cut(size: int, tmp_path: Path):
    lines = [b"x" * (number % 7) for number in range(300)]
    text = b"".join(line + (b"\r\n" if len(line) % 2 else b"\n") for line in lines)
    source = source_of(
        tmp_path, size, a_json=b"\xef\xbb\xbf" + text, b_json_gz=gzip.compress(text), c_json=b"one\rtwo\n\nlast"
    )
    portions = portions_of(source, whole=False)
    found = [line for portion in portions for piece in portion for block in piece.blocks() for line in block]
    assert found == [*lines, *lines, b"one", b"two", b"", b"last"]
    sizes = [sum(piece.size for piece in portion) for portion in portions]
    assert sum(sizes) == sum(file.size for file in source.files)
    packed_file = source.files[1].size
    assert all(one == size or one >= packed_file for one in sizes[:-1])


def test_whole_files_are_not_cut(tmp_path: Path):
    source = source_of(tmp_path, 2, a_json=b"[1,\n2]", b_json=b"{}")
    assert [[piece.size for piece in portion] for portion in portions_of(source, whole=True)] == [[6], [2]]
