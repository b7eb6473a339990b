"""The steps of an erasure, in the order of `erasure.py`; each looks first whether it was done."""

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, cast, final

from ringfence.clock import Clock, day_of
from ringfence.declarations import Keep, Registry
from ringfence.errors import RingfenceError
from ringfence.identifiers import ProviderId, RowId, SubjectId
from ringfence.persistence import Database, Fence, Guard, Pace, UnitOfWork
from ringfence.privacy.ledger import Event, Ledger, Signer
from ringfence.privacy.rights.certificate import Facts, write_certificate
from ringfence.privacy.rights.erasure_ports import Departure, Examines
from ringfence.privacy.rights.erasure_states import ErasureSettings, Point
from ringfence.privacy.rights.errors import NotErased
from ringfence.privacy.rights.guardian import Guardian, erasable
from ringfence.privacy.rights.keeping import (
    Blocking,
    Statutes,
    blocking_guards,
    kept_classes,
    pack_keeps,
    staying,
    verdicts_of,
)
from ringfence.privacy.rights.records import ErasureRecord, Reason
from ringfence.privacy.rights.tombstone import TombstoneFile
from ringfence.privacy.rights.verdict import Outcome, Verdict, pack_verdicts, read_verdicts, told
from ringfence.privacy.vault import KeptClass, Keyring

__all__ = ["Steps"]

_SCRUB_TRIES: Final = 50
_SCRUB_PAUSE: Final = 0.1  # seconds; a reader that is in the way is a backup or a page, and is gone soon


@final
@dataclass(slots=True)
class Steps:
    """Carries them out, for `Erasures`, which sees to it that one runs at a time."""

    db: Database
    keyring: Keyring
    tombstones: TombstoneFile
    ledger: Ledger
    signer: Signer
    departures: Sequence[Departure]
    clock: Clock
    settings: ErasureSettings
    statutes: Statutes
    registry: Registry
    examiner: Examines | None
    at: Callable[[Point], None]
    residues: int = 0
    _guardian: Guardian = field(init=False)

    def __post_init__(self) -> None:
        self._guardian = Guardian(self.db, self.registry)

    def laws(self, provider: ProviderId) -> dict[Keep, str]:
        """Which law wants what is kept in each class that survives its person."""
        return {keep: self.statutes.keeps(provider, keep) for keep in Keep if keep.survives}

    def blocking(self, provider: ProviderId, reason: Reason) -> Blocking | None:
        """What the provider's country wants blocked before it is destroyed."""
        if reason is Reason.REHEARSAL:
            return None  # nobody real could be liable for anything
        return self.statutes.blocks(provider, day_of(self.clock.time()))

    async def depart(self, record: ErasureRecord, subject: SubjectId) -> ErasureRecord:
        """Step 1: services let go, each within its time."""
        if record.departed:
            return record
        hindered = 0
        for departure in self.departures:
            try:
                async with asyncio.timeout(self.settings.depart_seconds):
                    await departure.depart(subject)
            except (TimeoutError, OSError, RingfenceError):
                hindered += 1  # the certificate says so; a PBX that does not answer must not keep anybody alive
        self.at(Point.SERVICES_LET_GO)
        record = dataclasses.replace(record, departed=True, hindered=hindered)
        async with self.db.transaction() as unit:
            await unit.replace(record)
        self.at(Point.DEPARTED)
        return record

    async def decide(self, record: ErasureRecord, subject: SubjectId) -> ErasureRecord:
        """Put away what stays, and write down which classes of keys that is; a hold that comes later comes too late."""
        if record.keeps is not None:
            return record
        await self._block(record, subject)
        self.at(Point.BLOCKED)
        decided: ErasureRecord | None = None
        while decided is None:  # a hold may be placed while rows are put away
            await self._guardian.put_away(subject)
            self.at(Point.PUT_AWAY)
            async with self.db.transaction() as unit:
                await unit.fence(subject)  # on PostgreSQL, too, no hold is placed at the same moment
                if await self._guardian.is_put_away(unit, subject):
                    decided = await self._decided(unit, record, subject)
                    await unit.replace(decided)
                    self.at(Point.DECIDING)
        self.at(Point.DECIDED)
        return decided

    async def _block(self, record: ErasureRecord, subject: SubjectId) -> None:
        blocking = self.blocking(record.provider, record.reason)
        if blocking is None:
            return
        guards = list(blocking_guards(self.registry, record.provider, subject, record.id, blocking))
        async with self.db.transaction() as unit:
            known = {each.id for each in await unit.select(Guard, origin=record.id)}
            await unit.guard(*(each for each in guards if each.id not in known))

    async def _decided(self, unit: UnitOfWork, record: ErasureRecord, subject: SubjectId) -> ErasureRecord:
        laws = self.laws(record.provider)
        nobody_real = record.reason is Reason.REHEARSAL  # no law wants anything of theirs kept
        stays = [] if nobody_real else await staying(unit, self.registry, subject, laws)
        return dataclasses.replace(
            record,
            verdicts=pack_verdicts(await verdicts_of(unit, self.registry, subject, laws)),
            keeps=pack_keeps(kept_classes(stays)),
        )

    async def entomb(self, record: ErasureRecord, subject: SubjectId, keeping: Sequence[KeptClass]) -> ErasureRecord:
        """Step 2: the tombstone, on disk and anchored."""
        if record.tombstone is not None:
            return record
        day = day_of(self.clock.time())
        stone = await asyncio.to_thread(self.tombstones.append, subject, record.id, day, keeping)
        self.at(Point.TOMBSTONE_ON_DISK)
        record = dataclasses.replace(record, tombstone=stone.number, tombstone_digest=stone.digest)
        async with self.db.transaction() as unit:
            await unit.replace(record)
            await self.ledger.append(
                unit,
                record.provider,
                Event.TOMBSTONE_WRITTEN,
                ref=record.ref,
                erasure=record.id,
                number=stone.number,
                digest=stone.digest,
            )
            self.at(Point.WRITING_ANCHOR)
        self.at(Point.ANCHORED)
        return record

    async def forget(self, subject: SubjectId, keeping: Sequence[KeptClass]) -> None:
        """Step 3: no way back. Raises NotErased where the keyring's log can't be emptied yet."""
        self.keyring.forget(subject, keeping)
        self.at(Point.KEYS_GONE)
        await self._until_true(self._scrub_keyring)

    async def delete_rows(self, subject: SubjectId, keeping: Sequence[KeptClass]) -> None:
        """Step 4: rows gone, and out of the log. Raises NotErased where a reader is in the way."""
        pace = Pace(self.clock, self.db.dialect)
        for kind in erasable(self.registry, keeping):
            deleted = allowed = 1
            while deleted >= allowed:
                async with self.db.bulk() as unit:
                    allowed = pace.begin()
                    deleted = await unit.delete(kind, subject=subject, limit=allowed)
                    unit.after_commit(pace.end)
                    self.at(Point.DELETING_ROWS)
            self.at(Point.TABLE_EMPTIED)
        self.at(Point.ROWS_GONE)
        await self._until_true(self.db.checkpoint)
        self.at(Point.SCRUBBED)

    async def certify(self, record: ErasureRecord, subject: SubjectId) -> bytes:
        """The last: what the scan found, signed; the person's name goes out of the record."""
        assert record.tombstone is not None  # noqa: S101 - set by step 2
        examined = await self.examiner.examine(subject) if self.examiner is not None else {}
        examined = _without_secrets(examined, read_verdicts(record.verdicts))
        self.residues += bool(examined.get("found"))
        now = self.clock.time()
        facts = Facts(record=record, at=now, copies_dead_by=now + self.settings.copies_seconds, examined=examined)
        certificate, digest = write_certificate(facts, self.signer)
        done = dataclasses.replace(record, subject=None, certified=True, certificate=certificate)
        async with self.db.transaction() as unit:
            await unit.replace(done)
            await unit.delete(Fence, id=RowId(subject))
            await unit.delete(Guard, subject=subject, protects=False)
            rows = sum(verdict.rows for verdict in read_verdicts(record.verdicts))
            await self.ledger.append(
                unit,
                record.provider,
                Event.ERASURE_COMPLETED,
                ref=record.ref,
                erasure=record.id,
                certificate=digest,
                count=rows,
            )
            self.at(Point.WRITING_CERTIFICATE)
        self.at(Point.CERTIFIED)
        await self._until_true(self.db.checkpoint)
        return certificate

    async def _scrub_keyring(self) -> bool:
        return self.keyring.scrub()

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
