"""Whatever fails is tried again, noted once, and holds up nobody else."""

import asyncio
from contextlib import suppress

import pytest

from ringfence.declarations import IdentifierKind
from ringfence.identifiers import CaseId, ProviderId
from ringfence.persistence import SubjectGone, Unreadable
from ringfence.privacy.requests import (
    PERSON,
    AnswerNotThere,
    AskedTooMuch,
    CaseExpiry,
    Channel,
    Dismiss,
    Document,
    Event,
    Grant,
    HandIn,
    Identifier,
    Identify,
    Kind,
    LetterKind,
    Outcome,
    Posted,
    Progress,
    Proof,
    ProofInsufficient,
    ReasonMissing,
    Refer,
    Refuse,
    Relation,
    Reopen,
    RequestPolicy,
    SendBack,
    Stage,
    State,
    StepNotAllowed,
    TakeBack,
    UnknownPolicy,
    Work,
)
from ringfence.privacy.requests.casefile import CaseFile
from ringfence.privacy.requests.records import Case, CaseLetter, Mandate
from ringfence.privacy.retention import Retention
from ringfence.randomness import SystemRandomness
from tests.unit.privacy.requests.bureau import ADDRESS, ANN, PROVIDER, Bureau, bureau

KNOWN = Identifier(IdentifierKind.SIP_ADDRESS, ADDRESS)


async def test_what_is_decided_while_a_request_is_looked_at_stays_on_the_queue(
    office: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = await office.signed_in(await office.subscriber(), Kind.RECTIFICATION)
    fulfilment = office.requests._fulfilment
    looked, decided = fulfilment._rest, list[CaseId]()

    async def meanwhile(file: CaseFile, letters: list[CaseLetter]) -> bool:
        """Nothing is left to do; and before that is noted, an officer grants it."""
        if not decided:
            decided.append(case)
            await office.step(case, Grant(""))
        return await looked(file, letters)

    monkeypatch.setattr(fulfilment, "_rest", meanwhile)
    for _ in range(2):
        await office.requests.resume()
    assert (await office.view(case)).summary.state is State.ANSWERED


@pytest.mark.parametrize("stage", [Stage.SNAPSHOT, Stage.PACKAGE])
async def test_what_fails_is_tried_again_and_noted_once(office: Bureau, stage: Stage) -> None:
    office.does[stage].failures = 2
    case = await office.signed_in(await office.subscriber())
    for _ in range(4):
        await office.requests.resume()
    view = await office.view(case)
    assert view.summary.state is State.ANSWERED
    assert [line.event for line in view.history].count(Event.HINDERED) == 1
    assert len(office.does[stage].works) == 1


async def test_a_mail_service_that_is_away_delays_letters_and_loses_none(office: Bureau) -> None:
    case = await office.signed_in(await office.subscriber(), contact="anna@mail.example")
    for failures in (2, 1, 0, 0):
        office.mails.failures = failures
        await office.requests.resume()
    view = await office.view(case)
    assert view.summary.state is State.ANSWERED
    assert all(letter.sent for letter in view.letters)
    assert len(office.mails.sent) == len({posting.id for posting in office.mails.sent}) == 2


async def test_a_letter_that_fails_before_anything_is_decided_stays_queued(office: Bureau) -> None:
    office.mails.failures = 1
    case = await office.written()
    await office.requests.resume()
    assert office.mails.sent == []
    assert (await office.view(case)).summary.hindered == 1
    await office.requests.resume()
    assert [posting.to for posting in office.mails.sent] == ["anna@mail.example"]


async def test_a_writer_that_fails_leaves_the_answer_unwritten_and_the_request_open(
    office: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = await office.signed_in(await office.subscriber())

    async def fails(_: object) -> None:
        raise OSError

    with monkeypatch.context() as patched:
        patched.setattr(office.writer, "write", fails)
        await office.requests.resume()
        assert (await office.view(case)).summary.state is State.ANSWERING
    await office.requests.resume()
    assert (await office.view(case)).summary.state is State.ANSWERED


async def test_what_can_not_be_carried_out_is_decided_anew(office: Bureau) -> None:
    office.does[Stage.RECTIFY].failures = 9
    case = await office.signed_in(await office.subscriber(), Kind.RECTIFICATION)
    await office.step(case, Grant())
    with pytest.raises(StepNotAllowed):  # not stuck
        await office.step(case, SendBack("Wait."))
    assert Event.SENT_BACK not in (await office.view(case)).allowed
    await office.requests.resume()
    assert Event.SENT_BACK in (await office.view(case)).allowed
    await office.step(case, SendBack("The field does not exist."))
    view = await office.view(case)
    assert (view.summary.state, view.summary.outcome, view.stage) == (State.READY, None, None)
    await office.step(case, Refuse("16", "It is right as it stands."))
    await office.requests.resume()
    assert (await office.view(case)).summary.outcome is Outcome.REFUSED
    assert (await office.letters(case)).count(LetterKind.ANSWER) == 1


async def test_a_decision_about_somebody_unknown_never_becomes_ready_by_going_back(
    office: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = await office.written()
    await office.step(case, Refuse("11-2", "Unknown."))

    async def fails(_: object) -> None:
        raise OSError

    monkeypatch.setattr(office.writer, "write", fails)
    await office.requests.resume()
    assert (await office.view(case)).summary.hindered > 0
    with pytest.raises(StepNotAllowed):
        await office.step(case, SendBack("Again."))


async def test_what_takes_long_is_asked_for_again_until_it_is_done(office: Bureau) -> None:
    done = office.does[Stage.PACKAGE].progress
    office.does[Stage.PACKAGE].progress = Progress(done=False)
    case = await office.signed_in(await office.subscriber())
    await office.requests.resume()
    assert (await office.view(case)).stage is Stage.PACKAGE
    office.does[Stage.PACKAGE].progress = done
    await office.requests.resume()
    view = await office.view(case)
    assert (view.summary.state, view.package) == (State.ANSWERED, done.package)


async def test_a_snapshot_that_takes_long_holds_up_its_request_only(office: Bureau) -> None:
    office.does[Stage.SNAPSHOT].progress = Progress(done=False)
    slow = await office.signed_in(await office.subscriber())
    quick = await office.signed_in(await office.subscriber("eve@sip.example.org"), Kind.WITHDRAWAL)
    await office.requests.resume()
    assert (await office.view(slow)).summary.state is State.ANSWERING
    assert (await office.view(quick)).summary.state is State.ANSWERED


async def test_a_detail_that_nobody_foresaw_stops_its_own_request_and_no_other(office: Bureau) -> None:
    def chokes(work: Work) -> None:
        if "ground" in work.details:
            raise ValueError

    office.does[Stage.PACKAGE].does = chokes
    bad = await office.signed_in(await office.subscriber(), details={"ground": "\0 no such"})
    good = await office.signed_in(await office.subscriber("eve@sip.example.org"))
    for _ in range(2):
        with pytest.raises(ValueError):  # noqa: PT011 - for whoever supervises
            await office.requests.resume()
    assert (await office.view(good)).summary.state is State.ANSWERED
    view = await office.view(bad)
    assert (view.summary.hindered, [line.event for line in view.history].count(Event.HINDERED)) == (2, 1)
    await office.step(bad, SendBack("There is no such ground."))


async def test_a_provider_that_is_served_no_more_stops_nobody_elses_clocks(office: Bureau) -> None:
    closing = ProviderId("closing")
    office.served[closing] = office.policy
    await office.written(provider=closing)
    mine = await office.signed_in(await office.subscriber(), Kind.ERASURE)
    del office.served[closing]
    office.pass_days(29)
    with pytest.raises(UnknownPolicy):
        await office.requests.sweep()
    with pytest.raises(UnknownPolicy):
        await office.requests.resume()
    assert (await office.view(mine)).summary.state is State.ANSWERED


async def test_a_row_that_was_tampered_with_stops_nobody_elses_clocks(office: Bureau) -> None:
    bad = await office.written()
    mine = await office.signed_in(await office.subscriber(), Kind.ERASURE)
    table = Case.declaration.table
    async with office.house.db.transaction() as unit:
        await unit.execute(table.update().where(table.c.id == bad).values(sealed=b"nonsense"))
    office.pass_days(29)
    for doing in (office.requests.sweep, office.requests.resume):
        with pytest.raises(Unreadable):
            await doing()
    assert (await office.view(mine)).summary.state is State.ANSWERED


async def test_an_erasure_that_can_not_begin_yet_begins_later(office: Bureau) -> None:
    office.does[Stage.ERASE].failures = 1
    case = await office.signed_in(await office.subscriber(), Kind.ERASURE)
    await office.step(case, Grant())
    await office.requests.resume()
    assert office.does[Stage.ERASE].works == []
    await office.requests.resume()
    assert len(office.does[Stage.ERASE].works) == 1


@pytest.mark.parametrize("stage", [Stage.SNAPSHOT, Stage.PACKAGE])
async def test_a_person_who_goes_in_the_middle_of_a_stage_stops_nothing_else(office: Bureau, stage: Stage) -> None:
    anna = await office.subscriber()
    other = await office.signed_in(await office.subscriber("eve@sip.example.org"), Kind.WITHDRAWAL)
    await office.signed_in(anna)

    def leaves(_: object) -> None:
        raise SubjectGone

    office.does[stage].does = leaves
    await office.requests.resume()
    assert (await office.view(other)).summary.state is State.ANSWERED


async def test_the_worker_starts_as_soon_as_something_is_asked(office: Bureau) -> None:
    working = asyncio.create_task(office.requests.work(retry_seconds=60))
    case = await office.signed_in(await office.subscriber())
    async with asyncio.timeout(20):
        while (await office.view(case)).summary.state is not State.ANSWERED:  # noqa: ASYNC110 - looks at rows
            await asyncio.sleep(0)
    working.cancel()
    with suppress(asyncio.CancelledError):
        await working


async def test_a_dismissed_report_that_is_taken_up_again_is_owed_again_with_its_mandate(office: Bureau) -> None:
    case = await office.written(relation=Relation.REPRESENTATIVE, mandate="power of attorney")
    await office.step(case, Dismiss("An advertisement."))
    async with office.house.db.reading() as unit:
        assert (await unit.select(Mandate))[0].due is not None
    await office.step(case, Reopen("It was none."))
    async with office.house.db.reading() as unit:
        assert (await unit.select(Mandate))[0].due is (await unit.select(Case))[0].due is None


async def test_nothing_is_posted_that_goes_another_way_or_is_not_written(office: Bureau) -> None:
    anna = await office.subscriber()
    case = await office.written(channel=Channel.LETTER, contact="Hauptstr. 1", staff=ANN, identifier=KNOWN)
    await office.step(case, Identify(Proof.CALL_BACK, anna))
    await office.step(case, Grant())
    with pytest.raises(AnswerNotThere):
        await office.step(case, Posted())


async def test_reasons_have_a_limit_and_a_complaints_answer_is_never_empty(office: Bureau) -> None:
    case = await office.written(Kind.COMPLAINT)
    with pytest.raises(AskedTooMuch):
        await office.step(case, Refer("x" * 20_001))
    with pytest.raises(ReasonMissing):
        await office.step(case, Grant(" "))


async def test_every_paper_of_the_law_is_known_and_one_alone_settles_nothing(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    async with bureau(tmp_path_factory.mktemp("office") / "house", policy=RequestPolicy(country="DE")) as office:
        case = await office.written()
        rule = office.requests.desk.rules(PROVIDER).documents
        assert {document.value for document in Document} >= set(rule.kinds)
        await office.step(case, HandIn(Document.RESIDENCE_PERMIT), PERSON)
        with pytest.raises(ProofInsufficient):
            await office.step(case, Identify(Proof.DOCUMENTS))


async def test_who_acted_for_somebody_goes_with_the_last_request_they_brought(office: Bureau) -> None:
    gone = []

    async def erase(_: object, subject: object) -> None:
        gone.append(subject)
        raise SubjectGone

    anna = await office.subscriber()
    case = await office.written(relation=Relation.REPRESENTATIVE, mandate="power of attorney", identifier=KNOWN)
    guest = (await office.view(case)).subject
    await office.step(case, HandIn(Document.MANDATE))
    await office.step(case, Identify(Proof.DOCUMENTS, anna))
    await office.requests.step_of_person(PROVIDER, anna, case, TakeBack())
    office.pass_days(4 * 366)
    owners = CaseExpiry(office.requests.desk, erase)
    await Retention(
        office.house.db, office.house.keyring, office.clock, SystemRandomness(), owners={Case: owners}
    ).sweep()
    assert gone == [guest]


async def test_the_dossier_of_a_mandated_request_names_who_acted(office: Bureau) -> None:
    case = await office.written(relation=Relation.PARENT, name="Paula", mandate="birth certificate")
    dossier = await office.requests.dossier(PROVIDER, case)
    assert b"birth certificate" in dossier.json
    assert b"Paula" in dossier.html
    assert (await office.requests.content(PROVIDER, case)).mandate is not None
