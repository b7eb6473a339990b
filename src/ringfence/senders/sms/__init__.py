"""Text messages by an HTTP gateway that the provider chose.

    services/signin ──port PinSender──> SmsSender ──body by template──> EgressClient (the gate's) ──> the gateway

Invariants: the number goes out as E.164 and nowhere else than into the template's places; a message is tried once,
since what may have been sent costs money and confuses when it comes twice; nothing of it is logged.
Refuses: what is no possible telephone number, a template that has no place for number or text.
"""

from ringfence.senders.sms.errors import SmsNotSent, SmsTemplateUnusable
from ringfence.senders.sms.sender import SmsSender
from ringfence.senders.sms.settings import SmsForm, SmsSettings

__all__ = ["SmsForm", "SmsNotSent", "SmsSender", "SmsSettings", "SmsTemplateUnusable"]
