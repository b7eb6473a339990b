"""Passwords of staff: Argon2id, made in threads beside the loop, a few at a time."""

import asyncio
import unicodedata
from collections.abc import Callable
from typing import Final, TypeVar, final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ringfence.privacy.access import TooManyTries
from ringfence.randomness import Randomness
from ringfence.services.staff.errors import PasswordUnusable
from ringfence.services.staff.settings import StaffSettings

__all__ = ["Passwords"]

_SALT: Final = 16  # bytes; RFC 9106 section 3.1
T = TypeVar("T")


@final
class Passwords:
    """Checks cost the same whether there is somebody to check or not."""

    def __init__(self, settings: StaffSettings, randomness: Randomness) -> None:
        hashing = settings.hashing
        self._settings = settings
        self._randomness = randomness
        self._hasher = PasswordHasher(time_cost=hashing.passes, memory_cost=hashing.memory_kib, parallelism=1)
        self._turns = asyncio.Semaphore(hashing.together)
        self._waiting = 0
        self._nobodys = ""

    def check(self, password: str, mail: str) -> None:
        """Raises PasswordUnusable for a new password that is no good."""
        plain = _prepared(password)
        least, most = self._settings.password_least, self._settings.password_most
        if not least <= len(plain) <= most or mail.casefold() in plain.casefold() or len(set(plain)) < _DIFFERENT:
            raise PasswordUnusable(least=least)

    async def hash(self, password: str) -> str:
        """What is kept. Raises TooManyTries where too many wait."""
        salt = self._randomness.bytes(_SALT)
        return await self._aside(lambda: self._hasher.hash(_prepared(password), salt=salt))

    async def verify(self, kept: str, password: str) -> bool:
        """Whether it is the password; `kept` may be empty, where nobody is there. Raises TooManyTries."""
        plain = _prepared(password[: self._settings.password_most])
        if not self._nobodys:
            self._nobodys = await self.hash(plain[::-1] + "nobody")
        right = await self._aside(lambda: self._verified(kept or self._nobodys, plain))
        return right and bool(kept)

    def ages(self, kept: str) -> bool:
        """Whether it was hashed by weaker settings than today's and should be hashed anew."""
        return self._hasher.check_needs_rehash(kept)

    def _verified(self, kept: str, plain: str) -> bool:
        try:
            return self._hasher.verify(kept, plain)
        except (VerificationError, InvalidHashError):
            return False

    async def _aside(self, work: Callable[[], T]) -> T:
        if self._waiting >= self._settings.hashing.waiting:
            raise TooManyTries(1.0)
        self._waiting += 1
        try:
            async with self._turns:
                return await asyncio.to_thread(work)
        finally:
            self._waiting -= 1


_DIFFERENT: Final = 5  # characters: "aaaaaaaaaaaa" has length and nothing else


def _prepared(password: str) -> str:
    """One form for what keyboards write in several (RFC 8265 section 4.2.2: NFC; nothing else is touched)."""
    return unicodedata.normalize("NFC", password)
