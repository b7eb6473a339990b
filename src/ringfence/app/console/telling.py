"""Notices to recipients, in words (port `Tellings`)."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final, final

from ringfence.declarations import FLOWS
from ringfence.identifiers import ProviderId, RowId
from ringfence.privacy.datamap import flow_said
from ringfence.privacy.egress import Gate
from ringfence.privacy.rectification import Deliveries, Reason, RecipientNotice
from ringfence.web.console import NoticeShown

__all__ = ["ConsoleTellings"]

_SETTLED: Final = 50  # of what was done, the newest


@final
class ConsoleTellings:
    def __init__(self, deliveries: Deliveries, gates: Mapping[ProviderId, Gate]) -> None:
        self._deliveries = deliveries
        self._gates = gates

    async def by_hand(self, provider: ProviderId, language: str) -> Sequence[NoticeShown]:
        return [self._shown(each, language) for each in await self._deliveries.by_hand(provider)]

    async def settled(self, provider: ProviderId, language: str) -> Sequence[NoticeShown]:
        return [self._shown(each, language) for each in await self._deliveries.settled(provider, _SETTLED)]

    async def tell_by_hand(self, provider: ProviderId, notice: RowId) -> None:
        await self._deliveries.tell_by_hand(provider, notice)

    async def give_up(self, provider: ProviderId, notice: RowId, reason: Reason) -> None:
        await self._deliveries.give_up(provider, notice, reason)

    def _shown(self, notice: RecipientNotice, language: str) -> NoticeShown:
        known = self._gates[notice.provider].recipients if notice.provider in self._gates else ()
        return NoticeShown(
            id=notice.id,
            recipient=notice.recipient,
            name=next((each.name for each in known if each.id == notice.recipient), ""),
            change=notice.change,
            flows=[_said(name, language) for name in notice.flows.split(",") if name],
            tables=[name for name in notice.tables.split(",") if name],
            first=dt.date.fromordinal(notice.first),
            last=dt.date.fromordinal(notice.last),
            reference=notice.reference,
            opened=dt.date.fromordinal(notice.opened),
            state=notice.state,
            way=notice.way,
            reason=notice.reason,
            closed=None if notice.closed is None else dt.date.fromordinal(notice.closed),
        )


def _said(name: str, language: str) -> str:
    flow = next((each for each in FLOWS if each.name == name), None)
    return name if flow is None else flow_said(name, flow.says, language)
