"""What becomes of a member of a request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Use(StrEnum):
    USED = "used"  #: does here what it does on AWS, as far as the note says
    STORED = "stored"  #: checked, kept and returned; changes nothing here
    IGNORED = "ignored"  #: checked, and neither kept nor returned; changes nothing here
    REFUSED = "refused"  #: a call that says it is refused


@dataclass(frozen=True, kw_only=True)
class Field:
    use: Use
    #: A few words on what it does, or why it does nothing.
    note: str


#: Structure of a service model -> member -> what becomes of it.
Fields = Mapping[str, Mapping[str, Field]]


def used(note: str) -> Field:
    return Field(use=Use.USED, note=note)


def stored(note: str) -> Field:
    return Field(use=Use.STORED, note=note)


def ignored(note: str) -> Field:
    return Field(use=Use.IGNORED, note=note)


def refused(note: str) -> Field:
    return Field(use=Use.REFUSED, note=note)
