"""Handing one mail to a relay; blocking, so it runs in a thread."""

import smtplib
import ssl
from email.message import EmailMessage

from ringfence.senders.mail.errors import MailNotSent
from ringfence.senders.mail.settings import MailSettings, Security

__all__ = ["hand_over"]


def hand_over(settings: MailSettings, context: ssl.SSLContext, mail: EmailMessage, sender: str, to: str) -> None:
    """Returns once the relay has taken it. Raises MailNotSent; nothing of a relay's words, which repeat addresses."""
    reached = False
    try:
        with _connected(settings, context) as relay:
            if settings.user:
                relay.login(settings.user, settings.password)
            reached = True
            relay.send_message(mail, sender, [to])
    except (smtplib.SMTPException, OSError, ValueError) as fault:
        raise MailNotSent(problem=type(fault).__name__, sent=reached) from None


def _connected(settings: MailSettings, context: ssl.SSLContext) -> smtplib.SMTP:
    us = settings.sender.rpartition("@")[2]  # in EHLO; the machine's own name is nobody's business
    if settings.security is Security.TLS:
        return smtplib.SMTP_SSL(
            settings.host, settings.port, local_hostname=us, timeout=settings.seconds, context=context
        )
    relay = smtplib.SMTP(settings.host, settings.port, local_hostname=us, timeout=settings.seconds)
    try:
        relay.starttls(context=context)
    except BaseException:
        relay.close()
        raise
    return relay
