"""The words of one feature that is off until somebody agrees to it (APP-05)."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

from ringfence.declarations import Purpose
from ringfence.privacy.notices.catalogue import Catalogue
from ringfence.privacy.notices.policy import ProviderPolicy

__all__ = ["ChoiceText", "choice_text"]

_ASKS = ("feature.off", "feature.{}.asks", "feature.{}.limits", "feature.changing")


@final
@dataclass(frozen=True, slots=True)
class ChoiceText:
    """What is asked, and what a no means, to be read before either is said (ZOI-08).

    `version` is a SHA-256 in hex over the words in all languages.
    """

    version: str
    language: str
    title: str
    asks: tuple[str, ...]
    refusing: str


def choice_text(
    catalogues: Mapping[str, Catalogue], policy: ProviderPolicy, purpose: Purpose, language: str
) -> ChoiceText:
    """In that language, which must be among the catalogues."""
    words = {name: _words(catalogue, policy, purpose) for name, catalogue in catalogues.items()}
    version = hashlib.sha256(json.dumps(words, sort_keys=True).encode()).hexdigest()
    title, *asks, refusing = words[language]
    return ChoiceText(version, language, title, tuple(asks), refusing)


def _words(catalogue: Catalogue, policy: ProviderPolicy, purpose: Purpose) -> list[str]:
    keys = ("feature.{}.heading", *_ASKS, "feature.{}.refusing")
    facts = {"name": policy.name, "officer": policy.privacy_officer}
    return [catalogue.text(key.format(purpose.value), **facts) for key in keys]
