"""Notices and terms, as they are, were and would be."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, final

from ringfence.identifiers import ProviderId
from ringfence.privacy.notices import Difference, Notice

__all__ = ["Coming", "PublicationShown", "Texts"]


@final
@dataclass(frozen=True, slots=True)
class PublicationShown:
    """An edition that was published; `holds_from` in epoch seconds."""

    number: int
    version: str
    published: float
    holds_from: float
    announced: bool


@final
@dataclass(frozen=True, slots=True)
class Coming:
    """How the newest texts differ from those in force. `holds_from` None: not published yet."""

    differences: Sequence[Difference]
    holds_from: float | None


class Texts(Protocol):
    """Notices and terms."""

    @property
    def languages(self) -> Sequence[str]: ...

    async def preview(self, provider: ProviderId, language: str) -> Notice:
        """As they would be published today."""
        ...

    async def published(self, provider: ProviderId) -> Sequence[PublicationShown]:
        """The newest first."""
        ...

    async def coming(self, provider: ProviderId, language: str) -> Coming | None:
        """None where nothing differs."""
        ...

    async def publish(self, provider: ProviderId) -> bool:
        """Publish today's texts; False where they are published already. Who has to be told is told."""
        ...
