"""Looks: staff see a person's values only after they have said what for, and the person is told that they did.

    web/console ──show(staff, subject, table, reason)──> Looks ──may they?──> port Lookers (services/staff)
                                                          │ one unit: row `look`, ledger: staff_looked
                                                          └──after the commit──> the values
    portal, packages ──of(provider, subject)──> day and reason only ──what is secret──> port Hiding (privacy/secrecy)

Invariants
- No value reaches anybody before the look is committed: a look that could not be recorded was none.
- Until then there are masks, all alike: they tell neither length nor whether there is anything (`outline` opens none).
- The person sees when and what for (C-579/21); who it was, the ledger and the provider know.
- Of a row about two people only the part of the one who was asked for is shown.

Refuses: secrets (digest secrets, passwords, marks) and the text of messages, to anybody for any reason; tables of
staff; a reason that is not on the list.
"""

from ringfence.privacy.looks.errors import LookUnknown
from ringfence.privacy.looks.looks import MASK, Hiding, Lookers, Looks, Outline, Seen, Shown
from ringfence.privacy.looks.reason import LookReason
from ringfence.privacy.looks.records import NEVER_SHOWN, SHOWN_TO_STAFF, Look

__all__ = [
    "MASK",
    "NEVER_SHOWN",
    "SHOWN_TO_STAFF",
    "Hiding",
    "Look",
    "LookReason",
    "LookUnknown",
    "Lookers",
    "Looks",
    "Outline",
    "Seen",
    "Shown",
]
