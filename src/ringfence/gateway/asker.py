"""Whoever sends a request, and what it is told."""

import enum
from collections.abc import Callable
from typing import final

from ringfence.protocols.sip.message import Response
from ringfence.protocols.sip.transaction import ClientTransaction

__all__ = ["Asker", "Callbacks", "Failure"]


class Failure(enum.Enum):
    """Why no final answer came; the value is the status that stands for it (RFC 3261 section 8.1.3.1)."""

    TIMED_OUT = 408
    FLOW_LOST = 503


class Asker:
    """Base of what waits for answers: the `owner` of a client transaction."""

    __slots__ = ()

    def answered(self, transaction: ClientTransaction, response: Response) -> None:
        """A new answer, provisional or final."""
        raise NotImplementedError

    def failed(self, transaction: ClientTransaction, failure: Failure) -> None:
        """No final answer will come."""
        raise NotImplementedError


@final
class Callbacks(Asker):
    """Two functions as one asker; without the second a failure goes unheard."""

    __slots__ = ("_on_answer", "_on_failure")

    def __init__(
        self,
        on_answer: Callable[[ClientTransaction, Response], None],
        on_failure: Callable[[ClientTransaction, Failure], None] | None,
    ) -> None:
        self._on_answer = on_answer
        self._on_failure = on_failure

    def answered(self, transaction: ClientTransaction, response: Response) -> None:
        self._on_answer(transaction, response)

    def failed(self, transaction: ClientTransaction, failure: Failure) -> None:
        if self._on_failure is not None:
            self._on_failure(transaction, failure)
