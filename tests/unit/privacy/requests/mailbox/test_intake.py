"""From mails to requests, each once."""

import pytest

from ringfence.identifiers import ProviderId
from ringfence.privacy.requests import (
    AskMeaning,
    AskProof,
    Document,
    Event,
    Identify,
    Kind,
    LetterKind,
    Outcome,
    Proof,
    Refuse,
    RequestPolicy,
    State,
    UnknownPolicy,
)
from ringfence.privacy.requests.mailbox import Intake, MailTooLarge, parse
from ringfence.privacy.requests.records import Case, Evidence, MailSeen
from tests.unit.privacy.requests.bureau import PROVIDER, Bureau, bureau
from tests.unit.privacy.requests.mailbox.test_mail import read


def reply(to: str, text: str, sender: str = "juergen@mail.example", number: int = 1) -> bytes:
    return f"From: {sender}\nMessage-ID: <r{number}@mail.example>\nIn-Reply-To: {to}\n\n{text}\n".encode()


async def cases(office: Bureau) -> list[Case]:
    async with office.house.db.reading() as unit:
        return await unit.select(Case)


@pytest.mark.promise("ZOI-18")
async def test_a_mail_becomes_a_request_and_is_acknowledged_in_its_language(office: Bureau) -> None:
    case = await Intake(office.requests).mail(PROVIDER, read("german_access"))
    await office.requests.resume()
    view = await office.view(case)
    content = await office.requests.content(PROVIDER, case)
    assert (view.summary.kind, view.summary.state, view.summary.guest) == (Kind.ACCESS, State.RECEIVED, True)
    assert (content.name, content.language) == ("Jürgen Müller", "de")
    assert content.text.startswith("Auskunft nach Art. 15 DSGVO")
    assert [posting.to for posting in office.mails.sent] == ["juergen@mail.example"]


async def test_a_mail_that_is_fed_again_is_the_same_request_and_nothing_happens(office: Bureau) -> None:
    intake = Intake(office.requests)
    for name in ("german_access", "no_sender"):  # with and without an id of its own
        case = await intake.mail(PROVIDER, read(name))
        assert await intake.mail(PROVIDER, read(name)) == case
        assert (await office.view(case)).summary.repeats == 0
    assert len(await cases(office)) == 2


async def test_what_is_noted_of_a_mail_does_not_show_its_id(office: Bureau) -> None:
    await Intake(office.requests).mail(PROVIDER, read("german_access"))
    async with office.house.db.reading() as unit:
        (seen,) = await unit.select(MailSeen)
    assert len(seen.id) == 26
    other = Intake(office.requests)._name(ProviderId("other"), parse(read("german_access")), b"")
    assert seen.id != other


async def test_papers_that_came_with_it_are_sealed_unsorted_and_prove_nothing(office: Bureau) -> None:
    case = await Intake(office.requests).mail(PROVIDER, read("attachments"))
    async with office.house.db.reading() as unit:
        (row,) = await unit.select(Evidence)
    assert (row.document, row.copy, row.media) == (Document.UNSORTED, b"%PDF-1.7 redacted", "application/pdf")
    await office.step(case, Refuse("11-2", "The papers name nobody."))
    await office.requests.resume()
    async with office.house.db.reading() as unit:
        assert await unit.count(Evidence) == 0


async def test_papers_are_not_kept_where_the_country_forbids_copies(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("office") / "house"
    async with bureau(folder, policy=RequestPolicy(country="PL")) as office:
        await Intake(office.requests).mail(PROVIDER, read("attachments"))
        async with office.house.db.reading() as unit:
            assert await unit.count(Evidence) == 0


async def test_a_machine_is_not_answered_by_a_machine(office: Bureau) -> None:
    case = await Intake(office.requests).mail(PROVIDER, read("machine"))
    await office.requests.resume()
    assert (await office.letters(case), office.mails.sent) == ([], [])


async def test_a_reply_to_our_question_is_its_answer(office: Bureau) -> None:
    intake = Intake(office.requests)
    case = await intake.mail(PROVIDER, read("german_access"))
    await office.step(case, Identify(Proof.CALL_BACK))
    await office.step(case, AskMeaning("Welche Nummer?"))
    await office.requests.resume()
    letter = office.mails.sent[-1].id
    assert await intake.mail(PROVIDER, reply(f"<{letter}@ringfence>", "Die 0123.")) == case
    assert await intake.mail(PROVIDER, reply(f"<{letter}@ringfence>", "Die 0123.")) == case
    view = await office.view(case)
    assert (view.summary.state, [line.event for line in view.history].count(Event.CLARIFIED)) == (State.READY, 1)


async def test_a_reply_with_papers_is_a_proof_handed_in(office: Bureau) -> None:
    intake = Intake(office.requests)
    raw = read("attachments")
    case = await intake.mail(PROVIDER, raw)
    await office.step(case, AskProof(Proof.DOCUMENTS, "Please show two papers."))
    await office.requests.resume()
    letter = office.mails.sent[-1].id
    answer = raw.replace(b"<c1@mail.example>", b"<c2@mail.example>\nReferences: <%s@ringfence>" % letter.encode())
    assert await intake.mail(PROVIDER, answer) == case
    assert (await office.view(case)).summary.state is State.RECEIVED


async def test_a_reply_from_elsewhere_is_a_request_of_its_own(office: Bureau) -> None:
    intake = Intake(office.requests)
    case = await intake.mail(PROVIDER, read("german_access"))
    await office.step(case, Identify(Proof.CALL_BACK))
    await office.step(case, AskMeaning("Welche Nummer?"))
    await office.requests.resume()
    letter = office.mails.sent[-1].id
    other = await intake.mail(PROVIDER, reply(f"<{letter}@ringfence>", "All of it.", "eve@mail.example"))
    assert other != case
    assert (await office.view(case)).summary.state is State.CLARIFYING


@pytest.mark.promise("CTP-08")
async def test_a_reply_to_an_answer_follows_it_up_with_its_own_clock(office: Bureau) -> None:
    intake = Intake(office.requests)
    case = await intake.mail(PROVIDER, read("german_access"))
    await office.step(case, Refuse("11-2", "Unknown here."))
    await office.requests.resume()
    assert office.writer.wrote[-1].outcome is Outcome.REFUSED
    office.pass_days(10)
    letter = office.mails.sent[-1].id
    later = await intake.mail(PROVIDER, reply(f"<{letter}@ringfence>", "But I am at 0123. Please correct my name."))
    view = await office.view(later)
    assert (view.follows, view.summary.days_left, view.summary.kind) == (case, 29, Kind.RECTIFICATION)
    assert LetterKind.ANSWER in await office.letters(case)


async def test_too_much_and_nobodys_mailbox_keep_nothing(office: Bureau) -> None:
    intake = Intake(office.requests)
    with pytest.raises(MailTooLarge):
        await intake.mail(PROVIDER, b"x" * (10 * 1024 * 1024 + 1))
    with pytest.raises(UnknownPolicy):
        await intake.mail(ProviderId("other"), read("german_access"))
    assert await cases(office) == []
