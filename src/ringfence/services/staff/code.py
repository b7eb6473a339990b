"""One-time codes (RFC 6238): six digits, thirty seconds, one step of tolerance, none good twice."""

import base64
import hmac
from typing import Final

import pyotp

from ringfence.randomness import Randomness

__all__ = ["code_uri", "new_code_secret", "new_recovery_codes", "normal_recovery", "step_of"]

_STEP: Final = 30.0  # seconds
_SECRET: Final = 20  # bytes: RFC 4226 section 4, R6
_RECOVERY: Final = 10  # codes, each of 80 bits: too many to be guessed, so their digests need no salt


def new_code_secret(randomness: Randomness) -> str:
    """Base32, as authenticator apps take it."""
    return base64.b32encode(randomness.bytes(_SECRET)).decode("ascii")


def code_uri(secret: str, *, name: str, issuer: str) -> str:
    """The `otpauth:` URI for a QR code; it holds the secret and is shown once."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=issuer)


def step_of(secret: str, code: str, now: float, *, after: int) -> int | None:
    """The time step that the code is for, if it is right and younger than step `after`; checked in constant time."""
    shown = "".join(code.split())[:16].encode()
    totp, newest, found = pyotp.TOTP(secret), int(now // _STEP), None
    for step in (newest - 1, newest, newest + 1):
        if hmac.compare_digest(totp.generate_otp(step).encode(), shown) and step > after:
            found = step
    return found


def new_recovery_codes(randomness: Randomness) -> list[str]:
    """Ten codes for who lost the authenticator, in groups that can be copied by hand."""
    return [_grouped(base64.b32encode(randomness.bytes(10)).decode("ascii").lower()) for _ in range(_RECOVERY)]


def normal_recovery(code: str) -> str:
    """The one spelling of a recovery code."""
    return "".join(character for character in code.lower()[:64] if character.isalnum())


def _grouped(text: str) -> str:
    return "-".join(text[at : at + 4] for at in range(0, len(text), 4))
