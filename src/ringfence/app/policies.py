"""What each provider's notice says about it, out of the configuration."""

from ringfence.identifiers import ProviderId
from ringfence.privacy.egress import MechanismTable
from ringfence.privacy.notices import NamedRecipient, ProviderPolicy
from ringfence.settings import ProviderSettings, RecipientSettings, Settings

__all__ = ["policies_of"]


def policies_of(settings: Settings) -> list[ProviderPolicy]:
    """One policy per provider; titles of mechanisms come from the mechanism table."""
    table = MechanismTable.load()
    return [_policy(provider, settings, table) for provider in settings.providers]


def _policy(provider: ProviderSettings, settings: Settings, table: MechanismTable) -> ProviderPolicy:
    return ProviderPolicy(
        id=ProviderId(provider.id),
        name=provider.name,
        controller=provider.controller,
        privacy_officer=provider.privacy_officer,
        supervisory_authority=provider.supervisory_authority,
        operator=provider.operator,
        country=provider.country,
        minimum_age=provider.minimum_age,
        recipients=tuple(_named(entry, table) for entry in provider.recipients),
        reachable_days=settings.installation.reachable_days,
    )


def _named(entry: RecipientSettings, table: MechanismTable) -> NamedRecipient:
    titles = [table.mechanisms[each.id].title for each in entry.mechanisms if each.id in table.mechanisms]
    return NamedRecipient(name=entry.name, country=entry.country, role=entry.role, mechanisms=tuple(titles))
