"""Storing, loading, departing."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ringfence.clock import ManualClock
from ringfence.identifiers import DeviceId, Names, ProviderId, SubjectId, UpstreamId
from ringfence.persistence import Database, SubjectGone
from ringfence.protocols.sip.digest import Algorithm, ha1
from ringfence.randomness import SeededRandomness
from ringfence.services.reachability import (
    Account,
    Accounts,
    BadAddress,
    Credential,
    DeviceSecret,
    Proof,
    Reachability,
    UpstreamRegistration,
)
from tests.doubles.databases import main_database
from tests.doubles.sealing import MemorySealer

pytestmark = pytest.mark.usefixtures("each_database")

ALICE = SubjectId("alice")
PHONE = DeviceId("phone")
PROOF = Proof(b"pbx.test", Algorithm.SHA_256, b"0123456789abcdef")
SECRET = "a device's own secret"


class Recorded:
    """Implements the `Registrations` port."""

    def __init__(self) -> None:
        self.admitted: list[tuple[SubjectId, bool]] = []
        self.withdrawn: list[Account] = []

    def admit(self, account: Account, *, urgent: bool = True) -> None:
        self.admitted.append((account.subject, urgent))

    async def withdraw(self, account: Account) -> None:
        self.withdrawn.append(account)


class House:
    """The service over one database; `again` is the next start of the process."""

    def __init__(self, db: Database, seed: int = 1) -> None:
        self.db = db
        self.accounts = Accounts()
        self.registrations = Recorded()
        self.reachability = Reachability(
            db, self.accounts, self.registrations, SeededRandomness(seed), realm="ringfence"
        )

    async def enrol(self, subject: SubjectId = ALICE, device: DeviceId = PHONE, *, proof: Proof = PROOF) -> None:
        async with self.db.transaction() as unit:
            await self.reachability.keep(
                unit,
                subject=subject,
                provider=ProviderId("example"),
                upstream=UpstreamId("pbx"),
                aor=f"{subject}@pbx.test",
                auth_user=subject,
                proof=proof,
            )
            await self.add_device(unit, subject, device)
        self.reachability.admit(subject)

    async def add_device(self, unit: object, subject: SubjectId, device: DeviceId, secret: str = SECRET) -> None:
        await self.reachability.keep_device(
            unit,  # type: ignore[arg-type]  # the unit of the caller
            subject=subject,
            provider=ProviderId("example"),
            device=device,
            sip_user=f"user-{device}",
            secret=secret,
        )

    async def again(self) -> "House":
        started = House(self.db, seed=99)
        await started.reachability.load()
        return started


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    db = Database(main_database(tmp_path, "main.db"), sealer=MemorySealer(), clock=ManualClock())
    await db.open()
    await db.create_tables(Credential.declaration.table.metadata)
    yield House(db)
    await db.close()


async def test_an_enrolled_account_is_in_memory_and_has_itself_registered(house: House) -> None:
    await house.enrol()
    account = house.accounts.by_subject(ALICE)
    assert account is not None
    assert (account.aor, account.realm, account.ha1) == (b"alice@pbx.test", b"pbx.test", PROOF.ha1)
    assert house.accounts.by_contact(account.contact_user) is account
    assert house.registrations.admitted == [(ALICE, True)]
    phone = house.accounts.by_sip_user(b"user-phone")
    assert phone is not None
    for algorithm in (Algorithm.MD5, Algorithm.SHA_256):
        assert phone.ha1(algorithm) == ha1(algorithm, b"user-phone", b"ringfence", SECRET.encode())
    assert phone.ha1(Algorithm.SHA_512_256) is None


async def enrol_and_fail(house: House) -> None:
    async with house.db.transaction() as unit:
        await house.reachability.keep(
            unit,
            subject=ALICE,
            provider=ProviderId("example"),
            upstream=UpstreamId("pbx"),
            aor="alice@pbx.test",
            auth_user="alice",
            proof=PROOF,
        )
        raise RuntimeError


@pytest.mark.pitfall(32)
async def test_nothing_is_in_memory_that_was_not_committed(house: House) -> None:
    with pytest.raises(RuntimeError):
        await enrol_and_fail(house)
    assert len(house.accounts) == 0
    house.reachability.admit(ALICE)
    assert house.registrations.admitted == []


async def test_a_restart_brings_back_the_same_names_at_the_pbx(house: House) -> None:
    await house.enrol()
    before = house.accounts.by_subject(ALICE)
    again = await house.again()
    after = again.accounts.by_subject(ALICE)
    assert before is not None
    assert after is not None
    for name in Account.__slots__:
        if name != "devices":
            assert getattr(before, name) == getattr(after, name)
    assert [device.id for device in after.devices] == [PHONE]
    assert again.registrations.admitted == [(ALICE, False)]


async def test_new_credentials_replace_the_old_and_keep_the_names_at_the_pbx(house: House) -> None:
    await house.enrol()
    before = house.accounts.by_subject(ALICE)
    await house.enrol(device=DeviceId("tablet"), proof=Proof(b"pbx.test", Algorithm.MD5, b"new"))
    after = house.accounts.by_subject(ALICE)
    assert before is not None
    assert after is not None
    assert (after.ha1, after.algorithm) == (b"new", Algorithm.MD5)
    assert (after.call_id, after.contact_user) == (before.call_id, before.contact_user)
    assert {device.id for device in after.devices} == {PHONE, "tablet"}
    assert (await house.again()).accounts.by_sip_user(b"user-tablet") is not None


async def test_a_new_device_secret_replaces_the_old(house: House) -> None:
    await house.enrol()
    async with house.db.transaction() as unit:
        await house.add_device(unit, ALICE, PHONE, "another")
    for each in (house, await house.again()):
        phone = each.accounts.by_sip_user(b"user-phone")
        assert phone is not None
        assert phone.ha1(Algorithm.MD5) == ha1(Algorithm.MD5, b"user-phone", b"ringfence", b"another")


async def test_a_device_that_signed_out_is_known_no_more(house: House) -> None:
    await house.enrol()
    async with house.db.transaction() as unit:
        await house.reachability.drop_device(unit, subject=ALICE, device=PHONE)
    for each in (house, await house.again()):
        assert each.accounts.by_sip_user(b"user-phone") is None
        assert each.accounts.by_subject(ALICE) is not None


@pytest.mark.promise("ACR-05")
async def test_a_departed_person_is_out_of_memory_and_withdrawn_at_the_pbx(house: House) -> None:
    await house.enrol()
    await house.reachability.depart(ALICE)
    assert len(house.accounts) == 0
    assert [account.subject for account in house.registrations.withdrawn] == [ALICE]


async def test_a_departure_that_a_crash_interrupted_goes_on_after_the_restart(house: House) -> None:
    await house.enrol()
    async with house.db.transaction() as unit:
        await unit.fence(ALICE)
    again = await house.again()
    assert len(again.accounts) == 0
    assert again.registrations.admitted == []
    await again.reachability.depart(ALICE)
    assert [account.contact_user for account in again.registrations.withdrawn] == [
        account.contact_user for account in house.accounts
    ]


async def test_departing_without_anything_left_is_nothing(house: House) -> None:
    await house.reachability.depart(ALICE)
    assert house.registrations.withdrawn == []


async def test_somebody_who_is_being_erased_gets_no_new_rows(house: House) -> None:
    async with house.db.transaction() as unit:
        await unit.fence(ALICE)
    with pytest.raises(SubjectGone):
        await house.enrol()
    assert len(house.accounts) == 0


@pytest.mark.parametrize(
    "aor", ["alice", "alice@", "a b@pbx.test", "a@pbx.test>", "a\r\n@pbx.test", "a@pbx.test;x", ""]
)
async def test_an_address_that_could_break_a_message_is_refused(house: House, aor: str) -> None:
    async with house.db.transaction() as unit:
        with pytest.raises(BadAddress):
            await house.reachability.keep(
                unit,
                subject=ALICE,
                provider=ProviderId("example"),
                upstream=UpstreamId("pbx"),
                aor=aor,
                auth_user="alice",
                proof=PROOF,
            )


@pytest.mark.promise("CTP-12")
@pytest.mark.promise("ZOI-02")
def test_secrets_are_in_no_backup_and_no_password_has_a_place() -> None:
    for kind in (Credential, DeviceSecret):
        assert kind.declaration.keep is not None
        assert kind.declaration.keep.value.backed_up is False
        assert "password" not in {field.name for field in kind.declaration.personal}
    assert len(UpstreamRegistration.declaration.personal) == 0


async def test_a_start_keeps_one_text_of_each_name_with_the_other_services(house: House) -> None:
    await house.enrol()
    names = Names()
    alice, phone = names.one(SubjectId(ALICE[:1] + ALICE[1:])), names.one(DeviceId(PHONE[:1] + PHONE[1:]))
    started = House(house.db, seed=99)
    await started.reachability.load(names)
    account = started.accounts.by_subject(ALICE)
    assert account is not None
    assert account.subject is alice
    assert account.devices[0].id is phone
    assert account.devices[0].subject is alice


@pytest.mark.promise("ZOI-17")
@pytest.mark.promise("ZOI-20")
async def test_a_restricted_credential_stops_calls_until_it_is_lifted(house: House) -> None:
    await house.enrol()
    assert await house.reachability.ends(ALICE) == ["stops.calls"]
    await house.reachability.restricted(ALICE, ["missed_call"])
    assert house.accounts.by_subject(ALICE) is not None
    await house.reachability.restricted(ALICE, ["credential"])
    assert house.accounts.by_subject(ALICE) is None
    assert [account.subject for account in house.registrations.withdrawn] == [ALICE]
    assert await house.reachability.ends(ALICE) == []
    await house.reachability.lifted(ALICE, ["credential"])
    account = house.accounts.by_subject(ALICE)
    assert account is not None
    await house.reachability.lifted(ALICE, ["credential"])
    assert house.accounts.by_subject(ALICE) is account
