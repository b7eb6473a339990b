"""The catalogues say the same things, and nothing that no text asks for."""

import re
from pathlib import Path

import pytest

from ringfence.declarations import Basis, Purpose
from ringfence.privacy.egress import LegalRole, MechanismTable, Regime
from ringfence.privacy.notices import CATALOGUES, Catalogue, NamedRecipient, languages
from tests.unit.privacy.notices.texts import POLICY, changed, current, unkept

LANGUAGES = languages(CATALOGUES)


def test_english_and_german_are_spoken_and_english_is_the_default() -> None:
    assert LANGUAGES[:2] == ("en", "de")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_text_with_the_same_facts(language: str) -> None:
    english, other = Catalogue.load(CATALOGUES, "en"), Catalogue.load(CATALOGUES, language)
    assert other.keys == english.keys
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
    monkeypatch.setattr(Purpose.SHOW_MISSED, "basis", Basis.CONSENT)  # so far no purpose rests on consent
    abroad = tuple(NamedRecipient("Somebody", "US", role, ("Clauses",)) for role in LegalRole)
    at_home = NamedRecipient("Neighbour", "DE", LegalRole.PROCESSOR)
    for policy in (POLICY, changed(operator="Host AG", recipients=()), changed(recipients=(*abroad, at_home))):
        current(language, policy)
        current(language, policy, unkept())
    texts = {key for key in Catalogue.load(CATALOGUES, language).keys if not key.startswith("country.")}
    assert texts == {key for key in asked if not key.startswith("country.")}


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
