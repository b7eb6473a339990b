"""Nonces of the digest server: made without being kept, used without being repeated.

A nonce is time, salt, and an HMAC over both, the realm and what the nonce is bound to. So none is remembered when it is
given out, by whoever asks; only those that somebody proved to know the secret for take a place in the window.
"""

import base64
import hmac

from ringfence.protocols.sip.chance import Chance

__all__ = ["NonceWindow", "Nonces"]

_STAMP, _SALT, _SEAL = 6, 8, 16  # bytes: milliseconds for 8,900 years, and no padding in base 64
_SEEN = (1 << 64) - 1


class Nonces:
    """Makes nonces and judges those that come back. `now` is in seconds, the same clock in every call."""

    __slots__ = ("_chance", "_key", "_lifetime", "_realm", "_window")

    def __init__(self, realm: bytes, *, key: bytes, chance: Chance, lifetime: float, window: int) -> None:
        self._realm = realm
        self._key = key
        self._chance = chance
        self._lifetime = int(lifetime * 1000)
        self._window = NonceWindow(window)

    def make(self, now: float, bound: bytes) -> bytes:
        return self._sealed(int(now * 1000), self._chance.bytes(_SALT), bound)

    def use(self, nonce: bytes, count: int, now: float, bound: bytes) -> bool:
        """True where it is ours, young, bound to the same and this count of it is new; the count is used up then."""
        try:
            raw = base64.urlsafe_b64decode(nonce)
        except ValueError:
            return False
        issued = int.from_bytes(raw[:_STAMP], "big")
        salt = raw[_STAMP : _STAMP + _SALT]
        age = int(now * 1000) - issued
        if not hmac.compare_digest(self._sealed(issued, salt, bound), nonce) or not 0 <= age <= self._lifetime:
            return False
        return self._window.use(salt, issued, count)

    def _sealed(self, issued: int, salt: bytes, bound: bytes) -> bytes:
        start = issued.to_bytes(_STAMP, "big") + salt
        # The length keeps realm and bound apart: no other pair gives the same bytes.
        signed = b"%b%d:%b%b" % (start, len(self._realm), self._realm, bound)
        return base64.urlsafe_b64encode(start + hmac.digest(self._key, signed, "sha256")[:_SEAL])


class NonceWindow:
    """Which counts of which nonce were used, in bounded memory.

    Counts may come out of order by up to 63, never twice. When there is no room the nonce first used is forgotten, and
    with it every one of its age or older that was not used yet counts as used: that costs its owner a round trip, while
    the other way would let an old request be replayed.
    """

    __slots__ = ("_floor", "_room", "_used")

    def __init__(self, room: int) -> None:
        self._room = room
        self._used: dict[bytes, tuple[int, int, int]] = {}
        self._floor = -1

    def __len__(self) -> int:
        return len(self._used)

    def use(self, nonce: bytes, issued: int, count: int) -> bool:
        """False where this count was used before, or may have been. `issued` orders nonces by age."""
        known = self._used.get(nonce)
        if known is None:
            if issued <= self._floor or count < 1:
                return False
            self._make_room()
            self._used[nonce] = (issued, count, 1)
            return True
        _, highest, seen = known
        if count > highest:
            self._used[nonce] = (issued, count, (seen << min(count - highest, 64) | 1) & _SEEN)
            return True
        bit = 1 << (highest - count) if highest - count < 64 and count > 0 else 0
        if not bit or seen & bit:
            return False
        self._used[nonce] = (issued, highest, seen | bit)
        return True

    def _make_room(self) -> None:
        if len(self._used) >= self._room:
            oldest = next(iter(self._used))
            self._floor = max(self._floor, self._used.pop(oldest)[0])
