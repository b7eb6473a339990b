"""Chance, as an argument: the only place that asks the machine for random bytes (library-made keys excepted)."""

import os
import random
from typing import Protocol, final

__all__ = ["Randomness", "SeededRandomness", "SystemRandomness"]


class Randomness(Protocol):
    """A source of unpredictable bytes."""

    def bytes(self, count: int) -> bytes:
        """`count` bytes, each value as likely as any other."""
        ...


@final
class SystemRandomness:
    """The operating system's generator; fit for keys."""

    __slots__ = ()

    def bytes(self, count: int) -> bytes:
        return os.urandom(count)


@final
class SeededRandomness:
    """Repeatable bytes for tests and rehearsals; never for keys that protect somebody."""

    __slots__ = ("_generator",)

    def __init__(self, seed: int = 0) -> None:
        self._generator = random.Random(seed)

    def bytes(self, count: int) -> bytes:
        return self._generator.randbytes(count)
