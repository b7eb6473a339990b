"""The ledger: what was shown, agreed, looked at, passed on and erased, in a chain that cannot be changed unnoticed.

    services, rights, retention, egress ──append(unit, provider, Event, subject, facts)──> Ledger
                                                                                             │
        table ledger_entry: body, hash (SHA-256 over the chain)   <──────────────────────────┤
        table ledger_checkpoint: signed with the installation's key  <──checkpoint()─────────┤
                                                                      verify() ──> Report ───┘

Invariants
- Append-only: no function changes or removes an entry.
- An entry is written in the unit of work of what it tells, or not at all.
- No stored byte lies outside chain or signature; one flipped bit is found, and the entry and part it hit are named.
- A person appears as a random reference, which only the keyring can resolve: once they are gone it leads to nobody,
  and the chain still verifies.

Refuses: a fact that is not closed (event.py), an event outside the enum, a word about somebody who is gone.
"""

from ringfence.privacy.ledger.chain import Damage, Head, Part
from ringfence.privacy.ledger.event import Event, Fact, FactNotClosed
from ringfence.privacy.ledger.ledger import Ledger, Report
from ringfence.privacy.ledger.records import LedgerCheckpoint, LedgerEntry
from ringfence.privacy.ledger.signature import SIGNING, Signer, verify_with

__all__ = [
    "SIGNING",
    "Damage",
    "Event",
    "Fact",
    "FactNotClosed",
    "Head",
    "Ledger",
    "LedgerCheckpoint",
    "LedgerEntry",
    "Part",
    "Report",
    "Signer",
    "verify_with",
]
