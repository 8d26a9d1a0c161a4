"""Files in the portions that tasks read."""

from __future__ import annotations

import pytest

from awsglue.files import File
from awsglue.formats.format import packed


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
