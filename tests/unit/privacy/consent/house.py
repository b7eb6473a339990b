"""A kernel with consents on it: the words are made up, the rest is real."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from ringfence.clock import Clock
from ringfence.identifiers import CaseId, ProviderId, RecipientId, SubjectId
from ringfence.privacy.consent import (
    Channel,
    Choice,
    ConsentPolicy,
    Consents,
    ConsentSettings,
    ConsentText,
    Feature,
    Mandates,
    Shown,
    choices_of,
)
from ringfence.randomness import SystemRandomness
from tests.unit.privacy.installation import PROVIDER, Installation, installed, prepared

__all__ = [
    "CONTACTS",
    "EVERYTHING",
    "OURS",
    "PARTNER",
    "PARTNERS",
    "OneMandate",
    "Words",
    "consents_of",
    "opened",
    "shown",
]

PARTNER = RecipientId("cinema")
EVERYTHING = choices_of(list(Feature), partners=[PARTNER], channels=list(Channel))
CONTACTS = Choice(Feature.CONTACTS)
OURS = Choice(Feature.MARKETING, None, Channel.MAIL)
PARTNERS = Choice(Feature.MARKETING, PARTNER, Channel.MAIL)


class Words:
    """Texts whose version changes when told to."""

    def __init__(self) -> None:
        self.edition = 1

    def consent_text(self, provider: ProviderId, choice: Choice, language: str) -> ConsentText:
        version = hashlib.sha256(f"{choice} {self.edition}".encode()).hexdigest()
        spoken = language if language in {"en", "de"} else "en"
        return ConsentText(version, spoken, choice.feature.value, ("We would do this.",), "Nothing ends if you refuse.")


class OneMandate:
    """One case in which somebody may act for one person."""

    def __init__(self, subject: SubjectId, case: CaseId) -> None:
        self._known = subject, case

    async def holds(self, provider: ProviderId, subject: SubjectId, case: CaseId) -> bool:
        return (subject, case) == self._known


def shown(choice: Choice, words: Words | None = None, language: str = "en") -> Shown:
    """What the page showed."""
    text = (words or Words()).consent_text(PROVIDER, choice, language)
    return Shown(text.version, language)


def consents_of(
    house: Installation,
    *,
    words: Words | None = None,
    choices: tuple[Choice, ...] = EVERYTHING,
    mandates: Mandates | None = None,
    settings: ConsentSettings | None = None,
) -> Consents:
    return Consents(
        db=house.db,
        ledger=house.ledger,
        texts=words or Words(),
        policies=[ConsentPolicy(PROVIDER, choices, 16)],
        clock=house.clock,
        randomness=SystemRandomness(),
        mandates=mandates,
        settings=settings,
    )


async def is_ending(consents: Consents, subject: SubjectId) -> None:
    """Returns once a withdrawal has been said and waits."""
    for _ in range(10_000):
        if any(consent.ending for consent in await consents.of(PROVIDER, subject)):
            return
    raise AssertionError


@asynccontextmanager
async def opened(folder: Path, clock: Clock | None = None) -> AsyncIterator[tuple[Installation, SubjectId]]:
    """A kernel with one person."""
    async with installed(prepared(folder), clock) as house:
        yield house, await house.enrol()
