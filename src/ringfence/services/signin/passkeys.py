"""Passkeys of subscribers: added after another proof, and then enough by themselves."""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, final

from ringfence.clock import Clock
from ringfence.declarations import IdentifierKind
from ringfence.identifiers import ProviderId, RowId, SubjectId, new_id
from ringfence.persistence import Database
from ringfence.privacy.access import (
    FailureCaps,
    KnownPasskey,
    Means,
    Passkeys,
    PasskeyUnusable,
    Session,
    Tickets,
    TooManyTries,
)
from ringfence.protocols.source import source_of
from ringfence.randomness import Randomness
from ringfence.services.signin.errors import SignInRefused
from ringfence.services.signin.ports import Identities
from ringfence.services.signin.records import Passkey
from ringfence.services.signin.service import SignedIn, SignIn

__all__ = ["Listed", "SubscriberPasskeys"]

_CHALLENGE: Final = 32  # bytes; the specification asks for 16 at least (section 13.4.3)
_MINUTES: Final = 300.0  # seconds for which a challenge is good
_WAITING: Final = 5_000  # challenges at once
_EACH: Final = 10  # passkeys that a person may have
_NAME: Final = 64  # characters
_ID: Final = re.compile(r"[a-z2-7]{26}")  # identifiers.new_id; PostgreSQL would choke on a NUL
_TRIES: Final = (30, 3_000, 3_600.0)  # answers that fail, from one source and altogether, in an hour


@final
@dataclass(frozen=True, slots=True)
class Listed:
    """A passkey as its owner sees it."""

    id: RowId
    name: str


@final
class SubscriberPasskeys:
    """Challenges rest in memory and are good once."""

    def __init__(
        self,
        *,
        db: Database,
        identities: Identities,
        passkeys: Passkeys,
        sign_in: SignIn,
        clock: Clock,
        randomness: Randomness,
    ) -> None:
        self._db = db
        self._identities = identities
        self._passkeys = passkeys
        self._sign_in = sign_in
        self._clock = clock
        self._randomness = randomness
        self._failed = FailureCaps(*_TRIES)
        self._registering: Tickets[tuple[SubjectId, bytes]] = self._tickets()
        self._signing_in: Tickets[tuple[ProviderId, bytes]] = self._tickets()

    async def begin(self, session: Session, name: str) -> tuple[str, dict[str, Any]]:
        """A ticket, and the options for `navigator.credentials.create`; `name` is what the authenticator shows."""
        async with self._db.reading() as unit:
            known = await unit.select(Passkey, subject=session.subject)
        if len(known) >= _EACH:
            raise TooManyTries(_MINUTES)
        challenge = self._randomness.bytes(_CHALLENGE)
        options = self._passkeys.to_register(
            challenge, user=session.subject.encode(), name=name[:_NAME], known=[each.credential for each in known]
        )
        return self._registering.put((session.subject, challenge)), options

    async def add(self, session: Session, ticket: str, answer: str, name: str) -> RowId:
        """Keep the passkey. Raises PasskeyUnusable, IdentifierTaken, SubjectGone."""
        begun = self._registering.take(ticket)
        if begun is None or begun[0] != session.subject:
            raise PasskeyUnusable
        made = self._passkeys.registered(answer, begun[1])
        row = Passkey(
            id=RowId(new_id(self._randomness)),
            provider=session.provider,
            subject=session.subject,
            credential=made.id,
            public_key=made.public_key,
            count=made.count,
            name=name.strip()[:_NAME],
        )
        known_by = spelled(made.id)
        self._identities.bind(session.provider, IdentifierKind.PASSKEY, known_by, session.subject)
        try:
            async with self._db.transaction() as unit:
                await unit.add(row)
        except BaseException:
            self._identities.unbind(session.provider, IdentifierKind.PASSKEY, known_by)
            raise
        return row.id

    async def of(self, session: Session) -> list[Listed]:
        async with self._db.reading() as unit:
            return [Listed(row.id, row.name) for row in await unit.select(Passkey, subject=session.subject)]

    async def remove(self, session: Session, row: RowId) -> None:
        """Nothing happens where it is not one of theirs; `row` may be whatever a form said."""
        if not _ID.fullmatch(row):
            return
        async with self._db.transaction() as unit:
            found = await unit.select(Passkey, subject=session.subject, id=row)
            await unit.delete(Passkey, subject=session.subject, id=row)
        for passkey in found:
            self._identities.unbind(session.provider, IdentifierKind.PASSKEY, spelled(passkey.credential))

    def ask(self, provider: ProviderId) -> tuple[str, dict[str, Any]]:
        """A ticket, and the options for `navigator.credentials.get`; the same for everybody. Raises TooManyTries."""
        challenge = self._randomness.bytes(_CHALLENGE)
        return self._signing_in.put((provider, challenge)), self._passkeys.to_sign_in(challenge)

    async def sign_in(self, ticket: str, answer: str, source: str) -> SignedIn:
        """Raises SignInRefused, whatever is wrong, or TooManyTries."""
        now, key = self._clock.monotonic(), source_of(source)
        wait = self._failed.wait(key, now)
        if wait > 0:
            raise TooManyTries(wait)
        mark = self._failed.count(key, now)
        begun = self._signing_in.take(ticket)
        if begun is None:
            raise SignInRefused
        provider, challenge = begun
        subject = await self._checked(provider, challenge, answer)
        self._failed.forgive(key, mark)
        return await self._sign_in.let_in(provider, subject, Means.PASSKEY)

    async def _checked(self, provider: ProviderId, challenge: bytes, answer: str) -> SubjectId:
        try:
            named = self._passkeys.id_of(answer)
            subject = self._identities.find(provider, IdentifierKind.PASSKEY, named)
            async with self._db.transaction() as unit:
                rows = await unit.select(Passkey, subject=subject) if subject else []
                known = _named(rows, named)
                count = self._passkeys.signed_in(answer, challenge, KnownPasskey(known.public_key, known.count))
                await unit.replace(replace(known, count=count))
        except PasskeyUnusable:
            raise SignInRefused from None
        return known.subject

    def _tickets(self) -> Tickets[Any]:
        return Tickets(self._clock, self._randomness, seconds=_MINUTES, limit=_WAITING)


def _named(rows: Sequence[Passkey], name: str) -> Passkey:
    for row in rows:
        if spelled(row.credential) == name:
            return row
    raise PasskeyUnusable


def spelled(credential: bytes) -> str:
    """A credential id as browsers write it (base64url without padding)."""
    return base64.urlsafe_b64encode(credential).rstrip(b"=").decode("ascii")
