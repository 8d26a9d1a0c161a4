"""From a text in DQDL to a Ruleset.

    document  = { word "=" text | "Rules" "=" list | "Analyzers" "=" list }
    list      = "[" rule { "," rule } "]"
    rule      = type { name | text | $constant } [ condition ] [ "where" text ] [ "with" "threshold" condition ]
              | "(" rule ")" { "and" "(" rule ")" }  |  the same with "or"
    condition = comparison operand | [ "not" ] "between" operand "and" operand
              | [ "not" ] "in" "[" operand { "," operand } "]" | [ "not" ] "matches" text
    operand   = number | number unit | text | keyword | "now()" | "(" "now()" ("+" | "-") number unit ")"

Facts of the language are those of AWS's DQDL reference and of the Apache-licensed grammar awslabs/dqdl.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from awsgluedq.conditions import (
    KEYWORDS,
    MEMBERSHIPS,
    OPERATORS,
    PATTERNS,
    UNITS,
    Condition,
    Duration,
    Keyword,
    Kind,
    Moment,
    Number,
    Operand,
    Text,
)
from awsgluedq.ruleset import Composite, Parameter, Rule, Ruleset
from awsgluedq.tokens import Kind as TokenKind
from awsgluedq.tokens import RulesetError, Token, UnsupportedRulesetError, tokens

T = TypeVar("T")

#: How deep parentheses may be nested.
MAX_DEPTH = 32
#: How many characters a number may have; a decimal of Spark has no more digits.
MAX_DIGITS = 30
#: How many digits a duration may have: so many days ago there was a calendar.
MAX_DURATION_DIGITS = 5
_COMPARISONS = ("=", "!=", ">", ">=", "<", "<=")
_CONNECTIVES = {"and": "AND", "AND": "AND", "or": "OR", "OR": "OR"}
#: Words that end the parameters of a rule.
_RESERVED = frozenset({"between", "in", "not", "matches", "where", "with", "labels", *_CONNECTIVES})
_AN_OPERAND = 'a number, a text between ", NULL, EMPTY, WHITESPACES_ONLY or now()'
#: Sections and functions of DQDL that are not built, with what to do instead.
_SECTIONS = {
    "DefaultLabels": "labels are not built yet: leave them out",
    "Metadata": "the section Metadata is not built: leave it out",
    "Sources": "the section Sources is not built: pass further data as additional_data_sources",
}
_HISTORY = (
    "expressions are not built, nor are last() and what is computed from it: statistics of earlier runs are not kept."
    " Compare with a number"
)


def parse(text: str) -> Ruleset:
    """The ruleset that a text describes. RulesetError names the place and what was expected there."""
    return _Parser(text).document()


class _Parser:
    """Reads one token after the other; every method takes the tokens of what it is named after."""

    def __init__(self, text: str) -> None:
        self._tokens = list(tokens(text))
        self._at = 0
        self._depth = 0
        #: Texts by the name that `name = "text"` gave them, as written.
        self._constants: dict[str, str] = {}

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    def _take(self) -> Token:
        token = self._next
        self._at += token.kind is not TokenKind.END
        return token

    def _takes(self, *texts: str) -> bool:
        """Take the next token if it is one of these."""
        found = self._next.kind in {TokenKind.WORD, TokenKind.SIGN} and self._next.text in texts
        self._at += found
        return found

    def _must(self, text: str, where: str) -> None:
        if not self._takes(text):
            raise self._expected(f"{text} {where}")

    def _expected(self, what: str) -> RulesetError:
        return RulesetError(self._next.place, f"expected {what}, found {self._next}")

    def _text(self, what: str) -> str:
        """A text, or the constant that stands for one; as written."""
        token = self._next
        if token.kind is TokenKind.CONSTANT:
            if token.text[1:] not in self._constants:
                known = ", ".join(f"${name}" for name in self._constants) or "there are none"
                raise RulesetError(token.place, f"there is no constant {token.text} above this line; known: {known}")
            self._take()
            return self._constants[token.text[1:]]
        if token.kind is not TokenKind.TEXT:
            raise self._expected(what)
        return self._take().text

    def document(self) -> Ruleset:
        rules: list[Rule | Composite] | None = None
        analyzers: list[Rule] | None = None
        while self._next.kind is not TokenKind.END:
            section = self._next
            if section.text == "Rules" and rules is None:
                rules = self._section(self._rule)
            elif section.text == "Analyzers" and analyzers is None:
                analyzers = self._section(self._simple_rule)
            elif section.text in _SECTIONS:
                raise UnsupportedRulesetError(section.place, _SECTIONS[section.text])
            elif section.kind is TokenKind.WORD and section.text not in {"Rules", "Analyzers"}:
                self._constant()
            elif section.text == "]" and rules is not None:
                # AWS's own tutorial closes its list twice.
                self._take()
            else:
                raise self._expected("Rules = [ ... ], Analyzers = [ ... ], once each, or a constant")
        if rules is None and analyzers is None:
            raise self._expected("Rules = [ ... ]")
        return Ruleset(rules=tuple(rules or ()), analyzers=tuple(analyzers or ()))

    def _constant(self) -> None:
        token = self._take()
        self._must("=", f"after {token.text}")
        if self._next.text == "[":
            raise RulesetError(token.place, f"a list is called Rules or Analyzers, not {token.text}")
        self._constants[token.text] = self._text('a text between "')

    def _section(self, one: Callable[[], T]) -> list[T]:
        name = self._take().text
        self._must("=", f"after {name}")
        self._must("[", f"after {name} =")
        return self._list(one, "another rule")

    def _list(self, one: Callable[[], T], another: str) -> list[T]:
        """What follows `[`, at least one."""
        found = [one()]
        while self._takes(","):
            found.append(one())
        if not self._takes("]"):
            raise self._expected(f", and {another}, or ]")
        return found

    def _rule(self) -> Rule | Composite:
        if self._next.text != "(":
            return self._simple_rule()
        rules = [self._inner_rule()]
        connective = self._next
        operator = _CONNECTIVES.get(connective.text, "")
        while self._takes(*_CONNECTIVES):
            if _CONNECTIVES[self._tokens[self._at - 1].text] != operator:
                place = self._tokens[self._at - 1].place
                raise RulesetError(place, "and stands beside or: put parentheses around what belongs together")
            if self._next.text != "(":
                raise self._expected(f"( after {connective.text}, each rule of a composite stands between ( and )")
            rules.append(self._inner_rule())
        return rules[0] if len(rules) == 1 else Composite(operator=operator, rules=tuple(rules))

    def _inner_rule(self) -> Rule | Composite:
        if self._depth == MAX_DEPTH:
            raise RulesetError(self._next.place, f"rules are nested more than {MAX_DEPTH} deep")
        self._must("(", "before a rule")
        self._depth += 1
        rule = self._rule()
        self._depth -= 1
        self._must(")", "after the rule")
        return rule

    def _simple_rule(self) -> Rule:
        token = self._next
        if token.kind is not TokenKind.WORD or token.text in _RESERVED:
            raise self._expected('a rule, such as IsComplete "id"')
        self._take()
        parameters = self._parameters()
        condition = self._condition() if self._begins_condition() else None
        where = self._text('a condition in SQL between " after where') if self._takes("where") else ""
        threshold = None
        if self._takes("with"):
            self._must("threshold", "after with")
            place = self._next.place
            threshold = self._condition()
            if threshold.kind is not Kind.NUMBER:
                raise RulesetError(place, f"a threshold is a number, such as > 0.9, not {threshold.text}")
        if self._next.text == "labels":
            raise UnsupportedRulesetError(self._next.place, _SECTIONS["DefaultLabels"])
        return Rule(
            type=token.text,
            parameters=tuple(parameters),
            condition=condition,
            where=where,
            threshold=threshold,
            place=token.place,
        )

    def _parameters(self) -> list[Parameter]:
        found: list[Parameter] = []
        while True:
            token = self._next
            if token.kind in {TokenKind.TEXT, TokenKind.CONSTANT}:
                found.append(Parameter(text=self._text("a name")))
            elif token.kind is TokenKind.WORD and token.text not in _RESERVED:
                found.append(Parameter(text=self._take().text))
            else:
                return found

    def _begins_condition(self) -> bool:
        return self._next.text in {*_COMPARISONS, "between", "in", "matches", "not"}

    def _condition(self) -> Condition:
        negated = "not " if self._takes("not") else ""
        if self._takes("between"):
            first = self._operand()
            if not self._takes("and", "AND"):
                raise self._expected("and with the other end after between")
            return self._checked(f"{negated}between", (first, self._operand()))
        if self._takes("in"):
            self._must("[", "after in")
            return self._checked(f"{negated}in", tuple(self._list(self._operand, "another value")))
        if self._takes("matches"):
            return Condition(operator=f"{negated}matches", operands=(Text(text=self._text('a pattern between "')),))
        if negated:
            raise self._expected("between, in or matches after not")
        comparison = self._next.text
        if not self._takes(*_COMPARISONS):
            raise self._expected("a condition, such as > 0.9, between 1 and 5 or in [1, 2]")
        return self._checked(comparison, (self._operand(),))

    def _checked(self, operator: str, operands: tuple[Operand, ...]) -> Condition:
        """The condition, if its operands go with each other and with the operator."""
        condition = Condition(operator=operator, operands=operands)
        classes = {type(one) for one in operands} - {Keyword}
        at = self._tokens[self._at - 1].place
        if len(classes) > 1 and not (classes == {Text, Moment} and condition.kind is Kind.DATE):
            raise RulesetError(at, f"values of several kinds stand side by side in {condition.text}")
        others = {one.text for one in operands if isinstance(one, Keyword)} - {"NULL"}
        if others and condition.kind not in {Kind.TEXT, Kind.KEYWORD}:
            raise RulesetError(at, f"{min(others)} is about texts and stands beside none in {condition.text}")
        if operator not in MEMBERSHIPS and operator not in PATTERNS:
            if any(isinstance(one, Keyword) for one in operands):
                raise RulesetError(at, f"keywords go with = != in and not in, not with {operator}")
            if condition.kind is Kind.TEXT:
                raise RulesetError(
                    at, f'{operator} compares numbers, dates such as "2026-01-31" and now(), not {operands[0].text}'
                )
        assert OPERATORS[operator].operands in {None, len(operands)}  # noqa: S101 - the grammar says so
        return condition

    def _operand(self) -> Operand:
        token = self._next
        if token.kind in {TokenKind.TEXT, TokenKind.CONSTANT}:
            return Text(text=self._text(_AN_OPERAND))
        if token.kind is TokenKind.NUMBER or token.text == "-":
            return self._number()
        if (
            token.kind is TokenKind.WORD
            and token.text.upper() in KEYWORDS
            and token.text
            in {
                token.text.upper(),
                token.text.lower(),
            }
        ):
            return Keyword(text=self._take().text.upper())
        if token.text == "now":
            self._now()
            return Moment()
        if token.text == "(":
            return self._moment()
        if token.kind is TokenKind.WORD and self._tokens[self._at + 1].text == "(":
            raise UnsupportedRulesetError(token.place, _HISTORY)
        raise self._expected(_AN_OPERAND)

    def _number(self) -> Number | Duration:
        sign = "-" if self._takes("-") else ""
        token = self._next
        if token.kind is not TokenKind.NUMBER or len(token.text) > MAX_DIGITS:
            raise self._expected(f"a number of at most {MAX_DIGITS} digits")
        self._take()
        if self._next.text in UNITS:
            if sign or "." in token.text or len(token.text) > MAX_DURATION_DIGITS:
                what = f"a whole number, of at most {MAX_DURATION_DIGITS} digits, of {', '.join(UNITS)}"
                raise RulesetError(token.place, f"a duration is {what}")
            return Duration(count=token.text, unit=self._take().text)
        if self._next.text in {"+", "-", "*", "/"}:
            raise UnsupportedRulesetError(self._next.place, _HISTORY)
        return Number(text=sign + token.text)

    def _now(self) -> None:
        self._take()
        self._must("(", "after now")
        self._must(")", "after now(")

    def _moment(self) -> Moment:
        opening = self._take()
        if self._next.text != "now":
            raise UnsupportedRulesetError(opening.place, _HISTORY)
        self._now()
        sign = self._next.text
        if not self._takes("+", "-"):
            raise self._expected("+ or - after now()")
        duration = self._number()
        if not isinstance(duration, Duration):
            raise self._expected(f"{', '.join(UNITS)} after {duration.text}")
        self._must(")", f"after {duration.text}")
        return Moment(sign=sign, offset=duration)
