"""The console speaks each of its languages whole."""

import re
from collections.abc import Iterable
from enum import Enum
from importlib.resources import files
from typing import Any, cast

import pytest

from ringfence.privacy.ledger import Event as LedgerEvent
from ringfence.privacy.ledger import Part
from ringfence.privacy.ledger.event import _ALLOWED
from ringfence.privacy.looks import LookReason
from ringfence.privacy.rectification import Change, Way
from ringfence.privacy.rectification import Reason as WhyNot
from ringfence.privacy.requests import (
    Channel,
    Delivery,
    Document,
    Event,
    Kind,
    LetterKind,
    Mark,
    Outcome,
    Proof,
    Relation,
    RequestFault,
    Stage,
    State,
    Who,
)
from ringfence.privacy.requests.figures import KindFigures
from ringfence.privacy.restriction import Ground
from ringfence.privacy.rights import HoldReason
from ringfence.privacy.rights import Outcome as Verdict
from ringfence.privacy.secrecy import OrderKind, ReleaseReason
from ringfence.services.staff import Role
from ringfence.services.wake import TrialState
from ringfence.web.console.proving import BY_STAFF
from ringfence.web.look import Words, catalogues

PACKAGE = "ringfence.web.console"
SPOKEN = {
    "kind": Kind, "state": State, "channel": Channel, "relation": Relation, "proof": Proof, "document": Document,
    "outcome": Outcome, "stage": Stage, "letter": LetterKind, "delivery": Delivery, "event": Event, "by": Who,
    "mark": Mark, "look_reason": LookReason, "hold": HoldReason, "ground": Ground, "order": OrderKind,
    "release": ReleaseReason, "ledger_event": LedgerEvent, "damage": Part, "role": Role, "done": Event,
    "verdict": Verdict, "telling.change": Change, "telling.reason": WhyNot, "telling.way": Way,
     "begin.proof": BY_STAFF, "rung": TrialState,
}  # fmt: skip
FORMS = ("one", "few", "many")
LANGUAGES = tuple(catalogues(PACKAGE))


def test_every_language_says_the_same_with_the_same_facts() -> None:
    english, *others = catalogues(PACKAGE).values()
    for other in others:
        assert other.keys == english.keys
        for key in english.keys:
            assert re.findall(r"{\w+}", other.text(key)).sort() == re.findall(r"{\w+}", english.text(key)).sort(), key


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("prefix", SPOKEN)
def test_every_word_of_the_kernel_that_a_page_may_show_is_said(language: str, prefix: str) -> None:
    words = Words(PACKAGE, language)
    members = cast("Iterable[Enum]", SPOKEN[prefix])
    assert [each.value for each in members if not words.has(f"{prefix}.{each.value}")] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_refusal_of_a_step_and_every_figure_is_said(language: str) -> None:
    words = Words(PACKAGE, language)
    codes = {fault.code for fault in _all(RequestFault) if fault.http_status < 500}
    assert [code for code in codes if not words.has(f"refused.{code}")] == []
    assert [name for name in KindFigures.__slots__ if not words.has(f"figure.{name}")] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_fact_of_the_ledger_is_called_something(language: str) -> None:
    words = Words(PACKAGE, language)
    assert [name for name in sorted(set[str]().union(*_ALLOWED.values())) if not words.has(f"fact.{name}")] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_key_that_a_template_names_is_there(language: str) -> None:
    words = Words(PACKAGE, language)
    shown = "".join(template.read_text("utf-8") for template in (files(PACKAGE) / "templates").iterdir())
    keys = set(re.findall(r'\bt\("([a-z_.]+)"[,)]', shown))
    counted = {f"{key}.{form}" for key in re.findall(r'\bt\.count\("([a-z_.]+)"', shown) for form in FORMS}
    assert [key for key in sorted(keys | counted) if not words.has(key)] == []


def _all(fault: type[Any]) -> Iterable[type[Any]]:
    yield fault
    for each in fault.__subclasses__():
        yield from _all(each)
