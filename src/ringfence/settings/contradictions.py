"""What each key's type allows, and its meaning, or all of them together, do not."""

import datetime as dt
import ipaddress
from collections.abc import Iterable, Iterator

from ringfence.privacy.consent import Channel, Feature
from ringfence.privacy.notices import Activity
from ringfence.privacy.requests.policy import GIVING
from ringfence.settings.address import address_of
from ringfence.settings.file import ProviderSettings, Settings
from ringfence.settings.pushing import AppSettings

__all__ = ["contradictions"]


def contradictions(settings: Settings) -> Iterator[str]:
    """What each key's type allows and its meaning, or all together, don't."""
    yield from _unusable_addresses(settings)
    yield from _unusable_faces(settings)
    providers = settings.providers
    yield from _doubled("providers", [provider.id for provider in providers])
    yield from _doubled("providers.upstreams", [each.id for provider in providers for each in provider.upstreams])
    yield from _doubled("providers.recipients", [each.id for provider in providers for each in provider.recipients])
    yield from _doubled("providers.apps", [each.id for provider in providers for each in provider.apps])
    yield from _doubled(
        "providers.upstreams domain", [each.domain for provider in providers for each in provider.upstreams]
    )
    yield from _doubled("recipient of pushes", [name for provider in providers for _, name in _push_services(provider)])
    for provider in providers:
        problems = (*_unknown_names(provider), *_unusable_words(provider), *_shared_realms(provider, settings))
        yield from (f"providers.{provider.id}.{problem}" for problem in problems)


def _unknown_names(provider: ProviderSettings) -> Iterator[str]:
    """What refers to an entry that is not there."""
    recipients = {recipient.id for recipient in provider.recipients}
    for key, recipient in _used_recipients(provider):
        if recipient and recipient not in recipients:
            yield f"{key}: no recipient is called {recipient!r}"
    for app in provider.apps:
        yield from (f"apps.{app.id}: {problem}" for problem in _unreachable(app, provider))
    for entry in provider.recipients:
        if provider.webpush and entry.id in provider.webpush.recipients and not entry.origins:
            yield f"recipients.{entry.id}: a push service of browsers needs its places in origins"


def _unreachable(app: AppSettings, provider: ProviderSettings) -> Iterator[str]:
    """Why an app could not be pushed."""
    subscribed = app.push in {"webpush", "unifiedpush"}
    if app.push == "fcm" and app.fcm not in provider.fcm:
        yield f"no FCM project is called {app.fcm!r}"
    if app.push == "apns" and app.apns not in provider.apns:
        yield f"no APNs key is called {app.apns!r}"
    if subscribed and provider.webpush is None:
        yield f"{app.push} needs webpush"
    if app.push == "webpush" and provider.webpush and not provider.webpush.recipients:
        yield "webpush.recipients: empty"
    if app.push == "acrobits" and provider.acrobits is None:
        yield "acrobits needs the push mediator"
    if (app.push == "acrobits") != (app.profile == "acrobits"):
        yield "builds of Acrobits are pushed by Acrobits, and nobody else is"
    if subscribed and app.profile == "linphone":
        yield f"Linphone has no {app.push}"


def _push_services(provider: ProviderSettings) -> Iterator[tuple[str, str]]:
    yield from ((f"fcm.{name}", project.recipient) for name, project in provider.fcm.items())
    yield from ((f"apns.{name}", entry.recipient) for name, entry in provider.apns.items())
    yield from (("webpush.recipients", name) for name in (provider.webpush.recipients if provider.webpush else ()))
    if provider.acrobits:
        yield "acrobits", provider.acrobits.recipient


def _shared_realms(provider: ProviderSettings, settings: Settings) -> Iterator[str]:
    for upstream in provider.upstreams:
        if upstream.domain == settings.devices.realm:
            yield f"upstreams.{upstream.id}: devices.realm must differ from its domain"


def _used_recipients(provider: ProviderSettings) -> Iterator[tuple[str, str]]:
    """Who wakes phones, runs a PBX, brings mails and texts, or may be said yes to: each has an entry of its own."""
    yield from _push_services(provider)
    yield from ((f"upstreams.{upstream.id}", upstream.recipient) for upstream in provider.upstreams)
    if provider.mail:
        yield "mail.recipient", provider.mail.recipient
    if provider.sms:
        yield "sms.recipient", provider.sms.recipient
    for partner in provider.marketing.partners if provider.marketing else ():
        yield "marketing.partners", partner


def _unusable_words(provider: ProviderSettings) -> Iterator[str]:
    """Words out of lists that the kernel knows, and figures that mean a day of the year."""
    marketing = provider.marketing
    known: dict[str, tuple[list[str], Iterable[str]]] = {
        "features": (provider.features, (each.value for each in Feature if each is not Feature.MARKETING)),
        "marketing.channels": (marketing.channels if marketing else [], Channel),
        "operator_decides": (provider.operator_decides, Activity),
        "requests.automatic": (provider.requests.automatic, GIVING),
    }
    for key, (said, words) in known.items():
        allowed = sorted(words)
        yield from (f"{key}: {word!r} is none of {', '.join(allowed)}" for word in said if word not in allowed)
    month, _, day = provider.financial_year_end.partition("-")
    try:
        dt.date(2023, int(month), int(day))
    except ValueError:
        yield f"financial_year_end: {provider.financial_year_end!r} is no day of every year"
    if marketing and not marketing.channels:
        yield "marketing.channels: empty"
    if provider.pin == "sms" and provider.sms is None:
        yield "pin: sms needs the text message service"


def _unusable_addresses(settings: Settings) -> Iterator[str]:
    """Where to listen needs a port, for phones and PBXs to find it again; whom to trust needs to be an address."""
    devices, pbx_side = settings.devices, settings.pbx_side
    listening = [("http.listen", settings.http.listen), ("devices.listen", devices.listen)]
    listening += [("devices.also", listen) for listen in devices.also]
    listening += [("devices.plain", devices.plain)] if devices.plain else []
    listening += [("pbx_side.listen", pbx_side.listen), *(("pbx_side.also", face.listen) for face in pbx_side.also)]
    listening += [("pbx_side.resolver", pbx_side.resolver)] if pbx_side.resolver else []
    for provider in settings.providers:
        where = f"providers.{provider.id}.upstreams"
        listening += [
            (f"{where}.{each.id}.advertised", each.advertised) for each in provider.upstreams if each.advertised
        ]
    for name, listen in listening:
        if not address_of(listen)[1]:
            yield f"{name}: no port in {listen!r}"
    trusted = {
        "http.trusted_proxies": settings.http.trusted_proxies,
        "devices.plain_from": devices.plain_from,
    }
    for provider in settings.providers:
        for upstream in provider.upstreams:
            trusted[f"providers.{provider.id}.upstreams.{upstream.id}.sources"] = upstream.sources
    for where, texts in trusted.items():
        for text in texts:
            if not _is_network(text):
                yield f"{where}: not an address or network: {text!r}"


def _unusable_faces(settings: Settings) -> Iterator[str]:
    """One address of a kind towards PBXs, since a PBX is told one; and one for TLS where a PBX wants that."""
    side = settings.pbx_side
    kinds = [(False, _version(side.listen)), *((face.tls, _version(face.listen)) for face in side.also)]
    if len(set(kinds)) < len(kinds):
        yield "pbx_side.also: two addresses of one version of IP and one kind"
    encrypted = any(tls for tls, _ in kinds)
    for provider in settings.providers:
        for upstream in provider.upstreams:
            if upstream.transport == "tls" and not encrypted:
                yield f"providers.{provider.id}.upstreams.{upstream.id}: transport tls needs pbx_side.also with tls"
    if settings.devices.plain_from and not settings.devices.plain:
        yield "devices.plain_from: without devices.plain nobody can come"


def _version(listen: str) -> int:
    return 6 if ":" in address_of(listen)[0] else 4


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def _doubled(where: str, names: list[str]) -> Iterator[str]:
    for name in {name for name in names if names.count(name) > 1}:
        yield f"{where}: {name!r} stands there twice"
