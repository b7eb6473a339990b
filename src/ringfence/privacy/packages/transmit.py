"""Straight to another controller (Article 20(2) GDPR): named by the person, confirmed by them, sent through the gate.

    propose(url) ──> the page shows host and content ──> confirm ──> POST, streamed ──> what the other side answered

The address is a stranger's: it must be HTTPS, without user or fragment, and it resolves to public addresses only, which
the gate's client checks and pins. What was cut off by a kill is told as unknown: it may have arrived.
"""

import base64
import dataclasses
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Final, final
from urllib.parse import urlsplit

from ringfence.clock import Clock
from ringfence.identifiers import ProviderId, RecipientId, RowId, SubjectId, new_id
from ringfence.persistence import Database
from ringfence.privacy.egress import AnswerTooLarge, Concerned, Gate, TransferBlocked, Unreachable, is_plain_https
from ringfence.privacy.ledger import Event, Ledger
from ringfence.privacy.packages.errors import AddressUnfit, NotPortable, NotReady, UnknownTransmission
from ringfence.privacy.packages.records import TRANSMIT, Kind, Transmission, TransmissionPhase
from ringfence.privacy.packages.service import Packages
from ringfence.privacy.packages.status import State, Status
from ringfence.privacy.vault import Use, opened_for
from ringfence.randomness import Randomness

__all__ = ["CHOSEN_CONTROLLER", "Proposal", "Transmissions"]

CHOSEN_CONTROLLER: Final = RecipientId("chosen-controller")
"""The recipient under which the gate knows whomever a person names: `user_given`, of role PERSON, for this flow."""
_LONGEST_TOKEN: Final = 4_096


@final
@dataclass(frozen=True, slots=True)
class Proposal:
    """What the person is asked to confirm, or what became of it. `status` is the other side's; 0: none."""

    id: RowId
    package: RowId
    host: str
    phase: TransmissionPhase
    status: int


@final
class Transmissions:
    """One for the installation; `gate_of` leads to the provider's gate."""

    def __init__(
        self,
        db: Database,
        ledger: Ledger,
        packages: Packages,
        gate_of: Callable[[ProviderId], Gate],
        clock: Clock,
        randomness: Randomness,
        *,
        recipient: RecipientId = CHOSEN_CONTROLLER,
    ) -> None:
        self._db = db
        self._ledger = ledger
        self._packages = packages
        self._gate_of = gate_of
        self._clock = clock
        self._randomness = randomness
        self._recipient = recipient

    async def propose(
        self, provider: ProviderId, subject: SubjectId, package: RowId, url: str, *, token: str = ""
    ) -> Proposal:
        """Note where a portable package should go; nothing leaves yet.

        `token` is what the other controller gave the person to send along (a bearer token). Raises AddressUnfit,
        NotPortable, UnknownPackage.
        """
        _fit(url, token)
        status = await self._packages.status(package, subject=subject)
        if status.kind is not Kind.PORTABILITY:
            raise NotPortable
        record = Transmission(
            id=RowId(new_id(self._randomness)),
            provider=provider,
            subject=subject,
            due=status.expires,
            package=package,
            phase=TransmissionPhase.PROPOSED,
            status=0,
            url=url,
            token=token,
        )
        async with self._db.transaction() as unit:
            await unit.add(record)
        return _proposal(record)

    async def transmit(self, subject: SubjectId, transmission: RowId) -> Proposal:
        """The person has confirmed: send it, and tell what became of it. Raises UnknownTransmission, NotReady.

        Each proposal is sent once; whoever wants to try again proposes again.
        """
        record = await self._record(subject, transmission)
        status = await self._packages.status(record.package, subject=subject)
        if status.state is not State.READY:
            raise NotReady(state=status.state.value)
        sending = dataclasses.replace(record, phase=TransmissionPhase.SENDING, confirmed_at=self._clock.time())
        async with self._db.transaction() as unit:
            await unit.replace(sending)
        phase, code = await self._send(sending, status)
        return await self._end(sending, phase, code, status)

    async def of(self, subject: SubjectId) -> list[Proposal]:
        """All of a person."""
        with opened_for(Use.CONSENT):
            async with self._db.reading() as unit:
                return [_proposal(record) for record in await unit.select(Transmission, subject=subject)]

    async def resume(self) -> int:
        """At the start: what was being sent when the process ended is unknown now, and told so."""
        with opened_for(Use.CONSENT):
            async with self._db.transaction() as unit:
                cut = await unit.select(Transmission, phase=TransmissionPhase.SENDING)
                for record in cut:
                    await unit.replace(dataclasses.replace(record, phase=TransmissionPhase.UNKNOWN, token=""))
        return len(cut)

    async def _record(self, subject: SubjectId, transmission: RowId) -> Transmission:
        with opened_for(Use.CONSENT):
            async with self._db.reading() as unit:
                record = await unit.get(Transmission, transmission)
        if record is None or record.subject != subject or record.phase is not TransmissionPhase.PROPOSED:
            raise UnknownTransmission
        return record

    async def _send(self, record: Transmission, status: Status) -> tuple[TransmissionPhase, int]:
        content: AsyncIterator[bytes] = self._packages.stream(record.package, subject=record.subject)
        concerned = Concerned(record.provider, record.subject)
        try:
            async with self._gate_of(record.provider).client(self._recipient) as client:
                answer = await client.post(
                    TRANSMIT, record.url, headers=_headers(record, status), content=content, concerned=concerned
                )
        except TransferBlocked:
            return TransmissionPhase.REFUSED, 0
        except AnswerTooLarge:
            return TransmissionPhase.UNKNOWN, 0
        except Unreachable as fault:
            return TransmissionPhase.UNKNOWN if fault.sent else TransmissionPhase.FAILED, 0
        accepted = 200 <= answer.status < 300
        return TransmissionPhase.ACCEPTED if accepted else TransmissionPhase.REFUSED, answer.status

    async def _end(self, record: Transmission, phase: TransmissionPhase, code: int, status: Status) -> Proposal:
        ended = dataclasses.replace(record, phase=phase, status=code, token="")
        facts: dict[str, str] = {"recipient": self._recipient, "digest": status.digest, "outcome": phase.value}
        if status.case is not None:
            facts["case"] = status.case
        async with self._db.transaction() as unit:
            await unit.replace(ended)
            await self._ledger.append(
                unit, record.provider, Event.TRANSMITTED, subject=record.subject, ref=None, **facts
            )
        return _proposal(ended)


def _headers(record: Transmission, status: Status) -> dict[str, str]:
    """With the manifest's digest, by which the other side and the person can speak of the same package, and with the
    reference under which the other side is told if something of it changes (Article 19 GDPR).
    """
    digest = base64.b64encode(bytes.fromhex(status.digest)).decode("ascii")
    headers = {
        "content-type": "application/zip",
        "content-length": str(status.size),
        "ringfence-manifest-digest": f"sha-256=:{digest}:",
        "ringfence-transmission": record.id,
    }
    return headers | ({"authorization": f"Bearer {record.token}"} if record.token else {})


def _proposal(record: Transmission) -> Proposal:
    host = urlsplit(record.url).hostname or ""
    return Proposal(record.id, record.package, host, record.phase, record.status)


def _fit(url: str, token: str) -> None:
    if not is_plain_https(url):
        raise AddressUnfit
    if len(token) > _LONGEST_TOKEN or not token.isascii() or not token.isprintable() or " " in token:
        raise AddressUnfit
