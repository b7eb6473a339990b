"""Joints: what one room asks for, said in the words of the room that has it. No decisions, only translation."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final, final

from ringfence.app.policies import TodaysNotices
from ringfence.clock import Clock, day_of
from ringfence.declarations import Record
from ringfence.gateway.calls import Calls
from ringfence.identifiers import CallRef, DeviceId, ProviderId, RecipientId, RowId, SubjectId, UpstreamId, new_id
from ringfence.privacy.egress import Concerned, DisclosureLog, Gate
from ringfence.privacy.packages import Packages
from ringfence.privacy.packages.records import Package
from ringfence.privacy.rights import Departure, Erasures, Reason
from ringfence.randomness import Randomness
from ringfence.services.enrolment import Device, Enrolment, SipAccount
from ringfence.services.reachability import Account, Credential, DeviceSecret, Reachability
from ringfence.services.signin import PIN_BY_SIP
from ringfence.services.wake import PushInstance, Trial, Wake
from ringfence.web.api import NoticeText, OwnersData, RingTest

__all__ = [
    "CallsOfDevices",
    "CopiesInMemory",
    "FlushedData",
    "FlushedErasures",
    "GatedPins",
    "LaterDeparture",
    "Leaving",
    "RingTestsOfDevices",
    "ShownTexts",
    "ShreddedPackages",
]

_SET_UP: Final = frozenset(
    kind.declaration.name for kind in (SipAccount, Device, Credential, DeviceSecret, PushInstance)
)
"""The tables whose values a phone's set-up carries."""


@final
class ShownTexts:
    """The texts themselves, for the API."""

    def __init__(self, notices: TodaysNotices) -> None:
        self._notices = notices

    def current(self, provider: ProviderId, language: str) -> NoticeText:
        notice = self._notices.current(provider, language)
        return NoticeText(
            language=notice.language,
            notice_version=notice.notice_version,
            terms_version=notice.terms_version,
            title=notice.title,
            notice=[line for paragraph in notice.notice for line in (paragraph.heading, *paragraph.sentences)],
            terms=[line for paragraph in notice.terms for line in (paragraph.heading, *paragraph.sentences)],
        )


@final
class CallsOfDevices:
    """Held calls, asked for by a device and not by a person."""

    def __init__(self, calls: Calls, enrolment: Enrolment) -> None:
        self._calls = calls
        self._enrolment = enrolment

    def held_until(self, ref: CallRef, device: DeviceId) -> int | None:
        known = self._enrolment.presence.get(device)
        return None if known is None else self._calls.held_until(ref, known.subject)


@final
class RingTestsOfDevices:
    """Trials of waking, as API and pages show them (port `RingTests`)."""

    def __init__(self, wake: Wake, randomness: Randomness) -> None:
        self._wake = wake
        self._randomness = randomness

    def has(self, device: DeviceId) -> bool:
        """Whether a push can wake it."""
        return self._wake.has(device)

    def begin(self, device: DeviceId) -> RingTest:
        """Raises NotWakeable."""
        return self._shown(self._wake.trials.begin(device, CallRef(new_id(self._randomness))))

    def of(self, device: DeviceId) -> RingTest | None:
        trial = self._wake.trials.of(device)
        return None if trial is None else self._shown(trial)

    def _shown(self, trial: Trial) -> RingTest:
        said = "" if trial.outcome is None else trial.outcome.value
        seconds = None if trial.after is None else round(trial.after, 1)
        return RingTest(self._wake.trials.state(trial).value, said, seconds)


@final
class Leaving:
    """A person goes: whatever runs lets go of them, each part as a departure of its own."""

    def __init__(self, calls: Calls, disclosures: DisclosureLog) -> None:
        self._calls = calls
        self._disclosures = disclosures

    async def depart(self, subject: SubjectId) -> None:
        """End their calls, and drop what is pending about them."""
        self._calls.drop(subject)
        self._disclosures.forget(subject)


@final
class LaterDeparture:
    """A departure that exists only once everything is joined: who erases and who is erased from know each other."""

    def __init__(self, find: Callable[[], Departure]) -> None:
        self._find = find

    async def depart(self, subject: SubjectId) -> None:
        await self._find().depart(subject)


@final
class FlushedErasures:
    """Erasures whose verdicts count what was disclosed a moment ago, too."""

    def __init__(self, erasures: Erasures, disclosures: DisclosureLog) -> None:
        self._erasures = erasures
        self._disclosures = disclosures

    async def request(self, provider: ProviderId, subject: SubjectId, reason: Reason) -> RowId:
        await self._disclosures.flush()
        return await self._erasures.request(provider, subject, reason)


@final
class FlushedData:
    """The owner's data with what was disclosed a moment ago."""

    def __init__(self, data: OwnersData, disclosures: DisclosureLog) -> None:
        self._data = data
        self._disclosures = disclosures

    async def of(self, provider: ProviderId, subject: SubjectId) -> Mapping[str, object]:
        await self._disclosures.flush()
        return await self._data.of(provider, subject)


@final
class GatedPins:
    """The gate, asked for each code that goes to a PBX as a message (port `Leaving` of the gateway's messages)."""

    def __init__(self, gate: Gate, recipients: Mapping[UpstreamId, RecipientId], clock: Clock) -> None:
        self._gate = gate
        self._recipients = recipients
        self._clock = clock

    def leave(self, account: Account) -> None:
        today = day_of(self._clock.time())
        permit = self._gate.permit(PIN_BY_SIP, self._recipients[account.upstream], today)
        self._gate.passed(PIN_BY_SIP, permit.recipient, Concerned(account.provider, account.subject))


@final
class CopiesInMemory:
    """What runs with copies of restricted rows (port `Observes` of restriction): dropped, and loaded again when lifted.

    Without its credential an account is not registered and does not ring; without its push instance no phone wakes. A
    set-up that waits to be fetched holds four tables' values, so its link dies with any of them. What presence knows of
    a device are a phase and an instant, which are restricted by nobody.
    """

    def __init__(self, reachability: Reachability, wake: Wake, calls: Calls, enrolment: Enrolment) -> None:
        self._reachability = reachability
        self._wake = wake
        self._calls = calls
        self._departures = enrolment.departures

    async def restricted(self, subject: SubjectId, tables: Collection[str]) -> None:
        await self._reachability.restricted(subject, tables)
        if Credential.declaration.name in tables:
            self._calls.drop(subject)
        if PushInstance.declaration.name in tables:
            await self._wake.depart(subject)
        if not _SET_UP.isdisjoint(tables):
            self._departures.forget_links(subject)

    async def lifted(self, subject: SubjectId, tables: Collection[str]) -> None:
        if Device.declaration.name in tables:
            await self._departures.admit_again(subject)
        if PushInstance.declaration.name in tables:
            await self._wake.load(subject=subject)
        await self._reachability.lifted(subject, tables)


@final
class ShreddedPackages:
    """Packages whose term is over, as retention hands them over."""

    def __init__(self, packages: Packages) -> None:
        self._packages = packages

    async def expired(self, records: Sequence[Record]) -> None:
        await self._packages.expired([record for record in records if isinstance(record, Package)])
