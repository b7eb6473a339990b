"""What stands in the message with a PIN, in the person's language."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources

__all__ = ["languages", "pin_text"]


@cache
def _texts() -> Mapping[str, str]:
    raw = tomllib.loads(resources.files(__package__).joinpath("texts.toml").read_text("utf-8"))
    return {language: entry["pin"] for language, entry in raw.items()}


def languages() -> frozenset[str]:
    """Those that there is a text in."""
    return frozenset(_texts())


def pin_text(provider: str, pin: str, language: str) -> str:
    """One short message; English where there is no text in the language."""
    return _texts().get(language, _texts()["en"]).replace("{pin}", pin).replace("{provider}", provider)
