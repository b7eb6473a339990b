"""Texts by key and language, and which language a reader prefers (RFC 9110 section 12.5.4)."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources.abc import Traversable
from typing import Self, final

__all__ = ["DEFAULT", "Catalogue", "languages", "preferred"]

DEFAULT = "en"
_RANGE = re.compile(r"\s*([A-Za-z]{1,8})(?:-[A-Za-z0-9-]+)?\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*)?$")


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


def preferred(accept: str, known: tuple[str, ...]) -> str:
    """The known language that the reader likes best; `accept` is the Accept-Language header as it came."""
    best, weight = DEFAULT, 0.0
    for part in accept[:1000].split(","):
        found = _RANGE.match(part)
        if found and found[1].lower() in known and float(found[2] or 1) > weight:
            best, weight = found[1].lower(), float(found[2] or 1)
    return best
