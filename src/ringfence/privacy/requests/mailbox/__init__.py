"""The mailbox for privacy: what people write there becomes requests.

    IMAP (ImapMailbox, a thread, TLS) ──┐
    a pipe (the server's own API)  ─────┴─raw bytes──> Intake.mail ──parse──> IncomingMail ──guess──> Requests.receive

Invariants
- A mail is marked as read only when its request is committed; one that is fed twice is one request.
- Nothing in a mail is executed or opened; HTML becomes text, and sizes, parts and depth are bounded.
- The address in a mail proves nothing: whoever writes is nobody known until the ladder says so.
- A machine's mail is taken, and never answered by a machine.

Refuses: a mail over the limit, which stays in the mailbox, flagged.
"""

from ringfence.privacy.requests.mailbox.errors import MailboxUnreachable, MailTooLarge
from ringfence.privacy.requests.mailbox.imap import ImapMailbox, ImapSettings
from ringfence.privacy.requests.mailbox.intake import Intake
from ringfence.privacy.requests.mailbox.mail import MOST_MAIL, IncomingMail, parse

__all__ = [
    "MOST_MAIL",
    "ImapMailbox",
    "ImapSettings",
    "IncomingMail",
    "Intake",
    "MailTooLarge",
    "MailboxUnreachable",
    "parse",
]
