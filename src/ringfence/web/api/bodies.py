"""The JSON that goes in and out, as OpenAPI shows it. Unknown fields are refused; values are repeated nowhere."""

import base64
import binascii
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, StringConstraints

from ringfence.services.wake import Subscription, apple_text

__all__ = [
    "FIELDS",
    "CallState",
    "Certificate",
    "DeviceAnswer",
    "DeviceDescription",
    "EnrolmentAnswer",
    "EnrolmentBody",
    "ErasureAnswer",
    "Heard",
    "KeptField",
    "KeptTable",
    "NoticeAnswer",
    "OwnersRecords",
    "ProblemDetails",
    "Provisioning",
    "PushKey",
    "PushSubscriptionBody",
    "PushTokenBody",
    "Ready",
    "RingTestAnswer",
    "SipAccess",
    "written",
]

Version = Annotated[str, StringConstraints(max_length=64)]


def written(secret: SecretStr) -> SecretStr:
    """Half a character, as JSON can escape one, is nothing that anybody could have typed."""
    secret.get_secret_value().encode()  # UnicodeEncodeError is a ValueError
    return secret


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, strict=True)


class SubscriptionKeys(_In):
    """With what messages are sealed for the subscriber (RFC 8291), in base64url."""

    p256dh: SecretStr = Field(max_length=128)
    auth: SecretStr = Field(max_length=64)


class PushSubscriptionBody(_In):
    """A push subscription, as browsers write it; UnifiedPush apps without keys leave them out."""

    endpoint: SecretStr = Field(max_length=2000, description="An https address.")
    keys: SubscriptionKeys | None = None
    expiration_time: float | None = Field(default=None, alias="expirationTime", description="Not looked at.")


class _Pushed(_In):
    """Where the app is pushed: by a token, or by a subscription."""

    push_token: SecretStr | None = Field(
        default=None, max_length=4096, description="From the push service; of iOS apps the one for calls (PushKit)."
    )
    alert_token: SecretStr | None = Field(
        default=None, max_length=200, description="Of iOS apps, the one for everything that is no call."
    )
    push_subscription: PushSubscriptionBody | None = Field(
        default=None, description="Instead of a token: Web Push or UnifiedPush."
    )

    def push_address(self) -> str:
        """As `services.wake` reads it, which refuses an empty one."""
        given, subscribed = self.push_token, self.push_subscription
        if subscribed is not None:
            keys = subscribed.keys
            p256dh, auth = (keys.p256dh, keys.auth) if keys else (SecretStr(""), SecretStr(""))
            shown = [each.get_secret_value() for each in (subscribed.endpoint, p256dh, auth)]
            return "" if given else Subscription.of(*shown).text()
        other = self.alert_token.get_secret_value() if self.alert_token else ""
        return apple_text(given.get_secret_value(), other) if given else ""


class DeviceDescription(_Pushed):
    """The phone or app instance."""

    name: str = Field(min_length=1, max_length=100, description="As its owner knows it, e.g. 'My Pixel'.")
    app: str = Field(min_length=1, max_length=64, description="The build, as the operator's settings name it.")
    public_key: str = Field(
        min_length=43, max_length=44, description="X25519 public key made on the device; base64url, 32 bytes."
    )

    def key_bytes(self) -> bytes:
        """Empty if it is no base64url."""
        try:
            return base64.b64decode(self.public_key.rstrip("=") + "=", altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return b""


class EnrolmentBody(_In):
    """Everything that enrolling a device takes."""

    sip_address: str = Field(max_length=320, description="user@domain, with or without sip:")
    auth_user: str | None = Field(
        default=None, min_length=1, max_length=128, description="If the PBX knows the account by another name."
    )
    password: Annotated[SecretStr, AfterValidator(written)] = Field(
        min_length=1, max_length=256, description="Shown to the PBX once, as a digest; kept nowhere."
    )
    device: DeviceDescription
    notice_seen: Version = Field(default="", description="`notice_version` of the notice that was shown.")
    terms_agreed: Version = Field(default="", description="`terms_version` of the terms that were agreed to.")
    old_enough: bool = Field(default=False, description="The person says that they are old enough for this service.")
    language: str = Field(default="en", pattern="^[a-z]{2}$", description="In which the texts were shown.")


class PushTokenBody(_Pushed):
    """A push token or subscription that replaces the one before."""


FIELDS: Final = frozenset(
    {
        *EnrolmentBody.model_fields,
        *DeviceDescription.model_fields,
        *PushSubscriptionBody.model_fields,
        *SubscriptionKeys.model_fields,
        "domain",
        "lang",
    }
)
"""Names that an error may repeat."""


class SipAccess(BaseModel):
    """How the device registers at Ringfence."""

    user: str
    secret: str
    realm: str
    route: str


class Provisioning(BaseModel):
    """The set-up for Linphone: fetchable once, within `expires_in` seconds."""

    url: str
    expires_in: int
    qr_svg: str
    qr_png: str = Field(description="base64")


class EnrolmentAnswer(BaseModel):
    """The secrets in it are shown this once."""

    device_id: str
    api_token: str
    sip: SipAccess
    provisioning: Provisioning


class DeviceAnswer(BaseModel):
    """One device of the account."""

    id: str
    name: str = Field(description="As its owner named it.")
    this: bool = Field(description="Whether it is the one that asks.")
    push: bool = Field(description="Whether it is woken for calls.")
    until: int = Field(description="Epoch seconds; silent until then, it is forgotten.")


class Heard(BaseModel):
    """Until when the device is believed to be there."""

    until: int = Field(description="Epoch seconds; show another sign of life before.")


class NoticeAnswer(BaseModel):
    """What is shown before enrolment."""

    language: str
    notice_version: str
    terms_version: str
    title: str
    notice: list[str]
    terms: list[str]


class PushKey(BaseModel):
    """With what an app subscribes at its push service."""

    application_server_key: str = Field(description="VAPID (RFC 8292), base64url; empty: this app needs none.")


class RingTestAnswer(BaseModel):
    """How a test push went."""

    state: str = Field(description="waiting, pushed, woke, silent or refused; none where no test was within the hour.")
    push: str = Field(default="", description="What the push service said, in a stable word.")
    seconds: float | None = Field(default=None, description="After which the device came.")


class CallState(BaseModel):
    """Whether a call that a push told of can still be answered."""

    state: str = Field(description="held or gone")
    until: int | None = Field(default=None, description="Epoch seconds, while held.")


class ErasureAnswer(BaseModel):
    """An erasure that has begun."""

    erasure_id: str
    status_url: str


class Certificate(BaseModel):
    """How far an erasure is, and its certificate once it is done."""

    erasure_id: str
    state: str
    requested_at: int
    promised_by: int
    certificate: dict[str, object] | None = None


class KeptField(BaseModel):
    """What a field is, in sentences."""

    what: str
    why: str
    basis: str
    source: str


class KeptTable(BaseModel):
    """The rows of one table that are about the asking person."""

    kept: str = Field(description="For how long.")
    fields: dict[str, KeptField]
    rows: list[dict[str, object]] = Field(
        description="`id`, `until`, and the fields; instants in ISO 8601 (UTC), bytes as base64; at most 1,000."
    )
    more: bool = Field(description="Whether there are further rows, which a copy of everything has.")


class OwnersRecords(BaseModel):
    """Everything that is kept on one person."""

    subject: str
    provider: str
    tables: dict[str, KeptTable]


class Ready(BaseModel):
    """Whether calls can come in."""

    ready: bool
    missing: list[str] = Field(description="Stable words: `starting`, `upstream_...`.")


class ProblemDetails(BaseModel):
    """RFC 9457. What a code tells besides stands beside these."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    code: str
    fields: list[str] | None = None
