"""The sender: what the gate permits, in a thread, one mail at a time for each."""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

from ringfence.clock import Clock, day_of
from ringfence.declarations import Flow
from ringfence.identifiers import ProviderId, SubjectId, new_id
from ringfence.privacy.egress import Concerned, Gate, Recipient
from ringfence.randomness import Randomness
from ringfence.senders.mail.errors import MailNotSent, MailNotSetUp
from ringfence.senders.mail.flows import ANSWER_BY_MAIL
from ringfence.senders.mail.message import compose, one_address
from ringfence.senders.mail.relay import hand_over
from ringfence.senders.mail.settings import MailSettings

__all__ = ["MailSender", "Way"]


@final
@dataclass(frozen=True, slots=True)
class Way:
    """A provider's relay, and its gate, in which the relay's operator is declared."""

    settings: MailSettings
    gate: Gate


@final
class MailSender:
    """Port `Mailer` of whoever writes to people. Safe to use from many tasks at once."""

    def __init__(self, ways: Mapping[ProviderId, Way], clock: Clock, randomness: Randomness) -> None:
        """Raises MailNotSetUp where a private authority's file can't be used, MailAddressUnusable for a bad sender."""
        self._ways = dict(ways)
        self._contexts = {provider: _context(way.settings) for provider, way in ways.items()}
        self._turns = {provider: asyncio.Semaphore(way.settings.together) for provider, way in ways.items()}
        self._clock = clock
        self._randomness = randomness
        for way in ways.values():
            one_address(way.settings.sender)

    def has(self, provider: ProviderId) -> bool:
        """Whether the provider can send mail at all."""
        return provider in self._ways

    async def send(
        self,
        provider: ProviderId,
        to: str,
        subject: str,
        text: str,
        html: str = "",
        concerned: SubjectId | None = None,
        *,
        flow: Flow = ANSWER_BY_MAIL,
        id: str = "",  # noqa: A002 - what it is
    ) -> None:
        """Returns once the relay has taken the mail; that it was delivered, nobody can promise.

        `id` is for mails that may be tried again: the same id makes the same Message-ID, so that copies are recognised.
        Raises TransferBlocked, MailAddressUnusable, MailNotSent, MailNotSetUp.
        """
        way = self._ways.get(provider)
        if way is None:
            raise MailNotSetUp(provider=provider)
        settings, now = way.settings, self._clock.time()
        address = one_address(to)
        permit = way.gate.permit(flow, settings.recipient, day_of(now))
        mail = compose(
            sender=settings.sender,
            sender_name=settings.sender_name,
            to=address,
            subject=subject,
            text=text,
            html=html,
            message_id=self._message_id(settings, id),
            now=now,
        )
        whom = Concerned(provider, concerned) if concerned is not None else None
        try:
            async with self._turns[provider]:
                await asyncio.to_thread(hand_over, settings, self._contexts[provider], mail, settings.sender, address)
        except MailNotSent as fault:
            if fault.sent:
                _note(way, flow, permit.recipient, whom)
            raise
        _note(way, flow, permit.recipient, whom)

    def _message_id(self, settings: MailSettings, given: str) -> str:
        """Random on the left, the sender's domain on the right: it says nothing of person, case or machine."""
        left = given if given.isalnum() and given.isascii() else new_id(self._randomness)
        return f"<{left}@{settings.sender.rpartition('@')[2]}>"


def _note(way: Way, flow: Flow, recipient: Recipient, whom: Concerned | None) -> None:
    if whom is not None:
        way.gate.passed(flow, recipient, whom)


def _context(settings: MailSettings) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
    except (OSError, ssl.SSLError):
        raise MailNotSetUp(recipient=settings.recipient, setting="ca_file") from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
