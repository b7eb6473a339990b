"""People with rows, many with few and one with many: what the benches of rights stand on, sealed and plain.

The plain twin has the same values in SQL columns, without keys: what one would have who keeps no promise.
"""

import gc
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ringfence.clock import SystemClock
from ringfence.declarations import (
    REGISTRY,
    Category,
    IdentifierKind,
    Keep,
    Purpose,
    Record,
    Registry,
    Source,
    TechnicalRecord,
    Third,
    personal,
    technical,
)
from ringfence.identifiers import ProviderId, RowId, SubjectId, new_id
from ringfence.persistence import Database
from ringfence.privacy.egress import records as _egress
from ringfence.privacy.ledger import SIGNING, Ledger, Signer
from ringfence.privacy.packages import records as _packages
from ringfence.privacy.retention import records as _retention
from ringfence.privacy.rights import records as _rights
from ringfence.privacy.vault import Keyring, Vault
from ringfence.randomness import SystemRandomness

__all__ = ["HOLDER", "PEOPLE", "PROVIDER", "REGISTERED", "Call", "House", "Person", "PlainCall", "fill", "opened"]

DECLARING: Final = (_egress, _packages, _retention, _rights)
"""The kernel's tables that rights need, and nothing else of the server: a child that imports it all starts slowly."""
PROVIDER: Final = ProviderId("bench")
HOLDER: Final = "holder@bench.test"
"""The address of the person with many rows."""
REGISTERED: Final = Registry()
_RANDOMNESS: Final = SystemRandomness()
_BATCH: Final = 5_000
_LEFT: Final = 6 * 86_400.0  # seconds until the rows go: longer than a run
_MINUTE: Final = 60.0


class Person(Record, table="bench_person", number=991, keep=Keep.WHILE_ENROLLED, registry=REGISTERED):
    """One row each."""

    address: str = personal(1, Category.SIP_ADDRESS, Purpose.ENROL, Source.PERSON)


class Call(Record, table="bench_call", number=992, keep=Keep.SHORT_CALLS, registry=REGISTERED):
    """About 200 bytes of personal data in each row."""

    at: float = personal(1, Category.CALL_TIME, Purpose.SHOW_MISSED, Source.GENERATED)
    caller_name: str = personal(2, Category.CALLER, Purpose.SHOW_MISSED, Source.OTHER_PARTY, third=Third.SHOWN)
    caller_uri: str = personal(3, Category.CALLER, Purpose.SHOW_MISSED, Source.OTHER_PARTY, third=Third.SHOWN)
    note: str = personal(4, Category.MESSAGE, Purpose.SHOW_MISSED, Source.OTHER_PARTY)


_TWIN: Final = "what the sealed one is compared with"


class PlainCall(
    TechnicalRecord, table="bench_plain_call", number=993, index=(("subject", "id"), ("due",)), registry=REGISTERED
):
    """The same with its values in plain columns."""

    provider: ProviderId = technical("as in Call")
    subject: SubjectId = technical("as in Call")
    due: float | None = technical("as in Call", default=None)
    at: float = technical("as in Call")
    caller_name: str = technical("as in Call", reviewed=_TWIN)
    caller_uri: str = technical("as in Call", reviewed=_TWIN)
    note: str = technical("as in Call", reviewed=_TWIN)


PEOPLE: Final = (Person, Call)


@dataclass(frozen=True, slots=True)
class House:
    """An open kernel."""

    folder: Path
    url: str
    clock: SystemClock
    db: Database
    keyring: Keyring
    vault: Vault
    signer: Signer
    ledger: Ledger

    @property
    def holder(self) -> SubjectId:
        """The person with many rows."""
        found = self.keyring.find(PROVIDER, IdentifierKind.SIP_ADDRESS, HOLDER)
        if found is None:
            raise LookupError
        return found


@asynccontextmanager
async def opened(folder: Path, url: str) -> AsyncIterator[House]:
    """What lies in the folder and at the URL, made where it is missing."""
    clock = SystemClock()
    (folder / "secrets").mkdir(mode=0o700, exist_ok=True)
    keyring = Keyring.open(
        folder / "keyring.db", key_file=folder / "secrets" / "keys", clock=clock, randomness=_RANDOMNESS
    )
    vault = Vault(keyring, _RANDOMNESS)
    db = Database(url, sealer=vault, clock=clock)
    try:
        await db.open()
        await db.create_tables(REGISTRY.metadata)
        await db.create_tables(REGISTERED.metadata)
        signer = Signer(keyring.derive(SIGNING))
        yield House(folder, url, clock, db, keyring, vault, signer, Ledger(db, keyring, signer, clock))
    finally:
        await db.close()
        keyring.close()


@dataclass(frozen=True, slots=True)
class Filled:
    """CPU seconds that inserting the many rows took, sealed and plain."""

    sealed: float
    plain: float


async def fill(house: House, people: int, rows: int) -> Filled:
    """`people` with a row each, and one of them with `rows`; everything once more in the plain twin."""
    due = house.clock.time() + _LEFT
    for first in range(0, people, _BATCH):
        subjects = [_new() for _ in range(first, min(first + _BATCH, people))]
        async with house.db.transaction() as unit:
            await unit.add_all(_person(SubjectId(subject), f"u{subject}@bench.test") for subject in subjects)
            await unit.add_all(_call(SubjectId(subject), due, at) for at, subject in enumerate(subjects))
    holder = SubjectId(_new())
    house.keyring.bind(PROVIDER, IdentifierKind.SIP_ADDRESS, HOLDER, holder)
    async with house.db.transaction() as unit:
        await unit.add(_person(holder, HOLDER))
    sealed = plain = 0.0
    gc.collect()
    gc.freeze()
    usual = gc.get_threshold()
    gc.set_threshold(2_000, 5, 1_000_000)  # both as the server has it (app/collector.py)
    for calls in _many(holder, due, rows):
        twins = [_twin(call) for call in calls]
        begun = time.process_time()
        async with house.db.transaction() as unit:
            await unit.add_all(calls)
        between = time.process_time()
        async with house.db.transaction() as unit:
            await unit.add_all(twins)
        sealed, plain = sealed + between - begun, plain + time.process_time() - between
    gc.set_threshold(*usual)
    return Filled(sealed, plain)


def _many(subject: SubjectId, due: float, rows: int) -> Iterator[list[Call]]:
    for first in range(0, rows, _BATCH):
        yield [_call(subject, due, number) for number in range(first, min(first + _BATCH, rows))]


def _person(subject: SubjectId, address: str) -> Person:
    return Person(id=RowId(_new()), provider=PROVIDER, subject=subject, address=address)


def _call(subject: SubjectId, due: float, number: int) -> Call:
    return Call(
        id=RowId(_new()),
        provider=PROVIDER,
        subject=subject,
        due=due,
        at=due - _LEFT - number * _MINUTE,
        caller_name=f"Caller {number % 500}",
        caller_uri=f"sip:+4930{number:07d}@pbx.bench.test",
        note=f"call back about order {number}; " * 4,
    )


def _twin(call: Call) -> PlainCall:
    return PlainCall(
        id=RowId(_new()),
        provider=call.provider,
        subject=call.subject,
        due=call.due,
        at=call.at,
        caller_name=call.caller_name,
        caller_uri=call.caller_uri,
        note=call.note,
    )


def _new() -> str:
    return new_id(_RANDOMNESS)
