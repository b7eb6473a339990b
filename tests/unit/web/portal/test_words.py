"""The portal's texts are whole in every language, and every text that a page asks for is there."""

import re
from importlib.resources import files
from itertools import product

import pytest

from ringfence.declarations import Category
from ringfence.privacy.looks import LookReason
from ringfence.privacy.notices import Catalogue, languages
from ringfence.privacy.packages import TransmissionPhase
from ringfence.privacy.requests import Document, Kind, Relation, State
from ringfence.privacy.restriction import Ground
from ringfence.services.wake import TrialState
from ringfence.web.look import catalogues
from ringfence.web.portal import portal_routes
from ringfence.web.portal.home import DONE
from ringfence.web.portal.routes import NAV
from ringfence.web.portal.signing_in import SAID
from tests.unit.web.portal.doors import ADDRESS, lived_in, portal
from tests.unit.web.visitor import Visitor

FOLDER = files("ringfence.web.portal") / "catalogue"
TEMPLATES = files("ringfence.web.portal") / "templates"
LANGUAGES = languages(FOLDER)
FACES = ("ringfence.web.look", "ringfence.web.portal")


def test_the_portal_speaks_all_our_languages() -> None:
    assert set(LANGUAGES) == {"en", "de", "fr", "es", "bg", "cs"} == set(catalogues("ringfence.web.look"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_text_with_the_same_facts(language: str) -> None:
    english, other = Catalogue.load(FOLDER, "en"), Catalogue.load(FOLDER, language)
    assert other.keys == english.keys
    for key in english.keys:
        assert _facts(other.text(key)) == _facts(english.text(key)), key


def test_no_text_was_forgotten_in_translation() -> None:
    english = Catalogue.load(FOLDER, "en")
    for language in set(LANGUAGES) - {"en"}:
        other = Catalogue.load(FOLDER, language)
        same = {key for key in english.keys if other.text(key) == english.text(key) and len(english.text(key)) > 12}
        assert same == set()


def test_every_text_that_a_page_asks_for_exists_and_no_other_one() -> None:
    english = Catalogue.load(FOLDER, "en").keys
    asked = _asked()
    shared = catalogues("ringfence.web.look")["en"].keys
    assert asked - english - shared == set()
    assert english - asked == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_there_in_every_language(language: str) -> None:
    browser = Visitor(portal_routes(portal(lived_in())), language=language)
    sent = {"address": ADDRESS, "password": "correct horse"}
    assert browser.send("/privacy/sign-in", "/privacy/sign-in", sent).status_code == 303
    for page in ("", "/kept/caller", "/ask/portability", "/requests/case1", "/devices", "/notices", "/leave", "/write"):
        answer = browser.get(f"/privacy{page}")
        assert answer.status_code == 200
        assert answer.headers["content-language"] == language
        assert "{" not in re.sub(r"<[^>]*>", "", answer.text)
    word = Catalogue.load(FOLDER, language).text("leave.word")
    assert browser.send("/privacy/leave", "/privacy/leave", {"confirmation": word.upper()}).status_code == 303


def _asked() -> set[str]:
    """Keys by name in templates and code, and those made of a closed list."""
    texts = [entry.read_text("utf-8") for entry in TEMPLATES.iterdir()]
    code = [
        entry.read_text("utf-8")
        for package in ("ringfence.web.portal", "ringfence.app.portal")
        for entry in files(package).iterdir()
        if entry.name.endswith(".py")
    ]
    plain = {key for text in (*texts, *code) for key in re.findall(r"[\"']([a-z_]+(?:\.[a-z_]+)+)[\"']", text)}
    counted = {key for text in texts for key in re.findall(r"t\.count\(\"([a-z_.]+)\"", text)}
    plain -= counted
    plain |= {f"{key}.{form}" for key, form in product(counted, ("one", "few", "many"))}
    plain |= {f"ask.{kind}.{part}" for kind, part in product(Kind, ("sentence", "short", "lead"))}
    plain |= {f"state.{state}{end}" for state, end in product(State, ("", "_means"))}
    plain |= {
        f"ask.field.{name}{end}" for name, end in product(("what", "wrong", "right", "transmit_to"), ("", "_help"))
    }
    plain |= {"ask.field.ground", *(f"ask.choice.{ground}" for ground in Ground)}
    plain |= {f"relation.{relation}" for relation in Relation if relation is not Relation.OTHER}
    plain |= {f"document.{document}" for document in Document if document is not Document.UNSORTED}
    plain |= {f"kind.{category.value}" for category in Category}
    plain |= {f"looks.reason.{reason}" for reason in LookReason}
    plain |= {f"stops.{key}" for key in ("ringing", "missed", "sign_in")}
    plain |= {f"refused.{code}" for code in SAID}
    plain |= {f"done.{word}" for word in DONE}
    plain |= {f"ring_test.{state}" for state in TrialState}
    plain |= {f"downloads.state.{phase}" for phase in TransmissionPhase}
    plain |= {key for _, key in NAV}
    return {key for key in plain if not key.endswith((".html", ".json")) and not key.startswith("ringfence.")}


def _facts(text: str) -> set[str]:
    return set(re.findall(r"\{([a-z_]+)", text))
