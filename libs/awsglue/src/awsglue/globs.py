"""Glob patterns of the `exclusions` option: `*` within a folder, `**` across folders, `?`, `[a-c]`, `{one,other}`."""

from __future__ import annotations

import re


def excluded(path: str, root: str, patterns: list[re.Pattern[str]]) -> bool:
    """Whether a pattern names the file, by its whole path or by what follows the folder `root` that was listed."""
    names = (path, path.removeprefix("file:"), path.removeprefix(root).lstrip("/"))
    return any(pattern.fullmatch(name) for pattern in patterns for name in names)


def compile_glob(glob: str) -> re.Pattern[str]:
    """The regular expression of a glob. ValueError for one that does not end what it begins."""
    parts: list[str] = []
    depth = 0
    for piece in _PIECE.findall(glob):
        if piece == "[":
            raise ValueError(f"the glob {glob!r} has a [ without its ]")
        if piece == "{":
            depth += 1
        elif piece == "}":
            depth -= 1
        if depth < 0:
            raise ValueError(f"the glob {glob!r} has a }} without its {{")
        parts.append("|" if piece == "," and depth else _SIMPLE.get(piece) or _other(piece))
    if depth:
        raise ValueError(f"the glob {glob!r} has a {{ without its }}")
    return re.compile("".join(parts), re.DOTALL)


_PIECE = re.compile(r"\*\*|\\.|\[[!^]?[^\]]+\]|.", re.DOTALL)
_SIMPLE = {"**": ".*", "*": "[^/]*", "?": "[^/]", "{": "(?:", "}": ")"}


def _other(piece: str) -> str:
    if piece.startswith("[") and len(piece) > 1:
        return _char_class(piece[1:-1])
    return re.escape(piece[-1])


def _char_class(inside: str) -> str:
    negated = inside.startswith(("!", "^"))
    body = inside[1:] if negated else inside
    escaped = body.replace("\\", "\\\\").replace("[", "\\[").replace("^", "\\^")
    return f"(?!/)[{'^' if negated else ''}{escaped}]"
