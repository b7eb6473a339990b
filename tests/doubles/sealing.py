"""A sealer that keeps everything in memory and is as strict about places as the vault."""

from collections.abc import Sequence
from typing import final

from ringfence.identifiers import SubjectId
from ringfence.persistence import KeyGone, Place, SubjectGone, Unreadable

__all__ = ["MemorySealer"]


@final
class MemorySealer:
    """Hands out numbered tokens for plain values; `forget` makes a person's tokens worthless."""

    def __init__(self) -> None:
        self._values: list[tuple[Place, bytes]] = []
        self._gone: set[SubjectId] = set()
        self.prepared = 0
        self.recalled = 0

    def prepare(self, places: Sequence[Place]) -> None:
        self.prepared += len(places)

    def recall(self, places: Sequence[Place]) -> None:
        self.recalled += len(places)

    def seal(self, place: Place, plain: bytes) -> bytes:
        if place.subject in self._gone:
            raise SubjectGone
        self._values.append((place, plain))
        return b"sealed:%d" % (len(self._values) - 1)

    def open(self, place: Place, sealed: bytes) -> bytes:
        if place.subject in self._gone:
            raise KeyGone
        sealed_at, plain = self._values[int(sealed.removeprefix(b"sealed:"))]
        if _binding(place) != _binding(sealed_at):
            raise Unreadable
        return plain

    def forget(self, subject: SubjectId) -> None:
        self._gone.add(subject)


def _binding(place: Place) -> tuple[object, ...]:
    return place.provider, place.table_number, place.part, place.subject, place.row, place.keep
