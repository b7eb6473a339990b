"""What carrying out a decision takes, by kind, as data."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from ringfence.privacy.requests.kind import Kind, Outcome

__all__ = ["AFTER_ANSWER", "PLANS", "Stage", "stages"]


class Stage(StrEnum):
    """One thing to be done. Each is done by an executor that may be asked twice, and is noted when it was done."""

    SNAPSHOT = "snapshot"  # at receipt: copy what lives only days
    DISCARD = "discard"  # and drop it where it is not needed for an answer after all
    PACKAGE = "package"
    TRANSMIT = "transmit"  # to another controller, if the person named one
    RECTIFY = "rectify"
    RESTRICT = "restrict"
    CHECK_LIFT = "check_lift"  # which one, before the answer says that it ends
    LIFT = "lift"
    OBJECT = "object"
    WITHDRAW = "withdraw"
    CHECK_ERASURE = "check_erasure"  # the dry run that the answer tells of
    LETTER = "letter"
    SEND = "send"
    ERASE = "erase"


_ANSWER: Final = (Stage.LETTER, Stage.SEND)
PLANS: Final[Mapping[Kind, tuple[Stage, ...]]] = MappingProxyType(
    {
        Kind.ACCESS: (Stage.PACKAGE, *_ANSWER),
        Kind.RECIPIENTS: _ANSWER,
        Kind.PORTABILITY: (Stage.PACKAGE, Stage.TRANSMIT, *_ANSWER),
        Kind.RECTIFICATION: (Stage.RECTIFY, *_ANSWER),
        Kind.RESTRICTION: (Stage.RESTRICT, *_ANSWER),
        Kind.LIFT_RESTRICTION: (Stage.CHECK_LIFT, *_ANSWER, Stage.LIFT),  # told before it ends (Art. 18(3))
        Kind.OBJECTION: (Stage.OBJECT, *_ANSWER),
        Kind.ERASURE: (Stage.CHECK_ERASURE, *_ANSWER, Stage.ERASE),  # an answer can't be written to who is gone
        Kind.WITHDRAWAL: (Stage.WITHDRAW, *_ANSWER),
        Kind.COMPLAINT: _ANSWER,
    }
)
"""The stages of a request that is granted, in order; a refusal has the answer alone."""

AFTER_ANSWER: Final = frozenset({Stage.LIFT, Stage.ERASE})
"""Stages that come when the answer has left."""


def stages(kind: Kind, outcome: Outcome) -> tuple[Stage, ...]:
    """What is to be done, in order."""
    return _ANSWER if outcome is Outcome.REFUSED else PLANS[kind]
