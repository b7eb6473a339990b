"""The API's rooms, joined: what it asks, said in the words of the rooms that know. No decisions, only translation.

web/api ──rooms──> corrections, looks, leaves (here)      consents, requests, packages, ... (asked directly)
                      └──> services/enrolment, privacy/{rectification, looks, rights}, app/portal
"""

from collections.abc import Callable, Sequence
from typing import final

from ringfence.app.kernel import Kernel
from ringfence.app.portal import PortalLeave
from ringfence.app.portal.holdings import PACKAGE
from ringfence.app.rights import Rights
from ringfence.clock import Clock
from ringfence.identifiers import DeviceId, ProviderId, RowId, SubjectId
from ringfence.privacy.access import Means, Session
from ringfence.privacy.consent import Receipts
from ringfence.privacy.looks import Looks, Seen
from ringfence.privacy.notices import DEFAULT, ProviderPolicy
from ringfence.privacy.rectification import Rectifications
from ringfence.privacy.requests.mailbox import Intake
from ringfence.privacy.vault import Use, opened_for
from ringfence.services.billing import Billing, Books, LawfulTerms
from ringfence.services.enrolment import Device, MailAddresses
from ringfence.web.api import LeavePlan, Rooms, Staying
from ringfence.web.look import Words, catalogues

__all__ = ["OwnCorrections", "OwnLeave", "OwnLooks", "billing_of", "receipts_of", "rooms_of"]

_INVOICES = "names of invoices"


def rooms_of(
    kernel: Kernel, rights: Rights, leave: PortalLeave, policy: Callable[[ProviderId], ProviderPolicy]
) -> Rooms:
    """Everything that the API asks besides enrolling."""
    return Rooms(
        providers={ProviderId(each.id) for each in kernel.settings.providers},
        corrections=OwnCorrections(MailAddresses(kernel.db), rights.rectifications),
        consents=rights.consents,
        receipts=receipts_of(kernel, rights, policy),
        requests=rights.requests,
        packages=rights.packages,
        transmissions=rights.transmissions,
        announcements=rights.announcements,
        looks=OwnLooks(rights.looks),
        leaves=OwnLeave(leave, kernel.clock),
        tokens=rights.staff.tokens,
        billing=billing_of(kernel, rights),
        letterbox=Intake(rights.requests),
    )


def receipts_of(kernel: Kernel, rights: Rights, policy: Callable[[ProviderId], ProviderPolicy]) -> Receipts:
    """Of all providers' consents."""
    return Receipts(
        history=rights.consents,
        law=rights.law,
        policy=policy,
        recipients=lambda provider: kernel.gates[provider].recipients,
    )


def billing_of(kernel: Kernel, rights: Rights) -> Billing:
    """Invoices of all providers, by the law of each one's country."""
    books = {
        ProviderId(each.id): Books(each.country, _day(each.financial_year_end)) for each in kernel.settings.providers
    }
    return Billing(
        db=kernel.db,
        customers=kernel.keyring,
        terms=LawfulTerms(rights.law, books),
        ledger=kernel.ledger,
        clock=kernel.clock,
        secret=kernel.keyring.derive(_INVOICES),
    )


def _spoken(language: str) -> str:
    """An app asks in its phone's language, whether or not we speak it."""
    return language if language in catalogues(PACKAGE) else DEFAULT


def _day(text: str) -> tuple[int, int]:
    month, day = text.split("-")
    return int(month), int(day)


@final
class OwnCorrections:
    """Of one's own, also while it is only stored (Article 18(2) GDPR)."""

    def __init__(self, addresses: MailAddresses, rectifications: Rectifications) -> None:
        self._addresses = addresses
        self._rectifications = rectifications

    async def mail_address(self, subject: SubjectId) -> str:
        with opened_for(Use.CONSENT):
            return await self._addresses.of(subject)

    async def keep_mail_address(self, provider: ProviderId, subject: SubjectId, address: str) -> None:
        await self._addresses.keep(provider, subject, address)

    async def name_device(self, provider: ProviderId, subject: SubjectId, device: DeviceId, name: str) -> None:
        await self._rectifications.correct_own(
            provider, subject, table=Device.declaration.name, row=RowId(device), field="name", value=name
        )


@final
class OwnLooks:
    """In the words of the person's page."""

    def __init__(self, looks: Looks) -> None:
        self._looks = looks

    async def of(self, provider: ProviderId, subject: SubjectId) -> Sequence[Seen]:
        with opened_for(Use.CONSENT):
            return await self._looks.of(provider, subject)

    def sentence(self, seen: Seen, language: str) -> str:
        return Words(PACKAGE, _spoken(language))(f"looks.reason.{seen.reason.value}")


@final
class OwnLeave:
    """As the person's page plans it: a device's token stands for the password that was proved when it was given."""

    def __init__(self, leave: PortalLeave, clock: Clock) -> None:
        self._leave = leave
        self._clock = clock

    async def plan(self, provider: ProviderId, subject: SubjectId, language: str) -> LeavePlan:
        person = Session(provider, subject, Means.PASSWORD, self._clock.time())
        plan = await self._leave.plan(person, _spoken(language))
        stays = [Staying(each.what, each.until, each.law) for each in plan.stays]
        return LeavePlan(plan.stops, plan.goes, stays, plan.until)
