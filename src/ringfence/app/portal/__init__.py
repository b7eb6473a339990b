"""The portal, joined: what the subscriber's pages ask, said in the words of the rooms that know.

    web/portal ──ports──> door (sign-in)      holdings (what is kept, who looked)   choices (consents)
                          asking (requests)   leaving (dry run, erasure)            reading (notices, packages, phones)
                             └──> privacy/..., services/...

No decisions, only translation: who may do what is decided behind these.
"""

from ringfence.app.portal.asking import PortalRequests
from ringfence.app.portal.choices import PortalChoices
from ringfence.app.portal.door import PortalDoor
from ringfence.app.portal.holdings import PortalAccount, PortalHoldings, PortalLooks
from ringfence.app.portal.joined import Behind, portal_of
from ringfence.app.portal.leaving import CountedLeave, PortalLeave, WhatStops
from ringfence.app.portal.reading import Corrects, PortalDevices, PortalDownloads, PortalMailbox, PortalNotices

__all__ = [
    "Behind",
    "Corrects",
    "CountedLeave",
    "PortalAccount",
    "PortalChoices",
    "PortalDevices",
    "PortalDoor",
    "PortalDownloads",
    "PortalHoldings",
    "PortalLeave",
    "PortalLooks",
    "PortalMailbox",
    "PortalNotices",
    "PortalRequests",
    "WhatStops",
    "portal_of",
]
