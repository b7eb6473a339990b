"""What wakes phones, out of the configuration: apps, and the senders that reach them by the gate's clients."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlsplit

from ringfence.app.kernel import Kernel
from ringfence.app.recipients import apple_url, chosen_push_service
from ringfence.identifiers import ProviderId, RecipientId
from ringfence.privacy.egress import EgressClient, Http2Settings
from ringfence.senders.acrobits import AcrobitsSender
from ringfence.senders.apns import ApnsKey, ApnsSender, ApnsSettings
from ringfence.senders.fcm import FcmSender
from ringfence.senders.webpush import Vapid, VapidKey, WebPushSender
from ringfence.services.wake import App, Platform, Profile, PushSender
from ringfence.settings import ApnsFileSettings, AppSettings, ConfigurationUnusable, ProviderSettings

__all__ = ["apps_of", "keyed_senders", "push_senders", "vapid_key"]

_Keyed: TypeAlias = tuple[EgressClient, FcmSender | ApnsSender]
_Sender: TypeAlias = tuple[RecipientId, EgressClient, PushSender]


def apps_of(kernel: Kernel) -> dict[str, App]:
    """Each app with how its phones are woken, by its id."""
    return {app.id: _app(kernel, provider, app) for provider in kernel.settings.providers for app in provider.apps}


def push_senders(kernel: Kernel, clients: list[EgressClient]) -> Mapping[RecipientId, PushSender]:
    """By which recipient each app is woken; the `clients` made for it are for the caller to close.

    Raises ConfigurationUnusable or ApnsKeyUnusable.
    """
    senders: dict[RecipientId, PushSender] = {}
    for provider in kernel.settings.providers:
        for recipient, client, sender in _senders(kernel, provider):
            clients.append(client)
            senders[recipient] = sender
    return senders


def keyed_senders(kernel: Kernel) -> Iterator[tuple[str, Callable[[], _Keyed]]]:
    """What the doctor tries: makes each sender whose service knows us by a key, and its client, to be closed.

    Making one raises what is wrong with its entry.
    """
    for provider in kernel.settings.providers:
        yield from ((name, made) for _, name, made in _keyed(kernel, provider))


def vapid_key(kernel: Kernel, provider: str) -> VapidKey:
    """The provider's key for Web Push, the same after a restart."""
    return VapidKey.derived(kernel.keyring.derive(f"Web Push of {provider}"))


def _app(kernel: Kernel, provider: ProviderSettings, app: AppSettings) -> App:
    """The configuration has been checked for what contradicts itself."""
    platform, profile = Platform(app.push), Profile(app.profile)
    if platform is Platform.FCM:
        param = kernel.projects[ProviderId(provider.id)][app.fcm].account.project
        return App(RecipientId(provider.fcm[app.fcm].recipient), profile, platform, pn_param=param)
    if platform is Platform.APNS:
        apns = provider.apns[app.apns]
        return App(RecipientId(apns.recipient), profile, platform, pn_param=f"{apns.team}.{apns.topic}.voip&remote")
    if platform is Platform.ACROBITS and provider.acrobits is not None:
        return App(RecipientId(provider.acrobits.recipient), profile, platform)
    chosen = chosen_push_service(provider) if platform is Platform.UNIFIEDPUSH else None
    key = vapid_key(kernel, provider.id).public
    return App(chosen, profile, platform, places=_places(provider), subscribing_key=key)


def _places(provider: ProviderSettings) -> dict[str, RecipientId]:
    """Whose endpoints subscriptions may have, by origin."""
    named = provider.webpush.recipients if provider.webpush else []
    return {
        _origin(place): RecipientId(each.id)
        for each in provider.recipients
        if each.id in named
        for place in each.origins
    }


def _origin(place: str) -> str:
    parts = urlsplit(place)
    return f"{parts.scheme}://{parts.netloc}".lower()


def _senders(kernel: Kernel, provider: ProviderSettings) -> Iterator[_Sender]:
    for recipient, _, made in _keyed(kernel, provider):
        yield recipient, *made()
    if provider.acrobits is not None:
        recipient, url = RecipientId(provider.acrobits.recipient), provider.acrobits.base_url
        client = kernel.gates[ProviderId(provider.id)].client(recipient)
        yield recipient, client, AcrobitsSender(client, clock=kernel.clock, randomness=kernel.randomness, base_url=url)
    yield from _subscribed(kernel, provider)


def _keyed(kernel: Kernel, provider: ProviderSettings) -> Iterator[tuple[RecipientId, str, Callable[[], _Keyed]]]:
    """Services that know us by a key of the operator's, by the name of its entry."""
    for name, fcm in provider.fcm.items():
        yield RecipientId(fcm.recipient), name, partial(_fcm, kernel, provider, name)
    for name, apns in provider.apns.items():
        yield RecipientId(apns.recipient), name, partial(_apns, kernel, provider, name)


def _fcm(kernel: Kernel, provider: ProviderSettings, name: str) -> _Keyed:
    client = kernel.gates[ProviderId(provider.id)].client(RecipientId(provider.fcm[name].recipient))
    project = kernel.projects[ProviderId(provider.id)][name]
    return client, FcmSender(project, client, clock=kernel.clock, randomness=kernel.randomness)


def _apns(kernel: Kernel, provider: ProviderSettings, name: str) -> _Keyed:
    entry = provider.apns[name]
    settings = _apns_settings(entry)
    client = kernel.gates[ProviderId(provider.id)].client(RecipientId(entry.recipient), http2=Http2Settings())
    return client, ApnsSender(settings, client, clock=kernel.clock, randomness=kernel.randomness)


def _apns_settings(entry: ApnsFileSettings) -> ApnsSettings:
    try:
        pem = Path(entry.key_file).read_text("ascii")
    except (OSError, ValueError):
        raise ConfigurationUnusable(file=entry.key_file, problem="unreadable") from None
    key = ApnsKey(id=entry.key_id, team=entry.team, private_key=pem)
    return ApnsSettings(key=key, topic=entry.topic, base_url=apple_url(entry))


def _subscribed(kernel: Kernel, provider: ProviderSettings) -> Iterator[_Sender]:
    if provider.webpush is None:
        return
    vapid = Vapid(vapid_key(kernel, provider.id), provider.webpush.contact, kernel.clock)
    recipients = [RecipientId(each) for each in provider.webpush.recipients]
    if any(app.push == Platform.UNIFIEDPUSH for app in provider.apps):
        recipients.append(chosen_push_service(provider))
    for recipient in recipients:
        client = kernel.gates[ProviderId(provider.id)].client(recipient)
        yield recipient, client, WebPushSender(vapid, client, clock=kernel.clock, randomness=kernel.randomness)
