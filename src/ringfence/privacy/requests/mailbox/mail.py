"""From the bytes of a mail (RFC 5322, MIME) to what somebody said; any bytes at all are taken without a fault."""

import email
import email.policy
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.errors import HeaderParseError, MessageError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses
from typing import Final, final

from ringfence.privacy.requests.mailbox.errors import MailTooLarge
from ringfence.privacy.requests.mailbox.html import text_of

__all__ = ["MOST_MAIL", "Attachment", "IncomingMail", "parse"]

MOST_MAIL: Final = 10 * 1024 * 1024
"""Bytes of a whole mail: a letter with some scanned pages."""
_MOST_PARTS: Final = 64
_MOST_ATTACHMENTS: Final = 8
_MOST_ATTACHMENT: Final = 5 * 1024 * 1024
_KEPT: Final = frozenset({"application/pdf", "image/jpeg", "image/png"})
_DEEP: Final = 32
_MOST_NESTED: Final = 24
"""Boundaries in a mail that is taken apart: the standard library compares each line with each of them."""
_FAULTS: Final = (MessageError, LookupError, ValueError, TypeError, AttributeError, RecursionError)
"""What the standard library raises on malformed mail."""


@final
@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with it; nobody has looked into it."""

    media: str
    content: bytes = field(repr=False)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingMail:
    """A mail, as far as it can be read."""

    name: str = field(repr=False)
    address: str = field(repr=False)
    """Empty where the mail names nobody."""
    subject: str = field(repr=False)
    text: str = field(repr=False)
    message_id: str = field(repr=False)
    answers: tuple[str, ...] = field(repr=False)
    """Ids of the mails that it answers, the last one first."""
    automatic: bool
    """Sent by a machine (RFC 3834), which must not be answered by another."""
    attachments: tuple[Attachment, ...] = ()
    dropped: int = 0
    """Attachments that were too many, too large, or of a kind that nobody needs to look at."""


def parse(raw: bytes, *, most: int = MOST_MAIL) -> IncomingMail:
    """Raises MailTooLarge, and nothing else."""
    if len(raw) > most:
        raise MailTooLarge(most=most)
    message = _message(raw)
    senders = [(name, address) for name, address in _addresses(message) if "@" in address]
    name, address = senders[0] if senders else ("", "")
    parts = list(_parts(message))
    attachments, dropped = _attachments(parts)
    return IncomingMail(
        name=name[:320],
        address=address[:320],
        subject=_header(message, "Subject")[:998],
        text=_text(parts),
        message_id=_header(message, "Message-ID").strip()[:998],
        answers=_answers(message),
        automatic=_is_automatic(message),
        attachments=attachments,
        dropped=dropped,
    )


def _message(raw: bytes) -> Message:
    """With bytes that are nested too deeply read as one text."""
    lower = raw.lower()
    if lower.count(b"boundary") + lower.count(b"message/rfc822") > _MOST_NESTED:
        return _flat(raw)
    try:
        return email.message_from_bytes(raw, policy=email.policy.compat32)
    except _FAULTS:
        return _flat(raw)


def _flat(raw: bytes) -> Message:
    """Its headers, and all the rest as one text."""
    headers, _, body = raw.partition(b"\n\n")
    plain = email.message_from_bytes(headers[:65_536] + b"\n\n", policy=email.policy.compat32)
    for name in ("Content-Type", "Content-Transfer-Encoding"):
        del plain[name]
    plain.set_payload(body[:MOST_MAIL].decode("utf-8", "replace"))
    return plain


def _parts(message: Message) -> Iterator[Message]:
    """The leaves, in order; what is forwarded inside is read like the rest."""
    todo, seen = [(message, 0)], 0
    while todo and seen < _MOST_PARTS:
        part, depth = todo.pop(0)
        seen += 1
        inner = part.get_payload() if part.is_multipart() else None
        if isinstance(inner, list) and depth < _DEEP:
            todo[:0] = [(each, depth + 1) for each in inner if isinstance(each, Message)]
        elif inner is None:
            yield part


def _text(parts: list[Message]) -> str:
    """The plain text; where there is none, that of the HTML."""
    bodies = [part for part in parts if not _is_attached(part)]
    plain = [_content(part) for part in bodies if _media(part) == "text/plain"]
    if not any(text.strip() for text in plain):
        plain = [text_of(_content(part)) for part in bodies if _media(part) == "text/html"]
    return "\n".join(plain).replace("\0", "").strip()


def _attachments(parts: list[Message]) -> tuple[tuple[Attachment, ...], int]:
    kept: list[Attachment] = []
    dropped = 0
    for part in parts:
        if not _is_attached(part) and _media(part) in {"text/plain", "text/html"}:
            continue
        content = _bytes(part)
        fits = len(kept) < _MOST_ATTACHMENTS and 0 < len(content) <= _MOST_ATTACHMENT
        if fits and _media(part) in _KEPT:
            kept.append(Attachment(_media(part), content))
        else:
            dropped += 1
    return tuple(kept), dropped


def _is_attached(part: Message) -> bool:
    try:
        return part.get_content_disposition() == "attachment"
    except _FAULTS:
        return True


def _media(part: Message) -> str:
    try:
        return part.get_content_type()
    except _FAULTS:
        return "application/octet-stream"


def _bytes(part: Message) -> bytes:
    try:
        payload = part.get_payload(decode=True)
    except _FAULTS:
        return b""
    return payload if isinstance(payload, bytes) else b""


def _content(part: Message) -> str:
    raw = _bytes(part)
    try:
        charset = str(part.get_content_charset() or "utf-8")
        return raw.decode(charset, "replace")
    except _FAULTS:
        return raw.decode("utf-8", "replace")


def _header(message: Message, name: str) -> str:
    """The first header of that name, decoded (RFC 2047), on one line."""
    try:
        value = message.get(name)
    except _FAULTS:
        return ""
    return _decoded(str(value)) if value is not None else ""


def _decoded(value: str) -> str:
    try:
        found = "".join(
            text if isinstance(text, str) else text.decode(charset or "ascii", "replace")
            for text, charset in decode_header(value)
        )
    except (HeaderParseError, *_FAULTS):
        found = value
    printable = found.encode("utf-8", "replace").decode("utf-8")
    return " ".join("".join(character if character.isprintable() else " " for character in printable).split())


def _addresses(message: Message) -> list[tuple[str, str]]:
    """Whom an answer goes to, then who wrote."""
    found: list[tuple[str, str]] = []
    for header in ("Reply-To", "From"):
        try:
            values = [str(value) for value in message.get_all(header, [])][:4]
            found += [(_decoded(name), _decoded(address)) for name, address in getaddresses(values)]
        except _FAULTS:
            continue
    return found


def _answers(message: Message) -> tuple[str, ...]:
    ids = f"{_header(message, 'References')} {_header(message, 'In-Reply-To')}".split()
    return tuple(reversed(ids[-20:]))


def _is_automatic(message: Message) -> bool:
    submitted = _header(message, "Auto-Submitted").lower()
    bulk = _header(message, "Precedence").lower() in {"bulk", "junk", "list"}
    bounced = _header(message, "Return-Path") == "<>"
    return (submitted not in {"", "no"}) or bulk or bounced or bool(_header(message, "List-Id"))
