"""What is posted to /3/device/<token>.

A call goes as `voip` push to the topic for calls; iOS wakes the app at once and wants a call shown for it. All else
goes by the other token: without a word to the person (`background`), or for them to read (`alert`), in words that the
app has in their language.

The shapes of Linphone builds are theirs; what would name a person stays empty.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Final

import msgspec

from ringfence.services.wake import Profile, Push, PushKind

__all__ = ["body", "headers", "topic_of"]

_WORDS: Final = {"alert": {"loc-key": "RINGFENCE_WARNING"}, "sound": "default"}
_BACKGROUND: Final = {"content-available": 1}
_AT_ONCE, _WHEN_CONVENIENT = "10", "5"  # Apple refuses background pushes of priority 10

_encode = msgspec.json.Encoder(order="deterministic").encode


def topic_of(push: Push, topic: str) -> str:
    return f"{topic}.voip" if push.urgent else topic


def headers(push: Push, *, topic: str, token: str, apns_id: str, expires: int) -> Mapping[str, str]:
    """`expires` is an instant (epoch seconds; pitfall 20), or 0: now or never."""
    kind = "voip" if push.urgent else "alert" if push.kind is PushKind.WARN_VISIBLY else "background"
    named = {
        "authorization": f"bearer {token}",
        "apns-id": apns_id,
        "apns-topic": topic_of(push, topic),
        "apns-push-type": kind,
        "apns-priority": _WHEN_CONVENIENT if kind == "background" else _AT_ONCE,
        "apns-expiration": str(expires),
    }
    return {**named, "apns-collapse-id": push.call} if push.call else named


def body(push: Push, *, now: float, ttl: int) -> bytes:
    """JSON, keys sorted; below Apple's 4,096 bytes (5,120 for calls). `now` in epoch seconds, `ttl` in seconds."""
    aps: dict[str, object] = {}
    if push.kind is PushKind.WARN_VISIBLY:
        aps |= _WORDS
    elif not push.urgent:
        aps |= _BACKGROUND
    if push.profile is Profile.LINPHONE:
        return _encode(_linphone(push.data, aps, now=now, ttl=ttl))
    return _encode({"aps": aps, **push.data})


def _linphone(data: Mapping[str, str], aps: Mapping[str, object], *, now: float, ttl: int) -> Mapping[str, object]:
    paired = {
        "sound": "",
        "loc-key": data["loc-key"],
        "loc-args": [data["loc-args"]],
        "call-id": data["call-id"],
        "uuid": data["uuid"],
        "send-time": dt.datetime.fromtimestamp(now, dt.UTC).strftime("%Y-%m-%d %H:%M:%S"),
    }
    return {
        "aps": {**paired, **aps},
        "from-uri": data["from-uri"],
        "display-name": data["display-name"],
        "pn_ttl": ttl,
        "customPayload": {},
    }
