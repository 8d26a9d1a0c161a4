"""The documentation as tests see it: pages, their links, and their examples.

A line before a fenced block says what the tests do with it:

    <!-- run -->            it is executed; `<!-- run: exit 1 -->` expects that exit code
    <!-- run: pytest -->    it is a module of tests, and pytest runs it
    <!-- file: hello.py --> it is written to that file, in the directory in which the page's examples run
    <!-- output -->         it is what the block executed before it prints; `…` stands for anything
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
#: Folders of a checkout that hold no page of ours, beside the hidden ones.
_FOREIGN = {"node_modules", "build", "dist"}

_MARK = re.compile(r"<!-- (run|file|output)(?:: (.+))? -->")
_INTENDED = re.compile(r"<!--\s*(run|file|output)\b")
_FENCE = re.compile(r"^( *)(`{3,})(\w*)[^`]*$")
_LINK = re.compile(r"(?<!!)\[(?:[^\]\[]|\[[^\]]*\])*\]\(([^)\s]+)\)")
_CODE_SPAN = re.compile(r"`[^`\n]+`")


@dataclass(frozen=True, kw_only=True)
class Block:
    """A fenced block with a mark."""

    #: run, file or output.
    mark: str
    #: What follows the mark: a file's name, or what is expected of a run.
    detail: str
    language: str
    text: str
    #: Line of the page, for messages.
    line: int


def pages() -> list[Path]:
    """Every Markdown file of the repository."""
    found = []
    for folder, inner, files in os.walk(ROOT):
        inner[:] = [entry for entry in inner if not entry.startswith(".") and entry not in _FOREIGN]
        found += [Path(folder, file) for file in files if file.endswith(".md")]
    return sorted(found)


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def is_marked(text: str) -> bool:
    """Whether a page has marks, well written or not."""
    return any(_INTENDED.match(line.strip()) for line in text.split("\n"))


def blocks(text: str) -> list[Block]:
    """The marked blocks of a page. Raises ValueError for a mark without a block, or one that is misspelt."""
    found = []
    lines = text.split("\n")
    for index, line in enumerate(lines):
        mark = _MARK.fullmatch(line.strip())
        if mark is None:
            if _INTENDED.match(line.strip()):
                raise ValueError(f"line {index + 1}: no mark is written {line.strip()}")
            continue
        fence = _FENCE.match(lines[index + 1]) if index + 1 < len(lines) else None
        if fence is None:
            raise ValueError(f"line {index + 1}: no block follows {line.strip()}")
        end = next(at for at in range(index + 2, len(lines)) if lines[at].strip() == fence[2])
        indent = len(fence[1])
        body = "".join(inner[indent:] + "\n" for inner in lines[index + 2 : end])
        found.append(Block(mark=mark[1], detail=mark[2] or "", language=fence[3], text=body, line=index + 2))
    return found


def prose(text: str) -> str:
    """A page without its fenced blocks."""
    kept, closing = [], None
    for line in text.split("\n"):
        fence = _FENCE.match(line)
        if closing is not None:
            if line.strip() == closing:
                closing = None
        elif fence is not None:
            closing = fence[2]
        else:
            kept.append(line)
    return "\n".join(kept)


def links(text: str) -> list[str]:
    """Where the links of a page go."""
    return _LINK.findall(_CODE_SPAN.sub("``", prose(text)))


def anchors(text: str) -> set[str]:
    """The names of a page's headings in links, as code hosts make them."""
    found: set[str] = set()
    for heading in re.findall(r"^#+ +(.+?) *$", prose(text), re.MULTILINE):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        anchor = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        count = 0
        while (unique := f"{anchor}-{count}" if count else anchor) in found:
            count += 1
        found.add(unique)
    return found


def matches(expected: str, actual: str) -> bool:
    """Whether output is what a page shows: `…` is anything in a line, a line of nothing else is any lines."""
    parts = []
    for line in expected.rstrip("\n").split("\n"):
        if line.strip() == "…":
            parts.append("(?:.*\n)*?")
        else:
            parts.append(".*?".join(re.escape(piece) for piece in line.rstrip().split("…")) + "[ \t]*\n")
    return re.fullmatch("".join(parts), actual.rstrip("\n") + "\n") is not None
