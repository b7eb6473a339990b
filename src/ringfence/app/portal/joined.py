"""All of it together."""

import datetime as dt
from dataclasses import dataclass
from typing import Final, final

from ringfence.app.kernel import Kernel
from ringfence.app.portal.asking import PortalRequests
from ringfence.app.portal.choices import PortalChoices
from ringfence.app.portal.door import PortalDoor
from ringfence.app.portal.holdings import PortalAccount, PortalHoldings, PortalLooks
from ringfence.app.portal.leaving import CountedLeave, PortalLeave
from ringfence.app.portal.reading import PortalDevices, PortalDownloads, PortalMailbox, PortalNotices, Wakes
from ringfence.app.signin import SigningIn
from ringfence.identifiers import ProviderId
from ringfence.privacy.consent import Consents, Receipts, gpc_document
from ringfence.privacy.law import Law
from ringfence.privacy.looks import Looks
from ringfence.privacy.notices import Announcements, Editions
from ringfence.privacy.packages import Holdings, Packages, Transmissions
from ringfence.privacy.rectification import Rectifications
from ringfence.privacy.requests import Requests
from ringfence.privacy.rights import Erasures
from ringfence.privacy.secrecy import Secrecy
from ringfence.services.enrolment import Enrolment, MailAddresses
from ringfence.services.enrolment.ports import Rights
from ringfence.web.look import Imprint
from ringfence.web.portal import Doors, Portal

__all__ = ["Behind", "portal_of"]

_HONOURED_SINCE: Final = dt.date(2026, 11, 22)  # when Global Privacy Control was first kept to


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """The rooms that the portal stands on. `rights` begins erasures as enrolment does.

    `corrections` must let people correct the names of their devices.
    """

    signing: SigningIn
    enrolment: Enrolment
    requests: Requests
    consents: Consents
    receipts: Receipts
    secrecy: Secrecy
    looks: Looks
    holdings: Holdings
    packages: Packages
    transmissions: Transmissions
    announcements: Announcements
    editions: Editions
    erasures: Erasures
    rights: Rights
    law: Law
    corrections: Rectifications
    wakes: Wakes


def portal_of(kernel: Kernel, behind: Behind) -> Portal:
    """The portal of an installation; mount it with `portal_routes`."""
    providers = kernel.settings.providers
    countries = {ProviderId(each.id): each.country for each in providers}
    doors = Doors(
        door=PortalDoor(behind.signing),
        account=PortalAccount(kernel.db),
        mailbox=PortalMailbox(MailAddresses(kernel.db)),
        holdings=PortalHoldings(kernel.db, behind.holdings, behind.secrecy, behind.corrections),
        looks=PortalLooks(behind.looks),
        choices=PortalChoices(behind.consents, behind.receipts),
        requests=PortalRequests(behind.requests, behind.law, countries, kernel.clock),
        devices=PortalDevices(behind.enrolment, behind.corrections, behind.wakes),
        notices=PortalNotices(behind.announcements, behind.editions, kernel.db, kernel.clock),
        downloads=PortalDownloads(behind.packages, behind.transmissions),
        leave=PortalLeave(
            db=kernel.db,
            erasures=behind.erasures,
            rights=CountedLeave(behind.rights, behind.requests),
            secrecy=behind.secrecy,
            law=behind.law,
            clock=kernel.clock,
        ),
    )
    return Portal(
        imprints={ProviderId(each.id): Imprint(each.name, each.controller, each.privacy_officer) for each in providers},
        doors=doors,
        clock=kernel.clock,
        randomness=kernel.randomness,
        gpc=gpc_document(_HONOURED_SINCE),
    )
