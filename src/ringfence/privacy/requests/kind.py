"""The words of a request: what is asked for, by which way, for whom, and what becomes of it."""

from enum import StrEnum
from typing import Final

__all__ = [
    "NEEDS_NO_PROOF",
    "WHOLE",
    "Channel",
    "Delivery",
    "Kind",
    "LetterKind",
    "Mark",
    "Outcome",
    "Relation",
    "Snapshot",
]


class Kind(StrEnum):
    """What a person may ask for."""

    ACCESS = "access"  # Art. 15 GDPR
    RECIPIENTS = "recipients"  # Art. 15(1)(c), 19: who received my data
    PORTABILITY = "portability"  # Art. 20
    RECTIFICATION = "rectification"  # Art. 16
    RESTRICTION = "restriction"  # Art. 18
    LIFT_RESTRICTION = "lift_restriction"  # Art. 18(3)
    OBJECTION = "objection"  # Art. 21
    ERASURE = "erasure"  # Art. 17
    WITHDRAWAL = "withdrawal"  # Art. 7(3)
    COMPLAINT = "complaint"  # to the provider itself; answered within 45 days


WHOLE: Final = frozenset({Kind.ACCESS, Kind.RECIPIENTS, Kind.PORTABILITY, Kind.ERASURE, Kind.LIFT_RESTRICTION})
"""Kinds that ask for one thing as a whole: a second one while the first is open adds nothing, and joins it."""

NEEDS_NO_PROOF: Final = frozenset({Kind.COMPLAINT})
"""Kinds whose answer gives nothing personal away, so that nobody has to prove who they are (Art. 12(6))."""


class Channel(StrEnum):
    """By which way it came."""

    PORTAL = "portal"
    API = "api"
    FORM = "form"  # written, on the page that needs no sign-in
    LETTER = "letter"  # on paper, entered by an officer
    MAIL = "mail"


class Relation(StrEnum):
    """For whom somebody asks."""

    SELF = "self"
    REPRESENTATIVE = "representative"  # with a signed mandate
    PARENT = "parent"
    HEIR = "heir"
    OTHER = "other"  # about somebody else, with nothing that allows it


class Delivery(StrEnum):
    """How answers reach who asked."""

    PORTAL = "portal"  # they read them where they signed in
    MAIL = "mail"
    POST = "post"  # an officer prints it and says when it was posted


class Outcome(StrEnum):
    """What became of it."""

    GRANTED = "granted"
    PARTLY = "partly"
    REFUSED = "refused"
    TAKEN_BACK = "taken_back"
    NOT_A_REQUEST = "not_a_request"
    OVERTAKEN = "overtaken"  # its person went before the answer: there is nobody to answer


class Mark(StrEnum):
    """Why an officer looks at it twice (Art. 12(5)); it decides nothing by itself."""

    REPETITIVE = "repetitive"
    UNFOUNDED = "unfounded"


class Snapshot(StrEnum):
    """Whether data that lives only days was copied when access was asked for, so that the answer still has it."""

    NOT_NEEDED = "not_needed"
    WANTED = "wanted"
    TAKEN = "taken"
    DISCARDED = "discarded"  # no answer came to need it


class LetterKind(StrEnum):
    """What a letter is about."""

    RECEIVED = "received"
    JOINED = "joined"
    PROOF_ASKED = "proof_asked"
    CLARIFICATION_ASKED = "clarification_asked"
    REFERRED = "referred"
    ABOUT_SOMEBODY_ELSE = "about_somebody_else"
    EXTENDED = "extended"
    WHERE_IT_STANDS = "where_it_stands"
    ANSWER = "answer"
