"""Erasing a person, in an order that survives being killed at any moment.

    (0) intent and verdicts written, the person fenced          main database, one transaction
    (1) services let go, within a time bound                    ports `Departure`
    (2) tombstone on disk, anchored in the ledger               a file outside both databases
    (3) keys and identifiers destroyed: no way back             keyring, one transaction
    (4) rows deleted, logs of the databases emptied, scan, certificate

Each step looks first whether it was done, so running again after a kill goes on where it stopped. What `status` says is
read from the media themselves (tombstone file, keyring, tables), never from a note about them.
"""

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final, Protocol, final

from ringfence.clock import DAY, Clock, day_of
from ringfence.declarations import REGISTRY, Registry
from ringfence.errors import RingfenceError
from ringfence.identifiers import ProviderId, RowId, SubjectId, new_id
from ringfence.persistence import Database, Fence, SubjectGone, UnitOfWork
from ringfence.privacy.ledger import Event, Ledger, Signer
from ringfence.privacy.rights.certificate import Facts, write_certificate
from ringfence.privacy.rights.errors import NotErased, UnknownErasure
from ringfence.privacy.rights.records import ErasureRecord, Reason
from ringfence.privacy.rights.tombstone import TombstoneFile
from ringfence.privacy.rights.verdict import Verdict, pack_verdicts, read_verdicts, verdicts_of
from ringfence.privacy.vault import Keyring
from ringfence.randomness import Randomness

__all__ = ["Departure", "ErasureSettings", "ErasureStatus", "Erasures", "Point", "State"]

_BATCH: Final = 500  # rows deleted in one transaction: some milliseconds, so that calls' writers hardly wait
_SCRUB_TRIES: Final = 50
_SCRUB_PAUSE: Final = 0.1  # seconds; a reader that is in the way is a backup or a page, and is gone soon


class Departure(Protocol):
    """A service that lets a person go: un-registers where that hits nobody else, drops memory, fills outboxes."""

    async def depart(self, subject: SubjectId) -> None:
        """Idempotent; cut off when its time is over."""
        ...


class Point(StrEnum):
    """The moments between and inside the steps at which a test kills the process."""

    WRITING_INTENT = "writing_intent"
    INTENT_WRITTEN = "intent_written"
    SERVICES_LET_GO = "services_let_go"
    DEPARTED = "departed"
    TOMBSTONE_ON_DISK = "tombstone_on_disk"
    WRITING_ANCHOR = "writing_anchor"
    ANCHORED = "anchored"
    KEYS_GONE = "keys_gone"
    DELETING_ROWS = "deleting_rows"
    TABLE_EMPTIED = "table_emptied"
    ROWS_GONE = "rows_gone"
    SCRUBBED = "scrubbed"
    WRITING_CERTIFICATE = "writing_certificate"
    CERTIFIED = "certified"


class State(IntEnum):
    """How far an erasure has come; each includes the ones before."""

    REQUESTED = 0
    DEPARTED = 1
    ENTOMBED = 2
    KEYS_GONE = 3
    ROWS_GONE = 4
    CERTIFIED = 5


@final
@dataclass(frozen=True, slots=True)
class ErasureSettings:
    """Terms of an erasure.

    promised_seconds: within this time the certificate is there (ACR-05); a policy may shorten it.
    depart_seconds: what services may take to let go; destroying keys never waits for a PBX longer than this.
    copies_seconds: after this time no copy of the keyring opens: the keyring's backup lifetime and one daily rotation.
    """

    promised_seconds: float = 7 * DAY
    depart_seconds: float = 30.0
    copies_seconds: float = 4 * DAY


@final
@dataclass(frozen=True, slots=True)
class ErasureStatus:
    """The truth about an erasure at the moment of asking. Times are epoch seconds."""

    id: RowId
    state: State
    requested: float
    promised: float
    verdicts: tuple[Verdict, ...]
    certificate: bytes | None


class Examines(Protocol):
    """Looks for what is left of a person; see `examine.Examiner`."""

    async def prepare(self, subject: SubjectId) -> None:
        """Gathers what to look for, while it can be known. Called before the keys go."""
        ...

    async def examine(self, subject: SubjectId) -> dict[str, object]:
        """Looks for it; the answer goes into the certificate."""
        ...


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
        clock: Clock,
        randomness: Randomness,
        settings: ErasureSettings | None = None,
        registry: Registry = REGISTRY,
        examiner: Examines | None = None,
        at: Callable[[Point], None] = lambda _: None,
    ) -> None:
        self._db = db
        self._keyring = keyring
        self._tombstones = tombstones
        self._ledger = ledger
        self._signer = signer
        self._departures = tuple(departures)
        self._clock = clock
        self._randomness = randomness
        self._settings = settings or ErasureSettings()
        self._registry = registry
        self._examiner = examiner
        self.residues = 0
        """Erasures after which the scan still found something; each certificate says what and where."""
        self._at = at
        self._running = asyncio.Lock()
        self._asked = asyncio.Event()

    # -- what services and pages ask ----------------------------------------------------------------------------------

    async def request(self, provider: ProviderId, subject: SubjectId, reason: Reason) -> RowId:
        """Step 0: the erasure's id, new or the one under way; from here on nothing is written about the person.

        Raises SubjectGone if there is nobody of that id.
        """
        async with self._db.transaction() as unit:
            known = await unit.select(ErasureRecord, subject=subject)
            if known:
                return known[0].id
            if not self._keyring.knows(subject):
                raise SubjectGone
            await unit.fence(subject)
            record = await self._intent(unit, provider, subject, reason)
            await unit.add(record)
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
            record = await self._depart(record, subject)
            record = await self._entomb(record, subject)
            if self._examiner is not None:
                await self._examiner.prepare(subject)
            await self._forget(subject)
            await self._delete_rows(subject)
            return await self._certify(record, subject)

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
            verdicts=pack_verdicts(await verdicts_of(unit, self._registry, subject)),
        )

    async def _depart(self, record: ErasureRecord, subject: SubjectId) -> ErasureRecord:
        if record.departed:
            return record
        hindered = 0
        for departure in self._departures:
            try:
                async with asyncio.timeout(self._settings.depart_seconds):
                    await departure.depart(subject)
            except (TimeoutError, OSError, RingfenceError):
                hindered += 1  # the certificate says so; a PBX that does not answer must not keep anybody alive
        self._at(Point.SERVICES_LET_GO)
        record = dataclasses.replace(record, departed=True, hindered=hindered)
        async with self._db.transaction() as unit:
            await unit.replace(record)
        self._at(Point.DEPARTED)
        return record

    async def _entomb(self, record: ErasureRecord, subject: SubjectId) -> ErasureRecord:
        if record.tombstone is not None:
            return record
        day = day_of(self._clock.time())
        stone = await asyncio.to_thread(self._tombstones.append, subject, record.id, day)
        self._at(Point.TOMBSTONE_ON_DISK)
        record = dataclasses.replace(record, tombstone=stone.number, tombstone_digest=stone.digest)
        async with self._db.transaction() as unit:
            await unit.replace(record)
            await self._ledger.append(
                unit,
                record.provider,
                Event.TOMBSTONE_WRITTEN,
                ref=record.ref,
                erasure=record.id,
                number=stone.number,
                digest=stone.digest,
            )
            self._at(Point.WRITING_ANCHOR)
        self._at(Point.ANCHORED)
        return record

    async def _forget(self, subject: SubjectId) -> None:
        self._keyring.forget(subject)
        self._at(Point.KEYS_GONE)
        await self._until_true(self._scrub_keyring)

    async def _delete_rows(self, subject: SubjectId) -> None:
        for kind in self._registry.about_people():
            deleted = _BATCH
            while deleted >= _BATCH:
                async with self._db.transaction() as unit:
                    deleted = await unit.delete(kind, subject=subject, limit=_BATCH)
                    self._at(Point.DELETING_ROWS)
            self._at(Point.TABLE_EMPTIED)
        self._at(Point.ROWS_GONE)
        await self._until_true(self._db.checkpoint)
        self._at(Point.SCRUBBED)

    async def _certify(self, record: ErasureRecord, subject: SubjectId) -> bytes:
        assert record.tombstone is not None  # noqa: S101 - set by step 2
        examined = await self._examiner.examine(subject) if self._examiner is not None else {}
        self.residues += bool(examined.get("found"))
        now = self._clock.time()
        facts = Facts(record=record, at=now, copies_dead_by=now + self._settings.copies_seconds, examined=examined)
        certificate, digest = write_certificate(facts, self._signer)
        done = dataclasses.replace(record, subject=None, certified=True, certificate=certificate)
        async with self._db.transaction() as unit:
            await unit.replace(done)
            await unit.delete(Fence, id=RowId(subject))
            rows = sum(verdict.rows for verdict in read_verdicts(record.verdicts))
            await self._ledger.append(
                unit,
                record.provider,
                Event.ERASURE_COMPLETED,
                ref=record.ref,
                erasure=record.id,
                certificate=digest,
                count=rows,
            )
            self._at(Point.WRITING_CERTIFICATE)
        self._at(Point.CERTIFIED)
        await self._until_true(self._db.checkpoint)
        return certificate

    async def _state(self, unit: UnitOfWork, record: ErasureRecord) -> State:
        if record.certified or record.subject is None:
            return State.CERTIFIED
        if not self._keyring.knows(record.subject):
            kinds = list(self._registry.about_people())
            left = [kind for kind in kinds if await unit.count(kind, subject=record.subject)]
            return State.KEYS_GONE if left else State.ROWS_GONE
        if self._tombstones.of(record.subject) is not None:
            return State.ENTOMBED
        return State.DEPARTED if record.departed else State.REQUESTED

    async def _record(self, erasure: RowId) -> ErasureRecord:
        async with self._db.reading() as unit:
            record = await unit.get(ErasureRecord, erasure)
        if record is None:
            raise UnknownErasure
        return record

    async def _scrub_keyring(self) -> bool:
        return self._keyring.scrub()

    @staticmethod
    async def _until_true(attempt: Callable[[], Awaitable[bool]]) -> None:
        for _ in range(_SCRUB_TRIES):
            if await attempt():
                return
            await asyncio.sleep(_SCRUB_PAUSE)
        raise NotErased
