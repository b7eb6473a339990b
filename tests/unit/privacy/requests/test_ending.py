"""What stays of a request when its person has gone, and when it is old."""

import json
import re
from dataclasses import dataclass

import pytest

from ringfence.declarations import REGISTRY, IdentifierKind, Record
from ringfence.identifiers import ProviderId, SubjectId
from ringfence.privacy.requests import (
    Action,
    AnswerQuestion,
    AskMeaning,
    CaseExpiry,
    Document,
    Grant,
    HandIn,
    Identifier,
    Identify,
    Kind,
    LetterKind,
    Outcome,
    Progress,
    Proof,
    Refer,
    Refuse,
    Relation,
    SameMember,
    Second,
    SecondMemberNeeded,
    Settle,
    Stage,
    State,
    UnknownCase,
    Work,
)
from ringfence.privacy.requests.records import Case, CaseLetter, CaseOutline, CaseStep, Evidence, Mandate
from ringfence.privacy.retention import Expiry, Retention
from ringfence.privacy.rights import Erasures, Reason
from ringfence.randomness import SystemRandomness
from tests.unit.privacy.requests.bureau import ADDRESS, ANN, BOB, BY_BOB, PROVIDER, Bureau

KNOWN = Identifier(IdentifierKind.SIP_ADDRESS, ADDRESS)


@dataclass
class Erasing:
    """As the application joins it: the request begins the erasure, which then is carried out by itself."""

    erasures: Erasures

    async def carry_out(self, work: Work) -> Progress:
        await self.erasures.request(work.provider, work.subject, Reason.ASKED)
        return Progress()


def erasing(office: Bureau) -> Erasures:
    """Real erasures over the requests' own tables, joined to the requests."""
    erasures = office.house.erasures(registry=REGISTRY)
    office.requests._fulfilment._executors = {
        **office.requests._fulfilment._executors,
        Stage.ERASE: Erasing(erasures),
    }
    return erasures


async def rows(office: Bureau) -> int:
    async with office.house.db.reading() as unit:
        return sum([await unit.count(kind) for kind in (Case, CaseStep, CaseLetter, Evidence, Mandate)])


@pytest.mark.promise("ZOI-17")
async def test_after_an_erasure_the_request_has_gone_with_the_person_and_an_outline_keeps_the_figures(
    office: Bureau,
) -> None:
    erasures = erasing(office)
    anna = await office.subscriber()
    case = await office.signed_in(anna, Kind.ERASURE)
    await office.step(case, Grant())
    await office.requests.resume()
    await erasures.resume()
    assert not office.house.keyring.knows(anna)
    assert await rows(office) == 0
    with pytest.raises(UnknownCase):
        await office.view(case)
    async with office.house.db.reading() as unit:
        (outline,) = await unit.select(CaseOutline)
    assert (outline.right, outline.outcome, outline.erasing) == (Kind.ERASURE, Outcome.GRANTED, None)
    assert office.house.keyring.resolve(outline.ref) is None
    figures = await office.requests.figures(PROVIDER, 2027)
    assert figures.kinds[Kind.ERASURE].granted == 1
    [closed] = await office.requests.closed(PROVIDER, year=2027, kind=Kind.ERASURE)
    assert (closed.id, closed.outcome, closed.gone, closed.late) == (case, Outcome.GRANTED, True, False)
    assert not await office.requests.closed(PROVIDER, year=2026)
    assert (await office.house.ledger.verify(PROVIDER)).sound
    await office.requests.resume()
    await office.requests.sweep()  # what is gone troubles nobody


async def test_what_the_end_of_its_person_overtook_is_owed_to_nobody_and_neither_open_nor_late(office: Bureau) -> None:
    erasures = erasing(office)
    anna, ben = await office.subscriber(), await office.subscriber("sip:ben@example.com")
    await office.signed_in(anna, Kind.RECTIFICATION)
    waiting = await office.signed_in(ben, Kind.RECTIFICATION)
    await erasures.request(PROVIDER, anna, Reason.ASKED)
    await erasures.resume()
    assert await office.requests.sweep() == 1
    office.pass_days(45)
    figures = (await office.requests.figures(PROVIDER, 2027)).kinds[Kind.RECTIFICATION]
    assert (figures.received, figures.overtaken, figures.open, figures.late_by_law) == (2, 1, 1, 1)
    assert [each.id for each in await office.requests.inbox(PROVIDER)] == [waiting]


async def test_a_representative_goes_with_the_request_of_a_person_who_has_gone(office: Bureau) -> None:
    erasures = erasing(office)
    anna, ben = await office.subscriber(), await office.subscriber("sip:ben@example.com")
    written = {"relation": Relation.REPRESENTATIVE, "mandate": "power of attorney", "identifier": KNOWN}
    case = await office.written(Kind.ACCESS, name="Rita Right", contact="rita@law.example", **written)
    await office.signed_in(ben, Kind.RECTIFICATION, **written)  # a subscriber who asks for another
    guest = (await office.view(case)).subject
    await office.step(case, HandIn(Document.MANDATE))
    await office.step(case, Identify(Proof.DOCUMENTS, anna))
    assert office.house.keyring.knows(guest)
    await erasures.request(PROVIDER, anna, Reason.ASKED)
    await erasures.resume()
    await office.requests.sweep()
    assert not office.house.keyring.knows(guest)
    async with office.house.db.reading() as unit:
        assert await unit.count(Mandate, subject=guest) == 0
        assert await unit.count(Mandate, subject=ben) == 1  # his request stands
    assert office.house.keyring.knows(ben)


@pytest.mark.promise("CTP-16")
async def test_a_parents_report_ends_in_the_childs_erasure(office: Bureau) -> None:
    erasures = erasing(office)
    child = await office.subscriber()
    case = await office.written(
        Kind.ERASURE, relation=Relation.PARENT, name="Paula Parent", contact="paula@mail.example",
        mandate="birth certificate", text="My son is ten and has an account.", identifier=KNOWN,
    )  # fmt: skip
    assert (await office.view(case)).summary.state is State.RECEIVED  # reported, not yet shown
    await office.step(case, HandIn(Document.MANDATE))
    await office.step(case, Identify(Proof.DOCUMENTS, child))
    await office.step(case, Grant("The certificate names him and her."))
    await office.step(case, Second(), BY_BOB)
    await office.requests.resume()
    await erasures.resume()
    assert not office.house.keyring.knows(child)
    assert office.house.find() is None
    assert office.mails.sent[-1].to == "paula@mail.example"
    assert office.writer.wrote[-1].about is LetterKind.ANSWER


@pytest.mark.promise("CTP-16")
async def test_a_stranger_who_calls_themself_a_parent_erases_nobody(office: Bureau) -> None:
    erasures = erasing(office)
    child = await office.subscriber()
    case = await office.written(Kind.ERASURE, relation=Relation.PARENT, mandate="I swear", identifier=KNOWN)
    await office.requests.resume()
    office.pass_days(30)
    await office.requests.sweep()
    await office.requests.resume()
    await erasures.resume()
    assert office.house.keyring.knows(child)
    assert (await office.view(case)).summary.state is State.RECEIVED


async def test_an_erasure_that_was_over_before_a_kill_is_only_noted(office: Bureau) -> None:
    erasures = erasing(office)
    anna = await office.subscriber()
    case = await office.signed_in(anna, Kind.ERASURE)
    await office.step(case, Grant())
    await office.requests.resume()
    await erasures.resume()
    table = CaseOutline.declaration.table
    async with office.house.db.transaction() as unit:
        await unit.execute(table.update().values(erasing=anna))
    await office.requests.resume()
    async with office.house.db.reading() as unit:
        assert (await unit.select(CaseOutline))[0].erasing is None


async def test_somebody_who_leaves_in_another_way_takes_their_open_request_along(office: Bureau) -> None:
    erasures = erasing(office)
    anna = await office.subscriber()
    await office.signed_in(anna, Kind.OBJECTION)
    await erasures.request(PROVIDER, anna, Reason.DEVICES_GONE)
    await office.requests.resume()  # fenced: nothing is written about them any more, and nothing fails
    await erasures.resume()
    office.pass_days(30)
    await office.requests.sweep()
    await office.requests.resume()
    assert await rows(office) == 0


class TestDossiers:
    async def answered(self, office: Bureau) -> tuple[str, bytes, bytes]:
        anna = await office.subscriber()
        case = await office.signed_in(
            anna, Kind.OBJECTION, text="<script>alert(1)</script> stop", name="Anna <b>Example</b>"
        )
        await office.step(case, AskMeaning("Which processing?"))
        office.pass_days(3)
        await office.requests.step_of_person(PROVIDER, anna, case, AnswerQuestion("The calls' list."))
        await office.step(case, Refuse("21-1", "It stops fraud.", "6-1-f"))
        await office.requests.resume()
        dossier = await office.requests.dossier(PROVIDER, case)
        return case, dossier.json, dossier.html

    async def test_a_dossier_shows_all_that_happened_with_the_ledgers_entries(self, office: Bureau) -> None:
        case, raw, _ = await self.answered(office)
        dossier = json.loads(raw)
        assert [line["event"] for line in dossier["history"]] == [
            "asked", "identified", "clarification_asked", "clarified", "refused", "delivered",
        ]  # fmt: skip
        assert dossier["history"][3]["text"] == "The calls' list."
        assert [entry["number"] for entry in dossier["ledger"]] == [line["ledger_entry"] for line in dossier["history"]]
        assert {entry["entry"]["facts"]["case"] for entry in dossier["ledger"]} == {case}
        assert [letter["about"] for letter in dossier["letters"]] == ["received", "clarification_asked", "answer"]
        assert (dossier["request"]["exception"], dossier["request"]["ground"]) == ("21-1", "6-1-f")
        assert dossier["clocks"]["received"] == "2027-03-01"

    async def test_a_dossiers_page_runs_nothing_that_a_stranger_wrote_and_needs_nothing_else(
        self, office: Bureau
    ) -> None:
        _, raw, page = await self.answered(office)
        html = page.decode()
        assert "<script" not in html
        assert "<b>" not in html
        assert "&lt;script&gt;" in html
        assert re.search(r"(src|href)=", html) is None
        for line in json.loads(raw)["history"]:
            assert line["event"] in html


class TestFigures:
    async def test_the_years_figures_count_kinds_medians_and_late_ones(self, office: Bureau) -> None:
        anna, eve = await office.subscriber(), await office.subscriber("eve@sip.example.org")
        await office.signed_in(anna)  # answered at once
        late = await office.signed_in(eve, Kind.OBJECTION)
        unclear = await office.written(Kind.OBJECTION)
        await office.requests.resume()
        office.pass_days(33)
        await office.requests.sweep()
        await office.step(late, Refuse("21-1", "It stops fraud.", "6-1-f"))
        await office.requests.resume()
        figures = (await office.requests.figures(PROVIDER, 2027)).kinds
        access, objection = figures[Kind.ACCESS], figures[Kind.OBJECTION]
        assert (access.received, access.granted, access.automatic, access.median_days) == (1, 1, 1, 0)
        assert (objection.received, objection.refused, objection.open, objection.median_days) == (2, 1, 1, 33)
        assert (objection.late_by_promise, objection.late_by_law, objection.interim) == (2, 2, 2)
        assert (await office.requests.figures(PROVIDER, 2026)).kinds == {}
        assert unclear not in repr(figures)


class TestOldRequests:
    def retention(self, office: Bureau, gone: list[SubjectId]) -> Retention:
        async def erase(_: ProviderId, subject: SubjectId) -> None:
            gone.append(subject)

        owners: dict[type[Record], Expiry] = {Case: CaseExpiry(office.requests.desk, erase)}
        return Retention(office.house.db, office.house.keyring, office.clock, SystemRandomness(), owners=owners)

    async def test_a_dossier_goes_when_claims_out_of_it_have_lapsed(self, office: Bureau) -> None:
        gone: list[SubjectId] = []
        await office.signed_in(await office.subscriber())
        await office.requests.resume()
        retention = self.retention(office, gone)
        async with office.house.db.reading() as unit:
            (case,) = await unit.select(Case)
        assert case.due is not None
        office.clock.advance(case.due - office.clock.time() - 60)
        await retention.sweep()
        assert await rows(office) > 0
        office.clock.advance(120)
        await retention.sweep()
        await retention.sweep()
        assert (await rows(office), gone) == (0, [])
        async with office.house.db.reading() as unit:
            assert await unit.count(CaseOutline) == 1

    async def test_who_existed_by_their_requests_only_goes_with_the_last_of_them(self, office: Bureau) -> None:
        gone: list[SubjectId] = []
        case = await office.written()
        guest = (await office.view(case)).subject
        await office.step(case, Refuse("11-2", "We know nobody of that name."))
        await office.requests.resume()
        office.pass_days(4 * 366)
        await self.retention(office, gone).sweep()
        assert (gone, await rows(office)) == ([guest], 0)

    @pytest.mark.parametrize("subscriber", [True, False])
    async def test_who_asked_for_somebody_goes_with_the_dossier_unless_they_are_more_than_that(
        self, office: Bureau, subscriber: bool
    ) -> None:
        gone: list[SubjectId] = []
        anna, ben = await office.subscriber(), await office.subscriber("sip:ben@example.com")
        written = {"relation": Relation.REPRESENTATIVE, "mandate": "power of attorney", "identifier": KNOWN}
        asked = office.signed_in(ben, Kind.ACCESS, **written) if subscriber else office.written(Kind.ACCESS, **written)
        case = await asked
        asker = (await office.view(case)).subject
        await office.step(case, HandIn(Document.MANDATE))
        await office.step(case, Refer("They showed a power of attorney."))
        await office.step(case, Settle("The provider knows them both.", anna))
        await office.step(case, Grant())
        await office.requests.resume()
        if subscriber:
            await office.signed_in(ben, Kind.COMPLAINT)  # stays open
        office.pass_days(4 * 366)
        await self.retention(office, gone).sweep()
        assert gone == ([] if subscriber else [asker])

    async def test_an_open_request_is_never_too_old(self, office: Bureau) -> None:
        gone: list[SubjectId] = []
        await office.written()
        office.pass_days(5 * 366)
        await self.retention(office, gone).sweep()
        assert await rows(office) > 0


class TestManyPeople:
    async def test_an_export_of_more_than_one_person_needs_two_members_and_exactly_these_people(
        self, office: Bureau
    ) -> None:
        people = [await office.subscriber(), await office.subscriber("eve@sip.example.org")]
        approvals = office.requests.approvals
        asked = await approvals.propose(PROVIDER, Action.EXPORT_MANY, people, ANN)
        with pytest.raises(SecondMemberNeeded):
            await office.requests.export_many(PROVIDER, asked, people, "The company left.")
        with pytest.raises(SameMember):
            await approvals.second(PROVIDER, asked, ANN)
        assert [row.id for row in await approvals.pending(PROVIDER)] == [asked]
        await approvals.second(PROVIDER, asked, BOB)
        with pytest.raises(SecondMemberNeeded):
            await office.requests.export_many(PROVIDER, asked, people[:1], "The company left.")
        cases = await office.requests.export_many(PROVIDER, asked, people, "The company left.")
        await office.requests.resume()
        assert [work.subject for work in office.does[Stage.PACKAGE].works] == people
        assert [(await office.view(case)).summary.state for case in cases] == [State.ANSWERED] * 2
        with pytest.raises(UnknownCase):
            await office.requests.export_many(PROVIDER, asked, people, "Once more.")

    async def test_an_agreement_is_no_door_left_open(self, office: Bureau) -> None:
        people = [await office.subscriber()]
        asked = await office.requests.approvals.propose(PROVIDER, Action.EXPORT_MANY, people, ANN)
        with pytest.raises(UnknownCase):
            await office.requests.approvals.second(ProviderId("other"), asked, BOB)
        office.pass_days(8)
        with pytest.raises(UnknownCase):
            await office.requests.approvals.second(PROVIDER, asked, BOB)
