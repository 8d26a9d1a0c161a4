"""Requests checked against the service model.

Each input shape is compiled once into closures that check a decoded request and return what the service knows of it:
null members count as absent, unknown members are ignored. Two kinds of failure, as on AWS:

- a value of the wrong JSON type is the first thing that breaks: SerializationException, in words of ours;
- broken constraints are collected, all of them, in one error with AWS's wording. Glue answers ValidationException
  (design 10), CloudWatch Logs InvalidParameterException (observed).

Guessed, as no source was found: lengths are counted in code points; a whole number written as 1.0 is no integer; the
order of the failures is that of the request, missing members last. The wording is in `faults`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from openglue.api.faults import NOT_NULL, Path, fault, member_step, report, where, wrong_type
from openglue.api.patterns import translate
from openglue.errors import GlueError, SerializationException, ValidationException

#: Checks a value at a path, adds what is broken to the faults, returns the value as handlers get it.
Check = Callable[[Any, Path, list[str]], Any]
Shape = Mapping[str, Any]


class Rule(NamedTuple):
    """One constraint: AWS's words for it, and a test that is true for a value that holds it."""

    text: str
    holds: Callable[[Any], object]


def compile_request(
    shapes: Mapping[str, Shape], name: str, refusal: type[GlueError] = ValidationException
) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """The function that checks and normalises requests of the input structure `name`.

    It raises `refusal` for broken constraints and SerializationException for wrong types.
    """
    check = _Compiler(shapes).check(name, hidden=False)

    def validate(document: dict[str, Any]) -> dict[str, Any]:
        faults: list[str] = []
        result: dict[str, Any] = check(document, None, faults)
        if faults:
            raise refusal(report(faults))
        return result

    return validate


class _Compiler:
    """One pass over the shapes of one request. Nobody sees a structure whose members are not all there yet."""

    def __init__(self, shapes: Mapping[str, Shape]) -> None:
        self._shapes = shapes
        self._compiled: dict[tuple[str, bool], Check] = {}

    def check(self, name: str, *, hidden: bool) -> Check:
        """`hidden` keeps the value out of messages; what is inside a sensitive shape is sensitive."""
        shape = self._shapes[name]
        hidden = hidden or shape.get("sensitive", False)
        known = self._compiled.get((name, hidden))
        if known is None:
            match shape["type"]:
                case "structure":
                    known = self._structure(name, hidden=hidden)
                case "list":
                    known = self._list(shape, hidden=hidden)
                case "map":
                    known = self._map(shape, hidden=hidden)
                case _:
                    known = _scalar(shape, hidden=hidden)
            self._compiled[name, hidden] = known
        return known

    def _structure(self, name: str, *, hidden: bool) -> Check:
        shape = self._shapes[name]
        members: dict[str, tuple[str, Check]] = {}
        required = [(member, member_step(member)) for member in shape.get("required", ())]

        def check(value: Any, at: Path, faults: list[str]) -> dict[str, Any]:
            if type(value) is not dict:
                raise wrong_type(at, "an object", value)
            result = {}
            for key, item in value.items():
                if item is not None and key in members:
                    step, member = members[key]
                    result[key] = member(item, (at, step), faults)
            for key, step in required:
                if key not in result:
                    faults.append(fault((at, step), None, NOT_NULL, hidden=hidden))
            return result

        # Known before its members are compiled: a structure may contain itself.
        self._compiled[name, hidden] = check
        for member, reference in shape["members"].items():
            members[member] = (member_step(member), self.check(reference["shape"], hidden=hidden))
        return check

    def _list(self, shape: Shape, *, hidden: bool) -> Check:
        element = self.check(shape["member"]["shape"], hidden=hidden)
        nested, complaint = self._element(shape["member"], "Member must satisfy constraint")
        limits = rules(shape)

        def check(value: Any, at: Path, faults: list[str]) -> list[Any]:
            if type(value) is not list:
                raise wrong_type(at, "a list", value)
            _apply(limits, value, at, faults, hidden=hidden)
            inner: list[str] = faults if nested else []
            result = []
            for index, item in enumerate(value, 1):
                place = (at, index)
                if item is None:
                    inner.append(fault(place, None, NOT_NULL, hidden=hidden))
                else:
                    result.append(element(item, place, inner))
            if inner and not nested:
                faults.append(fault(at, value, complaint, hidden=hidden))
            return result

        return check

    def _map(self, shape: Shape, *, hidden: bool) -> Check:
        element = self.check(shape["value"]["shape"], hidden=hidden)
        _, key_complaint = self._element(shape["key"], "Map keys must satisfy constraint")
        nested, complaint = self._element(shape["value"], "Map value must satisfy constraint")
        key_rules = rules(self._shapes[shape["key"]["shape"]])
        limits = rules(shape)

        def check(value: Any, at: Path, faults: list[str]) -> dict[str, Any]:
            if type(value) is not dict:
                raise wrong_type(at, "an object", value)
            _apply(limits, value, at, faults, hidden=hidden)
            if any(not rule.holds(key) for rule in key_rules for key in value):
                faults.append(fault(at, value, key_complaint, hidden=hidden))
            inner: list[str] = faults if nested else []
            result = {}
            for key, item in value.items():
                place = (at, (key,))
                if item is None:
                    inner.append(fault(place, None, NOT_NULL, hidden=hidden))
                else:
                    result[key] = element(item, place, inner)
            if inner and not nested:
                faults.append(fault(at, value, complaint, hidden=hidden))
            return result

        return check

    def _element(self, reference: Mapping[str, Any], words: str) -> tuple[bool, str]:
        """Whether an element's failures are reported one by one; if not, the words for the whole collection."""
        shape = self._shapes[reference["shape"]]
        constraints = ", ".join([*(rule.text for rule in rules(shape)), NOT_NULL])
        return shape["type"] in {"structure", "list", "map"}, f"{words}: [{constraints}]"


def rules(shape: Shape) -> tuple[Rule, ...]:
    """The constraints of one shape, in the order in which AWS names them.

    Raises ValueError or re.error for a pattern that has no form in Python.
    """
    measure, bound = ("value", _value) if shape["type"] in {"integer", "long", "double"} else ("length", len)
    number = float if shape["type"] == "double" else int
    found = []
    if "max" in shape:
        high = number(shape["max"])
        found.append(Rule(f"Member must have {measure} less than or equal to {high}", lambda v: bound(v) <= high))
    if "min" in shape:
        low = number(shape["min"])
        found.append(Rule(f"Member must have {measure} greater than or equal to {low}", lambda v: bound(v) >= low))
    if "pattern" in shape:
        words = f"Member must satisfy regular expression pattern: {shape['pattern']}"
        found.append(Rule(words, re.compile(translate(shape["pattern"]), re.ASCII).fullmatch))
    if "enum" in shape:
        words = f"Member must satisfy enum value set: [{', '.join(shape['enum'])}]"
        found.append(Rule(words, frozenset(shape["enum"]).__contains__))
    return tuple(found)


def scalar(shape: Shape) -> Check:
    """The type check of a simple shape: returns the value as handlers get it or raises SerializationException."""
    match shape["type"], shape.get("timestampFormat"):
        case "string", _:
            return _string
        case "boolean", _:
            return _boolean
        case "integer", _:
            return _integer(32)
        case "long", _:
            return _integer(64)
        case ("double", _) | ("timestamp", None):
            return _double
        case "timestamp", "iso8601":
            return _iso8601
    raise ValueError(f"no check for shapes of type {shape['type']}")


def _scalar(shape: Shape, *, hidden: bool) -> Check:
    convert = scalar(shape)
    constraints = rules(shape)
    if not constraints:
        return convert

    def check(value: Any, at: Path, faults: list[str]) -> Any:
        result = convert(value, at, faults)
        for words, holds in constraints:
            if not holds(result):
                faults.append(fault(at, value, words, hidden=hidden))
        return result

    return check


def _string(value: Any, at: Path, _: list[str]) -> Any:
    if type(value) is not str:
        raise wrong_type(at, "a string", value)
    return value


def _boolean(value: Any, at: Path, _: list[str]) -> Any:
    if type(value) is not bool:
        raise wrong_type(at, "true or false", value)
    return value


def _integer(bits: int) -> Check:
    limit = 1 << (bits - 1)

    def integer(value: Any, at: Path, _: list[str]) -> Any:
        if type(value) is not int:
            raise wrong_type(at, "a whole number", value)
        if not -limit <= value < limit:
            raise SerializationException(f"Value at '{where(at)}' does not fit in {bits} bits.")
        return value

    return integer


def _double(value: Any, at: Path, _: list[str]) -> Any:
    if type(value) is not float and type(value) is not int:
        raise wrong_type(at, "a number", value)
    return float(value)


def _iso8601(value: Any, at: Path, _: list[str]) -> Any:
    """A time as text stays text: handlers pass it on as it is written on the wire."""
    try:
        datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise SerializationException(f"Value at '{where(at)}' must be a time such as 2026-01-31T12:00:00Z.") from None
    return value


def _value(number: float) -> float:
    return number


def _apply(limits: tuple[Rule, ...], value: Any, at: Path, faults: list[str], *, hidden: bool) -> None:
    for words, holds in limits:
        if not holds(value):
            faults.append(fault(at, value, words, hidden=hidden))
