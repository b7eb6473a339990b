"""The colours can be told apart, computed from the style sheet that is served (WCAG 2.2, 1.4.3)."""

import re
from importlib.resources import files
from itertools import product

import pytest

TOKENS = (files("ringfence.web.look") / "static" / "tokens.css").read_text("utf-8")
LIGHT, DARK = (
    dict(re.findall(r"--([a-z-]+):\s*(#[0-9a-f]{6});", part))
    for part in TOKENS.split("@media (prefers-color-scheme: dark)")
)
INKS = ["ink", "ink-quiet", "accent", "amber", "red", "green", "grey"]
PAPERS = ["paper", "paper-sunk"]


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "paper"), [*product(INKS, PAPERS), ("on-accent", "accent")])
def test_every_ink_can_be_read_on_every_paper(scheme: dict[str, str], ink: str, paper: str) -> None:
    assert contrast(scheme[ink], scheme[paper]) >= 4.5


def test_both_schemes_define_the_same_colours() -> None:
    assert LIGHT.keys() == DARK.keys()


def test_the_measure_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize(("face", "name"), [(face, f"{face}.css") for face in ("look", "start", "portal", "console")])
def test_the_other_style_sheets_name_no_colour(face: str, name: str) -> None:
    style = (files(f"ringfence.web.{face}") / "static" / name).read_text("utf-8")
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b|rgb|hsl", style) == []


def contrast(one: str, other: str) -> float:
    brighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
