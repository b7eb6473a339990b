"""What a notice must contain: each item of the law and of the promises, in every language and both forms."""

import re
from html.parser import HTMLParser

import pytest

from ringfence.declarations import Basis, Category, Keep, Purpose
from ringfence.privacy.datamap import said
from ringfence.privacy.notices import CATALOGUES, Catalogue, Notice, Notices, OwnParagraph, languages
from tests.unit.privacy.notices.texts import POLICY, changed, known

LANGUAGES = languages(CATALOGUES)
CHOICES = tuple(purpose for purpose in Purpose if purpose.basis is Basis.CONSENT)
OFFERING = changed(offers=CHOICES)


class Reader(HTMLParser):
    """The texts of an HTML page, and the elements and attributes that it uses."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.elements: set[str] = set()
        self.attributes: set[str] = set()
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append(data.strip())


def both_forms(notice: Notice) -> tuple[str, str]:
    return notice.text(), "\n".join(Reader(notice.html()).texts)


def part(notice: Notice, words: Catalogue, heading: str) -> str:
    """The sentences under a heading."""
    (found,) = [each for each in (*notice.notice, *notice.terms) if each.heading == words.text(f"{heading}.heading")]
    return " ".join(found.sentences)


@pytest.mark.promise("ACR-02")
@pytest.mark.promise("ACR-14")
@pytest.mark.promise("CTP-14")
@pytest.mark.parametrize("language", LANGUAGES)
def test_each_item_of_the_terms_is_there(language: str) -> None:
    words, notice = Catalogue.load(CATALOGUES, language), known(language)

    def text(key: str, **facts: str) -> str:
        return words.text(key, **{"controller": POLICY.controller, "officer": POLICY.privacy_officer, **facts})

    items = {
        "controller": text("who.controller"),
        "data protection officer": text("who.officer"),
        "lawful purpose": said(Purpose.WAKE_DEVICE, language).rstrip("."),
        "lawful basis": text("data.basis", basis=said(Basis.CONTRACT, language)),
        "location": text("place.own", name=POLICY.name, place=words.text("country.DE")),
        "time period": said(Keep.SHORT_CALLS, language),
        "erasure": text("rights.erase"),
        "rectification": text("rights.rectify"),
        "data collected": said(Category.SIP_ADDRESS, language),
        "portability": text("rights.carry"),
        "complaints": text("rights.complain", authority=POLICY.supervisory_authority),
    }
    for form in both_forms(notice):
        for item, sentence in items.items():
            assert sentence in form, item


@pytest.mark.promise("ZOI-08")
@pytest.mark.parametrize("language", LANGUAGES)
def test_under_each_purpose_it_says_what_is_needed_and_what_refusing_means(language: str) -> None:
    words, notice = Catalogue.load(CATALOGUES, language), known(language, OFFERING)
    served = [each for each in notice.notice if each.said[0].key == "data.basis"]
    assert served
    for paragraph in served:
        purpose = next(each for each in Purpose if said(each, language).rstrip(".") == paragraph.heading)
        assert paragraph.sentences[1] == words.text(f"data.need.{purpose.basis.value}")
    needed = part(notice, words, "needed")
    for key in ("law", "contract", "push", "choices"):
        assert words.text(f"needed.{key}") in needed
    assert str(POLICY.minimum_age) in needed


@pytest.mark.promise("APP-05")
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("purpose", CHOICES)
def test_each_feature_has_its_own_text_and_is_off_until_agreed_to(purpose: Purpose, language: str) -> None:
    words = Catalogue.load(CATALOGUES, language)
    told = part(known(language, changed(offers=(purpose,))), words, f"feature.{purpose.value}")
    assert told.startswith(words.text("feature.off"))
    facts = {"name": POLICY.name, "officer": POLICY.privacy_officer}
    for key in ("asks", "limits", "refusing"):
        assert words.text(f"feature.{purpose.value}.{key}", **facts) in told
    assert words.text("feature.changing", **facts) in told
    unoffered = known(language).text()
    assert words.text(f"feature.{purpose.value}.asks", **facts) not in unoffered


def test_whoever_is_asked_for_a_log_is_told_what_is_in_it_and_what_refusing_means() -> None:
    told = part(known("en", OFFERING), Catalogue.load(CATALOGUES, "en"), "feature.troubleshoot")
    assert "the full traffic of your calls and messages, and with it data of the people you spoke with" in told
    assert "is erased when its time is over" in told
    assert "You may refuse. Then the cause of the fault may stay unknown" in told


@pytest.mark.promise("APP-05")
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_choice_says_what_is_asked_and_what_a_no_means_before_either_is_said(language: str) -> None:
    notices = Notices([OFFERING])
    versions = set()
    for purpose in CHOICES:
        text = notices.choice(POLICY.id, purpose, language)
        versions.add(text.version)
        assert text.language == language
        assert text.title
        assert text.refusing
        assert Catalogue.load(CATALOGUES, language).text("feature.off") in text.asks
    assert len(versions) == len(CHOICES)
    assert {notices.choice(POLICY.id, purpose, "en").version for purpose in CHOICES} == versions
    assert notices.choice(POLICY.id, Purpose.MARKETING, "xx").language == "en"


def test_each_partner_and_each_way_is_a_choice_of_its_own() -> None:
    notices = Notices([OFFERING])
    alone = notices.choice(POLICY.id, Purpose.MARKETING, "en")
    partner = notices.choice(POLICY.id, Purpose.MARKETING, "en", partner="Shop GmbH", way="mail")
    assert "This yes or no is about this partner alone: Shop GmbH." in partner.asks
    assert "It is about this way alone: mail." in partner.asks
    assert partner.version != alone.version
    with pytest.raises(KeyError):
        Notices([POLICY]).choice(POLICY.id, Purpose.MARKETING, "en")
    with pytest.raises(KeyError):
        notices.choice(POLICY.id, Purpose.MARKETING, "en", way="telepathy")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_providers_own_paragraphs_are_marked_as_theirs(language: str) -> None:
    own = {"de": (OwnParagraph("Wir über uns", "Wir sind nett."),), "en": (OwnParagraph("About us", "We are nice."),)}
    notice = known(language, changed(paragraphs=own))
    paragraph = notice.notice[-1]
    mark = Catalogue.load(CATALOGUES, language).text("own.mark", name=POLICY.name)
    assert paragraph.mark == mark
    assert paragraph.language == ("en" if language == "en" else "de")  # what was written first, where theirs is missing
    assert mark in notice.text()
    assert '<section class="own">\n<p class="mark"><small>' in notice.html()
    assert f'<div lang="{paragraph.language}">' in notice.html()
    assert all(each.mark == "" for each in notice.notice[:-1])


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_forms_say_the_same_in_the_same_order(language: str) -> None:
    notice = known(language, OFFERING)
    reader = Reader(notice.html())
    plain = [line for line in notice.text().splitlines() if line and not re.fullmatch("[=-]+", line)]
    assert reader.texts == plain
    assert reader.open == []
    assert reader.elements == {"article", "h1", "h2", "section", "p"}
    assert reader.attributes == {"lang"}
    assert notice.html().count(f'<article lang="{language}">') == 2


def test_nothing_that_a_provider_writes_becomes_markup() -> None:
    nasty = '<script>alert("1")</script>&'
    policy = changed(name=nasty, controller=nasty, paragraphs={nasty: (OwnParagraph(nasty, nasty),)})
    notice = known("en", policy)
    reader = Reader(notice.html())
    assert "script" not in reader.elements
    assert reader.attributes <= {"lang", "class"}
    assert nasty in notice.text()


def test_the_braces_that_a_provider_writes_are_no_facts() -> None:
    assert "{officer} & {unknown}" in known("en", changed(controller="{officer} & {unknown}")).text()
