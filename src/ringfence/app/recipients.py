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
from ringfence.privacy.packages import CHOSEN_CONTROLLER, TRANSMIT
from ringfence.senders.fcm import FCM_ACCESS, FcmSettings
from ringfence.senders.mail import ANNOUNCEMENT_BY_MAIL, ANSWER_BY_MAIL, STAFF_BY_MAIL
from ringfence.services.calls.records import CALL_TO_PBX
from ringfence.services.reachability.records import REGISTER_UPSTREAM
from ringfence.services.signin import PIN_BY_SIP, PIN_BY_SMS
from ringfence.services.wake import PUSH_TO_DEVICE
from ringfence.settings import (
    ConfigurationUnusable,
    MechanismSettings,
    ProviderSettings,
    RecipientSettings,
    UpstreamFileSettings,
)

__all__ = ["adoption_of", "gate_of", "mail_recipient", "pbx_recipient"]

_TO_PBX: Final = frozenset({REGISTER_UPSTREAM.name, CALL_TO_PBX.name, PIN_BY_SIP.name})
_MAILS: Final = frozenset({ANSWER_BY_MAIL.name, ANNOUNCEMENT_BY_MAIL.name, STAFF_BY_MAIL.name})


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
    if provider.mail and not provider.mail.recipient:
        own.append(_own(mail_recipient(provider), provider, _MAILS))
    return Gate(
        [*recipients, *own, _chosen(provider)],
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
    if provider.mail and provider.mail.recipient == entry.id:
        flows |= _MAILS
    texts = [_origin(provider.sms.url)] if provider.sms and provider.sms.recipient == entry.id else []
    if texts:
        flows |= {PIN_BY_SMS.name}
    return Recipient(
        id=RecipientId(entry.id),
        name=entry.name,
        role=LegalRole(entry.role),
        country=entry.country,
        exporter=Regime(provider.regime),
        flows=flows,
        contract=entry.contract,
        mechanisms=tuple(adoption_of(each) for each in entry.mechanisms),
        origins=(*entry.origins,) or (*texts, *(origin for project in used for origin in _origins(project))),
    )


def pbx_recipient(upstream: UpstreamFileSettings) -> RecipientId:
    """Who receives what goes to this PBX."""
    return RecipientId(upstream.recipient or f"pbx:{upstream.id}")


def mail_recipient(provider: ProviderSettings) -> RecipientId:
    """Who receives the provider's mails first: whoever runs its relay."""
    return RecipientId((provider.mail.recipient if provider.mail else "") or f"mail:{provider.id}")


def _own_pbx(upstream: UpstreamFileSettings, provider: ProviderSettings) -> Recipient:
    return _own(pbx_recipient(upstream), provider, _TO_PBX)


def _own(name: RecipientId, provider: ProviderSettings, flows: frozenset[str]) -> Recipient:
    """The controller's own PBX or relay: a place like any other for the question whether data may go there."""
    return Recipient(
        id=name,
        name=provider.name,
        role=LegalRole.CONTROLLER,
        country=provider.country,
        exporter=Regime(provider.regime),
        flows=flows,
    )


def _chosen(provider: ProviderSettings) -> Recipient:
    """Another controller whom a person names and confirms: their own act, so it goes wherever they are (Art. 20(2))."""
    return Recipient(
        id=CHOSEN_CONTROLLER,
        name="",
        role=LegalRole.PERSON,
        country=provider.country,
        exporter=Regime(provider.regime),
        flows=frozenset({TRANSMIT.name}),
        user_given=True,
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
