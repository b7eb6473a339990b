"""What the portal lets people see and do, and what it lets nobody do."""

import html
import re
from dataclasses import replace

import pytest

from ringfence.identifiers import CaseId, DeviceId, ProviderId, RowId
from ringfence.privacy.requests import Kind
from ringfence.privacy.restriction import Ground
from ringfence.privacy.secrecy import standard_sentence
from ringfence.web.portal import DeviceShown, Kept, LookShown, PasskeyShown, Row, Sending, portal_routes
from tests.unit.web.portal.doors import (
    ADA,
    ADDRESS,
    BOB,
    HOSTILE,
    IMPRINT,
    OTHER,
    PROVIDER,
    TODAY,
    World,
    choice,
    lived_in,
    portal,
    request,
)
from tests.unit.web.visitor import Visitor

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
PAGES = [
    "/privacy",
    "/privacy/kept/push_token",
    "/privacy/ask/access",
    "/privacy/ask/rectification",
    "/privacy/requests",
    "/privacy/requests/case1",
    "/privacy/devices",
    "/privacy/contact",
    "/privacy/notices",
    "/privacy/downloads",
    "/privacy/leave",
]
OPEN_PAGES = ["/privacy/sign-in", "/privacy/write", "/privacy/write/received", "/privacy/nowhere"]
LETTER = {
    "kind": "access",
    "relation": "self",
    "name": "Eve",
    "contact": "eve@example.org",
    "words": "What do you hold?",
}


def _token(page: str) -> str:
    found = re.search(r'name="form_token" value="([^"]*)"', page)
    assert found
    return html.unescape(found[1])


def visitor(world: World, **more: str) -> Visitor:
    return Visitor(portal_routes(portal(world)), **more)


def signed_in(world: World, person: object = ADA, **more: str) -> Visitor:
    browser = visitor(world, **more)
    browser.get("/privacy/sign-in")
    password = "correct horse" if person == ADA else "battery staple"
    address = ADDRESS if person == ADA else "bob@pbx.provider.example"
    answer = browser.send("/privacy/sign-in", "/privacy/sign-in", {"address": address, "password": password})
    assert answer.status_code == 303, answer.text
    return browser


@pytest.fixture
def world() -> World:
    return lived_in()


# Coming in ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES)
def test_nobody_sees_a_page_about_a_person_without_signing_in(world: World, path: str) -> None:
    answer = visitor(world).get(path)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/privacy/sign-in"
    assert ADDRESS not in answer.text


@pytest.mark.promise("ZOI-16")
@pytest.mark.parametrize("path", PAGES)
def test_whoever_signed_in_sees_every_page(world: World, path: str) -> None:
    answer = signed_in(world).get(path)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"


def test_a_wrong_password_gets_the_form_back_with_what_to_do_and_without_the_password(world: World) -> None:
    sent = {"address": ADDRESS, "password": "hunter2"}
    answer = visitor(world).send("/privacy/sign-in", "/privacy/sign-in", sent)
    assert answer.status_code == 422
    assert "did not open anything" in answer.text
    assert ADDRESS in answer.text
    assert "hunter2" not in answer.text
    assert not world.sessions


def test_a_number_and_its_pin_open_in_two_steps(world: World) -> None:
    browser = visitor(world)
    step = browser.send("/privacy/sign-in", "/privacy/sign-in/number", {"number": "+49 30 1234567"})
    assert step.status_code == 200
    token = re.search(r'name="form_token" value="([^"]*)"', step.text)
    assert token
    sent = {"form_token": html.unescape(token[1]), "ticket": "a-ticket"}
    wrong = browser.post("/privacy/sign-in/pin", data=sent | {"pin": "000000"})
    assert wrong.status_code == 422
    assert 'value="a-ticket"' in wrong.text
    assert browser.post("/privacy/sign-in/pin", data=sent | {"pin": "123456"}).status_code == 303
    assert ADDRESS in browser.get("/privacy").text


def test_a_passkey_opens_with_the_answer_of_the_authenticator(world: World) -> None:
    browser = visitor(world)
    question = browser.send("/privacy/sign-in", "/privacy/sign-in/passkey/question")
    assert question.json() == {"ticket": "a-passkey-ticket", "options": {"challenge": "AAAA"}}
    sent = {"ticket": "a-passkey-ticket", "answer": "signed"}
    assert browser.send("/privacy/sign-in", "/privacy/sign-in/passkey", sent).status_code == 303
    assert browser.get("/privacy").status_code == 200


def test_nobody_takes_all_the_challenges(world: World) -> None:
    browser = visitor(world)
    path = "/privacy/sign-in/passkey/question"
    answers = [browser.send("/privacy/sign-in", path).status_code for _ in range(22)]
    assert answers == [200] * 20 + [429] * 2


@pytest.mark.promise("ZOI-24")
def test_signing_in_changes_the_cookie_and_nothing_personal_is_in_it(world: World) -> None:
    browser = visitor(world)
    browser.get("/privacy/sign-in")
    before = dict(browser.cookies)
    sent = {"address": ADDRESS, "password": "correct horse"}
    answer = browser.send("/privacy/sign-in", "/privacy/sign-in", sent)
    after = dict(browser.cookies)
    assert list(before) == list(after) == ["__Host-ringfence"]
    assert before != after
    assert "HttpOnly" in answer.headers["set-cookie"]
    for personal in (ADDRESS, "1042", "correct"):
        assert personal not in answer.headers["set-cookie"]


def test_a_cookie_that_somebody_planted_is_never_a_session(world: World) -> None:
    browser = visitor(world)
    browser.cookies.set("__Host-ringfence", "planted-by-somebody-else", domain="ringfence.example")
    browser.send("/privacy/sign-in", "/privacy/sign-in", {"address": ADDRESS, "password": "correct horse"})
    assert "planted-by-somebody-else" not in world.sessions


def test_signing_out_ends_the_session(world: World) -> None:
    browser = signed_in(world)
    browser.send("/privacy", "/privacy/sign-out")
    assert not world.sessions
    assert browser.get("/privacy").status_code == 303


# What is shown --------------------------------------------------------------------------------------------------------


@pytest.mark.promise("CTP-14")
@pytest.mark.parametrize("path", PAGES + OPEN_PAGES)
def test_every_page_names_the_privacy_officer(world: World, path: str) -> None:
    answer = signed_in(world).get(path) if path in PAGES else visitor(world).get(path)
    assert "privacy@provider.example" in answer.text


@pytest.mark.promise("ZOI-16")
def test_everything_kept_is_told_with_why_until_when_and_who_else_has_it(world: World) -> None:
    text = html.unescape(signed_in(world).get("/privacy").text)
    for kind in world.kept:
        for said in (kind.title, kind.what, *kind.why, *kind.until, *kind.receivers):
            assert said in text
        assert f"/privacy/kept/{kind.key}" in text
    assert "Nobody." in text


def test_the_end_of_a_restriction_is_offered_to_whom_there_is_one(world: World) -> None:
    browser = signed_in(world)
    assert "/privacy/ask/lift_restriction" not in browser.get("/privacy").text
    world.kept.append(Kept("restriction", "What is only stored", "A restriction.", [], [], [], 1))
    assert "/privacy/ask/lift_restriction" in browser.get("/privacy").text
    assert browser.get("/privacy/ask/lift_restriction").status_code == 200


def test_many_values_come_page_by_page(world: World) -> None:
    world.rows = [Row([("Number", f"value {number}.")]) for number in range(120)]
    browser = signed_in(world)
    first = browser.get("/privacy/kept/caller").text
    assert "value 49." in first
    assert "value 50." not in first
    assert "from=50" in first
    last = browser.get("/privacy/kept/caller?from=100").text
    assert "value 119." in last
    assert 'rel="next"' not in last
    for odd in ("-1", "x", "9" * 30, "\u0661"):
        assert "value 0." in browser.get(f"/privacy/kept/caller?from={odd}").text
    assert browser.get("/privacy/kept/nothing").status_code == 404


def test_who_looked_is_told_by_day_and_reason(world: World) -> None:
    text = signed_in(world).get("/privacy").text
    assert "15 January 2027" in text
    assert "ticket 4711" in text
    assert "Nobody has looked" in signed_in(World()).get("/privacy").text


def test_empty_pages_say_what_will_appear(world: World) -> None:
    browser = signed_in(World())
    for path in ("/privacy", "/privacy/requests", "/privacy/devices", "/privacy/downloads", "/privacy/notices"):
        assert 'class="empty"' in browser.get(path).text


# Choices --------------------------------------------------------------------------------------------------------------


@pytest.mark.promise("APP-05")
def test_each_choice_has_its_own_text_and_switch_and_none_is_set_beforehand(world: World) -> None:
    world.choices = [
        choice(key, f"Title of {key}", f"What {key} does.") for key in ("contacts", "location", "media", "calendar")
    ]
    text = signed_in(world).get("/privacy").text
    assert text.count('role="switch"') == 4
    assert text.count('aria-checked="false"') == 4
    assert "checked>" not in text
    for key in ("contacts", "location", "media", "calendar"):
        assert f"Title of {key}" in text
        assert f"What {key} does." in text


@pytest.mark.promise("ZOI-08")
def test_before_a_choice_is_made_the_page_says_what_a_no_means(world: World) -> None:
    text = signed_in(world).get("/privacy").text
    assert text.count("It holds full traffic, that of others included") == 1
    assert text.count("If you leave it off, nothing else changes.") == len(world.choices)
    assert "None of this is needed for your phone to ring" in text


@pytest.mark.promise("APP-05")
def test_a_choice_goes_on_and_off_by_one_press_each(world: World) -> None:
    browser = signed_in(world)
    shown = {"choice": "logs", "shown": f"{'1' * 64} en"}
    for turn, given in (("on", True), ("off", False)):
        answer = browser.send("/privacy", "/privacy/choices", shown | {"turn": turn})
        assert answer.headers["location"] == "/privacy?done=choice"
        assert next(each.given for each in world.choices if each.key == "logs") is given
    browser.send("/privacy", "/privacy/choices/none")
    assert not any(each.given for each in world.choices)


def test_each_yes_that_stands_comes_with_its_receipt_and_nothing_else_does(world: World) -> None:
    page = signed_in(world).get("/privacy").text
    found = re.findall(r'href="(/privacy/choices/receipts/[^"?]*)', page)
    assert found == ["/privacy/choices/receipts/contacts1.json", "/privacy/choices/receipts/marketing1.json"]


def test_a_receipt_goes_to_its_owner_alone_and_is_kept_by_nobody_on_the_way(world: World) -> None:
    path = "/privacy/choices/receipts/contacts1.json"
    answer = signed_in(world).get(path)
    assert answer.json() == {"receipt_id": "r1:1"}
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-disposition"] == 'attachment; filename="receipt.json"'
    assert signed_in(world, BOB).get(path).status_code == 404
    assert visitor(world).get(path).headers["location"] == "/privacy/sign-in"


def test_a_correction_is_offered_in_the_words_of_who_makes_it(world: World) -> None:
    world.kept = [
        replace(world.kept[0], key=key, correct=page, by_asking=asked)
        for key, page, asked in (
            ("device", "/privacy/devices", False),
            ("account", "/privacy/ask/rectification", True),
            ("push_token", "", False),
        )
    ]
    page = signed_in(world).get("/privacy").text
    assert page.count(">Correct it<") == 1
    assert page.count(">Ask to have it corrected<") == 1
    assert "Ask to have it corrected" in signed_in(world).get("/privacy/kept/account").text
    assert "orrect" not in signed_in(world).get("/privacy/kept/push_token").text.split("<main")[1].split("</main")[0]


def test_a_person_rings_a_phone_that_can_be_woken_and_reads_how_it_went(world: World) -> None:
    browser = signed_in(world)
    page = browser.get("/privacy/devices").text
    assert page.count(">Ring this phone<") == 1  # the other one has no push
    rung = browser.send("/privacy/devices", "/privacy/devices/ring", {"device": "d1"})
    page = browser.get(rung.headers["location"]).text
    assert "A test is on its way." in page
    assert "The test is on its way." in page
    kitchen = DeviceId("d1")
    world.devices[kitchen] = replace(world.devices[kitchen], test="woke", seconds=5)
    assert "It woke within 5 s." in browser.get("/privacy/devices").text
    other = browser.send("/privacy/devices", "/privacy/devices/ring", {"device": "d2"})
    assert "be woken" in browser.get(other.headers["location"]).text
    assert browser.send("/privacy/devices", "/privacy/devices/ring", {"device": "d3"}).status_code == 404


def test_a_switch_that_was_moved_elsewhere_meanwhile_is_not_moved_back(world: World) -> None:
    browser = signed_in(world)
    browser.send("/privacy", "/privacy/choices", {"choice": "contacts", "turn": "off"})
    browser.send("/privacy", "/privacy/choices", {"choice": "contacts", "turn": "off"})
    assert not next(each.given for each in world.choices if each.key == "contacts")


def test_the_age_is_asked_once_and_only_a_yes_goes_on(world: World) -> None:
    world.age = 16
    browser = signed_in(world)
    asked = browser.send("/privacy", "/privacy/choices", {"choice": "logs", "turn": "on", "shown": "1 en"})
    assert "I am at least 16 years old" in asked.text
    assert not next(each.given for each in world.choices if each.key == "logs")
    browser.send("/privacy", "/privacy/choices", {"choice": "logs", "turn": "on", "shown": "1 en", "old_enough": "yes"})
    assert next(each.given for each in world.choices if each.key == "logs")


def test_a_browser_that_says_no_to_selling_is_heard_and_told_so(world: World) -> None:
    text = signed_in(world).get("/privacy", {"sec-gpc": "1"}).text
    assert "Global Privacy Control" in text
    assert "News by mail" not in text
    assert visitor(world).get("/.well-known/gpc.json").json() == {"gpc": True}


# Requests -------------------------------------------------------------------------------------------------------------


@pytest.mark.promise("ZOI-16")
def test_each_thing_one_may_ask_is_a_sentence_with_a_page_that_says_the_dates(world: World) -> None:
    browser = signed_in(world)
    home = browser.get("/privacy").text
    for kind in (Kind.ACCESS, Kind.RECIPIENTS, Kind.PORTABILITY, Kind.RESTRICTION, Kind.OBJECTION, Kind.COMPLAINT):
        assert f'href="/privacy/ask/{kind}"' in home
        page = browser.get(f"/privacy/ask/{kind}").text
        assert "13 February 2027" in page
        assert "15 February 2027" in page
    assert "The first copy is free" in browser.get("/privacy/ask/access").text
    assert browser.get("/privacy/ask/erasure").headers["location"] == "/privacy/leave"
    assert browser.get("/privacy/ask/anything").status_code == 404


@pytest.mark.promise("ACR-07")
def test_a_correction_is_asked_for_with_what_is_wrong_and_what_is_right(world: World) -> None:
    browser = signed_in(world)
    sent = {"wrong": "Adda", "right": "Ada", "words": ""}
    answer = browser.send("/privacy/ask/rectification", "/privacy/ask/rectification", sent)
    assert answer.status_code == 303
    assert world.asked == [(ADA, Kind.RECTIFICATION, "", {"wrong": "Adda", "right": "Ada"})]
    assert "We have it" in browser.get(answer.headers["location"]).text


@pytest.mark.parametrize("ground", Ground)
def test_a_restriction_is_asked_for_on_one_of_the_four_grounds(world: World, ground: Ground) -> None:
    browser = signed_in(world)
    sent = {"ground": ground.value, "what": "who called me", "words": "It is wrong."}
    assert browser.send("/privacy/ask/restriction", "/privacy/ask/restriction", sent).status_code == 303
    assert world.asked == [(ADA, Kind.RESTRICTION, "It is wrong.", {"ground": ground.value, "what": "who called me"})]


def test_a_restriction_on_no_ground_comes_back(world: World) -> None:
    browser = signed_in(world)
    for ground in ("", "because"):
        sent = {"ground": ground, "what": "who called me", "words": "It is wrong."}
        answer = browser.send("/privacy/ask/restriction", "/privacy/ask/restriction", sent)
        assert answer.status_code == 422
        assert 'href="#ground"' in answer.text
    assert not world.asked


def test_a_request_that_lacks_something_comes_back_with_what_was_written(world: World) -> None:
    browser = signed_in(world)
    sent = {"wrong": "Adda", "right": "", "words": "It is my name."}
    answer = browser.send("/privacy/ask/rectification", "/privacy/ask/rectification", sent)
    assert answer.status_code == 422
    assert 'href="#right"' in answer.text
    assert "It is my name." in answer.text
    assert not world.asked


@pytest.mark.parametrize("target", ["http://x.example", "https://", "ftp://x", "https://u:p@x.example", "javascript:1"])
def test_data_goes_nowhere_but_to_an_https_address(world: World, target: str) -> None:
    browser = signed_in(world)
    answer = browser.send("/privacy/ask/portability", "/privacy/ask/portability", {"transmit_to": target})
    assert answer.status_code == 422
    assert not world.asked


def test_another_persons_request_is_as_if_it_were_not_there(world: World) -> None:
    browser = signed_in(world, BOB)
    assert browser.get("/privacy/requests/case1").status_code == 404
    assert browser.get("/privacy/requests/none").status_code == 404
    assert "case1" not in browser.get("/privacy/requests").text
    token = _token(browser.get("/privacy").text)
    sent = browser.post("/privacy/requests/case1/answer", data={"form_token": token, "answer": ""})
    assert sent.status_code == 404


def test_what_we_asked_about_a_request_is_answered_on_its_page(world: World) -> None:
    world.requests[CaseId("case1")] = (ADA, request("case1", state="clarifying"))
    browser, page = signed_in(world), "/privacy/requests/case1"
    assert browser.send(page, f"{page}/answer", {"answer": " "}).status_code == 422
    assert browser.send(page, f"{page}/answer", {"answer": "The calls of May."}).status_code == 303
    assert world.answered == [("case1", "The calls of May.")]
    assert "Answer our question" not in browser.get("/privacy/requests/case2").text


def test_silence_tells_nothing(world: World) -> None:
    for person in (ADA, BOB):
        browser = signed_in(world, person)
        for path in ("/privacy", "/privacy/leave"):
            assert standard_sentence("en") in html.unescape(browser.get(path).text)


def test_a_request_can_be_taken_back(world: World) -> None:
    browser = signed_in(world)
    browser.send("/privacy/requests/case1", "/privacy/requests/case1/take-back")
    assert world.taken_back == ["case1"]


# Written, without signing in ------------------------------------------------------------------------------------------


def test_anybody_can_write_with_documents_and_gets_a_reference(world: World) -> None:
    browser = visitor(world)
    files = {"document_1": ("passport of eve.png", PNG, "image/png")}
    answer = browser.send("/privacy/write", "/privacy/write", LETTER | {"document_1_kind": "passport"}, files=files)
    assert answer.headers["location"] == "/privacy/write/received?case=casewritten"
    assert "casewritten" in browser.get(answer.headers["location"]).text
    (written,) = world.written
    assert (written.provider, written.kind, written.relation) == (PROVIDER, Kind.ACCESS, "self")
    assert [(kind, document.kind) for kind, document in written.documents] == [("passport", "image/png")]
    assert "Eve" not in repr(written)


def test_a_parent_can_report_a_childs_data_and_says_what_allows_it(world: World) -> None:
    browser = visitor(world)
    sent = LETTER | {"kind": "erasure", "relation": "parent"}
    assert browser.send("/privacy/write", "/privacy/write", sent).status_code == 422
    sent |= {"mandate": "Birth certificate of 2015"}
    assert browser.send("/privacy/write", "/privacy/write", sent).status_code == 303
    assert world.written[0].relation == "parent"


@pytest.mark.parametrize(
    ("files", "kind"),
    [
        ({"document_1": ("a.png", b"<html>", "image/png")}, "passport"),
        ({"document_1": ("a.png", PNG, "image/png")}, ""),
        ({"document_1": ("a.png", PNG, "image/png")}, "library_card"),
    ],
)
def test_a_file_that_is_no_document_comes_back(world: World, files: dict[str, object], kind: str) -> None:
    sent = LETTER | {"document_1_kind": kind}
    answer = visitor(world).send("/privacy/write", "/privacy/write", sent, files=files)
    assert answer.status_code == 422
    assert not world.written


def test_letters_from_one_place_are_taken_at_a_pace(world: World) -> None:
    browser = visitor(world)
    answers = [browser.send("/privacy/write", "/privacy/write", LETTER).status_code for _ in range(7)]
    assert answers == [303] * 5 + [429] * 2


def test_the_page_after_a_letter_repeats_nothing_that_a_link_could_plant(world: World) -> None:
    assert "<script>" not in visitor(world).get("/privacy/write/received?case=<script>alert(1)</script>").text


def test_with_several_providers_the_form_asks_which(world: World) -> None:
    routes = portal_routes(portal(world, {PROVIDER: IMPRINT, ProviderId("other"): OTHER}))
    browser = Visitor(routes)
    assert "Other Telecom" in browser.get("/privacy/write").text
    assert browser.send("/privacy/write", "/privacy/write", LETTER).status_code == 422
    browser.send("/privacy/write", "/privacy/write", LETTER | {"provider": "other"})
    assert world.written[0].provider == "other"


# Phones, notices, packages, leaving -----------------------------------------------------------------------------------


@pytest.mark.promise("ACR-07")
def test_a_phone_is_renamed_at_once(world: World) -> None:
    browser = signed_in(world)
    browser.send("/privacy/devices", "/privacy/devices/rename", {"device": "d1", "name": "Hall"})
    assert world.devices[next(iter(world.devices))].name == "Hall"
    empty = browser.send("/privacy/devices", "/privacy/devices/rename", {"device": "d1", "name": " "})
    assert empty.status_code == 422
    assert 'aria-describedby="name-error"' in empty.text


@pytest.mark.promise("ACR-07")
def test_a_mail_address_is_given_changed_and_taken_back_by_the_person(world: World) -> None:
    browser = signed_in(world)
    assert "We have no mail address of yours" in browser.get("/privacy").text
    browser.send("/privacy/contact", "/privacy/contact", {"address": "ada@mail.example"})
    assert "We write to you at <code>ada@mail.example</code>" in browser.get("/privacy").text
    wrong = browser.send("/privacy/contact", "/privacy/contact", {"address": "nowhere"})
    assert wrong.status_code == 422
    assert "no mail address" in wrong.text
    browser.send("/privacy/contact", "/privacy/contact", {"address": ""})
    assert world.mail == ""


def test_another_persons_phone_can_be_neither_renamed_nor_signed_out(world: World) -> None:
    browser = signed_in(world, BOB)
    for path in ("/privacy/devices/rename", "/privacy/devices/sign-out"):
        assert browser.send("/privacy/devices", path, {"device": "d1", "name": "mine"}).status_code == 404
    assert len(world.devices) == 2


def test_coming_terms_are_shown_with_what_is_different_and_objecting_needs_a_yes(world: World) -> None:
    browser = signed_in(world)
    text = browser.get("/privacy/notices").text
    assert "Something changes on 1 March 2027" in text
    assert "Kept 30 days longer" in text
    version = world.notice.coming[0].version
    assert world.told == [version]
    once = browser.send("/privacy/notices", "/privacy/notices/object", {"version": version})
    assert once.status_code == 422
    assert not world.objected
    browser.send("/privacy/notices", "/privacy/notices/object", {"version": version, "sure": "yes"})
    assert world.objected == [version]


def test_a_package_goes_to_its_owner_alone(world: World) -> None:
    answer = signed_in(world).get("/privacy/downloads/pack1.zip")
    assert answer.content == b"PK..."
    assert answer.headers["content-disposition"] == 'attachment; filename="my-data.zip"'
    assert answer.headers["cache-control"] == "no-store"
    assert signed_in(world).get("/privacy/downloads/pack2.zip").status_code == 404
    assert signed_in(world, BOB).get("/privacy/downloads/pack1.zip").status_code == 404


@pytest.mark.promise("ZOI-19")
def test_a_package_goes_to_another_provider_only_once_its_owner_has_confirmed(world: World) -> None:
    world.sendings = [Sending(RowId("send1"), "other.example", "proposed")]
    browser = signed_in(world)
    page = browser.get("/privacy/downloads").text
    assert "Your data, to other.example." in page
    assert "Nothing has left yet." in page
    assert world.sendings[0].state == "proposed"
    assert signed_in(world, BOB).send("/privacy/downloads", "/privacy/downloads/send/send1").status_code == 404
    browser.send("/privacy/downloads", "/privacy/downloads/send/send1")
    assert world.sendings[0].state == "accepted"
    assert "arrived" in browser.get("/privacy/downloads").text
    assert browser.send("/privacy/downloads", "/privacy/downloads/send/send1").status_code == 404


@pytest.mark.promise("ZOI-20")
def test_before_leaving_the_page_says_what_stops_and_what_stays_until_when_under_which_law(world: World) -> None:
    text = signed_in(world).get("/privacy/leave").text
    for said in (*world.plan.stops, *world.plan.goes, "Until 31 December 2034.", "Section 212"):
        assert said in html.unescape(text)


@pytest.mark.promise("ZOI-20")
def test_nobody_leaves_without_typing_the_word_and_whoever_does_gets_the_certificate(world: World) -> None:
    browser = signed_in(world)
    for typed in ("", "yes"):
        answer = browser.send("/privacy/leave", "/privacy/leave", {"confirmation": typed})
        assert answer.status_code == 422
        assert world.sessions
    gone = browser.send("/privacy/leave", "/privacy/leave", {"confirmation": " Erase "}).headers["location"]
    assert not world.sessions
    assert "under way" in browser.get(gone).text
    assert browser.get(f"{gone}/certificate.json").status_code == 404
    world.gone[RowId("erasure1")] = replace(world.gone[RowId("erasure1")], certified=True)
    assert "proven" in browser.get(gone).text
    assert browser.get(f"{gone}/certificate.json").json() == {"statement": "..."}
    assert browser.get("/privacy/gone/other").status_code == 404


def test_passkeys_are_added_and_removed(world: World) -> None:
    browser = signed_in(world)
    browser.send("/privacy/devices", "/privacy/passkeys/remove", {"passkey": "p1"})
    assert not world.passkeys
    assert browser.send("/privacy/devices", "/privacy/passkeys/offer", {"name": "x"}).json()["ticket"]
    browser.send("/privacy/devices", "/privacy/passkeys", {"ticket": "t", "answer": "a", "name": "My key"})
    assert world.passkeys == [PasskeyShown("p1", "My key")]


# Hostile --------------------------------------------------------------------------------------------------------------


POSTS = [
    "/privacy/sign-in",
    "/privacy/sign-in/number",
    "/privacy/sign-in/pin",
    "/privacy/sign-in/passkey",
    "/privacy/sign-in/passkey/question",
    "/privacy/sign-out",
    "/privacy/write",
    "/privacy/choices",
    "/privacy/choices/none",
    "/privacy/ask/access",
    "/privacy/requests/case1/answer",
    "/privacy/requests/case1/take-back",
    "/privacy/devices/rename",
    "/privacy/devices/sign-out",
    "/privacy/devices/ring",
    "/privacy/contact",
    "/privacy/passkeys",
    "/privacy/passkeys/offer",
    "/privacy/passkeys/remove",
    "/privacy/notices/object",
    "/privacy/downloads/send/send1",
    "/privacy/leave",
]


def test_this_list_of_forms_is_whole(world: World) -> None:
    patterns = [route for route in portal_routes(portal(world)) if "POST" in (getattr(route, "methods", None) or ())]
    assert len(patterns) == len(POSTS) + 1  # and the one for addresses that lead nowhere


@pytest.mark.parametrize("path", POSTS)
def test_a_form_without_our_token_or_from_elsewhere_does_nothing(world: World, path: str) -> None:
    browser = signed_in(world)
    for headers, data in (
        ({}, {"confirmation": "erase"}),
        ({}, {"confirmation": "erase", "form_token": "1800000000.AAAA"}),
        ({"sec-fetch-site": "cross-site"}, {"confirmation": "erase"}),
    ):
        answer = browser.post(path, headers=headers, data=data)
        assert answer.status_code == 403
        assert "did not come from our page" in answer.text
    assert world.sessions
    assert not world.taken_back
    assert not world.gone


def test_a_token_of_one_person_is_of_no_use_in_anothers_session(world: World) -> None:
    ada, bob = signed_in(world), signed_in(world, BOB)
    token = re.search(r'name="form_token" value="([^"]*)"', bob.get("/privacy/leave").text)
    assert token
    assert ada.post("/privacy/leave", data={"form_token": token[1], "confirmation": "erase"}).status_code == 403


def hostile() -> World:
    """Every text that comes from outside is an attack."""
    world = lived_in()
    world.kept = [Kept("caller", HOSTILE, HOSTILE, [HOSTILE], [HOSTILE], [HOSTILE], 1, "/privacy/devices")]
    world.rows = [Row([(HOSTILE, HOSTILE)])]
    world.looks = [LookShown(TODAY, HOSTILE)]
    world.mail = HOSTILE
    world.choices = [replace(each, title=HOSTILE, asks=[HOSTILE], refusing=HOSTILE) for each in world.choices]
    world.devices = {key: DeviceShown(key, HOSTILE, 1.0) for key in world.devices}
    world.passkeys = [PasskeyShown(HOSTILE, HOSTILE)]
    world.requests[CaseId("case1")] = (ADA, request("case1", words=HOSTILE))
    return world


@pytest.mark.parametrize("path", PAGES)
def test_no_text_that_somebody_else_wrote_becomes_markup(path: str) -> None:
    path = path.replace("push_token", "caller")
    text = signed_in(hostile()).get(path).text
    assert "<script>alert" not in text
    assert "<img" not in text
    assert "49" not in re.findall(r"\{\{ 7\*7 \}\}|49", text)


@pytest.mark.parametrize(
    ("page", "path"),
    [
        ("/privacy/sign-in", "/privacy/sign-in"),
        ("/privacy/sign-in", "/privacy/sign-in/number"),
        ("/privacy/write", "/privacy/write"),
        ("/privacy/ask/rectification", "/privacy/ask/rectification"),
        ("/privacy/devices", "/privacy/devices/rename"),
        ("/privacy/contact", "/privacy/contact"),
        ("/privacy/leave", "/privacy/leave"),
    ],
)
def test_what_a_form_sent_comes_back_as_text(world: World, page: str, path: str) -> None:
    browser = signed_in(world) if "sign-in" not in page and "write" not in page else visitor(world)
    names = (*LETTER, "address", "auth_user", "number", "wrong", "confirmation", "mandate", "identifier", "ticket")
    answer = browser.send(page, path, dict.fromkeys(names, HOSTILE) | {"device": "d1", "name": ""})
    assert answer.status_code in {200, 422}
    assert "<script>alert" not in answer.text
    assert "<img" not in answer.text


def test_nothing_about_a_person_stands_in_any_address(world: World) -> None:
    browser = signed_in(world)
    for path in PAGES:
        for address in re.findall(r'(?:href|action)="([^"]*)"', browser.get(path).text):
            assert "1042" not in address
            assert "@" not in address.replace("mailto:privacy@provider.example", "")


@pytest.mark.parametrize("path", PAGES + OPEN_PAGES)
def test_nothing_is_inline_or_from_elsewhere(world: World, path: str) -> None:
    answer = signed_in(world).get(path) if path in PAGES else visitor(world).get(path)
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert " style=" not in answer.text
    assert not re.search(r"<script(?! src=\"/privacy/static/)", answer.text)
    assert not re.search(r"\son[a-z]+=", re.sub(r">[^<]*<", "><", answer.text))
    assert not re.search(r'(?:src|href|action)="(?:https?:)?//', answer.text)
