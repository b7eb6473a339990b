"""What can be wrong with a device's side of waking."""

from ringfence.errors import OperatorFault, PeerFault

__all__ = [
    "AppUnknown",
    "BoxUnreadable",
    "DeviceKeyUnusable",
    "NotWakeable",
    "PushTokenUnusable",
    "SenderMissing",
]


class DeviceKeyUnusable(PeerFault):
    """The device's public key is no X25519 key that a secret can be agreed with."""

    code = "device_key_unusable"
    http_status = 422


class BoxUnreadable(PeerFault):
    """A box was sealed to another key or for another call, or it is damaged."""

    code = "box_unreadable"


class AppUnknown(PeerFault):
    """No build of that name is configured, so nobody has its push key."""

    code = "app_unknown"
    http_status = 422


class PushTokenUnusable(PeerFault):
    """The push token is empty, too long, or holds characters that no push service uses."""

    code = "push_token_unusable"
    http_status = 422


class NotWakeable(PeerFault):
    """The device has no push that could wake it, or too much waits to be pushed."""

    code = "not_wakeable"
    http_status = 409


class SenderMissing(OperatorFault):
    """An app is configured for a recipient that no sender serves; the facts name both."""

    code = "push_sender_missing"
