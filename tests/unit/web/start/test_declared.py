"""The data map page says what the declarations say, in the reader's language."""

from enum import Enum

import pytest

import ringfence.app.records  # noqa: F401 - declares every table and flow
from ringfence.declarations import Basis, Category, Keep, Medium, Purpose, Role, Source
from ringfence.privacy.datamap import entries
from ringfence.web.start import DeclaredMap
from ringfence.web.start.declared import words

VOCABULARY: list[type[Enum]] = [Basis, Category, Keep, Medium, Purpose, Role, Source]


@pytest.mark.parametrize("kind", VOCABULARY)
def test_every_word_of_the_declarations_is_there_in_german(kind: type[Enum]) -> None:
    members = {str(word.value) if isinstance(word.value, str) else word.name.lower() for word in kind}
    assert words("de")[kind.__name__.lower()].keys() == members


@pytest.mark.promise("ZOI-07")
def test_each_declared_datum_is_shown_with_its_source_and_term() -> None:
    shown = DeclaredMap().entries("en")
    assert len(shown) == len(entries())
    for row, entry in zip(shown, entries(), strict=True):
        assert (row.place, row.source, row.kept) == (entry.table, entry.source.sentence, entry.retention)
        assert row.basis == entry.purpose.basis.sentence


def test_in_german_only_what_a_flow_says_of_itself_stays_english() -> None:
    english, german = DeclaredMap().entries("en"), DeclaredMap().entries("de")
    for one, other in zip(english, german, strict=True):
        assert other.purpose != one.purpose
        assert (other.kept == one.kept) == (other.kept_in == "en")
        assert other.kept_in == "de" or other.passes_on
