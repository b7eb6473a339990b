"""Letters to who asked: written once, sent until it worked, each under one id."""

import dataclasses
from typing import final

from ringfence.privacy.requests.casefile import CaseFile
from ringfence.privacy.requests.desk import Desk
from ringfence.privacy.requests.kind import Delivery
from ringfence.privacy.requests.ports import Post, Posting, Writer, Writing, Written
from ringfence.privacy.requests.records import CaseLetter, Mandate

__all__ = ["Letters"]


@final
class Letters:
    """Between rows and the ports that write and mail."""

    def __init__(self, desk: Desk, writer: Writer, post: Post) -> None:
        self._desk = desk
        self._writer = writer
        self._post = post

    async def further(self, file: CaseFile, letter: CaseLetter) -> bool:
        """Writes it, or sends what is written; False when only an officer can go on (a printed one)."""
        if not letter.written:
            await self._write(file, letter)
            return True
        if letter.delivery is Delivery.POST:
            return False
        await self.mail(file, letter)
        async with self._desk.db.transaction() as unit:
            await unit.replace(dataclasses.replace(letter, sent=True, at=self._desk.clock.time()))
        return True

    async def mail(self, file: CaseFile, letter: CaseLetter) -> None:
        """Hands it over; where it is read after signing in, it is there already."""
        if letter.delivery is not Delivery.MAIL:
            return
        written = Written(letter.title, letter.text, letter.html)
        posting = Posting(
            id=letter.id,
            provider=file.case.provider,
            concerned=file.case.subject,
            to=await self._address(file),
            written=written,
        )
        await self._post.send(posting)

    async def _write(self, file: CaseFile, letter: CaseLetter) -> None:
        written = await self._writer.write(self._writing(file, letter))
        done = dataclasses.replace(letter, written=True, title=written.title, text=written.text, html=written.html)
        async with self._desk.db.transaction() as unit:
            await unit.replace(done)

    async def _address(self, file: CaseFile) -> str:
        """Where who asked is reached; who acts for somebody is reached by what they gave, not what was theirs."""
        if file.case.contact:
            return file.case.contact
        async with self._desk.db.reading() as unit:
            mandates = await unit.select(Mandate, case=file.id, limit=1)
        return mandates[0].contact if mandates else ""

    def _writing(self, file: CaseFile, letter: CaseLetter) -> Writing:
        case, found = file.case, file.clocks
        return Writing(
            provider=case.provider,
            subject=case.subject,
            case=file.id,
            about=letter.about,
            kind=case.right,
            language=case.language,
            outcome=case.outcome,
            received=found.received,
            legal=found.legal,
            promised=found.promised,
            extended=found.extended,
            exception=case.exception,
            ground=case.ground,
            fee=case.fee,
            recourse=self._desk.policies(case.provider).recourse,
            package=case.package,
            follows=case.follows,
            name=case.name,
            note=letter.note,
            details=case.details,
        )
