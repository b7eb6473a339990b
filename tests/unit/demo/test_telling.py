"""The story is told in every language, to the console and to the start page, and a step that breaks says why."""

import io
import re
from importlib.resources import files

import pytest
from rich.console import Console

from ringfence.clock import ManualClock
from ringfence.demo.assertion import NotHeld, require, soon, until
from ringfence.demo.narrator import Narrator
from ringfence.demo.timeline import Timeline, catalogues
from ringfence.web.start import StepState

SOURCES = "\n".join(
    entry.read_text("utf-8") for entry in files("ringfence.demo").iterdir() if entry.name.endswith(".py")
)


def told(language: str = "en") -> tuple[Timeline, io.StringIO, ManualClock]:
    out, clock = io.StringIO(), ManualClock()
    return Timeline(clock, Narrator(Console(file=out, width=200), catalogues()[language])), out, clock


def test_every_language_has_every_text_with_the_same_facts() -> None:
    english, german = catalogues()["en"], catalogues()["de"]
    assert german.keys == english.keys
    for key in english.keys:
        assert _facts(german.text(key)) == _facts(english.text(key)), key


@pytest.mark.parametrize(
    ("prefix", "asked"),
    [
        ("title", r"\.step\(\s*\"(\w+)\""),
        ("say", r"step\.say\(\s*\"(\w+)\""),
        ("line", r"step\.show\(\s*\"(\w+)\""),
        ("end", r"\"end\.(\w+)\""),
    ],
)
def test_every_text_is_used_and_every_used_text_exists(prefix: str, asked: str) -> None:
    keys = {key.partition(".")[2] for key in catalogues()["en"].keys if key.startswith(f"{prefix}.")}
    assert set(re.findall(asked, SOURCES)) == keys


def test_every_reason_why_a_step_did_not_hold_is_used() -> None:
    keys = {key.partition(".")[2] for key in catalogues()["en"].keys if key.startswith("not_held.")}
    assert {key for key in keys if f'"{key}"' in SOURCES} == keys


def test_a_step_is_printed_as_it_happens_and_kept_for_the_page() -> None:
    timeline, out, clock = told()
    clock.advance(1.5)
    with timeline.step("push") as step:
        step.show("push", '{"message": 1}')
        step.say("push", size=10, needles=3)
        assert "10 bytes" in out.getvalue()
        assert timeline.steps("de")[0].state is StepState.RUNNING
    (german,) = timeline.steps("de")
    assert (german.number, german.seconds, german.state) == (1, 1.5, StepState.HELD)
    assert german.title.startswith("Jemand ruft an")
    assert german.crossed[0].content == '{"message": 1}'
    assert '│ {"message": 1}' in out.getvalue()


def test_a_step_that_does_not_hold_says_why_and_stays_failed() -> None:
    timeline, out, _ = told()
    with pytest.raises(NotHeld), timeline.step("push"):
        require(False, "not_enrolled", status=500, code="internal")
    assert timeline.steps("en")[0].state is StepState.FAILED
    assert "500 internal" in out.getvalue()
    assert timeline.steps("en")[0].said == ["The enrolment was answered 500 internal."]


def test_a_step_that_breaks_down_is_failed_too() -> None:
    timeline, _, _ = told()
    with pytest.raises(NotHeld), timeline.step("push"):
        raise ConnectionRefusedError
    assert timeline.steps("en")[0].said == ["A connection could not be made, or broke (ConnectionRefusedError)."]
    with pytest.raises(ZeroDivisionError), timeline.step("box"):
        raise ZeroDivisionError
    assert [step.state for step in timeline.steps("en")] == [StepState.FAILED, StepState.FAILED]


def test_what_somebody_else_verified_is_proven() -> None:
    timeline, out, _ = told()
    with timeline.step("certificate", proves=True):
        pass
    assert timeline.steps("en")[0].state is StepState.PROVEN
    assert "Proven" in out.getvalue()


def test_payloads_are_not_broken_into_lines_where_they_are_piped() -> None:
    out = io.StringIO()
    Narrator(Console(file=out, width=40), catalogues()["en"]).crossed("line.push", "x" * 200)
    assert "x" * 200 in out.getvalue()
    assert "\x1b" not in out.getvalue()


async def test_waiting_ends_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ringfence.demo.assertion.SOON", 0.01)
    import asyncio  # noqa: PLC0415 - only here

    with pytest.raises(NotHeld) as waited:
        await soon(asyncio.Event().wait(), "no_push")
    assert waited.value.key == "not_held.no_push"
    with pytest.raises(NotHeld):
        await until(lambda: False, "no_binding")
    await until(lambda: True, "no_binding")


def _facts(text: str) -> set[str]:
    return set(re.findall(r"\{([^}]+)\}", text))
