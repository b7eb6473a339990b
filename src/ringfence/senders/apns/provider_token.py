"""How we show Apple who we are: a JWT signed by the operator's key (ES256).

Apple refuses a token that is older than an hour, and a provider that makes a new one more than once in twenty minutes.
"""

from dataclasses import dataclass, field
from typing import Final, final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from ringfence.clock import Clock
from ringfence.errors import OperatorFault

__all__ = ["OLDEST", "SOONEST", "ApnsKey", "ApnsKeyUnusable", "ProviderTokens"]

OLDEST: Final = 2_400.0  # seconds; well before Apple's hour, so that clocks may differ
SOONEST: Final = 1_200.0  # seconds between two tokens; Apple answers 429 to who makes them sooner
_CURVE: Final = "P-256"


class ApnsKeyUnusable(OperatorFault):
    """The key file of the Apple developer account (.p8) holds no P-256 private key."""

    code = "apns_key_unusable"


@final
@dataclass(frozen=True, slots=True)
class ApnsKey:
    """A key of an Apple developer team. `id` and `team` are the ten characters that Apple shows beside it."""

    id: str
    team: str
    private_key: str = field(repr=False)  # PEM


@final
class ProviderTokens:
    """Keeps one token, and makes the next in time."""

    __slots__ = ("_clock", "_key", "_made", "_signing", "_token")

    def __init__(self, key: ApnsKey, clock: Clock) -> None:
        """Raises ApnsKeyUnusable."""
        try:
            self._signing = ECKey.import_key(key.private_key)
        except (ValueError, TypeError, JoseError):
            raise ApnsKeyUnusable(key=key.id) from None
        if self._signing.curve_name != _CURVE or not self._signing.is_private:
            raise ApnsKeyUnusable(key=key.id)
        self._key = key
        self._clock = clock
        self._token = ""
        self._made = 0.0  # monotonic

    def get(self) -> str:
        """A token that is valid now."""
        if not self._token or self._clock.monotonic() - self._made >= OLDEST:
            self._make()
        return self._token

    def expired(self, token: str) -> bool:
        """Apple says that it has expired. Whether there is, or may be, a newer one to try."""
        if token != self._token:
            return True
        if self._clock.monotonic() - self._made < SOONEST:
            return False  # a fresh one was refused: our clock is off, and more tokens would not mend that
        self._make()
        return True

    def _make(self) -> None:
        header = {"alg": "ES256", "kid": self._key.id}
        claims = {"iss": self._key.team, "iat": int(self._clock.time())}
        self._token = jwt.encode(header, claims, self._signing)
        self._made = self._clock.monotonic()
