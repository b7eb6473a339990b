"""Texts for people, by key and language."""

import datetime as dt
import tomllib
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Final, Self, final

__all__ = ["DEFAULT", "Catalogue", "languages", "plural"]

DEFAULT: Final = "en"  # the language of the declarations, and of a reader who names none that we speak


def _czech(number: int) -> str:
    return "one" if number == 1 else "few" if 2 <= number <= 4 else "many"


def _two_forms(number: int) -> str:
    return "one" if number == 1 else "many"


_PLURALS: Final[Mapping[str, Callable[[int], str]]] = {
    "cs": _czech,
    "fr": lambda number: "one" if number < 2 else "many",
}


def plural(language: str, number: int) -> str:
    """`one`, `few` or `many`: which form a count takes, by the rules of Unicode's CLDR for whole numbers >= 0."""
    return _PLURALS.get(language, _two_forms)(number)


@final
class Catalogue:
    """The texts of one language. Keys are the tables and names of the TOML file, joined by dots."""

    def __init__(self, language: str, texts: Mapping[str, str]) -> None:
        self.language = language
        self._texts = texts

    @classmethod
    def load(cls, folder: Traversable, language: str) -> Self:
        """Read `<language>.toml`; raises FileNotFoundError, or ValueError for anything but tables and texts."""
        return cls(language, _texts((folder / f"{language}.toml").read_text("utf-8")))

    @property
    def keys(self) -> frozenset[str]:
        return frozenset(self._texts)

    def text(self, key: str, **facts: str | float) -> str:
        """The text with its facts filled in; raises KeyError for a key that does not exist."""
        return self._texts[key].format(**facts) if facts else self._texts[key]

    def count(self, key: str, number: int) -> str:
        """A number with its noun, "30 days": the form of `key` that this language uses for it."""
        return self.text(f"{key}.{plural(self.language, number)}", number=number)

    def day(self, day: dt.date) -> str:
        """A date in full, as one says it."""
        return self.text("date.day", day=day.day, month=self.text(f"month.{day.month}"), year=day.year)


@lru_cache
def _texts(toml: str) -> Mapping[str, str]:
    """By what the file says and not by its name, so that a file that was changed is read again."""
    return MappingProxyType(dict(_flat(tomllib.loads(toml), "")))


def _flat(tree: Mapping[str, object], prefix: str) -> Iterator[tuple[str, str]]:
    for name, value in tree.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        elif isinstance(value, str):
            yield prefix + name, value
        else:
            raise ValueError(prefix + name)  # noqa: TRY004 - the file is wrong, not the call


def languages(folder: Traversable) -> tuple[str, ...]:
    """The languages that a folder of catalogues holds, the default first."""
    found = {entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml")}
    return tuple(sorted(found, key=lambda language: (language != DEFAULT, language)))
