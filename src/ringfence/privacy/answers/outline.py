"""Which items each letter has, in which order. A letter has all of its items or is not written."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from ringfence.privacy.requests.kind import Kind, LetterKind, Outcome

__all__ = ["ACCESS_ITEMS", "Item", "items_of"]


class Item(StrEnum):
    """One thing to say, under a heading of its own where the catalogue has one."""

    GREETING = "greeting"
    NEWS = "news"  # what a letter is about that is no answer
    DECISION = "decision"
    CONTROLLER = "controller"
    OFFICER = "officer"
    PURPOSES = "purposes"
    INTEREST = "interest"
    CATEGORIES = "categories"
    RECIPIENTS = "recipients"
    TRANSFERS = "transfers"
    DURATION = "duration"
    RIGHTS = "rights"
    WITHDRAWAL = "withdrawal"
    COMPLAINT = "complaint"
    NEED = "need"
    SOURCE = "source"
    AUTOMATED = "automated"
    COPY = "copy"
    PORTABLE = "portable"
    VERDICTS = "verdicts"
    ENDS = "ends"
    CERTIFICATE = "certificate"
    CORRECTED = "corrected"
    TOLD = "told"
    RESTRICTED = "restricted"
    LIFTING = "lifting"
    OBJECTED = "objected"
    WITHDRAWN = "withdrawn"
    EXCEPTION = "exception"
    GROUND = "ground"
    REASONS = "reasons"
    RECOURSE = "recourse"
    SECRECY = "secrecy"
    CLOSING = "closing"


_I = Item
ACCESS_ITEMS: Final = (
    _I.CONTROLLER,
    _I.OFFICER,
    _I.PURPOSES,
    _I.INTEREST,
    _I.CATEGORIES,
    _I.RECIPIENTS,
    _I.TRANSFERS,
    _I.DURATION,
    _I.RIGHTS,
    _I.WITHDRAWAL,
    _I.COMPLAINT,
    _I.NEED,
    _I.SOURCE,
)
"""The thirteen of CTP-06; `TRANSFERS` has the safeguards of Art. 15(2). `AUTOMATED` is Art. 15(1)(h)."""

_EVERY: Final = (_I.OFFICER, _I.COMPLAINT, _I.SECRECY, _I.CLOSING)
_REFUSAL: Final = (_I.EXCEPTION, _I.GROUND, _I.REASONS)
_GRANTED: Final[Mapping[Kind, tuple[Item, ...]]] = {
    Kind.ACCESS: (_I.COPY, *ACCESS_ITEMS, _I.AUTOMATED),
    Kind.RECIPIENTS: (_I.CONTROLLER, _I.RECIPIENTS, _I.TRANSFERS, _I.RIGHTS),
    Kind.PORTABILITY: (_I.PORTABLE, _I.COPY, _I.CONTROLLER, _I.RIGHTS),
    Kind.RECTIFICATION: (_I.CORRECTED, _I.TOLD, _I.RIGHTS),
    Kind.RESTRICTION: (_I.RESTRICTED, _I.TOLD, _I.RIGHTS),
    Kind.LIFT_RESTRICTION: (_I.LIFTING, _I.RIGHTS),
    Kind.OBJECTION: (_I.OBJECTED, _I.RIGHTS),
    Kind.ERASURE: (_I.VERDICTS, _I.ENDS, _I.TOLD, _I.CERTIFICATE, _I.RIGHTS),
    Kind.WITHDRAWAL: (_I.WITHDRAWN, _I.WITHDRAWAL, _I.RIGHTS),
    Kind.COMPLAINT: (_I.REASONS, _I.RECOURSE),
}


def items_of(about: LetterKind, kind: Kind, outcome: Outcome | None) -> tuple[Item, ...]:
    """The items of a letter, each once; what every letter has comes last where it did not come before."""
    return tuple(dict.fromkeys((Item.GREETING, *_middle(about, kind, outcome), *_EVERY)))


def _middle(about: LetterKind, kind: Kind, outcome: Outcome | None) -> tuple[Item, ...]:
    if about is not LetterKind.ANSWER:
        return (_I.NEWS,)
    if outcome is Outcome.REFUSED and kind is not Kind.COMPLAINT:
        return (_I.DECISION, *_REFUSAL, _I.RIGHTS)
    if outcome is Outcome.PARTLY and kind is not Kind.COMPLAINT:
        return (_I.DECISION, *_REFUSAL, *_GRANTED[kind])
    return (_I.DECISION, *_GRANTED[kind])
