"""The reader of pages that the other tests of this folder stand on."""

from __future__ import annotations

import pytest

from .pages import anchors, blocks, links, matches


def test_a_marked_block_is_found_with_its_language_and_line():
    text = "Text.\n\n<!-- run -->\n```python\nprint(1)\n```\n\n```python\nnever = 1\n```\n"
    [block] = blocks(text)
    assert (block.mark, block.language, block.text, block.line) == ("run", "python", "print(1)\n", 4)


def test_a_mark_keeps_its_detail_and_an_indented_block_loses_its_indent():
    text = "1. Text\n\n   <!-- file: a/b.py -->\n   ```python\n   if x:\n       y()\n   ```\n"
    [block] = blocks(text)
    assert (block.mark, block.detail, block.text) == ("file", "a/b.py", "if x:\n    y()\n")


def test_a_mark_without_a_block_is_an_error():
    with pytest.raises(ValueError, match="line 1"):
        blocks("<!-- run -->\n\n```bash\ntrue\n```\n")


@pytest.mark.parametrize("mark", ["<!-- run pytest -->", "<!--run-->", "<!-- output-->"])
def test_a_mark_that_is_misspelt_is_an_error_and_not_skipped(mark: str):
    with pytest.raises(ValueError, match="line 1"):
        blocks(f"{mark}\n```bash\ntrue\n```\n")


def test_links_in_code_are_no_links():
    text = "[a](b.md) `[c](d.md)` [`e`](f.md#g)\n\n```text\n[h](i.md)\n```\n"
    assert links(text) == ["b.md", "f.md#g"]


def test_headings_are_named_as_code_hosts_name_them():
    text = "# `openglue run` & more\n\n## What is *this*?\n\n## Twice\n\n## Twice\n\n```bash\n# no heading\n```\n"
    assert anchors(text) == {"openglue-run--more", "what-is-this", "twice", "twice-1"}


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ("a\n", "a"),
        ("a … c\n", "a b b c\n"),
        ("a\n…\nd\n", "a\nb\nc\nd\n"),
        ("a\n…\nd\n", "a\nd\n"),
        ("(.*)\n", "(.*)  \n"),
    ],
)
def test_output_that_fits_is_accepted(expected: str, actual: str):
    assert matches(expected, actual)


@pytest.mark.parametrize(
    ("expected", "actual"), [("a\n", "b\n"), ("a\n", "a\nb\n"), ("a … c\n", "a b\nc\n"), ("a\n…\nd\n", "a\nb\n")]
)
def test_output_that_does_not_fit_is_refused(expected: str, actual: str):
    assert not matches(expected, actual)
