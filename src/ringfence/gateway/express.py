"""The short way for answers to our own REGISTERs: from their bytes to the registration that waits for them.

The transaction layer stays in charge of repeating, of time and of lost flows; only taking the message apart is left
out. What is unusual in any way goes the long way.
"""

from typing import final

from ringfence.clock import Clock
from ringfence.gateway.asker import Asker
from ringfence.gateway.register_answer import Reply
from ringfence.protocols.sip.transaction import ClientTransaction

__all__ = ["Express"]

_START = b"SIP/2.0 "
_BRANCH = b";branch="
_LENGTH = 23  # of a branch as `TransactionLayer.branch` makes them


@final
class Express:
    """Which transactions want their answers this way."""

    __slots__ = ("_clock", "_waiting")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: dict[bytes, ClientTransaction] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def expect(self, transaction: ClientTransaction) -> None:
        self._waiting[transaction.key] = transaction

    def settle(self, transaction: ClientTransaction) -> None:
        """Nothing more is expected."""
        self._waiting.pop(transaction.key, None)

    def take(self, data: bytes) -> bool:
        """True where `data` was an answer that somebody waits for, who has been told."""
        if not data.startswith(_START) or not data.endswith(b"\r\n\r\n"):
            return False
        at = data.find(_BRANCH) + len(_BRANCH)
        transaction = self._waiting.get(data[at : at + _LENGTH])
        if transaction is None or not data[8:11].isdigit():
            return False
        reply = Reply(data)
        if transaction.receive(reply, self._clock.monotonic()) is not None and isinstance(transaction.owner, Asker):
            transaction.owner.answered(transaction, reply)
        return True
