"""Texts for people, by key and language."""

import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources.abc import Traversable
from typing import Final, Self, final

__all__ = ["DEFAULT", "Catalogue", "languages"]

DEFAULT: Final = "en"  # the language of the declarations, and of a reader who names none that we speak


@final
class Catalogue:
    """The texts of one language. Keys are the tables and names of the TOML file, joined by dots."""

    def __init__(self, language: str, texts: Mapping[str, str]) -> None:
        self.language = language
        self._texts = texts

    @classmethod
    def load(cls, folder: Traversable, language: str) -> Self:
        """Read `<language>.toml`; raises FileNotFoundError, or ValueError for anything but tables and texts."""
        tree = tomllib.loads((folder / f"{language}.toml").read_text("utf-8"))
        return cls(language, dict(_flat(tree, "")))

    @property
    def keys(self) -> frozenset[str]:
        return frozenset(self._texts)

    def text(self, key: str, **facts: str | float) -> str:
        """The text with its facts filled in; raises KeyError for a key that does not exist."""
        return self._texts[key].format(**facts) if facts else self._texts[key]


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
