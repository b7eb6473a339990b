"""What changes between two editions, in plain words of the reader's language."""

from functools import cache
from importlib.resources import files
from typing import Final

from ringfence.clock import DAY
from ringfence.privacy.datamap import said
from ringfence.privacy.notices.catalogue import DEFAULT, Catalogue, languages
from ringfence.privacy.notices.change import Clause, Country, Difference, Fact, Found, Span, Text, Words
from ringfence.privacy.notices.comparison import compared
from ringfence.privacy.notices.edition import Edition

__all__ = ["CATALOGUES", "catalogue", "differences"]

CATALOGUES: Final = files("ringfence.privacy.notices") / "catalogue"


def differences(old: Edition, new: Edition, language: str) -> tuple[Difference, ...]:
    """Everything that differs in what is done, and nothing where only wording changed.

    In English where we don't speak the language.
    """
    teller = _Teller(catalogue(language), old, new)
    return tuple(Difference(each.change, teller.sentence(each)) for each in compared(old, new))


@cache
def catalogue(language: str) -> Catalogue:
    """The texts of that language, or of English where we don't speak it."""
    return Catalogue.load(CATALOGUES, language if language in languages(CATALOGUES) else DEFAULT)


class _Teller:
    def __init__(self, words: Catalogue, old: Edition, new: Edition) -> None:
        self._words = words
        self._old = old
        self._new = new

    def sentence(self, found: Found) -> str:
        facts = {name: self._fact(fact) for name, fact in found.facts.items()}
        return self._words.text(f"change.{found.change.value}", name=self._new.policy.name, **facts)

    def _fact(self, fact: Fact) -> str:
        match fact:
            case Country(code):
                key = f"country.{code}"
                return self._words.text(key) if key in self._words.keys else code
            case Text(key):
                return self._words.text(key)
            case Clause(key, gone):
                return self._clause(key, self._old if gone else self._new)
            case Words():
                return " ".join(self._word(fact, code) for code in fact.codes)
            case Span(seconds):
                return self._words.count("days", round(seconds / DAY))
            case _:
                return fact

    def _word(self, words: Words, code: str) -> str:
        """Its sentence; the code itself for a word that a later release no longer has."""
        found = (word for word in words.kind if code in {word.value, word.name})
        return next((said(word, self._words.language) for word in found), code)

    def _clause(self, key: str, edition: Edition) -> str:
        """The clause in the edition's own words."""
        terms = edition.in_language(self._words.language).terms
        return next(sentence.text for paragraph in terms for sentence in paragraph.said if sentence.key == key)
