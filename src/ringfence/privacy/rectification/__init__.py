"""Rectification (Art. 16 GDPR), and telling whoever received the data (Art. 19).

    portal, API ──correct_own──> Rectifications ──one unit: the row, its notices, the ledger──> persistence
    officer     ──correct──────>       │                                 (and the value that was wrong, where a
                                       └──rectified──> services           country wants it blocked)

    Rectifications, restriction, rights (erasure) ──in their own unit──> Outbox ──> one notice for each who received it
                                                          Deliveries <─────┘  told by operation, by mail, or by hand

Invariants
- People correct what they entered at any time, without asking anybody.
- A change, its evidence and the notices to recipients are written together or not at all; of an erasure before its
  point of no return, since afterwards nobody knows who received something.
- A notice names nobody: it is told, and kept, when its person is long gone.
- A notice is marked before its mail leaves, so a kill repeats a message under the same id and loses none.
- What shows that something happened is not rewritten, nor what leads to the person, nor what works like a password.
- The ledger says that a table was corrected, never from what to what.

Refuses: values that can't stand, rows of somebody else, at the start a field that people never entered.
"""

from ringfence.privacy.rectification.delivery import TRIES, Deliveries
from ringfence.privacy.rectification.errors import NoticeSettled, RecipientUnreachable, RectificationRefused
from ringfence.privacy.rectification.outbox import Outbox
from ringfence.privacy.rectification.ports import Correctable, Corrected, Directory, Teller, Telling
from ringfence.privacy.rectification.received import Receipts
from ringfence.privacy.rectification.records import (
    Change,
    Correction,
    Reason,
    RecipientNotice,
    State,
    Superseded,
    Way,
)
from ringfence.privacy.rectification.rectifications import Rectifications

__all__ = [
    "TRIES",
    "Change",
    "Correctable",
    "Corrected",
    "Correction",
    "Deliveries",
    "Directory",
    "NoticeSettled",
    "Outbox",
    "Reason",
    "Receipts",
    "RecipientNotice",
    "RecipientUnreachable",
    "RectificationRefused",
    "Rectifications",
    "State",
    "Superseded",
    "Teller",
    "Telling",
    "Way",
]
