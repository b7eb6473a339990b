"""Which relay takes a provider's mail."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import final

from ringfence.identifiers import RecipientId

__all__ = ["MailSettings", "Security"]


class Security(StrEnum):
    """How the way to the relay is encrypted; there is no third way (APP-09)."""

    TLS = "tls"
    """From the first byte (RFC 8314 section 3.3), usually port 465."""
    STARTTLS = "starttls"
    """After EHLO (RFC 3207), usually port 587; a relay that does not offer it gets nothing."""


@final
@dataclass(frozen=True, slots=True)
class MailSettings:
    """host, port: the relay; its certificate must bear `host`.

    sender, sender_name: From of every mail. recipient: who runs the relay, as declared to the gate.
    user, password: for AUTH; empty where the relay knows us by address.
    ca_file: a private authority; None means the system's.
    seconds: for each step with the relay; mail waits for nobody's phone.
    together: how many mails are handed over at once, each in a thread.
    """

    host: str
    sender: str
    recipient: RecipientId
    port: int = 465
    security: Security = Security.TLS
    sender_name: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
    ca_file: str | None = None
    seconds: float = 20.0
    together: int = 4
