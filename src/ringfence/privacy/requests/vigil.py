"""Watching the clocks: who works on it is reminded, and on the last day an answer leaves all the same."""

import dataclasses
import datetime as dt
from typing import Final, final

import sqlalchemy as sa

from ringfence.clock import DAY
from ringfence.errors import RingfenceError
from ringfence.identifiers import CaseId, ProviderId
from ringfence.persistence import SubjectGone
from ringfence.privacy.requests.casefile import CaseFile
from ringfence.privacy.requests.clocks import instant_of
from ringfence.privacy.requests.desk import Desk
from ringfence.privacy.requests.errors import UnknownCase
from ringfence.privacy.requests.identity import OWN_ACT
from ringfence.privacy.requests.kind import LetterKind, Outcome
from ringfence.privacy.requests.policy import GIVING
from ringfence.privacy.requests.ports import Reminder, Reminders
from ringfence.privacy.requests.reasons import OwnReason, own_reason
from ringfence.privacy.requests.records import Case, MailSeen
from ringfence.privacy.requests.state import OPEN, Event, State
from ringfence.privacy.requests.step import RINGFENCE

__all__ = ["NOT_IDENTIFIED", "Vigil", "reminders_due"]

NOT_IDENTIFIED: Final = "11-2"
"""The exception under which a request ends whose author did not show who they are (Art. 11(2), 12(2) GDPR)."""
_PATIENCE: Final = 7
"""Days that somebody has for their proof, before the last day may end the request for lack of it."""
_MAIL_SEEN: Final = 400 * DAY
"""So long a mail is known to have been read: a mailbox that is restored from a yearly backup brings none twice."""
_ESCALATING: Final = 2
"""The last reminders before the day go to the deputy and all officers too, and so do those after it."""


def reminders_due(days_left: int, remind_days: tuple[int, ...]) -> int:
    """How many reminders must have gone out by now: one per threshold, then one a day."""
    return sum(days_left <= days for days in remind_days) + max(0, -days_left)


@final
class Vigil:
    """Computes from the rows what is due; may be called at any time, any number of times."""

    def __init__(self, desk: Desk, reminders: Reminders) -> None:
        self._desk = desk
        self._reminders = reminders

    async def last_day(self) -> int:
        """What must leave today and was not decided: granted, refused or answered for the time being, by rule."""
        done = 0
        for case in await self._due(self._desk.clock.time() + DAY):
            done += await self._answer_in_time(*case)
        return done

    async def remind(self) -> int:
        """Tells the staff what is due soon; tells how many reminders went out. Raises the first failure at the end."""
        sent, failures = 0, []
        for case in await self._due(self._desk.clock.time() + 32 * DAY):
            try:
                sent += await self._remind(*case)
            except UnknownCase:
                continue  # it went with its person since
            except (RingfenceError, OSError) as failure:
                failures.append(failure)
        if failures:
            raise failures[0]
        return sent

    async def forget_mails(self) -> int:
        """Deletes what was noted of mails that nobody delivers again."""
        before = self._desk.clock.time() - _MAIL_SEEN
        table = MailSeen.declaration.table
        async with self._desk.db.transaction() as unit:
            return (await unit.execute(table.delete().where(table.c.at < before))).rowcount

    async def _due(self, until: float) -> list[tuple[ProviderId, CaseId]]:
        """Names only: each is read by itself, so that one that can't be read holds up no other."""
        columns = Case.declaration.table.c
        chosen = sa.select(columns.provider, columns.id).where(
            columns.send_by <= until, columns.state.in_([state.value for state in OPEN])
        )
        async with self._desk.db.reading() as unit:
            rows = (await unit.execute(chosen.order_by(columns.send_by))).all()
        return [(ProviderId(row.provider), CaseId(row.id)) for row in rows]

    async def _answer_in_time(self, provider: ProviderId, case: CaseId) -> int:
        try:
            async with self._desk.db.transaction() as unit:
                file = await CaseFile.open(unit, self._desk, provider, case)
                if self._desk.today(provider) < file.clocks.send_by or not await self._by_rule(file):
                    return 0
                await file.save()
        except RingfenceError:
            return 0  # its person is going, or its provider is not served any more: the others' day is today
        return 1

    async def _by_rule(self, file: CaseFile) -> bool:
        """Whether something was to be done. What only people can judge gets a letter that says where it stands."""
        case = file.case
        if case.state is State.READY and case.proof in OWN_ACT and case.right in GIVING and case.mark is None:
            await file.enter(Event.GRANTED, RINGFENCE, codes=("last_day",))
            file.decide(Outcome.GRANTED)
            file.outline = dataclasses.replace(file.outline, automatic=True)
            return True
        if case.state is State.IDENTIFYING and self._waited(file) and self._may_refuse(case):
            seen = await file.drop_evidence()
            await file.enter(Event.REFUSED, RINGFENCE, codes=("last_day", NOT_IDENTIFIED, *seen))
            reasons = own_reason(OwnReason.PROOF_NOT_GIVEN, case.language)
            file.decide(Outcome.REFUSED, exception=NOT_IDENTIFIED, reasons=reasons)
            return True
        if file.outline.interim or any(step.event is Event.EXTENDED for step in file.steps):
            return False
        await file.enter(Event.INTERIM, RINGFENCE, codes=("last_day",))
        await file.want(LetterKind.WHERE_IT_STANDS, own_reason(OwnReason.NOT_DECIDED, case.language))
        file.outline = dataclasses.replace(file.outline, interim=True)
        return True

    def _waited(self, file: CaseFile) -> bool:
        asked = [step.at for step in file.steps if step.event is Event.PROOF_ASKED]
        return bool(asked) and self._desk.clock.time() - asked[0] >= _PATIENCE * DAY

    def _may_refuse(self, case: Case) -> bool:
        exception = self._desk.law.exception(NOT_IDENTIFIED)
        return exception.may_refuse(case.right.value, self._desk.country(case.provider))

    async def _remind(self, provider: ProviderId, name: CaseId) -> int:
        async with self._desk.db.reading() as unit:
            case = (await CaseFile.open(unit, self._desk, provider, name)).case
        policy = self._desk.policies(provider)
        days_left = _days(case.send_by, self._desk.today(provider))
        due = reminders_due(days_left, policy.remind_days)
        if due <= case.reminded:
            return 0
        escalated = due > len(policy.remind_days) - _ESCALATING
        people = (case.assignee, case.deputy if escalated else None)
        await self._reminders.remind(
            Reminder(
                provider=provider,
                case=name,
                kind=case.right,
                days_left=days_left,
                to=tuple(staff for staff in people if staff is not None),
                escalated=escalated,
            )
        )
        await self._note(provider, name, due)
        return 1

    async def _note(self, provider: ProviderId, case: CaseId, due: int) -> None:
        try:
            async with self._desk.db.transaction() as unit:
                file = await CaseFile.open(unit, self._desk, provider, case)
                file.case = dataclasses.replace(file.case, reminded=due)
                await file.save()
        except (SubjectGone, UnknownCase):
            return


def _days(send_by: float, today: dt.date) -> int:
    return round((send_by - instant_of(today)) / DAY)
