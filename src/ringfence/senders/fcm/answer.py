"""What FCM's answers mean (https://firebase.google.com/docs/cloud-messaging/error-codes), by status *and* detail.

The status alone misleads: a 400 is a dead token or a mistake of ours, a 404 is a dead token or a project that does not
exist, a 401 is our expired access token or an APNs certificate that the operator forgot.
"""

from collections.abc import Mapping

import msgspec

from ringfence.senders.delivery import Verdict

__all__ = ["read"]

_FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
_BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"


class _Detail(msgspec.Struct):
    type: str = msgspec.field(name="@type", default="")
    errorCode: str = ""  # noqa: N815 - Google's name


class _Error(msgspec.Struct):
    details: list[_Detail] = []


class _Body(msgspec.Struct):
    error: _Error = msgspec.field(default_factory=_Error)


def read(status: int, body: bytes) -> Verdict:
    """The meaning of an answer of messages:send. Never raises: a proxy's HTML page is an answer, too."""
    if 200 <= status < 300:
        return Verdict.ACCEPTED
    if status in {429, 503}:
        return Verdict.BUSY
    if status >= 500:
        return Verdict.UNCLEAR
    return _refusal(status, _details(body))


def _refusal(status: int, details: Mapping[str, str]) -> Verdict:
    code = details.get(_FCM_ERROR, "")
    if status == 404 and code == "UNREGISTERED":
        return Verdict.DEAD_TOKEN
    if status == 400 and code == "INVALID_ARGUMENT" and _BAD_REQUEST not in details:
        return Verdict.DEAD_TOKEN  # with a BadRequest beside it, our payload is at fault and the token may be fine
    if status == 403 and code == "SENDER_ID_MISMATCH":
        return Verdict.WRONG_SENDER
    if status == 401 and code != "THIRD_PARTY_AUTH_ERROR":
        return Verdict.STALE_ACCESS
    return Verdict.OUR_FAULT


def _details(body: bytes) -> dict[str, str]:
    try:
        parsed = msgspec.json.decode(body, type=_Body)
    except msgspec.MsgspecError:
        return {}
    return {detail.type: detail.errorCode for detail in parsed.error.details}
