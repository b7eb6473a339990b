"""What people and staff do on a day, drawn by a seeded chance."""

import datetime as dt
import random
from collections.abc import Awaitable, Callable
from typing import Final, final

from ringfence.clock import DAY, day_of
from ringfence.declarations import IdentifierKind
from ringfence.errors import RingfenceError
from ringfence.identifiers import CaseId, DeviceId, RowId, SubjectId
from ringfence.privacy.consent import Act, Choice, Feature, Shown
from ringfence.privacy.looks import LookReason
from ringfence.privacy.requests import (
    Asked,
    AskProof,
    By,
    CaseSummary,
    Channel,
    Document,
    Grant,
    HandIn,
    Identifier,
    Identify,
    Kind,
    Posted,
    Proof,
    Refuse,
    Second,
    Settle,
    State,
    Step,
)
from ringfence.privacy.restriction import Ground
from ringfence.privacy.rights import HoldReason
from ringfence.services.billing import Draft
from ringfence.services.calls import Caller
from ringfence.services.enrolment import Application, MailAddresses, SipAddress
from ringfence.services.staff import Role
from tests.simulation.diary import Billed, Diary, Held, Life
from tests.simulation.town import PROVIDERS, Town

__all__ = ["Days"]

_HOLDABLE: Final = ("agreement", "mail_address", "consent_event", "missed_call", "look")
_ASKED: Final = (
    Kind.ACCESS, Kind.PORTABILITY, Kind.RECIPIENTS, Kind.RECTIFICATION, Kind.OBJECTION, Kind.WITHDRAWAL,
    Kind.COMPLAINT, Kind.ERASURE, Kind.RESTRICTION,
)  # fmt: skip
_ADDRESSES: Final = 75  # then they are given to others, who may still be here
_SOON: Final = 3  # days; what must leave by then the officer decides today


@final
class Days:
    """Goes on where it stopped, also with a town that was opened anew."""

    def __init__(self, diary: Diary, seed: int) -> None:
        self.diary = diary
        self._chance = random.Random(seed)  # noqa: S311 - repeatable on purpose
        self._number = 0
        self._written: dict[CaseId, Life] = {}
        self._lifting: list[tuple[Held, float]] = []

    async def begin(self, town: Town, people: int) -> None:
        """So many people enrol at once; the officers were there before."""
        self.diary.staff |= {SubjectId(staff) for staff in town.officers.values()}
        for _ in range(people):
            await self._enrol(town)

    async def day(self, town: Town) -> None:
        """One day, from morning to evening."""
        if self._perhaps(7):
            await self._enrol(town)
        if self._perhaps(60):
            await self._invite(town)
        for life in self.diary.here():
            await self._live(town, life)
        await self._strangers(town)
        await self._officers(town)
        await self._end_what_was_held(town)

    def _perhaps(self, days: int) -> bool:
        """Once in so many days."""
        return self._chance.randrange(days) == 0

    def _done(self, what: str) -> None:
        self.diary.happened(what)

    # Coming

    async def _enrol(self, town: Town) -> None:
        provider = self._chance.choice(PROVIDERS)
        self._number += 1
        user = f"user{self._number % _ADDRESSES}"
        versions = town.server.notices.versions(provider)
        key = self._chance.randbytes(32)
        enrolled = await town.server.enrolment.enrol(
            Application(
                address=SipAddress(user, f"{provider}.example"),
                auth_user=user,
                password=f"secret {self._number}",
                device_name="Phone",
                public_key=key,
                app=f"app-{provider}",
                push_token=f"token-{self._number}",
                notice_version=versions.notice,
                terms_version=versions.terms,
                language=self._chance.choice(["en", "de", "es", "bg"]),
                old_enough=True,
            )
        )
        address = f"{user}@{provider}.example"
        for former in self.diary.here():
            if former.address == address:
                former.left = town.clock.time()
                self._done("reassigned")
        subject = town.kernel.keyring.find(provider, IdentifierKind.SIP_ADDRESS, address)
        assert subject is not None
        town.server.enrolment.registered(enrolled.device)
        life = Life(provider, address, key, subject, [enrolled.device], town.clock.time())
        self.diary.lives.append(life)
        self._done("enrolled")
        if self._perhaps(2):
            mail = MailAddresses(town.kernel.db)
            await mail.keep(provider, subject, f"{user}.{self._number}@mail.example")

    async def _invite(self, town: Town) -> None:
        """Somebody is invited who never comes."""
        self._number += 1
        provider = self._chance.choice(PROVIDERS)
        mail = f"never.{self._number}@{provider}.example"
        await town.server.rights.staff.invite(provider, [Role.SUPPORT], name="Nobody", mail=mail, by=None)
        self._done("invited")

    # Being here

    async def _live(self, town: Town, life: Life) -> None:
        if not town.server.enrolment.presence.get(life.devices[0]):  # their erasure was answered and begun
            life.left = town.clock.time()
            return
        if self._perhaps(220):
            life.silent = True
            self._done("silent")
            return
        self._heard(town, life)
        for often, act in self._acts():
            if life.here and self._perhaps(often):
                try:
                    await act(town, life)
                except RingfenceError as refused:  # such as what is only stored, or too much asked
                    self._done(f"refused: {refused.code}")

    def _heard(self, town: Town, life: Life) -> None:
        for device in life.devices:
            town.server.enrolment.registered(device)
        life.heard = town.clock.time()

    def _acts(self) -> tuple[tuple[int, Callable[[Town, Life], Awaitable[None]]], ...]:
        return (
            (6, self._missed),
            (40, self._consent),
            (70, self._withdraw),
            (45, self._ask),
            (40, self._looked_at),
            (30, self._billed),
            (15, self._reads),
            (90, self._new_token),
            (250, self._held),
            (250, self._restricted),
            (350, self._leaves),
        )

    async def _missed(self, town: Town, life: Life) -> None:
        caller = Caller(name="Mallory", uri="sip:mallory@elsewhere.example")
        town.server.missed.note(life.subject, life.provider, caller, town.clock.time())
        self._done("missed")

    async def _consent(self, town: Town, life: Life) -> None:
        choice = Choice(self._chance.choice([Feature.CONTACTS, Feature.LOCATION]))
        text = town.server.notices.consent_text(life.provider, choice, "en")
        shown = Shown(text.version, text.language)
        await town.server.rights.consents.give(
            life.provider, life.subject, choice, shown=shown, act=Act.SWITCH, old_enough=True
        )
        self._done("consented")

    async def _withdraw(self, town: Town, life: Life) -> None:
        if await town.server.rights.consents.withdraw(life.provider, life.subject, act=Act.SWITCH):
            self._done("withdrew")

    async def _ask(self, town: Town, life: Life) -> None:
        kind = self._chance.choice(_ASKED)
        tables = {"ground": Ground.UNLAWFUL.value, "tables": "missed_call,mail_address"}
        details = tables if kind is Kind.RESTRICTION else {}
        case = await town.server.rights.requests.receive(
            Asked(
                provider=life.provider, kind=kind, channel=Channel.PORTAL, subject=life.subject, proof=Proof.SESSION,
                text="please", language="en", details=details,
            )
        )  # fmt: skip
        if kind is Kind.ERASURE and case not in life.erasures:
            life.erasures.append(case)
        if kind is Kind.RESTRICTION:
            covered = frozenset({*tables["tables"].split(","), "restriction"})
            self._hold(Held(RowId(case), life.provider, life.subject, covered), town, case=case)
        self._written[case] = life
        self._done(kind.value)

    async def _looked_at(self, town: Town, life: Life) -> None:
        await town.server.rights.looks.show(
            life.provider, town.officers[life.provider], life.subject, "sip_account", reason=LookReason.SOLVE_FAULT
        )
        self._done("looked at")

    async def _billed(self, town: Town, life: Life) -> None:
        self._number += 1
        issued = day_of(town.clock.time())
        draft = Draft(
            number=f"R-{self._number}", issued=issued, name="A. Customer", what="Calls", net=1000, tax=190,
            sip=life.address, customer=f"K-{life.subject}",
        )  # fmt: skip
        row = await town.billing.add(life.provider, draft)
        self.diary.invoices[row] = Billed(life.provider, life.subject, issued)
        self._done("billed")

    async def _reads(self, town: Town, life: Life) -> None:
        """The app shows what is coming."""
        told = town.server.rights.announcements
        pending = await told.pending_for(life.provider, life.subject, "en")
        if pending is not None and not pending.told:
            await told.shown(life.provider, life.subject, pending.publication.id)
            self._done("told")
            if self._perhaps(8):
                await told.object_to(life.provider, life.subject)
                life.left = town.clock.time()
                self._done("objected")

    async def _new_token(self, town: Town, life: Life) -> None:
        self._number += 1
        await town.server.enrolment.change_token(DeviceId(life.devices[0]), f"token-{self._number}")
        self._done("new token")

    async def _leaves(self, town: Town, life: Life) -> None:
        await town.server.enrolment.departures.leave(life.provider, life.subject)
        life.left = town.clock.time()
        self._done("left")

    # What is held

    async def _held(self, town: Town, life: Life) -> None:
        tables = tuple(self._chance.sample(_HOLDABLE, 2))
        until = day_of(town.clock.time()) + dt.timedelta(days=self._chance.randrange(20, 200))
        hold = await town.server.rights.holds.place(
            life.provider, life.subject, town.officers[life.provider],
            tables=tables, reason=self._chance.choice(list(HoldReason)), until=until, note="by order",
        )  # fmt: skip
        self._hold(Held(hold, life.provider, life.subject, frozenset(tables), until), town)
        self._done("held")

    async def _restricted(self, town: Town, life: Life) -> None:
        tables = ("agreement", "mail_address")
        restriction = await town.server.rights.restrictions.restrict(
            life.provider, life.subject, ground=Ground.UNLAWFUL, tables=tables
        )
        if any(each.id == restriction for each in self.diary.held):
            return  # it was in force already
        self._hold(Held(restriction, life.provider, life.subject, frozenset(tables)), town)
        self._done("restricted")

    def _hold(self, held: Held, town: Town, case: CaseId | None = None) -> None:
        self.diary.held.append(held)
        if case is None:
            self._lifting.append((held, town.clock.time() + self._chance.randrange(10, 150) * DAY))

    async def _end_what_was_held(self, town: Town) -> None:
        for held, at in [each for each in self._lifting if each[1] <= town.clock.time()]:
            self._lifting.remove((held, at))
            if held.until is None:
                await town.server.rights.restrictions.lift(held.provider, held.id)
            elif held.until <= day_of(town.clock.time()):
                continue  # it ends by itself, after its last day
            else:
                await town.server.rights.holds.release(held.provider, held.id, town.officers[held.provider])
            held.released = town.clock.time()
            self._done("released")

    # Those who are no subscribers, and those who answer

    async def _strangers(self, town: Town) -> None:
        if not self._perhaps(12):
            return
        self._number += 1
        life = self._chance.choice(self.diary.lives)
        case = await town.server.rights.requests.receive(
            Asked(
                provider=life.provider, kind=self._chance.choice([Kind.ACCESS, Kind.RECTIFICATION, Kind.COMPLAINT]),
                channel=Channel.FORM, name="A. Stranger", contact=f"stranger.{self._number}@mail.example",
                text="What do you know of me?", identifier=Identifier(IdentifierKind.SIP_ADDRESS, life.address),
            )
        )  # fmt: skip
        self._written[case] = life
        self._done("written")

    async def _officers(self, town: Town) -> None:
        for provider in PROVIDERS:
            officer = By.member(town.officers[provider])
            for case in await town.server.rights.requests.inbox(provider):
                if case.days_left <= _SOON or case.state is State.ANSWERING or self._perhaps(8):
                    await self._work_on(town, case, officer)

    async def _work_on(self, town: Town, case: CaseSummary, officer: By) -> None:
        step = self._next(case)
        if step is None:
            return
        try:
            if isinstance(step, Grant) and case.kind is Kind.RECTIFICATION:
                await self._correct(town, case)
            await town.server.rights.requests.step(case.provider, case.id, step, officer)
            self._done(type(step).__name__)
        except RingfenceError as refused:
            self._done(f"refused: {type(step).__name__} {refused.code}")

    async def _correct(self, town: Town, case: CaseSummary) -> None:
        """What is to be corrected, an officer corrects before granting it."""
        life = self._written[case.id]
        self._number += 1  # a value that stands there already would correct nothing, and the grant would wait for one
        await town.server.rights.rectifications.correct(
            life.provider, life.subject, town.officers[life.provider],
            case=case.id, table="device", row=RowId(life.devices[0]), field="name",
            value=f"Phone {self._number}",
        )  # fmt: skip

    def _next(self, case: CaseSummary) -> Step | None:
        """As a careful officer would: in the last days nobody waits for a proof any more."""
        if case.state in {State.RECEIVED, State.IDENTIFYING, State.REFERRED} and case.days_left <= _SOON:
            return Refuse("11-2", "The papers name somebody else.")
        passport = HandIn(Document.PASSPORT, b"%PDF-1.4 redacted", "application/pdf")
        life = self._written.get(case.id)
        known = Identify(Proof.DOCUMENTS, life.subject if life and life.here else None)
        decided: list[Step] = [*[Grant("as asked")] * 3, Refuse("12-5", "Asked again and again.", "6-1-b")]
        steps: dict[State, list[Step]] = {
            State.RECEIVED: [AskProof(Proof.DOCUMENTS, "two documents"), HandIn(Document.IDENTITY_CARD), known],
            State.IDENTIFYING: [passport, HandIn(Document.DRIVING_LICENCE)],
            State.REFERRED: [Settle("known to us")],
            State.READY: decided,
            State.CLARIFYING: decided,
            State.APPROVING: [Second()],
            State.ANSWERING: [Posted()],
        }
        return self._chance.choice(steps[case.state]) if case.state in steps else None
