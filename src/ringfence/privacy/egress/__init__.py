"""The egress gate: nothing leaves Ringfence except through it.

    senders/*, gateway's SIP side            app: recipients and allowed places from the provider's policy
        │ post(flow, url, concerned=...)                     │
        v                                                    v
    EgressClient ──allow?──> Gate ──> MechanismTable (mechanisms.toml: law as data, with dates)
        │                     │ passed
        v                     v
    the recipient         DisclosureLog ──flush, in batches──> table `disclosure`

Invariants
- A verdict is taken in memory: no database and no network on the call path.
- A request goes only to an address that its recipient declares, encrypted, without redirects or proxies.
- Whether a request may have been processed is known, so that a push is repeated only if it certainly was not.
- A block is counted, and announced before it starts (`Gate.upcoming`).
- The disclosure log keeps one row per person, recipient and flow, with the first and the last day.

Refuses: an undeclared recipient or flow, a country that policy does not allow, a day on which no legal mechanism holds,
a flow on consent without that consent, a user-given URL that leads into a private network.
"""

from ringfence.privacy.egress.address import is_plain_https
from ringfence.privacy.egress.client import Concerned, EgressClient, EgressResponse, EgressSettings
from ringfence.privacy.egress.disclosure import DisclosureLog
from ringfence.privacy.egress.errors import (
    AnswerTooLarge,
    BlockReason,
    RecipientMisdeclared,
    TransferBlocked,
    Unreachable,
)
from ringfence.privacy.egress.gate import ComingBlock, Gate, Permit
from ringfence.privacy.egress.http2 import Http2Settings
from ringfence.privacy.egress.mechanism import Adoption, Mechanism, MechanismTable, Regime
from ringfence.privacy.egress.recipient import LegalRole, Recipient
from ringfence.privacy.egress.records import Disclosure

__all__ = [
    "Adoption",
    "AnswerTooLarge",
    "BlockReason",
    "ComingBlock",
    "Concerned",
    "Disclosure",
    "DisclosureLog",
    "EgressClient",
    "EgressResponse",
    "EgressSettings",
    "Gate",
    "Http2Settings",
    "LegalRole",
    "Mechanism",
    "MechanismTable",
    "Permit",
    "Recipient",
    "RecipientMisdeclared",
    "Regime",
    "TransferBlocked",
    "Unreachable",
    "is_plain_https",
]
