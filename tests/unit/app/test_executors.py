"""What is granted is really done: each kind of request, end to end, by the executors as `app` joins them."""

import datetime as dt
import html
import io
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest

from ringfence.app import Server
from ringfence.app import opened as kernel_of
from ringfence.app.api import billing_of
from ringfence.clock import SystemClock
from ringfence.declarations import IdentifierKind, Record
from ringfence.demo.assertion import until_true
from ringfence.demo.stage import DOMAIN
from ringfence.identifiers import CaseId, ProviderId, RowId, StaffId, SubjectId, new_id
from ringfence.privacy.consent import Act, Shown
from ringfence.privacy.packages import State as PackageState
from ringfence.privacy.packages.records import SnapshotRow, TransmissionPhase
from ringfence.privacy.requests import Asked, By, CaseView, Channel, Event, Grant, Kind, Outcome, Proof, SendBack, State
from ringfence.privacy.restriction import Ground
from ringfence.privacy.rights import Reason
from ringfence.privacy.rights.records import ErasureRecord
from ringfence.randomness import SystemRandomness
from ringfence.services.billing import Draft
from ringfence.services.calls.records import MissedCall
from ringfence.services.enrolment import Device, SipAccount
from ringfence.services.enrolment.records import Agreement
from ringfence.settings import load
from tests.unit.web.api.building import ALICE, Building, Person, building, grounds

pytestmark = pytest.mark.usefixtures("each_database")
R = TypeVar("R", bound=Record)
OFFICER = StaffId(new_id(SystemRandomness()))
BY_OFFICER = By.member(OFFICER)
OTHER = CaseId(new_id(SystemRandomness()))
ALICE_AT = f"alice@{DOMAIN}"
CALLER = "sip:canary-caller@elsewhere.example"


@dataclass
class Office:
    """The whole server with one subscriber, and what an officer does at its console."""

    building: Building
    person: Person

    def __post_init__(self) -> None:
        self.server, self.provider, self.subject = self.building.server, self.building.provider, self.person.subject
        self.rights = self.server.rights
        self.requests = self.rights.requests

    async def ask(self, kind: Kind, text: str = "", **details: str) -> CaseId:
        """As somebody who has signed in."""
        asked = Asked(
            provider=self.provider, kind=kind, channel=Channel.PORTAL, subject=self.subject, proof=Proof.SESSION,
            text=text, details=details,
        )  # fmt: skip
        return await self.requests.receive(asked)

    async def grant(self, case: CaseId, reason: str = "") -> CaseView:
        """And everything is carried out that can be."""
        if Event.GRANTED in (await self.view(case)).allowed:
            await self.requests.step(self.provider, case, Grant(reason), BY_OFFICER)
        await self.requests.resume()
        return await self.view(case)

    async def granted(self, kind: Kind, text: str = "", **details: str) -> CaseView:
        return await self.grant(await self.ask(kind, text, **details))

    async def view(self, case: CaseId) -> CaseView:
        return await self.requests.case(self.provider, case)

    async def answered(self, case: CaseId) -> CaseView:
        """Once what the answer needs is made, by a child process or here."""
        await self.rights.packages.resume()
        await self.requests.resume()
        view = await self.view(case)
        assert view.summary.state is State.ANSWERED
        return view

    async def letter(self, case: CaseId) -> str:
        """The answer, as they read it."""
        view, content = await self.requests.own(self.provider, self.subject, case)
        answer = next(each for each in view.letters if each.about == "answer")
        return content.letters[answer.id][1]

    async def rows(self, kind: type[R]) -> list[R]:
        """What opens today, for whoever would use it."""
        async with self.server.kernel.db.reading() as unit:
            return await unit.select(kind, subject=self.subject)

    async def count(self, kind: type[Record]) -> int:
        async with self.server.kernel.db.reading() as unit:
            return await unit.count(kind, subject=self.subject)

    async def rename(self, device: Device, name: str, case: CaseId) -> None:
        await self.rights.rectifications.correct(
            self.provider, self.subject, OFFICER, case=case, table="device", row=device.id, field="name", value=name
        )

    async def missed_call(self) -> None:
        now = self.server.kernel.clock.time()
        call = MissedCall(
            id=RowId(new_id(SystemRandomness())), due=now + 86_400.0, at=now, caller_name="", caller_uri=CALLER,
            provider=self.provider, subject=self.subject,
        )  # fmt: skip
        async with self.server.kernel.db.transaction() as unit:
            await unit.add(call)

    async def consent_to_everything(self) -> set[str]:
        for offer in await self.rights.consents.offers(self.provider, self.subject, "en"):
            assert offer.text is not None
            shown = Shown(offer.text.version, offer.text.language)
            await self.rights.consents.give(
                self.provider, self.subject, offer.consent.choice, shown=shown, act=Act.SWITCH, old_enough=True
            )
        return await self.standing()

    async def standing(self) -> set[str]:
        return {each.choice.key for each in await self.rights.consents.of(self.provider, self.subject) if each.given}

    async def content_of(self, package: RowId) -> zipfile.ZipFile:
        pieces = [piece async for piece in self.rights.packages.stream(package, subject=self.subject)]
        return zipfile.ZipFile(io.BytesIO(b"".join(pieces)))


def hindered(view: CaseView) -> bool:
    """It waits, says why in its history, and no letter has left that says that it was done."""
    lines = [line for line in view.history if line.event is Event.HINDERED]
    told = [letter for letter in view.letters if letter.about == "answer"]
    return (
        view.summary.state is State.ANSWERING
        and view.summary.hindered > 0
        and not told
        and [line.codes[1] for line in lines] == ["request_not_carried_out"]
    )


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """Whose copies are made in this process."""
    async with grounds(tmp_path) as config, kernel_of(load(config), SystemClock(), SystemRandomness()) as kernel:
        server = Server(kernel)
        try:
            await server.open()
            made = Building(server, config)
            yield Office(made, await made.enrol("alice", ALICE))
        finally:
            await server.close()


@pytest.fixture
async def office_with_a_child(tmp_path: Path) -> AsyncIterator[Office]:
    """Whose copies are made by a child process, as on every installation."""
    async with building(tmp_path) as made:
        yield Office(made, await made.enrol("alice", ALICE))


def of_everybody(package: zipfile.ZipFile) -> bytes:
    return b"".join(package.read(name) for name in package.namelist())


# Copies ---------------------------------------------------------------------------------------------------------------


@pytest.mark.promise("ZOI-16", "ZOI-22")
async def test_access_ends_with_a_copy_that_can_be_fetched_and_keeps_no_snapshot(
    office_with_a_child: Office,
) -> None:
    office = office_with_a_child
    await office.missed_call()
    case = await office.ask(Kind.ACCESS)
    await office.grant(case)
    view = await office.answered(case)
    assert view.package is not None
    status = await office.rights.packages.status(view.package, subject=office.subject)
    assert status.state is PackageState.READY
    assert not status.charge.charged
    whole = of_everybody(await office.content_of(view.package))
    assert CALLER.encode() in whole
    assert f"alice@{DOMAIN}".encode() in whole
    assert await office.count(SnapshotRow) == 0
    assert view.clocks.legal >= view.clocks.received + dt.timedelta(days=28)


@pytest.mark.promise("CTP-06")
async def test_the_copy_itself_tells_what_the_law_wants_told_beside_it(office: Office) -> None:
    case = await office.ask(Kind.ACCESS)
    await office.grant(case)
    view = await office.answered(case)
    assert view.package is not None
    page = html.unescape((await office.content_of(view.package)).read("index.html").decode())
    sections = {block.partition("\n")[0]: block for block in (await office.letter(case)).split("\n\n")}
    for heading in (
        "Who is responsible", "Whom you can ask", "What your data serves, and why the law allows it",
        "Your rights", "Withdrawing a consent", "If you are not content", "Decisions by machines",
    ):  # fmt: skip
        lines = [line.removeprefix("* ") for line in sections[heading].splitlines() if line.strip("-")]
        assert len(lines) > 1
        assert [line for line in lines if line not in page] == []
    for heading in ("How long it is kept", "Where your data comes from"):  # the copy itself has come since
        assert heading in page


async def test_what_expires_before_the_answer_is_in_it_all_the_same(office: Office) -> None:
    await office.missed_call()
    case = await office.ask(Kind.PORTABILITY)
    await office.requests.resume()
    kept = await office.count(SnapshotRow)
    assert kept > 0, "something was copied when the request came in"
    access = await office.granted(Kind.ACCESS)
    await office.answered(access.summary.id)
    assert await office.count(SnapshotRow) == kept, "the other request's own copy is dropped with that one"
    await office.grant(case)
    await office.answered(case)
    assert await office.count(SnapshotRow) == 0


@pytest.mark.promise("ZOI-22")
async def test_who_asks_for_recipients_is_told_them_without_a_package(office: Office) -> None:
    view = await office.granted(Kind.RECIPIENTS)
    assert view.summary.state is State.ANSWERED
    assert view.package is None
    names = [each.name for each in office.server.kernel.gates[office.provider].recipients]
    letter = await office.letter(view.summary.id)
    assert any(name in letter for name in names)


@pytest.mark.promise("ZOI-19")
async def test_portable_data_waits_for_the_persons_word_before_it_goes_to_another(
    office_with_a_child: Office,
) -> None:
    office = office_with_a_child
    view = await office.granted(Kind.PORTABILITY, transmit_to="https://other.example/inbox")
    view = await office.answered(view.summary.id)
    await office.requests.resume()
    (proposed,) = await office.rights.transmissions.of(office.subject)
    assert proposed.phase is TransmissionPhase.PROPOSED
    assert (proposed.package, proposed.host) == (view.package, "other.example")
    letter = await office.letter(view.summary.id)
    assert "It leaves as soon as you have confirmed it" in letter
    assert "was sent" not in letter


# Corrections ----------------------------------------------------------------------------------------------------------


@pytest.mark.promise("ZOI-16", "IPS-05")
async def test_nobody_is_told_that_data_is_corrected_before_it_is(office: Office) -> None:
    case = await office.ask(Kind.RECTIFICATION, wrong="phone", right="canary-tablet")
    assert hindered(await office.grant(case))
    (device,) = await office.rows(Device)
    await office.rename(device, "interim", OTHER)
    await office.requests.resume()
    assert hindered(await office.view(case)), "a correction for another request is none for this one"
    await office.rename(device, "canary-tablet", case)
    await office.requests.resume()
    assert (await office.view(case)).summary.state is State.ANSWERED
    assert [each.name for each in await office.rows(Device)] == ["canary-tablet"]
    assert "is corrected" in await office.letter(case)


# Restrictions ---------------------------------------------------------------------------------------------------------


@pytest.mark.promise("ZOI-17")
async def test_restricted_values_open_no_more_until_the_restriction_is_lifted(office: Office) -> None:
    await office.missed_call()
    view = await office.granted(Kind.RESTRICTION, what="all of it")
    assert view.summary.state is State.ANSWERED
    assert await office.rows(MissedCall) == []
    assert await office.rows(SipAccount) == []
    assert await office.count(SipAccount) == 1, "it is stored"
    lifted = await office.granted(Kind.LIFT_RESTRICTION)
    assert lifted.summary.state is State.ANSWERED
    (account,) = await office.rows(SipAccount)
    assert account.address == f"alice@{DOMAIN}"


@pytest.mark.promise("ZOI-17")
async def test_what_an_officer_restricted_for_a_request_is_not_widened_by_granting_it(office: Office) -> None:
    await office.missed_call()
    case = await office.ask(Kind.RESTRICTION, what="only the calls")
    await office.rights.restrictions.restrict(
        office.provider, office.subject, ground=Ground.CLAIMS, case=case, tables=["missed_call"]
    )
    view = await office.grant(case)
    assert view.summary.state is State.ANSWERED
    (only,) = await office.rights.restrictions.of(office.provider, office.subject)
    assert (only.tables, only.ground) == (("missed_call",), Ground.CLAIMS)
    assert await office.rows(MissedCall) == []
    assert len(await office.rows(SipAccount)) == 1


async def test_of_two_restrictions_only_the_named_one_is_lifted(office: Office) -> None:
    await office.missed_call()
    calls, devices = [
        await office.rights.restrictions.restrict(office.provider, office.subject, ground=ground, tables=[table])
        for ground, table in ((Ground.CLAIMS, "missed_call"), (Ground.CONTESTED, "device"))
    ]
    assert await office.rows(Device) == []
    await office.granted(Kind.LIFT_RESTRICTION, restriction=devices)
    assert len(await office.rows(Device)) == 1
    assert await office.rows(MissedCall) == [], "the other one stands"
    known = await office.rights.restrictions.of(office.provider, office.subject)
    assert [each.id for each in known if not each.lifted] == [calls]


async def test_which_of_two_restrictions_ends_is_never_guessed(office: Office) -> None:
    for ground, table in ((Ground.CLAIMS, "missed_call"), (Ground.CONTESTED, "device")):
        await office.rights.restrictions.restrict(office.provider, office.subject, ground=ground, tables=[table])
    assert hindered(await office.granted(Kind.LIFT_RESTRICTION))
    assert not any(each.lifted for each in await office.rights.restrictions.of(office.provider, office.subject))


# Objections and withdrawals -------------------------------------------------------------------------------------------


@pytest.mark.promise("ZOI-17")
async def test_an_objection_ends_all_marketing_and_nothing_that_the_contract_needs(office: Office) -> None:
    before = await office.consent_to_everything()
    marketing = {key for key in before if key.startswith("marketing")}
    assert marketing
    assert before - marketing
    view = await office.granted(Kind.OBJECTION, "I do not want this.")
    assert view.summary.state is State.ANSWERED
    assert await office.standing() == before - marketing
    assert len(await office.rows(SipAccount)) == 1, "what the contract needs goes on"


@pytest.mark.promise("ZOI-06")
async def test_one_consent_that_is_named_ends_and_the_others_stand(office: Office) -> None:
    before = await office.consent_to_everything()
    marketing = sorted(key for key in before if key.startswith("marketing"))
    assert len(marketing) > 1
    view = await office.granted(Kind.WITHDRAWAL, choice=marketing[0])
    assert view.summary.state is State.ANSWERED
    assert await office.standing() == before - {marketing[0]}


@pytest.mark.promise("ZOI-06")
async def test_all_consents_end_where_none_is_named(office: Office) -> None:
    assert await office.consent_to_everything()
    assert (await office.granted(Kind.WITHDRAWAL)).summary.state is State.ANSWERED
    assert await office.standing() == set()


@pytest.mark.parametrize("unknown", ["marketing", "marketing.cinema.mail", "everything", "CONTACTS"])
async def test_a_consent_that_is_not_known_is_for_an_officer_and_ends_nothing(office: Office, unknown: str) -> None:
    before = await office.consent_to_everything()
    view = await office.granted(Kind.WITHDRAWAL, choice=unknown)
    assert hindered(view)
    assert await office.standing() == before
    await office.requests.step(office.provider, view.summary.id, SendBack("Which one?"), BY_OFFICER)
    assert (await office.view(view.summary.id)).summary.state is not State.ANSWERING


# Erasure --------------------------------------------------------------------------------------------------------------


@pytest.mark.promise("ZOI-17", "ZOI-20", "ACR-05", "IPS-05")
async def test_an_erasure_is_answered_first_and_leaves_the_invoice_alone(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    billing = billing_of(office.server.kernel, office.rights)
    draft = Draft(
        number="CANARY-1", issued=dt.datetime.now(dt.UTC).date(), name="Ada", what="Calls", net=100, tax=19,
        sip=ALICE_AT,
    )  # fmt: skip
    await billing.add(office.provider, draft)
    case = await office.ask(Kind.ERASURE)
    assert "ringing" in (await office.server.erasures.dry_run(office.provider, office.subject)).stops
    view = await office.view(case)
    assert Event.GRANTED in view.allowed
    seen: list[tuple[str, Outcome | None]] = []
    begin = office.server.erasures.request

    async def begins(provider: ProviderId, subject: SubjectId, reason: Reason) -> RowId:
        now = await office.view(case)
        seen.append((await office.letter(case), now.summary.outcome))
        return await begin(provider, subject, reason)

    monkeypatch.setattr(office.server.erasures, "request", begins)
    await office.requests.step(office.provider, case, Grant(), BY_OFFICER)
    await office.requests.resume()
    ((letter, outcome),) = seen
    assert outcome is Outcome.PARTLY
    assert "because the law demands it" in letter
    async with office.server.kernel.db.reading() as unit:
        (erasure,) = await unit.select(ErasureRecord)
    await until_true(lambda: certified(office, erasure.id), "the erasure is certified", within=30.0)
    assert office.server.kernel.keyring.find(office.provider, IdentifierKind.SIP_ADDRESS, ALICE_AT) is None
    assert await office.count(SipAccount) == await office.count(Device) == await office.count(Agreement) == 0
    kept = await billing.by_number(office.provider, "CANARY-1")
    assert kept is not None
    assert kept.name == "Ada"


async def certified(office: Office, erasure: RowId) -> bool:
    await office.server.erasures.resume()
    return (await office.server.erasures.status(erasure)).certificate is not None


@pytest.mark.promise("ZOI-22")
async def test_a_complaint_is_answered_in_words_with_whom_to_turn_to(office: Office) -> None:
    case = await office.ask(Kind.COMPLAINT, "It rang at night.")
    view = await office.grant(case, "canary: nights are quiet from now on")
    assert view.summary.state is State.ANSWERED
    letter = await office.letter(case)
    assert "canary: nights are quiet from now on" in letter
    authority = office.rights.law.country(office.server.settings.providers[0].country).authority
    assert authority.url in letter
