"""What the APNs sender needs to know."""

from dataclasses import dataclass
from typing import Final, final

from ringfence.senders.apns.provider_token import ApnsKey

__all__ = ["PRODUCTION", "SANDBOX", "ApnsSettings"]

PRODUCTION: Final = "https://api.push.apple.com"
SANDBOX: Final = "https://api.sandbox.push.apple.com"


@final
@dataclass(frozen=True, slots=True)
class ApnsSettings:
    """How to send.

    topic: the app's bundle identifier; calls go to `<topic>.voip`.
    base_url: of builds from Xcode the sandbox's, of all others production's.
    """

    key: ApnsKey
    topic: str
    base_url: str = PRODUCTION
