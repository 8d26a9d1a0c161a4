"""Names of tables by a pattern, as GetTables takes it.

A pattern is a regular expression that the whole name must match, in which `*` after an ordinary character, or with
nothing before it, stands for any characters: `sales_*`, `*_raw` and `sales_.*` mean what they seem to (observed at
second hand: clients send both). Upper and lower case are the same, as names are kept in lower case.

A pattern is a client's, so it is not given to a matcher that goes back and tries again: the time of this one is bounded
by the length of the pattern times that of the name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

#: Steps of a compiled pattern; repetitions with a count are written out.
MAX_STEPS = 500
_MAX_DEPTH = 50

_Test = Callable[[str], bool]


class _Step(NamedTuple):
    """One step: a test of a character, a fork to one or two other steps, or an end of the name."""

    test: _Test | None = None
    forks: tuple[int, ...] = ()
    #: "^" or "$"; "" for none.
    anchor: str = ""


class PatternError(ValueError):
    """The pattern cannot be read; the message says why."""


class NamePattern:
    def __init__(self, text: str) -> None:
        """Raises PatternError."""
        self._steps = _Compiler(text).steps()

    def matches(self, name: str) -> bool:
        """Whether the whole name matches."""
        steps, last = self._steps, len(self._steps)
        active = self._reached({0}, name, 0)
        for at, char in enumerate(name):
            following = set()
            for number in active:
                if number < last:
                    test = steps[number].test
                    if test is not None and test(char):
                        following.add(number + 1)
            if not following:
                return False
            active = self._reached(following, name, at + 1)
        return last in active

    def _reached(self, numbers: set[int], name: str, at: int) -> set[int]:
        """The steps themselves, and all that can be come to from them without reading a character."""
        waiting, found = [*numbers], set(numbers)
        while waiting:
            number = waiting.pop()
            if number == len(self._steps):
                continue
            step = self._steps[number]
            following = step.forks
            if step.anchor and at == (0 if step.anchor == "^" else len(name)):
                following = (number + 1,)
            for one in following:
                if one not in found:
                    found.add(one)
                    waiting.append(one)
        return found


class _Compiler:
    """One pass over a pattern; every part is compiled to steps that follow each other."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0

    def steps(self) -> list[_Step]:
        steps = self._alternatives()
        if self._at < len(self._text):
            raise PatternError("a bracket is closed that was not opened")
        return steps

    def _next(self) -> str:
        """The next character, which is not consumed; "" at the end."""
        return self._text[self._at : self._at + 1]

    def _take(self) -> str:
        char = self._next()
        if not char:
            raise PatternError("it ends too early")
        self._at += 1
        return char

    def _alternatives(self) -> list[_Step]:
        steps = self._sequence()
        while self._next() == "|":
            self._at += 1
            other = self._sequence()
            # fork, first, jump over the second, second
            over = len(steps) + 2
            steps = [
                _Step(forks=(1, over)),
                *_moved(steps, 1),
                _Step(forks=(over + len(other),)),
                *_moved(other, over),
            ]
            _check(steps)
        return steps

    def _sequence(self) -> list[_Step]:
        steps: list[_Step] = []
        while self._next() not in {"", "|", ")"}:
            steps += _moved(self._repeated(), len(steps))
            _check(steps)
        return steps

    def _repeated(self) -> list[_Step]:
        if self._next() == "*":
            self._at += 1
            return _times([_Step(test=_any)], 0, None)
        plain = self._next() not in {".", "[", "(", "\\", "^", "$"}
        atom = self._atom()
        if plain and self._next() == "*":
            self._at += 1
            rest = _times([_Step(test=_any)], 0, None)
            return [*atom, *_moved(rest, len(atom))]
        least, most = self._count()
        return atom if (least, most) == (1, 1) else _times(atom, least, most)

    def _count(self) -> tuple[int, int | None]:
        """How often the atom before stands; a `?` behind it, which would make it reluctant, changes nothing here."""
        counts: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
        char = self._next()
        if char == "{":
            self._at += 1
            found = self._braces()
        elif char in counts:
            self._at += 1
            found = counts[char]
        else:
            return 1, 1
        if self._next() == "?":
            self._at += 1
        if self._next() in {"*", "+", "?", "{"}:
            raise PatternError(f"{self._next()} follows a repetition")
        return found

    def _braces(self) -> tuple[int, int | None]:
        inside, closed, _ = self._text[self._at :].partition("}")
        low, comma, high = inside.partition(",")
        numbers = [low, *([high] if high else [])]
        if not closed or not all(one.isascii() and one.isdigit() and len(one) < 4 for one in numbers):
            raise PatternError("{ begins no repetition")
        self._at += len(inside) + 1
        most = (int(high) if high else None) if comma else int(low)
        if most is not None and most < int(low):
            raise PatternError(f"{{{inside}}} ends before it begins")
        return int(low), most

    def _atom(self) -> list[_Step]:
        char = self._take()
        match char:
            case "(":
                return self._group()
            case "[":
                return [_Step(test=self._class())]
            case ".":
                return [_Step(test=_any)]
            case "^" | "$":
                return [_Step(anchor=char)]
            case "\\":
                return [_Step(test=self._escape())]
            case "+" | "?" | "{":
                raise PatternError(f"{char} repeats nothing")
        return [_Step(test=_literal(char))]

    def _group(self) -> list[_Step]:
        if self._text.startswith("?:", self._at):
            self._at += 2
        elif self._next() == "?":
            raise PatternError("only (...) and (?:...) are groups here")
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise PatternError("its brackets are nested too deeply")
        steps = self._alternatives()
        if self._take() != ")":
            raise PatternError("a bracket is not closed")
        self._depth -= 1
        return steps

    def _escape(self) -> _Test:
        char = self._take()
        if char.lower() in _CLASSES:
            test = _CLASSES[char.lower()]
            return test if char.islower() else _not(test)
        if char.isalnum():
            raise PatternError(f"\\{char} is not known")
        return _literal(char)

    def _class(self) -> _Test:
        negated = self._next() == "^"
        if negated:
            self._at += 1
        tests: list[_Test] = []
        while not tests or self._next() != "]":
            char = self._take()
            if char in "[&":
                raise PatternError("inside [...] only characters, ranges and escapes are known")
            if char == "\\":
                tests.append(self._escape())
            elif self._next() == "-" and self._text[self._at + 1 : self._at + 2] not in {"", "]"}:
                self._at += 1
                high = self._take()
                if high == "\\" or high < char:
                    raise PatternError(f"{char}-{high} is no range")
                tests.append(_range(char, high))
            else:
                tests.append(_literal(char))
        self._at += 1
        test = _either(tests)
        return _not(test) if negated else test


def _moved(steps: list[_Step], by: int) -> list[_Step]:
    return [step._replace(forks=tuple(fork + by for fork in step.forks)) if step.forks else step for step in steps]


def _times(atom: list[_Step], least: int, most: int | None) -> list[_Step]:
    copies = least if most is None else most
    if copies * (len(atom) + 1) > MAX_STEPS:
        raise PatternError(f"it has more than {MAX_STEPS} steps when its repetitions are written out")
    steps: list[_Step] = []
    for _ in range(least):
        steps += _moved(atom, len(steps))
    if most is None:
        # fork past the end, atom, back to the fork
        here = len(steps)
        steps.append(_Step(forks=(here + 1, here + len(atom) + 2)))
        steps += _moved(atom, here + 1)
        steps.append(_Step(forks=(here,)))
    else:
        end = len(steps) + (most - least) * (len(atom) + 1)
        for _ in range(most - least):
            steps.append(_Step(forks=(len(steps) + 1, end)))
            steps += _moved(atom, len(steps))
    _check(steps)
    return steps


def _check(steps: list[_Step]) -> None:
    if len(steps) > MAX_STEPS:
        raise PatternError(f"it has more than {MAX_STEPS} steps")


def _any(_: str) -> bool:
    return True


def _literal(wanted: str) -> _Test:
    lower = wanted.lower()
    return lambda char: char in {lower, wanted}


def _range(low: str, high: str) -> _Test:
    return lambda char: low <= char <= high or low <= char.upper() <= high


def _either(tests: list[_Test]) -> _Test:
    return lambda char: any(test(char) for test in tests)


def _not(test: _Test) -> _Test:
    return lambda char: not test(char)


def _is_word(char: str) -> bool:
    return char == "_" or (char.isascii() and char.isalnum())


#: What \d, \s and \w stand for; ASCII, as in Java.
_CLASSES: dict[str, _Test] = {
    "d": lambda char: "0" <= char <= "9",
    "s": lambda char: char in " \t\n\r\f\v",
    "w": _is_word,
}
