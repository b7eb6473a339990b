"""The data map of this server, from the declarations: fulfils the port `DataMap`."""

from collections.abc import Sequence
from typing import Final, final

from ringfence.declarations import REGISTRY, Medium, Registry
from ringfence.privacy.datamap import Entry, EntryKind, entries, kept, said
from ringfence.web.start.ports import MapEntry

__all__ = ["DeclaredMap"]

_MEDIA: Final = {medium.value: medium for medium in Medium}


@final
class DeclaredMap:
    """Every personal field and every flow of a registry."""

    def __init__(self, registry: Registry = REGISTRY) -> None:
        self._registry = registry

    def entries(self, language: str) -> Sequence[MapEntry]:
        return [_shown(entry, language) for entry in entries(self._registry)]


def _shown(entry: Entry, language: str) -> MapEntry:
    flows = entry.kind is EntryKind.FLOW
    term, kept_in = kept(entry, language)
    return MapEntry(
        place=entry.table,
        field=said(_MEDIA[entry.field], language) if flows else entry.field,
        category=said(entry.category, language) if entry.category else "",
        purpose=said(entry.purpose, language),
        basis=said(entry.purpose.basis, language),
        source=said(entry.source, language),
        kept=term,
        kept_in=kept_in,
        recipients=" ".join(said(role, language) for role in entry.recipients),
        passes_on=flows,
    )
