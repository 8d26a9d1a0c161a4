r"""Regular expressions of the service model, which are Java's, as Python's.

Java's `matches` takes the whole text, so use `fullmatch`, with `re.ASCII` for \w, \d and \s. Where the two languages
differ, the construct is rewritten or refused: a pattern that would silently mean something else checks nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache

# Escapes that mean the same in both; everything else with a letter or digit is refused.
_SAME = frozenset("dDwWsSrntf")
_UNICODE = re.compile(r"\\u([0-9A-Fa-f]{4})")
_HEX = re.compile(r"\\x[0-9A-Fa-f]{2}")
_CATEGORY = re.compile(r"\\p\{([LNP])\}")  # letters, numbers, punctuation: Python has no word for them
_PLANES = range(0x40000)  # nothing of these categories lies beyond
_GROUPS = ("(?:", "(?=", "(?!", "(?<=", "(?<!")
_ANY = r"[^\n\r\u0085\u2028\u2029]"  # Java's dot stops at all of these


def translate(pattern: str) -> str:
    r"""Python's form of a Java pattern. Raises ValueError for what has none here.

    \uD800\uDC00 is one character in Java: an escaped surrogate pair becomes its code point.
    """
    pieces = []
    in_class = False
    at = 0
    while at < len(pattern):
        char = pattern[at]
        piece = char
        category = _CATEGORY.match(pattern, at) if in_class else None
        if category:
            at, piece = category.end(), _categories()[category[1]]
        elif char == "\\":
            at, piece = _escape(pattern, at)
        elif in_class:
            if char == "[" or pattern.startswith("&&", at):
                raise _untranslatable(pattern, at)
            if char == "]":
                in_class = False
            elif char in "&|~":
                piece = "\\" + char  # literal in both, but Python warns of a future meaning
            at += 1
        else:
            if char == "[":
                in_class = True
                if pattern.startswith(("[]", "[^]"), at):
                    raise _untranslatable(pattern, at)
            elif char == ".":
                piece = _ANY
            elif pattern.startswith("(?", at) and not pattern.startswith(_GROUPS, at):
                raise _untranslatable(pattern, at)
            at += 1
        pieces.append(piece)
    return "".join(pieces)


@cache
def _categories() -> Mapping[str, str]:
    """Letter of a category -> its characters as the inside of a class."""
    ranges: dict[str, list[list[int]]] = {"L": [], "N": [], "P": []}
    for code in _PLANES:
        found = ranges.get(unicodedata.category(chr(code))[0])
        if found is None:
            continue
        if found and found[-1][1] == code - 1:
            found[-1][1] = code
        else:
            found.append([code, code])
    return {
        letter: "".join(f"\\U{first:08X}-\\U{last:08X}" for first, last in found) for letter, found in ranges.items()
    }


def _escape(pattern: str, at: int) -> tuple[int, str]:
    """The escape that begins at `at`: where it ends, and Python's form of it."""
    unit = _UNICODE.match(pattern, at)
    if unit:
        high = int(unit[1], 16)
        if not 0xD800 <= high <= 0xDFFF:
            return unit.end(), unit[0]
        pair = _UNICODE.match(pattern, unit.end())
        low = int(pair[1], 16) if pair else 0
        if pair is None or high > 0xDBFF or not 0xDC00 <= low <= 0xDFFF:
            raise _untranslatable(pattern, at)
        return pair.end(), f"\\U{0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00):08X}"
    octets = _HEX.match(pattern, at)
    if octets:
        return octets.end(), octets[0]
    char = pattern[at + 1 : at + 2]
    if not char or (char.isalnum() and char not in _SAME):
        raise _untranslatable(pattern, at)
    return at + 2, "\\" + char


def _untranslatable(pattern: str, at: int) -> ValueError:
    return ValueError(f"pattern {pattern!r} has a construct that is not translated, at {pattern[at : at + 8]!r}")
