"""Enrols devices, and knows them again.

Nothing of a person is written before three things hold: the current terms are agreed to, the person is old enough, and
the PBX has confirmed the password. Then everything is written in one unit of work.
"""

import asyncio
from hmac import compare_digest
from typing import final

from ringfence.declarations import IdentifierKind
from ringfence.identifiers import DeviceId, Names, ProviderId, RowId, SubjectId, new_id
from ringfence.persistence import UnitOfWork
from ringfence.privacy.rights import Reason
from ringfence.services.enrolment.application import Application, Authenticated, Enrolled
from ringfence.services.enrolment.departure import Departures
from ringfence.services.enrolment.errors import (
    DomainUnknown,
    NotAuthenticated,
    PushEnded,
    TermsNotAgreed,
    TooYoung,
)
from ringfence.services.enrolment.life import Event
from ringfence.services.enrolment.mark import return_mark
from ringfence.services.enrolment.ports import (
    Proof,
    PushApp,
    PushParameters,
)
from ringfence.services.enrolment.presence import Presence
from ringfence.services.enrolment.provisioning import Credentials, Links, document
from ringfence.services.enrolment.records import Device, DeviceToken, SipAccount
from ringfence.services.enrolment.rows import Rows, Secrets
from ringfence.services.enrolment.settings import Domain, EnrolmentSettings
from ringfence.services.enrolment.tokens import ApiToken
from ringfence.services.enrolment.world import World

__all__ = ["Enrolment"]


@final
class Enrolment:
    """The service."""

    def __init__(self, world: World, settings: EnrolmentSettings) -> None:
        self._world = world
        self.settings = settings
        self.presence = Presence(world.clock, settings.life)
        self.links = Links(world.clock, world.randomness, seconds=settings.link_seconds, limit=settings.links)
        self.departures = Departures(
            db=world.db,
            ledger=world.ledger,
            push=world.push,
            reach=world.reach,
            rights=world.rights,
            presence=self.presence,
            links=self.links,
            clock=world.clock,
            settings=settings.life,
        )
        self._rows = Rows(world, self.presence)
        self._storing = asyncio.Lock()  # two first enrolments of one address must not make two persons of one

    async def load(self, names: Names | None = None, *, outage: float | None = None, orderly: bool = False) -> None:
        """Fill the memory from the database, before anybody is served; `names` shared with others who load the same.

        `outage`: for how many seconds nobody listened (None: unknown), and whether that began in order.
        """
        names = names or Names()
        async for row in self._world.db.stream(Device):
            device, subject = DeviceId(names.one(row.id)), names.one(row.subject)
            self.presence.admit(device, row.provider, subject, row.phase, row.due or 0.0)
        self.presence.spare_overdue(outage, orderly=orderly)
        await self.departures.flush()

    def domain(self, name: str) -> Domain:
        """Who serves a SIP domain. Raises DomainUnknown."""
        domain = self.settings.domains.get(name.lower())
        if domain is None:
            raise DomainUnknown
        return domain

    def only_provider(self) -> ProviderId:
        """For installations with one provider. Raises DomainUnknown if there are more: say a domain then."""
        providers = {domain.provider for domain in self.settings.domains.values()}
        if len(providers) != 1:
            raise DomainUnknown
        return providers.pop()

    def subscribing_key(self, app: str) -> str:
        """With what an app subscribes at its push service before it enrols. Raises AppUnknown."""
        return self._world.push.subscribing_key(app)

    # Coming in ------------------------------------------------------------------------------------------------------

    async def enrol(self, application: Application) -> Enrolled:
        """Raises TermsNotAgreed, TooYoung, DomainUnknown, TooManyDevices, SubjectGone, or as `check` and `prove`."""
        domain = self.domain(application.address.domain)
        self._check_agreement(application, domain.provider)
        build = self._world.push.check(application.app, application.push_token, application.public_key)
        proof = await self._world.prover.prove(
            domain.upstream, application.address.text(), application.auth_user, application.password
        )
        async with self._storing:
            device, secrets = await self._store(application, domain, proof)
        key = self.links.put(self._document(application, build, proof, device, secrets.sip), device)
        return Enrolled(
            device=device,
            sip_user=device,
            sip_secret=secrets.sip,
            api_token=secrets.api.text(),
            link=f"{self.settings.public_url}/p/{key}",
            link_seconds=self.settings.link_seconds,
        )

    def _check_agreement(self, application: Application, provider: ProviderId) -> None:
        now = self._world.notices.versions(provider)
        if (application.notice_version, application.terms_version) != (now.notice, now.terms):
            raise TermsNotAgreed(notice=now.notice, terms=now.terms)
        if not application.old_enough:
            raise TooYoung

    async def _store(self, application: Application, domain: Domain, proof: Proof) -> tuple[DeviceId, Secrets]:
        address = application.address.text()
        subject = await self._holder(domain.provider, address, application, proof)
        is_new = subject is None
        if subject is None:
            subject = SubjectId(new_id(self._world.randomness))
            self._world.identities.bind(domain.provider, IdentifierKind.SIP_ADDRESS, address, subject)
        try:
            async with self._world.db.transaction() as unit:
                return await self._rows.write(unit, application, domain, proof, subject, most=self.settings.devices)
        except BaseException:
            if is_new:
                self._world.identities.forget(subject)
            raise

    async def _holder(
        self, provider: ProviderId, address: str, application: Application, proof: Proof
    ) -> SubjectId | None:
        """The person who has the address already, if this is the same person; None makes a new one.

        Addresses are given to others. The same person is whoever shows a token of one of the person's devices, or knows
        the password that the person knew, also while the grace runs. Anybody else is the address's new holder: the
        former one's data is not theirs to see, and is erased.
        """
        subject = self._world.identities.find(provider, IdentifierKind.SIP_ADDRESS, address)
        if subject is None:
            return None
        async with self._world.db.reading() as unit:
            accounts = await unit.select(SipAccount, subject=subject)
            mark = return_mark(self._world.mark_key, proof)
            same = any(compare_digest(account.mark, mark) for account in accounts) or await self._shows_device_of(
                unit, subject, application.known_as
            )
        if same and accounts:
            return subject
        await self._world.rights.request(provider, subject, Reason.REASSIGNED)
        self._world.identities.unbind(provider, IdentifierKind.SIP_ADDRESS, address)
        return None

    async def _shows_device_of(self, unit: UnitOfWork, subject: SubjectId, device: DeviceId | None) -> bool:
        return device is not None and bool(await unit.count(Device, subject=subject, id=RowId(device)))

    def _document(
        self, application: Application, build: PushApp, proof: Proof, device: DeviceId, sip_secret: str
    ) -> bytes:
        user = application.address.user
        theirs = Credentials(
            username=user,
            userid=application.auth_user,
            realm=proof.realm.decode("utf-8"),
            algorithm=proof.algorithm.value,
            ha1=proof.ha1.decode("ascii"),
        )
        ours = Credentials(username=user, userid=device, realm=self.settings.realm, password=sip_secret)
        push = PushParameters(build.pn_provider, build.pn_param, application.push_token) if build.pn_provider else None
        return document(application.address, self.settings.sip_route, ours, theirs, push)

    # Being here -----------------------------------------------------------------------------------------------------

    def may_know(self, text: str) -> bool:
        """Whether this could be a token: it names a device that is here. Asks memory alone."""
        token = ApiToken.parse(text)
        return token is not None and self.presence.get(token.device) is not None

    async def authenticate(self, text: str) -> Authenticated:
        """Whose API token this is. Raises NotAuthenticated."""
        token = ApiToken.parse(text)
        if token is None:
            raise NotAuthenticated
        async with self._world.db.reading() as unit:
            row = await unit.get(DeviceToken, RowId(token.device))
        if row is None or not token.matches(row.digest):
            raise NotAuthenticated
        return Authenticated(row.provider, row.subject, token.device)

    async def devices(self, subject: SubjectId) -> list[Device]:
        """The person's devices, for the person: which of them is the one that was lost, and signed out by whom."""
        async with self._world.db.reading() as unit:
            return await unit.select(Device, subject=subject)

    def registered(self, device: DeviceId) -> None:
        """The device sent an authenticated REGISTER (with whichever Expires)."""
        self.presence.happened(device, Event.REGISTERED)

    def heard(self, device: DeviceId) -> float:
        """The app showed a sign of life; until when that holds (epoch seconds)."""
        self.presence.happened(device, Event.HEARD)
        known = self.presence.get(device)
        return known.due if known else self._world.clock.time()

    async def change_token(self, device: DeviceId, token: str) -> float:
        """A new push token, and a sign of life. Raises PushEnded, or what is wrong with the token."""
        async with self._world.db.transaction() as unit:
            changed = await self._world.push.change_token(unit, device, token)
        if not changed:
            raise PushEnded
        return self.heard(device)
