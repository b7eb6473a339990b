"""Access: what every way in stands on, that of subscribers and that of staff.

    services/signin, services/staff ──proved──> Sessions ──id──> web (a cookie with this id and nothing else)
             │ tries                  │ what was begun                ^ depart(subject): erased, or left
             v                        v                               │
         FailureCaps               Tickets (PINs, challenges)      privacy.rights, staff

Invariants
- All of it rests in the memory of the process, bounded in number and in time, and is written nowhere.
- An id or ticket is 256 random bits; we keep its digest, so that no memory that leaks opens a session.
- A session belongs to one subject: one person in one enrolment. Whoever has the number next is another subject.
- A person or member of staff who goes has no session a moment later.

Refuses: more tries than the caps allow, a ticket a second time or too late, a passkey of another place, a signature
without user verification.
"""

from ringfence.privacy.access.caps import FailureCaps
from ringfence.privacy.access.errors import PasskeyUnusable, TooManyTries
from ringfence.privacy.access.passkey import KnownPasskey, NewPasskey, Passkeys, Place
from ringfence.privacy.access.records import SESSION_IN_MEMORY
from ringfence.privacy.access.session import Means, Session, Sessions, SessionSettings
from ringfence.privacy.access.ticket import Tickets, digest_of, new_secret, parse_token

__all__ = [
    "SESSION_IN_MEMORY",
    "FailureCaps",
    "KnownPasskey",
    "Means",
    "NewPasskey",
    "PasskeyUnusable",
    "Passkeys",
    "Place",
    "Session",
    "SessionSettings",
    "Sessions",
    "Tickets",
    "TooManyTries",
    "digest_of",
    "new_secret",
    "parse_token",
]
