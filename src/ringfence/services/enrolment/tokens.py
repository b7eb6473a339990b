"""API tokens of devices: `<device id>.<secret>`. The secret has 256 bits, so its plain SHA-256 can't be searched."""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass, field
from typing import Final, Self, final

from ringfence.identifiers import DeviceId
from ringfence.randomness import Randomness

__all__ = ["ApiToken", "secret"]

_SECRET_BYTES = 32
_SHAPE: Final = re.compile(r"([a-z2-7]{26})\.([A-Za-z0-9_-]{43})")


def secret(randomness: Randomness) -> str:
    """43 characters that nobody guesses, safe in URLs, headers and XML."""
    return base64.urlsafe_b64encode(randomness.bytes(_SECRET_BYTES)).rstrip(b"=").decode("ascii")


@final
@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token as a device holds it."""

    device: DeviceId
    secret: str = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """None if the text has not the shape of a token."""
        match = _SHAPE.fullmatch(text)
        return cls(DeviceId(match[1]), match[2]) if match else None

    def text(self) -> str:
        return f"{self.device}.{self.secret}"

    def digest(self) -> bytes:
        """What we keep."""
        return hashlib.sha256(self.secret.encode("ascii")).digest()

    def matches(self, digest: bytes) -> bool:
        """In constant time."""
        return hmac.compare_digest(self.digest(), digest)
