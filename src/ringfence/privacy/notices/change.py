"""The ways in which two editions can differ, and which of them have to be announced."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, unique
from typing import Self, final

from ringfence.declarations import Category, Keep, Purpose, Role, Source

__all__ = ["Change", "Clause", "Country", "Difference", "Fact", "Found", "Span", "Text", "Words"]


@unique
class Change(Enum):
    """A code, which is also the key of its sentence, and whether it is material: then people have a month before it.

    Material is what could make somebody decide otherwise: more data, more purposes, more time, other hands, other
    places, other terms. A new choice is not: it is off until somebody says yes.
    """

    CONTROLLER = "controller", True
    OFFICER = "officer", False
    AUTHORITY = "authority", False
    OPERATOR = "operator", True
    OPERATOR_GONE = "operator_gone", False
    DECIDES = "decides", True
    DECIDES_NO_MORE = "decides_no_more", False
    PLACE = "place", True
    FIRST_TRANSFER = "first_transfer", True
    NEW_RECIPIENT = "new_recipient", True
    GONE_RECIPIENT = "gone_recipient", False
    RECIPIENT_ROLE = "recipient_role", True
    RECIPIENT_MOVED = "recipient_moved", True
    MECHANISM = "mechanism", False
    BLOCKED = "blocked", False
    NEW_DATA = "new_data", True
    GONE_DATA = "gone_data", False
    NEW_PURPOSE = "new_purpose", True
    GONE_PURPOSE = "gone_purpose", False
    KEPT_LONGER = "kept_longer", True
    KEPT_SHORTER = "kept_shorter", False
    KEPT_OTHERWISE = "kept_otherwise", True
    NEW_RECEIVER = "new_receiver", True
    GONE_RECEIVER = "gone_receiver", False
    NEW_SOURCE = "new_source", True
    AGE = "age", True
    NEW_CHOICE = "new_choice", False
    GONE_CHOICE = "gone_choice", False
    OWN_PARAGRAPH = "own_paragraph", True
    OWN_PARAGRAPH_GONE = "own_paragraph_gone", False
    NEW_CLAUSE = "new_clause", True
    GONE_CLAUSE = "gone_clause", True

    material: bool

    def __new__(cls, code: str, material: bool) -> Self:
        member = object.__new__(cls)
        member._value_ = code
        member.material = material
        return member


@final
@dataclass(frozen=True, slots=True)
class Country:
    """A country, by its code."""

    code: str


@final
@dataclass(frozen=True, slots=True)
class Text:
    """A text of the catalogue, by its key."""

    key: str


@final
@dataclass(frozen=True, slots=True)
class Clause:
    """A clause of the terms, by its key: in the words of the edition that has it."""

    key: str
    gone: bool = False


@final
@dataclass(frozen=True, slots=True)
class Words:
    """Words of the vocabulary, by their codes; a later release may no longer have one of them."""

    kind: type[Category | Keep | Purpose | Role | Source]
    codes: tuple[str, ...]


@final
@dataclass(frozen=True, slots=True)
class Span:
    """A length of time, told in days."""

    seconds: float


Fact = str | Country | Text | Clause | Words | Span


@final
@dataclass(frozen=True, slots=True)
class Found:
    """One difference, before it is said in a language; `facts` by the names that its sentence has for them."""

    change: Change
    facts: Mapping[str, Fact] = field(default_factory=dict)


@final
@dataclass(frozen=True, slots=True)
class Difference:
    """One difference, as a reader is told it."""

    change: Change
    text: str

    @property
    def material(self) -> bool:
        return self.change.material
