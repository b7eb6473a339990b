"""The texts of all providers as they would be today."""

from collections.abc import Iterable
from typing import final

from ringfence.declarations import REGISTRY, Purpose, Registry
from ringfence.identifiers import ProviderId
from ringfence.privacy.notices.catalogue import DEFAULT, languages
from ringfence.privacy.notices.choice import ChoiceText, choice_text
from ringfence.privacy.notices.differences import CATALOGUES, catalogue
from ringfence.privacy.notices.draft import Draft
from ringfence.privacy.notices.edition import Edition
from ringfence.privacy.notices.errors import UnknownProvider
from ringfence.privacy.notices.policy import ProviderPolicy
from ringfence.privacy.notices.snapshot import snapshot
from ringfence.privacy.notices.text import Notice, Versions, digest

__all__ = ["Notices"]


@final
class Notices:
    """Each provider's notice and terms out of policy and data map; written when first asked for.

    These are drafts until they are published (`Editions`): what holds for somebody is an edition that was stored.
    """

    def __init__(self, policies: Iterable[ProviderPolicy], *, registry: Registry = REGISTRY) -> None:
        self._policies = {policy.id: policy for policy in policies}
        self._registry = registry
        self._catalogues = {name: catalogue(name) for name in languages(CATALOGUES)}
        self._written: dict[ProviderId, Edition] = {}

    def versions(self, provider: ProviderId) -> Versions:
        """Raises UnknownProvider."""
        return self.edition(provider).versions

    def current(self, provider: ProviderId, language: str) -> Notice:
        """In that language, or in English where we don't speak it. Raises UnknownProvider."""
        return self.edition(provider).in_language(language)

    def edition(self, provider: ProviderId) -> Edition:
        """Everything that would be stored if it were published. Raises UnknownProvider."""
        policy = self._policy(provider)
        if provider not in self._written:
            self._written[provider] = self._write(policy)
        return self._written[provider]

    def choice(
        self, provider: ProviderId, purpose: Purpose, language: str, *, partner: str = "", way: str = ""
    ) -> ChoiceText:
        """The words of a feature that is off until agreed to: of one partner and one way, where there are several.

        Raises UnknownProvider, or KeyError for what is not offered or a way that we have no word for.
        """
        policy = self._policy(provider)
        if purpose not in policy.offers:
            raise KeyError(purpose.value)
        spoken = language if language in self._catalogues else DEFAULT
        return choice_text(self._catalogues, policy, purpose, spoken, partner, way)

    def _policy(self, provider: ProviderId) -> ProviderPolicy:
        if provider not in self._policies:
            raise UnknownProvider(provider=provider)
        return self._policies[provider]

    def _write(self, policy: ProviderPolicy) -> Edition:
        drafts = [Draft(catalogue, policy, self._registry) for catalogue in self._catalogues.values()]
        versions = Versions(
            notice=digest({draft.language: draft.notice for draft in drafts}),
            terms=digest({draft.language: draft.terms for draft in drafts}),
        )
        texts = {draft.language: _notice(draft, versions) for draft in drafts}
        return Edition(policy=policy, versions=versions, texts=texts, map=snapshot(self._registry, policy))


def _notice(draft: Draft, versions: Versions) -> Notice:
    return Notice(
        language=draft.language,
        notice_version=versions.notice,
        terms_version=versions.terms,
        title=draft.title,
        notice_title=draft.notice_title,
        terms_title=draft.terms_title,
        notice=draft.notice,
        terms=draft.terms,
    )
