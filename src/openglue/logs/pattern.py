"""Filter patterns of CloudWatch Logs, as far as they are plain: terms and quoted phrases.

`ERROR "no such file"` matches a message that holds both, in any place and order; case counts. What else CloudWatch
Logs knows - optional and excluded terms, regular expressions, JSON and column patterns - is refused by name.
"""

from __future__ import annotations

import re

_TOKEN = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|(\S+))')
_REFUSED = {
    "{": "a JSON pattern",
    "[": "a column pattern",
    "%": "a regular expression",
    "?": "an optional term",
    "-": "an excluded term",
}


class Pattern:
    """A parsed pattern; an empty one matches everything. Raises ValueError with the reason it is refused."""

    def __init__(self, text: str) -> None:
        self._terms: list[bytes] = []
        rest = text.strip()
        while rest:
            found = _TOKEN.match(rest)
            if found is None:  # pragma: no cover - \S+ takes whatever is left
                raise ValueError(f"{rest!r} cannot be read")
            phrase, term = found.groups()
            if term is not None:
                self._check(term)
            self._terms.append((re.sub(r"\\(.)", r"\1", phrase) if term is None else term).encode())
            rest = rest[found.end() :].strip()

    def matches(self, message: bytes) -> bool:
        return all(term in message for term in self._terms)

    @staticmethod
    def _check(term: str) -> None:
        if term[0] in _REFUSED:
            raise ValueError(f"{term!r} is {_REFUSED[term[0]]}, which OpenGlue does not offer")
        if not re.fullmatch(r"\w+", term):
            raise ValueError(f"{term!r} must stand in double quotes, since it holds more than letters, digits and _")
