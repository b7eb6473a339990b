"""Who we are to a push service (RFC 8292): a JWT for its origin, signed with a key that the subscription was made for.

The key is derived from the installation's own secret, so that nothing has to be made, filed or renewed; it lasts as
long as that secret, and with it every subscription.
"""

import base64
from collections import OrderedDict
from typing import Final, Self, final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from joserfc import jwt
from joserfc.jwk import ECKey

from ringfence.clock import Clock

__all__ = ["Vapid", "VapidKey"]

_LIFETIME: Final = 43_200  # seconds; at most a day is allowed (RFC 8292 section 2)
_RENEW: Final = 21_600.0  # seconds; half of it, so that clocks may differ by hours
_ORIGINS: Final = 1_000  # whose tokens are remembered; people who choose their own servers could name any number
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256 (FIPS 186-5)


@final
class VapidKey:
    """A signing key of P-256."""

    __slots__ = ("private",)

    def __init__(self, private: ec.EllipticCurvePrivateKey) -> None:
        self.private = private

    @classmethod
    def derived(cls, secret: bytes) -> Self:
        """The same key for the same 32 secret bytes."""
        return cls(ec.derive_private_key(int.from_bytes(secret, "big") % (_ORDER - 1) + 1, ec.SECP256R1()))

    @property
    def public(self) -> str:
        """What apps subscribe with (`applicationServerKey`): the uncompressed point in base64url."""
        point = self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return base64.urlsafe_b64encode(point).rstrip(b"=").decode("ascii")


@final
class Vapid:
    """Tokens by origin, each used for six hours."""

    __slots__ = ("_clock", "_contact", "_made", "_public", "_signing")

    def __init__(self, key: VapidKey, contact: str, clock: Clock) -> None:
        """`contact` is where a push service finds the operator: mailto: or https:."""
        pem = key.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        self._signing = ECKey.import_key(pem.decode("ascii"))
        self._public = key.public
        self._contact = contact
        self._clock = clock
        self._made: OrderedDict[str, tuple[float, str]] = OrderedDict()

    def header(self, origin: str) -> str:
        """The value of Authorization for a push service."""
        made, token = self._made.get(origin, (0.0, ""))
        if not token or self._clock.monotonic() - made >= _RENEW:
            token = self._sign(origin)
            self._made[origin] = self._clock.monotonic(), token
            self._made.move_to_end(origin)
            while len(self._made) > _ORIGINS:
                self._made.popitem(last=False)
        return f"vapid t={token}, k={self._public}"

    def _sign(self, origin: str) -> str:
        claims = {"aud": origin, "exp": int(self._clock.time()) + _LIFETIME, "sub": self._contact}
        return jwt.encode({"typ": "JWT", "alg": "ES256"}, claims, self._signing)
