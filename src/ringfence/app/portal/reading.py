"""Notices, packages, phones and mail addresses (ports `Notices`, `Downloads`, `Devices`, `Mailbox`)."""

from collections.abc import AsyncIterator, Sequence
from math import ceil
from typing import Protocol, final

from ringfence.clock import Clock, day_of
from ringfence.identifiers import DeviceId, ProviderId, RowId, SubjectId
from ringfence.persistence import Database
from ringfence.privacy.access import Session
from ringfence.privacy.notices import Announcements, Editions, Pending
from ringfence.privacy.packages import Packages, State, Transmissions
from ringfence.privacy.vault import Use, opened_for
from ringfence.services.enrolment import Device, Enrolment, MailAddresses, Phase
from ringfence.services.enrolment.records import Agreement
from ringfence.services.wake import NotWakeable
from ringfence.web.api import RingTest
from ringfence.web.portal import Coming, DeviceShown, Download, NoticeShown, Sending

__all__ = ["Corrects", "PortalDevices", "PortalDownloads", "PortalMailbox", "PortalNotices", "Wakes"]


@final
class PortalNotices:
    def __init__(self, announcements: Announcements, editions: Editions, db: Database, clock: Clock) -> None:
        self._announcements = announcements
        self._editions = editions
        self._db = db
        self._clock = clock

    async def of(self, person: Session, language: str) -> NoticeShown:
        provider, subject = person.provider, person.subject
        holding = await self._announcements.in_force(provider, subject)
        text = (await self._announcements.text_for(provider, subject)).in_language(language)
        pending = await self._announcements.pending_for(provider, subject, language)
        earlier = [each for each in self._editions.publications(provider) if each.number < holding.number]
        return NoticeShown(
            version=holding.versions.notice,
            language=text.language,
            notice=text.notice,
            terms=text.terms,
            agreed=await self._agreed(person),
            coming=[] if pending is None else [_coming(pending)],
            past=[(each.versions.notice, day_of(each.holds_from)) for each in reversed(earlier)],
        )

    async def seen(self, person: Session, version: str) -> None:
        """`version` is the name of the publication."""
        await self._announcements.shown(person.provider, person.subject, RowId(version))

    async def object(self, person: Session, version: str) -> RowId:  # noqa: ARG002 - there is one that is coming
        return await self._announcements.object_to(person.provider, person.subject)

    async def _agreed(self, person: Session) -> float | None:
        with opened_for(Use.CONSENT):
            async with self._db.reading() as unit:
                found = await unit.select(Agreement, subject=person.subject)
        return max((each.agreed_at for each in found), default=None)


def _coming(pending: Pending) -> Coming:
    return Coming(
        version=pending.publication.id,
        day=day_of(pending.holds_from),
        changes=[each.text for each in pending.differences],
        objectable=any(each.material for each in pending.differences),
    )


@final
class PortalDownloads:
    def __init__(self, packages: Packages, transmissions: Transmissions) -> None:
        self._packages = packages
        self._transmissions = transmissions

    async def of(self, person: Session) -> Sequence[Download]:
        return [
            Download(
                id=each.id,
                made=each.ready if each.ready is not None else each.asked,
                until=each.expires,
                ready=each.state is State.READY,
                bytes=each.size if each.state is State.READY else 0,
                sha256=each.digest,
            )
            for each in await self._packages.of(person.subject)
            if each.state is not State.SHREDDED
        ]

    def stream(self, person: Session, download: RowId) -> AsyncIterator[bytes]:
        return self._packages.stream(download, subject=person.subject)

    async def sendings(self, person: Session) -> Sequence[Sending]:
        return [Sending(each.id, each.host, each.phase.value) for each in await self._transmissions.of(person.subject)]

    async def send(self, person: Session, sending: RowId) -> None:
        await self._transmissions.transmit(person.subject, sending)


class Corrects(Protocol):
    """The part of `privacy.rectification.Rectifications` that we use."""

    async def correct_own(
        self, provider: ProviderId, subject: SubjectId, *, table: str, row: RowId, field: str, value: str
    ) -> None: ...


class Wakes(Protocol):
    """`app.joints.RingTestsOfDevices`."""

    def has(self, device: DeviceId) -> bool:
        """Whether a push can wake it."""
        ...

    def begin(self, device: DeviceId) -> RingTest:
        """Raises NotWakeable."""
        ...

    def of(self, device: DeviceId) -> RingTest | None: ...


@final
class PortalMailbox:
    def __init__(self, addresses: MailAddresses) -> None:
        self._addresses = addresses

    async def of(self, person: Session) -> str:
        with opened_for(Use.CONSENT):
            return await self._addresses.of(person.subject)

    async def keep(self, person: Session, address: str) -> None:
        await self._addresses.keep(person.provider, person.subject, address)


@final
class PortalDevices:
    def __init__(self, enrolment: Enrolment, corrections: Corrects, wakes: Wakes) -> None:
        self._enrolment = enrolment
        self._corrections = corrections
        self._wakes = wakes

    async def of(self, person: Session) -> Sequence[DeviceShown]:
        with opened_for(Use.CONSENT):  # one's own, also while it is only stored (Art. 18(2))
            found = await self._enrolment.devices(person.subject)
        return [self._shown(row) for row in found if row.phase is not Phase.ENDED]

    async def rename(self, person: Session, device: DeviceId, name: str) -> None:
        """What a person gave they may correct at any time (Article 16 GDPR)."""
        await self._corrections.correct_own(
            person.provider,
            person.subject,
            table=Device.declaration.name,
            row=RowId(device),
            field="name",
            value=name,
        )

    async def sign_out(self, person: Session, device: DeviceId) -> None:
        if device in {each.id for each in await self.of(person)}:
            await self._enrolment.departures.sign_out(device)

    async def ring(self, person: Session, device: DeviceId) -> bool:
        if device not in {each.id for each in await self.of(person)}:
            return False
        try:
            self._wakes.begin(device)
        except NotWakeable:
            return False
        return True

    def _shown(self, row: Device) -> DeviceShown:
        device = DeviceId(row.id)
        test = self._wakes.of(device)
        return DeviceShown(
            device,
            row.name,
            self._seen(row),
            wakeable=self._wakes.has(device),
            test=test.state if test else "",
            seconds=ceil(test.seconds or 0.0) if test else 0,
        )

    def _seen(self, row: Device) -> float | None:
        """When it was last heard of, to a step: its term runs from then."""
        presence = self._enrolment.presence
        known = presence.get(DeviceId(row.id))
        return None if known is None else known.due - presence.term(known.phase)
