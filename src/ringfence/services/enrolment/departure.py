"""How devices and people leave: by their own word, or by falling silent."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import final

from ringfence.clock import Clock
from ringfence.declarations import Record
from ringfence.identifiers import DeviceId, ProviderId, RowId, SubjectId
from ringfence.persistence import Database, SubjectGone, UnitOfWork
from ringfence.privacy.ledger import Event as LedgerEvent
from ringfence.privacy.rights import Reason
from ringfence.services.enrolment.life import PERSON_TABLE, Does, Event, Phase, Stay, StayDoes, StayEvent
from ringfence.services.enrolment.ports import Ledger, PushInstances, Reach, Rights
from ringfence.services.enrolment.presence import Presence
from ringfence.services.enrolment.provisioning import Links
from ringfence.services.enrolment.records import Device, DeviceToken, SipAccount
from ringfence.services.enrolment.settings import LifeSettings

__all__ = ["Departures", "Swept"]

_BATCH = 200  # rows written in one transaction: some ten milliseconds in which SQLite has no other writer


@final
@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep did."""

    warned_silently: int = 0
    warned_visibly: int = 0
    devices_ended: int = 0
    erasures_begun: int = 0


@final
class Departures:
    """Carries out what the tables of `life` say. `sweep` computes what is due from data, so it may run at any time."""

    def __init__(
        self,
        *,
        db: Database,
        ledger: Ledger,
        push: PushInstances,
        reach: Reach,
        rights: Rights,
        presence: Presence,
        links: Links,
        clock: Clock,
        settings: LifeSettings,
    ) -> None:
        self._db = db
        self._ledger = ledger
        self._push = push
        self._reach = reach
        self._rights = rights
        self._presence = presence
        self._links = links
        self._clock = clock
        self._settings = settings

    async def push_off(self, device: DeviceId) -> None:
        """Erase what push needs, at once (APP-03); the device stays known to the API."""
        if self._presence.follows(device, Event.PUSH_OFF) is Does.ERASE_PUSH:
            await self._erase_push(device)

    async def sign_out(self, device: DeviceId) -> None:
        """Erase the device, at once; the grace begins if it was the last."""
        if self._presence.follows(device, Event.SIGNED_OUT) is Does.END:
            await self._end(device, Event.SIGNED_OUT)

    async def leave(self, provider: ProviderId, subject: SubjectId) -> str:
        """The person asked to be forgotten: the id of their erasure."""
        return await self._rights.request(provider, subject, Reason.ASKED)

    async def sweep(self) -> Swept:
        """Warn and end what is due; write down what was heard meanwhile."""
        counts = dict.fromkeys(Does, 0)
        for device, event in list(self._presence.coming_up()):
            does = self._presence.follows(device, event)
            await self._do(does, device, event)
            counts[does] += 1
        self._links.purge()  # a set-up that nobody fetched holds secrets; without this, until the next enrolment
        await self.flush()
        return Swept(
            warned_silently=counts[Does.WARN_SILENTLY],
            warned_visibly=counts[Does.WARN_VISIBLY],
            devices_ended=counts[Does.END],
            erasures_begun=await self._end_graces(),
        )

    async def expired(self, records: Sequence[Record]) -> None:  # noqa: ARG002 - the sweep finds them by itself
        """Port `Expiry` of `privacy.retention`: with an account, device or push instance more ends than a row."""
        await self.sweep()

    async def flush(self) -> None:
        """Write the phases and terms that have moved by a step."""
        while batch := self._presence.unwritten(_BATCH):
            async with self._db.transaction() as unit:
                rows = {row.id: row for row in await unit.select(Device, id=[RowId(device) for device in batch])}
                for device in batch:
                    await self._write(unit, device, rows.get(RowId(device)))

    async def depart(self, subject: SubjectId) -> None:
        """Drop what memory holds of a person who goes (port `Departure` of `privacy.rights`). Idempotent."""
        for device in self._presence.drop_subject(subject):
            self._links.forget(device)

    def forget_links(self, subject: SubjectId) -> None:
        """Their data may only be stored: a set-up that waits would hand it out. Their devices' terms go on."""
        for device in self._presence.devices_of(subject):
            self._links.forget(device)

    async def admit_again(self, subject: SubjectId) -> None:
        """Their data may be used again: devices that a start could not read are watched, as after an outage."""
        async for row in self._db.stream(Device, subject=subject):
            device = DeviceId(row.id)
            if self._presence.get(device) is None:
                due = max(row.due or 0.0, self._clock.time() + self._settings.after_start)
                self._presence.admit(device, row.provider, row.subject, row.phase, due)

    async def _do(self, does: Does, device: DeviceId, event: Event) -> None:
        known = self._presence.get(device)
        if known is None:
            return
        if does in {Does.WARN_SILENTLY, Does.WARN_VISIBLY}:
            self._push.warn(device, visible=does is Does.WARN_VISIBLY, by=known.due)
            self._presence.happened(device, event)
        elif does is Does.END:
            await self._end(device, event)

    async def _write(self, unit: UnitOfWork, device: DeviceId, row: Device | None) -> None:
        known = self._presence.get(device)
        if row is None or known is None or known.phase is Phase.ENDED:
            self._presence.written(device, 0.0)  # its end has been written by whoever ended it
            return
        due = self._presence.stepped(known.due)
        try:
            await unit.replace(replace(row, phase=known.phase, due=due))
        except SubjectGone:
            pass  # being erased; the rows go without us
        else:
            await self._push.renew(unit, device, due)
        unit.after_commit(lambda: self._presence.written(device, due))

    async def _erase_push(self, device: DeviceId) -> None:
        known = self._presence.get(device)
        if known is None:
            return
        self._links.forget(device)
        async with self._db.transaction() as unit:
            row = await unit.get(Device, RowId(device))
            if row is None:
                return
            await unit.replace(replace(row, phase=Phase.OFF))
            await self._stop_push(unit, known.provider, known.subject, device, Event.PUSH_OFF)
            unit.after_commit(lambda: self._presence.happened(device, Event.PUSH_OFF))

    async def _end(self, device: DeviceId, event: Event) -> None:
        known = self._presence.get(device)
        if known is None:
            return
        self._links.forget(device)
        async with self._db.transaction() as unit:
            await unit.delete(DeviceToken, subject=known.subject, id=RowId(device))
            await unit.delete(Device, subject=known.subject, id=RowId(device))
            await self._stop_push(unit, known.provider, known.subject, device, event)
            if not await unit.count(Device, subject=known.subject):
                await self._last_device_gone(unit, known.subject)
            unit.after_commit(lambda: self._presence.drop(device))

    async def _stop_push(
        self, unit: UnitOfWork, provider: ProviderId, subject: SubjectId, device: DeviceId, event: Event
    ) -> None:
        """The token and the device's secret go, and the account's with the last device that used push."""
        await self._push.end(unit, subject, device)
        await self._reach.drop_device(unit, subject=subject, device=device)
        others = await unit.select(Device, subject=subject)
        if all(other.phase is Phase.OFF for other in others):
            await self._reach.release(unit, subject)
        await self._ledger.append(unit, provider, LedgerEvent.PUSH_INSTANCE_ENDED, subject=subject, reason=event.value)

    async def _last_device_gone(self, unit: UnitOfWork, subject: SubjectId) -> None:
        for account in await unit.select(SipAccount, subject=subject):
            _, does = PERSON_TABLE[stay_of(account)][StayEvent.LAST_DEVICE_GONE]
            if does is StayDoes.BEGIN_GRACE:
                await unit.replace(replace(account, due=self._clock.time() + self._settings.grace))

    async def _end_graces(self) -> int:
        async with self._db.reading() as unit:
            over = await unit.select(SipAccount, due_before=self._clock.time())
        for account in over:
            _, does = PERSON_TABLE[stay_of(account)][StayEvent.GRACE_OVER]
            if does is StayDoes.ERASE:
                await self._rights.request(account.provider, account.subject, Reason.DEVICES_GONE)
        return len(over)


def stay_of(account: SipAccount) -> Stay:
    """A person who is gone has no row."""
    return Stay.PRESENT if account.due is None else Stay.LEAVING
