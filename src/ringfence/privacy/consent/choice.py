"""What a person can say yes to: one feature, towards one recipient, by one channel, and nothing with it."""

from dataclasses import dataclass
from enum import Enum, StrEnum, unique
from typing import Self, final

from ringfence.declarations import Purpose
from ringfence.identifiers import RecipientId

__all__ = ["Channel", "Choice", "Feature"]


@unique
class Feature(Enum):
    """What stands on consent, as a person knows it; each has one purpose, and each purpose on consent has one."""

    CONTACTS = "contacts", Purpose.SYNC_CONTACTS
    LOCATION = "location", Purpose.USE_LOCATION
    MEDIA = "media", Purpose.SEND_MEDIA
    CALENDAR = "calendar", Purpose.SHOW_CALENDAR
    ANALYTICS = "analytics", Purpose.COUNT_USAGE
    LOGS = "logs", Purpose.TROUBLESHOOT
    MARKETING = "marketing", Purpose.MARKETING

    purpose: Purpose

    def __new__(cls, code: str, purpose: Purpose) -> Self:
        member = object.__new__(cls)
        member._value_ = code
        member.purpose = purpose
        return member

    @classmethod
    def of(cls, purpose: Purpose) -> Self:
        """The feature that serves a purpose; raises ValueError for one that does not stand on consent."""
        for feature in cls:
            if feature.purpose is purpose:
                return feature
        raise ValueError(purpose)


class Channel(StrEnum):
    """By which way somebody is approached (Article 13 of Directive 2002/58/EC); each needs a consent of its own."""

    MAIL = "mail"
    SMS = "sms"
    CALL = "call"
    PUSH = "push"


@final
@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to say yes or no to.

    `recipient` is the partner who would receive or use the data; None is the provider alone. `channel` is there where
    somebody is approached.
    """

    feature: Feature
    recipient: RecipientId | None = None
    channel: Channel | None = None

    @property
    def purpose(self) -> Purpose:
        return self.feature.purpose

    @property
    def key(self) -> str:
        """Fit for a form or an address: the feature, towards whom, by which way."""
        parts = (str(self.feature.value), str(self.recipient or ""), str(self.channel or ""))
        return ".".join(part for part in parts if part)
