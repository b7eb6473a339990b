"""A whole kernel in one folder, with sample records: what tests of rights, retention, backup and faults stand on."""

import datetime as dt
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from ringfence.clock import Clock, ManualClock
from ringfence.declarations import (
    REGISTRY,
    Category,
    IdentifierKind,
    Keep,
    Purpose,
    Record,
    Registry,
    Source,
    personal,
    technical,
)
from ringfence.identifiers import ProviderId, RowId, SubjectId, new_id
from ringfence.persistence import Database
from ringfence.privacy.egress.records import Disclosure
from ringfence.privacy.ledger import SIGNING, Ledger, Signer
from ringfence.privacy.restriction import Restriction, Standing
from ringfence.privacy.rights import (
    Consequence,
    Departure,
    Erasures,
    Examiner,
    Hold,
    Point,
    Statutes,
    TombstoneFile,
    day_after,
)
from ringfence.privacy.vault import Keyring, Vault
from ringfence.randomness import SystemRandomness
from tests.doubles.databases import main_database

PROVIDER = ProviderId("example")
SAMPLES = Registry()


class Phase(StrEnum):
    AWAKE = "awake"
    ASLEEP = "asleep"


class Account(Record, table="sample_account", number=901, keep=Keep.WHILE_ENROLLED, registry=SAMPLES):
    phase: Phase = technical("where it is")
    address: str = personal(1, Category.SIP_ADDRESS, Purpose.ENROL, Source.PERSON)
    old_enough: bool = personal(2, Category.AGE, Purpose.ENROL, Source.PERSON)


class Token(Record, table="sample_token", number=902, keep=Keep.WHILE_REACHABLE, registry=SAMPLES):
    token: bytes = personal(1, Category.PUSH_TOKEN, Purpose.WAKE_DEVICE, Source.DEVICE)


class Call(Record, table="sample_call", number=903, keep=Keep.SHORT_CALLS, parts=("caller",), registry=SAMPLES):
    caller: SubjectId | None = technical("the other person, if a customer too")
    callee_number: str = personal(1, Category.CALLEE, Purpose.SHOW_MISSED, Source.PBX, default="")
    day: dt.date | None = personal(2, Category.CALL_TIME, Purpose.SHOW_MISSED, Source.PBX, default=None)
    caller_number: str = personal(3, Category.CALLER, Purpose.SHOW_MISSED, Source.PBX, part="caller", default="")


KEPT = Registry()
"""The samples, what a law wants kept, and the tables of the rights themselves."""


class Bill(Record, table="sample_bill", number=904, keep=Keep.INVOICE, registry=KEPT):
    number: str = personal(1, Category.INVOICE, Purpose.KEEP_ACCOUNTS, Source.PROVIDER)


class Proof(Record, table="sample_proof", number=905, keep=Keep.EVIDENCE, registry=KEPT):
    text: str = personal(1, Category.AGREEMENT, Purpose.PROVE_AGREEMENT, Source.PERSON)


for _kind in (*SAMPLES, Hold, Restriction):
    KEPT.add(_kind)

ADDRESS = "anna.example@sip.example.org"
NUMBER = "+4930901820000"


@dataclass
class Installation:
    """An open one."""

    folder: Path
    clock: Clock
    db: Database
    keyring: Keyring
    vault: Vault
    signer: Signer
    ledger: Ledger
    tombstones: TombstoneFile

    @property
    def standing(self) -> Standing:
        """The restrictions in force, as they lie beside the key file."""
        return Standing(self.folder / "secrets" / "restrictions", self.keyring, SystemRandomness())

    def erasures(
        self,
        *departures: Departure,
        at: Callable[[Point], None] = lambda _: None,
        registry: Registry = SAMPLES,
        statutes: Statutes | None = None,
        consequences: Sequence[Consequence] = (),
        examiner: Examiner | None = None,
    ) -> Erasures:
        return Erasures(
            db=self.db, keyring=self.keyring, tombstones=self.tombstones, ledger=self.ledger, signer=self.signer,
            departures=departures, clock=self.clock, randomness=SystemRandomness(), registry=registry, at=at,
            statutes=statutes, consequences=consequences, examiner=examiner,
        )  # fmt: skip

    async def enrol(self, address: str = ADDRESS, *, number: str = NUMBER) -> SubjectId:
        """A person with a row in each sample table."""
        subject, due = SubjectId(self.new()), self.clock.time() + 3 * 86_400
        self.keyring.bind(PROVIDER, IdentifierKind.SIP_ADDRESS, address, subject)
        async with self.db.transaction() as unit:
            await unit.add_all(self.rows(subject, address, number, due))
        return subject

    def rows(self, subject: SubjectId, address: str, number: str, due: float) -> Sequence[Record]:
        day = dt.date(2027, 1, 15)
        return (
            Account(
                id=self.new(), provider=PROVIDER, subject=subject, phase=Phase.AWAKE, address=address, old_enough=True
            ),
            Token(id=self.new(), provider=PROVIDER, subject=subject, due=due, token=b"push-token-" + address.encode()),
            Call(
                id=self.new(), provider=PROVIDER, subject=subject, due=due, caller=None, callee_number=number, day=day
            ),
        )  # fmt: skip

    async def bill(self, subject: SubjectId, until: dt.date, *, number: str = "R-1", customer: str = "K-1") -> RowId:
        """An invoice that the law wants kept until a day, and the number by which the books know its customer."""
        self.keyring.bind(PROVIDER, IdentifierKind.CUSTOMER_NUMBER, customer, subject)
        bill = Bill(id=self.new(), provider=PROVIDER, subject=subject, due=day_after(until), number=number)
        async with self.db.transaction() as unit:
            await unit.add(bill)
        return bill.id

    def find(self, address: str = ADDRESS) -> SubjectId | None:
        return self.keyring.find(PROVIDER, IdentifierKind.SIP_ADDRESS, address)

    async def rows_of(self, subject: SubjectId, registry: Registry = SAMPLES) -> int:
        async with self.db.reading() as unit:
            return sum([await unit.count(kind, subject=subject) for kind in registry.about_people()])

    @staticmethod
    def new() -> RowId:
        return RowId(new_id(SystemRandomness()))


@asynccontextmanager
async def installed(
    folder: Path, clock: Clock | None = None, *, secure_delete: bool = True, url: str = ""
) -> AsyncIterator[Installation]:
    """Opens what lies in the folder, or makes it new; `url` puts the main database elsewhere."""
    clock = clock or ManualClock()
    keyring = Keyring.open(
        folder / "keyring.sqlite", key_file=folder / "secrets" / "keys", clock=clock, randomness=SystemRandomness()
    )
    vault = Vault(keyring, SystemRandomness())
    url = url or main_database(folder, "main.sqlite")
    db = Database(url, sealer=vault, clock=clock, secure_delete=secure_delete)
    try:
        await db.open()
        await db.create_tables(REGISTRY.metadata)
        await db.create_tables(SAMPLES.metadata)
        await db.create_tables(KEPT.metadata)
        signer = Signer(keyring.derive(SIGNING))
        tombstones = TombstoneFile.open(
            folder / "tombstones", anchor=folder / "secrets" / "tombstones.anchor", signer=signer,
            randomness=SystemRandomness(),
        )  # fmt: skip
        keyring.respect(tombstones)
        ledger = Ledger(db, keyring, signer, clock)
        yield Installation(folder, clock, db, keyring, vault, signer, ledger, tombstones)
    finally:
        await db.close()
        keyring.close()


def prepared(folder: Path) -> Path:
    """A folder for an installation; the secrets lie in one of their own, as they should."""
    folder.mkdir(exist_ok=True)
    (folder / "secrets").mkdir(mode=0o700, exist_ok=True)
    return folder


__all__ = [
    "ADDRESS",
    "KEPT",
    "NUMBER",
    "PROVIDER",
    "SAMPLES",
    "Account",
    "Bill",
    "Call",
    "Disclosure",
    "Installation",
    "Proof",
    "Token",
    "installed",
    "prepared",
]
