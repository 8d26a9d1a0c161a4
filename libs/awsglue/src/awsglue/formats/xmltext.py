"""Taking XML text apart into records. Runs in Spark's Python workers; knows nothing of Spark.

A record is an element of one name, wherever it is. Each is parsed by itself, so that a faulty one spoils no other, and
a file need not be well-formed as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from xml.parsers import expat

from awsglue.formats.parsed import Parsed

_INTEGER = re.compile(r"[+-]?[0-9]+")
_FRACTION = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
#: More digits than a number can have that is exact.
_MOST_DIGITS = 38
#: Characters of a faulty record that its error record has.
_SHOWN = 2000


class Empty(str):
    """The value of an element without content: an empty text or a null, which the type of its field decides."""

    __slots__ = ()


EMPTY = Empty()


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How XML is read."""

    row_tag: str
    attribute_prefix: str = "_"
    value_tag: str = "_VALUE"
    attributes: bool = True
    #: Whether texts lose the white space around them.
    strip: bool = False
    #: Whether an element with white space or nothing in it is a null.
    empty_is_null: bool = False
    #: Whether texts become numbers and booleans where they look like them.
    typed: bool = True

    def records(self, text: str) -> Iterator[Parsed]:
        """The records in a text, one after the other, each with its fault if it has one."""
        for fragment, fault in _fragments(text, self.row_tag):
            yield self._record(fragment) if not fault else Parsed(fault=fault, text=fragment[:_SHOWN])

    def _record(self, fragment: str) -> Parsed:
        builder = _Builder(self)
        try:
            value = builder.build(fragment)
        except expat.ExpatError as error:
            return Parsed(fault=f"error in XML: {error}", text=fragment[:_SHOWN])
        if not isinstance(value, dict):
            value = {} if value is None or value is EMPTY else {self.value_tag: value}
        return Parsed(records=[value], simple=not builder.has_empty)

    def value(self, text: str) -> Any:
        """The value of a text by itself."""
        if self.strip:
            text = text.strip()
        if not text or (self.empty_is_null and not text.strip()):
            return None if self.empty_is_null else EMPTY
        if not self.typed:
            return text
        if _INTEGER.fullmatch(text):
            return int(text) if len(text) <= _MOST_DIGITS else text
        if _FRACTION.fullmatch(text):
            return float(text)
        return {"true": True, "false": False}.get(text, text)


def _fragments(text: str, tag: str) -> Iterator[tuple[str, str]]:
    """The outermost elements of this name as text, each with what is wrong with it from outside."""
    name = re.escape(tag)
    token = re.compile(
        rf"""<!--.*?--> | <!\[CDATA\[.*?\]\]> | (?P<open><{name}(?:\s(?:[^>"']|"[^"]*"|'[^']*')*?)?(?P<closed>/?)>)
        | (?P<close></{name}\s*>)""",
        re.VERBOSE | re.DOTALL,
    )
    depth = begin = 0
    for match in token.finditer(text):
        if match["open"]:
            if not depth:
                begin = match.start()
            depth += not match["closed"]
        elif match["close"] and depth:
            depth -= 1
        else:
            continue
        if not depth:
            yield text[begin : match.end()], ""
    if depth:
        yield text[begin:], f"error in XML: an element {tag} has no end"


@dataclass(kw_only=True)
class _Element:
    fields: dict[str, Any]
    texts: list[str]


class _Builder:
    """The value of one element, built while it is parsed."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._open: list[_Element] = []
        self._value: Any = None
        self.has_empty = False

    def build(self, fragment: str) -> Any:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.Parse(fragment, True)
        return self._value

    def _start(self, _: str, attributes: dict[str, str]) -> None:
        reading = self._reading
        fields = {}
        if reading.attributes:
            for name, text in attributes.items():
                fields[reading.attribute_prefix + name] = self._noted(reading.value(text))
        self._open.append(_Element(fields=fields, texts=[]))

    def _text(self, text: str) -> None:
        self._open[-1].texts.append(text)

    def _end(self, name: str) -> None:
        element = self._open.pop()
        text = "".join(element.texts)
        if not element.fields:
            value = self._noted(self._reading.value(text))
        else:
            value = element.fields
            if text.strip():
                value[self._reading.value_tag] = self._reading.value(text)
        if not self._open:
            self._value = value
            return
        siblings = self._open[-1].fields
        if name not in siblings:
            siblings[name] = value
        elif isinstance(siblings[name], list):
            siblings[name].append(value)
        else:
            siblings[name] = [siblings[name], value]

    def _noted(self, value: Any) -> Any:
        self.has_empty = self.has_empty or value is EMPTY
        return value
