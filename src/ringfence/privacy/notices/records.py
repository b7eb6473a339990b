"""What is kept of notices: every edition, when each holds, and who was told of what is coming."""

from enum import StrEnum

from ringfence.declarations import (
    Category,
    Keep,
    Purpose,
    Record,
    Source,
    TechnicalRecord,
    personal,
    technical,
)
from ringfence.identifiers import ProviderId, RowId

__all__ = ["Announcement", "Channel", "PublicationRow", "StoredEdition"]


class Channel(StrEnum):
    """By which way somebody was told (APP-10)."""

    MAIL = "mail"
    ADMINISTRATOR = "administrator"  # the person's organisation was told, and passes it on
    AT_START = "at_start"  # the app or a page showed it


class StoredEdition(TechnicalRecord, table="notice_edition", number=75):
    """One edition; its id is the digest of its content, so it can't be changed without being another."""

    provider: ProviderId = technical("whose texts")
    packed: bytes = technical(
        "texts, policy and data map", reviewed="texts for everybody, from code and configuration; no person"
    )


class PublicationRow(TechnicalRecord, table="notice_publication", number=76, unique=(("provider", "number"),)):
    """That an edition was published; its id is `provider:number`."""

    provider: ProviderId = technical("whose texts")
    number: int = technical("place in the provider's row of publications, from 1")
    edition: RowId = technical("which edition")
    published: float = technical("when it was published (epoch seconds)")
    holds_from: float = technical("from when on it holds for whoever was told in time (epoch seconds)")
    needs: int = technical("which publication people must have been told of a month before; 0: of none")


class Announcement(Record, table="announcement", number=77, keep=Keep.EVIDENCE, unique=(("subject", "publication"),)):
    """That a person was told of a change."""

    publication: RowId = technical("what they were told of")
    channel: Channel = technical("by which way")
    told_at: float = personal(1, Category.ANNOUNCEMENT, Purpose.ANNOUNCE, Source.GENERATED)
