"""What each provider's notice says about it, out of the configuration, and which of its texts hold today."""

import datetime as dt
from typing import final

from ringfence.app.people import Enrolled
from ringfence.app.recipients import adoption_of
from ringfence.clock import Clock, day_of
from ringfence.declarations import Purpose
from ringfence.identifiers import ProviderId, RecipientId
from ringfence.privacy.consent import Choice, ConsentText, Feature, NotOffered
from ringfence.privacy.egress import MechanismTable, Regime
from ringfence.privacy.law import Authority, Law
from ringfence.privacy.notices import (
    Activity,
    Edition,
    Editions,
    NamedRecipient,
    Notice,
    Notices,
    OwnParagraph,
    ProviderPolicy,
    Versions,
)
from ringfence.settings import ProviderSettings, RecipientSettings, Settings

__all__ = ["TodaysNotices", "policies_of"]


@final
class TodaysNotices:
    """The texts that hold today, for whoever comes new; what holds for somebody, `Announcements` tells.

    Drafts change by themselves on the day on which a transfer mechanism or a rule of law begins or lapses. With
    `editions` they are published by `refresh`, and what was published holds; without, the draft does.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        *,
        editions: Editions | None = None,
        people: Enrolled | None = None,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._editions = editions
        self._people = people
        self._table = MechanismTable.load()
        self._law = Law.load()
        self._partners = {
            (ProviderId(provider.id), RecipientId(each.id)): each.name
            for provider in settings.providers
            for each in provider.recipients
        }
        self._refreshed: dt.date | None = None
        self._day = day_of(clock.time())
        self._drafts = self._written()

    def current(self, provider: ProviderId, language: str) -> Notice:
        return self._holding(provider).in_language(language)

    def versions(self, provider: ProviderId) -> Versions:
        return self._holding(provider).versions

    def draft(self, provider: ProviderId) -> Edition:
        """What today's configuration would make of it, published or not."""
        return self._today().edition(provider)

    def consent_text(self, provider: ProviderId, choice: Choice, language: str) -> ConsentText:
        """Port `ConsentTexts` of the consents. Raises NotOffered, also for what is offered once a change holds."""
        if choice.feature.purpose not in self._holding(provider).policy.offers:
            raise NotOffered
        partner = self._partners.get((provider, choice.recipient), "") if choice.recipient else ""
        way = "" if choice.channel is None else choice.channel.value
        try:
            text = self._today().choice(provider, choice.feature.purpose, language, partner=partner, way=way)
        except KeyError:
            raise NotOffered from None
        return ConsentText(text.version, text.language, text.title, text.asks, text.refusing)

    async def refresh(self) -> None:
        """Publish what is new; once a day, and at the start. Cheap at any other time."""
        if self._editions is None:
            return
        drafts, day = self._today(), self._day
        if day == self._refreshed:
            return
        for provider in self._settings.providers:
            name = ProviderId(provider.id)
            anybody = self._people is None or await self._people.anybody(name)
            await self._editions.publish(name, drafts.edition(name), anybody=anybody)
        self._refreshed = day

    def _holding(self, provider: ProviderId) -> Edition:
        published = None if self._editions is None else self._editions.text_in_force(provider)
        return published or self._today().edition(provider)

    def _today(self) -> Notices:
        day = day_of(self._clock.time())
        if day != self._day:
            self._day = day
            self._drafts = self._written()
        return self._drafts

    def _written(self) -> Notices:
        return Notices(policies_of(self._settings, self._table, self._law, self._day))


def policies_of(settings: Settings, table: MechanismTable, law: Law, day: dt.date) -> list[ProviderPolicy]:
    """One policy per provider, with the mechanisms and the law of that day. Raises PolicyIncomplete."""
    days = settings.installation.reachable_days
    return [_policy(provider, days, table, law, day) for provider in settings.providers]


def _policy(
    provider: ProviderSettings, reachable_days: int, table: MechanismTable, law: Law, day: dt.date
) -> ProviderPolicy:
    rules = law.country(provider.country, day)
    return ProviderPolicy(
        id=ProviderId(provider.id),
        name=provider.name,
        controller=provider.controller,
        privacy_officer=provider.privacy_officer,
        supervisory_authority=provider.supervisory_authority or _address(rules.authority),
        operator=provider.operator,
        country=provider.country,
        hosted_in=provider.hosted_in,
        minimum_age=max(provider.minimum_age, rules.age.years),
        recipients=tuple(_named(entry, Regime(provider.regime), table, day) for entry in provider.recipients),
        reachable_days=reachable_days,
        offers=_offers(provider),
        operator_decides=tuple(map(Activity, provider.operator_decides)),
        paragraphs=_paragraphs(provider),
    )


def _address(authority: Authority) -> str:
    """How the directory of authorities names it and how it is reached."""
    return ", ".join(filter(None, (authority.name, authority.address, authority.mail, authority.url)))


def _offers(provider: ProviderSettings) -> tuple[Purpose, ...]:
    wanted = {*provider.features, *([Feature.MARKETING.value] if provider.marketing else [])}
    return tuple(feature.purpose for feature in Feature if feature.value in wanted)


def _paragraphs(provider: ProviderSettings) -> dict[str, tuple[OwnParagraph, ...]]:
    languages = dict.fromkeys(paragraph.language for paragraph in provider.paragraphs)
    return {
        language: tuple(
            OwnParagraph(each.heading, each.text) for each in provider.paragraphs if each.language == language
        )
        for language in languages
    }


def _named(entry: RecipientSettings, exporter: Regime, table: MechanismTable, day: dt.date) -> NamedRecipient:
    titles = []
    for adoption in map(adoption_of, entry.mechanisms):
        mechanism = table.mechanisms[adoption.mechanism]  # the gate has refused unknown ones before
        interval = adoption.interval(mechanism)
        if interval is not None and interval[0] <= day < interval[1]:
            titles.append(mechanism.title)
    return NamedRecipient(
        name=entry.name,
        country=entry.country,
        role=entry.role,
        mechanisms=tuple(titles),
        abroad=not table.at_home(exporter, entry.country),
    )
