"""Staff see what they said a reason for; the person sees that they did."""

import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ringfence.clock import ManualClock
from ringfence.declarations import REGISTRY, IdentifierKind, Registry
from ringfence.errors import PeerFault
from ringfence.identifiers import CaseId, ProviderId, StaffId, SubjectId, new_id
from ringfence.persistence import SubjectGone
from ringfence.privacy.ledger.records import LedgerEntry
from ringfence.privacy.looks import MASK, NEVER_SHOWN, Look, LookReason, Looks, LookUnknown, Seen
from ringfence.privacy.rights import Reason
from ringfence.privacy.secrecy import OrderKind, ReleaseReason, Secrecy
from ringfence.randomness import SystemRandomness
from tests.unit.privacy.installation import (
    ADDRESS,
    NUMBER,
    PROVIDER,
    SAMPLES,
    Account,
    Call,
    Installation,
    installed,
    prepared,
)

STAFF = StaffId(new_id(SystemRandomness()))
OTHER = ProviderId("other")


class NotToday(PeerFault):
    code = "not_allowed"
    http_status = 403


@dataclass
class Office:
    """Ports `Lookers` and `Officers`."""

    allowed: set[StaffId] = field(default_factory=lambda: {STAFF})

    async def check(self, provider: ProviderId, staff: StaffId) -> None:
        if staff not in self.allowed or provider != PROVIDER:
            raise NotToday

    async def is_officer(self, provider: ProviderId, staff: StaffId) -> bool:
        return staff in self.allowed


@dataclass
class House:
    kernel: Installation
    clock: ManualClock
    office: Office
    secrecy: Secrecy
    looks: Looks

    async def ledger(self) -> list[bytes]:
        async with self.kernel.db.reading() as unit:
            entries = await unit.select(LedgerEntry, provider=PROVIDER)
        return [entry.body for entry in entries if b"staff_looked" in entry.body]

    def looking(self, registry: Registry) -> Looks:
        return Looks(
            db=self.kernel.db,
            ledger=self.kernel.ledger,
            keyring=self.kernel.keyring,
            lookers=self.office,
            hiding=self.secrecy,
            clock=self.clock,
            randomness=SystemRandomness(),
            registry=registry,
        )


@pytest.fixture
async def house(tmp_path: Path, each_database: str) -> AsyncIterator[House]:
    clock, office = ManualClock(), Office()
    async with installed(prepared(tmp_path / "house"), clock) as kernel:
        secrecy = Secrecy(
            db=kernel.db, ledger=kernel.ledger, officers=office, clock=clock, randomness=SystemRandomness()
        )
        made = House(kernel, clock, office, secrecy, None)  # type: ignore[arg-type]  # needs the rest first
        made.looks = made.looking(SAMPLES)
        yield made


REASON = LookReason.SOLVE_FAULT


@pytest.mark.promise("ZOI-11")
async def test_values_are_shown_with_a_reason_and_the_look_is_recorded(house: House) -> None:
    anna = await house.kernel.enrol()
    case = CaseId(new_id(SystemRandomness()))
    (shown,) = await house.looks.show(PROVIDER, STAFF, anna, "sample_account", reason=REASON, case=case)
    assert shown.values == {"address": ADDRESS, "old_enough": True}
    (entry,) = await house.ledger()
    for fact in (STAFF, case, "sample_account", REASON):
        assert fact.encode() in entry
    assert ADDRESS.encode() not in entry
    assert ADDRESS not in repr(shown)


@pytest.mark.promise("ZOI-11")
async def test_before_a_look_there_are_masks_all_alike_and_nothing_is_opened(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = await house.kernel.enrol()
    monkeypatch.setattr(type(house.kernel.vault), "open_all", None)
    outline = {each.table: each for each in await house.looks.outline(PROVIDER, STAFF, anna)}
    assert outline.keys() == {"sample_account", "sample_token", "sample_call"}
    assert outline["sample_account"].rows == 1
    assert outline["sample_account"].fields == {"address": MASK, "old_enough": MASK}
    assert await house.ledger() == []


@pytest.mark.promise("ZOI-11")
async def test_whoever_may_not_look_sees_nothing_and_leaves_no_look(house: House) -> None:
    anna = await house.kernel.enrol()
    stranger = StaffId("stranger")
    with pytest.raises(NotToday):
        await house.looks.show(PROVIDER, stranger, anna, "sample_account", reason=REASON)
    with pytest.raises(NotToday):
        await house.looks.outline(PROVIDER, stranger, anna)
    with pytest.raises(NotToday):
        await house.looks.find(PROVIDER, stranger, IdentifierKind.SIP_ADDRESS, ADDRESS, reason=REASON)
    assert await house.looks.of(PROVIDER, anna) == []


@pytest.mark.promise("ZOI-11")
async def test_a_look_that_can_not_be_recorded_shows_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    anna = await house.kernel.enrol()

    async def broken(*_: object, **__: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(type(house.kernel.ledger), "append", broken)
    with pytest.raises(OSError, match="disk full"):
        await house.looks.show(PROVIDER, STAFF, anna, "sample_account", reason=REASON)
    assert await house.looks.of(PROVIDER, anna) == []


async def test_people_are_found_by_what_they_are_called_and_that_is_a_look(house: House) -> None:
    anna = await house.kernel.enrol()
    assert await house.looks.find(PROVIDER, STAFF, IdentifierKind.SIP_ADDRESS, f"sip:{ADDRESS}", reason=REASON) == anna
    assert await house.looks.find(PROVIDER, STAFF, IdentifierKind.SIP_ADDRESS, "nobody@x", reason=REASON) is None
    assert len(await house.looks.of(PROVIDER, anna)) == 1
    (entry,) = await house.ledger()
    assert ADDRESS.encode() not in entry


@pytest.mark.promise("ZOI-11")
async def test_the_person_sees_when_and_what_for_and_not_who(house: House) -> None:
    anna = await house.kernel.enrol()
    await house.looks.show(PROVIDER, STAFF, anna, "sample_account", reason=LookReason.BILLING)
    house.clock.advance(86_400)
    await house.looks.show(PROVIDER, STAFF, anna, "sample_token", reason=LookReason.SOLVE_FAULT)
    today = dt.date(2027, 1, 16)
    assert await house.looks.of(PROVIDER, anna) == [
        Seen(today, LookReason.SOLVE_FAULT),
        Seen(today - dt.timedelta(days=1), LookReason.BILLING),
    ]
    assert STAFF not in repr(await house.looks.of(PROVIDER, anna))
    assert await house.looks.of(OTHER, anna) == []


async def test_what_an_order_keeps_secret_is_not_told_until_an_officer_releases_it(house: House) -> None:
    anna = await house.kernel.enrol()
    await house.looks.show(PROVIDER, STAFF, anna, "sample_account", reason=LookReason.BILLING)
    order = await house.secrecy.impose(PROVIDER, anna, STAFF, kind=next(iter(OrderKind)), reference="7 Js 1/27")
    await house.looks.show(PROVIDER, STAFF, anna, "sample_call", reason=LookReason.LEGAL_DEMAND, under=order)
    await house.looks.find(
        PROVIDER, STAFF, IdentifierKind.SIP_ADDRESS, ADDRESS, reason=LookReason.LEGAL_DEMAND, under=order
    )
    assert [seen.reason for seen in await house.looks.of(PROVIDER, anna)] == [LookReason.BILLING]
    assert len(await house.ledger()) == 3
    await house.secrecy.release(PROVIDER, order, STAFF, next(iter(ReleaseReason)))
    assert len(await house.looks.of(PROVIDER, anna)) == 3


async def test_of_a_row_about_two_people_only_the_part_of_the_one_asked_for_is_shown(house: House) -> None:
    anna, ben = await house.kernel.enrol(), await house.kernel.enrol("ben@sip.example.org")
    call = Call(
        id=house.kernel.new(), provider=PROVIDER, subject=anna, caller=ben, callee_number=NUMBER,
        day=dt.date(2027, 1, 15), caller_number="+4940", due=house.clock.time() + 1,
    )  # fmt: skip
    async with house.kernel.db.transaction() as unit:
        await unit.add(call)
    (of_ben,) = await house.looks.show(PROVIDER, STAFF, ben, "sample_call", reason=REASON, rows=[call.id])
    assert of_ben.values == {"callee_number": MASK, "day": MASK, "caller_number": "+4940"}
    (of_anna,) = await house.looks.show(PROVIDER, STAFF, anna, "sample_call", reason=REASON, rows=[call.id])
    assert of_anna.values == {"callee_number": NUMBER, "day": dt.date(2027, 1, 15), "caller_number": MASK}


async def test_only_rows_of_that_person_and_provider_are_shown(house: House) -> None:
    anna, ben = await house.kernel.enrol(), await house.kernel.enrol("ben@sip.example.org")
    async with house.kernel.db.reading() as unit:
        (of_ben,) = await unit.select(Account, subject=ben)
    assert await house.looks.show(PROVIDER, STAFF, anna, "sample_account", reason=REASON, rows=[of_ben.id]) == []


@pytest.mark.parametrize("made_up", ["nobody", "", "\x00", "a" * 26])
async def test_a_look_at_nobody_leaves_no_trace(house: House, made_up: str) -> None:
    nobody = SubjectId(made_up)
    with pytest.raises(LookUnknown):
        await house.looks.show(PROVIDER, STAFF, nobody, "sample_account", reason=REASON)
    assert await house.looks.outline(PROVIDER, STAFF, nobody) == []
    assert not house.kernel.keyring.knows(nobody)
    assert await house.ledger() == []


async def test_staff_of_one_provider_see_nothing_of_anothers_people_and_leave_no_trace_there(house: House) -> None:
    anna = await house.kernel.enrol()

    async def of_any(provider: ProviderId, staff: StaffId) -> None:
        pass

    house.office.check = of_any  # type: ignore[method-assign]  # staff of every provider
    with pytest.raises(LookUnknown):
        await house.looks.show(OTHER, STAFF, anna, "sample_account", reason=REASON)
    assert await house.looks.outline(OTHER, STAFF, anna) == []
    assert await house.looks.find(OTHER, STAFF, IdentifierKind.SIP_ADDRESS, ADDRESS, reason=REASON) is None
    async with house.kernel.db.reading() as unit:
        assert await unit.count(Look) == 0


@pytest.mark.parametrize("table", ["", "fence", "staff_member", "staff_credential", "no_such_table", "ledger_entry"])
async def test_what_is_no_ones_or_staffs_own_can_not_be_looked_at(house: House, table: str) -> None:
    anna = await house.kernel.enrol()
    with pytest.raises(LookUnknown):
        await house.looking(REGISTRY).show(PROVIDER, STAFF, anna, table, reason=REASON)
    assert await house.ledger() == []


def test_secrets_and_messages_are_shown_to_nobody() -> None:
    names = {category.value for category in NEVER_SHOWN}
    assert names == {"sip_credential", "device_secret", "return_mark", "staff_credential", "message", "media"}


async def test_a_secret_is_masked_even_after_a_reason(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    anna = await house.kernel.enrol()
    categories = {each.says.category for each in Account.declaration.personal}
    monkeypatch.setattr("ringfence.privacy.looks.looks.NEVER_SHOWN", categories)
    (shown,) = await house.looks.show(PROVIDER, STAFF, anna, "sample_account", reason=REASON)
    assert set(shown.values.values()) == {MASK}


async def test_at_whoever_is_being_erased_nobody_looks(house: House) -> None:
    anna = await house.kernel.enrol()
    await house.kernel.erasures().request(PROVIDER, anna, Reason.ASKED)
    with pytest.raises(SubjectGone):
        await house.looks.show(PROVIDER, STAFF, anna, "sample_account", reason=REASON)


async def test_looks_end_with_the_person(house: House) -> None:
    anna = await house.kernel.enrol()
    await house.looks.show(PROVIDER, STAFF, anna, "sample_account", reason=REASON)
    erasures = house.kernel.erasures(registry=REGISTRY)
    await erasures.run(await erasures.request(PROVIDER, anna, Reason.ASKED))
    async with house.kernel.db.reading() as unit:
        assert await unit.count(Look) == 0
    assert await house.looks.of(PROVIDER, anna) == []
