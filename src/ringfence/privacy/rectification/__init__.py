"""Rectification (Art. 16 GDPR), and telling whoever received the data (Art. 19).

    portal, API ──correct_own──> Rectifications ──one unit: the row, the outbox, the ledger──> persistence
    officer     ──correct──────>       │                                  (and the value that was wrong, where a
                                       ├──rectified──> services           country wants it blocked)
                                       └──> Outbox ──tell──> each recipient in the disclosure log (port Teller)

Invariants
- People correct what they entered at any time, without asking anybody.
- A correction, its evidence and the notices to recipients are written together or not at all.
- What shows that something happened is not rewritten, nor what leads to the person, nor what works like a password.
- The ledger says that a table was corrected, never from what to what.

Refuses: values that can't stand, rows of somebody else, at the start a field that people never entered.
"""

from ringfence.privacy.rectification.errors import RectificationRefused
from ringfence.privacy.rectification.outbox import Outbox
from ringfence.privacy.rectification.ports import Correctable, Corrected, Teller, Telling
from ringfence.privacy.rectification.records import Change, Correction, Delivery, RecipientNotice, Superseded
from ringfence.privacy.rectification.rectifications import Rectifications

__all__ = [
    "Change",
    "Correctable",
    "Corrected",
    "Correction",
    "Delivery",
    "Outbox",
    "RecipientNotice",
    "RectificationRefused",
    "Rectifications",
    "Superseded",
    "Teller",
    "Telling",
]
