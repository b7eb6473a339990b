"""A sealer that keeps everything in memory and is as strict about places as the vault."""

from collections.abc import Sequence
from typing import final

from ringfence.identifiers import SubjectId
from ringfence.persistence import Place, SubjectGone, Unreadable

__all__ = ["MemorySealer"]


@final
class MemorySealer:
    """Hands out numbered tokens for plain values; `forget` makes a person's tokens worthless."""

    def __init__(self) -> None:
        self._values: list[tuple[Place, bytes]] = []
        self._gone: set[SubjectId] = set()

    def seal_all(self, values: Sequence[tuple[Place, bytes]]) -> list[bytes]:
        if any(place.subject in self._gone for place, _ in values):
            raise SubjectGone
        first = len(self._values)
        self._values.extend(values)
        return [b"sealed:%d" % number for number in range(first, len(self._values))]

    def open_all(self, values: Sequence[tuple[Place, bytes]]) -> list[bytes | None]:
        return [self._open(place, sealed) for place, sealed in values]

    def _open(self, place: Place, sealed: bytes) -> bytes | None:
        if place.subject in self._gone:
            return None
        sealed_at, plain = self._values[int(sealed.removeprefix(b"sealed:"))]
        if _binding(place) != _binding(sealed_at):
            raise Unreadable
        return plain

    def reseal_all(self, values: Sequence[tuple[Place, bytes]]) -> list[bytes | None]:
        """What a value is sealed for makes no difference in memory."""
        return [None] * len(values)

    def forget(self, subject: SubjectId) -> None:
        self._gone.add(subject)


def _binding(place: Place) -> tuple[object, ...]:
    return place.provider, place.table_number, place.part, place.subject, place.row, place.keep
