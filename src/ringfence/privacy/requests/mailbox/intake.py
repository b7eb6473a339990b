"""One mail, one request: or the answer to a question that we asked."""

import asyncio
import hmac
import re
from hashlib import sha256
from typing import Final, final

from ringfence.identifiers import CaseId, ProviderId, RowId, spell_id
from ringfence.privacy.requests.asked import MOST_TEXT, Asked
from ringfence.privacy.requests.errors import CopyNotAllowed, RequestFault
from ringfence.privacy.requests.identity import Document
from ringfence.privacy.requests.kind import Channel
from ringfence.privacy.requests.mailbox.mail import IncomingMail, parse
from ringfence.privacy.requests.mailbox.sorting import sort
from ringfence.privacy.requests.records import Case, CaseLetter, MailSeen
from ringfence.privacy.requests.requests import Requests
from ringfence.privacy.requests.state import State
from ringfence.privacy.requests.step import PERSON, AnswerQuestion, HandIn

__all__ = ["Intake"]

_OURS: Final = re.compile(r"<([a-z2-7]{26})@")  # a letter's id in its Message-ID
_UNDECIDED: Final = frozenset({State.RECEIVED, State.IDENTIFYING, State.REFERRED})


@final
class Intake:
    """Takes mails from wherever they come."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests
        self._desk = requests.desk
        self._key = self._desk.keyring.derive("mails that became requests")

    async def mail(self, provider: ProviderId, raw: bytes) -> CaseId:
        """The request that the mail became, or belongs to; the same mail again changes nothing.

        Raises MailTooLarge, TooManyOpen, UnknownPolicy; then nothing was kept, and the mail may come again.
        """
        mail = await asyncio.to_thread(parse, raw)  # a large one takes a while
        message = self._name(provider, mail, raw)
        async with self._desk.db.reading() as unit:
            seen = await unit.get(MailSeen, message)
        if seen is not None:
            return seen.case
        answered = await self._answered(provider, mail)
        if answered is not None:
            case = await self._take_answer(answered, mail, message)
        else:
            case = await self._requests.receive(_asked(provider, mail, message))
            await self._attach(provider, case, mail)
        return case

    def _name(self, provider: ProviderId, mail: IncomingMail, raw: bytes) -> RowId:
        """A MAC, so that it says nothing to who has no key; of the whole mail where it has no id of its own."""
        what = mail.message_id.encode("utf-8", "replace") or sha256(raw).digest()
        return RowId(spell_id(hmac.digest(self._key, provider.encode() + b"\0" + what, sha256)[:16]))

    async def _answered(self, provider: ProviderId, mail: IncomingMail) -> Case | None:
        """The request whose letter this mail answers, if it came from where that letter went."""
        for name in mail.answers:
            found = _OURS.match(name)
            if found is None:
                continue
            async with self._desk.db.reading() as unit:
                letter = await unit.get(CaseLetter, RowId(found[1]))
                case = None if letter is None else await unit.get(Case, RowId(letter.case))
            if case is not None and case.provider == provider and case.contact.casefold() == mail.address.casefold():
                return case
        return None

    async def _take_answer(self, case: Case, mail: IncomingMail, message: RowId) -> CaseId:
        """An answer to our question, a proof, or a request of its own that follows that one up."""
        name = CaseId(case.id)
        if case.state is State.CLARIFYING and mail.text.strip():
            await self._requests.step(case.provider, name, AnswerQuestion(mail.text[:MOST_TEXT]), PERSON)
            await self._seen(case, message)
        elif case.state in _UNDECIDED and mail.attachments:
            await self._attach(case.provider, name, mail)
            await self._seen(case, message)
        else:
            return await self._requests.receive(_asked(case.provider, mail, message, case))
        return name

    async def _seen(self, case: Case, message: RowId) -> None:
        async with self._desk.db.transaction() as unit:
            if await unit.get(MailSeen, message) is None:
                await unit.add(
                    MailSeen(id=message, provider=case.provider, case=CaseId(case.id), at=self._desk.clock.time())
                )

    async def _attach(self, provider: ProviderId, case: CaseId, mail: IncomingMail) -> None:
        """Keeps what may be a document, where the country lets copies be kept; an officer says what it is."""
        allowed = self._desk.rules(provider).documents.copy_allowed
        for attachment in mail.attachments if allowed else ():
            try:
                await self._requests.step(
                    provider, case, HandIn(Document.UNSORTED, attachment.content, attachment.media), PERSON
                )
            except (RequestFault, CopyNotAllowed):
                return  # settled meanwhile, or enough of them are there


def _asked(provider: ProviderId, mail: IncomingMail, message: RowId, follows: Case | None = None) -> Asked:
    kind, language = sort(mail.subject, mail.text)
    return Asked(
        provider=provider,
        kind=kind,
        channel=Channel.MAIL,
        name=mail.name,
        contact=mail.address,
        language=language,
        text=f"{mail.subject}\n\n{mail.text}".strip()[:MOST_TEXT],
        quiet=mail.automatic or not mail.address,
        follows=None if follows is None else CaseId(follows.id),
        message=message,
    )
