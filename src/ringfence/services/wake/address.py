"""At what a device is pushed: the text that an app reports, by the platform that gave it out.

| platform | the text |
|---|---|
| fcm | the registration token |
| apns | hexadecimal tokens: `<for calls>`, or `<for calls>:voip&<for the rest>:remote` as RFC 8599 builds write it |
| webpush, unifiedpush | the subscription as browsers write it in JSON: `endpoint`, and `keys` of `p256dh` and `auth` |
| acrobits | JSON: `selector`, and `call` and `other` of `app` and `token` each, as its push token reporter has them |

iOS shows a call for each push that comes by the token for calls, and delivers no more to an app that is pushed so and
shows none (pitfall 17): that token carries calls and nothing else.
"""

import base64
import binascii
import re
from enum import StrEnum
from typing import Final, final
from urllib.parse import urlsplit

import msgspec

from ringfence.privacy.egress import is_plain_https
from ringfence.services.wake.errors import PushTokenUnusable
from ringfence.services.wake.push import URGENT, PushKind

__all__ = ["AcrobitsPart", "Platform", "Subscription", "apple_text", "carrying", "check", "origin_of", "without"]

_LONGEST: Final = 4096  # characters; FCM's are about 160, a Web Push subscription below 1,000
_APPLE: Final = re.compile(r"(?:[0-9a-fA-F]{2}){16,100}")  # Apple promises no length; 100 bytes is its documented most
_CURVE_POINT: Final = 65  # bytes of an uncompressed P-256 point
_AUTH: Final = 16  # bytes (RFC 8291 section 3.2)


class Platform(StrEnum):
    """Whose push service reaches a build."""

    FCM = "fcm"
    APNS = "apns"
    WEBPUSH = "webpush"
    UNIFIEDPUSH = "unifiedpush"  # Web Push by a service that the person has chosen
    ACROBITS = "acrobits"  # builds of Acrobits can be pushed by Acrobits alone


_SUBSCRIBING: Final = frozenset({Platform.WEBPUSH, Platform.UNIFIEDPUSH})


class _Keys(msgspec.Struct, frozen=True):
    p256dh: str
    auth: str


@final
class Subscription(msgspec.Struct, frozen=True):
    """A push subscription (RFC 8030). Old UnifiedPush apps have no keys; their messages go as they are."""

    endpoint: str
    keys: _Keys | None = None

    def __repr__(self) -> str:
        return "Subscription()"

    @classmethod
    def parse(cls, text: str) -> "Subscription":
        """Raises PushTokenUnusable: no JSON, no plain https address, or keys that are none."""
        try:
            found = msgspec.json.decode(text, type=cls)
        except msgspec.MsgspecError:
            raise PushTokenUnusable from None
        if not is_plain_https(found.endpoint):
            raise PushTokenUnusable
        if found.keys is not None and (len(found.public_key) != _CURVE_POINT or len(found.secret) != _AUTH):
            raise PushTokenUnusable
        return found

    @classmethod
    def of(cls, endpoint: str, p256dh: str, auth: str) -> "Subscription":
        """Of what an app reports; both keys empty where it has none. Nothing is checked yet."""
        return cls(endpoint, _Keys(p256dh, auth) if p256dh or auth else None)

    @property
    def public_key(self) -> bytes:
        """The receiver's P-256 point; empty without keys."""
        return _unpadded(self.keys.p256dh) if self.keys else b""

    @property
    def secret(self) -> bytes:
        """The authentication secret; empty without keys."""
        return _unpadded(self.keys.auth) if self.keys else b""

    @property
    def origin(self) -> str:
        parts = urlsplit(self.endpoint)
        return f"{parts.scheme}://{parts.netloc}".lower()

    def text(self) -> str:
        return msgspec.json.encode(self, order="deterministic").decode("utf-8")


@final
class AcrobitsPart(msgspec.Struct, frozen=True):
    """One app identifier and token of a device, and which of its accounts is meant."""

    app: str
    token: str
    selector: str = ""

    def __repr__(self) -> str:
        return "AcrobitsPart()"

    @classmethod
    def parse(cls, text: str) -> "AcrobitsPart":
        """Raises msgspec.MsgspecError."""
        return msgspec.json.decode(text, type=cls)

    def text(self) -> str:
        return msgspec.json.encode(self, order="deterministic").decode("utf-8")


class _AcrobitsTokens(msgspec.Struct, frozen=True, omit_defaults=True):
    selector: str
    call: AcrobitsPart
    other: AcrobitsPart | None = None


def check(platform: Platform, text: str) -> None:
    """Raises PushTokenUnusable."""
    if not 0 < len(text) <= _LONGEST or not text.isascii() or not text.isprintable() or " " in text:
        raise PushTokenUnusable
    if platform is Platform.APNS:
        _apple(text)
    elif platform in _SUBSCRIBING:
        if Subscription.parse(text).keys is None and platform is Platform.WEBPUSH:
            raise PushTokenUnusable
    elif platform is Platform.ACROBITS:
        _acrobits(text)


def carrying(platform: Platform, text: str, kind: PushKind) -> str | None:
    """The part of it that carries pushes of a kind; None if none does."""
    if platform is Platform.APNS:
        call, other = _apple(text)
        return call if kind in URGENT else other or None
    if platform is Platform.ACROBITS:
        tokens = _acrobits(text)
        part = tokens.call if kind in URGENT else tokens.other
        return None if part is None else AcrobitsPart(part.app, part.token, tokens.selector).text()
    return text


def without(platform: Platform, text: str, part: str) -> str | None:
    """What is left of it after the push service has said that `part` is dead; None if no call can be told any more."""
    if carrying(platform, text, PushKind.CALL) == part:
        return None
    if platform is Platform.APNS:
        return _apple(text)[0]
    tokens = _acrobits(text)
    return msgspec.json.encode(_AcrobitsTokens(tokens.selector, tokens.call)).decode("utf-8")


def origin_of(platform: Platform, text: str) -> str:
    """Where a subscription's pushes go, as `https://host[:port]`; empty for others."""
    return Subscription.parse(text).origin if platform in _SUBSCRIBING else ""


def apple_text(call: str, other: str) -> str:
    """Both tokens of an iOS app as one text."""
    return f"{call}:voip&{other}:remote" if other else call


def _apple(text: str) -> tuple[str, str]:
    """The tokens for calls and for the rest, the latter perhaps empty. Raises PushTokenUnusable."""
    found = {"voip": "", "remote": ""}
    for part in text.split("&"):
        token, _, use = part.partition(":")
        if not _APPLE.fullmatch(token) or found.get(use or "voip", token):
            raise PushTokenUnusable
        found[use or "voip"] = token
    if not found["voip"]:
        raise PushTokenUnusable
    return found["voip"], found["remote"]


def _acrobits(text: str) -> _AcrobitsTokens:
    try:
        return msgspec.json.decode(text, type=_AcrobitsTokens)
    except msgspec.MsgspecError:
        raise PushTokenUnusable from None


def _unpadded(text: str) -> bytes:
    """Base64url with or without padding; empty if it is none."""
    try:
        return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""
