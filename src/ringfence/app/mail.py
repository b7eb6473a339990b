"""Letters on their way: mail relays, text message services and the privacy mailbox, out of the configuration."""

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Final, final

from ringfence.app.kernel import Kernel
from ringfence.app.recipients import mail_recipient
from ringfence.identifiers import ProviderId, SubjectId
from ringfence.privacy.notices import DEFAULT, Catalogue
from ringfence.privacy.notices import languages as languages_of
from ringfence.privacy.requests import Posting, Reminder
from ringfence.privacy.requests.mailbox import ImapSettings
from ringfence.senders.mail import (
    ANNOUNCEMENT_BY_MAIL,
    ANSWER_BY_MAIL,
    STAFF_BY_MAIL,
    MailSender,
    MailSettings,
    Security,
    Way,
)
from ringfence.senders.sms import SmsForm, SmsSettings
from ringfence.services.staff import Colleague, Role, Staff
from ringfence.settings import ConfigurationUnusable, MailboxFileSettings, ProviderSettings

__all__ = [
    "AnnouncementMail",
    "AnswerMail",
    "ReminderMail",
    "imap_settings",
    "mail_sender",
    "sms_settings",
]

_WORDS: Final = files("ringfence.app") / "catalogue"
_LONGEST: Final = 4_096  # characters of a secret in a file


def mail_sender(kernel: Kernel) -> MailSender:
    """Over the relays of all providers that have one. Raises ConfigurationUnusable or MailNotSetUp."""
    ways: dict[ProviderId, Way] = {}
    for provider in kernel.settings.providers:
        settings = _mail_settings(provider)
        if settings is not None:
            ways[ProviderId(provider.id)] = Way(settings, kernel.gates[ProviderId(provider.id)])
    return MailSender(ways, kernel.clock, kernel.randomness)


def _mail_settings(provider: ProviderSettings) -> MailSettings | None:
    mail = provider.mail
    if mail is None:
        return None
    return MailSettings(
        host=mail.host,
        port=mail.port,
        security=Security(mail.security),
        sender=mail.sender,
        sender_name=mail.sender_name or provider.name,
        recipient=mail_recipient(provider),
        user=mail.user,
        password=_secret(mail.password_file),
        ca_file=mail.authority_file or None,
    )


def sms_settings(provider: ProviderSettings) -> SmsSettings | None:
    """How the provider's text message service is asked. Raises ConfigurationUnusable."""
    sms = provider.sms
    if sms is None:
        return None
    headers = {sms.key_header: _secret(sms.key_file)} if sms.key_file else {}
    return SmsSettings(
        url=sms.url,
        template=sms.template,
        form=SmsForm(sms.form),
        headers=headers,
        country=provider.country,
        plus=sms.plus,
    )


def imap_settings(mailbox: MailboxFileSettings) -> ImapSettings:
    """Raises ConfigurationUnusable."""
    return ImapSettings(
        host=mailbox.host,
        port=mailbox.port,
        user=mailbox.user,
        password=_secret(mailbox.password_file),
        folder=mailbox.folder,
        every_seconds=mailbox.minutes * 60.0,
    )


@final
class AnswerMail:
    """Letters of requests (port `requests.Post`)."""

    def __init__(self, mail: MailSender) -> None:
        self._mail = mail

    async def send(self, posting: Posting) -> None:
        written = posting.written
        await self._mail.send(
            posting.provider,
            posting.to,
            written.title,
            written.text,
            written.html,
            posting.concerned,
            flow=ANSWER_BY_MAIL,
            id=posting.id,
        )


@final
class AnnouncementMail:
    """Announced changes (port `notices.Mailer`)."""

    def __init__(self, mail: MailSender) -> None:
        self._mail = mail

    async def send(
        self, provider: ProviderId, to: str, subject: str, text: str, html: str, concerned: SubjectId | None
    ) -> None:
        await self._mail.send(provider, to, subject, text, html, concerned, flow=ANNOUNCEMENT_BY_MAIL)


@final
class ReminderMail:
    """Reminders of due answers, by mail to the staff concerned (port `requests.Reminders`); they name no person."""

    def __init__(self, mail: MailSender, staff: Staff, console: str, languages: Mapping[ProviderId, str]) -> None:
        """`console` is its address, `languages` those in which each provider's staff is written to."""
        self._mail = mail
        self._staff = staff
        self._console = console
        self._languages = languages
        self._catalogues = {name: Catalogue.load(_WORDS, name) for name in languages_of(_WORDS)}

    async def remind(self, reminder: Reminder) -> None:
        """Where no mail can be sent, the inbox says it, in amber and in red."""
        if not self._mail.has(reminder.provider):
            return
        words = self._catalogues.get(self._languages[reminder.provider], self._catalogues[DEFAULT])
        facts = {
            "kind": reminder.kind.value,
            "days": str(reminder.days_left),
            "link": f"{self._console}/requests/{reminder.case}",
        }
        title, text = words.text("reminder.title", kind=facts["kind"]), words.text("reminder.text", **facts)
        for member in await self._staff.members(reminder.provider):
            if _concerned(member, reminder):
                await self._mail.send(reminder.provider, member.mail, title, text, flow=STAFF_BY_MAIL)


def _concerned(member: Colleague, reminder: Reminder) -> bool:
    officer = Role.OFFICER in member.roles
    return member.staff in reminder.to or (officer and (reminder.escalated or not reminder.to))


def _secret(file: str) -> str:
    if not file:
        return ""
    try:
        return Path(file).read_text("utf-8")[:_LONGEST].strip()
    except (OSError, UnicodeDecodeError) as fault:
        problem = fault.strerror if isinstance(fault, OSError) else "not UTF-8"
        raise ConfigurationUnusable(file=file, problem=problem) from None
