"""Letters of every kind, decision and language: what must stand in each, and that none leaves without it."""

import dataclasses
import datetime as dt
import re
from collections.abc import Iterator, Mapping
from html import unescape
from html.parser import HTMLParser
from itertools import product
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.declarations import Purpose, Registry
from ringfence.identifiers import RecipientId
from ringfence.privacy.answers import (
    ACCESS_ITEMS,
    AnswerFacts,
    ExceptionUnfit,
    Hearing,
    Hears,
    Held,
    Item,
    Letter,
    LetterIncomplete,
    Letters,
    items_of,
)
from ringfence.privacy.answers.words import LETTERS, Words, clean, paragraphs
from ringfence.privacy.consent import Channel, Choice, Feature
from ringfence.privacy.datamap import EntryKind, entries, said
from ringfence.privacy.egress import LegalRole
from ringfence.privacy.notices import Catalogue, languages
from ringfence.privacy.requests.kind import Kind, LetterKind, Outcome
from ringfence.privacy.restriction import Ground
from ringfence.privacy.rights import HoldReason, Verdict
from ringfence.privacy.rights import Outcome as Fate
from ringfence.privacy.secrecy import standard_sentence
from tests.unit.privacy.answers.samples import ANSWERED, LANGUAGES, LAW, REGISTRY, decisions, facts, policy

LETTER = Letters(LAW, registry=REGISTRY)
CATALOGUES = {language: Catalogue.load(LETTERS, language) for language in LANGUAGES}
HELD = [entry for entry in entries(REGISTRY) if entry.kind is EntryKind.COLUMN]
WHY = (LetterKind.EXTENDED, LetterKind.PROOF_ASKED, LetterKind.CLARIFICATION_ASKED, LetterKind.REFERRED)
WHOLE = pytest.mark.parametrize("language", LANGUAGES)
EVERY = pytest.mark.parametrize(("about", "kind", "outcome"), list(decisions()), ids=str)


def words(language: str) -> Words:
    return Words(CATALOGUES[language], LAW)


# What every letter has


@pytest.mark.promise("ACR-14", "CTP-14", "ZOI-22")
@WHOLE
@EVERY
def test_every_letter_names_officer_authority_and_court_in_the_readers_language(
    about: LetterKind, kind: Kind, outcome: Outcome | None, language: str
) -> None:
    letter = LETTER.write(facts(about, kind, outcome), language)
    germany = LAW.country("DE")
    assert letter.language == language
    assert letter.items == items_of(about, kind, outcome)
    for form in (letter.text(), unescape(letter.html())):
        assert "privacy@example.org" in form
        assert germany.authority.name in form
        assert germany.authority.url in form
        assert germany.court.name in form
        assert standard_sentence(language) in form
    assert words(language).day(dt.date(2026, 11, 22)) in letter.text()
    for section in letter.sections:
        assert all(line.strip() for line in (*section.sentences, *section.points))
        assert section.sentences or section.points
    assert not re.search(r"[{}]", letter.text())


@WHOLE
@pytest.mark.parametrize("country", ["BG", "CY", "GR"])
@pytest.mark.parametrize("outcome", [Outcome.GRANTED, Outcome.REFUSED])
def test_authority_and_court_are_written_in_letters_that_the_reader_knows(
    country: str, language: str, outcome: Outcome
) -> None:
    told = facts(LetterKind.ANSWER, Kind.RECTIFICATION, outcome, policy=policy(country))
    if outcome is Outcome.REFUSED:
        told = dataclasses.replace(told, exception="16", ground="6-1-b", note="It is right as it is.")
    text = LETTER.write(told, language).text()
    rules = LAW.country(country)
    assert rules.authority.name_in(language) in text
    assert rules.court.name_in(language) in text
    foreign = r"[\u0370-\u03ff]" if language == "bg" else r"[\u0370-\u03ff\u0400-\u04ff]"
    assert not re.search(foreign, text)


@EVERY
def test_no_two_languages_say_the_same_and_all_say_as_much(
    about: LetterKind, kind: Kind, outcome: Outcome | None
) -> None:
    letters = [LETTER.write(facts(about, kind, outcome), language) for language in LANGUAGES]
    shapes = {tuple((part.item, len(part.sentences), len(part.points)) for part in each.sections) for each in letters}
    assert len(shapes) == 1
    assert len({each.title for each in letters}) == len(LANGUAGES)


def test_a_language_that_we_do_not_speak_is_answered_in_english() -> None:
    assert LETTER.write(facts(), "pt").language == "en"
    assert set(LETTER.languages) == set(LANGUAGES)


def test_the_person_is_addressed_by_name_or_politely_and_told_which_request_is_meant() -> None:
    follow = facts(follows=facts().case)
    assert "Dear Anna Example," in LETTER.write(follow, "en").text()
    assert LETTER.write(follow, "en").text().count("aaaaaaaaaaaaaaaaaaaaaaaaaa") == 2
    assert "Dear Madam or Sir," in LETTER.write(facts(name="  "), "en").text()


# Access: the thirteen items


@pytest.mark.promise("CTP-06", "ZOI-08")
@WHOLE
def test_an_access_answer_has_the_thirteen_items_out_of_the_data_map(language: str) -> None:
    letter = LETTER.write(facts(), language)
    assert len(ACCESS_ITEMS) == 13
    assert set(ACCESS_ITEMS) | {Item.AUTOMATED, Item.COPY} <= set(letter.items)
    for item, told in (
        (Item.CATEGORIES, {said(entry.category, language) for entry in HELD if entry.category}),
        (Item.PURPOSES, {said(entry.purpose, language) for entry in HELD}),
        (Item.PURPOSES, {said(entry.purpose.basis, language) for entry in HELD}),
        (Item.SOURCE, {said(entry.source, language) for entry in HELD}),
        (Item.NEED, {said(entry.purpose, language) for entry in HELD}),
        (Item.INTEREST, {said(Purpose.SECURE, language)}),
    ):
        lines = " ".join(letter.section(item).points)
        for sentence in told:
            assert sentence in lines, (item, sentence)
    durations = " ".join(letter.section(Item.DURATION).points)
    for entry in HELD:
        assert words(language).language == language
        assert said(REGISTRY[entry.table].declaration.keep, language) in durations  # type: ignore[arg-type]  # never None
    assert "Example Telecom GmbH, Musterweg 1, Berlin" in letter.section(Item.CONTROLLER).sentences[0]
    assert "Machine Room Ltd" in letter.section(Item.CONTROLLER).sentences[1]
    assert len(letter.section(Item.RIGHTS).points) == 6
    assert letter.section(Item.WITHDRAWAL).sentences


@pytest.mark.promise("CTP-06")
@WHOLE
def test_the_recipients_are_those_that_received_something(language: str) -> None:
    letter = LETTER.write(facts(), language)
    first, second = letter.section(Item.RECIPIENTS).points
    assert "Push Inc." in first
    assert words(language).day(dt.date(2026, 11, 20)) in first
    assert "Mail Sarl" in second
    away, near = letter.section(Item.TRANSFERS).points
    assert "EU-US DPF" in away
    assert "privacy@example.org" in away
    assert "EU-US DPF" not in near
    nobody = LETTER.write(facts(recipients=()), language)
    for item, key in ((Item.RECIPIENTS, "recipients.none"), (Item.TRANSFERS, "transfers.none")):
        assert nobody.section(item).points == (words(language).say(key),)


def test_a_recipient_that_is_configured_no_more_is_told_of_all_the_same() -> None:
    gone = dataclasses.replace(facts().recipients[0], name="", country="", mechanisms=())
    (line,) = LETTER.write(facts(recipients=(gone,)), "en").section(Item.RECIPIENTS).points
    assert line.startswith("a recipient that is no longer in use (country not on record)")


def test_of_nobody_it_is_said_that_nothing_is_held() -> None:
    letter = LETTER.write(facts(held=(), recipients=()), "en")
    for item in (Item.CATEGORIES, Item.PURPOSES, Item.DURATION, Item.SOURCE, Item.NEED):
        assert letter.section(item).points == ("Nothing is held about you.",)
    assert letter.section(Item.INTEREST).points == ("None of what is held about you rests on a legitimate interest.",)


def test_the_copy_says_until_when_and_that_the_first_is_free() -> None:
    ready = LETTER.write(facts(), "en").section(Item.COPY).sentences
    assert "until 22 December 2026" in ready[0]
    assert "The first copy is free." in ready
    soon = LETTER.write(facts(ends_on=None), "en").section(Item.COPY).sentences
    assert soon[0] == "The copy is on your privacy page."
    assert "12.50 euros" in LETTER.write(facts(fee=1250), "en").text()


# Leaving something out is impossible


@pytest.mark.promise("CTP-06")
@pytest.mark.parametrize(
    "left_out", [entry for entry in entries(REGISTRY) if entry.table.startswith("letter_")], ids=str
)
def test_a_datum_that_is_held_and_not_in_the_data_map_stops_the_letter(left_out: object) -> None:
    short = Letters(LAW, registry=REGISTRY, data_map=[entry for entry in entries(REGISTRY) if entry != left_out])
    with pytest.raises(LetterIncomplete):
        short.write(facts(), "en")


class Remembering(dict[str, str]):
    """Texts that remember which of them were asked for."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        super().__init__(texts)
        self.asked: set[str] = set()

    def __getitem__(self, key: str) -> str:
        self.asked.add(key)
        return super().__getitem__(key)


@pytest.mark.promise("ZOI-22", "CTP-06", "CTP-09", "ACR-14", "CTP-14")
@WHOLE
def test_a_text_that_is_missing_or_empty_stops_each_letter_that_needs_it(language: str) -> None:
    texts = CATALOGUES[language]._texts
    needed: dict[str, AnswerFacts] = {}
    for sample in _all_samples():
        heard = Remembering(texts)
        _write(language, heard, sample)
        needed.update(dict.fromkeys(heard.asked, sample))
    assert needed.keys() == texts.keys(), "a text that no letter needs"
    for key, sample in needed.items():
        for broken in ({name: text for name, text in texts.items() if name != key}, {**texts, key: " "}):
            with pytest.raises(LetterIncomplete):
                _write(language, broken, sample)


def _write(language: str, texts: Mapping[str, str], sample: AnswerFacts) -> Letter:
    letters = Letters(LAW, registry=REGISTRY, catalogues={"en": Catalogue(language, texts)})
    return letters.write(sample, "en")


def _all_samples() -> Iterator[AnswerFacts]:
    """Every letter there is, and each fork within one."""
    for about, kind, outcome in decisions():
        yield facts(about, kind, outcome)
    yield facts(follows=facts().case, name="", fee=100, ends_on=None, recipients=(), recourse="")
    yield facts(held=(), recipients=())
    yield facts(held=(Held("letter_account", 1),))
    yield facts(recipients=(dataclasses.replace(facts().recipients[0], name="", country=""),))
    yield from (_with_role(role) for role in LegalRole)
    yield from (
        facts(outcome=Outcome.PARTLY, kind=kind, exception="", note="")
        for kind in (Kind.ACCESS, Kind.PORTABILITY, Kind.ERASURE)
    )
    yield facts(kind=Kind.PORTABILITY, details={"transmit_to": "https://other.example"})
    yield facts(kind=Kind.COMPLAINT, recourse="Ombudsman")
    yield facts(kind=Kind.WITHDRAWAL, withdrawn=())
    yield facts(kind=Kind.WITHDRAWAL, withdrawn=tuple(Choice(feature) for feature in Feature))
    yield facts(kind=Kind.WITHDRAWAL, withdrawn=(Choice(Feature.MARKETING, RecipientId("cinema")),))
    yield facts(kind=Kind.WITHDRAWAL, withdrawn=tuple(Choice(Feature.MARKETING, None, channel) for channel in Channel))
    yield facts(kind=Kind.ERASURE, verdicts=(), held=(), recipients=(), hearing=())
    yield facts(kind=Kind.ERASURE, hearing=(Hearing("", Hears.CANT),))
    yield facts(kind=Kind.ERASURE, verdicts=tuple(_fates()))
    yield from (facts(today=dt.date(2026, month, 1)) for month in range(1, 13))
    for row in LAW.exceptions:
        here = policy(row.country if row.country != "*" else "DE")
        yield facts(kind=Kind(row.kinds[0]), outcome=Outcome.REFUSED, exception=row.name, policy=here)
    yield from (facts(outcome=Outcome.REFUSED, exception="12-5", ground=ground.name) for ground in LAW.grounds)


def _with_role(role: LegalRole) -> AnswerFacts:
    return facts(recipients=(dataclasses.replace(facts().recipients[0], role=role),))


def _fates() -> Iterator[Verdict]:
    law = LAW.country("DE").invoice.id
    for fate in (Fate.KEPT, Fate.BLOCKED):
        yield Verdict("letter_bill", "lines", "invoice", fate, 7, dt.date(2034, 12, 31), law)
    yield Verdict("letter_bill", "lines", "invoice", Fate.KEPT, 7, None, law)


def test_every_catalogue_says_the_same_with_the_same_gaps() -> None:
    assert languages(LETTERS) == LANGUAGES
    for key in CATALOGUES["en"].keys:
        gaps = [{name for _, name, _, _ in Formatter().parse(each.text(key)) if name} for each in CATALOGUES.values()]
        assert gaps == [gaps[0]] * len(LANGUAGES), key
    assert all(each.keys == CATALOGUES["en"].keys for each in CATALOGUES.values())


@WHOLE
def test_every_exception_and_ground_of_the_law_is_said(language: str) -> None:
    for row in LAW.exceptions:
        assert row.article in words(language).exception(row.name)
    for ground in LAW.grounds:
        assert ground.article in words(language).ground(ground.name)


# Refusals


@pytest.mark.promise("CTP-09", "ACR-14", "ZOI-22")
@WHOLE
@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in {Kind.COMPLAINT, Kind.WITHDRAWAL}])
def test_a_refusal_has_exception_ground_reasons_authority_and_court(kind: Kind, language: str) -> None:
    refused = facts(kind=kind, outcome=Outcome.REFUSED, ground="6-1-c")
    letter = LETTER.write(refused, language)
    exception, ground = letter.section(Item.EXCEPTION).points, letter.section(Item.GROUND).sentences
    assert exception == (words(language).exception(refused.exception),)
    assert LAW.exception(refused.exception).article in exception[0]
    assert ground == (words(language).ground("6-1-c"),)
    assert letter.section(Item.REASONS).sentences == ("The first reason.", "The second reason.")
    assert LAW.country("DE").authority.address in " ".join(letter.section(Item.COMPLAINT).sentences)
    assert LAW.country("DE").court.name in " ".join(letter.section(Item.COMPLAINT).sentences)


@pytest.mark.promise("CTP-09")
def test_a_ground_of_article_6_alone_refuses_nothing() -> None:
    for kind in (Kind.ERASURE, Kind.ACCESS, Kind.OBJECTION):
        with pytest.raises(ExceptionUnfit):
            LETTER.write(facts(kind=kind, outcome=Outcome.REFUSED, exception="6-1-f", ground="6-1-f"), "en")
        with pytest.raises(LetterIncomplete):
            LETTER.write(facts(kind=kind, outcome=Outcome.REFUSED, exception="", ground="6-1-f", verdicts=()), "en")


@pytest.mark.promise("CTP-09")
@pytest.mark.parametrize(
    ("kind", "exception"),
    [(Kind.ACCESS, "17-3-b"), (Kind.ERASURE, "15-4"), (Kind.ERASURE, "lopdgdd-32"), (Kind.WITHDRAWAL, "12-5")],
)
def test_an_exception_that_does_not_fit_the_request_or_the_country_refuses_nothing(kind: Kind, exception: str) -> None:
    with pytest.raises(ExceptionUnfit):
        LETTER.write(facts(kind=kind, outcome=Outcome.REFUSED, exception=exception), "en")


@pytest.mark.promise("ZOI-06")
def test_a_withdrawal_is_not_refused_by_anything() -> None:
    for outcome, row in product((Outcome.PARTLY, Outcome.REFUSED), LAW.exceptions):
        with pytest.raises(ExceptionUnfit):
            LETTER.write(facts(kind=Kind.WITHDRAWAL, outcome=outcome, exception=row.name), "en")


def test_a_national_exception_refuses_in_its_country() -> None:
    spain = facts(kind=Kind.ERASURE, outcome=Outcome.REFUSED, exception="lopdgdd-32", policy=policy("ES"))
    assert "LOPDGDD" in LETTER.write(spain, "es").text()


@pytest.mark.promise("ZOI-22")
@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.WITHDRAWAL])
def test_no_refusal_and_no_answer_to_a_complaint_goes_without_reasons(kind: Kind) -> None:
    with pytest.raises(LetterIncomplete):
        LETTER.write(facts(kind=kind, outcome=Outcome.REFUSED, note=" \n\t"), "en")


def test_the_ground_is_read_from_the_data_map_where_an_officer_named_none() -> None:
    told = LETTER.write(facts(kind=Kind.ERASURE, outcome=Outcome.PARTLY, exception=""), "en")
    assert told.section(Item.EXCEPTION).points == ("A legal duty to keep it (GDPR Art. 17(3)(b))",)
    (ground,) = told.section(Item.GROUND).points
    assert "Article 6(1)(c)" in ground
    masked = LETTER.write(facts(outcome=Outcome.PARTLY, exception="", note="", verdicts=()), "en")
    assert "GDPR Art. 15(4)" in masked.section(Item.EXCEPTION).points[0]
    assert masked.section(Item.REASONS).sentences[0].startswith("What concerns other people")


def test_an_answer_without_a_decision_is_none() -> None:
    with pytest.raises(LetterIncomplete):
        LETTER.write(facts(outcome=None), "en")


# Erasure


@pytest.mark.promise("ZOI-20")
@WHOLE
def test_an_erasure_says_what_goes_what_stays_until_when_under_which_law_and_what_ends(language: str) -> None:
    letter = LETTER.write(facts(kind=Kind.ERASURE), language)
    erased, kept = letter.section(Item.VERDICTS).points
    law = LAW.country("DE").invoice
    assert said_category("sip_address", language) in erased
    assert words(language).day(dt.date(2034, 12, 31)) in kept
    assert law.article in kept
    ending = letter.section(Item.ENDS).points
    assert set(ending) == {said(Purpose.ENROL, language), said(Purpose.WAKE_DEVICE, language)}
    assert "7" in letter.section(Item.CERTIFICATE).sentences[0]
    lines = letter.section(Item.TOLD).sentences
    assert all(f"Recipient {hears}" in line for hears, line in zip(Hears, lines, strict=False))


def said_category(code: str, language: str) -> str:
    return next(
        said(entry.category, language) for entry in entries(REGISTRY) if entry.category and entry.category.value == code
    )


@pytest.mark.promise("ZOI-20")
@WHOLE
def test_what_ends_can_be_read_before_erasure_is_asked_for(language: str) -> None:
    intro, *ending = LETTER.what_ends(["letter_account", "letter_bill"], language)
    assert intro == words(language).say("ends.service")
    assert set(ending) == {said(Purpose.ENROL, language), said(Purpose.WAKE_DEVICE, language)}
    assert LETTER.what_ends(["letter_bill"], language) == (words(language).say("ends.none"),)


def test_blocked_and_openly_kept_data_is_told_as_such() -> None:
    spain = LAW.country("ES")
    assert spain.blocking is not None
    fates = (
        Verdict("letter_bill", "lines", "invoice", Fate.BLOCKED, 7, dt.date(2029, 11, 22), spain.blocking.id),
        Verdict("letter_account", "address", "sip_address", Fate.KEPT, 1, None, "17-3-e"),
        Verdict("letter_account", "token", "push_token", Fate.NOTHING_HELD, 0),
    )
    told = LETTER.write(facts(kind=Kind.ERASURE, verdicts=fates, policy=policy("ES")), "en").section(Item.VERDICTS)
    blocked, kept = told.points
    assert blocked.startswith("Shut away until 22 November 2029, for courts and authorities only (LOPDGDD Art. 32")
    assert kept.startswith("Kept until the reason for it ends (Legal claims (GDPR Art. 17(3)(e)))")


@WHOLE
@pytest.mark.parametrize("reason", [*HoldReason, *Ground], ids=str)
def test_whatever_can_outlive_an_erasure_is_named_with_its_article(reason: HoldReason | Ground, language: str) -> None:
    stays = Verdict("letter_account", "address", "sip_address", Fate.KEPT, 1, None, reason.law)
    told = LETTER.write(facts(kind=Kind.ERASURE, outcome=Outcome.PARTLY, exception="", verdicts=(stays,)), language)
    article = LAW.exception(reason.law).article
    assert article in told.section(Item.VERDICTS).points[0]
    [exception] = told.section(Item.EXCEPTION).points
    assert article in exception


def test_a_term_of_retention_is_a_duty_by_law_and_each_exception_is_named_once() -> None:
    [term] = [row for row in LAW.invoices if row.country == "ES" and row.valid_to is None]
    bills = Verdict("letter_bill", "lines", "invoice", Fate.KEPT, 2, dt.date(2033, 12, 31), term.id)
    claims = Verdict("letter_account", "address", "sip_address", Fate.KEPT, 1, None, HoldReason.CLAIMS.law)
    some = facts(kind=Kind.ERASURE, outcome=Outcome.PARTLY, exception="", verdicts=(bills, claims, bills))
    told = LETTER.write(some, "en").section(Item.EXCEPTION)
    assert told.points == ("A legal duty to keep it (GDPR Art. 17(3)(b))", "Legal claims (GDPR Art. 17(3)(e))")


def test_where_nothing_was_held_nothing_was_erased() -> None:
    none = LETTER.write(facts(kind=Kind.ERASURE, verdicts=(), held=(), recipients=(), hearing=()), "en")
    assert none.section(Item.VERDICTS).points == ("There was nothing to erase.",)
    assert none.section(Item.ENDS).sentences == ("Nothing that you use ends with it.",)
    assert none.section(Item.TOLD).sentences == ("Nobody had received it, so nobody needs to be told.",)


# The other rights


def test_who_knows_of_a_change_who_will_and_who_cant_be_told_are_kept_apart() -> None:
    some = (Hearing("Push Inc.", Hears.NEEDLESS), Hearing("Archive Ltd", Hears.MAIL), Hearing("Press SA", Hears.MAIL))
    stranger = "somebody whom you named yourself, or who is no longer in use"
    told = LETTER.write(facts(kind=Kind.RECTIFICATION, hearing=(*some, Hearing("", Hears.CANT))), "en")
    assert told.section(Item.TOLD).sentences == (
        "With these nothing of it remains, so there is nothing to tell them: Push Inc.",
        "These receive a mail from us that names nobody: Archive Ltd; Press SA",
        f"These can't be told by us, so please turn to them yourself if it matters to you: {stranger}",
        "Ask us, and we say who has been told (Article 19 GDPR).",
    )


def test_a_withdrawal_names_what_was_withdrawn_and_that_the_past_stays_lawful() -> None:
    told = LETTER.write(facts(kind=Kind.WITHDRAWAL), "en").section(Item.WITHDRAWN)
    assert told.points == (
        "your address book",
        "offers, by mail",
        "offers, towards Cinema Paradiso, by text message",
    )
    assert told.sentences[0].startswith("What was done before stays lawful")
    none = LETTER.write(facts(kind=Kind.WITHDRAWAL, withdrawn=()), "en").section(Item.WITHDRAWN)
    assert none.points == ("No consent of yours stands any more for what you named.",)
    partner = facts().withdrawn[2]
    without = dataclasses.replace(partner, channel=None)
    told = LETTER.write(facts(kind=Kind.WITHDRAWAL, withdrawn=(without,), partners={}), "en").section(Item.WITHDRAWN)
    assert told.points == ("offers, towards cinema",)


@WHOLE
def test_the_end_of_a_restriction_is_told_before_it_ends_and_so_it_was_promised(language: str) -> None:
    lifting = LETTER.write(facts(kind=Kind.LIFT_RESTRICTION), language).section(Item.LIFTING).sentences
    restricted = LETTER.write(facts(kind=Kind.RESTRICTION), language).section(Item.RESTRICTED).sentences
    assert "18" in lifting[0]
    assert len(restricted) == 3


@pytest.mark.promise("IPS-06")
@WHOLE
@pytest.mark.parametrize("outcome", ANSWERED)
def test_a_complaint_is_answered_with_its_day_and_the_independent_recourse(outcome: Outcome, language: str) -> None:
    complaint = facts(kind=Kind.COMPLAINT, outcome=outcome, legal=dt.date(2026, 12, 17), recourse="Ombudsman, Bonn")
    lines = LETTER.write(complaint, language).section(Item.RECOURSE).sentences
    assert "Ombudsman, Bonn" in lines[0]
    assert LAW.country("DE").authority.url in lines[1]
    assert LAW.country("DE").court.name in lines[2]
    assert "45" in lines[3]
    assert words(language).day(dt.date(2026, 12, 17)) in lines[3]
    received = LETTER.write(facts(LetterKind.RECEIVED, Kind.COMPLAINT, None, legal=complaint.legal), language).text()
    assert words(language).day(dt.date(2026, 12, 17)) in received


@pytest.mark.promise("ZOI-22")
@pytest.mark.parametrize(
    "about", [LetterKind.EXTENDED, LetterKind.PROOF_ASKED, LetterKind.CLARIFICATION_ASKED, LetterKind.REFERRED]
)
def test_more_time_a_proof_or_a_question_is_never_asked_for_without_saying_why(about: LetterKind) -> None:
    letter = LETTER.write(facts(about, Kind.ACCESS, None), "en")
    assert "The second reason." in letter.section(Item.NEWS).sentences
    with pytest.raises(LetterIncomplete):
        LETTER.write(facts(about, Kind.ACCESS, None, note=""), "en")


def test_who_asks_about_somebody_else_learns_nothing_about_anybody() -> None:
    asked = facts(LetterKind.ABOUT_SOMEBODY_ELSE, Kind.ACCESS, None)
    known, unknown = LETTER.write(asked, "en"), LETTER.write(dataclasses.replace(asked, held=(), recipients=()), "en")
    assert known == unknown


def test_data_that_is_taken_along_says_where_it_went() -> None:
    sent = facts(kind=Kind.PORTABILITY, details={"transmit_to": "https://other.example/in"})
    assert "https://other.example/in" in LETTER.write(sent, "en").section(Item.PORTABLE).sentences[1]


# What others typed


class Reading(HTMLParser):
    """Tags, attributes and text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.said: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.said.append(data)


OURS = {"html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "section", "p", "ul", "li"}


@given(typed=st.text(max_size=400))
def test_what_others_typed_is_text_in_both_forms(typed: str) -> None:
    hostile = facts(
        kind=Kind.RECTIFICATION, name=typed, note=f"x{typed}", recourse=typed,
        details={typed or "x": f"<script>alert(1)</script>{typed}", "transmit_to": typed},
    )  # fmt: skip
    letter = LETTER.write(hostile, "en")
    page = Reading()
    page.feed(letter.html())
    assert page.tags <= OURS
    assert page.attributes <= {"lang", "charset", "name", "content"}
    assert "<script>alert(1)</script>" in "".join(page.said)
    assert "\n" not in letter.title
    assert _is_plain(letter)


def _is_plain(letter: Letter) -> bool:
    return not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", letter.text())


def test_a_line_that_was_typed_can_not_forge_another() -> None:
    assert clean("Anna\n\nWe have erased\u202e everything\x00") == "Anna We have erased everything"
    assert len(clean("x" * 10_000)) == 300
    assert paragraphs("one\r\n\r\n two\u2066 three ") == ("one", "two three")


def test_both_forms_say_the_same() -> None:
    letter = LETTER.write(facts(), "de")
    page = Reading()
    page.feed(letter.html())
    text = "".join(page.said)
    assert all(line in text and line in letter.text() for line in letter.paragraphs)
    assert letter.html().startswith("<!doctype html>")
    with pytest.raises(KeyError):
        letter.section(Item.LIFTING)


def test_letters_of_this_installation_use_its_own_data_map() -> None:
    own = Letters(LAW, registry=Registry())
    assert own.write(facts(held=(), recipients=()), "en").section(Item.CATEGORIES).points
    with pytest.raises(KeyError):
        own.write(facts(held=(Held("letter_account", 1),)), "en")
