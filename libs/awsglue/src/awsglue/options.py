"""Tables of options: what a connection or format takes, and what each option must look like.

An option that is unknown or of the wrong type is an error that names it and what would be right. One that has no effect
here is accepted, and the run's log says so.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from awsglue.notices import notice

Use = Literal["read", "write"]


class OptionError(ValueError):
    """An option cannot be used; the message names it and says what would be right."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What values an option takes."""

    #: What the value must be, as the end of the sentence "it must be ...".
    expects: str
    #: The value in its Python form; ValueError or TypeError when it is none.
    convert: Callable[[Any], Any]


@dataclass(frozen=True, kw_only=True)
class Option:
    name: str
    kind: Kind
    default: Any = None
    #: Other spellings that scripts use.
    aliases: tuple[str, ...] = ()
    uses: tuple[Use, ...] = ("read", "write")
    #: Whether it must be given.
    required: bool = False
    #: Why a value other than the default changes nothing here, as the end of the sentence "... has no effect: ...".
    no_effect: str = ""
    #: Why a value other than the default is refused, and what to do instead.
    not_built: str = ""
    #: Whether its value is, or may hold, what no log may show.
    secret: bool = False


def dictionary(given: Any, name: str) -> dict[str, Any]:
    """An argument of a call that holds options, as a dictionary of its own. OptionError, which names it, when it is
    none.
    """
    if not isinstance(given, Mapping):
        raise OptionError(f"{name} must be a dictionary, not {type(given).__name__}")
    return dict(given)


def check(given: Mapping[str, Any] | None, table: Sequence[Option], *, what: str, use: Use) -> dict[str, Any]:
    """The options of `table` for one use, by name, with defaults for those not given.

    `what` is whose options they are, for messages ("csv format"). OptionError for what is not in the table.
    """
    if given is None:
        given = {}
    if not isinstance(given, Mapping):
        raise OptionError(f"the {what} options must be a dictionary, not {type(given).__name__}")
    by_name = {spelling: option for option in table for spelling in (option.name, *option.aliases)}
    values = {option.name: option.default for option in table if use in option.uses}
    for name, value in given.items():
        if value is None:
            continue
        option = by_name.get(name)
        if option is None:
            known = ", ".join(option.name for option in table if use in option.uses)
            raise OptionError(f"unknown {what} option {name!r}; {f'there are: {known}' if known else 'it has none'}")
        converted = _converted(option, name, value, what)
        if use not in option.uses:
            other = "reading" if use == "write" else "writing"
            notice(f"the {what} option {name} has no effect: it is for {other}")
        elif option.not_built and converted != option.default:
            raise NotImplementedError(f"the {what} option {name} is not built yet: {option.not_built}")
        elif option.no_effect:
            # Glue Studio writes every option of a node, also those that were left as they are.
            if converted != option.default:
                notice(f"the {what} option {name} has no effect: {option.no_effect}")
        else:
            values[option.name] = converted
    for option in table:
        if option.required and use in option.uses and values[option.name] is None:
            raise OptionError(f"the {what} option {option.name} is missing: it must be {option.kind.expects}")
    return values


def _converted(option: Option, name: str, value: Any, what: str) -> Any:
    try:
        return option.kind.convert(value)
    except (TypeError, ValueError):
        shown = "***" if option.secret else repr(value)
        raise OptionError(f"{what} option {name}: {shown} will not do, it must be {option.kind.expects}") from None


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    raise ValueError(value)


def _integer(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise TypeError(value)
    return int(value)


def _count(value: Any) -> int:
    count = _integer(value)
    if count < 1:
        raise ValueError(value)
    return count


def _hours(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise TypeError(value)
    hours = float(value)
    if not 0 <= hours < math.inf:
        raise ValueError(value)
    return hours


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _character(value: Any) -> str:
    if len(_text(value)) != 1:
        raise ValueError(value)
    return str(value)


def _texts(value: Any) -> list[str]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise TypeError(value)
    return [_text(item) for item in value]


def _text_or_texts(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else _texts(value)


def _json_texts(value: Any) -> list[str]:
    return _texts(json.loads(value) if isinstance(value, str) else value)


BOOLEAN = Kind(expects="true or false", convert=_boolean)
INTEGER = Kind(expects="a whole number, also as text", convert=_integer)
COUNT = Kind(expects="a whole number above 0, also as text", convert=_count)
HOURS = Kind(expects="a number of hours, 0 or more", convert=_hours)
TEXT = Kind(expects="text", convert=_text)
CHARACTER = Kind(expects="one character", convert=_character)
TEXTS = Kind(expects="a list of texts", convert=_texts)
TEXT_OR_TEXTS = Kind(expects="a text or a list of texts", convert=_text_or_texts)
JSON_TEXTS = Kind(expects="a JSON list of texts, such as '[\"**.pdf\"]'", convert=_json_texts)


def some_of(*words: str) -> Kind:
    """A list of these words, in any case of letters; also as JSON."""
    one = one_of(*words)

    def convert(value: Any) -> list[str]:
        return [one.convert(item) for item in _json_texts(value)]

    return Kind(expects="a list of some of " + ", ".join(words), convert=convert)


def one_of(*words: str) -> Kind:
    """One of these words, in any case of letters."""
    by_lower = {word.lower(): word for word in words}

    def convert(value: Any) -> str:
        word = by_lower.get(_text(value).lower())
        if word is None:
            raise ValueError(value)
        return word

    return Kind(expects="one of " + ", ".join(words), convert=convert)
