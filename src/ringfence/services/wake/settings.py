"""What waking needs to know."""

from dataclasses import dataclass, field
from typing import final

from ringfence.identifiers import RecipientId
from ringfence.services.wake.payload import Profile

__all__ = ["App", "WakeSettings"]


@final
@dataclass(frozen=True, slots=True)
class App:
    """One build of a softphone: who pushes to it, and what its pushes look like.

    pn_provider, pn_param: how the build names its push service in RFC 8599 parameters (fcm and the project id).
    """

    recipient: RecipientId
    profile: Profile = Profile.RINGFENCE
    pn_provider: str = "fcm"
    pn_param: str = ""


@final
@dataclass(frozen=True, slots=True)
class WakeSettings:
    """How to wake.

    apps: the builds, by the name that their enrolment sends.
    queue: pushes that may wait for one recipient; at 500 calls/s it holds 20 s, longer than callers are patient.
    workers: pushes under way at once for one recipient; HTTP/2 servers allow about a hundred streams.
    quiet_ttl: seconds; a phone that hears later than this that the call is over has asked by itself.
    alert_ttl: seconds; the gateway waits five for a device inside a dialog, then answers without it.
    warning_ttl: seconds; a phone that is off now should still get the warning when it comes back within the hour.
    """

    apps: dict[str, App] = field(default_factory=dict)
    queue: int = 10_000
    workers: int = 64
    quiet_ttl: int = 30
    alert_ttl: int = 5
    warning_ttl: int = 3600
