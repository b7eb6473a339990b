"""The text on confidentiality that staff accept, in their language, and its version."""

import hashlib
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources

import msgspec

__all__ = ["Confidentiality", "confidentiality"]


class Confidentiality(msgspec.Struct, frozen=True):
    """`version` is the digest of the text in all languages: whoever accepted it in one has accepted it."""

    title: str
    text: tuple[str, ...]
    version: str = ""


def confidentiality(language: str) -> Confidentiality:
    """The current text; English where there is none in the language."""
    texts = _texts()
    return texts.get(language, texts["en"])


@cache
def _texts() -> Mapping[str, Confidentiality]:
    raw = resources.files(__package__).joinpath("confidentiality.toml").read_text("utf-8")
    parsed = tomllib.loads(raw)
    version = hashlib.sha256(msgspec.json.encode(parsed, order="sorted")).hexdigest()
    return {
        language: msgspec.convert({**entry, "version": version}, Confidentiality) for language, entry in parsed.items()
    }
