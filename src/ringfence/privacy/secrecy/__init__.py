"""Secrecy: what an order forbids to tell a person is hidden from that person wherever they look.

    officer ──impose, release──> Secrecy ──> tables `secrecy_order`, `secrecy_cover` ──same unit──> ledger
    whoever looks, holds, discloses under an order ──cover(unit, order, record)──>┘
    portal, packages, letters, looks, verdicts ──hidden(provider, subject)──> Hidden.covers(table, row)
                                               ──standard_sentence(language)──> the same words for everybody

Invariants
- Only an officer's release ends it, with a reason, in the ledger. No clock does: an order has no date on which it ends,
  no sweep knows it, and its records have no `due`.
- With and without an order the person is shown the same but for what is hidden; the order itself is among that.
- What a reader may not show it never gets: `Hidden` names rows, readers leave them out before they count, sum or write.
- After the release everything is shown, and that there was an order.

Refuses: an order without a paper, from anybody but an officer, or about a row of somebody else.
"""

from ringfence.privacy.secrecy.errors import OfficersOnly, OrderUnknown, ReferenceMissing
from ringfence.privacy.secrecy.hidden import Hidden
from ringfence.privacy.secrecy.records import OrderKind, ReleaseReason, SecrecyCover, SecrecyOrder
from ringfence.privacy.secrecy.secrecy import Officers, Order, Secrecy
from ringfence.privacy.secrecy.sentence import standard_sentence
from ringfence.privacy.secrecy.veil import Veil

__all__ = [
    "Hidden",
    "Officers",
    "OfficersOnly",
    "Order",
    "OrderKind",
    "OrderUnknown",
    "ReferenceMissing",
    "ReleaseReason",
    "Secrecy",
    "SecrecyCover",
    "SecrecyOrder",
    "Veil",
    "standard_sentence",
]
