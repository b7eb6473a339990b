"""What the console reads: the law's tables, the ledger, the texts (ports `Rules`, `Chain`, `Texts`)."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Protocol, final

import msgspec
import sqlalchemy as sa

from ringfence.clock import Clock
from ringfence.identifiers import LedgerRef, ProviderId
from ringfence.persistence import Database
from ringfence.privacy.answers.words import LETTERS, Words
from ringfence.privacy.law import Law
from ringfence.privacy.ledger import Event, Ledger, LedgerEntry, Report
from ringfence.privacy.notices import CATALOGUES, Catalogue, Edition, Editions, Notice, differences, languages
from ringfence.privacy.requests import Document, Kind, Proof
from ringfence.web.console import Coming, EntryShown, PublicationShown

__all__ = ["ConsoleChain", "ConsoleRules", "ConsoleTexts"]


@final
class ConsoleRules:
    """`countries` says which law each provider answers to."""

    def __init__(self, law: Law, countries: Mapping[ProviderId, str], clock: Clock) -> None:
        self._law = law
        self._countries = countries
        self._clock = clock

    def exceptions(self, provider: ProviderId, kind: Kind, *, proven: bool, language: str) -> Sequence[tuple[str, str]]:
        """In the words of the letters that cite them."""
        country, words = self._countries[provider], self._words(language)
        fit = self._law.exceptions_for(kind.value, country, self.today(provider), proven=proven)
        return [(row.name, words.exception(row.name)) for row in fit]

    def grounds(self, language: str) -> Sequence[tuple[str, str]]:
        words = self._words(language)
        return [(row.name, f"{words.say(f'ground.{row.name}')} ({row.article})") for row in self._law.grounds]

    def _words(self, language: str) -> Words:
        return Words(Catalogue.load(LETTERS, language), self._law)

    def ladder(self, provider: ProviderId) -> Sequence[Proof]:
        return [Proof(rung) for rung in self._law.country(self._countries[provider]).documents.ladder]

    def documents(self, provider: ProviderId) -> Sequence[Document]:
        return [Document(kind) for kind in self._law.country(self._countries[provider]).documents.kinds]

    def documents_needed(self, provider: ProviderId) -> int:
        return self._law.country(self._countries[provider]).documents.at_least

    def seen_suffices(self, provider: ProviderId) -> bool:
        return self._law.country(self._countries[provider]).documents.seen_suffices

    def today(self, provider: ProviderId) -> dt.date:
        return self._law.calendar(self._countries[provider]).day_of(self._clock.time())


class _Body(msgspec.Struct):
    at: int
    event: str
    facts: dict[str, str | int]
    ref: str | None


@final
class ConsoleChain:
    """Entries as they stand; whether they are sound, `verify` says."""

    def __init__(self, db: Database, ledger: Ledger) -> None:
        self._db = db
        self._ledger = ledger

    async def entries(
        self, provider: ProviderId, *, event: Event | None, ref: str, before: int, limit: int
    ) -> Sequence[EntryShown]:
        columns = LedgerEntry.declaration.table.c
        chosen = sa.select(columns.number, columns.body, columns.hash).where(columns.provider == provider)
        if before:
            chosen = chosen.where(columns.number < before)
        if event is not None:
            chosen = chosen.where(self._holds(f'"event":"{event.value}"'))
        if ref:
            chosen = chosen.where(self._holds(f'"ref":"{ref}"'))
        async with self._db.reading() as unit:
            rows = (await unit.execute(chosen.order_by(columns.number.desc()).limit(limit))).all()
        return [_entry(row.number, row.body, row.hash) for row in rows]

    def _holds(self, text: str) -> sa.ColumnElement[bool]:
        """Whether a body has that in it; bodies are ASCII in one spelling, so bytes can be compared."""
        body = LedgerEntry.declaration.table.c.body
        if self._db.dialect == "postgresql":
            return sa.func.strpos(sa.func.encode(body, "escape"), text) > 0
        return sa.func.instr(body, text.encode()) > 0

    async def verify(self, provider: ProviderId) -> Report:
        return await self._ledger.verify(provider)


def _entry(number: int, body: bytes, digest: bytes) -> EntryShown:
    """A body that is damaged is shown as having none: to say so is `verify`'s."""
    try:
        read = msgspec.json.decode(body, type=_Body)
    except (msgspec.MsgspecError, UnicodeError):
        read = _Body(at=0, event="damaged", facts={}, ref=None)
    ref = None if read.ref is None else LedgerRef(read.ref)
    return EntryShown(number, float(read.at), read.event, ref, read.facts, digest.hex())


class Drafts(Protocol):
    """Today's texts, published or not (`app.policies.TodaysNotices`)."""

    def draft(self, provider: ProviderId) -> Edition: ...


class Somebody(Protocol):
    """Whether there is anybody who would have to be told (`app.people.Enrolled`)."""

    async def anybody(self, provider: ProviderId) -> bool: ...


@final
class ConsoleTexts:
    """Drafts out of today's configuration, beside what was published."""

    def __init__(self, notices: Drafts, editions: Editions, enrolled: Somebody) -> None:
        self._notices = notices
        self._editions = editions
        self._enrolled = enrolled

    @property
    def languages(self) -> Sequence[str]:
        return languages(CATALOGUES)

    async def preview(self, provider: ProviderId, language: str) -> Notice:
        return self._notices.draft(provider).in_language(language)

    async def published(self, provider: ProviderId) -> Sequence[PublicationShown]:
        return [
            PublicationShown(
                each.number, each.versions.notice, each.published, each.holds_from, announced=each.needs == each.number
            )
            for each in reversed(self._editions.publications(provider))
        ]

    async def coming(self, provider: ProviderId, language: str) -> Coming | None:
        draft, newest = self._notices.draft(provider), self._editions.newest(provider)
        holding = self._editions.in_force(provider)
        if newest is None or holding is None:
            return Coming((), None)
        old = await self._editions.edition(holding.edition)
        if newest.edition != draft.digest:
            return Coming(differences(old, draft, language), None)
        if newest.edition == holding.edition:
            return None
        return Coming(differences(old, draft, language), newest.holds_from)

    async def publish(self, provider: ProviderId) -> bool:
        anybody = await self._enrolled.anybody(provider)
        return await self._editions.publish(provider, self._notices.draft(provider), anybody=anybody) is not None
