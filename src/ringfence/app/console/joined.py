"""All of it together."""

from dataclasses import dataclass
from typing import final

from ringfence.app.console.measures import ConsoleHolds, ConsoleOrders, ConsoleRectifications, ConsoleRestrictions
from ringfence.app.console.people import ConsoleLooks, ConsolePeople
from ringfence.app.console.reading import ConsoleChain, ConsoleRules, ConsoleTexts
from ringfence.app.console.rings import ConsoleRings
from ringfence.app.console.telling import ConsoleTellings
from ringfence.app.joints import RingTestsOfDevices
from ringfence.app.kernel import Kernel
from ringfence.app.people import Enrolled
from ringfence.app.policies import TodaysNotices
from ringfence.identifiers import ProviderId
from ringfence.privacy.law import Law
from ringfence.privacy.looks import Looks
from ringfence.privacy.notices import Editions
from ringfence.privacy.rectification import Deliveries, Rectifications
from ringfence.privacy.requests import Requests
from ringfence.privacy.restriction import Restrictions
from ringfence.privacy.retention import Retention
from ringfence.privacy.rights import Erasures, Holds
from ringfence.privacy.secrecy import Secrecy
from ringfence.services.staff import Staff
from ringfence.web.console import Console, Room
from ringfence.web.look import Imprint

__all__ = ["Backroom", "console_of", "room_of"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Backroom:
    """The rooms that the console stands on."""

    staff: Staff
    requests: Requests
    looks: Looks
    secrecy: Secrecy
    holds: Holds
    restrictions: Restrictions
    erasures: Erasures
    retention: Retention
    notices: TodaysNotices
    editions: Editions
    enrolled: Enrolled
    law: Law
    rectifications: Rectifications
    deliveries: Deliveries
    wakes: RingTestsOfDevices


def console_of(kernel: Kernel, behind: Backroom) -> Console:
    """The console of an installation; mount it with `console_routes`."""
    providers = kernel.settings.providers
    return Console(
        imprints={ProviderId(each.id): Imprint(each.name, each.controller, each.privacy_officer) for each in providers},
        staff=behind.staff,
        room=room_of(kernel, behind),
        clock=kernel.clock,
        randomness=kernel.randomness,
    )


def room_of(kernel: Kernel, behind: Backroom) -> Room:
    """Every port of the console."""
    countries = {ProviderId(each.id): each.country for each in kernel.settings.providers}
    return Room(
        cases=behind.requests,
        approvals=behind.requests.approvals,
        rules=ConsoleRules(behind.law, countries, kernel.clock),
        looks=ConsoleLooks(behind.looks, behind.requests),
        rings=ConsoleRings(behind.wakes),
        people=ConsolePeople(kernel.db, kernel.keyring, behind.erasures, behind.restrictions, behind.law),
        holds=ConsoleHolds(kernel.db, behind.holds, behind.secrecy),
        restrictions=ConsoleRestrictions(behind.restrictions),
        rectifications=ConsoleRectifications(kernel.db, behind.rectifications),
        orders=ConsoleOrders(behind.secrecy, behind.holds),
        plans=behind.retention,
        chain=ConsoleChain(kernel.db, kernel.ledger),
        texts=ConsoleTexts(behind.notices, behind.editions, behind.enrolled),
        tellings=ConsoleTellings(behind.deliveries, kernel.gates),
    )
