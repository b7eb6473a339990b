"""Each sentence speaks of something that is there, and each datum has its sentence, in every language."""

from collections.abc import Iterator

import pytest

from ringfence.declarations import Basis, Category, Flows, Keep, Purpose, Record, Registry, Source, personal
from ringfence.privacy.notices import (
    CATALOGUES,
    Catalogue,
    Notice,
    OwnParagraph,
    Sentence,
    SpeaksOfNothing,
    Unsaid,
    languages,
)
from ringfence.privacy.notices.draft import Draft
from ringfence.privacy.notices.outline import AFTER, BEFORE, FEATURES, TERMS
from ringfence.privacy.notices.text import DATA
from ringfence.privacy.promises import promises
from tests.unit.privacy.notices.texts import POLICY, changed, current, known, unkept

LANGUAGES = languages(CATALOGUES)
EVERYTHING = changed(
    operator="Host AG",
    offers=tuple(purpose for purpose in Purpose if purpose.basis is Basis.CONSENT),
    paragraphs={"en": (OwnParagraph("Our own", "Words."),)},
)


def spoken_of(notice: Notice, word: str) -> set[str]:
    """What sentences are bound to, of one kind."""
    return {name.removeprefix(word) for each in notice.sentences for name in each.about if name.startswith(word)}


@pytest.mark.promise("ZOI-01")
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_is_about_nothing(language: str) -> None:
    for policy in (POLICY, EVERYTHING):
        for sentence in known(language, policy).sentences:
            assert sentence.about, sentence.key


@pytest.mark.parametrize("language", LANGUAGES)
def test_how_the_server_behaves_is_said_only_where_a_promise_stands_behind_it(language: str) -> None:
    listed = {each.id for each in promises()}
    said = spoken_of(known(language, EVERYTHING), "promise.")
    assert said <= listed
    assert {"ACR-05", "ACR-06", "ZOI-23", "IPS-02"} <= said


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_binds_the_same_sentences_to_the_same_things(language: str) -> None:
    for policy in (POLICY, EVERYTHING):
        bound = [(each.key, each.about) for each in known(language, policy).sentences]
        assert bound == [(each.key, each.about) for each in known("en", policy).sentences]


def test_each_sentence_about_data_names_data_of_the_map_only() -> None:
    data = set(known("en").bound)
    for sentence in known("en").sentences:
        if sentence.key in DATA or sentence.key.startswith(("roles.", "data.")):
            assert set(sentence.about) <= data


def _registry() -> Registry:
    registry = Registry(Flows())

    class Secret(Record, table="secret", number=1, keep=Keep.EVIDENCE, registry=registry):
        spoken: str = personal(1, Category.MESSAGE, Purpose.DELIVER_CALL, Source.PBX)
        unspoken: str = personal(2, Category.CALLER, Purpose.SECURE, Source.PBX)

    assert Secret.declaration.table is not None
    return registry


@pytest.mark.promise("ZOI-01")
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_datum_without_a_sentence_is_refused(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def forgetful(draft: Draft, served: list[object]) -> Iterator[Sentence]:
        yield from list(kept(draft, served))[1:]  # type: ignore[arg-type]  # entries, as they come

    kept = Draft._kept
    monkeypatch.setattr(Draft, "_kept", forgetful)
    with pytest.raises(Unsaid) as refused:
        Draft(Catalogue.load(CATALOGUES, language), POLICY, _registry())
    assert refused.value.facts == {"datum": "secret.spoken", "language": language}


@pytest.mark.promise("ZOI-01")
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("about", [(), ("secret.imagined",), ("promise.XYZ-99",), ("gdpr.100",)])
def test_a_sentence_about_what_is_not_there_is_refused(
    language: str, about: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    def talkative(draft: Draft, served: list[object]) -> Iterator[Sentence]:
        yield from kept(draft, served)  # type: ignore[arg-type]  # entries, as they come
        yield Sentence("We keep your dreams.", "data.keeps", about)

    kept = Draft._kept
    monkeypatch.setattr(Draft, "_kept", talkative)
    with pytest.raises(SpeaksOfNothing) as refused:
        Draft(Catalogue.load(CATALOGUES, language), POLICY, _registry())
    assert refused.value.facts["sentence"] == "data.keeps"


@pytest.mark.promise("ACR-03")
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("keys", "spoken", "silent"),
    [
        ("password.kept", POLICY, None),  # None: an installation that holds no credentials and never pushes
        ("terms.service.push", POLICY, None),
        ("needed.push", POLICY, None),
        ("password.operated", changed(operator="Host AG"), POLICY),  # a push server of one's own
        ("place.operated", changed(operator="Host AG"), POLICY),
        ("place.own", POLICY, changed(operator="Host AG")),
        ("feature.sync_contacts.asks", changed(offers=(Purpose.SYNC_CONTACTS,)), POLICY),
        ("needed.choices", changed(offers=(Purpose.SYNC_CONTACTS,)), POLICY),
        ("recipients.none", changed(recipients=()), POLICY),
        ("recipients.safeguards", POLICY, changed(recipients=())),
        ("leaving.invoices", "billing", None),
    ],
)
def test_a_paragraph_is_there_only_where_it_is_true(language: str, keys: str, spoken: object, silent: object) -> None:
    def said(case: object) -> set[str]:
        if case is None:
            notice = current(language, registry=unkept())
        elif case == "billing":
            notice = current(language, registry=_billing())
        else:
            notice = known(language, case)  # type: ignore[arg-type]  # a policy
        return {sentence.key for sentence in notice.sentences}

    assert keys in said(spoken)
    assert keys not in said(silent)


def _billing() -> Registry:
    registry = Registry(Flows())

    class Bill(Record, table="bill", number=1, keep=Keep.INVOICE, registry=registry):
        number: str = personal(1, Category.INVOICE, Purpose.KEEP_ACCOUNTS, Source.PROVIDER)

    assert Bill.declaration.table is not None
    return registry


@pytest.mark.promise("ACR-03")
def test_a_server_in_another_country_changes_where_the_data_lies() -> None:
    at_home, abroad = known("en"), known("en", changed(hosted_in="AT"))
    assert "It stands in this country: Germany." in at_home.text()
    assert "It stands in this country: Austria." in abroad.text()


def test_every_key_of_the_outline_has_its_text() -> None:
    keys = Catalogue.load(CATALOGUES, "en").keys
    for section in (*BEFORE, *FEATURES.values(), *AFTER, *TERMS):
        assert f"{section.name}.heading" in keys
        assert {key for key, _ in section.sentences} <= keys


def test_no_heading_stands_over_nothing() -> None:
    for notice in (current("en", registry=unkept()), known("en", EVERYTHING)):
        assert all(part.said for part in (*notice.notice, *notice.terms))
