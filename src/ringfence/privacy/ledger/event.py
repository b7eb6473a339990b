"""What the ledger can say: one enum of events, and which facts each may carry.

A fact is closed: a count, a day, a member of an enum, a name out of our own configuration, a digest, or a random id.
None of these can hold a name, number, address or token of a person, so the chain may be kept when the person is gone.
"""

import datetime as dt
import re
from collections.abc import Mapping
from enum import Enum, StrEnum
from typing import Final, final

from ringfence.errors import OurFault

__all__ = ["Event", "Fact", "FactNotClosed", "closed_facts"]

Fact = str | int | dt.date | Enum
"""What callers hand in; `closed_facts` turns it into what is stored."""


class Event(StrEnum):
    """Everything that is recorded. A member is never renamed or reused: its value is in old chains."""

    ENROLLED = "enrolled"
    NOTICE_SHOWN = "notice_shown"
    TERMS_AGREED = "terms_agreed"
    CONSENT_GIVEN = "consent_given"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    STAFF_LOOKED = "staff_looked"
    EXPORT_MADE = "export_made"
    ERASURE_REQUESTED = "erasure_requested"
    TOMBSTONE_WRITTEN = "tombstone_written"
    ERASURE_COMPLETED = "erasure_completed"
    ERASURE_REPLAYED = "erasure_replayed"
    PUSH_INSTANCE_ENDED = "push_instance_ended"
    SWEPT = "swept"
    DISCLOSED = "disclosed"
    TRANSFER_BLOCKED = "transfer_blocked"
    MECHANISM_CHANGED = "mechanism_changed"
    SETTINGS_CHANGED = "settings_changed"
    BACKUP_MADE = "backup_made"
    RESTORED = "restored"
    REQUEST_RECEIVED = "request_received"
    REQUEST_STEPPED = "request_stepped"
    REQUEST_ANSWERED = "request_answered"
    HOLD_PLACED = "hold_placed"
    HOLD_RELEASED = "hold_released"
    SECRECY_IMPOSED = "secrecy_imposed"
    SECRECY_RELEASED = "secrecy_released"
    RESTRICTED = "restricted"
    RESTRICTION_LIFTED = "restriction_lifted"
    RECTIFIED = "rectified"
    PACKAGE_FETCHED = "package_fetched"
    PACKAGE_EXPIRED = "package_expired"
    TRANSMITTED = "transmitted"
    SIGNED_IN = "signed_in"
    STAFF_INVITED = "staff_invited"
    STAFF_JOINED = "staff_joined"
    STAFF_ROLES_CHANGED = "staff_roles_changed"
    STAFF_CREDENTIAL_CHANGED = "staff_credential_changed"
    STAFF_LEFT = "staff_left"
    CONFIDENTIALITY_ACCEPTED = "confidentiality_accepted"
    NOTICE_PUBLISHED = "notice_published"
    CHANGE_ANNOUNCED = "change_announced"
    TERMS_OBJECTED = "terms_objected"
    INVOICES_IMPORTED = "invoices_imported"
    API_TOKEN_MADE = "api_token_made"  # noqa: S105 - the name of an event
    API_TOKEN_REVOKED = "api_token_revoked"  # noqa: S105 - the name of an event


@final
class FactNotClosed(OurFault):
    """A fact was offered that this event may not carry, or whose value is not closed."""

    code = "ledger_fact_not_closed"


_NAME: Final = re.compile(r"[a-z][a-z0-9_.\-]{0,63}")  # as in configuration files; no '@', '+', blanks or capitals
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_ID: Final = re.compile(r"[a-z2-7]{26}")  # identifiers.new_id
_LANGUAGE: Final = re.compile(r"[a-z]{2}")
_DIGITS_IN_A_ROW: Final = re.compile(r"[0-9]{5}")  # what is not a date and has five digits may be part of a number

_KINDS: Final[dict[str, re.Pattern[str] | type]] = {
    "app": _NAME,
    "case": _ID,
    "channel": _NAME,
    "kind": _NAME,
    "role": _NAME,
    "staff": _ID,
    "state": _NAME,
    "certificate": _DIGEST,
    "count": int,
    "digest": _DIGEST,
    "erasure": _ID,
    "flow": _NAME,
    "language": _LANGUAGE,
    "mechanism": _NAME,
    "number": int,
    "outcome": _NAME,
    "purpose": _NAME,
    "reason": _NAME,
    "recipient": _NAME,
    "table": _NAME,
    "token": _ID,
    "until": dt.date,
    "version": _DIGEST,
}
_ALLOWED: Final[dict[Event, frozenset[str]]] = {
    Event.ENROLLED: frozenset(),
    Event.NOTICE_SHOWN: frozenset({"version", "language"}),
    Event.TERMS_AGREED: frozenset({"version", "language"}),
    Event.CONSENT_GIVEN: frozenset({"purpose", "version", "language", "recipient", "channel"}),
    Event.CONSENT_WITHDRAWN: frozenset({"purpose", "recipient", "channel"}),
    Event.STAFF_LOOKED: frozenset({"purpose", "reason", "table", "staff", "case"}),
    Event.EXPORT_MADE: frozenset({"digest", "count", "case"}),
    Event.ERASURE_REQUESTED: frozenset({"erasure", "reason", "until"}),
    Event.TOMBSTONE_WRITTEN: frozenset({"erasure", "number", "digest"}),
    Event.ERASURE_COMPLETED: frozenset({"erasure", "certificate", "count"}),
    Event.ERASURE_REPLAYED: frozenset({"number"}),
    Event.PUSH_INSTANCE_ENDED: frozenset({"reason", "app"}),
    Event.SWEPT: frozenset({"table", "count"}),
    Event.DISCLOSED: frozenset({"recipient", "flow", "reason"}),
    Event.TRANSFER_BLOCKED: frozenset({"recipient", "flow", "reason"}),
    Event.MECHANISM_CHANGED: frozenset({"recipient", "mechanism", "until"}),
    Event.SETTINGS_CHANGED: frozenset({"digest"}),
    Event.BACKUP_MADE: frozenset({"digest", "number"}),
    Event.RESTORED: frozenset({"digest", "number", "count"}),
    Event.REQUEST_RECEIVED: frozenset({"case", "kind", "channel", "until"}),
    Event.REQUEST_STEPPED: frozenset({"case", "kind", "state", "reason", "staff", "until"}),
    Event.REQUEST_ANSWERED: frozenset({"case", "kind", "outcome", "digest", "staff"}),
    Event.HOLD_PLACED: frozenset({"case", "table", "reason", "staff", "until"}),
    Event.HOLD_RELEASED: frozenset({"case", "table", "reason", "staff"}),
    Event.SECRECY_IMPOSED: frozenset({"case", "staff", "reason"}),
    Event.SECRECY_RELEASED: frozenset({"case", "staff", "reason"}),
    Event.RESTRICTED: frozenset({"case", "table", "reason", "staff"}),
    Event.RESTRICTION_LIFTED: frozenset({"case", "table", "reason", "staff"}),
    Event.RECTIFIED: frozenset({"case", "table", "staff"}),
    Event.PACKAGE_FETCHED: frozenset({"case", "digest"}),
    Event.PACKAGE_EXPIRED: frozenset({"case"}),
    Event.TRANSMITTED: frozenset({"case", "recipient", "digest", "outcome"}),
    Event.SIGNED_IN: frozenset({"kind"}),
    Event.STAFF_INVITED: frozenset({"staff", "role"}),
    Event.STAFF_JOINED: frozenset({"staff", "role"}),
    Event.STAFF_ROLES_CHANGED: frozenset({"staff", "role"}),
    Event.STAFF_CREDENTIAL_CHANGED: frozenset({"staff", "kind"}),
    Event.STAFF_LEFT: frozenset({"staff", "reason"}),
    Event.CONFIDENTIALITY_ACCEPTED: frozenset({"staff", "version"}),
    Event.NOTICE_PUBLISHED: frozenset({"version", "until", "reason"}),
    Event.CHANGE_ANNOUNCED: frozenset({"version", "channel", "count"}),
    Event.TERMS_OBJECTED: frozenset({"version"}),
    Event.INVOICES_IMPORTED: frozenset({"count", "digest"}),
    Event.API_TOKEN_MADE: frozenset({"token", "staff"}),
    Event.API_TOKEN_REVOKED: frozenset({"token", "staff"}),
}


def closed_facts(event: Event, facts: Mapping[str, Fact]) -> dict[str, str | int]:
    """The facts as they are stored. Raises FactNotClosed; its own facts name the field, never the value."""
    return {name: _closed(event, name, value) for name, value in sorted(facts.items())}


def _closed(event: Event, name: str, value: Fact) -> str | int:
    kind = _KINDS.get(name)
    if kind is None or name not in _ALLOWED[event]:
        raise FactNotClosed(event=event.value, fact=name, problem="not_allowed")
    if isinstance(value, dt.date) and kind is dt.date:
        return value.isoformat()
    if isinstance(value, int) and kind is int:
        return int(value)
    text = value.value if isinstance(value, Enum) else value
    if isinstance(text, str) and isinstance(kind, re.Pattern) and kind.fullmatch(text) and not _is_number(kind, text):
        return text
    raise FactNotClosed(event=event.value, fact=name, problem="not_closed")


def _is_number(kind: re.Pattern[str], text: str) -> bool:
    return kind is _NAME and _DIGITS_IN_A_ROW.search(text) is not None
