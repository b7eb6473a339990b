"""The running server: kernel, services, SIP side, pages, joined. The only place that knows everything."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final, final

from starlette.routing import BaseRoute

from ringfence.app.behind import private_pages_of, services_of
from ringfence.app.collector import collect_fully, let_go, spare_the_loop
from ringfence.app.faces import Faces
from ringfence.app.joints import (
    CopiesInMemory,
    FlushedErasures,
    LaterDeparture,
    Leaving,
    ShreddedPackages,
)
from ringfence.app.kernel import Kernel, opened, premises_of
from ringfence.app.network import renew
from ringfence.app.pages import LiveView, pages_of
from ringfence.app.people import Enrolled, OwnAddresses
from ringfence.app.policies import TodaysNotices
from ringfence.app.portal import WhatStops
from ringfence.app.pushing import apps_of, push_senders
from ringfence.app.recipients import pbx_recipient
from ringfence.app.rights import Rights, Surroundings
from ringfence.app.sending import pin_senders
from ringfence.app.signalling import Secrets, Signalling
from ringfence.app.signin import PEOPLE_WHO_COME_BACK, signing_in
from ringfence.app.telling import LaterHerald
from ringfence.app.upkeep import Upkeep
from ringfence.clock import DAY, HOUR, Clock, day_of
from ringfence.declarations import Record
from ringfence.identifiers import DeviceId, Names, ProviderId, RowId, SubjectId, UpstreamId
from ringfence.privacy.egress import EgressClient, Gate, Recipient, TransferBlocked
from ringfence.privacy.law import Law
from ringfence.privacy.notices import Editions
from ringfence.privacy.packages.records import Package
from ringfence.privacy.requests import CaseExpiry
from ringfence.privacy.requests.records import Case
from ringfence.privacy.retention import Expiry, Retention, checked_policy
from ringfence.privacy.rights import CountryStatutes, Erasures, ErasureSettings, Examiner, Reason
from ringfence.randomness import Randomness
from ringfence.services import enrolment
from ringfence.services.calls import MissedCalls
from ringfence.services.calls.records import CALL_TO_PBX
from ringfence.services.enrolment import Domain, Enrolment, EnrolmentSettings, LifeSettings, SipAccount, World
from ringfence.services.reachability import Accounts, Device, Reachability
from ringfence.services.reachability.records import REGISTER_UPSTREAM
from ringfence.services.staff import Role
from ringfence.services.staff.records import Member
from ringfence.services.wake import PushInstance, Wake, WakeSettings
from ringfence.settings import Settings, load
from ringfence.web.api import ApiSettings, repeats_of
from ringfence.web.start import Pages

__all__ = ["Server", "serving"]

_ALIVE: Final = 60.0  # seconds; how exactly the next start knows for how long nobody listened
_UPSTREAMS: Final = 10.0  # seconds; a mechanism ends at midnight, and its transfers at once
_CERTIFICATES: Final = 60.0  # seconds; whoever renews them does so days before the old ones end
_DEVICES: Final = 60.0  # seconds; warnings and ends of devices come within a minute of their time
_REQUESTS: Final = 5.0  # seconds; a copy that a child process has made is answered with then
_SWEEP: Final = 300.0  # seconds; terms are counted in days
_NOTICES: Final = 60.0  # seconds; recipients hear of a change within minutes, and it costs one look at an index
_DISCLOSURES: Final = 10.0  # seconds; what a crash may lose of the disclosure log


@final
class Server:
    """Build it on an open kernel; `open` and `close` it once."""

    def __init__(self, kernel: Kernel, config: Path | None = None) -> None:
        """`config` is the file that a child process reads; without one there is none, and its work is done here."""
        self.kernel = kernel
        self.settings: Settings = kernel.settings
        self.upkeep = Upkeep()
        self.gates: dict[ProviderId, Gate] = dict(kernel.gates)
        self.accounts = Accounts()
        self.repeats = repeats_of(ApiSettings(), kernel.clock)
        self.missed = MissedCalls(kernel.db, kernel.randomness)
        self._clients: list[EgressClient] = []
        self.wake = Wake(
            kernel.db, push_senders(kernel, self._clients), kernel.clock, WakeSettings(apps=apps_of(kernel))
        )
        self.signalling = Signalling(
            kernel.settings,
            self.accounts,
            Secrets.derived(kernel.keyring.derive),
            kernel.clock,
            kernel.randomness,
            waker=self.wake,
            missed=self.missed,
            seen=self._seen,
        )
        self.wake.on_dead(self._unwakeable)
        self.reachability = Reachability(
            kernel.db,
            self.accounts,
            self.signalling.keeper,
            kernel.randomness,
            realm=kernel.settings.devices.realm,
        )
        self.law = Law.load()
        self.statutes = CountryStatutes(
            self.law, {ProviderId(each.id): each.country for each in kernel.settings.providers}
        )
        self.erasures = self._erasures()
        self.leaving = FlushedErasures(self.erasures, kernel.disclosures)
        self.editions = Editions(kernel.db, kernel.ledger, kernel.clock)
        self.enrolled = Enrolled(kernel.db, OwnAddresses())
        self.notices = TodaysNotices(kernel.settings, kernel.clock, editions=self.editions, people=self.enrolled)
        self.enrolment = self._enrolment()
        self.signing = signing_in(
            kernel,
            accounts=self.accounts,
            prover=self.signalling.prover,
            pins=pin_senders(kernel, self.signalling, self._clients),
        )
        self.rights = self._rights(config)
        self.retention = self._retention()
        self.pages = self._pages()
        self.faces = self._faces()
        self.ready = False

    @property
    def public_key(self) -> str:
        """With which certificates are signed (Ed25519, 64 hex digits)."""
        return self.kernel.signer.public_key

    def missing(self) -> Sequence[str]:
        """What keeps calls from coming in, in stable words (the API's port `Readiness`)."""
        if not self.ready:
            return ["starting"]
        lines = self.signalling.keeper.lines
        return [f"upstream_{name}" for name, line in lines.items() if line.flow is None]

    async def open(self) -> None:
        """Load what is enrolled, then let calls in."""
        names = Names()
        await self.rights.restrictions.resume()
        await self.editions.load()
        await self.notices.refresh()
        for provider, gate in self.gates.items():
            gate.tell_first(partial(self._people_know, provider))
        await self.rights.consents.load()
        await self.rights.transmissions.resume()
        await self.wake.load(names)
        last = self.kernel.last_run
        await self.enrolment.load(names, outage=last.outage, orderly=last.orderly)
        await self.reachability.load(names)
        del names
        spare_the_loop()
        self._guard_upstreams()
        await self.signalling.open()
        await self.faces.open()
        self._keep_up()
        self.kernel.note_alive()
        self.ready = True

    async def close(self) -> None:
        """Answer whoever waits, write what is pending, let go of everything."""
        listened, self.ready = self.ready, False
        await self.faces.close()
        await self.signalling.close()
        await self.upkeep.stop()
        await self.signing.sign_in.drain()
        await self.enrolment.departures.flush()
        await self.missed.drain()
        await self.kernel.disclosures.flush()
        if listened:
            self.kernel.note_alive(ended=True)
        for client in self._clients:
            await client.close()
        let_go()

    # Pieces

    def _seen(self, device: Device) -> None:
        self.enrolment.registered(device.id)
        self.wake.trials.came(device.id)

    def _unwakeable(self, subject: SubjectId, device: DeviceId) -> None:
        account = self.accounts.by_subject(subject)
        if account is not None:
            self.signalling.calls.unwakeable(account, device)

    def _guard_upstreams(self) -> None:
        """Ask the gate for each PBX: what may not go there today does not, REGISTER and call alike."""
        today = day_of(self.kernel.clock.time())
        for provider in self.settings.providers:
            for upstream in provider.upstreams:
                line = self.signalling.keeper.lines[UpstreamId(upstream.id)]
                try:
                    for flow in (REGISTER_UPSTREAM, CALL_TO_PBX):
                        self.gates[ProviderId(provider.id)].permit(flow, pbx_recipient(upstream), today)
                except TransferBlocked:
                    line.bar()
                else:
                    line.lift()

    def _people_know(self, provider: ProviderId, recipient: Recipient) -> bool:
        """Whether the notice that holds names a recipient: asked before anything goes abroad to it (ZOI-21)."""
        return self.editions.names(provider, recipient.name)

    async def _note_alive(self) -> None:
        self.kernel.note_alive()

    async def _guard_upstreams_again(self) -> None:
        """At midnight mechanisms lapse and texts change, both within seconds; on any other day this is cheap."""
        self._guard_upstreams()
        await self.notices.refresh()

    def _erasures(self) -> Erasures:
        kernel = self.kernel
        return Erasures(
            db=kernel.db,
            keyring=kernel.keyring,
            tombstones=kernel.tombstones,
            ledger=kernel.ledger,
            signer=kernel.signer,
            departures=(
                LaterDeparture(lambda: self.enrolment.departures),
                self.reachability,
                self.wake,
                self.missed,
                Leaving(self.signalling.calls, kernel.disclosures),
                self.repeats,
                LaterDeparture(lambda: self.signing.sign_in),
                LaterDeparture(lambda: self.signing.sessions),
                LaterDeparture(lambda: self.rights.staff),
                LaterDeparture(lambda: self.rights.consents),
                LaterDeparture(lambda: self.rights.packages),
                LaterDeparture(lambda: self.rights.restrictions),
            ),
            heralds=(LaterHerald(lambda: self.rights.outbox),),
            statutes=self.statutes,
            consequences=(WhatStops(kernel.db),),
            clock=kernel.clock,
            randomness=kernel.randomness,
            examiner=Examiner(kernel.db, kernel.keyring, premises_of(kernel), kernel.clock, kernel.randomness),
            # an epoch's key goes with the first daily rotation after its lifetime
            settings=ErasureSettings(copies_seconds=(kernel.settings.installation.backup_days + 1) * DAY),
        )

    def _enrolment(self) -> Enrolment:
        kernel = self.kernel
        world = World(
            db=kernel.db,
            ledger=kernel.ledger,
            notices=self.notices,
            identities=kernel.keyring,
            prover=self.signalling.prover,
            reach=self.reachability,
            push=self.wake,
            rights=self.leaving,
            clock=kernel.clock,
            randomness=kernel.randomness,
            mark_key=kernel.keyring.derive(PEOPLE_WHO_COME_BACK),
        )
        return Enrolment(world, _enrolment_settings(kernel.settings))

    def _rights(self, config: Path | None) -> Rights:
        return Rights(
            self.kernel,
            Surroundings(
                config=config,
                law=self.law,
                statutes=self.statutes,
                editions=self.editions,
                notices=self.notices,
                enrolled=self.enrolled,
                erasures=self.erasures,
                leaving=self.leaving,
                signing=self.signing,
                observers=(
                    CopiesInMemory(self.reachability, self.wake, self.signalling.calls, self.enrolment),
                    self.repeats,
                ),
            ),
        )

    def _retention(self) -> Retention:
        """What a service ends itself, with all that follows from it, is handed to that service."""
        kernel, departures = self.kernel, self.enrolment.departures
        owners: dict[type[Record], Expiry] = {
            SipAccount: departures,
            enrolment.Device: departures,
            PushInstance: departures,
            Package: ShreddedPackages(self.rights.packages),
            Member: self.rights.staff,
            Case: CaseExpiry(self.rights.requests.desk, self._erase_guest),
        }
        today = day_of(kernel.clock.time())
        policies = {
            ProviderId(each.id): checked_policy(each.retention_days, each.country, self.law, today)
            for each in kernel.settings.providers
        }
        return Retention(
            kernel.db,
            kernel.keyring,
            kernel.clock,
            kernel.randomness,
            owners=owners,
            ledger=kernel.ledger,
            policies=policies,
        )

    async def _erase_guest(self, provider: ProviderId, subject: SubjectId) -> RowId:
        return await self.leaving.request(provider, subject, Reason.ASKED)

    def _pages(self) -> Pages:
        """What may be shown to everybody; the live view is the operator's, who adds it on loopback."""
        live = LiveView(self.accounts, self.signalling.calls, self.kernel.clock, self.kernel.randomness)
        return pages_of(self.settings.providers[0], self.notices, live, self._schema)

    def _schema(self) -> Mapping[str, object]:
        return self.faces.app.openapi()

    async def renew_certificates(self) -> None:
        """Show certificates that were replaced on disk to whoever connects from now on."""
        renew((*self.signalling.renewals, *self.faces.renewals))

    def _faces(self) -> Faces:
        public = replace(self.pages, live=None)
        more = self.private_pages()
        return Faces(services_of(self), public, self.settings.http, self.kernel.clock, more=more, repeats=self.repeats)

    async def invite_officer(self, provider: str, name: str, mail: str) -> str:
        """The link by which somebody joins the provider's staff as its privacy officer, once."""
        invited = await self.rights.staff.invite(ProviderId(provider), [Role.OFFICER], name=name, mail=mail, by=None)
        return invited.link

    def private_pages(self) -> list[BaseRoute]:
        """The routes of portal and console."""
        return private_pages_of(self)

    def _keep_up(self) -> None:
        keep = self.upkeep
        keep.always("pushes", self.wake.run)
        keep.always("missed calls", self.missed.run)
        keep.always("erasures", self.erasures.work)
        keep.every(_ALIVE, "sign of life", self._note_alive)
        keep.every(_UPSTREAMS, "upstreams", self._guard_upstreams_again)
        keep.every(_DEVICES, "devices", self.enrolment.departures.sweep)
        keep.every(_DISCLOSURES, "disclosures", self.kernel.disclosures.flush)
        keep.every(_SWEEP, "retention", self.retention.sweep)
        keep.always("requests", partial(self.rights.requests.work, retry_seconds=_REQUESTS))
        keep.always("packages", self.rights.packages.work)
        keep.every(HOUR, "requests' clocks", self.rights.requests.sweep)
        keep.every(HOUR, "packages' terms", self.rights.packages.sweep)
        keep.every(HOUR, "consents", self.rights.consents.sweep)
        keep.every(_NOTICES, "recipients", self.rights.deliveries.deliver)
        keep.every(DAY, "recipients' terms", self.rights.deliveries.sweep)
        keep.every(HOUR, "notices", self._announce)
        for mailbox in self.rights.mailboxes():
            keep.always("mailbox", mailbox.work)
        keep.every(HOUR, "keys", self._rotate)
        keep.every(_CERTIFICATES, "certificates", self.renew_certificates)
        keep.every(HOUR, "garbage", self._collect)
        keep.every(DAY, "checkpoints", self._checkpoint)

    async def _announce(self) -> None:
        """Publish what is new, and tell whoever has not been told."""
        await self.notices.refresh()
        for provider in self.settings.providers:
            await self.rights.announcements.announce(ProviderId(provider.id))

    async def _rotate(self) -> None:
        """The day's new epoch, in steps between which calls are served."""
        for _ in self.kernel.keyring.rotation():
            await asyncio.sleep(0)

    async def _collect(self) -> None:
        if not len(self.signalling.calls):
            collect_fully()

    async def _checkpoint(self) -> None:
        for provider in self.settings.providers:
            await self.kernel.ledger.checkpoint(ProviderId(provider.id))


@asynccontextmanager
async def serving(config: Path, clock: Clock, randomness: Randomness) -> AsyncIterator[Server]:
    """The server of a configuration file, ready for calls inside the context."""
    async with opened(load(config), clock, randomness) as kernel:
        server = Server(kernel, config)
        try:
            await server.open()
            yield server
        finally:
            await server.close()


def _enrolment_settings(settings: Settings) -> EnrolmentSettings:
    return EnrolmentSettings(
        domains={
            upstream.domain.lower(): Domain(ProviderId(provider.id), UpstreamId(upstream.id))
            for provider in settings.providers
            for upstream in provider.upstreams
        },
        public_url=settings.http.public_url.rstrip("/"),
        sip_route=f"sip:{settings.devices.public};transport=tls",
        realm=settings.devices.realm,
        life=LifeSettings(term=settings.installation.reachable_days * DAY),
    )
