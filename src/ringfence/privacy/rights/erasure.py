"""Erasing a person, in an order that survives being killed at any moment.

    (0) intent, verdicts and notices to recipients written,     main database, one transaction
        the person fenced
    (1) services let go, within a time bound                    ports `Departure`
    (1a) what a law wants kept is put away and decided          main database; later holds come too late
    (2) tombstone on disk, anchored in the ledger               a file outside both databases
    (3) keys and identifiers destroyed: no way back             keyring, one transaction, but for what is kept
    (4) rows deleted, logs of the databases emptied, scan, certificate

Each step looks first whether it was done, so running again after a kill goes on where it stopped. What `status` says is
read from the media themselves (tombstone file, keyring, tables), never from a note about them.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import final

from ringfence.clock import Clock, day_of
from ringfence.declarations import REGISTRY, Registry
from ringfence.errors import RingfenceError
from ringfence.identifiers import ProviderId, RowId, SubjectId, new_id
from ringfence.persistence import Database, SubjectGone, UnitOfWork
from ringfence.privacy.ledger import Event, Ledger, Signer
from ringfence.privacy.rights.erasure_ports import Consequence, Departure, Examines, Heralds
from ringfence.privacy.rights.erasure_states import DryRun, ErasureSettings, ErasureStatus, Point, State
from ringfence.privacy.rights.erasure_steps import Steps
from ringfence.privacy.rights.errors import NotErased, UnknownErasure
from ringfence.privacy.rights.guardian import erasable_rows
from ringfence.privacy.rights.keeping import NoStatutes, Statutes, read_keeps, verdicts_of
from ringfence.privacy.rights.records import ErasureRecord, Reason
from ringfence.privacy.rights.tombstone import TombstoneFile
from ringfence.privacy.rights.verdict import pack_verdicts, read_verdicts
from ringfence.privacy.vault import Keyring
from ringfence.randomness import Randomness

__all__ = ["Erasures"]


@final
class Erasures:
    """Begins, carries out and resumes erasures; `work` does so for ever, and app supervises it."""

    def __init__(
        self,
        *,
        db: Database,
        keyring: Keyring,
        tombstones: TombstoneFile,
        ledger: Ledger,
        signer: Signer,
        departures: Sequence[Departure],
        heralds: Sequence[Heralds] = (),
        clock: Clock,
        randomness: Randomness,
        statutes: Statutes | None = None,
        consequences: Sequence[Consequence] = (),
        settings: ErasureSettings | None = None,
        registry: Registry = REGISTRY,
        examiner: Examines | None = None,
        at: Callable[[Point], None] = lambda _: None,
    ) -> None:
        self._db = db
        self._keyring = keyring
        self._tombstones = tombstones
        self._ledger = ledger
        self._heralds = tuple(heralds)
        self._clock = clock
        self._randomness = randomness
        self._settings = settings or ErasureSettings()
        self._statutes = statutes or NoStatutes()
        self._consequences = tuple(consequences)
        self._registry = registry
        self._examiner = examiner
        self._at = at
        self._steps = Steps(
            db,
            keyring,
            tombstones,
            ledger,
            signer,
            tuple(departures),
            clock,
            self._settings,
            self._statutes,
            registry,
            examiner,
            at,
        )
        self._running = asyncio.Lock()
        self._asked = asyncio.Event()

    @property
    def residues(self) -> int:
        """Erasures after which the scan still found something; each certificate says what and where."""
        return self._steps.residues

    # -- what services and pages ask ----------------------------------------------------------------------------------

    async def request(self, provider: ProviderId, subject: SubjectId, reason: Reason) -> RowId:
        """Step 0: the erasure's id, new or the one under way; from here on nothing is written about the person.

        Raises SubjectGone if there is nobody of that id.
        """
        async with self._db.transaction() as unit:
            known = await unit.select(ErasureRecord, subject=subject)
            if known:
                return known[0].id
            if not self._keyring.knows(subject) or self._keyring.kept(subject):
                raise SubjectGone
            await unit.fence(subject)
            record = await self._intent(unit, provider, subject, reason)
            await unit.add(record)
            for herald in self._heralds:
                await herald.erasing(unit, provider, subject, record.id)
            await self._ledger.append(
                unit,
                provider,
                Event.ERASURE_REQUESTED,
                ref=record.ref,
                erasure=record.id,
                reason=reason,
                until=day_of(record.promised),
            )
            self._at(Point.WRITING_INTENT)
        self._at(Point.INTENT_WRITTEN)
        self._asked.set()
        return record.id

    async def dry_run(self, provider: ProviderId, subject: SubjectId) -> DryRun:
        """What `request` would lead to, as things are: nothing is written. Raises SubjectGone if nobody is there."""
        if not self._keyring.knows(subject) or self._keyring.kept(subject):
            raise SubjectGone
        blocking = self._statutes.blocks(provider, day_of(self._clock.time()))
        async with self._db.reading() as unit:
            verdicts = await verdicts_of(unit, self._registry, subject, self._steps.laws(provider), blocking)
        stops = {key for each in self._consequences for key in await each.ends(subject)}
        return DryRun(tuple(verdicts), tuple(sorted(stops)))

    async def status(self, erasure: RowId) -> ErasureStatus:
        """How far it has come, read from the media. Raises UnknownErasure."""
        async with self._db.reading() as unit:
            record = await unit.get(ErasureRecord, erasure)
            if record is None:
                raise UnknownErasure
            state = await self._state(unit, record)
        return ErasureStatus(
            record.id,
            state,
            record.requested,
            record.promised,
            tuple(read_verdicts(record.verdicts)),
            record.certificate or None,
        )

    async def pending(self) -> list[ErasureRecord]:
        """What is not certified yet, the most urgent first."""
        async with self._db.reading() as unit:
            return await unit.select(ErasureRecord, certified=False, order="promised")

    # -- carrying out -------------------------------------------------------------------------------------------------

    async def work(self, *, retry_seconds: float = 60.0) -> None:
        """Carries out whatever is asked for, as soon as it is, until cancelled."""
        while True:
            self._asked.clear()
            await self.resume()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._asked.wait(), retry_seconds)

    async def resume(self) -> list[RowId]:
        """Goes on with all that is pending; returns what was finished. One that fails does not hold up the others.

        Raises the first failure at the end, for whoever supervises; what is merely not erased yet is none.
        """
        finished: list[RowId] = []
        failures: list[Exception] = []
        for record in await self.pending():
            try:
                await self.run(record.id)
                finished.append(record.id)
            except NotErased:
                continue  # tried again at the next turn; the state says what is still to do
            except (RingfenceError, OSError) as failure:
                failures.append(failure)
        if failures:
            raise failures[0]
        return finished

    async def run(self, erasure: RowId) -> bytes:
        """All steps that are still to do; the certificate. Raises UnknownErasure, NotErased."""
        async with self._running:
            record = await self._record(erasure)
            if record.certified:
                return record.certificate
            subject = record.subject
            assert subject is not None  # noqa: S101 - dropped only with certification
            record = await self._steps.depart(record, subject)
            record = await self._steps.decide(record, subject)
            keeping = read_keeps(record.keeps)
            record = await self._steps.entomb(record, subject, keeping)
            if self._examiner is not None:
                await self._examiner.prepare(subject, keeping)
            await self._steps.forget(subject, keeping)
            await self._steps.delete_rows(subject, keeping)
            return await self._steps.certify(record, subject)

    async def _intent(
        self, unit: UnitOfWork, provider: ProviderId, subject: SubjectId, reason: Reason
    ) -> ErasureRecord:
        now = self._clock.time()
        return ErasureRecord(
            id=RowId(new_id(self._randomness)),
            provider=provider,
            subject=subject,
            ref=self._keyring.ledger_ref(subject),
            reason=reason,
            requested=now,
            promised=now + self._settings.promised_seconds,
            departed=False,
            hindered=0,
            tombstone=None,
            tombstone_digest="",
            certified=False,
            certificate=b"",
            verdicts=pack_verdicts(
                await verdicts_of(
                    unit,
                    self._registry,
                    subject,
                    self._steps.laws(provider),
                    self._steps.blocking(provider, reason),
                )
            ),
        )

    async def _state(self, unit: UnitOfWork, record: ErasureRecord) -> State:
        if record.certified or record.subject is None:
            return State.CERTIFIED
        entombed = self._tombstones.of(record.subject) is not None
        if entombed and self._keyring.is_forgotten(record.subject, read_keeps(record.keeps)):
            left = await erasable_rows(unit, self._registry, record.subject, read_keeps(record.keeps))
            return State.KEYS_GONE if left else State.ROWS_GONE
        if entombed:
            return State.ENTOMBED
        if record.keeps is not None:
            return State.DECIDED
        return State.DEPARTED if record.departed else State.REQUESTED

    async def _record(self, erasure: RowId) -> ErasureRecord:
        async with self._db.reading() as unit:
            record = await unit.get(ErasureRecord, erasure)
        if record is None:
            raise UnknownErasure
        return record
