"""Mail to people and staff, handed to the provider's own mail service.

    privacy.requests, privacy.notices ──send(provider, to, subject, text, html, concerned)──> MailSender
                                    message.compose: one recipient, nothing injected ──┤
                                    Gate.permit(flow) before, Gate.passed after        ├──SMTP, TLS checked──> relay

Invariants: one recipient a mail; encrypted to the relay with its certificate checked, or not sent at all (APP-09);
nothing leaves that the gate does not permit that day, and what left is in the disclosure log; SMTP runs in a thread.
Refuses: an address that is more than one address, line breaks in any header, a relay that offers no TLS.
"""

from ringfence.senders.mail.errors import MailAddressUnusable, MailNotSent, MailNotSetUp
from ringfence.senders.mail.flows import ANNOUNCEMENT_BY_MAIL, ANSWER_BY_MAIL, NOTICE_BY_MAIL, STAFF_BY_MAIL
from ringfence.senders.mail.sender import MailSender, Way
from ringfence.senders.mail.settings import MailSettings, Security

__all__ = [
    "ANNOUNCEMENT_BY_MAIL",
    "ANSWER_BY_MAIL",
    "NOTICE_BY_MAIL",
    "STAFF_BY_MAIL",
    "MailAddressUnusable",
    "MailNotSent",
    "MailNotSetUp",
    "MailSender",
    "MailSettings",
    "Security",
    "Way",
]
