"""Clocks that are watched: months pass day by day, and no answer leaves after day 29."""

import datetime as dt
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from ringfence.clock import ManualClock
from ringfence.identifiers import CaseId
from ringfence.privacy.requests import (
    PERSON,
    AskMeaning,
    AskProof,
    Assign,
    Document,
    Event,
    Extend,
    Grant,
    HandIn,
    Kind,
    LetterKind,
    Mark,
    MarkAs,
    Outcome,
    Proof,
    Refer,
    Refuse,
    RequestPolicy,
    Stage,
    State,
)
from ringfence.privacy.requests.records import MailSeen
from ringfence.privacy.requests.vigil import reminders_due
from tests.unit.privacy.requests.bureau import ANN, BOB, PROVIDER, START, Bureau, bureau

Left = Callable[[Bureau], Awaitable[CaseId]]


async def walk(office: Bureau, days: int) -> None:
    """As a server lives: an hourly sweep would do the same."""
    for _ in range(days):
        office.pass_days(1)
        await office.requests.sweep()
        await office.requests.resume()


async def _waiting_for_an_officer(office: Bureau) -> CaseId:
    return await office.signed_in(await office.subscriber(), Kind.ERASURE)


async def _untouched_letter(office: Bureau) -> CaseId:
    return await office.written()


async def _asked_for_proof(office: Bureau) -> CaseId:
    case = await office.written()
    await office.step(case, AskProof(Proof.PIN, "Ask for a PIN on our page."))
    return case


async def _asked_what_is_meant(office: Bureau) -> CaseId:
    case = await office.signed_in(await office.subscriber(), Kind.RECTIFICATION)
    await office.step(case, AskMeaning("Which name?"))
    return case


async def _referred(office: Bureau) -> CaseId:
    case = await office.written()
    await office.step(case, Refer("Two people claim the number."))
    return case


async def _marked(office: Bureau) -> CaseId:
    case = await office.signed_in(await office.subscriber(), Kind.OBJECTION)
    await office.step(case, MarkAs(Mark.UNFOUNDED, "Daily."))
    return case


async def _to_be_judged(office: Bureau) -> CaseId:
    return await office.signed_in(await office.subscriber(), Kind.OBJECTION)


@pytest.mark.promise("ZOI-22", "CTP-08")
@pytest.mark.parametrize(
    "left",
    [
        _waiting_for_an_officer, _untouched_letter, _asked_for_proof, _asked_what_is_meant, _referred, _marked,
        _to_be_judged,
    ],
)  # fmt: skip
@pytest.mark.parametrize("start", ["2027-01-31", "2027-12-10"])
async def test_whatever_state_it_is_left_in_a_written_answer_leaves_by_day_29(
    tmp_path: Path, left: Left, start: str
) -> None:
    clock = ManualClock(dt.datetime.fromisoformat(f"{start}T10:00:00+00:00").timestamp())
    async with bureau(tmp_path / "house", clock=clock) as office:
        case = await left(office)
        clocks = (await office.view(case)).clocks
        assert (clocks.send_by - clocks.received).days <= 29
        office.pass_days(20)
        while office.requests.desk.today(PROVIDER) < clocks.send_by:
            office.pass_days(1)
            await office.requests.sweep()
            await office.requests.resume()
        answers = {LetterKind.ANSWER, LetterKind.WHERE_IT_STANDS}
        view = await office.view(case)
        assert [letter.sent for letter in view.letters if letter.about in answers] == [True]


async def test_what_gives_the_person_something_and_is_proven_is_granted_on_the_last_day(office: Bureau) -> None:
    case = await _waiting_for_an_officer(office)
    await walk(office, 28)
    assert (await office.view(case)).summary.state is State.READY
    await walk(office, 1)
    view = await office.view(case)
    assert (view.summary.outcome, view.summary.state) == (Outcome.GRANTED, State.ANSWERED)
    assert len(office.does[Stage.ERASE].works) == 1


async def test_what_was_marked_is_an_officers_to_judge_also_on_the_last_day(tmp_path: Path) -> None:
    clock, policy = ManualClock(START), RequestPolicy(country="DE", automatic=frozenset())
    async with bureau(tmp_path / "house", clock=clock, policy=policy) as office:
        marked = await office.signed_in(await office.subscriber())
        plain = await office.signed_in(await office.subscriber("eve@sip.example.org"))
        await office.step(marked, MarkAs(Mark.REPETITIVE, "Each week."))
        office.pass_days(29)
        await office.requests.sweep()
        await office.requests.resume()
        assert (await office.view(marked)).summary.state is State.READY
        assert (await office.view(plain)).summary.state is State.ANSWERED
        assert (await office.requests.figures(PROVIDER, 2027)).kinds[Kind.ACCESS].automatic == 1


async def test_who_never_showed_who_they_are_gets_a_motivated_refusal_on_the_last_day(office: Bureau) -> None:
    case = await _asked_for_proof(office)
    await walk(office, 29)
    answer = office.writer.wrote[-1]
    assert (answer.outcome, answer.exception) == (Outcome.REFUSED, "11-2")
    assert answer.note.startswith("We asked you to show who you are")
    assert (await office.view(case)).summary.state is State.ANSWERED


async def test_who_was_asked_for_a_proof_only_yesterday_is_not_refused_for_lack_of_it(office: Bureau) -> None:
    case = await office.written()
    office.pass_days(28)
    await office.step(case, AskProof(Proof.PIN, "Ask for a PIN on our page."))
    await walk(office, 1)
    view = await office.view(case)
    assert (view.summary.state, view.history[-1].event) == (State.IDENTIFYING, Event.INTERIM)


async def test_an_interim_answer_leaves_once_and_not_where_an_extension_was_told(office: Bureau) -> None:
    interim = await _untouched_letter(office)
    extended = await office.signed_in(await office.subscriber(), Kind.OBJECTION)
    await office.step(extended, Extend("Many accounts."))
    await walk(office, 40)
    assert (await office.letters(interim)).count(LetterKind.WHERE_IT_STANDS) == 1
    assert LetterKind.WHERE_IT_STANDS not in await office.letters(extended)


async def test_a_pause_moves_the_legal_date_and_the_answer_still_leaves_as_promised(office: Bureau) -> None:
    case = await _asked_for_proof(office)
    office.pass_days(20)
    await office.step(case, HandIn(Document.PASSPORT), PERSON)
    view = await office.view(case)
    assert view.clocks.legal >= dt.date(2027, 4, 1) + dt.timedelta(days=20)
    assert view.summary.days_left == 9


@pytest.mark.promise("IPS-06")
async def test_a_complaint_has_45_days_by_its_own_clock_and_names_the_independent_recourse(office: Bureau) -> None:
    case = await office.written(Kind.COMPLAINT)
    clocks = (await office.view(case)).clocks
    assert (clocks.legal - clocks.received).days == 45
    await walk(office, 29)
    assert office.writer.wrote[-1].about is LetterKind.WHERE_IT_STANDS
    await office.step(case, Grant("We have talked to the shop."))
    await office.requests.resume()
    answer = office.writer.wrote[-1]
    assert (answer.about, answer.recourse) == (LetterKind.ANSWER, "Schlichtungsstelle Telekommunikation")


def test_reminders_come_at_each_threshold_and_then_daily() -> None:
    due = [reminders_due(days, (14, 7, 3, 1)) for days in (20, 14, 8, 7, 3, 2, 1, 0, -1, -5)]
    assert due == [0, 1, 1, 2, 3, 3, 4, 4, 5, 9]


async def test_who_works_on_it_is_reminded_and_the_deputy_when_it_gets_close(office: Bureau) -> None:
    case = await office.signed_in(await office.subscriber(), Kind.OBJECTION)
    await office.step(case, Assign(ANN, BOB))
    await walk(office, 28)
    assert [(each.days_left, each.to, each.escalated) for each in office.told.reminders] == [
        (14, (ANN,), False),
        (7, (ANN,), False),
        (3, (ANN, BOB), True),
        (1, (ANN, BOB), True),
    ]


async def test_a_case_that_nobody_took_is_everybodys(office: Bureau) -> None:
    await office.signed_in(await office.subscriber(), Kind.OBJECTION)
    await walk(office, 15)
    assert office.told.reminders[0].to == ()


async def test_what_is_late_is_told_every_day_until_it_is_answered(office: Bureau) -> None:
    case = await office.signed_in(await office.subscriber(), Kind.OBJECTION)
    await walk(office, 32)
    assert [each.days_left for each in office.told.reminders][-3:] == [-1, -2, -3]
    await office.step(case, Refuse("21-1", "It stops fraud.", "6-1-f"))
    await office.requests.resume()
    await walk(office, 3)
    assert office.told.reminders[-1].days_left == -3


async def test_a_reminder_that_could_not_be_told_is_told_again(office: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    await office.signed_in(await office.subscriber(), Kind.OBJECTION)
    office.pass_days(15)

    async def fails(_: object) -> None:
        raise OSError

    with monkeypatch.context() as patched:
        patched.setattr(office.told, "remind", fails)
        with pytest.raises(OSError):  # noqa: PT011 - ours, without words
            await office.requests.remind()
    assert await office.requests.remind() == 1
    assert await office.requests.remind() == 0


async def test_mails_that_nobody_delivers_again_are_forgotten(office: Bureau) -> None:
    async with office.house.db.transaction() as unit:
        await unit.add(MailSeen(id=office.house.new(), provider=PROVIDER, case=CaseId("a" * 26), at=START))
    office.pass_days(401)
    await office.requests.sweep()
    async with office.house.db.reading() as unit:
        assert await unit.count(MailSeen) == 0


async def test_days_are_those_of_the_providers_country(tmp_path: Path) -> None:
    late_evening = ManualClock(dt.datetime(2027, 3, 1, 23, 30, tzinfo=dt.UTC).timestamp())
    async with bureau(tmp_path / "house", clock=late_evening, policy=RequestPolicy(country="DE")) as office:
        assert (await office.view(await office.written())).clocks.received == dt.date(2027, 3, 2)
