"""The root of every error that Ringfence raises on purpose.

An error says who is at fault, carries a stable code, and knows its answer on each wire. Its text is a message key with
facts; the facts are closed values (names from our configuration, counts, enum members), never personal data, so that an
error may be logged as it is.
"""

from typing import ClassVar

__all__ = ["OperatorFault", "OurFault", "PeerFault", "RingfenceError"]


class RingfenceError(Exception):
    """Root of all; never raised itself."""

    code: ClassVar[str] = "internal"
    http_status: ClassVar[int] = 500
    sip_status: ClassVar[int] = 500

    def __init__(self, **facts: str | float | None) -> None:
        super().__init__(self.code)
        self.facts = facts

    def __str__(self) -> str:
        if not self.facts:
            return self.code
        return f"{self.code} ({', '.join(f'{name}={value}' for name, value in self.facts.items())})"


class OurFault(RingfenceError):
    """A defect or a damaged state on our side; the peer did nothing wrong."""


class PeerFault(RingfenceError):
    """What a peer sent can't be accepted as it is; the answer says what to change."""

    code = "bad_request"
    http_status = 400
    sip_status = 400


class OperatorFault(RingfenceError):
    """The installation is set up in a way that can't work; the facts name the setting."""

    code = "misconfigured"
