"""Enrols devices, and knows them again.

Nothing of a person is written before three things hold: the current terms are agreed to, the person is old enough, and
the PBX has confirmed the password. Then everything is written in one unit of work.
"""

import asyncio
from dataclasses import dataclass, field, replace
from hmac import compare_digest
from typing import final

from ringfence.clock import Clock
from ringfence.declarations import IdentifierKind
from ringfence.identifiers import DeviceId, Names, ProviderId, RowId, SubjectId, new_id
from ringfence.persistence import Database, UnitOfWork
from ringfence.privacy.ledger import Event as LedgerEvent
from ringfence.privacy.rights import Reason
from ringfence.randomness import Randomness
from ringfence.services.enrolment.address import SipAddress
from ringfence.services.enrolment.departure import Departures, stay_of
from ringfence.services.enrolment.errors import (
    DomainUnknown,
    NotAuthenticated,
    PushEnded,
    TermsNotAgreed,
    TooManyDevices,
    TooYoung,
)
from ringfence.services.enrolment.life import PERSON_TABLE, Event, Phase, StayDoes, StayEvent
from ringfence.services.enrolment.mark import return_mark
from ringfence.services.enrolment.ports import (
    Identities,
    Ledger,
    Notices,
    Proof,
    Prover,
    PushApp,
    PushInstances,
    PushParameters,
    Reach,
    Rights,
)
from ringfence.services.enrolment.presence import Presence
from ringfence.services.enrolment.provisioning import Credentials, Links, document
from ringfence.services.enrolment.records import Agreement, Device, DeviceToken, SipAccount
from ringfence.services.enrolment.settings import Domain, EnrolmentSettings
from ringfence.services.enrolment.tokens import ApiToken, secret

__all__ = ["Application", "Authenticated", "Enrolled", "Enrolment", "World"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """What an app sends to enrol.

    The versions are those of the texts that the person saw and agreed to; empty if they did not. `known_as` is the
    device that the request authenticated as, if it did.
    """

    address: SipAddress
    auth_user: str = field(repr=False)
    password: str = field(repr=False)
    device_name: str = field(repr=False)
    public_key: bytes = field(repr=False)
    app: str
    push_token: str = field(repr=False)
    notice_version: str
    terms_version: str
    language: str
    old_enough: bool
    known_as: DeviceId | None = None


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """The answer; the two secrets exist nowhere else in the clear."""

    device: DeviceId
    sip_user: str
    sip_secret: str = field(repr=False)
    api_token: str = field(repr=False)
    link: str = field(repr=False)
    link_seconds: float


@final
@dataclass(frozen=True, slots=True)
class Authenticated:
    """Who holds an API token."""

    provider: ProviderId
    subject: SubjectId
    device: DeviceId


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything that enrolment stands on."""

    db: Database
    ledger: Ledger
    notices: Notices
    identities: Identities
    prover: Prover
    reach: Reach
    push: PushInstances
    rights: Rights
    clock: Clock
    randomness: Randomness
    mark_key: bytes = field(repr=False)
    """32 bytes, ours alone and kept over restarts: by it people who come back are known again."""


@final
@dataclass(frozen=True, slots=True)
class _Secrets:
    sip: str = field(repr=False)
    api: ApiToken


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

    async def _store(self, application: Application, domain: Domain, proof: Proof) -> tuple[DeviceId, _Secrets]:
        address = application.address.text()
        subject = await self._holder(domain.provider, address, application, proof)
        is_new = subject is None
        if subject is None:
            subject = SubjectId(new_id(self._world.randomness))
            self._world.identities.bind(domain.provider, IdentifierKind.SIP_ADDRESS, address, subject)
        try:
            async with self._world.db.transaction() as unit:
                return await self._write(unit, application, domain, proof, subject)
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
            mark = self._mark(proof)
            same = any(compare_digest(account.mark, mark) for account in accounts) or await self._shows_device_of(
                unit, subject, application.known_as
            )
        if same and accounts:
            return subject
        await self._world.rights.request(provider, subject, Reason.REASSIGNED)
        self._world.identities.unbind(provider, IdentifierKind.SIP_ADDRESS, address)
        return None

    def _mark(self, proof: Proof) -> bytes:
        return return_mark(self._world.mark_key, proof)

    async def _shows_device_of(self, unit: UnitOfWork, subject: SubjectId, device: DeviceId | None) -> bool:
        return device is not None and bool(await unit.count(Device, subject=subject, id=RowId(device)))

    async def _write(
        self, unit: UnitOfWork, application: Application, domain: Domain, proof: Proof, subject: SubjectId
    ) -> tuple[DeviceId, _Secrets]:
        """All rows of one enrolment."""
        device = await self._device_id(unit, subject, application.public_key)
        secrets = _Secrets(secret(self._world.randomness), ApiToken(device, secret(self._world.randomness)))
        await self._write_account(unit, application.address, domain, subject, proof)
        await self._write_device(unit, application, domain.provider, subject, secrets.api)
        await self._write_agreement(unit, application, domain.provider, subject)
        await self._world.reach.keep(
            unit,
            subject=subject,
            provider=domain.provider,
            upstream=domain.upstream,
            aor=application.address.text(),
            auth_user=application.auth_user,
            proof=proof,
        )
        await self._world.reach.keep_device(
            unit, subject=subject, provider=domain.provider, device=device, sip_user=device, secret=secrets.sip
        )
        unit.after_commit(lambda: self._world.reach.admit(subject))
        return device, secrets

    async def _device_id(self, unit: UnitOfWork, subject: SubjectId, public_key: bytes) -> DeviceId:
        """The same phone keeps its id, so that enrolling twice leaves one device."""
        known = await unit.select(Device, subject=subject)
        for row in known:
            if row.public_key == public_key:
                return DeviceId(row.id)
        if len(known) >= self.settings.devices:
            raise TooManyDevices(most=self.settings.devices)
        return DeviceId(new_id(self._world.randomness))

    async def _write_account(
        self, unit: UnitOfWork, address: SipAddress, domain: Domain, subject: SubjectId, proof: Proof
    ) -> None:
        accounts = await unit.select(SipAccount, subject=subject)
        for account in accounts:
            _, does = PERSON_TABLE[stay_of(account)][StayEvent.DEVICE_ENROLLED]
            due = None if does is StayDoes.CANCEL_GRACE else account.due
            await unit.replace(replace(account, due=due, mark=self._mark(proof)))
        if not accounts:
            row = RowId(new_id(self._world.randomness))
            await unit.add(
                SipAccount(
                    id=row,
                    provider=domain.provider,
                    subject=subject,
                    upstream=domain.upstream,
                    address=address.text(),
                    mark=self._mark(proof),
                )
            )

    async def _write_device(
        self,
        unit: UnitOfWork,
        application: Application,
        provider: ProviderId,
        subject: SubjectId,
        token: ApiToken,
    ) -> None:
        """The device, its API token and its push instance, in place of older ones."""
        device, row = token.device, RowId(token.device)
        due = self.presence.stepped(self.presence.due_from_now(Phase.FRESH))
        await unit.delete(Device, subject=subject, id=row)
        await unit.delete(DeviceToken, subject=subject, id=row)
        await unit.add_all(
            (
                Device(
                    id=row,
                    provider=provider,
                    subject=subject,
                    due=due,
                    phase=Phase.FRESH,
                    name=application.device_name,
                    public_key=application.public_key,
                ),
                DeviceToken(id=row, provider=provider, subject=subject, digest=token.digest()),
            )
        )
        await self._world.push.keep(
            unit,
            provider=provider,
            subject=subject,
            device=device,
            app=application.app,
            token=application.push_token,
            device_key=application.public_key,
            due=due,
        )
        unit.after_commit(lambda: self.presence.admit(device, provider, subject, Phase.FRESH, due))

    async def _write_agreement(
        self, unit: UnitOfWork, application: Application, provider: ProviderId, subject: SubjectId
    ) -> None:
        await unit.add(
            Agreement(
                id=RowId(new_id(self._world.randomness)),
                provider=provider,
                subject=subject,
                notice_version=application.notice_version,
                terms_version=application.terms_version,
                language=application.language,
                agreed_at=self._world.clock.time(),
                old_enough=application.old_enough,
            )
        )
        append, language = self._world.ledger.append, application.language
        seen, agreed = application.notice_version, application.terms_version
        await append(unit, provider, LedgerEvent.NOTICE_SHOWN, subject=subject, version=seen, language=language)
        await append(unit, provider, LedgerEvent.TERMS_AGREED, subject=subject, version=agreed, language=language)
        await append(unit, provider, LedgerEvent.ENROLLED, subject=subject)

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
