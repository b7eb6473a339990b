"""Whoever leaves by a button is answered by the erasure itself: there is no case, but an outline for the figures."""

from typing import final

from ringfence.identifiers import ProviderId, SubjectId
from ringfence.privacy.requests.clocks import clocks, day_number
from ringfence.privacy.requests.desk import Desk
from ringfence.privacy.requests.kind import Channel, Kind, Outcome
from ringfence.privacy.requests.records import CaseOutline

__all__ = ["Departing"]


@final
class Departing:
    """Notes that an erasure was asked for and granted on the same day."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def note(self, provider: ProviderId, subject: SubjectId, channel: Channel) -> None:
        """Before the erasure begins: the outline says whose is still to begin, so that a kill loses neither.

        Asked for twice it is noted once.
        """
        async with self._desk.db.transaction() as unit:
            if self._desk.has_gone(subject) or await unit.count(CaseOutline, erasing=subject):
                return
            await unit.add(self._outline(provider, subject, channel))

    def _outline(self, provider: ProviderId, subject: SubjectId, channel: Channel) -> CaseOutline:
        calendar, today = self._desk.calendar(provider), self._desk.today(provider)
        due = clocks(calendar, Kind.ERASURE, today, (), extended=False)
        return CaseOutline(
            id=self._desk.row(),
            provider=provider,
            right=Kind.ERASURE,
            channel=channel,
            received=day_number(today),
            promised=day_number(due.send_by),
            legal=day_number(due.legal),
            answered=day_number(today),
            outcome=Outcome.GRANTED,
            extended=False,
            interim=False,
            mark=None,
            automatic=True,
            erasing=subject,
            ref=self._desk.keyring.ledger_ref(subject),
        )
