"""How a datum is handed to the person it is kept on: Articles 15(4) and 20(4) GDPR, and where it stands on a card."""

from enum import StrEnum

from ringfence.declarations.vocabulary import Category

__all__ = ["ABOUT_OTHERS", "SECRETS", "Card", "Third"]


class Third(StrEnum):
    """What the asking person gets of a datum on somebody else; the record's author weighs it once, for all rows."""

    SHOWN = "shown"  # they know it already: it was shown to them, or they entered it
    MASKED = "masked"  # enough to recognise what they know, too little to learn what they don't
    WITHHELD = "withheld"  # the other's interest outweighs


class Card(StrEnum):
    """The property of a vCard 4.0 (RFC 6350) that a field becomes; a record with one is handed over as contacts, too.

    Values are text, or a sequence of texts for several of a kind.
    """

    FORMATTED_NAME = "FN"
    NICKNAME = "NICKNAME"
    PHONE = "TEL"
    SIP_ADDRESS = "IMPP"
    MAIL = "EMAIL"
    ORGANISATION = "ORG"
    TITLE = "TITLE"
    NOTE = "NOTE"
    PAGE = "URL"


SECRETS = frozenset({Category.SIP_CREDENTIAL, Category.DEVICE_SECRET, Category.STAFF_CREDENTIAL})
"""What works like a password: named and never shown, since whoever got hold of a copy could act as the person."""

ABOUT_OTHERS = frozenset({Category.CALLER, Category.CALLEE})
"""What speaks of the other side of a call; masked where a record does not say what becomes of it."""
