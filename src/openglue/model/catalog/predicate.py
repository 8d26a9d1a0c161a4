"""The predicate by which GetPartitions chooses partitions, in words like those of a SQL WHERE clause.

    predicate  = conjunction { OR conjunction }
    conjunction = negation { AND negation }
    negation   = NOT negation | "(" predicate ")" | comparison
    comparison = operand ("=" | "<>" | "!=" | "<" | "<=" | ">" | ">=") operand
               | key [NOT] IN "(" value { "," value } ")"
               | key [NOT] BETWEEN value AND value
               | key [NOT] LIKE string
               | key IS [NOT] NULL
    value      = string | number | DATE string | TIMESTAMP string

A comparison has a partition key on one side and a value on the other, which is read as the key's type: numbers compare
as numbers, dates as dates, everything else as text. As in SQL a comparison with NULL is neither true nor false; NULL is
the partition that Hive calls by `NULL_VALUE`. Source: documentation of GetPartitions; what it leaves open is ours and
stands in docs/concepts/data-catalog.md.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from openglue.errors import InvalidInputException, InvalidStateException

#: What Hive and Spark write where a partition key has no value.
NULL_VALUE = "__HIVE_DEFAULT_PARTITION__"

#: Brackets and NOTs inside each other.
_MAX_DEPTH = 50
#: How much of a value is repeated in a message.
_SHOWN = 100

#: True, False or, of NULL, unknown: of the values of one partition.
Test = Callable[[Sequence[str]], bool | None]
Read = Callable[[str], Any]

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<string>'(?:[^']|'')*')
      | (?P<number>[0-9]+(?:\.[0-9]*)?|\.[0-9]+)
      | (?P<quoted>"[^"]+"|`[^`]+`)
      | (?P<word>[^\W\d]\w*)
      | (?P<sign><=|>=|<>|!=|[=<>(),+-])
    )""",
    re.VERBOSE,
)
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_KEYWORDS = frozenset({"AND", "OR", "NOT", "IN", "BETWEEN", "LIKE", "IS", "NULL"})
#: What may stand before a string; elsewhere they are names.
_TYPES = frozenset({"DATE", "TIMESTAMP"})

_WHOLE = re.compile(r"[+-]?[0-9]+")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIMESTAMP = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[ T]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,9}))?)?")


class Token(NamedTuple):
    kind: str
    text: str


class _Key(NamedTuple):
    name: str
    #: Place of its value among a partition's.
    place: int
    kind: str


def parse_predicate(text: str, keys: Sequence[tuple[str, str]]) -> Callable[[Sequence[str]], bool]:
    """The function that says whether a partition, given by its values, is chosen.

    `keys` are names and types of the table's partition keys. Raises InvalidInputException for a predicate that cannot
    be read; the function raises InvalidStateException for a value that is none of its key's type.
    """
    parser = _Parser(_tokens(text), keys)
    test = parser.predicate()
    parser.end()
    return lambda values: test(values) is True


def _refused(reason: str) -> InvalidInputException:
    return InvalidInputException(f"Invalid partition expression! {reason}")  # the sentence is observed


def _tokens(text: str) -> list[Token]:
    found, at = [], 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:
            raise _refused(f"It cannot be read from here on: {text[at:].strip()[:_SHOWN]}")
        kind = str(match.lastgroup)
        word = match[kind]
        at = match.end()
        if kind == "word" and word.upper() in _KEYWORDS:
            kind, word = "keyword", word.upper()
        elif kind == "quoted":
            kind, word = "word", word[1:-1]
        elif kind == "string":
            word = word[1:-1].replace("''", "'")
        found.append(Token(kind, word))
    return found


class _Parser:
    def __init__(self, tokens: list[Token], keys: Sequence[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0
        self._keys = {name.lower(): _Key(name, place, _kind(kind)) for place, (name, kind) in enumerate(keys)}

    def end(self) -> None:
        if self._at < len(self._tokens):
            raise _refused(f"An operator or the end is expected before {self._shown()}")

    def predicate(self) -> Test:
        tests = [self._conjunction()]
        while self._skip("keyword", "OR"):
            tests.append(self._conjunction())
        return tests[0] if len(tests) == 1 else _any_of(tests)

    def _conjunction(self) -> Test:
        tests = [self._negation()]
        while self._skip("keyword", "AND"):
            tests.append(self._negation())
        return tests[0] if len(tests) == 1 else _all_of(tests)

    def _negation(self) -> Test:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise _refused(f"At most {_MAX_DEPTH} brackets and NOTs can stand inside each other")
        if self._skip("keyword", "NOT"):
            test = _not(self._negation())
        elif self._peek() == Token("sign", "(") and not self._is_bracketed_operand():
            self._at += 1
            test = self.predicate()
            self._expect(")")
        else:
            test = self._comparison()
        self._depth -= 1
        return test

    def _comparison(self) -> Test:
        left = self._operand()
        if isinstance(left, Token):
            sign = self._sign()
            return _compare(self._key(self._operand()), _MIRRORED.get(sign, sign), left)
        if self._skip("keyword", "IS"):
            negated = self._skip("keyword", "NOT")
            if not self._skip("keyword", "NULL"):
                raise _refused(f"NULL is expected before {self._shown()}")
            place = left.place
            return lambda values: (values[place] == NULL_VALUE) is not negated
        negated = self._skip("keyword", "NOT")
        test = self._listed(left) or self._between(left) or self._like(left)
        if test is not None:
            return _not(test) if negated else test
        if negated:
            raise _refused(f"IN, BETWEEN or LIKE is expected before {self._shown()}")
        return _compare(left, self._sign(), self._value())

    def _listed(self, key: _Key) -> Test | None:
        if not self._skip("keyword", "IN"):
            return None
        self._expect("(")
        tests = [_compare(key, "=", self._value())]
        while self._skip("sign", ","):
            tests.append(_compare(key, "=", self._value()))
        self._expect(")")
        return _any_of(tests)

    def _between(self, key: _Key) -> Test | None:
        if not self._skip("keyword", "BETWEEN"):
            return None
        low = _compare(key, ">=", self._value())
        if not self._skip("keyword", "AND"):
            raise _refused(f"AND is expected before {self._shown()}")
        return _all_of([low, _compare(key, "<=", self._value())])

    def _like(self, key: _Key) -> Test | None:
        if not self._skip("keyword", "LIKE"):
            return None
        value = self._value()
        if value.kind != "string":
            raise _refused("LIKE takes a string")
        place, pattern = key.place, value.text
        return lambda values: None if values[place] == NULL_VALUE else like(values[place], pattern)

    def _operand(self) -> _Key | Token:
        """A partition key or a value, in brackets of its own or without."""
        bracketed = self._is_bracketed_operand()
        self._at += bracketed
        token = self._peek()
        operand: _Key | Token
        if token is not None and token.kind == "word" and not self._is_typed():
            self._at += 1
            operand = self._known(token.text)
        else:
            operand = self._value()
        self._at += bracketed
        return operand

    def _is_bracketed_operand(self) -> bool:
        ahead = self._tokens[self._at : self._at + 3]
        brackets = [token.text for token in ahead[::2] if token.kind == "sign"]
        return len(ahead) == 3 and brackets == ["(", ")"] and ahead[1].kind in {"word", "string", "number"}

    def _is_typed(self) -> bool:
        """Whether a value such as DATE '2026-01-31' comes next."""
        ahead = self._tokens[self._at : self._at + 2]
        return [token.kind for token in ahead] == ["word", "string"] and ahead[0].text.upper() in _TYPES

    def _known(self, name: str) -> _Key:
        key = self._keys.get(name.lower())
        if key is None:
            known = ", ".join(key.name for key in self._keys.values()) or "none"
            raise _refused(f"{name[:_SHOWN]} is not a partition key of the table, which has {known[:_SHOWN]}")
        return key

    def _key(self, operand: _Key | Token) -> _Key:
        if isinstance(operand, Token):
            raise _refused("A comparison needs a partition key on one side")
        return operand

    def _value(self) -> Token:
        bracketed = self._is_bracketed_operand()
        self._at += bracketed + self._is_typed()
        token = self._peek()
        if token is None:
            raise _refused("It ends where a value is expected")
        self._at += 1
        if token.kind == "sign" and token.text in "+-":
            number = self._peek()
            self._at += 1
            if number is None or number.kind != "number":
                raise _refused(f"A number is expected after {token.text}")
            token = Token("number", token.text + number.text)
        if token.kind not in {"string", "number"}:
            raise _refused(f"A value is expected in place of {token.text[:_SHOWN]}")
        self._at += bracketed
        return token

    def _sign(self) -> str:
        token = self._peek()
        if token is None or token.kind != "sign" or token.text not in _COMPARISONS:
            raise _refused(f"A comparison is expected before {self._shown()}")
        self._at += 1
        return token.text

    def _peek(self) -> Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _skip(self, kind: str, text: str) -> bool:
        if self._peek() != Token(kind, text):
            return False
        self._at += 1
        return True

    def _expect(self, sign: str) -> None:
        if not self._skip("sign", sign):
            raise _refused(f"{sign} is expected before {self._shown()}")

    def _shown(self) -> str:
        token = self._peek()
        return "the end" if token is None else token.text[:_SHOWN]


def like(text: str, pattern: str) -> bool:
    """Whether a text is like a pattern: `%` is any characters, `_` one. Time is bounded by the product of both."""
    at, place, star, mark = 0, 0, -1, 0
    while at < len(text):
        if place < len(pattern) and pattern[place] == "%":
            star, mark = place, at
            place += 1
        elif place < len(pattern) and pattern[place] in {"_", text[at]}:
            at += 1
            place += 1
        elif star >= 0:
            # The last % takes one character more.
            mark += 1
            at, place = mark, star + 1
        else:
            return False
    return not pattern[place:].strip("%")


def _compare(key: _Key, sign: str, value: Token) -> Test:
    read, what = _READERS.get(key.kind, (None, ""))
    if read is None:
        raise _refused(f"Partition key {key.name} is of type {key.kind[:_SHOWN]}, which cannot be compared")
    compare = _COMPARISONS[sign]
    place = key.place
    try:
        wanted = read(value.text)
    except ValueError:
        raise _refused(f"{value.text[:_SHOWN]} is not {what}, as partition key {key.name} is") from None

    def test(values: Sequence[str]) -> bool | None:
        if values[place] == NULL_VALUE:
            return None
        try:
            found = read(values[place])
        except ValueError:
            # The sentence is observed, of whole numbers.
            raise InvalidStateException(f'For input string: "{values[place][:_SHOWN]}" is not {what}.') from None
        return compare(found, wanted)

    return test


def _any_of(tests: Sequence[Test]) -> Test:
    def test(values: Sequence[str]) -> bool | None:
        result: bool | None = False
        for one in tests:
            found = one(values)
            if found:
                return True
            if found is None:
                result = None
        return result

    return test


def _all_of(tests: Sequence[Test]) -> Test:
    def test(values: Sequence[str]) -> bool | None:
        result: bool | None = True
        for one in tests:
            found = one(values)
            if found is False:
                return False
            if found is None:
                result = None
        return result

    return test


def _not(test: Test) -> Test:
    def negated(values: Sequence[str]) -> bool | None:
        found = test(values)
        return None if found is None else not found

    return negated


def _kind(declared: str) -> str:
    """A declared type without its parameters: `decimal` of `decimal(10,2)`."""
    return declared.partition("(")[0].strip().lower()


def _whole(text: str) -> int:
    return int(_matched(_WHOLE, text))


def _decimal(text: str) -> Decimal:
    return Decimal(_matched(_DECIMAL, text))


def _date(text: str) -> date:
    return date.fromisoformat(_matched(_DATE, text))


def _timestamp(text: str) -> tuple[datetime, str]:
    """A time with up to nine digits of fraction, of which datetime would lose three."""
    match = _TIMESTAMP.fullmatch(text)
    if match is None:
        raise ValueError(text)
    day, time, fraction = match.groups()
    return datetime.fromisoformat(f"{day}T{time or '00:00:00'}"), (fraction or "").ljust(9, "0")


def _matched(pattern: re.Pattern[str], text: str) -> str:
    if pattern.fullmatch(text) is None:
        raise ValueError(text)
    return text


#: Type of a partition key -> how its values are read, and what they are called.
_READERS: dict[str, tuple[Read, str]] = {
    **dict.fromkeys(("string", "char", "varchar"), (str, "a string")),
    **dict.fromkeys(("tinyint", "smallint", "int", "integer", "bigint", "long"), (_whole, "an integer")),
    "decimal": (_decimal, "a decimal"),
    "date": (_date, "a date"),
    "timestamp": (_timestamp, "a timestamp"),
}
