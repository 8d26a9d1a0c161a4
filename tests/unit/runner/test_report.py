from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from openglue.runner import report


@pytest.mark.parametrize(
    ("content", "is_text"),
    [
        (b"print(1)\r\n", True),
        ("\ufeffprint('é')".encode(), True),
        (b"", True),
        (b"x" * report.TEXT_LIMIT, True),
        (b"x" * (report.TEXT_LIMIT + 1), False),
        ("# -*- coding: latin-1 -*-\nprint('é')".encode("latin-1"), False),
        (b"PK\x03\x04\0", False),
    ],
)
def test_a_script_is_told_whole_if_it_is_text_of_bearable_length(tmp_path: Path, content: bytes, *, is_text: bool):
    file = tmp_path / "s.py"
    file.write_bytes(content)
    assert report.script(file) == ({"text": content.decode()} if is_text else {"sha256": sha256(content).hexdigest()})
