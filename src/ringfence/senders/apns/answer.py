"""What Apple's answers mean, by status and reason.

https://developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns
"""

from typing import Final, final

import msgspec

from ringfence.senders.delivery import Verdict

__all__ = ["read"]

_VERDICTS: Final = {
    (400, "BadDeviceToken"): Verdict.DEAD_TOKEN,
    (400, "DeviceTokenNotForTopic"): Verdict.WRONG_SENDER,  # of another app: the operator's mistake, for all at once
    (400, "TopicDisallowed"): Verdict.WRONG_SENDER,
    (403, "ExpiredProviderToken"): Verdict.STALE_ACCESS,
    (410, "Unregistered"): Verdict.DEAD_TOKEN,
    (410, "ExpiredToken"): Verdict.DEAD_TOKEN,
}


@final
class _Refusal(msgspec.Struct):
    reason: str = ""
    timestamp: int = 0  # milliseconds; since when Apple knows that the token is not valid


def read(status: int, body: bytes, *, since: float) -> Verdict:
    """The meaning of an answer for a token that the app brought at `since` (epoch seconds). Never raises."""
    if 200 <= status < 300:
        return Verdict.ACCEPTED
    refusal = _refusal(body)
    verdict = _VERDICTS.get((status, refusal.reason))
    if verdict is Verdict.DEAD_TOKEN and 0 < refusal.timestamp / 1000 < since:
        return Verdict.DISPUTED
    if verdict is not None:
        return verdict
    if status in {429, 503}:
        return Verdict.BUSY
    return Verdict.UNCLEAR if status >= 500 else Verdict.OUR_FAULT


def _refusal(body: bytes) -> _Refusal:
    try:
        return msgspec.json.decode(body, type=_Refusal)
    except msgspec.MsgspecError:
        return _Refusal()
