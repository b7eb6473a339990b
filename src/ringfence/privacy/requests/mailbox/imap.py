"""A mailbox read by IMAP (RFC 9051, 3501), in a thread, over TLS with the server's certificate checked."""

import asyncio
import imaplib
import re
import ssl
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, final

from ringfence.errors import RingfenceError
from ringfence.identifiers import ProviderId
from ringfence.privacy.requests.mailbox.errors import MailboxUnreachable, MailTooLarge
from ringfence.privacy.requests.mailbox.mail import MOST_MAIL

__all__ = ["ImapMailbox", "ImapSettings"]

_AT_ONCE: Final = 50  # mails of one visit: the next one is soon
_TIMEOUT: Final = 30.0
"""Seconds for each answer of the server."""
_SIZE: Final = re.compile(rb"RFC822\.SIZE (\d+)")
_TAKEN: Final = "\\Seen"
_LEFT: Final = "\\Flagged"  # too large: it stays for a person to read

Take = Callable[[ProviderId, bytes], Awaitable[object]]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ImapSettings:
    """Where the provider's mailbox for privacy is.

    port: 993, where TLS comes first (RFC 8314); plain IMAP is not spoken. every_seconds: between two visits; mails wait
    no longer for their clock, since a request is received when it is read, and its day is the same.
    """

    host: str
    user: str = field(repr=False)
    password: str = field(repr=False)
    port: int = 993
    folder: str = "INBOX"
    every_seconds: float = 120.0


@final
class ImapMailbox:
    """One provider's; `work` visits it for ever, and app supervises that."""

    def __init__(
        self, provider: ProviderId, settings: ImapSettings, take: Take, context: ssl.SSLContext | None = None
    ) -> None:
        self._provider = provider
        self._settings = settings
        self._take = take
        self._context = context or ssl.create_default_context()

    async def work(self) -> None:
        """Visits it again and again; raises MailboxUnreachable to whoever supervises."""
        while True:
            await self.visit()
            await asyncio.sleep(self._settings.every_seconds)

    async def visit(self) -> int:
        """Takes what is new; tells how many became or joined a request. Raises MailboxUnreachable.

        A mail is marked only after it was taken, so that a kill in between brings it again, and the intake knows it.
        One that fails on our side stays as it was, and is tried at the next visit.
        """
        try:
            connection = await asyncio.to_thread(self._open)
            try:
                return await self._visit(connection)
            finally:
                await asyncio.to_thread(_close, connection)
        except (imaplib.IMAP4.error, OSError) as fault:
            raise MailboxUnreachable(provider=self._provider, problem=type(fault).__name__) from None

    async def _visit(self, connection: imaplib.IMAP4) -> int:
        taken = 0
        for uid in (await asyncio.to_thread(_new, connection))[:_AT_ONCE]:
            try:
                raw = await asyncio.to_thread(_fetch, connection, uid)
                await self._take(self._provider, raw)
            except MailTooLarge:
                await asyncio.to_thread(_mark, connection, uid, _LEFT)
            except RingfenceError:
                continue
            else:
                await asyncio.to_thread(_mark, connection, uid, _TAKEN)
                taken += 1
        return taken

    def _open(self) -> imaplib.IMAP4:
        settings = self._settings
        connection = imaplib.IMAP4_SSL(settings.host, settings.port, ssl_context=self._context, timeout=_TIMEOUT)
        try:
            connection.login(settings.user, settings.password)
            _done(connection.select(f'"{settings.folder}"'))
        except BaseException:
            _close(connection)
            raise
        return connection


def _new(connection: imaplib.IMAP4) -> list[bytes]:
    """What nobody has read, and we did not leave lying, by its unique id."""
    (found,) = _done(connection.uid("SEARCH", "UNSEEN", "UNFLAGGED"))[:1]
    return found.split() if isinstance(found, bytes) else []


def _fetch(connection: imaplib.IMAP4, uid: bytes) -> bytes:
    """The whole mail, unmarked; its size is asked for first. Raises MailTooLarge."""
    name = uid.decode("ascii")
    told = b" ".join(line for line in _done(connection.uid("FETCH", name, "(RFC822.SIZE)")) if isinstance(line, bytes))
    size = _SIZE.search(told)
    if size is not None and int(size[1]) > MOST_MAIL:
        raise MailTooLarge(most=MOST_MAIL)
    parts = [line[1] for line in _done(connection.uid("FETCH", name, "(BODY.PEEK[])")) if isinstance(line, tuple)]
    if not parts:
        raise imaplib.IMAP4.error
    return bytes(parts[0])


def _mark(connection: imaplib.IMAP4, uid: bytes, flag: str) -> None:
    _done(connection.uid("STORE", uid.decode("ascii"), "+FLAGS.SILENT", f"({flag})"))


def _done(answer: tuple[str, Sequence[object]]) -> Sequence[object]:
    status, data = answer
    if status != "OK":
        raise imaplib.IMAP4.error
    return data


def _close(connection: imaplib.IMAP4) -> None:
    with suppress(imaplib.IMAP4.error, OSError):
        connection.logout()
    with suppress(OSError):
        connection.shutdown()  # a server that hung up leaves the socket to us
