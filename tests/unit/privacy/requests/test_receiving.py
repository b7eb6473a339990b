"""What becomes of a request when it comes in: nothing is lost, and nothing happens silently."""

import datetime as dt

import pytest

from ringfence.declarations import IdentifierKind
from ringfence.identifiers import CaseId, ProviderId
from ringfence.persistence import SubjectGone
from ringfence.privacy.requests import (
    AskedTooMuch,
    Channel,
    Dismiss,
    Event,
    Identifier,
    Kind,
    LetterKind,
    Mark,
    Outcome,
    Proof,
    Refuse,
    Relation,
    RequestPolicy,
    Stage,
    State,
    TooManyOpen,
    UnknownCase,
)
from ringfence.privacy.requests.records import Case, CaseOutline
from tests.unit.privacy.requests.bureau import ADDRESS, ANN, DAY, PROVIDER, Bureau, bureau


@pytest.mark.promise("ZOI-16")
async def test_a_signed_in_person_asks_for_all_of_it_and_gets_it_without_anybodys_click(office: Bureau) -> None:
    anna = await office.subscriber()
    case = await office.signed_in(anna)
    await office.requests.resume()
    view = await office.view(case)
    assert (view.summary.state, view.summary.outcome, view.fee) == (State.ANSWERED, Outcome.GRANTED, 0)
    assert [work.subject for work in office.does[Stage.PACKAGE].works] == [anna]
    assert await office.letters(case) == [LetterKind.RECEIVED, LetterKind.ANSWER]


async def test_a_kind_that_the_provider_did_not_allow_waits_for_an_officer(office: Bureau) -> None:
    case = await office.signed_in(await office.subscriber(), Kind.RECTIFICATION, details={"account.name": "Anna"})
    view = await office.view(case)
    assert (view.summary.state, view.summary.proof) == (State.READY, Proof.SESSION)


async def test_short_lived_data_is_copied_at_receipt_before_anything_else(office: Bureau) -> None:
    anna = await office.subscriber()
    await office.signed_in(anna)
    await office.written(identifier=Identifier(IdentifierKind.SIP_ADDRESS, ADDRESS))
    await office.requests.resume()
    assert [work.subject for work in office.does[Stage.SNAPSHOT].works] == [anna, anna]


async def test_a_strangers_claim_keeps_nobodys_short_lived_data_longer_than_it_stands(office: Bureau) -> None:
    anna = await office.subscriber()
    case = await office.written(identifier=Identifier(IdentifierKind.SIP_ADDRESS, ADDRESS))
    await office.requests.resume()
    assert office.does[Stage.DISCARD].works == []
    await office.step(case, Refuse("11-2", "It was not her."))
    await office.requests.resume()
    assert [(work.subject, work.case) for work in office.does[Stage.DISCARD].works] == [(anna, case)]
    await office.requests.resume()
    assert len(office.does[Stage.DISCARD].works) == 1


async def test_a_claim_that_is_dismissed_before_anything_was_copied_copies_nothing(office: Bureau) -> None:
    await office.subscriber()
    case = await office.written(identifier=Identifier(IdentifierKind.SIP_ADDRESS, ADDRESS))
    await office.step(case, Dismiss("An advertisement."))
    await office.requests.resume()
    assert office.does[Stage.SNAPSHOT].works == []


@pytest.mark.promise("ZOI-18")
async def test_a_written_request_opens_a_case_under_an_id_of_its_own(office: Bureau) -> None:
    anna = await office.subscriber()
    case = await office.written(identifier=Identifier(IdentifierKind.SIP_ADDRESS, ADDRESS))
    view = await office.view(case)
    assert (view.summary.state, view.summary.guest, view.candidate) == (State.RECEIVED, True, anna)
    assert view.subject != anna
    assert await office.requests.of_subject(PROVIDER, anna) == []  # what a stranger typed proves nothing


async def test_somebody_who_is_no_subscriber_is_found_again_by_their_mail_address(office: Bureau) -> None:
    first = await office.view(await office.written(Kind.ACCESS))
    second = await office.view(await office.written(Kind.ERASURE, contact="ANNA@mail.example"))
    assert first.subject == second.subject


async def test_a_mail_address_that_leads_to_a_subscriber_opens_nothing_of_theirs(office: Bureau) -> None:
    anna = await office.subscriber()
    office.house.keyring.bind(PROVIDER, IdentifierKind.MAIL, "anna@mail.example", anna)
    view = await office.view(await office.written())
    assert view.subject != anna


async def test_the_same_asked_again_joins_the_open_request_and_its_author_is_told(office: Bureau) -> None:
    first = await office.written()
    assert await office.written() == first
    assert await office.written() == first
    view = await office.view(first)
    assert view.summary.repeats == 2
    assert [line.event for line in view.history] == [Event.ASKED] * 3
    await office.requests.resume()
    assert await office.letters(first) == [LetterKind.RECEIVED, LetterKind.JOINED]
    assert len(office.mails.sent) == 2  # a flood of requests makes no flood of mails


async def test_two_different_corrections_are_two_requests(office: Bureau) -> None:
    anna = await office.subscriber()
    first = await office.signed_in(anna, Kind.RECTIFICATION, details={"account.name": "Anna"})
    second = await office.signed_in(anna, Kind.RECTIFICATION, details={"account.mail": "anna@mail.example"})
    assert first != second


@pytest.mark.promise("CTP-08")
async def test_a_follow_up_is_a_request_with_its_own_clock(office: Bureau) -> None:
    anna = await office.subscriber()
    first = await office.signed_in(anna)
    await office.requests.resume()
    office.pass_days(20)
    second = await office.signed_in(anna, Kind.RECTIFICATION, follows=first, details={"account.name": "Anna"})
    earlier, later = await office.view(first), await office.view(second)
    assert (later.clocks.received - earlier.clocks.received).days == 20
    assert (later.clocks.send_by - earlier.clocks.send_by).days == 20
    assert later.follows == first
    assert earlier.history[-1].event is Event.FOLLOWED_UP


async def test_nobody_follows_up_somebody_elses_request(office: Bureau) -> None:
    first = await office.signed_in(await office.subscriber())
    await office.requests.resume()
    other = await office.signed_in(await office.subscriber("eve@sip.example.org"), Kind.COMPLAINT, follows=first)
    assert (await office.view(other)).follows is None
    assert (await office.view(first)).history[-1].event is Event.DELIVERED


@pytest.mark.promise("ZOI-16")
async def test_the_first_copies_are_free_and_a_repeated_one_is_marked_for_an_officer(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    policy = RequestPolicy(country="DE", repetitive_after=2, further_copy_fee=500)
    async with bureau(tmp_path_factory.mktemp("office") / "house", policy=policy) as office:
        anna = await office.subscriber()
        fees = []
        for _ in range(3):
            case = await office.signed_in(anna)
            await office.requests.resume()
            fees.append((await office.view(case)).fee)
            office.pass_days(1)
        view = await office.view(case)
    assert fees == [0, 0, 500]
    assert (view.summary.mark, view.summary.state) == (Mark.REPETITIVE, State.READY)


async def test_a_request_about_somebody_else_is_explained_and_referred(office: Bureau) -> None:
    case = await office.written(relation=Relation.OTHER, text="What do you hold on my neighbour?")
    view = await office.view(case)
    assert view.summary.state is State.REFERRED
    assert LetterKind.ABOUT_SOMEBODY_ELSE in await office.letters(case)


@pytest.mark.parametrize(("country", "state"), [("DE", State.RECEIVED), ("SE", State.REFERRED)])
async def test_heirs_may_ask_where_the_countrys_law_lets_them(
    country: str, state: State, tmp_path_factory: pytest.TempPathFactory
) -> None:
    policy = RequestPolicy(country=country)
    async with bureau(tmp_path_factory.mktemp("office") / "house", policy=policy) as office:
        case = await office.written(relation=Relation.HEIR, mandate="Erbschein")
        assert (await office.view(case)).summary.state is state


async def test_a_letters_clock_runs_from_the_letter_box(office: Bureau) -> None:
    arrived = office.clock.time() - 3 * DAY
    case = await office.written(channel=Channel.LETTER, received=arrived, staff=ANN, contact="")
    view = await office.view(case)
    assert view.clocks.received == dt.date(2027, 2, 26)
    assert view.clocks.send_by == dt.date(2027, 3, 26)  # of February one month is less than 29 days
    assert view.history[0].staff == ANN


async def test_a_clock_never_begins_in_the_future(office: Bureau) -> None:
    case = await office.written(received=office.clock.time() + 90 * DAY)
    assert (await office.view(case)).summary.days_left <= 29


async def test_a_complaint_needs_no_proof(office: Bureau) -> None:
    view = await office.view(await office.written(Kind.COMPLAINT))
    assert (view.summary.state, view.summary.proof) == (State.READY, Proof.NOT_NEEDED)


@pytest.mark.parametrize(
    "too_much",
    [
        {"text": "x" * 20_001},
        {"name": "x" * 321},
        {"details": {str(number): "" for number in range(33)}},
        {"details": {"x" * 321: ""}},
        {"details": {"note": "x" * 2_001}},
        {"mandate": "x" * 2_001},
    ],
)
async def test_too_much_is_refused_before_anything_is_kept(office: Bureau, too_much: dict[str, object]) -> None:
    with pytest.raises(AskedTooMuch):
        await office.written(**too_much)  # type: ignore[arg-type]  # fields by name
    async with office.house.db.reading() as unit:
        assert await unit.count(Case) == await unit.count(CaseOutline) == 0


async def test_a_flood_of_unproven_requests_is_stopped_and_people_who_signed_in_are_not(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    policy = RequestPolicy(country="DE", most_unproven=2)
    async with bureau(tmp_path_factory.mktemp("office") / "house", policy=policy) as office:
        for number in range(2):
            await office.written(contact=f"{number}@mail.example")
        with pytest.raises(TooManyOpen):
            await office.written(contact="3@mail.example")
        await office.signed_in(await office.subscriber())


async def test_somebody_who_is_gone_asks_nothing_more(office: Bureau) -> None:
    anna = await office.subscriber()
    office.house.keyring.forget(anna)
    with pytest.raises(SubjectGone):
        await office.signed_in(anna)


async def test_another_persons_request_is_answered_like_one_that_is_not_there(office: Bureau) -> None:
    anna, eve = await office.subscriber(), await office.subscriber("eve@sip.example.org")
    case = await office.signed_in(anna)
    for provider, subject, wanted in (
        (PROVIDER, eve, case),
        (PROVIDER, anna, CaseId("a" * 26)),
        (ProviderId("other"), anna, case),
    ):
        with pytest.raises(UnknownCase):
            await office.requests.own(provider, subject, wanted)
    view, content = await office.requests.own(PROVIDER, anna, case)
    assert (view.summary.id, content.language) == (case, "en")


async def test_the_inbox_shows_the_most_urgent_first_and_nothing_personal(office: Bureau) -> None:
    first = await office.written(contact="a@mail.example")
    office.pass_days(2)
    second = await office.written(Kind.ERASURE, contact="b@mail.example")
    inbox = await office.requests.inbox(PROVIDER)
    assert [line.id for line in inbox] == [first, second]
    assert [line.days_left for line in inbox] == [27, 29]
    assert "mail.example" not in repr(inbox)
    assert [line.id for line in await office.requests.inbox(PROVIDER, kinds=[Kind.ERASURE])] == [second]
    assert await office.requests.inbox(PROVIDER, staff=ANN) == []
