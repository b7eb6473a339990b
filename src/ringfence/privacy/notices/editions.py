"""What was published and since when it holds: the only texts that anybody agrees to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

from ringfence.clock import Clock, day_of
from ringfence.identifiers import ProviderId, RowId
from ringfence.persistence import Database, UnitOfWork
from ringfence.privacy.ledger import Event, Ledger
from ringfence.privacy.notices.comparison import compared
from ringfence.privacy.notices.edition import Edition
from ringfence.privacy.notices.errors import UnknownEdition
from ringfence.privacy.notices.month import month_after
from ringfence.privacy.notices.records import PublicationRow, StoredEdition
from ringfence.privacy.notices.text import Versions

__all__ = ["Editions", "Publication"]


@final
@dataclass(frozen=True, slots=True)
class Publication:
    """That an edition was published. Instants are epoch seconds.

    It holds from `holds_from` on for newcomers, and for whoever was told of publication `needs` (or a later one) a
    month before; 0: nobody needed to be told.
    """

    id: RowId
    provider: ProviderId
    number: int
    edition: RowId
    versions: Versions
    published: float
    holds_from: float
    needs: int


@final
class Editions:
    """All publications of all providers. They are in memory after `load`; of editions, those that hold or are
    coming.
    """

    def __init__(self, db: Database, ledger: Ledger, clock: Clock) -> None:
        self._db = db
        self._ledger = ledger
        self._clock = clock
        self._published: dict[ProviderId, list[Publication]] = {}
        self._open: dict[RowId, Edition] = {}

    async def load(self) -> None:
        """Read what was published since the last time."""
        async with self._db.reading() as unit:
            for row in await unit.select(PublicationRow, order="number"):
                if row.number > len(self._published.get(row.provider, ())):
                    self._enter(row, await self._unpacked(unit, row.edition))
        self._let_go()

    async def publish(self, provider: ProviderId, edition: Edition, *, anybody: bool = True) -> Publication | None:
        """Store the edition if it is another than the newest; None if it is not.

        A material difference from what holds waits a month, so that people can be told and can object; everything else
        holds at once. Where nobody is there yet (`anybody`), nobody has to be told.
        """
        await self.load()
        newest = self.newest(provider)
        digest = RowId(edition.digest)
        if newest is not None and newest.edition == digest:
            return None
        row = await self._row(provider, digest, edition, anybody=anybody)
        async with self._db.transaction() as unit:
            if await unit.get(StoredEdition, digest) is None:
                await unit.add(StoredEdition(id=digest, provider=provider, packed=edition.pack()))
            await unit.add(row)
            await self._ledger.append(
                unit,
                provider,
                Event.NOTICE_PUBLISHED,
                version=edition.versions.notice,
                until=day_of(row.holds_from),
                reason="material" if row.needs == row.number else "other",
            )
            unit.after_commit(lambda: self._enter(row, edition))
        return self.newest(provider)

    def publications(self, provider: ProviderId) -> Sequence[Publication]:
        """All of them, oldest first."""
        return tuple(self._published.get(provider, ()))

    def newest(self, provider: ProviderId) -> Publication | None:
        published = self._published.get(provider)
        return published[-1] if published else None

    def in_force(self, provider: ProviderId, now: float | None = None) -> Publication | None:
        """What newcomers enrol to; None before the first publication."""
        now = self._clock.time() if now is None else now
        holding = [each for each in self._published.get(provider, ()) if each.holds_from <= now]
        return holding[-1] if holding else None

    def text_in_force(self, provider: ProviderId) -> Edition | None:
        """The edition that newcomers enrol to, out of memory; a later one if the machine's clock was set back."""
        holding = self.in_force(provider)
        if holding is None:
            return None
        since = self._published[provider][holding.number - 1 :]
        return next(self._open[each.edition] for each in since if each.edition in self._open)

    def names(self, provider: ProviderId, recipient: str) -> bool:
        """Whether the text that holds for newcomers names the recipient: what a gate can ask in passing (ZOI-21)."""
        text = self.text_in_force(provider)
        return text is not None and any(each.name == recipient for each in text.policy.recipients)

    async def edition(self, digest: str) -> Edition:
        """Any edition that was ever published. Raises UnknownEdition."""
        known = self._open.get(RowId(digest))
        if known is not None:
            return known
        async with self._db.reading() as unit:
            return await self._unpacked(unit, RowId(digest))

    async def _row(self, provider: ProviderId, digest: RowId, edition: Edition, *, anybody: bool) -> PublicationRow:
        now = self._clock.time()
        number = len(self._published.get(provider, ())) + 1
        holds_from, needs = await self._holds(provider, edition, number, now) if anybody else (now, 0)
        return PublicationRow(
            id=RowId(f"{provider}:{number}"),
            provider=provider,
            number=number,
            edition=digest,
            published=now,
            holds_from=holds_from,
            needs=needs,
        )

    async def _holds(self, provider: ProviderId, edition: Edition, number: int, now: float) -> tuple[float, int]:
        """From when on, and which publication must have been announced before."""
        holding, coming = self.in_force(provider, now), self.newest(provider)
        if holding is None or coming is None:
            return now, 0
        if not _material(await self.edition(holding.edition), edition):
            return now, holding.needs
        if not _material(await self.edition(coming.edition), edition):  # it comes with what is announced already
            return max(now, coming.holds_from), coming.needs
        return month_after(now), number

    async def _unpacked(self, unit: UnitOfWork, digest: RowId) -> Edition:
        stored = await unit.get(StoredEdition, digest)
        if stored is None:
            raise UnknownEdition
        return Edition.unpack(stored.packed)

    def _enter(self, row: PublicationRow, edition: Edition) -> None:
        publication = Publication(
            id=row.id,
            provider=row.provider,
            number=row.number,
            edition=row.edition,
            versions=edition.versions,
            published=row.published,
            holds_from=row.holds_from,
            needs=row.needs,
        )
        self._published.setdefault(row.provider, []).append(publication)
        self._open[row.edition] = edition

    def _let_go(self) -> None:
        """Of the editions that are over for newcomers."""
        needed: set[RowId] = set()
        for provider, published in self._published.items():
            holding = self.in_force(provider)
            first = holding.number if holding else 1
            needed.update(each.edition for each in published if each.number >= first)
        for digest in self._open.keys() - needed:
            del self._open[digest]


def _material(old: Edition, new: Edition) -> bool:
    return any(found.change.material for found in compared(old, new))
