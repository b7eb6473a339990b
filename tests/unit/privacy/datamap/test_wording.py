"""Each word of the declarations is said in each language, and nothing is said that nobody declares."""

from enum import Enum

import pytest

import ringfence.app.records  # noqa: F401 - declares every table and flow
from ringfence.declarations import REGISTRY, Basis, Category, Keep, Medium, Purpose, Role, Source
from ringfence.privacy.datamap import EntryKind, entries, flow_said, kept, said, words

VOCABULARY: list[type[Enum]] = [Basis, Category, Keep, Medium, Purpose, Role, Source]
TRANSLATED = ("bg", "cs", "de", "es", "fr")


@pytest.mark.parametrize("language", TRANSLATED)
@pytest.mark.parametrize("kind", VOCABULARY)
def test_every_word_is_said_and_no_other(kind: type[Enum], language: str) -> None:
    members = {str(word.value) if isinstance(word.value, str) else word.name.lower() for word in kind}
    assert words(language)[kind.__name__.lower()].keys() == members


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_flow_is_said_and_no_other(language: str) -> None:
    names = {flow.name for flow in REGISTRY.flows}
    assert words(language)["flow_says"].keys() == names
    assert words(language)["flow_rests"].keys() == names


def test_a_word_is_said_in_the_readers_language() -> None:
    assert said(Category.PUSH_TOKEN, "en") == Category.PUSH_TOKEN.sentence
    assert said(Category.PUSH_TOKEN, "de").startswith("Die Adresse, unter der ein Push-Dienst")
    assert said(Keep.SHORT_CALLS, "de").endswith("höchstens 7 Tage.")


def test_what_nobody_has_said_yet_stays_english() -> None:
    assert words("xx") == {}
    assert said(Source.PERSON, "xx") == "The person gave it."
    assert flow_said("a.new_one", "Something leaves.", "de") == "Something leaves."


def test_every_term_is_told_with_its_language() -> None:
    for entry in entries():
        assert kept(entry, "en") == (entry.retention, "en")
        term, language = kept(entry, "de")
        assert language == "de"
        assert term != entry.retention
    assert {entry.kind for entry in entries()} == set(EntryKind)
