"""What consents ask of others."""

from dataclasses import dataclass
from typing import Protocol, final

from ringfence.identifiers import CaseId, ProviderId, SubjectId
from ringfence.privacy.consent.choice import Choice
from ringfence.privacy.consent.records import ConsentEvent

__all__ = ["ConsentHistory", "ConsentText", "ConsentTexts", "Mandates"]


@final
@dataclass(frozen=True, slots=True)
class ConsentText:
    """The words of one choice in one language.

    `version` is a SHA-256 in hex over the words in all languages. `asks` says what would be done, `refusing` what a no
    means, so that both are read before either is said (ZOI-08).
    """

    version: str
    language: str
    title: str
    asks: tuple[str, ...]
    refusing: str


class ConsentTexts(Protocol):
    """Who writes the words; the notices do."""

    def consent_text(self, provider: ProviderId, choice: Choice, language: str) -> ConsentText:
        """The words that hold now, in that language or the nearest we speak."""
        ...


class Mandates(Protocol):
    """Who knows whether somebody may act for somebody; the requests do."""

    async def holds(self, provider: ProviderId, subject: SubjectId, case: CaseId) -> bool:
        """Whether the case holds a mandate, accepted by staff and not ended, to act for the person."""
        ...


class ConsentHistory(Protocol):
    """Who knows a person's acts; `Consents` does."""

    async def history(self, subject: SubjectId) -> list[ConsentEvent]:
        """Every act, oldest first."""
        ...
