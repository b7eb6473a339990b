"""The current texts of all providers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Final, final

from ringfence.declarations import REGISTRY, Registry
from ringfence.errors import PeerFault
from ringfence.identifiers import ProviderId
from ringfence.privacy.notices.catalogue import DEFAULT, Catalogue, languages
from ringfence.privacy.notices.draft import Draft
from ringfence.privacy.notices.policy import ProviderPolicy
from ringfence.privacy.notices.text import Notice, Versions, digest

__all__ = ["CATALOGUES", "Notices", "UnknownProvider"]

CATALOGUES: Final = files("ringfence.privacy.notices") / "catalogue"


class UnknownProvider(PeerFault):
    """There is no provider of that name here."""

    code = "unknown_provider"
    http_status = 404


@final
@dataclass(frozen=True, slots=True)
class _Written:
    versions: Versions
    by_language: Mapping[str, Notice]


@final
class Notices:
    """The current notice and terms of each provider; written when first asked for, once everything is declared."""

    def __init__(self, policies: Iterable[ProviderPolicy], *, registry: Registry = REGISTRY) -> None:
        self._policies = {policy.id: policy for policy in policies}
        self._registry = registry
        self._catalogues = [Catalogue.load(CATALOGUES, language) for language in languages(CATALOGUES)]
        self._written: dict[ProviderId, _Written] = {}

    def versions(self, provider: ProviderId) -> Versions:
        """Raises UnknownProvider."""
        return self._of(provider).versions

    def current(self, provider: ProviderId, language: str) -> Notice:
        """In that language, or in English where we don't speak it. Raises UnknownProvider."""
        notices = self._of(provider).by_language
        return notices.get(language, notices[DEFAULT])

    def _of(self, provider: ProviderId) -> _Written:
        if provider not in self._policies:
            raise UnknownProvider(provider=provider)
        if provider not in self._written:
            self._written[provider] = self._write(self._policies[provider])
        return self._written[provider]

    def _write(self, policy: ProviderPolicy) -> _Written:
        drafts = [Draft(catalogue, policy, self._registry) for catalogue in self._catalogues]
        versions = Versions(
            notice=digest({draft.language: draft.notice for draft in drafts}),
            terms=digest({draft.language: draft.terms for draft in drafts}),
        )
        return _Written(versions, {draft.language: _notice(draft, versions) for draft in drafts})


def _notice(draft: Draft, versions: Versions) -> Notice:
    return Notice(
        language=draft.language,
        notice_version=versions.notice,
        terms_version=versions.terms,
        title=draft.title,
        notice=draft.notice,
        terms=draft.terms,
        bound=draft.bound,
    )
