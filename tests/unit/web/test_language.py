"""A reader gets the language that they ask for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.web.language import preferred

BOTH = ("en", "de")


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("en-GB,en;q=0.9,de;q=0.8", "en"),
        ("fr,de;q=0.5,en;q=0.4", "de"),
        ("de;q=0", "en"),
        ("*", "en"),
        ("de;q=nonsense", "en"),
    ],
)
def test_the_reader_gets_the_language_they_like_best(accept: str, language: str) -> None:
    assert preferred(accept, BOTH) == language


@given(st.text(max_size=200))
def test_any_header_names_a_known_language(accept: str) -> None:
    assert preferred(accept, BOTH) in BOTH
