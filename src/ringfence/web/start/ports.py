"""What the start page asks of the rest of the server, in its own words; `app` joins them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, final

from ringfence.privacy.notices import Paragraph
from ringfence.services.calls import Phase
from ringfence.services.reachability import State

__all__ = [
    "Crossing",
    "DataMap",
    "Live",
    "LiveCall",
    "LiveDevice",
    "MapEntry",
    "Notice",
    "Notices",
    "Schema",
    "StepState",
    "Story",
    "StoryStep",
]


@final
@dataclass(frozen=True, slots=True)
class LiveDevice:
    """One enrolled device. `ref` is made for this page and this run of the server; it is no id that is stored."""

    ref: str
    awake: bool
    account: State


@final
@dataclass(frozen=True, slots=True)
class LiveCall:
    """One call that is held or was handed over; `ref` is the reference that its push carried."""

    ref: str
    phase: Phase
    seconds: int
    """Since the INVITE came."""


class Live(Protocol):
    """What goes on right now."""

    def devices(self) -> Sequence[LiveDevice]: ...

    def calls(self) -> Sequence[LiveCall]: ...


class StepState(StrEnum):
    """What became of one step of the story."""

    RUNNING = "running"
    HELD = "held"
    PROVEN = "proven"
    FAILED = "failed"


@final
@dataclass(frozen=True, slots=True)
class Crossing:
    """What crossed a line: which line, and the whole of what was seen there."""

    line: str
    content: str


@final
@dataclass(frozen=True, slots=True)
class StoryStep:
    """One step as it is shown; texts are already in the reader's language."""

    number: int
    title: str
    state: StepState
    seconds: float
    """From the beginning of the story."""
    said: Sequence[str] = ()
    crossed: Sequence[Crossing] = ()


class Story(Protocol):
    """The story of the demo, as far as it has been played."""

    def steps(self, language: str) -> Sequence[StoryStep]: ...


@final
@dataclass(frozen=True, slots=True)
class Notice:
    """The notice and terms that an app shows before it enrols."""

    version: str
    language: str
    """The language that the text is written in, which may not be the one that was asked for."""
    paragraphs: Sequence[Paragraph]


class Notices(Protocol):
    def current(self, language: str) -> Notice: ...


@final
@dataclass(frozen=True, slots=True)
class MapEntry:
    """One field that is kept, or one flow that leaves; every value is text for people."""

    place: str
    """Table or flow."""
    field: str
    category: str
    purpose: str
    basis: str
    source: str
    kept: str
    recipients: str
    kept_in: str = ""
    """The language of `kept` where it is another than that of the page."""
    passes_on: bool = False
    """A flow that leaves, not a table that rests here."""


class DataMap(Protocol):
    def entries(self, language: str) -> Sequence[MapEntry]: ...


class Schema(Protocol):
    """The OpenAPI document of the API."""

    def __call__(self) -> Mapping[str, object]: ...
