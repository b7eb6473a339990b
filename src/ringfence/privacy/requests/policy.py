"""How one provider answers people."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, final

from ringfence.identifiers import ProviderId
from ringfence.privacy.requests.kind import Kind

__all__ = ["GIVING", "Policies", "RequestPolicy"]

GIVING: Final = frozenset(
    {Kind.ACCESS, Kind.RECIPIENTS, Kind.PORTABILITY, Kind.WITHDRAWAL, Kind.ERASURE, Kind.RESTRICTION}
)
"""Kinds whose granting needs nobody's judgement when the person proved themself by a session."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class RequestPolicy:
    """Terms of one provider; the law's own are in privacy/law and can't be changed here.

    country: whose calendar, authority and rules count (ISO 3166-1 alpha-2).
    automatic: kinds that are granted at once when the proof is a session, and nothing is marked.
    remind_days: so many days before the answer must leave, whoever works on it is reminded; from the second last on
        the deputy and all officers too.
    repetitive_after: so many answers of one kind within a year, and the next one is marked for an officer to decide.
    further_copy_fee: cents for a further copy (Art. 15(3)), noted on a marked request; the first is free for ever.
    most_unproven: open requests without any proof that are taken before no more are; a mailbox may be flooded.
    recourse: the independent body to which a complaint can go on, beside the authority (IPS-06).
    """

    country: str
    automatic: frozenset[Kind] = frozenset({Kind.ACCESS, Kind.RECIPIENTS, Kind.WITHDRAWAL})
    remind_days: tuple[int, ...] = (14, 7, 3, 1)
    repetitive_after: int = 3
    further_copy_fee: int = 0
    most_unproven: int = 1_000
    recourse: str = ""


Policies = Callable[[ProviderId], RequestPolicy]
"""Raises UnknownPolicy for a provider that is not served here."""
