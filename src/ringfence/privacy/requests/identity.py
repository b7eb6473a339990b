"""Who is asking? The least that settles it: session, PIN, call-back, documents; then the provider decides.

Art. 12(6) GDPR asks for more only on reasonable doubt, and EDPB guidelines 01/2022 (73 to 79) warn of identity
documents: they come last, redacted, as "seen" where that suffices, and no copy outlives the decision (CTP-07).
"""

from collections.abc import Collection
from enum import StrEnum
from typing import Final

from ringfence.privacy.law import DocumentRule
from ringfence.privacy.requests.errors import CopyNotAllowed

__all__ = ["IDENTITY", "OWN_ACT", "Document", "Proof", "documents_settle", "kept_copy", "next_rung"]


class Proof(StrEnum):
    """What settled who asks; the rungs are named as in the law's tables (`DocumentRule.ladder`)."""

    NONE = "none"
    NOT_NEEDED = "not_needed"
    SESSION = "session"
    PIN = "pin"
    CALL_BACK = "callback"
    DOCUMENTS = "redacted_document"
    PROVIDER = "provider"  # the provider decided (ACR-17)


class Document(StrEnum):
    """Kinds of paper, named as in the law's tables (`DocumentRule.kinds`)."""

    IDENTITY_CARD = "identity_card"
    PASSPORT = "passport"
    DRIVING_LICENCE = "driving_licence"
    RESIDENCE_PERMIT = "residence_permit"
    UNSORTED = "unsorted"  # came by mail, and nobody has said yet what it is; proves nothing
    MANDATE = "mandate"  # a signed one, a birth certificate, a certificate of inheritance: proves no identity


IDENTITY: Final = frozenset(Document) - {Document.MANDATE, Document.UNSORTED}
"""Papers that show who somebody is."""

OWN_ACT: Final = frozenset({Proof.SESSION, Proof.PIN})
"""Proofs that only the person can give, without a judgement of the staff."""


def documents_settle(seen: Collection[Document], rule: DocumentRule, *, identifier_leads: bool) -> bool:
    """Enough different kinds of document that the country allows, and an identifier that leads to the person."""
    counted = {document for document in seen if document.value in rule.kinds}
    return identifier_leads and len(counted) >= rule.at_least


def kept_copy(document: Document, copy: bytes, rule: DocumentRule) -> bytes:
    """What of a copy may be kept until the decision: nothing where the country or the need does not allow it.

    Raises CopyNotAllowed where none may be taken at all. Papers that show a mandate are no identity documents.
    """
    if not copy or document is Document.MANDATE:
        return copy  # no identity document
    if not rule.copy_allowed:
        raise CopyNotAllowed(document=document.value)
    return copy


def next_rung(tried: Collection[Proof], rule: DocumentRule) -> Proof | None:
    """What to ask for next; None when only the provider can decide."""
    return next((Proof(rung) for rung in rule.ladder if rung not in tried), None)
