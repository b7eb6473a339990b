"""How one field of a record is declared, and which types may stand in the clear."""

import dataclasses
import types
import typing
from dataclasses import dataclass
from enum import Enum
from typing import Any, NewType

from ringfence import identifiers
from ringfence.declarations.handing import ABOUT_OTHERS, SECRETS, Card, Third
from ringfence.declarations.vocabulary import Category, Purpose, Source

__all__ = ["DECLARED", "MAIN", "Deadline", "Personal", "Technical", "bare_type", "is_closed", "personal", "technical"]

DECLARED = "ringfence"  # the key under which a dataclass field carries its declaration
MAIN = ""  # the name of the sealed part that belongs to the row's own subject

Deadline = NewType("Deadline", float)
"""An instant (epoch seconds) that we set, such as when something ends: tells nothing about what a person did when."""


@dataclass(frozen=True, slots=True)
class Personal:
    """A datum on a person; sealed under that person's key."""

    tag: int
    category: Category
    purpose: Purpose
    source: Source
    part: str = MAIN
    third: Third | None = None
    withheld_if: str = ""
    secret: bool = False
    opaque: bool = False
    quantity: bool = False
    card: Card | None = None

    @property
    def about_others(self) -> Third | None:
        """What the row's own person gets of a datum on somebody else; None where it speaks of themselves."""
        if self.third is None and self.part == MAIN and self.category in ABOUT_OTHERS:
            return Third.MASKED
        return self.third

    @property
    def works_like_a_password(self) -> bool:
        """Whether it is named and never shown."""
        return self.secret or self.category in SECRETS


@dataclass(frozen=True, slots=True)
class Technical:
    """A plain column that says nothing about a person by itself."""

    why: str
    reviewed: str | None = None


def personal(
    tag: int,
    category: Category,
    purpose: Purpose,
    source: Source,
    *,
    part: str = MAIN,
    third: Third | None = None,
    withheld_if: str = "",
    secret: bool = False,
    opaque: bool = False,
    quantity: bool = False,
    card: Card | None = None,
    default: Any = dataclasses.MISSING,
) -> Any:  # Any, as dataclasses.field: the annotation beside it is the type
    """Declare a personal field.

    `tag` names the field inside the sealed part for ever: never change one, never use one again. `part` names the other
    person of a row about two. `default` is what rows show that were sealed before the field existed.

    How it is handed to the person: `third` says what they get if it speaks of somebody else, and `withheld_if` names
    the boolean field of this record under which they never get it (a caller who withheld their number). `secret` works
    like a password and is named only. `opaque` is sealed to a key that we do not hold, and goes as it is. `card` puts
    it on a vCard. A float is an instant (epoch seconds) and becomes a date, unless it is a `quantity`.
    """
    declaration = Personal(tag, category, purpose, source, part, third, withheld_if, secret, opaque, quantity, card)
    return dataclasses.field(default=default, metadata={DECLARED: declaration}, kw_only=True, repr=False)


def technical(why: str, *, reviewed: str | None = None, default: Any = dataclasses.MISSING) -> Any:
    """Declare a plain column; `why` says what it is needed for.

    Its type must be closed (see `is_closed`). A column of an open type says in `reviewed` why it can't hold personal
    data; a test compares all such reasons with the list that was reviewed.
    """
    return dataclasses.field(default=default, metadata={DECLARED: Technical(why, reviewed)}, kw_only=True)


def bare_type(annotation: object) -> tuple[object, bool]:
    """The annotation without `| None`, and whether None was allowed."""
    if typing.get_origin(annotation) not in {typing.Union, types.UnionType}:
        return annotation, False
    members = [member for member in typing.get_args(annotation) if member is not type(None)]
    if len(members) != 1:
        return annotation, False
    return members[0], True


def is_closed(kind: object) -> bool:
    """Whether values of the type say nothing by themselves: enums, booleans, counts, our random ids, deadlines."""
    if kind in {bool, int, Deadline}:
        return True
    if isinstance(kind, NewType):
        return kind.__module__ == identifiers.__name__
    return isinstance(kind, type) and issubclass(kind, Enum)
