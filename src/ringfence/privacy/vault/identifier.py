"""Identifiers as the keyring knows them: one spelling each, then a MAC."""

import hmac
from hashlib import sha256

from ringfence.declarations import IdentifierKind
from ringfence.privacy.vault.epochkey import BLOCK

__all__ = ["mac", "normalise"]


def normalise(kind: IdentifierKind, value: str) -> str:
    """The one spelling under which an identifier is known.

    A SIP address loses its scheme; its host is case-insensitive, its user part is not (RFC 3261 section 19.1.4). Nobody
    tells two mailboxes apart by case. A number keeps its digits and plus sign. The rest stays as it is.
    """
    if kind is IdentifierKind.SIP_ADDRESS:
        user, at, host = value.strip().removeprefix("sips:").removeprefix("sip:").rpartition("@")
        return f"{user}{at}{host.lower()}"
    if kind is IdentifierKind.MAIL:
        return value.strip().casefold()
    if kind is IdentifierKind.PHONE_NUMBER:
        return "".join(character for character in value if character in "+0123456789")
    return value


def mac(index_key: bytes, kind: IdentifierKind, value: str) -> bytes:
    """16 bytes that stand for the identifier under a provider's index key."""
    message = f"{kind.value}\0{normalise(kind, value)}".encode()
    return hmac.digest(index_key, message, sha256)[:BLOCK]
