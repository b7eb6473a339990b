"""What people may demand, joined: consents, requests, copies, letters, looks, secrecy, and the staff who answer.

portal, console, API ──> Rights ──> privacy/{consent, requests, packages, answers, restriction, secrecy, looks, ...}
└──> services/{signin, staff}      senders/mail      app/executors: one per stage
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, final

from ringfence.app.executors import (
    Discarding,
    DryRuns,
    Erasing,
    Liftable,
    Lifting,
    Objecting,
    Packaging,
    Rectifying,
    Restricting,
    Snapping,
    Transmitting,
    Withdrawing,
)
from ringfence.app.kernel import Kernel
from ringfence.app.mail import AnnouncementMail, AnswerMail, ReminderMail, imap_settings, mail_sender
from ringfence.app.people import Enrolled
from ringfence.app.policies import TodaysNotices
from ringfence.app.signin import SigningIn
from ringfence.app.staff import staff_of
from ringfence.app.telling import NoticeMail, Recipients
from ringfence.clock import DAY
from ringfence.identifiers import ProviderId, RecipientId, RowId, SubjectId
from ringfence.privacy.answers import Answers, Letters
from ringfence.privacy.consent import CaseMandates, Channel, ConsentPolicy, Consents, Feature, choices_of
from ringfence.privacy.law import Law
from ringfence.privacy.looks import Looks
from ringfence.privacy.notices import Announcements, Editions
from ringfence.privacy.packages import (
    Clerk,
    Holdings,
    Names,
    Packages,
    PackageSettings,
    Snapshots,
    Transmissions,
    UnknownPackage,
    Workshop,
)
from ringfence.privacy.rectification import Correctable, Deliveries, Outbox, Receipts, Rectifications
from ringfence.privacy.requests import Executor, Kind, RequestPolicy, Requests, Stage, UnknownPolicy
from ringfence.privacy.requests.mailbox import ImapMailbox, Intake
from ringfence.privacy.restriction import Observes, Restrictions, Standing
from ringfence.privacy.rights import Erasures, Holds, Statutes, Verdict, told
from ringfence.privacy.secrecy import Hidden, Secrecy
from ringfence.privacy.vault import Vault
from ringfence.senders.mail import MailSender
from ringfence.services.enrolment import Device, MailAddress, mail_address
from ringfence.services.enrolment.ports import Rights as Leaving
from ringfence.settings import ProviderSettings

__all__ = ["CLERK", "Rights", "Surroundings", "exports_of", "holdings_of", "workshop_of"]

CLERK: Final = "make-package"
"""The command of the child process that makes packages."""
LONGEST_NAME: Final = 100
"""Characters of a device's name, as the API takes it at enrolment."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the rooms of this page stand on beside the kernel. `leaving` begins erasures as enrolment does.

    `config` is the file that the child process reads; without one, packages are made in this process.
    """

    config: Path | None
    law: Law
    statutes: Statutes
    editions: Editions
    notices: TodaysNotices
    enrolled: Enrolled
    erasures: Erasures
    leaving: Leaving
    signing: SigningIn
    observers: Sequence[Observes]


@final
class Rights:
    """One for all providers; `chores` are what has to be done now and then."""

    def __init__(self, kernel: Kernel, around: Surroundings) -> None:
        self._kernel = kernel
        self._around = around
        self.law = around.law
        self.mail: MailSender = mail_sender(kernel)
        self.staff = staff_of(kernel, around.leaving)
        self.secrecy = Secrecy(
            db=kernel.db, ledger=kernel.ledger, officers=self.staff, clock=kernel.clock, randomness=kernel.randomness
        )
        self.looks = Looks(
            db=kernel.db,
            ledger=kernel.ledger,
            keyring=kernel.keyring,
            lookers=self.staff,
            hiding=self.secrecy,
            clock=kernel.clock,
            randomness=kernel.randomness,
        )
        self.consents = self._consents()
        recipients = Recipients(kernel.settings.providers)
        self.outbox = Outbox(
            db=kernel.db, receipts=Receipts(kernel.disclosures), directory=recipients, clock=kernel.clock
        )
        self.deliveries = Deliveries(
            db=kernel.db,
            directory=recipients,
            teller=NoticeMail(self.mail, recipients, kernel.settings.providers),
            clock=kernel.clock,
        )
        self.rectifications = self._rectifications()
        self.restrictions = Restrictions(
            db=kernel.db,
            keyring=kernel.keyring,
            ledger=kernel.ledger,
            standing=Standing(kernel.places.restrictions, kernel.keyring, kernel.randomness),
            informer=_ToldByLetter(),
            observers=around.observers,
            heralds=(self.outbox,),
            clock=kernel.clock,
            randomness=kernel.randomness,
        )
        self.holds = Holds(
            db=kernel.db,
            keyring=kernel.keyring,
            ledger=kernel.ledger,
            secrecy=self.secrecy,
            clock=kernel.clock,
            randomness=kernel.randomness,
        )
        self.holdings = holdings_of(kernel, self.secrecy)
        self.packages = self._packages()
        self.snapshots = Snapshots(kernel.db, self.holdings, kernel.clock, kernel.randomness)
        self.transmissions = Transmissions(
            kernel.db, kernel.ledger, self.packages, kernel.gates.__getitem__, kernel.clock, kernel.randomness
        )
        self.requests = self._requests()
        self.announcements = Announcements(
            db=kernel.db,
            ledger=kernel.ledger,
            editions=around.editions,
            people=around.enrolled,
            mailer=AnnouncementMail(self.mail),
            rights=around.leaving,
            clock=kernel.clock,
            randomness=kernel.randomness,
        )

    def mailboxes(self) -> list[ImapMailbox]:
        """The mailboxes that are read; app supervises their `work`."""
        take = Intake(self.requests).mail
        return [
            ImapMailbox(ProviderId(each.id), imap_settings(each.mailbox), take)
            for each in self._kernel.settings.providers
            if each.mailbox is not None
        ]

    # Pieces

    def _consents(self) -> Consents:
        kernel = self._kernel
        return Consents(
            db=kernel.db,
            ledger=kernel.ledger,
            texts=self._around.notices,
            policies=[_consent_policy(each, self.law) for each in kernel.settings.providers],
            clock=kernel.clock,
            randomness=kernel.randomness,
            mandates=CaseMandates(kernel.db),
        )

    def _rectifications(self) -> Rectifications:
        kernel = self._kernel
        return Rectifications(
            db=kernel.db,
            ledger=kernel.ledger,
            outbox=self.outbox,
            statutes=self._around.statutes,
            correctables=(Correctable(Device, "name", _device_name), Correctable(MailAddress, "address", mail_address)),
            services=(),
            clock=kernel.clock,
            randomness=kernel.randomness,
        )

    def _packages(self) -> Packages:
        kernel, config = self._kernel, self._around.config
        folder = exports_of(kernel)
        if config is None:
            builder: Clerk | Workshop = workshop_of(kernel, self.holdings)
        else:
            builder = Clerk((sys.executable, "-m", "ringfence", CLERK, "--config", str(config.absolute())))
        return Packages(
            db=kernel.db,
            ledger=kernel.ledger,
            builder=builder,
            folder=folder,
            clock=kernel.clock,
            randomness=kernel.randomness,
            settings=PackageSettings(
                terms={ProviderId(each.id): each.requests.package_days * DAY for each in kernel.settings.providers}
            ),
            epoch=lambda: kernel.keyring.epochs[-1].number,
        )

    def _requests(self) -> Requests:
        kernel, around = self._kernel, self._around
        policies = {ProviderId(each.id): _request_policy(each) for each in kernel.settings.providers}
        console = f"{kernel.settings.http.public_url.rstrip('/')}/console"
        languages = {ProviderId(each.id): each.language for each in kernel.settings.providers}

        def policy_of(provider: ProviderId) -> RequestPolicy:
            if provider not in policies:
                raise UnknownPolicy(provider=provider)
            return policies[provider]

        return Requests(
            db=kernel.db,
            keyring=kernel.keyring,
            ledger=kernel.ledger,
            law=around.law,
            clock=kernel.clock,
            randomness=kernel.randomness,
            policies=policy_of,
            executors=self._executors(),
            writer=self._answers(),
            post=AnswerMail(self.mail),
            reminders=ReminderMail(self.mail, self.staff, console, languages),
        )

    def _executors(self) -> Mapping[Stage, Executor]:
        return {
            Stage.SNAPSHOT: Snapping(self.snapshots),
            Stage.DISCARD: Discarding(self.snapshots),
            Stage.PACKAGE: Packaging(self.packages, self.snapshots, self._answers()),
            Stage.TRANSMIT: Transmitting(self.transmissions),
            Stage.RECTIFY: Rectifying(self.rectifications),
            Stage.RESTRICT: Restricting(self.restrictions),
            Stage.CHECK_LIFT: Liftable(self.restrictions),
            Stage.LIFT: Lifting(self.restrictions),
            Stage.OBJECT: Objecting(self.restrictions, self.consents),
            Stage.WITHDRAW: Withdrawing(self.consents),
            Stage.CHECK_ERASURE: DryRuns(self._around.erasures),
            Stage.ERASE: Erasing(self._around.leaving),
        }

    def _answers(self) -> Answers:
        kernel, around = self._kernel, self._around
        return Answers(
            db=kernel.db,
            letters=Letters(around.law),
            law=around.law,
            policy=lambda provider: around.notices.draft(provider).policy,
            recipients=lambda provider: kernel.gates[provider].recipients,
            secrecy=self.secrecy,
            verdicts=_DryVerdicts(around.erasures),
            copies=_Copies(self.packages),
            notices=self.outbox,
            clock=kernel.clock,
        )


def exports_of(kernel: Kernel) -> Path:
    """Where packages lie, sealed."""
    return kernel.places.data / "exports"


def holdings_of(kernel: Kernel, secrecy: Secrecy | None = None) -> Holdings:
    """All that is kept on a person, without what an order hides; a child that only reads needs no officers."""
    hidden = secrecy or Secrecy.reading(kernel.db)
    return Holdings(kernel.db, Vault(kernel.keyring, kernel.randomness), hidden=hidden)


def workshop_of(kernel: Kernel, holdings: Holdings) -> Workshop:
    """Makes packages, in whatever process it is."""
    return Workshop(
        db=kernel.db,
        holdings=holdings,
        signer=kernel.signer,
        folder=exports_of(kernel),
        clock=kernel.clock,
        randomness=kernel.randomness,
        names=_names(kernel),
    )


def _names(kernel: Kernel) -> Callable[[ProviderId], Names]:
    named = {
        ProviderId(each.id): Names(
            provider=each.name,
            recipients={recipient.id: recipient.name for recipient in kernel.gates[ProviderId(each.id)].recipients},
        )
        for each in kernel.settings.providers
    }
    return lambda provider: named.get(provider, Names())


def _consent_policy(provider: ProviderSettings, law: Law) -> ConsentPolicy:
    marketing = provider.marketing
    features = {Feature[name.upper()] for name in provider.features} | ({Feature.MARKETING} if marketing else set())
    return ConsentPolicy(
        provider=ProviderId(provider.id),
        choices=choices_of(
            features,
            partners=[RecipientId(partner) for partner in marketing.partners] if marketing else [],
            channels={Channel(channel) for channel in marketing.channels} if marketing else set(),
        ),
        age=law.country(provider.country).age_of_consent(provider.minimum_age),
    )


def _request_policy(provider: ProviderSettings) -> RequestPolicy:
    said = provider.requests
    return RequestPolicy(
        country=provider.country,
        automatic=frozenset(Kind(kind) for kind in said.automatic),
        further_copy_fee=said.further_copy_fee,
        recourse=said.recourse,
    )


def _device_name(text: str) -> str:
    """As long as at enrolment; raises ValueError."""
    name = text.strip()
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise ValueError
    return name


@final
class _DryVerdicts:
    """What an erasure would do, for letters (port `answers.Verdicts`)."""

    def __init__(self, erasures: Erasures) -> None:
        self._erasures = erasures

    async def verdicts(self, provider: ProviderId, subject: SubjectId, hidden: Hidden) -> Sequence[Verdict]:  # noqa: ARG002 - the dry run leaves out what is hidden by itself
        return told((await self._erasures.dry_run(provider, subject)).verdicts)


@final
class _Copies:
    """Until when a package can be fetched (port `answers.Copies`)."""

    def __init__(self, packages: Packages) -> None:
        self._packages = packages

    async def expires(self, package: RowId, subject: SubjectId) -> float | None:
        try:
            return (await self._packages.status(package, subject=subject)).expires
        except UnknownPackage:
            return None


@final
class _ToldByLetter:
    """A restriction ends by a request, whose answer has left before (port `restriction.Informs`)."""

    async def lifting(self, provider: ProviderId, subject: SubjectId, restriction: RowId) -> None:
        """The answer of the request said it; an officer who lifts one at the console opens such a request."""
