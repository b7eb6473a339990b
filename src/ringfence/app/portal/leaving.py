"""Leaving (port `Leave`), and what stops for whoever leaves (port `Consequence` of `privacy.rights`)."""

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from typing import Final, final

import sqlalchemy as sa

from ringfence.app.portal.holdings import CATEGORIES, PACKAGE, counted
from ringfence.clock import Clock, day_of
from ringfence.declarations import REGISTRY
from ringfence.errors import RingfenceError
from ringfence.identifiers import ProviderId, RowId, SubjectId
from ringfence.persistence import Database
from ringfence.privacy.access import Session
from ringfence.privacy.law import Law, UnknownRule
from ringfence.privacy.requests import Channel, Requests
from ringfence.privacy.rights import Erasures, ErasureSettings, Outcome, Reason, State, UnknownErasure, Verdict, told
from ringfence.privacy.secrecy import Secrecy
from ringfence.services.calls.records import MissedCall
from ringfence.services.enrolment import SipAccount
from ringfence.services.enrolment.ports import Rights
from ringfence.web.look import Words
from ringfence.web.portal import Gone, Plan, Stay

__all__ = ["CountedLeave", "PortalLeave", "WhatStops"]

_STAYING: Final = frozenset({Outcome.KEPT, Outcome.BLOCKED})


@final
class WhatStops:
    """What ends with the account (ZOI-20): keys `stops.<key>` of the portal's catalogue."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def ends(self, subject: SubjectId) -> Collection[str]:
        async with self._db.reading() as unit:
            enrolled = await unit.count(SipAccount, subject=subject)
            missed = await unit.count(MissedCall, subject=subject)
        return {key for key, there in (("ringing", enrolled), ("missed", missed), ("sign_in", 1)) if there}


@final
class CountedLeave:
    """Begins an erasure as `rights` does, and has it counted among the requests of the year.

    The note comes first: from it on the erasure begins by itself, should the process be killed. Without it, it begins
    all the same: nobody's leaving waits for a figure.
    """

    def __init__(self, rights: Rights, requests: Requests) -> None:
        self._rights = rights
        self._requests = requests

    async def request(self, provider: ProviderId, subject: SubjectId, reason: Reason) -> RowId:
        with suppress(RingfenceError, OSError, sa.exc.SQLAlchemyError):
            await self._requests.departs(provider, subject, Channel.PORTAL)
        return RowId(await self._rights.request(provider, subject, reason))


@final
class PortalLeave:
    """`rights` begins an erasure as enrolment does; `erasures` knows how it stands.

    What an order hides is not among what goes or stays.
    """

    def __init__(
        self,
        *,
        db: Database,
        erasures: Erasures,
        rights: Rights,
        secrecy: Secrecy,
        law: Law,
        clock: Clock,
        settings: ErasureSettings | None = None,
    ) -> None:
        self._db = db
        self._erasures = erasures
        self._rights = rights
        self._secrecy = secrecy
        self._law = law
        self._clock = clock
        self._promised = (settings or ErasureSettings()).promised_seconds

    async def plan(self, person: Session, language: str) -> Plan:
        words = Words(PACKAGE, language)
        dry = await self._erasures.dry_run(person.provider, person.subject)
        seen = await counted(self._db, self._secrecy, person, REGISTRY)
        verdicts = [each for each in told(dry.verdicts) if seen.get(each.table)]
        return Plan(
            stops=[words(f"stops.{key}") for key in dry.stops],
            goes=_goes(verdicts, words),
            stays=self._stays(verdicts, words),
            until=day_of(self._clock.time() + self._promised),
        )

    async def leave(self, person: Session) -> RowId:
        return RowId(await self._rights.request(person.provider, person.subject, Reason.ASKED))

    async def gone(self, erasure: RowId, language: str) -> Gone | None:
        try:
            status = await self._erasures.status(erasure)
        except UnknownErasure:
            return None
        certified = status.state is State.CERTIFIED
        stays = self._stays(told(status.verdicts), Words(PACKAGE, language))
        return Gone(status.id, status.requested, status.promised, certified, stays)

    async def certificate(self, erasure: RowId) -> bytes | None:
        try:
            return (await self._erasures.status(erasure)).certificate
        except UnknownErasure:
            return None

    def _stays(self, verdicts: Iterable[Verdict], words: Words) -> Sequence[Stay]:
        """Once for each kind of data, day and law."""
        found = {
            (verdict.category, verdict.until, verdict.law): Stay(
                words(f"kind.{CATEGORIES[verdict.category].value}"),
                verdict.until,
                words("law.rule", article=self._article(verdict.law)),
            )
            for verdict in verdicts
            if verdict.outcome in _STAYING and verdict.rows
        }
        return list(found.values())

    def _article(self, rule: str) -> str:
        """The article, where the tables know the rule; else the name under which evidence speaks of it."""
        for find in (self._law.retention, self._law.exception):
            try:
                return find(rule).article
            except UnknownRule:
                continue
        return rule


def _goes(verdicts: Iterable[Verdict], words: Words) -> list[str]:
    erased = (each.category for each in verdicts if each.outcome is Outcome.ERASED and each.rows)
    return [words(f"kind.{category}") for category in dict.fromkeys(erased)]
