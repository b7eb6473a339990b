"""One mail (RFC 5322): one recipient, text and HTML, and no header that anybody else could have written."""

import datetime as dt
import re
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final

from ringfence.senders.mail.errors import MailAddressUnusable

__all__ = ["compose", "one_address"]

_LONGEST: Final = 254  # RFC 5321 section 4.5.3.1.3, less the angle brackets
_SUBJECT: Final = 200  # characters
_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"  # RFC 5322 section 3.2.3
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS: Final = re.compile(rf"({_ATOM}(?:\.{_ATOM})*)@({_LABEL}(?:\.{_LABEL})+)")
_POLICY: Final = policy.SMTP.clone(max_line_length=78)


def one_address(text: str) -> str:
    """The address, if it is exactly one plain one; raises MailAddressUnusable.

    Quoted local parts, comments, lists, routes and source-routed forms are refused: nobody has such an address, and
    somebody who types one has something in mind.
    """
    bare = text.strip(" ")
    match = _ADDRESS.fullmatch(bare) if len(bare) <= _LONGEST else None
    if match is None or len(match[1]) > 64:
        raise MailAddressUnusable
    return bare


def compose(
    *, sender: str, sender_name: str, to: str, subject: str, text: str, html: str, message_id: str, now: float
) -> EmailMessage:
    """A mail ready to hand over; `html` may be empty. Raises MailAddressUnusable.

    `Auto-Submitted` (RFC 3834) keeps holiday notices from answering. No List-Unsubscribe: nothing of this is a list.
    """
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = Address(_one_line(sender_name), addr_spec=one_address(sender))
    mail["To"] = Address(addr_spec=one_address(to))
    mail["Subject"] = _one_line(subject)[:_SUBJECT]
    mail["Date"] = format_datetime(dt.datetime.fromtimestamp(now, dt.UTC))
    mail["Message-ID"] = message_id
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text)
    if html:
        mail.add_alternative(html, subtype="html")
    return mail


def _one_line(text: str) -> str:
    """Without whatever could end a header."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())
