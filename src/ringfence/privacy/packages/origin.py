"""Where a datum comes from, in the words of Article 20 GDPR (WP 242 rev.01), and what of it is portable."""

from enum import StrEnum
from typing import Final

from ringfence.declarations import Basis, Personal, Source

__all__ = ["Origin", "is_portable", "origin_of"]


class Origin(StrEnum):
    """Of one datum; `received` is ours, for what others gave us about the person (Article 14 GDPR)."""

    PROVIDED = "provided"
    OBSERVED = "observed"
    RECEIVED = "received"
    GENERATED = "generated"


_ORIGINS: Final = {
    Source.PERSON: Origin.PROVIDED,
    Source.REPRESENTATIVE: Origin.PROVIDED,
    Source.DEVICE: Origin.OBSERVED,
    Source.GENERATED: Origin.GENERATED,
}
_PORTABLE_BASES: Final = frozenset({Basis.CONSENT, Basis.CONTRACT})
_PORTABLE_ORIGINS: Final = frozenset({Origin.PROVIDED, Origin.OBSERVED})


def origin_of(source: Source) -> Origin:
    return _ORIGINS.get(source, Origin.RECEIVED)


def is_portable(says: Personal) -> bool:
    """Whether Article 20 covers the field: provided or observed, on consent or contract; all here is automated."""
    return says.purpose.basis in _PORTABLE_BASES and origin_of(says.source) in _PORTABLE_ORIGINS
