"""Consents: each off until the person gives it, and ended the moment they say so.

    portal, API, console ──offers, give, refuse, withdraw──> Consents ──one person's turn──> table `consent` (one row)
    browser's Sec-GPC: 1 ──opt_out──────────────────────────>   │  │                         table `consent_event`
                                                                │  └──append, same unit────> ledger
    senders ──codes (memory), held (proof)─────────────────────>┘
    notices ──ChoiceWords (port ConsentTexts)      requests ──CaseMandates (port Mandates)      Receipts (TS 27560)

Invariants
- One act says yes to one choice: one purpose, one recipient, one channel. Nothing is bundled, and nothing else depends
  on it: no table but these two is touched.
- Withdrawing takes no more acts than giving, has no words to read and no limit. All or any part can be withdrawn.
- Inside `held` no withdrawal of that choice is committed, by any process; after the commit `held` refuses.
- An event is added with the change it tells of and the ledger's entry, or not at all; none is ever changed.
- Of an age only "old enough: yes" is kept.

Refuses: what the installation does not have in use, a yes to other words than those that hold, marketing under
`Sec-GPC: 1`, a child's own consent below the age of the country and the policy, to rely on what is being withdrawn.
"""

from ringfence.privacy.consent.age import age_asked_for, age_of_consent
from ringfence.privacy.consent.choice import Channel, Choice, Feature
from ringfence.privacy.consent.consents import Consent, Consents, Offer, Shown
from ringfence.privacy.consent.errors import (
    ConsentMissing,
    GuardianNeeded,
    GuardianUnproven,
    NotOffered,
    OptedOut,
    PolicyUnusable,
    TextChanged,
    TooManyConsents,
    WithdrawalUnderWay,
    WithdrawnWhileHeld,
)
from ringfence.privacy.consent.mandates import CaseMandates
from ringfence.privacy.consent.policy import ConsentPolicy, ConsentSettings, choices_of
from ringfence.privacy.consent.ports import ConsentHistory, ConsentText, ConsentTexts, Mandates
from ringfence.privacy.consent.receipt import Receipts
from ringfence.privacy.consent.records import Act, By, ConsentEvent, ConsentState, EventKind
from ringfence.privacy.consent.signal import GPC_HEADER, GPC_PATH, asks_not_to_sell, gpc_document
from ringfence.privacy.consent.wording import ChoiceWords

__all__ = [
    "GPC_HEADER",
    "GPC_PATH",
    "Act",
    "By",
    "CaseMandates",
    "Channel",
    "Choice",
    "ChoiceWords",
    "Consent",
    "ConsentEvent",
    "ConsentHistory",
    "ConsentMissing",
    "ConsentPolicy",
    "ConsentSettings",
    "ConsentState",
    "ConsentText",
    "ConsentTexts",
    "Consents",
    "EventKind",
    "Feature",
    "GuardianNeeded",
    "GuardianUnproven",
    "Mandates",
    "NotOffered",
    "Offer",
    "OptedOut",
    "PolicyUnusable",
    "Receipts",
    "Shown",
    "TextChanged",
    "TooManyConsents",
    "WithdrawalUnderWay",
    "WithdrawnWhileHeld",
    "age_asked_for",
    "age_of_consent",
    "asks_not_to_sell",
    "choices_of",
    "gpc_document",
]
