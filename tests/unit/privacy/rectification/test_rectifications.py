"""Rectification: by the person where they entered it, else by request; whoever received it is told."""

from pathlib import Path

import pytest

from ringfence.clock import ManualClock, day_of
from ringfence.declarations import Category, Flow, Flows, Medium, Purpose, Role, Source
from ringfence.identifiers import CaseId, ProviderId, RecipientId, RowId, StaffId, SubjectId
from ringfence.privacy.egress import DisclosureLog
from ringfence.privacy.egress.records import Disclosure
from ringfence.privacy.law import Law
from ringfence.privacy.ledger import LedgerEntry
from ringfence.privacy.rectification import (
    Correctable,
    Correction,
    Outbox,
    Receipts,
    RectificationRefused,
    Rectifications,
    Superseded,
)
from ringfence.privacy.retention import Retention
from ringfence.privacy.rights import CountryStatutes
from ringfence.privacy.vault import Use, opened_for
from ringfence.randomness import SystemRandomness
from ringfence.services.enrolment import Device, Phase
from tests.unit.privacy.installation import KEPT, PROVIDER, Account, Call, Installation, Proof, installed, prepared
from tests.unit.privacy.rectification.recipients import Known

pytestmark = pytest.mark.usefixtures("each_database")

CASE, OFFICER = CaseId("c" * 26), StaffId("o" * 26)
REACHED, UNREACHED = RecipientId("push"), RecipientId("archive")
LAW = Law.load()
TODAY = day_of(ManualClock().time())

for _kind in (Device, Disclosure, Correction, Superseded):
    if _kind.declaration.name not in {kind.declaration.name for kind in KEPT}:
        KEPT.add(_kind)

FLOWS = Flows()
Flow(
    name="sample.sent", medium=Medium.HTTP, carries=(Category.DEVICE, Category.CALLEE), purpose=Purpose.ENROL,
    source=Source.PERSON, to=Role.OPERATOR, says="A sample.", among=FLOWS,
)  # fmt: skip


class Service:
    def __init__(self) -> None:
        self.heard: list[tuple[SubjectId, str, RowId]] = []

    async def rectified(self, subject: SubjectId, table: str, row: RowId) -> None:
        self.heard.append((subject, table, row))


def checked(value: str) -> str:
    if not 0 < len(value) <= 20:
        raise ValueError
    return value


class World:
    """Everything joined."""

    def __init__(self, house: Installation, country: str = "DE") -> None:
        self.service = Service()
        receipts = Receipts(DisclosureLog(house.db, SystemRandomness()), FLOWS)
        self.outbox = Outbox(db=house.db, receipts=receipts, directory=Known(REACHED), clock=house.clock, registry=KEPT)
        self.rectifications = self.made(house, country, Correctable(Device, "name", checked))

    def made(self, house: Installation, country: str, *correctables: Correctable) -> Rectifications:
        return Rectifications(
            db=house.db, ledger=house.ledger, outbox=self.outbox,
            statutes=CountryStatutes(LAW, {PROVIDER: country}), correctables=correctables, services=[self.service],
            clock=house.clock, randomness=SystemRandomness(), registry=KEPT,
        )  # fmt: skip


async def device_of(house: Installation, subject: SubjectId) -> RowId:
    device = Device(
        id=house.new(), provider=PROVIDER, subject=subject, due=None, phase=next(iter(Phase)), name="Anas phone",
        public_key=b"key",
    )  # fmt: skip
    sent = [
        Disclosure(
            id=house.new(), provider=PROVIDER, subject=subject, recipient=recipient, flow=flow,
            first_day=TODAY, last_day=TODAY,
        )
        for recipient, flow in ((REACHED, "sample.sent"), (UNREACHED, "sample.sent"), (REACHED, "other.flow"))
    ]  # fmt: skip
    async with house.db.transaction() as unit:
        await unit.add_all([device, *sent])
    return device.id


async def name_of(house: Installation, row: RowId) -> str | None:
    async with house.db.reading() as unit:
        found = await unit.get(Device, row)
    return found.name if found else None


@pytest.mark.promise("ACR-07")
@pytest.mark.promise("IPS-05")
async def test_people_correct_what_they_entered_at_any_time(tmp_path: Path) -> None:
    async with installed(prepared(tmp_path)) as house:
        anna, world = await house.enrol(), World(house)
        row = await device_of(house, anna)
        await world.rectifications.correct_own(
            PROVIDER, anna, table="device", row=row, field="name", value="Anna's phone"
        )
        assert await name_of(house, row) == "Anna's phone"
        assert world.service.heard == [(anna, "device", row)]
        async with house.db.reading() as unit:
            (entry,) = await unit.select(LedgerEntry, provider=PROVIDER)
        assert b"rectified" in entry.body
        assert b"phone" not in entry.body


@pytest.mark.promise("IPS-05")
async def test_nobody_corrects_another_persons_row_or_what_they_never_entered(tmp_path: Path) -> None:
    async with installed(prepared(tmp_path)) as house:
        anna, boris, world = await house.enrol(), await house.enrol("boris@sip.example.org"), World(house)
        row = await device_of(house, anna)
        own = world.rectifications.correct_own
        refused = [
            (boris, "device", row, "name", "x"), (anna, "device", row, "public_key", "x"),
            (anna, "device", row, "name", ""), (anna, "device", house.new(), "name", "x"),
            (anna, "sample_account", row, "address", "x"),
        ]  # fmt: skip
        for subject, table, which, field, value in refused:
            with pytest.raises(RectificationRefused):
                await own(PROVIDER, subject, table=table, row=which, field=field, value=value)
        with pytest.raises(RectificationRefused):
            await own(ProviderId("other"), anna, table="device", row=row, field="name", value="x")
        assert await name_of(house, row) == "Anas phone"
        with pytest.raises(RectificationRefused):
            world.made(house, "DE", Correctable(Call, "callee_number", checked))


async def test_an_officer_corrects_by_request_but_neither_evidence_nor_identity_nor_secrets(tmp_path: Path) -> None:
    async with installed(prepared(tmp_path)) as house:
        anna, world = await house.enrol(), World(house)
        async with house.db.transaction() as unit:
            (call,) = await unit.select(Call, subject=anna)
            (account,) = await unit.select(Account, subject=anna)
            proof = Proof(id=house.new(), provider=PROVIDER, subject=anna, text="agreed")
            await unit.add(proof)

        async def correct(table: str, row: RowId, field: str, value: object) -> None:
            await world.rectifications.correct(
                PROVIDER, anna, OFFICER, case=CASE, table=table, row=row, field=field, value=value
            )

        await correct("sample_call", call.id, "callee_number", "+49301234567")
        await correct("sample_call", call.id, "day", "2027-01-16")
        await correct("sample_account", account.id, "old_enough", value=False)
        async with house.db.reading() as unit:
            (call,) = await unit.select(Call, subject=anna)
        assert call.callee_number == "+49301234567"
        for table, row, field, value, reason in (
            ("sample_call", call.id, "callee_number", 7, "value"),
            ("sample_call", call.id, "callee_number", "7" * 3_000, "value"),
            ("sample_account", account.id, "address", "x", "identity"),
            ("sample_proof", proof.id, "text", "x", "evidence"),
            ("superseded", call.id, "before", "x", "secret"),
            ("sample_call", call.id, "nothing", "x", "no_such_row"),
        ):
            with pytest.raises(RectificationRefused, match=f"reason={reason}"):
                await correct(table, row, field, value)


async def test_the_same_value_again_tells_nobody(tmp_path: Path) -> None:
    async with installed(prepared(tmp_path)) as house:
        anna, world = await house.enrol(), World(house)
        row = await device_of(house, anna)
        await world.rectifications.correct_own(
            PROVIDER, anna, table="device", row=row, field="name", value="Anas phone"
        )
        assert (await world.outbox.told(PROVIDER, anna), world.service.heard) == ([], [])


@pytest.mark.parametrize("country", ["DE", "ES"])
async def test_the_wrong_value_is_blocked_where_the_country_wants_that_and_then_destroyed(
    tmp_path: Path, country: str
) -> None:
    clock = ManualClock()
    async with installed(prepared(tmp_path), clock) as house:
        anna, world = await house.enrol(), World(house, country)
        row = await device_of(house, anna)
        await world.rectifications.correct_own(PROVIDER, anna, table="device", row=row, field="name", value="New")
        for use in Use:
            with opened_for(use):
                async with house.db.reading() as unit:
                    kept = await unit.select(Superseded, subject=anna)
            assert [each.before for each in kept] == (
                [b'"Anas phone"'] if (country, use) == ("ES", Use.AUTHORITY) else []
            )
        clock.advance(4 * 366 * 86_400)
        await Retention(house.db, house.keyring, clock, SystemRandomness(), registry=KEPT).sweep()
        async with house.db.reading() as unit:
            assert await unit.count(Superseded, subject=anna) == 0
