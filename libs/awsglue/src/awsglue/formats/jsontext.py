"""Taking text apart into JSON records. Runs in Spark's Python workers; knows nothing of Spark.

A text is one line, or a whole file when records span lines. It holds any number of JSON values one after the other; an
object is a record, a list is a record for each of its objects.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from awsglue.formats.parsed import Parsed

try:
    import orjson
except ImportError:  # only quicker
    orjson = None

_DECODER = json.JSONDecoder()
#: orjson makes a double of an integer of more than 64 bits. No integer with fewer digits in a row is that.
_DIGITS, _LONG = bytes.maketrans(b"123456789", b"000000000"), b"0" * 19
_SPACE = re.compile(r"[ \t\r\n]*")
_STEP = re.compile(
    r"""\.(?P<name>[^.\[\]*'"]+) | \['(?P<quoted>[^']*)'\] | \["(?P<double>[^"]*)"\]
    | \[(?P<index>-?\d+)\] | (?P<all>\[\*\]|\.\*)""",
    re.VERBOSE,
)


def parse_all(texts: Sequence[bytes], path: JsonPath | None) -> Iterator[Parsed]:
    """The records of texts, together where each is one plain object; texts of nothing are passed over."""
    if path is None and (records := _objects(texts)):
        yield Parsed(pieces=len(records), records=records)
        return
    for text in texts:
        if text.strip():
            yield parse(text, path)


def _objects(texts: Sequence[bytes]) -> list[dict[str, Any]] | None:
    """The texts as objects; None when one of them is something else, or may be."""
    if orjson is None or _LONG in b" ".join(texts).translate(_DIGITS):
        return None
    try:
        values = list(map(orjson.loads, texts))
    except ValueError:
        return None
    return values if set(map(type, values)) == {dict} else None


def parse(text: bytes, path: JsonPath | None) -> Parsed:
    """The records of a text."""
    result = Parsed()
    values = 0
    try:
        for value in _values(text.decode("utf-8").removeprefix("\ufeff")):
            values += 1
            for target in [value] if path is None else path.find(value):
                _take(target, result)
    except (ValueError, RecursionError) as error:
        result.fault = result.fault or f"error in JSON: {error}"
    result.simple = values <= 1 and not result.fault
    if result.fault:
        result.text = text.decode("utf-8", "replace")
    return result


def _values(text: str) -> Iterator[Any]:
    position = _SPACE.match(text).end()  # type: ignore[union-attr]  # it matches everywhere
    while position < len(text):
        value, position = _DECODER.raw_decode(text, position)
        yield value
        position = _SPACE.match(text, position).end()  # type: ignore[union-attr]


def _take(value: Any, result: Parsed) -> None:
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict):
            result.records.append(item)
        else:
            result.fault = result.fault or f"a record must be a JSON object, not {json.dumps(item)[:80]}"


class JsonPath:
    """The part of JSONPath that names where records are: `$`, `.name`, `['name']`, `[0]`, `[*]`."""

    def __init__(self, text: str) -> None:
        self.steps: list[str | int | None] = []
        if not text.startswith("$"):
            raise ValueError(f"the jsonPath {text!r} does not begin with $")
        position = 1
        while position < len(text):
            match = _STEP.match(text, position)
            if match is None:
                raise ValueError(
                    f"the jsonPath {text!r} is not understood from {text[position:]!r} on;"
                    " there are .name, ['name'], [0] and [*]"
                )
            self.steps.append(_step(match))
            position = match.end()

    def find(self, value: Any) -> list[Any]:
        """What the path names in a value; nothing when it is not there."""
        found = [value]
        for step in self.steps:
            found = [item for one in found for item in _children(one, step)]
        return found


def _step(match: re.Match[str]) -> str | int | None:
    if match["all"]:
        return None
    if match["index"]:
        return int(match["index"])
    return next(name for name in (match["name"], match["quoted"], match["double"]) if name is not None)


def _children(value: Any, step: str | int | None) -> list[Any]:
    if step is None:
        return list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    if isinstance(step, int):
        return [value[step]] if isinstance(value, list) and -len(value) <= step < len(value) else []
    return [value[step]] if isinstance(value, dict) and step in value else []
