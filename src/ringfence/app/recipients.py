"""Recipients and gates, out of the configuration: one gate per provider, since contracts and places are its own."""

import datetime as dt
from typing import Final
from urllib.parse import urlsplit

from ringfence.clock import Clock
from ringfence.identifiers import RecipientId
from ringfence.privacy.egress import (
    Adoption,
    DisclosureLog,
    EgressSettings,
    Gate,
    LegalRole,
    MechanismTable,
    Recipient,
    Regime,
)
from ringfence.senders.fcm import FCM_ACCESS, FcmSettings
from ringfence.services.calls.records import CALL_TO_PBX
from ringfence.services.reachability.records import REGISTER_UPSTREAM
from ringfence.services.wake import PUSH_TO_DEVICE
from ringfence.settings import (
    ConfigurationUnusable,
    MechanismSettings,
    ProviderSettings,
    RecipientSettings,
    UpstreamFileSettings,
)

__all__ = ["adoption_of", "gate_of", "pbx_recipient"]

_TO_PBX: Final = frozenset({REGISTER_UPSTREAM.name, CALL_TO_PBX.name})


def gate_of(
    provider: ProviderSettings,
    projects: dict[str, FcmSettings],
    table: MechanismTable,
    clock: Clock,
    disclosures: DisclosureLog,
) -> Gate:
    """The provider's gate. `projects` are its FCM projects by name. Raises what is wrong with a recipient."""
    recipients = [_recipient(each, provider, projects) for each in provider.recipients]
    own = [_own_pbx(each, provider) for each in provider.upstreams if not each.recipient]
    return Gate(
        [*recipients, *own],
        table,
        clock,
        places=provider.places or None,
        disclosures=disclosures,
        settings=EgressSettings(ca_file=provider.authority_file or None),
    )


def _recipient(entry: RecipientSettings, provider: ProviderSettings, projects: dict[str, FcmSettings]) -> Recipient:
    used = [projects[name] for name, project in provider.fcm.items() if project.recipient == entry.id]
    flows = frozenset({PUSH_TO_DEVICE.name, FCM_ACCESS.name}) if used else frozenset[str]()
    if any(upstream.recipient == entry.id for upstream in provider.upstreams):
        flows |= _TO_PBX
    return Recipient(
        id=RecipientId(entry.id),
        name=entry.name,
        role=LegalRole(entry.role),
        country=entry.country,
        exporter=Regime(provider.regime),
        flows=flows,
        contract=entry.contract,
        mechanisms=tuple(adoption_of(each) for each in entry.mechanisms),
        origins=tuple(entry.origins) or tuple(origin for project in used for origin in _origins(project)),
    )


def pbx_recipient(upstream: UpstreamFileSettings) -> RecipientId:
    """Who receives what goes to this PBX."""
    return RecipientId(upstream.recipient or f"pbx:{upstream.id}")


def _own_pbx(upstream: UpstreamFileSettings, provider: ProviderSettings) -> Recipient:
    """The controller's own PBX: a place like any other for the question whether data may go there."""
    return Recipient(
        id=pbx_recipient(upstream),
        name=provider.name,
        role=LegalRole.CONTROLLER,
        country=provider.country,
        exporter=Regime(provider.regime),
        flows=_TO_PBX,
    )


def _origins(project: FcmSettings) -> list[str]:
    return [_origin(project.base_url), _origin(project.account.token_uri)]


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def adoption_of(entry: MechanismSettings) -> Adoption:
    """A mechanism that was concluded, as the gate knows it. Raises ConfigurationUnusable where a date is none."""
    until = _day(entry.until) if entry.until else None
    return Adoption(
        mechanism=entry.id,
        since=_day(entry.since),
        until=until + dt.timedelta(days=1) if until else None,  # the file names the last day, the table the first after
        document=entry.document,
    )


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise ConfigurationUnusable(problem=f"not an ISO date: {text!r}") from None
