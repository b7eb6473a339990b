"""Requests: the one door through which pages, the API, mailboxes and timers come."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import final

from ringfence.clock import Clock
from ringfence.identifiers import CaseId, ProviderId, RowId, StaffId, SubjectId
from ringfence.persistence import Database
from ringfence.privacy.law import Law
from ringfence.privacy.ledger import Ledger
from ringfence.privacy.requests.approvals import Approvals
from ringfence.privacy.requests.asked import Asked
from ringfence.privacy.requests.closed import ClosedCase, closed_of
from ringfence.privacy.requests.departing import Departing
from ringfence.privacy.requests.desk import Desk
from ringfence.privacy.requests.dossier import Dossier, dossier_of
from ringfence.privacy.requests.figures import Figures, figures_of
from ringfence.privacy.requests.fulfilment import Fulfilment, When
from ringfence.privacy.requests.kind import Channel, Kind
from ringfence.privacy.requests.letters import Letters
from ringfence.privacy.requests.overtaken import Overtaken
from ringfence.privacy.requests.plan import Stage
from ringfence.privacy.requests.policy import Policies
from ringfence.privacy.requests.ports import Executor, Post, Reminders, Writer
from ringfence.privacy.requests.reading import Reading
from ringfence.privacy.requests.receiving import Receiving
from ringfence.privacy.requests.state import State
from ringfence.privacy.requests.step import PERSON, By, Grant, Refer, Settle, Step
from ringfence.privacy.requests.stepping import Stepping
from ringfence.privacy.requests.view import CaseContent, CaseSummary, CaseView
from ringfence.privacy.requests.vigil import Vigil
from ringfence.privacy.vault import Keyring
from ringfence.randomness import Randomness

__all__ = ["Requests"]


@final
class Requests:
    """One for all providers. `work` carries out what is decided, and app supervises it; `sweep` watches the clocks."""

    def __init__(
        self,
        *,
        db: Database,
        keyring: Keyring,
        ledger: Ledger,
        law: Law,
        clock: Clock,
        randomness: Randomness,
        policies: Policies,
        executors: Mapping[Stage, Executor],
        writer: Writer,
        post: Post,
        reminders: Reminders,
        at: Callable[[Stage, When], None] = lambda _, __: None,
    ) -> None:
        self.desk = Desk(db, keyring, ledger, law, clock, randomness, policies)
        self._receiving = Receiving(self.desk)
        self._stepping = Stepping(self.desk)
        self._reading = Reading(self.desk)
        self._fulfilment = Fulfilment(self.desk, Letters(self.desk, writer, post), executors, at)
        self._vigil = Vigil(self.desk, reminders)
        self._overtaken = Overtaken(self.desk)
        self._departing = Departing(self.desk)
        self.approvals = Approvals(self.desk)
        self._running = asyncio.Lock()
        self._asked = asyncio.Event()

    # -- asking -------------------------------------------------------------------------------------------------------

    async def receive(self, asked: Asked) -> CaseId:
        """The request that this became, or the open one that it joins; either way its author is told.

        Raises AskedTooMuch, TooManyOpen, SubjectGone, UnknownPolicy.
        """
        case = await self._receiving.receive(asked)
        self._asked.set()
        return case

    async def departs(self, provider: ProviderId, subject: SubjectId, channel: Channel) -> None:
        """The person leaves by a button of their own, and is about to be erased: counted as granted on the same day."""
        await self._departing.note(provider, subject, channel)
        self._asked.set()

    async def step(self, provider: ProviderId, case: CaseId, step: Step, by: By) -> None:
        """Lets something happen, by the staff or by Ringfence itself. Raises UnknownCase, or why it may not."""
        await self._stepping.step(provider, case, step, by)
        self._asked.set()

    async def step_of_person(self, provider: ProviderId, subject: SubjectId, case: CaseId, step: Step) -> None:
        """The same by the person, on their own request only; somebody else's is answered like one that is not there."""
        await self._stepping.step(provider, case, step, PERSON, owner=subject)
        self._asked.set()

    # -- looking ------------------------------------------------------------------------------------------------------

    async def inbox(
        self,
        provider: ProviderId,
        *,
        states: Sequence[State] = (),
        kinds: Sequence[Kind] = (),
        staff: StaffId | None = None,
        limit: int = 200,
    ) -> list[CaseSummary]:
        """What is open (or in these states), the most urgent first; `staff`: what this member works on."""
        return await self._reading.inbox(provider, states=states, kinds=kinds, staff=staff, limit=limit)

    async def case(self, provider: ProviderId, case: CaseId, *, staff: StaffId | None = None) -> CaseView:
        """One request as the console shows it: nothing a person said is in it. Raises UnknownCase."""
        return await self._reading.view(provider, case, staff=staff)

    async def content(self, provider: ProviderId, case: CaseId) -> CaseContent:
        """What the person said and was told; call it only behind `privacy.looks`. Raises UnknownCase."""
        return await self._reading.content(provider, case)

    async def of_subject(self, provider: ProviderId, subject: SubjectId) -> list[CaseSummary]:
        """The person's own requests, the newest first."""
        return await self._reading.of_subject(provider, subject)

    async def own(self, provider: ProviderId, subject: SubjectId, case: CaseId) -> tuple[CaseView, CaseContent]:
        """One of the person's own requests, whole. Raises UnknownCase, also for somebody else's."""
        view = await self._reading.view(provider, case, owner=subject)
        return view, await self._reading.content(provider, case, owner=subject)

    async def dossier(self, provider: ProviderId, case: CaseId) -> Dossier:
        """Everything that shows how a request was treated, as HTML and JSON, for an authority. Raises UnknownCase."""
        return await dossier_of(self.desk, provider, case)

    async def figures(self, provider: ProviderId, year: int) -> Figures:
        """Counts per kind, median days and late ones of the requests that came in a year; they name nobody."""
        return await figures_of(self.desk, provider, year)

    async def closed(
        self,
        provider: ProviderId,
        *,
        year: int | None = None,
        kind: Kind | None = None,
        case: CaseId | None = None,
        limit: int = 500,
    ) -> list[ClosedCase]:
        """What was answered or ended, the newest first, also of people who are gone; `year`: in which it came."""
        return await closed_of(self.desk, provider, year=year, kind=kind, case=case, limit=limit)

    # -- by two members of staff --------------------------------------------------------------------------------------

    async def export_many(
        self, provider: ProviderId, approval: RowId, people: Sequence[SubjectId], reason: str
    ) -> list[CaseId]:
        """One request for access per person, each with its history, and each answer to the person themself.

        Raises SecondMemberNeeded unless another member of staff agreed to exactly these people (`approvals`).
        """
        agreed = await self.approvals.use(provider, approval, people)
        first, second = By.member(agreed.first), By.member(agreed.second or agreed.first)
        found = []
        for subject in people:
            asked = Asked(
                provider=provider, kind=Kind.ACCESS, channel=Channel.LETTER, subject=subject, staff=agreed.first,
                text=reason, portal=True,
            )  # fmt: skip
            case = await self.receive(asked)
            await self.step(provider, case, Refer(reason), first)
            await self.step(provider, case, Settle(reason), second)
            await self.step(provider, case, Grant(reason), second)
            found.append(case)
        return found

    # -- carrying out -------------------------------------------------------------------------------------------------

    async def work(self, *, retry_seconds: float = 60.0) -> None:
        """Carries out what was decided, as soon as it is, until cancelled."""
        while True:
            self._asked.clear()
            await self.resume()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._asked.wait(), retry_seconds)

    async def resume(self) -> int:
        """Goes on with all that is queued; tells how many requests had something to do."""
        async with self._running:
            return await self._fulfilment.resume()

    async def remind(self) -> int:
        """Reminds the staff of what is due soon; tells how many reminders went out."""
        return await self._vigil.remind()

    async def sweep(self) -> int:
        """Once an hour or so: reminders, what must leave today, what the end of its person overtook.

        Tells how many requests it moved.
        """
        moved = await self._vigil.last_day() + await self._overtaken.close()
        if moved:
            self._asked.set()
        await self._vigil.forget_mails()
        await self._vigil.remind()
        return moved
