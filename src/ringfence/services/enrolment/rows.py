"""What one enrolment writes."""

from dataclasses import dataclass, field, replace
from typing import final

from ringfence.identifiers import DeviceId, ProviderId, RowId, SubjectId, new_id
from ringfence.persistence import UnitOfWork
from ringfence.privacy.ledger import Event as LedgerEvent
from ringfence.services.enrolment.address import SipAddress
from ringfence.services.enrolment.application import Application
from ringfence.services.enrolment.departure import stay_of
from ringfence.services.enrolment.errors import TooManyDevices
from ringfence.services.enrolment.life import PERSON_TABLE, Phase, StayDoes, StayEvent
from ringfence.services.enrolment.mark import return_mark
from ringfence.services.enrolment.ports import Proof
from ringfence.services.enrolment.presence import Presence
from ringfence.services.enrolment.records import Agreement, Device, DeviceToken, SipAccount
from ringfence.services.enrolment.settings import Domain
from ringfence.services.enrolment.tokens import ApiToken, secret
from ringfence.services.enrolment.world import World

__all__ = ["Rows", "Secrets"]


@final
@dataclass(frozen=True, slots=True)
class Secrets:
    sip: str = field(repr=False)
    api: ApiToken


@final
class Rows:
    """Of a person, a device and what was agreed to, in the caller's unit of work."""

    def __init__(self, world: World, presence: Presence) -> None:
        self._world = world
        self._presence = presence

    async def write(
        self, unit: UnitOfWork, application: Application, domain: Domain, proof: Proof, subject: SubjectId, *, most: int
    ) -> tuple[DeviceId, Secrets]:
        """All rows of one enrolment; raises TooManyDevices for one more than the `most` that a person may have."""
        device = await self._device_id(unit, subject, application.public_key, most)
        secrets = Secrets(secret(self._world.randomness), ApiToken(device, secret(self._world.randomness)))
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

    async def _device_id(self, unit: UnitOfWork, subject: SubjectId, public_key: bytes, most: int) -> DeviceId:
        """The same phone keeps its id, so that enrolling twice leaves one device."""
        known = await unit.select(Device, subject=subject)
        for row in known:
            if row.public_key == public_key:
                return DeviceId(row.id)
        if len(known) >= most:
            raise TooManyDevices(most=most)
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
        due = self._presence.stepped(self._presence.due_from_now(Phase.FRESH))
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
        unit.after_commit(lambda: self._presence.admit(device, provider, subject, Phase.FRESH, due))

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

    def _mark(self, proof: Proof) -> bytes:
        return return_mark(self._world.mark_key, proof)
