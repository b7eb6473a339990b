"""What waking needs to know."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final, final

from ringfence.declarations import Flow
from ringfence.identifiers import RecipientId
from ringfence.services.wake.address import Platform, origin_of
from ringfence.services.wake.profile import Profile
from ringfence.services.wake.records import PUSH_TO_CHOSEN, PUSH_TO_DEVICE, PUSH_WITH_CALL_ID

__all__ = ["App", "WakeSettings"]

_PN_PROVIDERS: Final = {Platform.FCM: "fcm", Platform.APNS: "apns"}
"""RFC 8599 names; for a subscription its registration with us says more than a Contact could."""


@final
@dataclass(frozen=True, slots=True)
class App:
    """One build of a softphone: who pushes to it, and what its pushes look like.

    recipient: who does; for subscriptions whoever the person chose, if their endpoint is at none of `places`. None:
        nobody else.
    places: whose endpoints subscriptions may have, by origin (`https://host[:port]`).
    pn_param: how the build names its push service in RFC 8599 parameters (FCM: the project id).
    subscribing_key: with what the app subscribes at its push service (VAPID), in base64url; empty: it needs none.
    """

    recipient: RecipientId | None
    profile: Profile = Profile.RINGFENCE
    platform: Platform = Platform.FCM
    places: Mapping[str, RecipientId] = field(default_factory=dict)
    pn_param: str = ""
    subscribing_key: str = ""

    @property
    def recipients(self) -> Collection[RecipientId]:
        return {*self.places.values(), *([self.recipient] if self.recipient else [])}

    @property
    def pn_provider(self) -> str:
        """Empty: it is not enrolled by RFC 8599 parameters."""
        return _PN_PROVIDERS.get(self.platform, "")

    @property
    def flow(self) -> Flow:
        if self.profile is Profile.LINPHONE:
            return PUSH_WITH_CALL_ID
        return PUSH_TO_CHOSEN if self.platform is Platform.UNIFIEDPUSH else PUSH_TO_DEVICE

    def recipient_of(self, token: str) -> RecipientId | None:
        """Who receives pushes for it; None if nobody may. Raises PushTokenUnusable."""
        return self.places.get(origin_of(self.platform, token), self.recipient) if self.places else self.recipient


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
