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
import dataclasses
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final, Protocol, cast, final

from ringfence.clock import DAY, Clock, day_of
from ringfence.declarations import REGISTRY, Keep, Registry
from ringfence.errors import RingfenceError
from ringfence.identifiers import ProviderId, RowId, SubjectId, new_id
from ringfence.persistence import Database, Fence, Guard, Pace, SubjectGone, UnitOfWork
from ringfence.privacy.ledger import Event, Ledger, Signer
from ringfence.privacy.rights.certificate import Facts, write_certificate
from ringfence.privacy.rights.errors import NotErased, UnknownErasure
from ringfence.privacy.rights.guardian import Guardian, erasable, erasable_rows
from ringfence.privacy.rights.keeping import (
    Blocking,
    NoStatutes,
    Statutes,
    blocking_guards,
    kept_classes,
    pack_keeps,
    read_keeps,
    staying,
    verdicts_of,
)
from ringfence.privacy.rights.records import ErasureRecord, Reason
from ringfence.privacy.rights.tombstone import TombstoneFile
from ringfence.privacy.rights.verdict import Outcome, Verdict, pack_verdicts, read_verdicts, told
from ringfence.privacy.vault import KeptClass, Keyring
from ringfence.randomness import Randomness

__all__ = [
    "Consequence",
    "Departure",
    "DryRun",
    "ErasureSettings",
    "ErasureStatus",
    "Erasures",
    "Heralds",
    "Point",
    "State",
]

_SCRUB_TRIES: Final = 50
_SCRUB_PAUSE: Final = 0.1  # seconds; a reader that is in the way is a backup or a page, and is gone soon


class Departure(Protocol):
    """A service that lets a person go: un-registers where that hits nobody else, drops memory, fills outboxes."""

    async def depart(self, subject: SubjectId) -> None:
        """Idempotent; cut off when its time is over."""
        ...


class Heralds(Protocol):
    """Who must know of an erasure as long as it can be known what was passed on, and to whom (Art. 19 GDPR)."""

    async def erasing(self, unit: UnitOfWork, provider: ProviderId, subject: SubjectId, erasure: RowId) -> None:
        """Within the unit that writes the intent: what is written here stands or falls with it, and names nobody."""
        ...


class Point(StrEnum):
    """The moments between and inside the steps at which a test kills the process."""

    WRITING_INTENT = "writing_intent"
    INTENT_WRITTEN = "intent_written"
    SERVICES_LET_GO = "services_let_go"
    DEPARTED = "departed"
    BLOCKED = "blocked"
    PUT_AWAY = "put_away"
    DECIDING = "deciding"
    DECIDED = "decided"
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
    DECIDED = 2
    ENTOMBED = 3
    KEYS_GONE = 4
    ROWS_GONE = 5
    CERTIFIED = 6


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


class Consequence(Protocol):
    """A service that says what stops working for a person who is erased (ZOI-20)."""

    async def ends(self, subject: SubjectId) -> Collection[str]:
        """Keys of the catalogue of texts, one per thing that stops; none if the person does not use it."""
        ...


@final
@dataclass(frozen=True, slots=True)
class DryRun:
    """What an erasure would do now: what becomes of each field, and what stops working (keys of texts)."""

    verdicts: tuple[Verdict, ...]
    stops: tuple[str, ...]


class Examines(Protocol):
    """Looks for what is left of a person; see `examine.Examiner`."""

    async def prepare(self, subject: SubjectId, keeping: Sequence[KeptClass] = ()) -> None:
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
        self._signer = signer
        self._departures = tuple(departures)
        self._heralds = tuple(heralds)
        self._clock = clock
        self._randomness = randomness
        self._settings = settings or ErasureSettings()
        self._statutes = statutes or NoStatutes()
        self._consequences = tuple(consequences)
        self._registry = registry
        self._examiner = examiner
        self.residues = 0
        """Erasures after which the scan still found something; each certificate says what and where."""
        self._at = at
        self._guardian = Guardian(db, registry)
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
            verdicts = await verdicts_of(unit, self._registry, subject, self._laws(provider), blocking)
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
            record = await self._depart(record, subject)
            record = await self._decide(record, subject)
            keeping = read_keeps(record.keeps)
            record = await self._entomb(record, subject, keeping)
            if self._examiner is not None:
                await self._examiner.prepare(subject, keeping)
            await self._forget(subject, keeping)
            await self._delete_rows(subject, keeping)
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
            verdicts=pack_verdicts(
                await verdicts_of(
                    unit,
                    self._registry,
                    subject,
                    self._laws(provider),
                    self._blocking(provider, reason),
                )
            ),
        )

    def _laws(self, provider: ProviderId) -> dict[Keep, str]:
        return {keep: self._statutes.keeps(provider, keep) for keep in Keep if keep.survives}

    def _blocking(self, provider: ProviderId, reason: Reason) -> Blocking | None:
        if reason is Reason.REHEARSAL:
            return None  # nobody real could be liable for anything
        return self._statutes.blocks(provider, day_of(self._clock.time()))

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

    async def _decide(self, record: ErasureRecord, subject: SubjectId) -> ErasureRecord:
        """Put away what stays, and write down which classes of keys that is; a hold that comes later comes too late."""
        if record.keeps is not None:
            return record
        await self._block(record, subject)
        self._at(Point.BLOCKED)
        decided: ErasureRecord | None = None
        while decided is None:  # a hold may be placed while rows are put away
            await self._guardian.put_away(subject)
            self._at(Point.PUT_AWAY)
            async with self._db.transaction() as unit:
                await unit.fence(subject)  # on PostgreSQL, too, no hold is placed at the same moment
                if await self._guardian.is_put_away(unit, subject):
                    decided = await self._decided(unit, record, subject)
                    await unit.replace(decided)
                    self._at(Point.DECIDING)
        self._at(Point.DECIDED)
        return decided

    async def _block(self, record: ErasureRecord, subject: SubjectId) -> None:
        blocking = self._blocking(record.provider, record.reason)
        if blocking is None:
            return
        guards = list(blocking_guards(self._registry, record.provider, subject, record.id, blocking))
        async with self._db.transaction() as unit:
            known = {each.id for each in await unit.select(Guard, origin=record.id)}
            await unit.guard(*(each for each in guards if each.id not in known))

    async def _decided(self, unit: UnitOfWork, record: ErasureRecord, subject: SubjectId) -> ErasureRecord:
        laws = self._laws(record.provider)
        nobody_real = record.reason is Reason.REHEARSAL  # no law wants anything of theirs kept
        stays = [] if nobody_real else await staying(unit, self._registry, subject, laws)
        return dataclasses.replace(
            record,
            verdicts=pack_verdicts(await verdicts_of(unit, self._registry, subject, laws)),
            keeps=pack_keeps(kept_classes(stays)),
        )

    async def _entomb(self, record: ErasureRecord, subject: SubjectId, keeping: Sequence[KeptClass]) -> ErasureRecord:
        if record.tombstone is not None:
            return record
        day = day_of(self._clock.time())
        stone = await asyncio.to_thread(self._tombstones.append, subject, record.id, day, keeping)
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

    async def _forget(self, subject: SubjectId, keeping: Sequence[KeptClass]) -> None:
        self._keyring.forget(subject, keeping)
        self._at(Point.KEYS_GONE)
        await self._until_true(self._scrub_keyring)

    async def _delete_rows(self, subject: SubjectId, keeping: Sequence[KeptClass]) -> None:
        pace = Pace(self._clock, self._db.dialect)
        for kind in erasable(self._registry, keeping):
            deleted = allowed = 1
            while deleted >= allowed:
                async with self._db.bulk() as unit:
                    allowed = pace.begin()
                    deleted = await unit.delete(kind, subject=subject, limit=allowed)
                    unit.after_commit(pace.end)
                    self._at(Point.DELETING_ROWS)
            self._at(Point.TABLE_EMPTIED)
        self._at(Point.ROWS_GONE)
        await self._until_true(self._db.checkpoint)
        self._at(Point.SCRUBBED)

    async def _certify(self, record: ErasureRecord, subject: SubjectId) -> bytes:
        assert record.tombstone is not None  # noqa: S101 - set by step 2
        examined = await self._examiner.examine(subject) if self._examiner is not None else {}
        examined = _without_secrets(examined, read_verdicts(record.verdicts))
        self.residues += bool(examined.get("found"))
        now = self._clock.time()
        facts = Facts(record=record, at=now, copies_dead_by=now + self._settings.copies_seconds, examined=examined)
        certificate, digest = write_certificate(facts, self._signer)
        done = dataclasses.replace(record, subject=None, certified=True, certificate=certificate)
        async with self._db.transaction() as unit:
            await unit.replace(done)
            await unit.delete(Fence, id=RowId(subject))
            await unit.delete(Guard, subject=subject, protects=False)
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

    async def _scrub_keyring(self) -> bool:
        return self._keyring.scrub()

    @staticmethod
    async def _until_true(attempt: Callable[[], Awaitable[bool]]) -> None:
        for _ in range(_SCRUB_TRIES):
            if await attempt():
                return
            await asyncio.sleep(_SCRUB_PAUSE)
        raise NotErased


def _without_secrets(examined: dict[str, object], verdicts: Sequence[Verdict]) -> dict[str, object]:
    """The scan's account without what an order forbids to tell: columns of which nothing is openly kept."""
    kept = {each.table for each in told(verdicts) if each.outcome in {Outcome.KEPT, Outcome.BLOCKED}}
    shown = [
        each
        for each in cast("list[str]", examined.get("kept", []))
        if each.partition(": ")[2].partition(".")[0] in kept
    ]
    return {**examined, "kept": shown} if examined else examined
