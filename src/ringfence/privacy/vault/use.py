"""What sealed values may be opened for at this moment, by whoever opens them.

    with opened_for(Use.CLAIMS):
        ...                                  the task's own reads see what is only stored, too

Ordinary reads see nothing of what is restricted, held or blocked, and no service has to know. Whoever says an
exception (Art. 18(2) GDPR) stands up for it: the rooms that do so record it in the ledger first.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum
from typing import Final

from ringfence.persistence import Storage

__all__ = ["Use", "may_open", "opened_for"]


class Use(StrEnum):
    """What something is opened for."""

    ORDINARY = "ordinary"
    CONSENT = "consent"  # of the person, as when they steer what is kept about them
    ACCESS = "access"  # the person's own copy (Art. 15 GDPR), which has all that is held
    CLAIMS = "claims"  # to establish, exercise or defend legal claims
    OTHERS_RIGHTS = "others_rights"  # to protect the rights of another person
    PUBLIC_INTEREST = "public_interest"  # an important one, of the Union or a Member State
    AUTHORITY = "authority"  # a court's or competent authority's recorded request


_RESTRICTED: Final = frozenset(
    {Use.CONSENT, Use.ACCESS, Use.CLAIMS, Use.OTHERS_RIGHTS, Use.PUBLIC_INTEREST, Use.AUTHORITY}
)
_ALLOWED: Final = {
    Storage.IN_USE: frozenset(Use),
    Storage.RESTRICTED: _RESTRICTED,
    Storage.HELD: frozenset({Use.ACCESS, Use.CLAIMS, Use.AUTHORITY}),  # past its term, but still held
    Storage.BLOCKED: frozenset({Use.AUTHORITY}),  # not even to be looked at (LOPDGDD Art. 32); the letter counts it
}
_use: ContextVar[Use] = ContextVar("ringfence_use", default=Use.ORDINARY)


@contextmanager
def opened_for(use: Use) -> Iterator[None]:
    """Within the block, in this task and those it starts, values open as `use` allows."""
    token = _use.set(use)
    try:
        yield
    finally:
        _use.reset(token)


def may_open(storage: Storage) -> bool:
    """Whether a value of that storage may be opened now."""
    return storage is Storage.IN_USE or _use.get() in _ALLOWED[storage]
