"""The words of a choice: those of its feature, with towards whom and by which way."""

import hashlib
import json
from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import Final, Protocol, final

from ringfence.declarations import Purpose
from ringfence.identifiers import ProviderId, RecipientId
from ringfence.privacy.consent.choice import Choice
from ringfence.privacy.consent.errors import NotOffered
from ringfence.privacy.consent.ports import ConsentText
from ringfence.privacy.notices import Catalogue, ChoiceText, languages

__all__ = ["WORDS", "ChoiceWords", "FeatureWords"]

WORDS: Final = files("ringfence.privacy.consent") / "words"


class FeatureWords(Protocol):
    """Who writes the words of a feature; `Notices` does."""

    def choice(self, provider: ProviderId, purpose: Purpose, language: str) -> ChoiceText:
        """Raises KeyError if the provider does not offer it."""
        ...


@final
class ChoiceWords:
    """The port `ConsentTexts`. `partners` are names of recipients, by id."""

    def __init__(self, features: FeatureWords, partners: Callable[[ProviderId], Mapping[RecipientId, str]]) -> None:
        self._features = features
        self._partners = partners
        self._catalogues = {name: Catalogue.load(WORDS, name) for name in languages(WORDS)}

    def consent_text(self, provider: ProviderId, choice: Choice, language: str) -> ConsentText:
        """In that language, or the one in which the feature's words are there. Raises NotOffered."""
        try:
            feature = self._features.choice(provider, choice.purpose, language)
            partner = "" if choice.recipient is None else self._partners(provider)[choice.recipient]
        except KeyError:
            raise NotOffered from None
        added = {name: self._added(catalogue, choice, partner) for name, catalogue in self._catalogues.items()}
        words = json.dumps([feature.version, added], sort_keys=True)
        return ConsentText(
            version=hashlib.sha256(words.encode()).hexdigest(),
            language=feature.language,
            title=feature.title,
            asks=(*feature.asks, *added[feature.language]),
            refusing=feature.refusing,
        )

    @staticmethod
    def _added(catalogue: Catalogue, choice: Choice, partner: str) -> tuple[str, ...]:
        towards = () if choice.recipient is None else (catalogue.text("partner", partner=partner),)
        by = () if choice.channel is None else (catalogue.text(f"channel.{choice.channel.value}"),)
        return (*towards, *by)
