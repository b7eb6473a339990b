"""Retention: nothing about a person stays longer than its declaration says.

    declarations (Keep, due) ──┐
    rows: due, or none ────────┼──> Retention.plan(now)   what goes, when, why
    owners (services' Expiry) ─┘──> Retention.sweep(now)  deletes, or hands over to the owner; destroys periods' keys
                                        └─ Holder: a lease, so that one process sweeps

    provider's policy ──tighter terms──> Retention;  ledger <──what was swept, by provider and table

Invariants
- What is due is computed from the data each time; there is no list of jobs that could be lost.
- A sweep works in bounded transactions, may be killed anywhere, and may run twice.
- A key of a period goes when the period is over, even where a row's deletion failed; then no copy opens either.
- A row without a date is kept by a state (enrolled), and ends with the person: that is `rights`, not a sweep.

- What a hold or a restriction protects stays, put away; `privacy.rights` says why and until when.

Refuses: to sweep while another process does, a policy that would keep anything longer than declared.
"""

from ringfence.privacy.retention.lease import Holder
from ringfence.privacy.retention.policy import RetentionPolicy, TermLoosened, TermNotYours, checked_policy
from ringfence.privacy.retention.records import Lease
from ringfence.privacy.retention.retention import Due, Expiry, Retention, Swept

__all__ = [
    "Due",
    "Expiry",
    "Holder",
    "Lease",
    "Retention",
    "RetentionPolicy",
    "Swept",
    "TermLoosened",
    "TermNotYours",
    "checked_policy",
]
