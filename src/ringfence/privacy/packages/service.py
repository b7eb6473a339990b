"""Packages: asked for, made, fetched, shredded; and what is true of each at any moment.

    (1) asked: a row with the file's key, sealed under the person's own     main database, one transaction
    (2) made: the file, sealed, forced to the disk                          a child process; nothing else changes
    (3) ready: the row says so, and the ledger                              one transaction
    (4) shredded: the key leaves the row, then the file goes                one transaction, then the folder

Each step looks first whether it was done. A kill between (1) and (3) leaves a package that is waiting, and it is made
anew; a kill inside (4) leaves a file that no key opens, and the next sweep removes it.
"""

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final, final

from ringfence.clock import Clock
from ringfence.declarations import Record
from ringfence.errors import RingfenceError
from ringfence.identifiers import CaseId, ProviderId, RowId, SubjectId, new_id
from ringfence.persistence import Database, SubjectGone, UnitOfWork
from ringfence.privacy.ledger import Event, Fact, Ledger
from ringfence.privacy.packages.errors import NotReady, TooManyPackages, UnknownPackage
from ringfence.privacy.packages.records import Copy, FeeReason, Kind, Package, Phase
from ringfence.privacy.packages.sealedfile import KEY
from ringfence.privacy.packages.shelf import Shelf
from ringfence.privacy.packages.status import Charge, PackageSettings, State, Status
from ringfence.privacy.packages.tariff import Tariff
from ringfence.privacy.packages.workshop import Builds, Point
from ringfence.privacy.vault import Use, opened_for
from ringfence.randomness import Randomness

__all__ = ["Packages"]

_SCRUB_TRIES: Final = 20
_SCRUB_PAUSE: Final = 0.1  # seconds


@final
class Packages:
    """`work` makes whatever is asked for, for ever; app supervises it. Also retention's owner of `Package` rows."""

    def __init__(
        self,
        *,
        db: Database,
        ledger: Ledger,
        builder: Builds,
        folder: Path,
        clock: Clock,
        randomness: Randomness,
        settings: PackageSettings | None = None,
        epoch: Callable[[], int] = lambda: 0,
        at: Callable[[Point], None] = lambda _: None,
    ) -> None:
        """`epoch` tells the keyring's newest: a file that was made while it changed may lack rows and is made again."""
        self._db = db
        self._ledger = ledger
        self._builder = builder
        self._shelf = Shelf(folder)
        self._clock = clock
        self._randomness = randomness
        self._settings = settings or PackageSettings()
        self._tariff = Tariff(self._settings, clock)
        self._epoch = epoch
        self._at = at
        self._building: dict[RowId, int] = {}
        self._asked = asyncio.Event()
        self._turn = asyncio.Lock()

    # -- what pages and requests ask ----------------------------------------------------------------------------------

    async def prepare(
        self,
        provider: ProviderId,
        subject: SubjectId,
        *,
        case: CaseId | None = None,
        kind: Kind = Kind.ACCESS,
        language: str = "en",
        letter: Sequence[str] = (),
    ) -> RowId:
        """Ask for a package; asked twice for a case, or before the last one was made, it is the same one.

        `letter` is the answer that goes with it: its title, then its paragraphs. Raises SubjectGone, TooManyPackages.
        """
        async with self._writing() as unit:
            alive = [each for each in await unit.select(Package, subject=subject) if each.phase is not Phase.SHREDDED]
            if known := _same(alive, case, kind):
                return known.id
            if len(alive) >= self._settings.alive:
                raise TooManyPackages(alive=len(alive))
            record = self._request(provider, subject, case, kind, language, tuple(letter))
            charge = await self._tariff.charge(unit, subject, kind)
            await unit.add_all((record, self._tariff.copy(record, charge)))
            self._at(Point.WRITING_REQUEST)
        self._at(Point.REQUESTED)
        self._asked.set()
        return record.id

    async def status(self, package: RowId, *, subject: SubjectId) -> Status:
        """How far it has come. Raises UnknownPackage, also where the package is somebody else's."""
        async with self._reading() as unit:
            record = await self._record(unit, package, subject)
            copy = await unit.get(Copy, package)
        return self._status(record, copy)

    async def of(self, subject: SubjectId) -> list[Status]:
        """All packages of a person, the newest first."""
        async with self._reading() as unit:
            records = await unit.select(Package, subject=subject)
            copies = {copy.id: copy for copy in await unit.select(Copy, subject=subject)}
        told = [self._status(record, copies.get(record.id)) for record in records]
        return sorted(told, key=lambda each: each.asked, reverse=True)

    async def stream(self, package: RowId, *, subject: SubjectId) -> AsyncIterator[bytes]:
        """The ZIP. The first time is recorded in the ledger. Raises UnknownPackage, NotReady, FileDamaged."""
        async with self._reading() as unit:
            record = await self._record(unit, package, subject)
        if self._state(record) is not State.READY:
            raise NotReady(state=self._state(record).value)
        await self._note_fetched(record)
        try:
            async for some in self._shelf.opened(record):
                yield some
        except FileNotFoundError:
            raise NotReady(state=State.SHREDDED.value) from None

    async def shred(self, package: RowId, *, subject: SubjectId) -> None:
        """End the package before its time: the key, then the file. Raises UnknownPackage; twice is as once."""
        async with self._reading() as unit:
            record = await self._record(unit, package, subject)
        await self._shred(record)

    async def copies(self, subject: SubjectId) -> int:
        """How many copies under Article 15(3) the person had in the time within which the first is free."""
        async with self._reading() as unit:
            return await self._tariff.count(unit, subject)

    async def charge(self, subject: SubjectId, kind: Kind = Kind.ACCESS) -> Charge:
        """What the next package would cost: for the page, before the person asks."""
        async with self._reading() as unit:
            return await self._tariff.charge(unit, subject, kind)

    # -- carrying out -------------------------------------------------------------------------------------------------

    async def work(self, *, retry_seconds: float = 60.0) -> None:
        """Makes whatever is asked for, as soon as it is, until cancelled."""
        while True:
            self._asked.clear()
            await self.resume()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._asked.wait(), retry_seconds)

    async def resume(self) -> list[RowId]:
        """Makes all that is waiting; returns what is ready now. Raises the first failure at the end."""
        async with self._reading() as unit:
            waiting = await unit.select(Package, phase=Phase.ASKED)
        finished: list[RowId] = []
        failures: list[Exception] = []
        for record in sorted(waiting, key=lambda each: each.asked_at):
            try:
                await self.run(record.id)
                finished.append(record.id)
            except (SubjectGone, UnknownPackage):
                continue  # whoever has gone meanwhile needs no copy
            except (RingfenceError, OSError) as failure:
                failures.append(failure)
        if failures:
            raise failures[0]
        return finished

    async def run(self, package: RowId) -> None:
        """Make one now, unless it is ready. Raises UnknownPackage, BuildFailed, SubjectGone."""
        async with self._turn:
            record = await self._waiting(package)
            if record is None:
                return
            self._building[package] = 0
            try:
                await self._make(record)
            finally:
                del self._building[package]

    async def expired(self, records: Sequence[Record]) -> None:
        """Retention hands over rows whose term is over (port `Expiry`): the package is shredded, and its row goes."""
        for record in (each for each in records if isinstance(each, Package)):
            await self._shred(record)
            async with self._writing() as unit:
                await unit.delete(Package, id=record.id)

    async def sweep(self) -> int:
        """Remove files that no living row stands for: shredded, expired, erased, or half made. Tells how many."""
        async with self._reading() as unit:
            records = await unit.select(Package)
            known = self._shelf.names([record for record in records if record.phase is not Phase.SHREDDED])
        # A file's row is written before the file, so what was listed after the rows were read could be new
        left = [path for path in await self._shelf.listed() if path.name not in known]
        async with self._reading() as unit:
            fresh = self._shelf.names(await unit.select(Package, phase=Phase.ASKED))
        gone = [path for path in left if path.name not in fresh]
        await self._shelf.clear(gone)
        return len(gone)

    async def depart(self, subject: SubjectId) -> None:
        """The person goes (port `Departure`): their files go at once; the rows are the erasure's own."""
        async with self._reading() as unit:
            records = await unit.select(Package, subject=subject)
        await self._shelf.remove(*records)

    # -- steps --------------------------------------------------------------------------------------------------------

    async def _make(self, record: Package) -> None:
        def progress(rows: int) -> None:
            self._building[record.id] = rows

        try:
            epoch = self._epoch()
            result = await self._builder.build(record.id, progress)
            while self._epoch() != epoch:
                epoch = self._epoch()
                result = await self._builder.build(record.id, progress)
            now = self._clock.time()
            ready = dataclasses.replace(
                record,
                phase=Phase.READY,
                due=now + self._settings.keeps(record.provider),
                ready_at=now,
                rows=result.rows,
                size=result.size,
                digest=result.digest,
            )
            async with self._writing() as unit:
                await unit.replace(ready)
                await self._append(unit, record, Event.EXPORT_MADE, digest=result.digest, count=result.rows)
                self._at(Point.WRITING_READY)
        except (SubjectGone, UnknownPackage):
            await self._shelf.remove(record)
            raise
        self._at(Point.READY)

    async def _shred(self, record: Package) -> None:
        if record.phase is not Phase.SHREDDED:
            gone = dataclasses.replace(record, phase=Phase.SHREDDED, key=b"", letter=())
            with suppress(SubjectGone):  # then the erasure ends the key
                async with self._writing() as unit:
                    await unit.replace(gone)
                    await self._append(unit, record, Event.PACKAGE_EXPIRED)
                    self._at(Point.WRITING_SHREDDED)
            self._at(Point.KEY_GONE)
        await self._shelf.remove(record)
        self._at(Point.FILE_GONE)
        await self._scrub()

    async def _scrub(self) -> None:
        """Empty the database's log, in which the old row still is; a reader in the way is soon gone, the daily one."""
        for _ in range(_SCRUB_TRIES):
            if await self._db.checkpoint():
                return
            await asyncio.sleep(_SCRUB_PAUSE)

    async def _note_fetched(self, record: Package) -> None:
        if record.fetched_at is not None:
            return
        async with self._writing() as unit:
            await unit.replace(dataclasses.replace(record, fetched_at=self._clock.time()))
            await self._append(unit, record, Event.PACKAGE_FETCHED, digest=record.digest)
            self._at(Point.WRITING_FETCHED)
        self._at(Point.FETCHED)

    # A person may always have a copy, so packages are read and written while the rest of theirs is only stored.

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[UnitOfWork]:
        with opened_for(Use.CONSENT):
            async with self._db.reading() as unit:
                yield unit

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[UnitOfWork]:
        with opened_for(Use.CONSENT):
            async with self._db.transaction() as unit:
                yield unit

    async def _append(self, unit: UnitOfWork, record: Package, event: Event, **facts: Fact) -> None:
        if record.case is not None:
            facts["case"] = record.case
        await self._ledger.append(unit, record.provider, event, subject=record.subject, ref=None, **facts)

    async def _waiting(self, package: RowId) -> Package | None:
        async with self._reading() as unit:
            record = await unit.get(Package, package)
        if record is None:
            raise UnknownPackage
        return record if record.phase is Phase.ASKED else None

    async def _record(self, unit: UnitOfWork, package: RowId, subject: SubjectId) -> Package:
        record = await unit.get(Package, package)
        if record is None or record.subject != subject:
            raise UnknownPackage
        return record

    # -- what is told -------------------------------------------------------------------------------------------------

    def _state(self, record: Package) -> State:
        if record.phase is Phase.SHREDDED or not record.key or self._is_over(record):
            return State.SHREDDED
        if record.phase is Phase.ASKED:
            return State.BUILDING if record.id in self._building else State.WAITING
        return State.READY if self._shelf.has(record) else State.SHREDDED

    def _is_over(self, record: Package) -> bool:
        return record.due is not None and record.due <= self._clock.time()

    def _status(self, record: Package, copy: Copy | None) -> Status:
        return Status(
            id=record.id,
            case=record.case,
            kind=record.kind,
            state=self._state(record),
            asked=record.asked_at,
            expires=record.due or 0.0,
            ready=record.ready_at,
            fetched=record.fetched_at,
            rows=self._building.get(record.id, record.rows),
            size=record.size,
            digest=record.digest,
            charge=Charge(copy.charged, copy.reason) if copy else Charge(False, FeeReason.FIRST_COPY),
        )

    # -- rows ---------------------------------------------------------------------------------------------------------

    def _request(
        self,
        provider: ProviderId,
        subject: SubjectId,
        case: CaseId | None,
        kind: Kind,
        language: str,
        letter: tuple[str, ...],
    ) -> Package:
        now = self._clock.time()
        return Package(
            id=RowId(new_id(self._randomness)),
            provider=provider,
            subject=subject,
            due=now + self._settings.keeps(provider),
            case=case,
            kind=kind,
            phase=Phase.ASKED,
            file=RowId(new_id(self._randomness)),
            asked_at=now,
            language=language,
            key=self._randomness.bytes(KEY),
            letter=letter,
        )


def _same(alive: Sequence[Package], case: CaseId | None, kind: Kind) -> Package | None:
    """The package that was asked for before: by the same request, or without one and not made yet."""
    for each in alive:
        if each.kind is kind and each.case == case and (case is not None or each.phase is Phase.ASKED):
            return each
    return None
