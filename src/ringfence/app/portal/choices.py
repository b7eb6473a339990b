"""Consents as switches (port `Choices`)."""

from collections.abc import Sequence
from typing import final

import msgspec

from ringfence.app.portal.holdings import PACKAGE
from ringfence.identifiers import RowId
from ringfence.privacy.access import Session
from ringfence.privacy.consent import Act, Choice, Consents, ConsentText, NotOffered, Offer, Receipts, Shown
from ringfence.privacy.datamap import said
from ringfence.web import portal
from ringfence.web.look import Words

__all__ = ["PortalChoices"]


@final
class PortalChoices:
    def __init__(self, consents: Consents, receipts: Receipts) -> None:
        self._consents = consents
        self._receipts = receipts

    async def of(self, person: Session, language: str, *, gpc: bool) -> Sequence[portal.Choice]:
        offers = await self._consents.offers(person.provider, person.subject, language, gpc=gpc)
        return [_shown(offer, language) for offer in offers]

    async def age_asked(self, person: Session) -> int | None:
        if await self._consents.old_enough(person.subject):
            return None
        return self._consents.age(person.provider)

    async def give(
        self, person: Session, key: str, *, version: str, language: str, old_enough: bool, gpc: bool
    ) -> None:
        await self._consents.give(
            person.provider,
            person.subject,
            await self._choice(person, key),
            shown=Shown(version, language),
            act=Act.SWITCH,
            old_enough=old_enough,
            gpc=gpc,
        )

    async def withdraw(self, person: Session, key: str) -> None:
        choice = await self._choice(person, key)
        await self._consents.withdraw(person.provider, person.subject, choice, act=Act.SWITCH)

    async def withdraw_all(self, person: Session) -> None:
        await self._consents.withdraw(person.provider, person.subject, act=Act.SWITCH)

    async def receipt(self, person: Session, receipt: str) -> bytes:
        """Raises NotOffered for another's."""
        found = await self._receipts.receipt(person.provider, person.subject, RowId(receipt))
        return msgspec.json.format(msgspec.json.encode(found))

    async def _choice(self, person: Session, key: str) -> Choice:
        """Raises NotOffered."""
        known = await self._consents.of(person.provider, person.subject)
        for each in known:
            if each.choice.key == key:
                return each.choice
        raise NotOffered


def _shown(offer: Offer, language: str) -> portal.Choice:
    """What is no longer asked for has no words; what it was for is said, and it can still be switched off."""
    consent, words = offer.consent, Words(PACKAGE, language)
    text = offer.text or ConsentText("", language, said(consent.choice.purpose, language), (words("choices.over"),), "")
    return portal.Choice(
        key=consent.choice.key,
        title=text.title,
        asks=text.asks,
        refusing=text.refusing,
        given=consent.given,
        since=consent.since,
        version=text.version,
        language=text.language,
        offered=consent.offered,
        ending=consent.ending,
        receipt=consent.event or "",
    )
