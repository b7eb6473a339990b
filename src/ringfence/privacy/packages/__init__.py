"""Packages: a copy of all that is kept on a person, as files, sealed until they fetch it, and proven genuine.

    portal, requests ──prepare──> Packages ──build──> Clerk (a child process) ──> Workshop ──> one sealed file
          │ stream, shred            │ asked, ready, shredded: rows and ledger          │
          │                          v                                                  v
          │                 main database <──pages── Holdings: every declared table, page by page
          └── propose, confirm ──> Transmissions ──> gate ──> another controller
    receipt of a request ──take──> Snapshots: what would be gone before the answer

In the file is a ZIP: `index.html` for people (offline, no script), `data/` as JSON, CSV and vCard, `schema/`, and a
manifest with every file's digest under the installation's signature. `verifier.py` checks it without the rest of us.

Invariants
- A package holds everything that is declared, by the rule of its declaration: what works like a password is named, what
  speaks of somebody else is shown, masked or withheld (Art. 15(4)), what only a device can read goes as it is.
- What is only stored is in it, too: restricted rows, and those that a hold keeps past their term. What a country has
  blocked is told of by the letter and opens for courts alone; what is there by a secret hold is in no package.
- The start page tells beside the copy what Art. 15(1) and (2) want told, since the letter is written after it.
- Memory stays the same whatever a person's rows amount to.
- A file rests sealed under its own key, which lies sealed under its person's: erasure, expiry and shredding end it.
- What `status` says is true after a kill at any moment, and what was asked for is made after a restart.
- What an order of an authority hides (port `Hidden`) is in no package, and nothing in a package says so.

Refuses: somebody else's package, more copies at once than a person may have, a link out of another session, an address
for a transmission that is not public HTTPS.
"""

from ringfence.privacy.packages.clerk import Clerk, carry_out
from ringfence.privacy.packages.errors import (
    AddressUnfit,
    BuildFailed,
    FileDamaged,
    LinkInvalid,
    NotPortable,
    NotReady,
    TermTooLong,
    TooManyPackages,
    UnknownPackage,
    UnknownTransmission,
)
from ringfence.privacy.packages.holdings import NOTHING_HIDDEN, Hidden, Hiding, Holding, Holdings
from ringfence.privacy.packages.links import LINKS, Links
from ringfence.privacy.packages.origin import Origin, is_portable, origin_of
from ringfence.privacy.packages.records import TRANSMIT, FeeReason, Kind, TransmissionPhase
from ringfence.privacy.packages.service import Packages
from ringfence.privacy.packages.snapshot import Snapshots
from ringfence.privacy.packages.status import Charge, PackageSettings, State, Status
from ringfence.privacy.packages.transmit import CHOSEN_CONTROLLER, Proposal, Transmissions
from ringfence.privacy.packages.view import Handed, View
from ringfence.privacy.packages.workshop import Builds, Names, Point, Result, Workshop

__all__ = [
    "CHOSEN_CONTROLLER",
    "LINKS",
    "NOTHING_HIDDEN",
    "TRANSMIT",
    "AddressUnfit",
    "BuildFailed",
    "Builds",
    "Charge",
    "Clerk",
    "FeeReason",
    "FileDamaged",
    "Handed",
    "Hidden",
    "Hiding",
    "Holding",
    "Holdings",
    "Kind",
    "LinkInvalid",
    "Links",
    "Names",
    "NotPortable",
    "NotReady",
    "Origin",
    "PackageSettings",
    "Packages",
    "Point",
    "Proposal",
    "Result",
    "Snapshots",
    "State",
    "Status",
    "TermTooLong",
    "TooManyPackages",
    "TransmissionPhase",
    "Transmissions",
    "UnknownPackage",
    "UnknownTransmission",
    "View",
    "Workshop",
    "carry_out",
    "is_portable",
    "origin_of",
]
