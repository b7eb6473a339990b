"""Chance as the SIP core takes it: handed in, so that nothing below this package asks the machine for it."""

from typing import Protocol

__all__ = ["Chance"]


class Chance(Protocol):
    """What `ringfence.randomness.Randomness` offers; named here because protocols import nothing of that kind."""

    def bytes(self, count: int) -> bytes:
        """`count` unpredictable bytes, each value as likely as any other."""
        ...
