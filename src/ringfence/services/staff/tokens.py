"""How a provider's own systems (billing, a website) show themselves to the API: bearer tokens with scopes."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from hmac import compare_digest
from typing import Final, final

from ringfence.clock import DAY
from ringfence.declarations import Deadline
from ringfence.identifiers import ProviderId, RowId, StaffId, new_id
from ringfence.persistence import UnitOfWork
from ringfence.privacy.access import digest_of, new_secret, parse_token
from ringfence.privacy.ledger import Event
from ringfence.services.staff.errors import TokenRefused
from ringfence.services.staff.ports import World
from ringfence.services.staff.records import ApiToken

__all__ = ["Granted", "Issued", "ProviderTokens", "Scope", "TokenListed"]

_LABEL: Final = re.compile(r"[a-z][a-z0-9.-]{0,31}")
_LONGEST: Final = 730 * DAY  # two years: what is never renewed is never reviewed either
_NOTHING: Final = digest_of("")


class Scope(StrEnum):
    """What a token covers."""

    BILLING_READ = "billing:read"
    BILLING_WRITE = "billing:write"
    REQUESTS_READ = "requests:read"
    REQUESTS_WRITE = "requests:write"
    FIGURES_READ = "figures:read"
    NOTICES_READ = "notices:read"


@final
@dataclass(frozen=True, slots=True)
class Issued:
    """`token` is shown once; we keep a digest of its second half."""

    id: RowId
    token: str = field(repr=False)


@final
@dataclass(frozen=True, slots=True)
class Granted:
    """Whose system it is, and what it may."""

    provider: ProviderId
    token: RowId
    scopes: frozenset[Scope]


@final
@dataclass(frozen=True, slots=True)
class TokenListed:
    """A token as staff see it; `until` in epoch seconds."""

    id: RowId
    label: str
    scopes: tuple[Scope, ...]
    until: float


@final
class ProviderTokens:
    """One row a token."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def make(
        self, provider: ProviderId, label: str, scopes: Iterable[Scope], *, days: int, by: StaffId | None
    ) -> Issued:
        """Raises TokenRefused for a label or term that can't be."""
        covered = sorted(set(scopes))
        if not _LABEL.fullmatch(label) or not covered or not 0 < days * DAY <= _LONGEST:
            raise TokenRefused
        row, secret = RowId(new_id(self._world.randomness)), new_secret(self._world.randomness)
        made = ApiToken(
            id=row,
            provider=provider,
            digest=digest_of(secret),
            label=label,
            scopes=" ".join(covered),
            until=Deadline(self._world.clock.time() + days * DAY),
            made_by=by,
        )
        async with self._world.db.transaction() as unit:
            await unit.add(made)
            await self._note(unit, provider, Event.API_TOKEN_MADE, row, by)
        return Issued(row, f"{row}.{secret}")

    async def check(self, token: str, scope: Scope) -> Granted:
        """Who shows this token. Raises TokenRefused, which does not say whether it is unknown, over or too narrow."""
        parsed = parse_token(token)
        if parsed is None:
            raise TokenRefused(scope=scope.value)
        async with self._world.db.reading() as unit:
            found = await unit.get(ApiToken, RowId(parsed[0]))
        right = compare_digest(found.digest if found else _NOTHING, parsed[1])
        if not right or found is None or found.until <= self._world.clock.time():
            raise TokenRefused(scope=scope.value)
        covered = _scopes(found)
        if scope not in covered:
            raise TokenRefused(scope=scope.value)
        return Granted(found.provider, found.id, frozenset(covered))

    async def of(self, provider: ProviderId) -> list[TokenListed]:
        async with self._world.db.reading() as unit:
            found = await unit.select(ApiToken, provider=provider)
        return [TokenListed(each.id, each.label, _scopes(each), each.until) for each in found]

    async def revoke(self, provider: ProviderId, row: RowId, *, by: StaffId | None) -> bool:
        """At once; False where this provider has no such token."""
        async with self._world.db.transaction() as unit:
            gone = await unit.delete(ApiToken, id=row, provider=provider)
            if gone:
                await self._note(unit, provider, Event.API_TOKEN_REVOKED, row, by)
        return bool(gone)

    async def _note(self, unit: UnitOfWork, provider: ProviderId, event: Event, row: RowId, by: StaffId | None) -> None:
        if by is None:
            await self._world.ledger.append(unit, provider, event, token=row)
        else:
            await self._world.ledger.append(unit, provider, event, token=row, staff=by)


def _scopes(token: ApiToken) -> tuple[Scope, ...]:
    return tuple(Scope(name) for name in token.scopes.split())
