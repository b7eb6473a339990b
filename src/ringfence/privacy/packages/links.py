"""Links to packages: each works in the session that it was made in, for one package, for a short while."""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Final, final

from ringfence.clock import Clock
from ringfence.identifiers import RowId
from ringfence.privacy.packages.errors import LinkInvalid

__all__ = ["LINKS", "Links"]

LINKS: Final = "package links"
"""The purpose under which the keyring derives the secret: `Links(keyring.derive(LINKS), clock)`."""
_LONGEST: Final = 128  # characters of a token that is even looked at
_SECONDS: Final = 900.0  # from the page to the click; the page makes a new one each time


@final
@dataclass(frozen=True, slots=True)
class Links:
    """Keeps nothing: a token carries its end, and a MAC over package, session and end."""

    secret: bytes
    clock: Clock
    seconds: float = _SECONDS

    def make(self, package: RowId, session: str) -> str:
        """The token for the link; `session` is the session's id, which never stands in it."""
        until = int(self.clock.time() + self.seconds)
        return f"{until}.{self._mac(package, session, until)}"

    def check(self, token: str, package: RowId, session: str) -> None:
        """Raises LinkInvalid for another session's, another package's, a stale or a made-up one."""
        until, _, mac = token[:_LONGEST].partition(".")
        end = int(until) if until.isascii() and until.isdigit() else 0
        right = hmac.compare_digest(mac.encode(), self._mac(package, session, end).encode())
        if not right or end < self.clock.time():
            raise LinkInvalid

    def _mac(self, package: RowId, session: str, until: int) -> str:
        told = f"{package}\0{until}\0{session}".encode()
        return hmac.new(self.secret, told, hashlib.sha256).hexdigest()
