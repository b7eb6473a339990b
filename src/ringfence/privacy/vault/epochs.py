"""The epochs that are alive, ready for use."""

from collections.abc import Iterator
from typing import final

from ringfence.privacy.vault.epochkey import EpochKey
from ringfence.privacy.vault.keyfile import Epoch, KeyFile

__all__ = ["Epochs"]


@final
class Epochs:
    """The key file's epoch keys in their working form; one object per keyring, shared by its parts."""

    def __init__(self, file: KeyFile) -> None:
        self._file = file
        self._keys = {epoch.number: EpochKey(epoch.number, file.key(epoch.number)) for epoch in file.epochs}

    @property
    def listed(self) -> tuple[Epoch, ...]:
        """Number and age of each, oldest first."""
        return self._file.epochs

    @property
    def newest(self) -> EpochKey:
        """What everything new is wrapped and blinded with."""
        return self._keys[self._file.epochs[-1].number]

    def get(self, number: int) -> EpochKey | None:
        """The key of an epoch; None when it was destroyed."""
        return self._keys.get(number)

    def __iter__(self) -> Iterator[EpochKey]:
        """All keys, oldest first."""
        return iter(tuple(self._keys.values()))

    def __contains__(self, number: int) -> bool:
        return number in self._keys

    def begin(self, now: float) -> None:
        """Start a new epoch; its key is on the disk before anything is wrapped with it."""
        self._file.begin_epoch(now)
        number = self._file.epochs[-1].number
        self._keys[number] = EpochKey(number, self._file.key(number))

    def destroy(self, numbers: set[int]) -> None:
        """Destroy keys, on the disk and in memory."""
        self._file.destroy(numbers)
        for number in numbers:
            del self._keys[number]
