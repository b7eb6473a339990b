"""The console over real rooms, with two providers: staff of every role, people, requests in every state."""

import datetime as dt
import html
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx
import pyotp
from starlette.applications import Starlette

from ringfence.app.console import (
    ConsoleChain,
    ConsoleHolds,
    ConsoleLooks,
    ConsoleOrders,
    ConsolePeople,
    ConsoleRestrictions,
    ConsoleRules,
    ConsoleTellings,
    ConsoleTexts,
)
from ringfence.app.portal import WhatStops
from ringfence.app.records import DECLARING
from ringfence.clock import ManualClock
from ringfence.declarations import IdentifierKind
from ringfence.identifiers import CaseId, ProviderId, RowId, StaffId, SubjectId, UpstreamId
from ringfence.privacy.access import Means, Passkeys, Place, Sessions
from ringfence.privacy.ledger import LedgerEntry
from ringfence.privacy.looks import Looks
from ringfence.privacy.notices import Edition, Editions, Notices
from ringfence.privacy.rectification import Deliveries
from ringfence.privacy.requests import Asked, By, Channel, Kind, Proof, RequestPolicy, Requests, Stage
from ringfence.privacy.requests.ports import Executor
from ringfence.privacy.restriction import Restrictions
from ringfence.privacy.retention import Retention
from ringfence.privacy.rights import Erasures, Holds
from ringfence.privacy.secrecy import Secrecy
from ringfence.randomness import SystemRandomness
from ringfence.services.calls.records import MissedCall
from ringfence.services.enrolment import SipAccount
from ringfence.services.enrolment.records import Agreement
from ringfence.services.staff import HashingSettings, Role, Staff, StaffSettings, World, confidentiality
from ringfence.web.console import Console, Datum, Measure, Room, RungShown, console_routes
from ringfence.web.look import Imprint
from tests.unit.privacy.installation import Installation, installed, prepared
from tests.unit.privacy.notices.texts import changed
from tests.unit.privacy.rectification.recipients import Known, Post
from tests.unit.privacy.requests.bureau import LAW, Clerk, Doing, Mails, Told

assert DECLARING
OURS, THEIRS = ProviderId("example"), ProviderId("other")
COUNTRIES = {OURS: "DE", THEIRS: "AT"}
IMPRINTS = {
    OURS: Imprint("Example Telecom", "Example Telecom GmbH, Berlin", "privacy@provider.example"),
    THEIRS: Imprint("Other Telecom", "Other Telecom GmbH, Wien", "dpo@other.example"),
}
START = dt.datetime(2027, 3, 1, 9, 0, tzinfo=dt.UTC).timestamp()
DAY = 86_400.0
URL = "https://ring.example"
PASSWORD = "four words in a row"
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{ 7*7 }}"
ADDRESS = "1042@pbx.provider.example"
NAME = "Anna Beispiel"
WORDS = "I would like to know what you keep about me, and who has seen it."


@dataclass
class Corrections:
    """Port `Rectifications`: one datum of everybody, and what was entered for it."""

    made: list[tuple[Measure, str, str]] = field(default_factory=list)

    async def correctable(self, provider: ProviderId, subject: SubjectId, language: str) -> Sequence[Datum]:
        return [Datum("mail_address.address", "The mail address to which notices go.")]

    async def correct(self, measure: Measure, key: str, value: str) -> None:
        self.made.append((measure, key, value))


class Drafts:
    """Both providers' texts; `policy` may change, as a configuration does."""

    def __init__(self) -> None:
        self.changes: dict[str, object] = {}

    def draft(self, provider: ProviderId) -> Edition:
        policy = changed(id=provider, name=IMPRINTS[provider].provider, **self.changes)
        return Notices([policy]).edition(provider)


class Crowd:
    async def anybody(self, provider: ProviderId) -> bool:
        return True


@dataclass
class Member:
    """Somebody who works at the console, and the session that their browser holds."""

    staff: StaffId
    provider: ProviderId
    mail: str
    totp: pyotp.TOTP
    session: str
    recovery: list[str]


class Browser:
    """Keeps cookies, follows nothing by itself, asks the application without a socket."""

    def __init__(self, office: "Office", member: Member | None = None, *, host: str = "192.0.2.1") -> None:
        self.cookies = httpx.Cookies()
        if member is not None:
            self.cookies.set("__Host-ringfence-console", member.session, domain="ring.example", path="/")
        self._app, self._host = office.app, host
        self._headers = {"accept-language": "en", "sec-fetch-site": "same-origin"}

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self._ask("GET", path, headers)

    async def post(self, path: str, data: Mapping[str, str] | None = None, **more: object) -> httpx.Response:
        return await self._ask("POST", path, {}, data=dict(data or {}), **more)

    async def token(self, page: str) -> str:
        shown = (await self.get(page)).text
        found = re.search(r'name="form_token" value="([^"]*)"', shown)
        assert found, shown
        return html.unescape(found[1])

    async def send(self, page: str, path: str, data: Mapping[str, str] | None = None, **more: object) -> httpx.Response:
        """Open a page, and send a form with the token that stands on it."""
        return await self.post(path, {"form_token": await self.token(page), **(data or {})}, **more)

    async def _ask(self, method: str, path: str, headers: Mapping[str, str], **more: object) -> httpx.Response:
        transport = httpx.ASGITransport(self._app, client=(self._host, 5060))
        async with httpx.AsyncClient(transport=transport, base_url=URL, cookies=self.cookies) as client:
            answer = await client.request(method, path, headers={**self._headers, **headers}, **more)  # type: ignore[arg-type]  # as httpx has them
            self.cookies = client.cookies
            return answer


@dataclass
class Office:
    """Everything, open."""

    kernel: Installation
    clock: ManualClock
    staff: Staff
    requests: Requests
    secrecy: Secrecy
    holds: Holds
    looks: Looks
    editions: Editions
    drafts: Drafts
    corrections: Corrections
    console: Console
    app: Starlette
    members: dict[tuple[ProviderId, Role], Member] = field(default_factory=dict)
    does: dict[Stage, Doing] = field(default_factory=dict)

    async def member(self, *roles: Role, provider: ProviderId = OURS, bound: bool = True, name: str = "") -> Member:
        """Somebody of the staff who has joined; `bound`: and accepted confidentiality."""
        mail = f"{roles[0].value}-{await self._count(provider)}@{provider}.example"
        invitation = await self.staff.invite(
            provider, roles, name=name or f"{roles[0].value.title()} {provider}", mail=mail, by=None
        )
        opening = await self.staff.entrance.open_invitation(invitation.link.rpartition("/")[2])
        totp = pyotp.TOTP(opening.code_secret)
        done = await self.staff.entrance.join_by_code(opening.ticket, PASSWORD, self.code(totp))
        if bound:
            await self.staff.accept_confidentiality(done.signed_in.id, confidentiality("en").version)
        member = Member(invitation.staff, provider, mail, totp, done.signed_in.id, done.recovery)
        self.members.setdefault((provider, roles[0]), member)
        return member

    async def _count(self, provider: ProviderId) -> int:
        return len(await self.staff.members(provider))

    def again(self, member: Member) -> Member:
        """Signed in anew, after a while."""
        session = self.staff.sessions.open(member.provider, SubjectId(member.staff), Means.CODE)
        return replace(member, session=session)

    def code(self, totp: pyotp.TOTP) -> str:
        return totp.generate_otp(int(self.clock.time() // 30))

    def browser(self, member: Member | None = None, **more: str) -> Browser:
        return Browser(self, member, **more)

    async def subscriber(self, address: str = ADDRESS, provider: ProviderId = OURS) -> SubjectId:
        """A person with an account, an agreement, and a call that they missed."""
        kernel, now = self.kernel, self.clock.time()
        subject = SubjectId(kernel.new())
        kernel.keyring.bind(provider, IdentifierKind.SIP_ADDRESS, address, subject)
        async with kernel.db.transaction() as unit:
            await unit.add(
                SipAccount(
                    id=kernel.new(), upstream=UpstreamId("pbx"), address=address, mark=b"", provider=provider,
                    subject=subject,
                )
            )  # fmt: skip
            await unit.add(
                Agreement(
                    id=kernel.new(), notice_version="1" * 64, terms_version="2" * 64, language="en",
                    agreed_at=now - DAY, old_enough=True, provider=provider, subject=subject,
                )
            )  # fmt: skip
            await unit.add(
                MissedCall(
                    id=kernel.new(), due=now + DAY, at=now, caller_name="", caller_uri="sip:m@elsewhere.example",
                    provider=provider, subject=subject,
                )
            )  # fmt: skip
        return subject

    async def asked(
        self, subject: SubjectId, kind: Kind = Kind.RECTIFICATION, *, provider: ProviderId = OURS, text: str = WORDS
    ) -> CaseId:
        """By somebody who had signed in."""
        return await self.requests.receive(
            Asked(
                provider=provider, kind=kind, channel=Channel.PORTAL, subject=subject, proof=Proof.SESSION, text=text,
                name=NAME, contact="anna@mail.example", details={"value": text} if kind is Kind.RECTIFICATION else {},
            )
        )  # fmt: skip

    async def written(
        self, kind: Kind = Kind.ACCESS, *, provider: ProviderId = OURS, text: str = WORDS, name: str = NAME
    ) -> CaseId:
        """On the form without sign-in."""
        return await self.requests.receive(
            Asked(
                provider=provider, kind=kind, channel=Channel.FORM, text=text, name=name,
                contact=f"{len(text)}{kind}@mail.example",
            )
        )  # fmt: skip

    async def step(self, case: CaseId, step: object, member: Member) -> None:
        await self.requests.step(member.provider, case, step, By.member(member.staff))  # type: ignore[arg-type]  # a Step

    async def ledger(self, provider: ProviderId = OURS) -> list[str]:
        async with self.kernel.db.reading() as unit:
            found = await unit.select(LedgerEntry, provider=provider, order="number")
        return [entry.body.decode() for entry in found]


@asynccontextmanager
async def opened_office(folder: Path) -> AsyncIterator[Office]:
    clock = ManualClock(START)
    async with installed(prepared(folder), clock) as kernel:
        yield await _office(kernel, clock)


async def _office(kernel: Installation, clock: ManualClock) -> Office:
    chance = SystemRandomness()
    holder: list[Staff] = []

    class Later:
        async def depart(self, subject: SubjectId) -> None:
            await holder[0].depart(subject)

    erasures = Erasures(
        db=kernel.db, keyring=kernel.keyring, tombstones=kernel.tombstones, ledger=kernel.ledger, signer=kernel.signer,
        departures=(Later(),), clock=clock, randomness=chance, consequences=(WhatStops(kernel.db),),
    )  # fmt: skip
    settings = StaffSettings(public_url=URL, hashing=HashingSettings(passes=1, memory_kib=8))
    staff = Staff(
        World(
            db=kernel.db, ledger=kernel.ledger, identities=kernel.keyring, rights=erasures,
            sessions=Sessions(clock, chance, settings.sessions), passkeys=Passkeys(Place.of(URL, "Ringfence")),
            clock=clock, randomness=chance,
        ),
        settings,
    )  # fmt: skip
    holder.append(staff)
    common = {"db": kernel.db, "ledger": kernel.ledger, "clock": clock, "randomness": chance}
    secrecy = Secrecy(officers=staff, **common)  # type: ignore[arg-type]  # by name
    looks = Looks(keyring=kernel.keyring, lookers=staff, hiding=secrecy, **common)  # type: ignore[arg-type]  # by name
    holds = Holds(keyring=kernel.keyring, secrecy=secrecy, **common)  # type: ignore[arg-type]  # by name
    restrictions = Restrictions(
        keyring=kernel.keyring, standing=kernel.standing, informer=_Told(), observers=(), **common  # type: ignore[arg-type]  # by name
    )  # fmt: skip
    does = {stage: Doing() for stage in Stage}
    requests = _requests(kernel, clock, dict(does))
    editions, drafts, corrections = Editions(kernel.db, kernel.ledger, clock), Drafts(), Corrections()
    room = Room(
        cases=requests,
        approvals=requests.approvals,
        rules=ConsoleRules(LAW, COUNTRIES, clock),
        looks=ConsoleLooks(looks, requests),
        rings=Bells(),
        people=ConsolePeople(kernel.db, kernel.keyring, erasures, restrictions, LAW),
        holds=ConsoleHolds(kernel.db, holds, secrecy),
        restrictions=ConsoleRestrictions(restrictions),
        rectifications=corrections,
        orders=ConsoleOrders(secrecy, holds),
        plans=Retention(kernel.db, kernel.keyring, clock, chance),
        chain=ConsoleChain(kernel.db, kernel.ledger),
        texts=ConsoleTexts(drafts, editions, Crowd()),
        tellings=ConsoleTellings(Deliveries(db=kernel.db, directory=Known(), teller=Post(), clock=clock), {}),
    )
    console = Console(imprints=IMPRINTS, staff=staff, room=room, clock=clock, randomness=chance)
    app = Starlette(routes=console_routes(console))
    return Office(
        kernel, clock, staff, requests, secrecy, holds, looks, editions, drafts, corrections, console, app, does=does
    )


def _requests(kernel: Installation, clock: ManualClock, executors: Mapping[Stage, Executor]) -> Requests:
    return Requests(
        db=kernel.db, keyring=kernel.keyring, ledger=kernel.ledger, law=LAW, clock=clock,
        randomness=SystemRandomness(), policies=lambda provider: RequestPolicy(country=COUNTRIES[provider]),
        executors=executors, writer=Clerk(), post=Mails(), reminders=Told(),
    )  # fmt: skip


class Bells:
    """Rings nobody, and says that each phone was taken by its push service."""

    def ring(self, device: RowId) -> RungShown:
        assert device
        return RungShown("pushed")


class _Told:
    async def lifting(self, provider: ProviderId, subject: SubjectId, restriction: RowId) -> None: ...


__all__ = [
    "ADDRESS", "DAY", "HOSTILE", "IMPRINTS", "NAME", "OURS", "PASSWORD", "START", "THEIRS", "WORDS", "Browser",
    "Member", "Office", "opened_office",
]  # fmt: skip
