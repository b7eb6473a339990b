"""PINs on their way to a number, by the clients that the gate gave out."""

from collections.abc import Mapping

from ringfence.app.joints import GatedPins
from ringfence.app.kernel import Kernel
from ringfence.app.mail import sms_settings
from ringfence.app.recipients import pbx_recipient
from ringfence.app.signalling import Signalling
from ringfence.identifiers import ProviderId, RecipientId, UpstreamId
from ringfence.privacy.egress import EgressClient
from ringfence.senders.sms import SmsSender
from ringfence.services.signin import PinSender

__all__ = ["pin_senders"]


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
