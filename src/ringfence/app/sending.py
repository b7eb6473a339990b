"""What leaves the house for a phone: pushes and PINs, by the clients that the gate gave out."""

from collections.abc import Mapping

from ringfence.app.joints import GatedPins
from ringfence.app.kernel import Kernel
from ringfence.app.mail import sms_settings
from ringfence.app.recipients import pbx_recipient
from ringfence.app.signalling import Signalling
from ringfence.identifiers import ProviderId, RecipientId, UpstreamId
from ringfence.privacy.egress import EgressClient
from ringfence.senders.fcm import FcmSender
from ringfence.senders.sms import SmsSender
from ringfence.services.signin import PinSender
from ringfence.services.wake import App, Profile, PushSender

__all__ = ["apps_of", "pin_senders", "push_senders"]


def apps_of(kernel: Kernel) -> dict[str, App]:
    """Each app with how its phones are woken, by its id."""
    return {
        app.id: App(
            recipient=RecipientId(provider.fcm[app.fcm].recipient),
            profile=Profile(app.profile),
            pn_param=kernel.projects[ProviderId(provider.id)][app.fcm].account.project,
        )
        for provider in kernel.settings.providers
        for app in provider.apps
    }


def push_senders(kernel: Kernel, clients: list[EgressClient]) -> Mapping[RecipientId, PushSender]:
    """By which recipient each app is woken; the `clients` made for it are for the caller to close."""
    senders: dict[RecipientId, PushSender] = {}
    for provider in kernel.settings.providers:
        gate = kernel.gates[ProviderId(provider.id)]
        for name, entry in provider.fcm.items():
            client = gate.client(RecipientId(entry.recipient))
            clients.append(client)
            project = kernel.projects[ProviderId(provider.id)][name]
            senders[RecipientId(entry.recipient)] = FcmSender(
                project, client, clock=kernel.clock, randomness=kernel.randomness
            )
    return senders


def pin_senders(kernel: Kernel, signalling: Signalling, clients: list[EgressClient]) -> Mapping[ProviderId, PinSender]:
    """By which way each provider's PINs go; none where it has set none."""
    senders: dict[ProviderId, PinSender] = {}
    for provider in kernel.settings.providers:
        name, sms = ProviderId(provider.id), sms_settings(provider)
        if provider.pin == "message":
            recipients = {UpstreamId(each.id): pbx_recipient(each) for each in provider.upstreams}
            gate = GatedPins(kernel.gates[name], recipients, kernel.clock)
            senders[name] = signalling.pin_messages(gate)
        elif provider.pin == "sms" and provider.sms is not None and sms is not None:
            client = kernel.gates[name].client(RecipientId(provider.sms.recipient))
            clients.append(client)
            senders[name] = SmsSender(sms, client)
    return senders
