"""Passkeys (Web Authentication Level 2): what we ask an authenticator, and whether its answer holds.

Only here the library is called. It wants user verification (a PIN or finger at the authenticator), so a passkey is two
factors: something that one has, and knows or is. No attestation is asked for: which make it is, is nobody's business.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Self, final
from urllib.parse import urlsplit

import msgspec
import webauthn
from webauthn.helpers import options_to_json_dict
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from ringfence.privacy.access.errors import PasskeyUnusable

__all__ = ["KnownPasskey", "NewPasskey", "Passkeys", "Place"]

_LONGEST: Final = 16_384  # characters of an answer; without attestation it has about two thousand
_WAIT: Final = 120_000  # milliseconds that a person may take at the authenticator


@final
@dataclass(frozen=True, slots=True)
class Place:
    """Where passkeys are good: the host, and the origin that browsers say. `name` is shown at the authenticator."""

    host: str
    origin: str
    name: str

    @classmethod
    def of(cls, public_url: str, name: str) -> Self:
        """The place of an installation, from the address at which it is reached."""
        parts = urlsplit(public_url)
        return cls(parts.hostname or "", f"{parts.scheme}://{parts.netloc}", name)


@final
@dataclass(frozen=True, slots=True)
class NewPasskey:
    """What a registration leaves."""

    id: bytes
    public_key: bytes
    count: int


@final
@dataclass(frozen=True, slots=True)
class KnownPasskey:
    """What an answer is checked against."""

    public_key: bytes
    count: int


@final
class Passkeys:
    """Stateless: the challenge is the caller's to make, to remember for minutes, and to use once."""

    __slots__ = ("_place",)

    def __init__(self, place: Place) -> None:
        self._place = place

    def to_register(self, challenge: bytes, *, user: bytes, name: str, known: Sequence[bytes] = ()) -> dict[str, Any]:
        """`publicKey` of `navigator.credentials.create`. `user` names nobody; `name` is what the person reads there.

        Without a name they read the installation's: authenticators want some.
        """
        options = webauthn.generate_registration_options(
            rp_id=self._place.host,
            rp_name=self._place.name,
            user_id=user,
            user_name=name.strip() or self._place.name,
            challenge=challenge,
            timeout=_WAIT,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[PublicKeyCredentialDescriptor(id=each) for each in known],
        )
        return options_to_json_dict(options)

    def registered(self, answer: str, challenge: bytes) -> NewPasskey:
        """Raises PasskeyUnusable."""
        try:
            made = webauthn.verify_registration_response(
                credential=_bounded(answer),
                expected_challenge=challenge,
                expected_rp_id=self._place.host,
                expected_origin=self._place.origin,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, KeyError, TypeError):
            raise PasskeyUnusable from None
        return NewPasskey(made.credential_id, made.credential_public_key, made.sign_count)

    def to_sign_in(self, challenge: bytes, *, known: Sequence[bytes] = ()) -> dict[str, Any]:
        """`publicKey` of `navigator.credentials.get`; without `known`: any that it has for this place."""
        options = webauthn.generate_authentication_options(
            rp_id=self._place.host,
            challenge=challenge,
            timeout=_WAIT,
            allow_credentials=[PublicKeyCredentialDescriptor(id=each) for each in known],
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return options_to_json_dict(options)

    def signed_in(self, answer: str, challenge: bytes, known: KnownPasskey) -> int:
        """The new count of its signatures. Raises PasskeyUnusable, also where the count shows a copied one."""
        try:
            done = webauthn.verify_authentication_response(
                credential=_bounded(answer),
                expected_challenge=challenge,
                expected_rp_id=self._place.host,
                expected_origin=self._place.origin,
                credential_public_key=known.public_key,
                credential_current_sign_count=known.count,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, KeyError, TypeError):
            raise PasskeyUnusable from None
        return done.new_sign_count

    @staticmethod
    def id_of(answer: str) -> str:
        """The credential id (base64url) that an answer names. Raises PasskeyUnusable."""
        try:
            return msgspec.json.decode(_bounded(answer), type=_Named).id
        except (msgspec.MsgspecError, UnicodeError):
            raise PasskeyUnusable from None


class _Named(msgspec.Struct):
    id: str


def _bounded(answer: str) -> str:
    if len(answer) > _LONGEST:
        raise PasskeyUnusable
    return answer
