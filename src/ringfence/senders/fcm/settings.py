"""What the FCM sender needs to know."""

from dataclasses import dataclass, field
from typing import Any, Self, final

import msgspec

from ringfence.errors import OperatorFault

__all__ = ["FcmSettings", "ServiceAccount", "ServiceAccountUnusable"]


class ServiceAccountUnusable(OperatorFault):
    """The service-account file of the Firebase console can't be used; the fact names what is missing."""

    code = "fcm_service_account_unusable"


@final
@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """The parts of Google's service-account JSON that we use."""

    project: str
    email: str
    key_id: str
    private_key: str = field(repr=False)  # PEM, RSA
    token_uri: str = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address

    @classmethod
    def from_json(cls, text: bytes) -> Self:
        """Raises ServiceAccountUnusable; its text holds nothing of the file."""
        try:
            raw: dict[str, Any] = msgspec.json.decode(text, type=dict[str, Any])
            return cls(
                project=str(raw["project_id"]),
                email=str(raw["client_email"]),
                key_id=str(raw["private_key_id"]),
                private_key=str(raw["private_key"]),
                token_uri=str(raw["token_uri"]),
            )
        except msgspec.MsgspecError:
            raise ServiceAccountUnusable(problem="not_json") from None
        except KeyError as missing:
            raise ServiceAccountUnusable(problem="missing", field=str(missing.args[0])) from None


@final
@dataclass(frozen=True, slots=True)
class FcmSettings:
    """How to send.

    base_url: another only for a stand-in.
    first_wait: seconds before the second try when FCM says busy without saying for how long; it doubles.
    longest_wait: seconds; a caller hears ringing for about a minute, so longer waits are no use.
    """

    account: ServiceAccount
    base_url: str = "https://fcm.googleapis.com"
    first_wait: float = 0.5
    longest_wait: float = 20.0
