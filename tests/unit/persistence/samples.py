"""Records that only these tests know."""

from enum import Enum

from ringfence.declarations import (
    Category,
    Keep,
    Purpose,
    Record,
    Registry,
    Source,
    TechnicalRecord,
    personal,
    technical,
)
from ringfence.identifiers import ProviderId, RowId, SubjectId

SAMPLES = Registry()

ACME = ProviderId("acme")
ALICE = SubjectId("alice-id")
BOB = SubjectId("bob-id")


class State(Enum):
    """How things stand."""

    NEW = "new"
    OLD = "old"


class Parcel(Record, table="parcel", number=1, keep=Keep.SHORT_CALLS, registry=SAMPLES):
    """A row about one person."""

    state: State = technical("where it stands", default=State.NEW)
    weight: int | None = technical("in grams", default=None)
    address: str = personal(1, Category.CONTACT_DETAIL, Purpose.ENROL, Source.PERSON)
    colours: tuple[State, ...] = personal(2, Category.DEVICE, Purpose.ENROL, Source.PERSON, default=())
    photo: bytes = personal(3, Category.DEVICE, Purpose.ENROL, Source.PERSON, default=b"")


class Letter(Record, table="letter", number=2, keep=Keep.SHORT_CALLS, parts=("sender",), registry=SAMPLES):
    """A row about two people."""

    sender: SubjectId | None = technical("who wrote it", default=None)
    received: str | None = personal(1, Category.CALLEE, Purpose.DELIVER_CALL, Source.PBX, default=None)
    signature: str | None = personal(2, Category.CALLER, Purpose.DELIVER_CALL, Source.PBX, part="sender", default=None)


class Counter(TechnicalRecord, table="counter", number=3, unique=(("name", "step"),), registry=SAMPLES):
    """A row about nobody."""

    name: ProviderId = technical("whose it is")
    step: int = technical("how far it got")


def parcel(number: int = 0, subject: SubjectId = ALICE, address: str = "Elm Street 1") -> Parcel:
    return Parcel(id=RowId(f"parcel-{number:05}"), provider=ACME, subject=subject, address=address)
