"""The data map page says what the declarations say, in the reader's language."""

import pytest

import ringfence.app.records  # noqa: F401 - declares every table and flow
from ringfence.privacy.datamap import entries
from ringfence.web.start import DeclaredMap


@pytest.mark.promise("ZOI-07")
def test_each_declared_datum_is_shown_with_its_source_and_term() -> None:
    shown = DeclaredMap().entries("en")
    assert len(shown) == len(entries())
    for row, entry in zip(shown, entries(), strict=True):
        assert (row.place, row.source, row.kept) == (entry.table, entry.source.sentence, entry.retention)
        assert row.basis == entry.purpose.basis.sentence


def test_the_german_page_speaks_german_and_marks_what_does_not() -> None:
    english, german = DeclaredMap().entries("en"), DeclaredMap().entries("de")
    for one, other in zip(english, german, strict=True):
        assert other.purpose != one.purpose
        assert (other.kept == one.kept) == (other.kept_in == "en")
