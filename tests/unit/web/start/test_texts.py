"""The catalogues are whole, and a reader gets the language that they ask for."""

import re
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.web.start import AccountState, CallPhase, Catalogue, StepState, languages
from ringfence.web.start.catalogue import preferred

FOLDER = files("ringfence.web.start") / "catalogue"
TEMPLATES = files("ringfence.web.start") / "templates"
BOTH = ("en", "de")


def test_every_language_has_every_text_with_the_same_facts() -> None:
    english, *others = (Catalogue.load(FOLDER, language) for language in languages(FOLDER))
    for other in others:
        assert other.keys == english.keys
        for key in english.keys:
            assert _facts(other.text(key)) == _facts(english.text(key)), key


def test_every_text_that_a_template_asks_for_exists_and_no_other_one() -> None:
    english = Catalogue.load(FOLDER, "en")
    asked = set()
    for template in TEMPLATES.iterdir():
        asked |= set(
            re.findall(
                r"[\"(]((?:site|start|story|step|devices|account|calls|phase|notice|map|api)\.[a-z_]+)\"",
                template.read_text("utf-8"),
            )
        )
    asked |= {f"map.{key}" for key in ("field", "category", "purpose", "basis", "source", "kept", "recipients")}
    asked |= {f"account.{state}" for state in AccountState} | {f"phase.{phase}" for phase in CallPhase}
    asked |= {f"step.{state}" for state in StepState}
    assert asked == english.keys


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


def _facts(text: str) -> set[str]:
    return set(re.findall(r"\{([a-z_]+)", text))
