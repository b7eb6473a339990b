"""The one sentence that stands in whatever a person is shown, so that silence tells nothing.

Whoever said it only where there is an order would tell of the order.
"""

from importlib.resources import files
from typing import Final

from ringfence.privacy.notices import DEFAULT, Catalogue, languages

__all__ = ["WORDS", "standard_sentence"]

WORDS: Final = files("ringfence.privacy.secrecy") / "words"
_SENTENCES: Final = {language: Catalogue.load(WORDS, language).text("standard") for language in languages(WORDS)}


def standard_sentence(language: str) -> str:
    """In that language, or in English where we don't speak it."""
    return _SENTENCES.get(language, _SENTENCES[DEFAULT])
