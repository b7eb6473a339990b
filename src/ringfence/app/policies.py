"""What each provider's notice says about it, out of the configuration, on the day it is read."""

import datetime as dt
from typing import final

from ringfence.app.recipients import adoption_of
from ringfence.clock import Clock, day_of
from ringfence.identifiers import ProviderId
from ringfence.privacy.egress import MechanismTable
from ringfence.privacy.notices import NamedRecipient, Notice, Notices, ProviderPolicy, Versions
from ringfence.settings import ProviderSettings, RecipientSettings, Settings

__all__ = ["TodaysNotices", "policies_of"]


@final
class TodaysNotices:
    """The texts of today: they change by themselves on the day on which a transfer mechanism begins or lapses."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._table = MechanismTable.load()
        self._day = day_of(clock.time())
        self._notices = Notices(policies_of(settings, self._table, self._day))

    def current(self, provider: ProviderId, language: str) -> Notice:
        return self._today().current(provider, language)

    def versions(self, provider: ProviderId) -> Versions:
        return self._today().versions(provider)

    def _today(self) -> Notices:
        day = day_of(self._clock.time())
        if day != self._day:
            self._day = day
            self._notices = Notices(policies_of(self._settings, self._table, day))
        return self._notices


def policies_of(settings: Settings, table: MechanismTable, day: dt.date) -> list[ProviderPolicy]:
    """One policy per provider, with the mechanisms that hold that day."""
    return [_policy(provider, settings, table, day) for provider in settings.providers]


def _policy(provider: ProviderSettings, settings: Settings, table: MechanismTable, day: dt.date) -> ProviderPolicy:
    return ProviderPolicy(
        id=ProviderId(provider.id),
        name=provider.name,
        controller=provider.controller,
        privacy_officer=provider.privacy_officer,
        supervisory_authority=provider.supervisory_authority,
        operator=provider.operator,
        country=provider.country,
        minimum_age=provider.minimum_age,
        recipients=tuple(_named(entry, table, day) for entry in provider.recipients),
        reachable_days=settings.installation.reachable_days,
    )


def _named(entry: RecipientSettings, table: MechanismTable, day: dt.date) -> NamedRecipient:
    titles = []
    for adoption in map(adoption_of, entry.mechanisms):
        mechanism = table.mechanisms[adoption.mechanism]  # the gate has refused unknown ones before
        interval = adoption.interval(mechanism)
        if interval is not None and interval[0] <= day < interval[1]:
            titles.append(mechanism.title)
    return NamedRecipient(name=entry.name, country=entry.country, role=entry.role, mechanisms=tuple(titles))
