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
    catalogues: Mapping[str, Catalogue], policy: ProviderPolicy, purpose: Purpose, language: str, partner: str, way: str
) -> ChoiceText:
    """In that language, which must be among the catalogues. `partner` is a name, `way` a key below `way`, or empty."""
    words = {name: _words(catalogue, policy, purpose, partner, way) for name, catalogue in catalogues.items()}
    version = hashlib.sha256(json.dumps(words, sort_keys=True).encode()).hexdigest()
    title, *asks, refusing = words[language]
    return ChoiceText(version, language, title, tuple(asks), refusing)


def _words(catalogue: Catalogue, policy: ProviderPolicy, purpose: Purpose, partner: str, way: str) -> list[str]:
    facts = {"name": policy.name, "officer": policy.privacy_officer}
    own = [catalogue.text(f"feature.{purpose.value}.{key}", **facts) for key in ("heading", "asks", "limits")]
    if partner:
        own.append(catalogue.text("feature.partner", partner=partner))
    if way:
        own.append(catalogue.text("feature.way", way=catalogue.text(f"way.{way}")))
    shared = [catalogue.text(key, **facts) for key in ("feature.off", "feature.changing")]
    return [*own, *shared, catalogue.text(f"feature.{purpose.value}.refusing", **facts)]
