"""The gate: whether a flow may go to a recipient on a day, decided in memory.

One gate per provider, since recipients, allowed places and contracts are the provider's own. A verdict is computed once
per recipient and day; a call only looks it up.
"""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Never, Protocol, final

from ringfence.clock import Clock, day_of
from ringfence.declarations import Basis, Flow
from ringfence.identifiers import RecipientId
from ringfence.privacy.egress.client import Concerned, EgressClient, EgressSettings
from ringfence.privacy.egress.errors import BlockReason, TransferBlocked
from ringfence.privacy.egress.http2 import Http2Settings
from ringfence.privacy.egress.mechanism import Mechanism, MechanismTable
from ringfence.privacy.egress.recipient import Recipient

__all__ = ["ComingBlock", "Disclosures", "Gate", "Permit"]

_NOTICE_DAYS = 365  # a sunset is known a year ahead, and new contracts take most of it
_DEFAULTS = EgressSettings()


@final
@dataclass(frozen=True, slots=True)
class Permit:
    """Why a transfer is lawful that day: the mechanism, or None inside the exporter's own territory."""

    recipient: Recipient
    mechanism: Mechanism | None


@final
@dataclass(frozen=True, slots=True)
class ComingBlock:
    """From `day` on nothing goes to the recipient any more, unless something changes; phones would stop ringing."""

    recipient: RecipientId
    flows: frozenset[str]
    day: dt.date
    reason: BlockReason
    last_mechanism: str | None


class Disclosures(Protocol):
    """Where it is remembered that something about a person has left."""

    def note(self, concerned: Concerned, recipient: RecipientId, flow: str, day: dt.date) -> None:
        """Never waits and never fails: it is called between two packets of a call."""
        ...


@final
class Gate:
    """Decides, counts what it blocked, and hands out the clients.

    `places` are the countries that the provider's policy allows; None leaves it to the law alone. `blocked` counts by
    (recipient, flow, reason) since the start, for the metrics page.
    """

    def __init__(
        self,
        recipients: Iterable[Recipient],
        table: MechanismTable,
        clock: Clock,
        *,
        places: Collection[str] | None = None,
        disclosures: Disclosures | None = None,
        settings: EgressSettings = _DEFAULTS,
    ) -> None:
        self._recipients = {recipient.id: recipient for recipient in recipients}
        self._table = table
        self._clock = clock
        self._places = None if places is None else frozenset(places)
        self._disclosures = disclosures
        self._settings = settings
        self._day = dt.date.min
        self._verdicts: dict[RecipientId, Permit | BlockReason] = {}
        self._told: Callable[[Recipient], bool] = lambda _: True
        self.blocked: Counter[tuple[str, str, str]] = Counter()
        for recipient in self._recipients.values():  # a misdeclared one shows at start, not at the first call
            self._adoptions(recipient)

    @property
    def recipients(self) -> tuple[Recipient, ...]:
        return tuple(self._recipients.values())

    def tell_first(self, told: Callable[[Recipient], bool]) -> None:
        """From now on nothing goes abroad to a recipient of whom people have not been told (ZOI-21).

        `told` is asked for each transfer under a mechanism: it must not wait.
        """
        self._told = told

    def permit(
        self, flow: Flow, recipient_id: RecipientId, day: dt.date, *, consents: Collection[str] | None = None
    ) -> Permit:
        """Why it may leave that day. Raises TransferBlocked.

        `consents` are the codes of the purposes that the person agreed to, for flows whose basis is consent.
        """
        recipient = self._recipients.get(recipient_id)
        if recipient is None:
            self._block(flow, recipient_id, BlockReason.RECIPIENT_UNKNOWN, day)
        if flow.name not in recipient.flows:
            self._block(flow, recipient_id, BlockReason.FLOW_NOT_DECLARED, day)
        verdict = self._verdict(recipient, day)
        if isinstance(verdict, BlockReason):
            self._block(flow, recipient_id, verdict, day)
        if verdict.mechanism is not None and not self._told(recipient):
            self._block(flow, recipient_id, BlockReason.PEOPLE_NOT_TOLD, day)
        if flow.purpose.basis is Basis.CONSENT and flow.purpose.value not in (consents or ()):
            self._block(flow, recipient_id, BlockReason.CONSENT_MISSING, day)
        return verdict

    def client(self, recipient_id: RecipientId, *, http2: Http2Settings | None = None) -> EgressClient:
        """A client for a declared recipient; the caller closes it. Raises TransferBlocked if it is not declared.

        `http2`: over connections that know what was not processed, for whom nothing may be repeated.
        """
        recipient = self._recipients.get(recipient_id)
        if recipient is None:
            raise TransferBlocked(
                BlockReason.RECIPIENT_UNKNOWN, recipient=recipient_id, flow="", day=str(self._today())
            )
        return EgressClient(recipient, self, self._settings, http2=http2)

    def upcoming(self, day: dt.date, *, within_days: int = _NOTICE_DAYS) -> list[ComingBlock]:
        """Which recipients will be blocked within that time, soonest first; those blocked already come with `day`."""
        last = day + dt.timedelta(days=within_days)
        found = (self._coming(recipient, day, last) for recipient in self._recipients.values())
        return sorted((block for block in found if block is not None), key=lambda block: (block.day, block.recipient))

    # What the clients ask (`client.Passage`).

    def allow(self, flow: Flow, recipient: Recipient, url: str, concerned: Concerned | None) -> None:
        """Raises TransferBlocked unless this flow may go to this URL of the recipient today."""
        self.permit(flow, recipient.id, self._today(), consents=concerned.consents if concerned else None)
        if not recipient.owns(url):
            self.refuse(flow, recipient, BlockReason.ADDRESS_NOT_DECLARED)

    def refuse(self, flow: Flow, recipient: Recipient, reason: BlockReason) -> None:
        self._block(flow, recipient.id, reason, self._today())

    def passed(self, flow: Flow, recipient: Recipient, concerned: Concerned) -> None:
        if self._disclosures is not None:
            self._disclosures.note(concerned, recipient.id, flow.name, self._today())

    def _today(self) -> dt.date:
        return day_of(self._clock.time())

    def _verdict(self, recipient: Recipient, day: dt.date) -> Permit | BlockReason:
        if day != self._day:
            self._day = day
            self._verdicts = {}
        verdict = self._verdicts.get(recipient.id)
        if verdict is None:
            verdict = self._verdicts[recipient.id] = self._judge(recipient, day)
        return verdict

    def _judge(self, recipient: Recipient, day: dt.date) -> Permit | BlockReason:
        if self._places is not None and recipient.country not in self._places:
            return BlockReason.PLACE_NOT_ALLOWED
        if self._table.at_home(recipient.exporter, recipient.country):
            return Permit(recipient, None)
        for mechanism, start, end in self._adoptions(recipient):
            if start <= day < end:
                return Permit(recipient, mechanism)
        return BlockReason.NO_MECHANISM

    def _adoptions(self, recipient: Recipient) -> list[tuple[Mechanism, dt.date, dt.date]]:
        found = []
        for adoption in recipient.mechanisms:
            mechanism = self._table.mechanism(adoption, recipient.exporter, recipient.country)
            interval = adoption.interval(mechanism)
            if interval is not None:
                found.append((mechanism, *interval))
        return found

    def _coming(self, recipient: Recipient, day: dt.date, last: dt.date) -> ComingBlock | None:
        ends = {end for _, _, end in self._adoptions(recipient) if day < end <= last}
        mechanism: str | None = None
        for moment in (day, *sorted(ends)):
            verdict = self._judge(recipient, moment)
            if isinstance(verdict, BlockReason):
                return ComingBlock(recipient.id, recipient.flows, moment, verdict, mechanism)
            mechanism = verdict.mechanism.id if verdict.mechanism else None
        return None

    def _block(self, flow: Flow, recipient: RecipientId, reason: BlockReason, day: dt.date) -> Never:
        self.blocked[recipient, flow.name, reason.value] += 1
        raise TransferBlocked(reason, recipient=recipient, flow=flow.name, day=day.isoformat())
