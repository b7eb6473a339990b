"""The catalogues say the same things, and nothing that no text asks for."""

import re
from pathlib import Path

import pytest

from ringfence.declarations import Basis, Purpose
from ringfence.privacy.egress import LegalRole, MechanismTable, Regime
from ringfence.privacy.notices import (
    CATALOGUES,
    DEFAULT,
    Activity,
    Catalogue,
    NamedRecipient,
    Notices,
    OwnParagraph,
    languages,
)
from tests.unit.privacy.notices.texts import POLICY, changed, current, unkept, whole

LANGUAGES = languages(CATALOGUES)


def test_six_languages_are_spoken_and_english_is_the_default() -> None:
    assert LANGUAGES == (DEFAULT, "bg", "cs", "de", "es", "fr")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_text_with_the_same_facts(language: str) -> None:
    english, other = Catalogue.load(CATALOGUES, "en"), Catalogue.load(CATALOGUES, language)
    assert {key for key in other.keys if not key.endswith(".few")} == english.keys
    for key in english.keys:
        assert _facts(other.text(key)) == _facts(english.text(key)), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_used_by_some_installation(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: set[str] = set()
    spoken = Catalogue.text

    def listening(catalogue: Catalogue, key: str, **facts: str | float) -> str:
        asked.add(key)
        return spoken(catalogue, key, **facts)

    monkeypatch.setattr(Catalogue, "text", listening)
    abroad = tuple(NamedRecipient("Somebody", "US", role, ("Clauses",)) for role in LegalRole)
    at_home = NamedRecipient("Neighbour", "DE", LegalRole.PROCESSOR)
    blocked = NamedRecipient("Nobody", "US", LegalRole.PROCESSOR, abroad=True)
    own = {"en": (OwnParagraph("Our own", "Words."),)}
    offers = tuple(purpose for purpose in Purpose if purpose.basis is Basis.CONSENT)
    everything = changed(offers=offers, recipients=(*abroad, at_home, blocked), paragraphs=own)
    decides = changed(operator="Host AG", recipients=(), operator_decides=tuple(Activity))
    for policy in (POLICY, everything, changed(operator="Host AG"), decides):
        current(language, policy)
        current(language, policy, unkept())
    current(language, POLICY, whole())
    for way in ("mail", "sms", "call", "push"):
        Notices([everything]).choice(POLICY.id, Purpose.MARKETING, language, partner="Shop", way=way)
    assert asked - {"days.few"} | _told_elsewhere(language) == Catalogue.load(CATALOGUES, language).keys


def _told_elsewhere(language: str) -> set[str]:
    keys = Catalogue.load(CATALOGUES, language).keys
    return {key for key in keys if key.split(".")[0] in {"country", "change", "announcement", "date", "month", "days"}}


def test_every_country_of_the_mechanism_table_has_a_name() -> None:
    table = MechanismTable.load()
    countries = {country for regime in Regime for country in table.home[regime]}
    countries |= {country for mechanism in table.mechanisms.values() for country in mechanism.countries} - {"*"}
    named = {
        key.removeprefix("country.") for key in Catalogue.load(CATALOGUES, "en").keys if key.startswith("country.")
    }
    assert countries <= named


def test_a_catalogue_holds_texts_only(tmp_path: Path) -> None:
    (tmp_path / "en.toml").write_text("[a]\nb = 1\n")
    with pytest.raises(ValueError, match=r"a\.b"):
        Catalogue.load(tmp_path, "en")


def _facts(text: str) -> set[str]:
    return set(re.findall(r"\{([a-z_]+)", text))
