"""The one JSON loader for request bodies, hardened against what Python's own lets through.

Python's `json` alone would answer hostile bodies with a fault of ours or pass on values that break later: deep nesting
(RecursionError), huge integers (ValueError), 1e400 (inf), NaN, duplicate keys (the last one wins), lone surrogates and
U+0000 (refused by databases), UTF-16. Here each of them is the client's mistake, a SerializationException.
Source: spec reliability 3.4.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

from openglue.errors import SerializationException

LIMIT = 1 << 20  #: bytes of a request body
MAX_DEPTH = 32  #: objects and lists inside each other, the outermost counted
MAX_NODES = 10_000  #: values in one document; an empty object or list counts as two
_MAX_DIGITS = 20  # of a 64-bit integer, with its sign

# Never fails to match at a quote, so that an unterminated string costs one pass and not one for each quote in it.
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+\\?"?', re.DOTALL)


class _RefusedError(ValueError):
    """What the decoder's hooks raise; the message is the reason."""


def load(body: bytes, limit: int = LIMIT) -> dict[str, Any]:
    """Decode a request body. An empty body is an empty request, as some clients send it.

    Integers fit in 64 bits and floats are finite; strings hold neither U+0000 nor lone surrogates. Raises
    SerializationException for everything else.
    """
    if len(body) > limit:
        raise SerializationException(f"The request body is {len(body)} bytes long; at most {limit} are taken.")
    if not body:
        return {}
    openings = body.count(b"{") + body.count(b"[")
    # Brackets and commas inside strings are counted too: more than enough is looked at closely.
    if openings > MAX_DEPTH or openings + body.count(b",") >= MAX_NODES:
        _measure(body)
    try:
        document = _DECODER.decode(body.decode("utf-8"))
        if b"\\u" in body:
            _check_text(document)
    except _RefusedError as refused:
        raise SerializationException(f"The request body is refused: {refused}.") from None
    except UnicodeDecodeError as error:
        raise SerializationException(f"The request body is not UTF-8: {error.reason} at byte {error.start}.") from None
    except json.JSONDecodeError as error:
        raise SerializationException(f"The request body is not JSON: {error.msg} at character {error.pos}.") from None
    if type(document) is not dict:
        raise SerializationException("The request body must be a JSON object.")
    return document


def _measure(body: bytes) -> None:
    """Refuse a document that is too deep or too large before it costs memory and time."""
    skeleton = _STRING.sub(b"", body)
    openings = skeleton.count(b"{") + skeleton.count(b"[")
    if openings + skeleton.count(b",") >= MAX_NODES:
        raise SerializationException(f"The request body holds more than {MAX_NODES} values.")
    if openings > MAX_DEPTH:
        depth = 0
        for byte in skeleton:
            if byte in b"{[":
                depth += 1
                if depth > MAX_DEPTH:
                    raise SerializationException(f"The request body is nested deeper than {MAX_DEPTH} levels.")
            elif byte in b"}]":
                depth -= 1


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise _RefusedError(f"the key {name[:100]!a} stands twice in one object")
            seen.add(name)
    return found


def _integer(digits: str) -> int:
    if len(digits) <= _MAX_DIGITS:
        number = int(digits)
        if -(1 << 63) <= number < 1 << 63:
            return number
    raise _RefusedError("an integer does not fit in 64 bits")


def _float(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise _RefusedError("a number is too large")
    return number


def _constant(name: str) -> Any:
    raise _RefusedError(f"{name} is no JSON value")


def _check_text(value: Any) -> None:
    """Look for what only an escape can bring into a string; nothing else needs a look at every value."""
    if type(value) is str:
        if "\0" in value:
            raise _RefusedError("a string holds U+0000")
        # Only surrogates have no UTF-8 form.
        try:
            value.encode()
        except UnicodeEncodeError:
            raise _RefusedError("a string holds half of a surrogate pair") from None
    elif type(value) is dict:
        for name, item in value.items():
            _check_text(name)
            _check_text(item)
    elif type(value) is list:
        for item in value:
            _check_text(item)


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant)
