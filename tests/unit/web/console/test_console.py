"""What the console shows and does."""

import datetime as dt
import html
import re

import pytest
import sqlalchemy as sa

from ringfence.identifiers import CaseId, ProviderId, RecipientId, RowId, SubjectId, new_id
from ringfence.privacy.ledger import LedgerEntry
from ringfence.privacy.looks import Look, LookReason
from ringfence.privacy.rectification import Change, RecipientNotice, Way
from ringfence.privacy.rectification import Reason as WhyNot
from ringfence.privacy.rectification import State as NoticeState
from ringfence.privacy.requests import (
    TRANSITIONS,
    CaseView,
    Classify,
    Document,
    Event,
    Grant,
    Kind,
    Proof,
    Refuse,
    State,
    Who,
)
from ringfence.privacy.requests.records import Case
from ringfence.privacy.requests.state import ALLOWED
from ringfence.privacy.restriction import Ground
from ringfence.privacy.rights import HoldReason
from ringfence.privacy.secrecy import OrderKind, ReleaseReason
from ringfence.randomness import SystemRandomness
from ringfence.services.enrolment import Device, Phase
from ringfence.services.staff import Role
from ringfence.web.console.steps import READERS
from tests.unit.web.console.office import ADDRESS, DAY, NAME, OURS, THEIRS, WORDS, Browser, Office

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
PAGES = [
    "/console",
    "/console/closed",
    "/console/enter",
    "/console/people",
    "/console/holds",
    "/console/secrecy",
    "/console/retention",
    "/console/ledger?verify=yes",
    "/console/figures",
    "/console/recipients",
    "/console/notices",
    "/console/staff",
    "/console/exports",
    "/console/confidentiality",
]
LOOK = {"look_reason": LookReason.ANSWER_REQUEST.value, "look_note": "They called and asked how far we are."}
ERASE = {"reason": "Died; the heirs asked.", "sure": "yes"}
CALLED_BACK = {"proof": "callback"}
_FULL = "the disk is full"
_BY_THE_WAY = {Event.ASKED, Event.PROPOSED, Event.FOLLOWED_UP}
"""Events that follow from something else than a press of their own."""


async def officer(office: Office) -> Browser:
    return office.browser(await office.member(Role.OFFICER))


async def test_an_officer_sees_every_page_in_both_languages(office: Office) -> None:
    browser = await officer(office)
    subject = await office.subscriber()
    cases = [f"/console/cases/{await office.asked(subject)}", f"/console/cases/{await office.written()}"]
    for path in [*PAGES, *cases, f"/console/people/{subject}", f"/console/people/{subject}/erase"]:
        for language in ("en", "de"):
            answer = await browser.get(path, **{"accept-language": language})
            assert answer.status_code == 200, (path, answer.text)
            assert answer.headers["content-language"] == language
            assert answer.headers["cache-control"] == "no-store"
            assert "privacy@provider.example" in answer.text


async def test_what_is_not_there_is_a_page_that_says_so(office: Office) -> None:
    browser = await officer(office)
    for path in ("/console/nowhere", "/console/people/nobody", "/console/cases/none", "/console/people/nobody/erase"):
        answer = await browser.get(path)
        assert answer.status_code == 404
        assert "There is nothing here" in html.unescape(answer.text)


def test_everything_that_staff_may_let_happen_has_a_button() -> None:
    possible = {event for row in TRANSITIONS.values() for event in row}
    assert {event for event in possible if Who.STAFF in ALLOWED[event]} - _BY_THE_WAY == set(READERS)


# The inbox ------------------------------------------------------------------------------------------------------------


@pytest.mark.promise("CTP-08")
async def test_the_inbox_shows_how_many_days_are_left_until_day_29_the_most_urgent_first(office: Office) -> None:
    browser = await officer(office)
    subject = await office.subscriber()
    await office.written(Kind.COMPLAINT)
    office.clock.advance(20 * DAY)
    await office.asked(subject)
    page = (await (await officer(office)).get("/console")).text
    assert page.index("9 days left") < page.index("29 days left")
    assert "30 March 2027" in page
    office.clock.advance(4 * DAY)
    page = (await (await officer(office)).get("/console")).text
    assert 'class="clock-bar soon"><span>5 days left' in page
    office.clock.advance(6 * DAY)
    page = (await (await officer(office)).get("/console")).text
    assert 'class="clock-bar late"><span>1 day late' in page
    del browser


async def test_the_inbox_is_filtered_and_sorted_without_a_script(office: Office) -> None:
    browser = await officer(office)
    subject = await office.subscriber()
    await office.asked(subject, Kind.OBJECTION)
    await office.asked(subject, Kind.RECTIFICATION)
    objections = (await browser.get("/console?kind=objection")).text
    assert ">Objection</a>" in objections
    assert ">Rectification</a>" not in objections
    sorted_by_kind = (await browser.get("/console?sort=kind")).text
    assert sorted_by_kind.index(">Objection</a>") < sorted_by_kind.index(">Rectification</a>")
    assert "No request fits this filter" in (await browser.get("/console?who=mine")).text
    assert (await browser.get("/console?sort=hack&kind=x&state=y&who=z")).status_code == 200


async def test_the_inbox_says_nothing_about_anybody(office: Office) -> None:
    browser = await officer(office)
    await office.asked(await office.subscriber())
    await office.written()
    page = (await browser.get("/console")).text
    assert NAME not in page
    assert WORDS not in page
    assert ADDRESS not in page
    assert "mail.example" not in page


async def test_a_request_is_opened_by_its_reference(office: Office) -> None:
    browser = await officer(office)
    case = await office.written()
    assert (await browser.get(f"/console/find?case={case}")).headers["location"] == f"/console/cases/{case}"
    assert "unknown=yes" in (await browser.get("/console/find?case=zzzzzzzzzzzzzzzzzzzzzzzzzz")).headers["location"]


async def test_what_is_closed_is_listed_by_its_outline_and_of_who_is_gone_nothing_else(office: Office) -> None:
    ann = await office.member(Role.OFFICER)
    browser = office.browser(ann)
    gone, there = await office.asked(await office.subscriber(), Kind.OBJECTION), await office.written(Kind.COMPLAINT)
    still_open = await office.asked(await office.subscriber("2000@pbx.provider.example"))
    await office.step(gone, Grant(), ann)
    await office.step(there, Grant("You were right."), ann)
    await office.requests.resume()
    async with office.kernel.db.transaction() as unit:
        await unit.delete(Case, id=gone)
    page = (await browser.get("/console/closed")).text
    assert f"<code>{gone}</code>" in page
    assert f'href="/console/cases/{gone}"' not in page
    assert "person erased" in page
    assert f'href="/console/cases/{there}"' in page
    assert still_open not in page
    assert "1 March 2027" in page
    assert NAME not in page
    assert ADDRESS not in page
    by_kind = (await browser.get("/console/closed?kind=complaint")).text
    assert there in by_kind
    assert gone not in by_kind
    assert gone not in (await browser.get("/console/closed?year=2026")).text
    assert (await browser.get(f"/console/cases/{gone}")).headers["location"] == f"/console/closed?case={gone}"
    found = await browser.get(f"/console/find?case={gone}")
    assert found.headers["location"] == f"/console/closed?case={gone}"
    assert gone in (await browser.get(found.headers["location"])).text
    assert "/console/closed?year=2027&amp;kind=objection" in (await browser.get("/console/figures")).text


async def test_what_is_closed_elsewhere_is_no_business_of_ours(office: Office) -> None:
    other = await office.member(Role.OFFICER, provider=THEIRS)
    case = await office.written(Kind.COMPLAINT, provider=THEIRS)
    await office.step(case, Grant("You were right."), other)
    await office.requests.resume()
    browser = await officer(office)
    for path in ("/console/closed", f"/console/closed?case={case}"):
        assert f'<td data-label="Reference"><code>{case}' not in (await browser.get(path)).text
    assert case in (await office.browser(other).get("/console/closed")).text


# Looks ----------------------------------------------------------------------------------------------------------------


@pytest.mark.promise("ZOI-11")
async def test_what_a_person_wrote_is_shown_after_its_look_is_on_record_and_masked_again_afterwards(
    office: Office,
) -> None:
    browser = await officer(office)
    subject = await office.subscriber()
    path = f"/console/cases/{await office.asked(subject)}"
    assert WORDS not in (await browser.get(path)).text
    shown = await browser.send(path, f"{path}/look", LOOK)
    assert WORDS in shown.text
    assert NAME in shown.text
    [seen] = await office.looks.of(OURS, subject)
    assert seen.reason is LookReason.ANSWER_REQUEST
    async with office.kernel.db.reading() as unit:
        [look] = await unit.select(Look, subject=subject)
    assert look.note == LOOK["look_note"]
    assert not [body for body in await office.ledger() if LOOK["look_note"] in body]
    assert [body for body in await office.ledger() if '"staff_looked"' in body]
    assert WORDS not in (await browser.get(path)).text


@pytest.mark.promise("ZOI-11")
@pytest.mark.parametrize("missing", ["look_reason", "look_note"])
async def test_nobody_sees_anything_without_saying_what_for(office: Office, missing: str) -> None:
    browser = await officer(office)
    subject = await office.subscriber()
    path = f"/console/cases/{await office.asked(subject)}"
    answer = await browser.send(path, f"{path}/look", LOOK | {missing: ""})
    assert answer.status_code == 422
    assert WORDS not in answer.text
    assert not await office.looks.of(OURS, subject)


@pytest.mark.promise("ZOI-11")
async def test_support_rings_somebodys_phones_by_a_look_that_is_on_record(office: Office) -> None:
    browser = office.browser(await office.member(Role.SUPPORT))
    subject = await office.subscriber()
    path = f"/console/people/{subject}"
    reason = {"ring_reason": "solve_fault", "ring_note": "It does not ring."}
    assert (await browser.send("/console/people", f"{path}/ring", reason)).status_code == 404  # they have no phone
    phone = Device(
        id=office.kernel.new(), provider=OURS, subject=subject, due=office.clock.time() + 86_400, phase=Phase.LIVE,
        name="Pixel in the kitchen", public_key=b"",
    )  # fmt: skip
    async with office.kernel.db.transaction() as unit:
        await unit.add(phone)
    refused = await browser.send(path, f"{path}/ring", reason | {"ring_reason": ""})
    assert refused.status_code == 422
    assert not await office.looks.of(OURS, subject)
    rung = await browser.send(path, f"{path}/ring", reason)
    assert "taken by the push service" in rung.text
    assert "Pixel in the kitchen" in rung.text
    [seen] = await office.looks.of(OURS, subject)
    assert seen.reason is LookReason.SOLVE_FAULT


@pytest.mark.promise("ZOI-11")
async def test_a_look_that_can_not_be_recorded_shows_nothing(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = await officer(office)
    path = f"/console/cases/{await office.asked(await office.subscriber())}"
    token = await browser.token(path)

    async def full(*_: object, **__: object) -> None:
        raise OSError(_FULL)

    monkeypatch.setattr(type(office.kernel.ledger), "append", full)
    with pytest.raises(OSError, match=_FULL):
        await browser.post(f"{path}/look", {"form_token": token, **LOOK})
    assert not await office.looks.of(OURS, SubjectId("any"))


@pytest.mark.promise("ZOI-11")
async def test_a_person_is_found_by_an_identifier_masked_and_each_table_shown_for_a_reason(office: Office) -> None:
    browser = await officer(office)
    subject = await office.subscriber()
    search = {"identifier_kind": "sip_address", "identifier": ADDRESS, **LOOK}
    found = await browser.send("/console/people", "/console/people", search)
    path = f"/console/people/{subject}"
    assert found.headers["location"] == path
    page = (await browser.get(path)).text
    assert ADDRESS not in page
    assert "As long as the account is enrolled." in page
    values = await browser.send(path, f"{path}/look", {"look_table": "sip_account", **LOOK})
    assert ADDRESS in values.text
    assert len(await office.looks.of(OURS, subject)) == 2
    assert ADDRESS not in (await browser.get(path)).text


async def test_who_is_looked_for_stands_in_no_address_and_nobody_is_said_to_be_there_who_is_not(
    office: Office,
) -> None:
    browser = await officer(office)
    search = {"identifier_kind": "sip_address", "identifier": "nobody@pbx.provider.example", **LOOK}
    answer = await browser.send("/console/people", "/console/people", search)
    assert answer.status_code == 422
    assert "Nobody here has that" in answer.text


async def test_a_dossier_is_a_look_too(office: Office) -> None:
    browser = await officer(office)
    subject = await office.subscriber()
    path = f"/console/cases/{await office.asked(subject)}"
    sent = {"dossier_reason": "legal_demand", "dossier_note": "Asked for by the authority", "format": "json"}
    answer = await browser.send(path, f"{path}/dossier", sent)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert WORDS in answer.text
    assert [seen.reason for seen in await office.looks.of(OURS, subject)] == [LookReason.LEGAL_DEMAND]


# Steps ----------------------------------------------------------------------------------------------------------------


async def state(office: Office, case: CaseId) -> State:
    return (await office.requests.case(OURS, case)).summary.state


async def test_a_request_is_answered_with_one_press(office: Office) -> None:
    browser = await officer(office)
    case = await office.asked(await office.subscriber())
    path = f"/console/cases/{case}"
    answer = await browser.send(path, f"{path}/granted")
    assert answer.status_code == 303
    assert await state(office, case) is State.ANSWERING


async def test_a_refusal_takes_exception_ground_and_reasons(office: Office) -> None:
    browser = await officer(office)
    case = await office.asked(await office.subscriber(), Kind.ERASURE)
    path = f"/console/cases/{case}"
    incomplete = await browser.send(path, f"{path}/refused", {"refused_reason": "Because."})
    assert incomplete.status_code == 422
    assert "This is still missing" in incomplete.text
    wrong = await browser.send(path, f"{path}/refused", {"refused_reason": "No.", "refused_exception": "15-4"})
    assert wrong.status_code == 422
    assert "A refusal needs an exception" in wrong.text
    whole = {"refused_reason": "A claim is before the court.", "refused_exception": "17-3-e", "refused_ground": "6-1-f"}
    assert (await browser.send(path, f"{path}/refused", whole)).status_code == 303
    assert await state(office, case) is State.ANSWERING


@pytest.mark.promise("ZOI-22")
async def test_only_exceptions_are_offered_and_taken_that_fit_kind_country_and_proof(office: Office) -> None:
    browser = await officer(office)
    signed_in = await office.asked(await office.subscriber(), Kind.ERASURE)
    written, complaint = await office.written(Kind.ERASURE), await office.written(Kind.COMPLAINT)
    page = (await browser.get(f"/console/cases/{signed_in}")).text
    assert 'value="17-3-e"' in page
    assert 'value="bdsg-35"' in page
    for unfit in ("11-2", "15-4", "lopdgdd-32"):
        assert f'value="{unfit}"' not in page
    path = f"/console/cases/{signed_in}"
    sent = {"refused_reason": "We can't tell who that is.", "refused_exception": "11-2"}
    assert (await browser.send(path, f"{path}/refused", sent)).status_code == 422
    assert await state(office, signed_in) is State.READY
    assert 'value="11-2"' in (await browser.get(f"/console/cases/{written}")).text
    assert 'id="act-refused"' not in (await browser.get(f"/console/cases/{complaint}")).text
    path = f"/console/cases/{written}"
    assert (await browser.send(path, f"{path}/refused", sent)).status_code == 303


@pytest.mark.promise("ACR-17")
async def test_what_the_usual_proofs_do_not_settle_is_the_providers_to_decide_with_reasons(office: Office) -> None:
    browser = await officer(office)
    subject, case = await office.subscriber(), await office.written()
    path = f"/console/cases/{case}"
    assert "the provider decides" not in (await browser.get(path)).text.partition("strip")[0]
    await browser.send(path, f"{path}/referred", {"referred_reason": "Two people claim to be her."})
    assert "the provider decides, which is you" in (await browser.get(path)).text
    choice = {"settled_whom": "other", "settled_identifier_kind": "sip_address", "settled_identifier": ADDRESS}
    without = await browser.send(path, f"{path}/settled", choice)
    assert without.status_code == 422
    assert await state(office, case) is State.REFERRED
    await browser.send(path, f"{path}/settled", choice | {"settled_reason": "She knew the last three invoices."})
    view = await office.requests.case(OURS, case)
    assert (view.summary.state, view.summary.proof, view.subject) == (State.READY, Proof.PROVIDER, subject)


async def test_taking_over_handing_on_extending_asking_and_answering_for_them(office: Office) -> None:
    ann, bob = await office.member(Role.OFFICER, name="Ann"), await office.member(Role.OFFICER, name="Bob")
    browser = office.browser(ann)
    case = await office.asked(await office.subscriber())
    path = f"/console/cases/{case}"
    await browser.send(path, f"{path}/assigned")
    assert (await office.requests.case(OURS, case)).summary.assignee == ann.staff
    await browser.send(path, f"{path}/assigned", {"assigned_assignee": bob.staff, "assigned_deputy": ann.staff})
    summary = (await office.requests.case(OURS, case)).summary
    assert (summary.assignee, summary.deputy) == (bob.staff, ann.staff)
    await browser.send(path, f"{path}/extended", {"extended_reason": "Forty requests came at once."})
    assert (await office.requests.case(OURS, case)).clocks.extended
    await browser.send(path, f"{path}/clarification_asked", {"clarification_asked_reason": "Which one?"})
    assert await state(office, case) is State.CLARIFYING
    await browser.send(path, f"{path}/clarified", {"clarified_reason": "The second one."})
    assert await state(office, case) is State.READY


async def test_a_step_that_the_state_does_not_know_is_refused_with_words_and_changes_nothing(office: Office) -> None:
    browser = await officer(office)
    case = await office.asked(await office.subscriber())
    path = f"/console/cases/{case}"
    answer = await browser.send(path, f"{path}/seconded")
    assert answer.status_code == 422
    assert "not possible in this state" in answer.text
    assert (await browser.send(path, f"{path}/explode")).status_code == 404


async def begun(office: Office, browser: Browser, **said: str) -> CaseView:
    """An erasure of somebody, begun by an officer with that proof."""
    erase = f"/console/people/{await office.subscriber()}/erase"
    answer = await browser.send(erase, erase, ERASE | said)
    assert answer.status_code == 303, answer.text
    assert "refused=" not in answer.headers["location"]
    case = CaseId(answer.headers["location"].partition("?")[0].rpartition("/")[2])
    return await office.requests.case(OURS, case)


@pytest.mark.parametrize(
    ("said", "proof"),
    [
        ({"proof": "callback"}, Proof.CALL_BACK),
        ({"proof": "redacted_document", "seen_passport": "yes", "seen_identity_card": "yes"}, Proof.DOCUMENTS),
        ({"proof": "provider", "proof_reason": "She read out her last three invoices."}, Proof.PROVIDER),
    ],
)
async def test_what_staff_begin_is_ready_to_be_decided_with_the_proof_that_they_gave(
    office: Office, said: dict[str, str], proof: Proof
) -> None:
    ann = await office.member(Role.OFFICER)
    view = await begun(office, office.browser(ann), **said)
    assert (view.summary.state, view.summary.proof, view.summary.guest) == (State.READY, proof, False)
    identified = next(line for line in view.history if line.event in {Event.IDENTIFIED, Event.SETTLED})
    assert (identified.staff, identified.codes[0]) == (ann.staff, proof)
    assert view.second_needed
    assert not view.documents


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"proof": "session"},
        {"proof": "provider"},
        {"proof": "redacted_document"},
        {"proof": "redacted_document", "seen_passport": "yes"},
    ],
)
async def test_staff_begin_nothing_for_a_person_without_saying_how_they_know_who_asks(
    office: Office, said: dict[str, str]
) -> None:
    browser = await officer(office)
    erase = f"/console/people/{await office.subscriber()}/erase"
    assert (await browser.send(erase, erase, ERASE | said)).status_code == 422
    assert not await office.requests.inbox(OURS)


async def test_what_staff_begin_joins_what_the_person_asked_and_leaves_its_proof_alone(office: Office) -> None:
    browser = await officer(office)
    subject = await office.subscriber()
    case = await office.asked(subject, Kind.ERASURE)
    erase = f"/console/people/{subject}/erase"
    answer = await browser.send(erase, erase, ERASE | CALLED_BACK)
    assert answer.headers["location"].startswith(f"/console/cases/{case}?done=asked")
    assert (await office.requests.case(OURS, case)).summary.proof is Proof.SESSION


async def test_an_erasure_by_the_staff_takes_two_of_them(office: Office) -> None:
    ann, bob = await office.member(Role.OFFICER), await office.member(Role.OFFICER)
    first, second = office.browser(ann), office.browser(bob)
    subject = await office.subscriber()
    erase = f"/console/people/{subject}/erase"
    page = html.unescape((await first.get(erase)).text)
    assert "This stops working" in page
    assert "erased" in page
    assert (await first.send(erase, erase, {"reason": "Died; the heirs asked."})).status_code == 422
    opened = await first.send(erase, erase, ERASE | CALLED_BACK)
    path = opened.headers["location"].partition("?")[0]
    case = CaseId(path.rpartition("/")[2])
    await first.send(path, f"{path}/granted")
    assert await state(office, case) is State.APPROVING
    assert (await first.send(path, f"{path}/seconded")).status_code == 422
    assert await state(office, case) is State.APPROVING
    assert (await second.send(path, f"{path}/seconded")).status_code == 303
    assert await state(office, case) is State.ANSWERING


async def test_an_export_of_several_people_takes_two_who_agree_to_exactly_these(office: Office) -> None:
    first, second = office.browser(await office.member(Role.OFFICER)), await officer(office)
    people = [await office.subscriber(), await office.subscriber("2000@pbx.provider.example")]
    page, named = "/console/exports", {"people": "\n".join(people)}
    assert (await first.send(page, page, named)).status_code == 303
    [pending] = await office.requests.approvals.pending(OURS)
    make = {"approval": pending.id, "reason": "Order of the authority", **named}
    assert (await first.send(page, f"{page}/make", make)).status_code == 422
    assert (await first.send(page, f"{page}/second", {"approval": pending.id})).status_code == 403
    assert (await second.send(page, f"{page}/second", {"approval": pending.id})).status_code == 303
    fewer = make | {"people": people[0]}
    assert (await first.send(page, f"{page}/make", fewer)).status_code == 422
    assert (await first.send(page, f"{page}/make", make)).status_code == 303
    assert len(await office.requests.inbox(OURS)) == 2


# Letters --------------------------------------------------------------------------------------------------------------


async def test_a_letter_is_entered_with_its_day_and_its_documents(office: Office) -> None:
    browser = await officer(office)
    office.clock.advance(5 * DAY)
    browser = await officer(office)
    letter = {
        "kind": "access", "received": "2027-03-02", "words": WORDS, "name": NAME, "contact": "1 Main Street\nBerlin",
        "language": "de", "relation": "self", "identifier_kind": "sip_address", "identifier": ADDRESS,
        "document_1_kind": "passport",
    }  # fmt: skip
    files = {"document_1": ("../../etc/passwd<script>", PNG, "text/html")}
    answer = await browser.send("/console/enter", "/console/enter", letter, files=files)
    assert answer.status_code == 303, answer.text
    [summary] = await office.requests.inbox(OURS)
    view = await office.requests.case(OURS, summary.id)
    assert view.clocks.received.isoformat() == "2027-03-02"
    assert view.documents == (Document.PASSPORT,)
    assert "script" not in answer.headers["location"]


@pytest.mark.parametrize("day", ["tomorrow", "2027-03-02", "1999-01-01", ""])
async def test_a_letter_can_not_have_come_on_an_impossible_day(office: Office, day: str) -> None:
    browser = await officer(office)
    letter = {
        "kind": "access", "received": day, "words": WORDS, "name": NAME, "contact": "x", "language": "de",
        "relation": "self",
    }  # fmt: skip
    answer = await browser.send("/console/enter", "/console/enter", letter)
    assert answer.status_code == 422
    assert WORDS in html.unescape(answer.text)
    assert not await office.requests.inbox(OURS)


# Measures -------------------------------------------------------------------------------------------------------------


async def test_a_hold_is_placed_and_released_and_a_secret_one_only_by_releasing_its_order(office: Office) -> None:
    browser = await officer(office)
    subject = await office.subscriber()
    path = f"/console/people/{subject}"
    hold = {"hold_reason": HoldReason.CLAIMS.value, "reference": "12 O 44/27", "hold_table": "missed_call"}
    assert (await browser.send(path, f"{path}/hold", hold)).status_code == 303
    assert (await browser.send(path, f"{path}/hold", hold | {"secret": OrderKind.COURT.value})).status_code == 303
    assert len(await office.holds.departures(OURS, subject)) == 1
    page = (await browser.get("/console/secrecy")).text
    assert "12 O 44/27" in page
    [order] = await office.secrecy.standing(OURS, (await office.member(Role.OFFICER)).staff)
    release = {"order": order.id, "reason": ReleaseReason.LIFTED.value}
    unsure = await browser.send("/console/secrecy", "/console/secrecy/release", release)
    assert unsure.status_code == 422
    sure = release | {"sure": "yes"}
    assert (await browser.send("/console/secrecy", "/console/secrecy/release", sure)).status_code == 303
    assert len(await office.holds.departures(OURS, subject)) == 2
    for held in await office.holds.of(OURS, subject):
        sent = {"hold": held.id, "sure": "yes"}
        assert (await browser.send(f"/console/holds?hold={held.id}", "/console/holds/release", sent)).status_code == 303
    assert not await office.holds.of(OURS, subject)


async def waiting(office: Office, provider: ProviderId = OURS) -> RowId:
    """A recipient whom an officer has to tell of an erasure."""
    day = dt.date(2027, 2, 1).toordinal()
    notice = RecipientNotice(
        id=RowId(new_id(SystemRandomness())), provider=provider, origin=RowId(new_id(SystemRandomness())),
        recipient=RecipientId("archive"), change=Change.ERASED, reference=None, flows="mail.answer", tables="device",
        first=day, last=day, state=NoticeState.BY_HAND, way=Way.HAND, reason=None, tries=0, next_try=0.0, opened=day,
        closed=None,
    )  # fmt: skip
    async with office.kernel.db.transaction() as unit:
        await unit.add(notice)
    return notice.id


@pytest.mark.promise("IPS-05")
async def test_recipients_whom_no_mail_reaches_are_told_by_an_officer_or_a_reason_is_noted(office: Office) -> None:
    browser, path = await officer(office), "/console/recipients"
    told, given_up, theirs = await waiting(office), await waiting(office), await waiting(office, THEIRS)
    page = (await browser.get(path)).text
    assert told in page
    assert given_up in page
    assert theirs not in page
    chosen = f"{path}?notice={told}"
    assert "Answers and questions about a request go" in (await browser.get(chosen)).text
    assert (await browser.send(chosen, path, {"notice": told})).status_code == 422
    for notice, outcome in ((told, "told"), (given_up, "disproportionate"), (theirs, "told"), (told, "impossible")):
        assert (await browser.send(path, path, {"notice": notice, "outcome": outcome})).status_code == 303
    page = (await browser.get(path)).text
    assert "Nobody waits to be told by you" in page
    assert "out of proportion" in page
    async with office.kernel.db.reading() as unit:
        found = {each.id: (each.state, each.reason) for each in await unit.select(RecipientNotice)}
    assert found == {
        told: (NoticeState.TOLD, None),
        given_up: (NoticeState.IMPOSSIBLE, WhyNot.DISPROPORTIONATE),
        theirs: (NoticeState.BY_HAND, None),
    }


async def test_data_is_restricted_at_the_console_and_lifted_by_a_request(office: Office) -> None:
    browser = await officer(office)
    subject = await office.subscriber()
    path = f"/console/people/{subject}"
    sent = {"ground": Ground.CONTESTED.value, "restrict_table": "missed_call"}
    assert (await browser.send(path, f"{path}/restrict", sent)).status_code == 303
    page = (await browser.get(path)).text
    assert "They say it is wrong" in page
    [standing] = re.findall(r'name="restriction" value="([a-z2-7]+)"', page)
    ending = {"lift_reason": "It was right.", "restriction": standing}
    assert (await browser.send(path, f"{path}/lift", ending)).status_code == 422
    lifted = await browser.send(path, f"{path}/lift", ending | CALLED_BACK)
    case = CaseId(lifted.headers["location"].rpartition("/")[2].partition("?")[0])
    summary = (await office.requests.case(OURS, case)).summary
    assert (summary.kind, summary.state, summary.proof) == (Kind.LIFT_RESTRICTION, State.READY, Proof.CALL_BACK)


async def test_a_correction_is_handed_to_who_tells_the_recipients(office: Office) -> None:
    browser = await officer(office)
    subject = await office.subscriber()
    case = await office.asked(subject)
    path = f"/console/people/{subject}"
    sent = {"datum": "mail_address.address", "value": "anna@new.example", "correct_case": case}
    assert (await browser.send(path, f"{path}/correct", sent)).status_code == 303
    [(measure, key, value)] = office.corrections.made
    assert (measure.subject, measure.case, key, value) == (subject, case, "mail_address.address", "anna@new.example")


# Reading --------------------------------------------------------------------------------------------------------------


async def test_the_ledger_is_verified_filtered_by_event_and_by_reference(office: Office) -> None:
    browser = await officer(office)
    case = await office.asked(await office.subscriber())
    view = await office.requests.case(OURS, case)
    page = (await browser.get("/console/ledger?verify=yes")).text
    assert "entries hang together" in page
    received = (await browser.get("/console/ledger?event=request_received")).text
    assert '<td data-label="Event">Request received</td>' in received
    assert '<td data-label="Event">Staff joined</td>' not in received
    of_person = (await browser.get(f"/console/ledger?ref={view.ref}")).text
    assert '<td data-label="Event">Request received</td>' in of_person
    assert '<td data-label="Event">Staff joined</td>' not in of_person


async def test_a_damaged_ledger_says_so(office: Office) -> None:
    browser = await officer(office)
    table = LedgerEntry.declaration.table
    async with office.kernel.db.transaction() as unit:
        await unit.execute(sa.update(table).where(table.c.number == 1).values(body=b"{}"))
    page = (await browser.get("/console/ledger?verify=yes")).text
    assert "Damaged" in page
    assert "Entry 1" in page


async def test_notices_are_previewed_in_six_languages_and_differences_shown_before_they_are_published(
    office: Office,
) -> None:
    browser = await officer(office)
    await browser.send("/console/notices", "/console/notices/publish")
    for language in ("en", "de", "fr", "es", "bg", "cs"):
        page = (await browser.get(f"/console/notices?text={language}")).text
        assert f'<article class="notice" lang="{language}">' in page
    assert "Nothing differs" in (await browser.get("/console/notices")).text
    office.drafts.changes = {"hosted_in": "FR"}
    changed = (await browser.get("/console/notices")).text
    assert "material" in changed
    assert "not published yet" in changed
    await browser.send("/console/notices", "/console/notices/publish")
    assert "they hold from" in (await browser.get("/console/notices")).text


async def test_figures_count_the_year(office: Office) -> None:
    browser = await officer(office)
    await office.asked(await office.subscriber())
    assert "Rectification" in (await browser.get("/console/figures?year=2027")).text
    assert "Nobody asked for anything in 2026" in (await browser.get("/console/figures?year=2026")).text


async def test_no_page_shows_a_code_where_there_is_a_word(office: Office) -> None:
    ann = await office.member(Role.OFFICER)
    browser = office.browser(ann)
    case, unknown = await office.asked(await office.subscriber(), Kind.ERASURE), await office.written()
    await office.step(case, Classify(Kind.OBJECTION), ann)
    await office.step(case, Refuse("21-1", "We need it to stop fraud.", "6-1-f"), ann)
    shown = html.unescape((await browser.get(f"/console/cases/{case}")).text)
    assert "(Erasure, Objection)" in shown
    assert "(21-1)" not in shown
    assert "GDPR Art. 21(1)" in shown.partition('ol class="history"')[2]
    deutsch = (await browser.get(f"/console/cases/{unknown}", **{"accept-language": "de"})).text
    assert "Art. 11" in deutsch
    assert "can't be identified" not in html.unescape(deutsch)
    assert "Not identified yet" in (await browser.get(f"/console/cases/{unknown}")).text
    assert "mildest way not tried yet: Sign-in" in (await browser.get(f"/console/cases/{unknown}")).text
    ledger = (await browser.get("/console/ledger?event=request_stepped")).text
    assert "<code>refused</code>" not in ledger
    assert "Refused" in ledger
    assert "Who calls: the number" in (await browser.get("/console/retention")).text


# Staff ----------------------------------------------------------------------------------------------------------------


async def test_a_member_is_invited_changed_and_removed(office: Office) -> None:
    browser = await officer(office)
    page = "/console/staff"
    sent = {"name": "Cem Yildiz", "mail": "cem@provider.example", "role_support": "yes"}
    answer = await browser.send(page, f"{page}/invite", sent)
    assert "https://ring.example/console/join/" in answer.text
    assert "https://ring.example/console/join/" not in (await browser.get(page)).text
    cem = next(each for each in await office.staff.members(OURS) if each.name == "Cem Yildiz")
    assert (await browser.send(page, f"{page}/{cem.staff}/roles", {"role_auditor": "yes"})).status_code == 303
    assert (await browser.send(page, f"{page}/{cem.staff}/remove", {})).status_code == 422
    assert (await browser.send(page, f"{page}/{cem.staff}/remove", {"sure": "yes"})).status_code == 303
    assert "Cem Yildiz" not in (await browser.get(page)).text


async def test_nobody_invites_above_their_own_power(office: Office) -> None:
    browser = office.browser(await office.member(Role.OPERATOR))
    sent = {"name": "Eve", "mail": "eve@provider.example", "role_officer": "yes"}
    assert (await browser.send("/console/staff", "/console/staff/invite", sent)).status_code == 403


async def test_a_token_is_shown_once_and_revoked(office: Office) -> None:
    browser = office.browser(await office.member(Role.OPERATOR))
    sent = {"label": "billing.main", "days": "90", "scope_BILLING_WRITE": "yes"}
    answer = await browser.send("/console/staff", "/console/staff/tokens", sent)
    [token] = await office.staff.tokens.of(OURS)
    assert f"{token.id}." in answer.text
    assert f"{token.id}." not in (await browser.get("/console/staff")).text
    await browser.send("/console/staff", f"/console/staff/tokens/{token.id}/revoke")
    assert not await office.staff.tokens.of(OURS)
