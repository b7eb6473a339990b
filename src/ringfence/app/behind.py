"""What stands behind the pages and the API: the joined parts, handed to each as it asks for them.

Server ──> services_of: the API     private_pages_of: portal (Behind) and console (Backroom)
"""

from functools import partial
from typing import Protocol

from starlette.routing import BaseRoute

from ringfence.app.api import receipts_of, rooms_of
from ringfence.app.console import Backroom, console_of
from ringfence.app.joints import CallsOfDevices, FlushedData, FlushedErasures, RingTestsOfDevices, ShownTexts
from ringfence.app.kernel import Kernel
from ringfence.app.metrics import Measured, MetricsPage
from ringfence.app.people import Enrolled
from ringfence.app.policies import TodaysNotices
from ringfence.app.portal import Behind, PortalLeave, portal_of
from ringfence.app.rights import Rights
from ringfence.app.signin import SigningIn
from ringfence.identifiers import ProviderId
from ringfence.privacy.law import Law
from ringfence.privacy.notices import Editions, ProviderPolicy
from ringfence.privacy.retention import Retention
from ringfence.privacy.rights import Erasures
from ringfence.services.enrolment import Enrolment
from ringfence.web.api import Readiness, RecordedData, Services
from ringfence.web.console import console_routes
from ringfence.web.portal import portal_routes

__all__ = ["Joined", "private_pages_of", "services_of"]


class Joined(Measured, Readiness, Protocol):
    """The parts of a server that pages and API ask."""

    kernel: Kernel
    rights: Rights
    signing: SigningIn
    enrolment: Enrolment
    erasures: Erasures
    leaving: FlushedErasures
    retention: Retention
    editions: Editions
    enrolled: Enrolled
    notices: TodaysNotices
    law: Law


def services_of(server: Joined) -> Services:
    """What the API asks."""
    return Services(
        enrolment=server.enrolment,
        notices=ShownTexts(server.notices),
        calls=CallsOfDevices(server.signalling.calls, server.enrolment),
        ring_tests=RingTestsOfDevices(server.wake, server.kernel.randomness),
        erasures=server.erasures,
        data=FlushedData(
            RecordedData(server.rights.holdings, server.kernel.db, server.kernel.ledger), server.kernel.disclosures
        ),
        readiness=server,
        metrics=MetricsPage(server),
        rooms=rooms_of(
            server.kernel,
            server.rights,
            PortalLeave(
                db=server.kernel.db,
                erasures=server.erasures,
                rights=server.leaving,
                secrecy=server.rights.secrecy,
                law=server.law,
                clock=server.kernel.clock,
            ),
            policy=partial(_policy, server),
        ),
    )


def private_pages_of(server: Joined) -> list[BaseRoute]:
    """The routes of portal and console."""
    return [
        *portal_routes(portal_of(server.kernel, _portal(server))),
        *console_routes(console_of(server.kernel, _console(server))),
    ]


def _portal(server: Joined) -> Behind:
    rights = server.rights
    return Behind(
        signing=server.signing,
        enrolment=server.enrolment,
        requests=rights.requests,
        consents=rights.consents,
        receipts=receipts_of(server.kernel, rights, partial(_policy, server)),
        secrecy=rights.secrecy,
        looks=rights.looks,
        holdings=rights.holdings,
        packages=rights.packages,
        transmissions=rights.transmissions,
        announcements=rights.announcements,
        editions=server.editions,
        erasures=server.erasures,
        rights=server.leaving,
        law=server.law,
        corrections=rights.rectifications,
        wakes=RingTestsOfDevices(server.wake, server.kernel.randomness),
    )


def _console(server: Joined) -> Backroom:
    rights = server.rights
    return Backroom(
        staff=rights.staff,
        requests=rights.requests,
        looks=rights.looks,
        secrecy=rights.secrecy,
        holds=rights.holds,
        restrictions=rights.restrictions,
        erasures=server.erasures,
        retention=server.retention,
        notices=server.notices,
        editions=server.editions,
        enrolled=server.enrolled,
        law=server.law,
        rectifications=rights.rectifications,
        deliveries=rights.deliveries,
        wakes=RingTestsOfDevices(server.wake, server.kernel.randomness),
    )


def _policy(server: Joined, provider: ProviderId) -> ProviderPolicy:
    return server.notices.draft(provider).policy
