"""What can be wrong with a SIP message, and what to answer."""

from typing import TYPE_CHECKING

from ringfence.errors import PeerFault

if TYPE_CHECKING:
    from ringfence.protocols.sip.message import Message

__all__ = ["BadMessage"]


class BadMessage(PeerFault):
    """The message breaks RFC 3261; `status` is the answer where one can be sent, `reason` a stable word.

    `message` is what could be read of it: enough to answer a request with `response_to`, None where not even that.
    It is no fact, so it never shows in the error's text.
    """

    code = "bad_sip_message"

    def __init__(self, reason: str, status: int, message: "Message | None" = None) -> None:
        super().__init__(reason=reason, status=status)
        self.reason = reason
        self.status = status
        self.message = message
