"""Signing in (port `Door`)."""

from collections.abc import Sequence
from typing import final

from ringfence.app.signin import SigningIn
from ringfence.identifiers import ProviderId, RowId
from ringfence.privacy.access import Session
from ringfence.web.portal import PasskeyShown, Question

__all__ = ["PortalDoor"]


@final
class PortalDoor:
    """Over sign-in, its sessions and its passkeys."""

    def __init__(self, signing: SigningIn) -> None:
        self._signing = signing

    def who(self, session: str) -> Session | None:
        return self._signing.sessions.get(session)

    def leave(self, session: str) -> None:
        self._signing.sessions.end(session)

    async def by_password(self, address: str, auth_user: str, password: str, source: str) -> str:
        return (await self._signing.sign_in.by_password(address, auth_user, password, source)).id

    async def ask_pin(self, provider: ProviderId, number: str, source: str, language: str) -> str:
        return (await self._signing.sign_in.ask_pin(provider, number, source, language=language)).ticket

    async def by_pin(self, ticket: str, pin: str, source: str) -> str:
        return (await self._signing.sign_in.by_pin(ticket, pin, source)).id

    def passkey_question(self, provider: ProviderId) -> Question:
        return Question(*self._signing.passkeys.ask(provider))

    async def by_passkey(self, ticket: str, answer: str, source: str) -> str:
        return (await self._signing.passkeys.sign_in(ticket, answer, source)).id

    async def passkeys(self, person: Session) -> Sequence[PasskeyShown]:
        return [PasskeyShown(each.id, each.name) for each in await self._signing.passkeys.of(person)]

    async def passkey_offer(self, person: Session, name: str) -> Question:
        return Question(*await self._signing.passkeys.begin(person, name))

    async def add_passkey(self, person: Session, ticket: str, answer: str, name: str) -> None:
        await self._signing.passkeys.add(person, ticket, answer, name)

    async def remove_passkey(self, person: Session, passkey: str) -> None:
        await self._signing.passkeys.remove(person, RowId(passkey))
