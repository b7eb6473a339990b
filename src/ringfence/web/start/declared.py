"""The data map of this server, from the declarations: fulfils the port `DataMap`.

The declarations speak English; `words/<language>.toml` holds their words in the other languages. What a flow says about
itself is a sentence of its own and stays in English, marked as such.
"""

import tomllib
from collections.abc import Mapping, Sequence
from enum import Enum
from functools import cache
from importlib.resources import files
from typing import Final, Protocol, final

from ringfence.declarations import REGISTRY, Keep, Medium, Registry
from ringfence.privacy.datamap import Entry, EntryKind, entries
from ringfence.web.start.ports import MapEntry

__all__ = ["DeclaredMap", "words"]

_WORDS: Final = files("ringfence.web.start") / "words"
_ENGLISH: Final = "en"
_MEDIA: Final = {medium.value: medium for medium in Medium}


class _Word(Protocol):
    """A member of the vocabulary."""

    @property
    def sentence(self) -> str: ...

    @property
    def name(self) -> str: ...


@cache
def words(language: str) -> Mapping[str, Mapping[str, str]]:
    """Sentences by word, by kind of word (`category`, `keep`, ...); empty for the language of the declarations."""
    if language == _ENGLISH:
        return {}
    loaded: Mapping[str, Mapping[str, str]] = tomllib.loads((_WORDS / f"{language}.toml").read_text("utf-8"))
    return loaded


@final
class DeclaredMap:
    """Every personal field and every flow of a registry."""

    def __init__(self, registry: Registry = REGISTRY) -> None:
        self._registry = registry

    def entries(self, language: str) -> Sequence[MapEntry]:
        return [_shown(entry, language) for entry in entries(self._registry)]


def _shown(entry: Entry, language: str) -> MapEntry:
    flows = entry.kind is EntryKind.FLOW
    kept, kept_in = _kept(entry, language)
    return MapEntry(
        place=entry.table,
        field=_said(_MEDIA[entry.field], language) if flows else entry.field,
        category=_said(entry.category, language) if entry.category else "",
        purpose=_said(entry.purpose, language),
        basis=_said(entry.purpose.basis, language),
        source=_said(entry.source, language),
        kept=kept,
        kept_in=kept_in,
        recipients=" ".join(_said(role, language) for role in entry.recipients),
        passes_on=flows,
    )


def _kept(entry: Entry, language: str) -> tuple[str, str]:
    """How long, and the language in which that is said."""
    term = next((keep for keep in Keep if keep.sentence == entry.retention), None)
    return (entry.retention, _ENGLISH) if term is None else (_said(term, language), language)


def _said(word: _Word, language: str) -> str:
    name = str(word.value) if isinstance(word, Enum) and isinstance(word.value, str) else word.name.lower()
    return words(language).get(type(word).__name__.lower(), {}).get(name, word.sentence)
