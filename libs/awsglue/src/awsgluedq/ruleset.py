"""A ruleset as values: what a text in DQDL says, before anybody asks whether there are such rules and columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from awsgluedq.conditions import Condition, unquoted
from awsgluedq.tokens import Place


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A column's name, a statement or the like."""

    #: As written, with quotes if it has any.
    text: str

    @property
    def value(self) -> str:
        return unquoted(self.text) if self.text.startswith('"') else self.text


@dataclass(frozen=True, kw_only=True)
class Rule:
    #: Its type: IsComplete and so on.
    type: str
    parameters: tuple[Parameter, ...] = ()
    condition: Condition | None = None
    #: The filter in SQL, as written, with quotes; empty if there is none.
    where: str = ""
    #: What `with threshold` says of the share of rows for which the condition holds.
    threshold: Condition | None = None
    place: Place = field(compare=False)

    @property
    def text(self) -> str:
        parts = [self.type, *(one.text for one in self.parameters)]
        if self.condition is not None:
            parts.append(self.condition.text)
        if self.where:
            parts += ["where", self.where]
        if self.threshold is not None:
            parts += ["with threshold", self.threshold.text]
        return " ".join(parts)

    @property
    def filter(self) -> str:
        """The filter as one operand in SQL, so that a comment at its end swallows nothing; empty if there is none."""
        return f"({unquoted(self.where)}\n)" if self.where else ""

    def leaves(self) -> Iterator[Rule]:
        yield self


@dataclass(frozen=True, kw_only=True)
class Composite:
    """Rules of which all must hold (AND), or one (OR)."""

    #: AND or OR.
    operator: str
    rules: tuple[Rule | Composite, ...]

    @property
    def text(self) -> str:
        return f" {self.operator} ".join(f"({rule.text})" for rule in self.rules)

    def leaves(self) -> Iterator[Rule]:
        """The rules that it is made of, through all levels."""
        for rule in self.rules:
            yield from rule.leaves()


@dataclass(frozen=True, kw_only=True)
class Ruleset:
    rules: tuple[Rule | Composite, ...]
    #: Statistics that are to be gathered without a condition.
    analyzers: tuple[Rule, ...] = ()

    @property
    def text(self) -> str:
        blocks = [_block("Rules", self.rules)] if self.rules or not self.analyzers else []
        blocks += [_block("Analyzers", self.analyzers)] if self.analyzers else []
        return "\n".join(blocks)


def _block(name: str, rules: tuple[Rule | Composite, ...]) -> str:
    return f"{name} = [\n" + ",\n".join(f"    {rule.text}" for rule in rules) + "\n]"
