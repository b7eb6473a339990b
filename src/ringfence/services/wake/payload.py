"""What a push says, by the build that receives it. All values are strings: FCM takes no others.

`ringfence` is our own: a version, the call's reference, until when it can be answered (epoch seconds), the sealed box.
`linphone` is what the stock Linphone builds expect: they pair the push with the INVITE by its SIP Call-ID (pitfall 16),
so that value travels in the clear, which the notice says. `acrobits` pairs by an identifier of our own, which the
INVITE bears in X-Push-ID. In both, names and numbers stay empty: they come with the INVITE.
"""

import base64
from collections.abc import Mapping
from typing import Final

from ringfence.identifiers import CallRef
from ringfence.services.wake.profile import Profile

__all__ = ["alert", "call", "needs_box", "over", "test", "warning"]

_VERSION: Final = "1"
_LONGEST_CALL_ID: Final = 1024
"""Bytes. Whoever calls chooses the Call-ID, and FCM refuses messages of more than 4 kB much as it does dead tokens: a
long one must not end a push instance. The phone then wakes all the same and takes the INVITE for a call of its own."""
_WAKE_LINPHONE: Final[Mapping[str, str]] = {
    "call-id": "",
    "uuid": "",
    "from-uri": "",
    "display-name": "",
    "loc-key": "",
    "loc-args": "",
}


def needs_box(profile: Profile) -> bool:
    """Whether a call's push carries the sealed caller; sealing costs 80 microseconds."""
    return profile is Profile.RINGFENCE


def call(profile: Profile, ref: CallRef, by: int, *, box: bytes, call_id: str) -> Mapping[str, str]:
    """Somebody calls."""
    if profile is Profile.LINPHONE:
        paired = call_id if len(call_id.encode()) <= _LONGEST_CALL_ID else ref
        return {**_WAKE_LINPHONE, "call-id": paired, "uuid": ref, "loc-key": "IC_MSG"}
    if profile is Profile.ACROBITS:
        return {"verb": "NotifyIncomingCall", "Id": ref}
    sealed = base64.urlsafe_b64encode(box).rstrip(b"=").decode("ascii")
    return {"v": _VERSION, "call": ref, "by": str(by), "box": sealed}


def test(profile: Profile, ref: CallRef, by: int) -> Mapping[str, str]:
    """Nobody calls: the device is asked to come, as it would for a call."""
    if profile is Profile.RINGFENCE:
        return {"v": _VERSION, "test": ref, "by": str(by)}
    return call(profile, ref, by, box=b"", call_id=ref)


def over(profile: Profile, ref: CallRef, *, missed: bool) -> Mapping[str, str] | None:
    """The call is over; None if the build has no such message (Linphone learns it when it registers).

    That a call was missed, and not answered elsewhere, is told to those alone whose build would show the wrong thing.
    """
    if profile is Profile.LINPHONE:
        return None
    if profile is Profile.ACROBITS:
        return {"verb": f"NotifyIncomingCall{'Missed' if missed else 'AnsweredElsewhere'}", "Id": ref}
    return {"v": _VERSION, "call": ref, "over": "1"}


def alert(profile: Profile) -> Mapping[str, str] | None:
    """Register now: something waits inside a dialog that the device has; None if the build can't be told."""
    if profile is Profile.ACROBITS:
        return None
    if profile is Profile.LINPHONE:
        return _WAKE_LINPHONE
    return {"v": _VERSION, "alert": "1"}


def warning(profile: Profile, by: int, *, visible: bool) -> Mapping[str, str] | None:
    """The push instance ends at `by` unless the app shows a sign of life; None if the build can't say it.

    Any push makes Linphone register, which is the sign of life; there is nothing that would make it tell the person.
    """
    if profile is Profile.ACROBITS:
        return None
    if profile is Profile.LINPHONE:
        return None if visible else _WAKE_LINPHONE
    return {"v": _VERSION, "warn": "visible" if visible else "silent", "by": str(by)}
