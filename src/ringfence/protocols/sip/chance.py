"""Chance as the SIP core takes it: handed in, so that nothing below this package asks the machine for it."""

from typing import Protocol

__all__ = ["Chance", "fraction"]


class Chance(Protocol):
    """What `ringfence.randomness.Randomness` offers; named here because protocols import nothing of that kind."""

    def bytes(self, count: int) -> bytes:
        """`count` unpredictable bytes, each value as likely as any other."""
        ...


def fraction(chance: Chance) -> float:
    """At least 0, less than 1."""
    return int.from_bytes(chance.bytes(4), "big") / 2**32
