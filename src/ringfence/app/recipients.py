"""Recipients and gates, out of the configuration: one gate per provider, since contracts and places are its own."""

import datetime as dt
from collections.abc import Iterator
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
from ringfence.senders.apns import APNS_ACCESS, PRODUCTION, SANDBOX
from ringfence.senders.fcm import FCM_ACCESS, FcmSettings
from ringfence.senders.mail import ANNOUNCEMENT_BY_MAIL, ANSWER_BY_MAIL, NOTICE_BY_MAIL, STAFF_BY_MAIL
from ringfence.services.calls.records import CALL_TO_PBX
from ringfence.services.reachability.records import REGISTER_UPSTREAM
from ringfence.services.signin import PIN_BY_SIP, PIN_BY_SMS
from ringfence.services.wake import PUSH_TO_CHOSEN, PUSH_TO_DEVICE, PUSH_WITH_CALL_ID
from ringfence.settings import (
    ApnsFileSettings,
    ConfigurationUnusable,
    MechanismSettings,
    ProviderSettings,
    RecipientSettings,
    UpstreamFileSettings,
)

__all__ = ["adoption_of", "apple_url", "chosen_push_service", "gate_of", "mail_recipient", "pbx_recipient"]

_TO_PBX: Final = frozenset({REGISTER_UPSTREAM.name, CALL_TO_PBX.name, PIN_BY_SIP.name})
_PUSHES: Final = frozenset({PUSH_TO_DEVICE.name, PUSH_WITH_CALL_ID.name})
_SUBSCRIBED: Final = frozenset({PUSH_TO_DEVICE.name, PUSH_TO_CHOSEN.name})
_MAILS: Final = frozenset({ANSWER_BY_MAIL.name, ANNOUNCEMENT_BY_MAIL.name, STAFF_BY_MAIL.name, NOTICE_BY_MAIL.name})


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
    chosen = [_chosen(CHOSEN_CONTROLLER, provider, TRANSMIT.name)]
    if any(app.push == "unifiedpush" for app in provider.apps):
        chosen.append(_chosen(chosen_push_service(provider), provider, PUSH_TO_CHOSEN.name, called="UnifiedPush"))
    return Gate(
        [*recipients, *own, *chosen],
        table,
        clock,
        places=provider.places or None,
        disclosures=disclosures,
        settings=EgressSettings(ca_file=provider.authority_file or None),
    )


def _recipient(entry: RecipientSettings, provider: ProviderSettings, projects: dict[str, FcmSettings]) -> Recipient:
    used = list(_pushing(entry.id, provider, projects))
    flows = frozenset[str]().union(*(carried for carried, _ in used))
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
        origins=(*entry.origins,) or (*texts, *(origin for _, places in used for origin in places)),
    )


def _pushing(
    recipient: str, provider: ProviderSettings, projects: dict[str, FcmSettings]
) -> Iterator[tuple[frozenset[str], list[str]]]:
    """What a recipient gets to wake phones, and where."""
    for name, project in provider.fcm.items():
        if project.recipient == recipient:
            yield _PUSHES | {FCM_ACCESS.name}, _origins(projects[name])
    for entry in provider.apns.values():
        if entry.recipient == recipient:
            yield _PUSHES | {APNS_ACCESS.name}, [_origin(apple_url(entry))]
    if provider.webpush and recipient in provider.webpush.recipients:
        yield _SUBSCRIBED, []
    if provider.acrobits and provider.acrobits.recipient == recipient:
        yield frozenset({PUSH_TO_DEVICE.name}), [_origin(provider.acrobits.base_url)]


def apple_url(entry: ApnsFileSettings) -> str:
    """Where Apple takes this app's pushes."""
    return entry.base_url or (SANDBOX if entry.sandbox else PRODUCTION)


def chosen_push_service(provider: ProviderSettings) -> RecipientId:
    """Under which the gate knows whatever push server a person names (UnifiedPush)."""
    return RecipientId(f"chosen-push-service:{provider.id}")


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


def _chosen(name: RecipientId, provider: ProviderSettings, flow: str, *, called: str = "") -> Recipient:
    """Whom a person names: another controller (Art. 20(2)), their push service. Their own act, so it goes anywhere."""
    return Recipient(
        id=name,
        name=called,
        role=LegalRole.PERSON,
        country=provider.country,
        exporter=Regime(provider.regime),
        flows=frozenset({flow}),
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
