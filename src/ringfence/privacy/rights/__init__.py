"""Rights: what a person may demand and how it is done; here, to be erased, and to have it proven.

    enrolment, web ──request(provider, subject, reason)──> Erasures ──depart()──> services (port Departure)
                                                            │
          main database: intent, fence, certificate  <──────┤──> TombstoneFile (outside both databases)
          ledger: requested, anchored, completed     <──────┤──> Keyring.forget: the point of no return
                                                            v
    every start: startup_check (epochs, tombstones)      scan: what is left, in which medium

Invariants
- The steps run in one order, each is idempotent, and a kill at any moment loses none of them.
- A tombstone is on disk before a key is destroyed, so no copy of the databases brings a person back.
- What `status` says is read from the media, not from a note.
- A certificate names what was read and what could not be; it never claims more.

Refuses: to write about a person who is going, to start on a keyring or tombstone file that is an older copy, to certify
where deleted rows stay in the file.
"""

from ringfence.privacy.rights.certificate import is_genuine
from ringfence.privacy.rights.erasure import Erasures
from ringfence.privacy.rights.erasure_ports import Consequence, Departure, Heralds
from ringfence.privacy.rights.erasure_states import DryRun, ErasureSettings, ErasureStatus, Point, State
from ringfence.privacy.rights.errors import (
    CannotCertify,
    HoldTooLate,
    KeyringMismatch,
    KeyringTooOld,
    NotErased,
    ScanBlind,
    UnknownErasure,
    UnknownHold,
    UnknownTable,
)
from ringfence.privacy.rights.examine import Examination, Examiner
from ringfence.privacy.rights.guardian import Guardian
from ringfence.privacy.rights.holds import Conceals, Covers, HeldLonger, Holds
from ringfence.privacy.rights.keeping import Blocking, CountryStatutes, NoStatutes, Statutes, day_after
from ringfence.privacy.rights.premises import Premises
from ringfence.privacy.rights.records import ErasureRecord, Hold, HoldReason, Reason
from ringfence.privacy.rights.rehearsal import Proof, Rehearsal
from ringfence.privacy.rights.remains import Remains
from ringfence.privacy.rights.start import StartReport, startup_check
from ringfence.privacy.rights.tombstone import Tombstone, TombstoneDamaged, TombstoneFile, TombstonesTooOld, commitment
from ringfence.privacy.rights.verdict import Outcome, Verdict, told

__all__ = [
    "Blocking",
    "CannotCertify",
    "Conceals",
    "Consequence",
    "CountryStatutes",
    "Covers",
    "Departure",
    "DryRun",
    "ErasureRecord",
    "ErasureSettings",
    "ErasureStatus",
    "Erasures",
    "Examination",
    "Examiner",
    "Guardian",
    "HeldLonger",
    "Heralds",
    "Hold",
    "HoldReason",
    "HoldTooLate",
    "Holds",
    "KeyringMismatch",
    "KeyringTooOld",
    "NoStatutes",
    "NotErased",
    "Outcome",
    "Point",
    "Premises",
    "Proof",
    "Reason",
    "Rehearsal",
    "Remains",
    "ScanBlind",
    "StartReport",
    "State",
    "Statutes",
    "Tombstone",
    "TombstoneDamaged",
    "TombstoneFile",
    "TombstonesTooOld",
    "UnknownErasure",
    "UnknownHold",
    "UnknownTable",
    "Verdict",
    "commitment",
    "day_after",
    "is_genuine",
    "startup_check",
    "told",
]
