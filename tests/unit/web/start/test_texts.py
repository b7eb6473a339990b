"""The catalogues are whole."""

import re
from importlib.resources import files

from ringfence.privacy.notices import Catalogue, languages
from ringfence.services.calls import Phase
from ringfence.services.reachability import State
from ringfence.web.start import StepState
from ringfence.web.start.pages import NAV

FOLDER = files("ringfence.web.start") / "catalogue"
TEMPLATES = files("ringfence.web.start") / "templates"


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
    asked |= {f"account.{state.value}" for state in State} | {f"phase.{phase.value}" for phase in Phase}
    asked |= {f"step.{state}" for state in StepState} | {key for _, key in NAV}
    assert asked == english.keys


def _facts(text: str) -> set[str]:
    return set(re.findall(r"\{([a-z_]+)", text))
