"""A house with people whose rows show every way of handing over, and packages that are made in this process."""

import datetime as dt
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ringfence.declarations import Card, Category, Keep, Purpose, Record, Registry, Source, Third, personal, technical
from ringfence.identifiers import ProviderId, RecipientId, RowId, SubjectId
from ringfence.privacy.egress.records import Disclosure
from ringfence.privacy.packages import (
    NOTHING_HIDDEN,
    Builds,
    Hidden,
    Holdings,
    Kind,
    Names,
    Packages,
    PackageSettings,
    Point,
    Snapshots,
    Workshop,
)
from ringfence.randomness import SystemRandomness
from tests.unit.privacy.installation import PROVIDER, Account, Call, Installation, Phase

SAMPLE = Registry()


class Contact(Record, table="contact", number=911, keep=Keep.WHILE_ENROLLED, registry=SAMPLE):
    """Somebody in the person's address book."""

    name: str = personal(
        1, Category.NAME, Purpose.SYNC_CONTACTS, Source.PERSON, third=Third.SHOWN, card=Card.FORMATTED_NAME
    )
    numbers: tuple[str, ...] = personal(
        2, Category.CONTACT_DETAIL, Purpose.SYNC_CONTACTS, Source.PERSON, third=Third.SHOWN, card=Card.PHONE
    )
    note: str = personal(
        3, Category.MESSAGE, Purpose.SYNC_CONTACTS, Source.PERSON, third=Third.SHOWN, card=Card.NOTE, default=""
    )


class CallRecord(Record, table="call_record", number=912, keep=Keep.SHORT_CALLS, registry=SAMPLE):
    """A call with what a PBX says of the other side."""

    at: float = personal(1, Category.CALL_TIME, Purpose.SHOW_MISSED, Source.PBX)
    caller: str = personal(
        2, Category.CALLER, Purpose.SHOW_MISSED, Source.PBX, third=Third.SHOWN, withheld_if="withheld"
    )
    withheld: bool = personal(3, Category.CALL_TIME, Purpose.SHOW_MISSED, Source.PBX)
    other_leg: str = personal(4, Category.CALLEE, Purpose.SHOW_MISSED, Source.PBX, third=Third.MASKED)
    judged: str = personal(5, Category.MESSAGE, Purpose.SHOW_MISSED, Source.PROVIDER, third=Third.WITHHELD)
    seconds: float = personal(6, Category.CALL_TIME, Purpose.SHOW_MISSED, Source.GENERATED, quantity=True)


class Vaulted(Record, table="vaulted", number=913, keep=Keep.WHILE_ENROLLED, registry=SAMPLE):
    """What the operator can't read, and what it may not show."""

    blob: bytes = personal(1, Category.MESSAGE, Purpose.SYNC_CONTACTS, Source.DEVICE, opaque=True)
    secret: bytes = personal(2, Category.DEVICE_SECRET, Purpose.AUTHENTICATE_DEVICE, Source.DEVICE)
    terms: str = personal(3, Category.AGREEMENT, Purpose.PROVE_AGREEMENT, Source.PERSON, default="version 7")
    app: str = technical("which app", reviewed="a sample")


for _kind in (Account, Call, Disclosure):
    SAMPLE.add(_kind)

CALLER = "+4930901820777"
HIDDEN_CALLER = "+4930555000111"
OTHER_LEG = "+4930222333444"
JUDGEMENT = "thinks that Berta is a nuisance"
SECRET = b"hunter2-device-secret"
BLOB = b"\x93sealed on the device\x00\xff"
RECIPIENT = RecipientId("fcm")
NAMES = Names("Example Telecom", {RECIPIENT: "Firebase Cloud Messaging, Google"})


@dataclass
class Packing:
    """Packages over a house."""

    house: Installation
    hidden: Hidden = NOTHING_HIDDEN
    registry: Registry = SAMPLE
    settings: PackageSettings | None = None

    @property
    def holdings(self) -> Holdings:
        return Holdings(self.house.db, self.house.vault, registry=self.registry, hidden=self.hidden)

    @property
    def snapshots(self) -> Snapshots:
        return Snapshots(self.house.db, self.holdings, self.house.clock, SystemRandomness())

    def workshop(self, at: Callable[[Point], None] = lambda _: None) -> Workshop:
        return Workshop(
            db=self.house.db, holdings=self.holdings, signer=self.house.signer, folder=self.house.folder / "exports",
            clock=self.house.clock, randomness=SystemRandomness(), names=lambda _: NAMES, at=at,
        )  # fmt: skip

    def packages(self, builder: Builds | None = None, *, at: Callable[[Point], None] = lambda _: None) -> Packages:
        return Packages(
            db=self.house.db, ledger=self.house.ledger, builder=builder or self.workshop(at),
            folder=self.house.folder / "exports", clock=self.house.clock, randomness=SystemRandomness(),
            settings=self.settings, at=at,
        )  # fmt: skip

    async def made(self, subject: SubjectId, kind: Kind = Kind.ACCESS, **asked: Any) -> "Opened":
        """A package, from being asked for to being fetched."""
        packages = self.packages()
        package = await packages.prepare(PROVIDER, subject, kind=kind, **asked)
        await packages.run(package)
        return Opened(package, await fetched(packages, package, subject))

    async def add(self, *records: Record) -> None:
        async with self.house.db.transaction() as unit:
            await unit.add_all(records)


async def fetched(packages: Packages, package: RowId, subject: SubjectId) -> bytes:
    return b"".join([chunk async for chunk in packages.stream(package, subject=subject)])


class Opened:
    """The files of a package."""

    def __init__(self, package: RowId, content: bytes) -> None:
        self.package = package
        self.content = content
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            assert archive.testzip() is None
            self.files = {name: archive.read(name) for name in archive.namelist()}

    @property
    def page(self) -> str:
        return self.files["index.html"].decode()

    @property
    def manifest(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.files["manifest.json"])
        return told

    def rows(self, table: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.files[f"data/{table}.json"])
        return found

    def entry(self, name: str) -> dict[str, Any]:
        (found,) = [each for each in self.manifest["files"] if each["file"] == name]
        assert isinstance(found, dict)
        return found

    def holds(self, text: str | bytes) -> bool:
        """Whether any file has it."""
        wanted = text.encode() if isinstance(text, str) else text
        return any(wanted in content for content in self.files.values())


def contact(house: Installation, subject: SubjectId, name: str = "Berta", *numbers: str, note: str = "") -> Contact:
    return Contact(
        id=house.new(), provider=PROVIDER, subject=subject, name=name, numbers=numbers or (CALLER,), note=note
    )


def call_record(
    house: Installation,
    subject: SubjectId,
    caller: str = CALLER,
    *,
    withheld: bool = False,
    provider: ProviderId = PROVIDER,
) -> CallRecord:
    now = house.clock.time()
    return CallRecord(
        id=house.new(), provider=provider, subject=subject, due=now + 3 * 86_400, at=now - 60, caller=caller,
        withheld=withheld, other_leg=OTHER_LEG, judged=JUDGEMENT, seconds=12.5,
    )  # fmt: skip


def vaulted(house: Installation, subject: SubjectId) -> Vaulted:
    return Vaulted(id=house.new(), provider=PROVIDER, subject=subject, blob=BLOB, secret=SECRET, app="acme")


async def peopled(house: Installation) -> SubjectId:
    """A person with a row of each kind."""
    await house.db.create_tables(SAMPLE.metadata)
    anna = await house.enrol()
    day = dt.date(2027, 1, 10)
    async with house.db.transaction() as unit:
        await unit.add_all(
            (
                contact(house, anna), call_record(house, anna),
                call_record(house, anna, HIDDEN_CALLER, withheld=True), vaulted(house, anna),
                Disclosure(
                    id=house.new(), provider=PROVIDER, subject=anna, recipient=RECIPIENT, flow="wake.push",
                    first_day=day, last_day=day,
                ),
            )
        )  # fmt: skip
    return anna


__all__ = [
    "BLOB",
    "CALLER",
    "HIDDEN_CALLER",
    "JUDGEMENT",
    "OTHER_LEG",
    "SAMPLE",
    "SECRET",
    "Account",
    "CallRecord",
    "Contact",
    "Opened",
    "Packing",
    "Phase",
    "Vaulted",
    "call_record",
    "contact",
    "fetched",
    "peopled",
    "vaulted",
]
