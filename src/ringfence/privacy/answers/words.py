"""The words of one language: texts, days, countries, and what declarations and law say of themselves."""

import datetime as dt
import unicodedata
from functools import cache
from importlib.resources import files
from typing import Final, final

from ringfence.privacy.answers.errors import LetterIncomplete
from ringfence.privacy.law import Law, UnknownRule
from ringfence.privacy.notices import CATALOGUES, DEFAULT, Catalogue, languages

__all__ = ["LETTERS", "Words", "clean", "paragraphs"]

LETTERS: Final = files("ringfence.privacy.answers") / "catalogue"
_LONGEST: Final = 300
"""Characters of a line that somebody typed; a name, an address."""


@final
class Words:
    """`say` refuses to be silent: a text that is missing or empty stops the letter."""

    def __init__(self, catalogue: Catalogue, law: Law) -> None:
        self.language = catalogue.language
        self._catalogue = catalogue
        self._law = law

    def say(self, key: str, **facts: str | float) -> str:
        """Raises LetterIncomplete."""
        try:
            text = self._catalogue.text(key, **facts).strip()
        except KeyError:
            raise LetterIncomplete(text=key, language=self.language) from None
        if not text:
            raise LetterIncomplete(text=key, language=self.language)
        return text

    def day(self, day: dt.date) -> str:
        """As people write it."""
        return self.say("day.pattern", day=day.day, month=self.say(f"day.m{day.month}"), year=day.year)

    def country(self, code: str) -> str:
        """Its name, or the code where nobody has named it in this language."""
        return _countries(self.language).get(code, code)

    def exception(self, name: str) -> str:
        """An exception in law with its article. Raises LetterIncomplete."""
        row = self._law.exception(name)
        return self.say("exception.of", exception=self.say(f"exception.{name}"), article=row.article)

    def ground(self, name: str) -> str:
        """A lawful basis with its article."""
        return self.say("ground.of", ground=self.say(f"ground.{name}"), article=self._law.ground(name).article)

    def rule(self, law: str) -> str:
        """What makes us keep something: the article of a term of retention, or an exception."""
        try:
            return self._law.retention(law).article
        except UnknownRule:
            return self.exception(law)


@cache
def _countries(language: str) -> dict[str, str]:
    """As the notices name them."""
    spoken = language if language in languages(CATALOGUES) else DEFAULT
    catalogue = Catalogue.load(CATALOGUES, spoken)
    names = [key for key in catalogue.keys if key.startswith("country.")]
    return {key.removeprefix("country."): catalogue.text(key) for key in names}


def clean(text: str) -> str:
    """One line of what somebody typed: no control characters, none that turn the reading direction, no end of line."""
    plain = "".join(" " if unicodedata.category(sign).startswith("C") else sign for sign in text)
    return " ".join(plain.split())[:_LONGEST]


def paragraphs(text: str) -> tuple[str, ...]:
    """What an officer wrote, line by line; empty ones left out."""
    lines = ("".join(" " if unicodedata.category(s).startswith("C") else s for s in line) for line in text.splitlines())
    return tuple(" ".join(line.split()) for line in lines if line.strip())
