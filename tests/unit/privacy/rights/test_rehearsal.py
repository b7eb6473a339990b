"""The proof of erasure: it is blind to nothing that is declared, and fails when anything is left anywhere."""

import dataclasses
import datetime as dt
import json
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from ringfence.clock import ManualClock
from ringfence.declarations import Category, Keep, Purpose, Record, Registry, Source, personal, technical
from ringfence.identifiers import ProviderId, RowId, SubjectId
from ringfence.persistence import Database, UnitOfWork
from ringfence.privacy.rights import (
    CannotCertify,
    Erasures,
    Examiner,
    Premises,
    Proof,
    Reason,
    Rehearsal,
    ScanBlind,
    is_genuine,
)
from ringfence.privacy.rights.canary import Planter
from ringfence.privacy.rights.gather import gather
from ringfence.privacy.rights.needle import NeedleKind
from ringfence.randomness import SystemRandomness
from tests.unit.privacy.installation import (
    ADDRESS,
    PROVIDER,
    SAMPLES,
    Account,
    Installation,
    Phase,
    installed,
    prepared,
)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Installation]:
    async with installed(prepared(tmp_path)) as opened:
        (tmp_path / "logs").mkdir()
        (tmp_path / "backups").mkdir()
        yield opened


def examiner(house: Installation, registry: Registry = SAMPLES) -> Examiner:
    premises = Premises(
        database=house.folder / "main.sqlite", keyring=house.folder / "keyring.sqlite",
        key_file=house.folder / "secrets" / "keys", tombstones=house.folder / "tombstones",
        backups=house.folder / "backups", folders={"logs": house.folder / "logs"}, keyring_copy="keyring.sqlite",
    )  # fmt: skip
    return Examiner(house.db, house.keyring, premises, house.clock, SystemRandomness(), registry=registry)


def rehearsal(
    house: Installation, *, back_up: Callable[[], Awaitable[object]] | None = None, registry: Registry = SAMPLES
) -> Rehearsal:
    return Rehearsal(
        db=house.db, keyring=house.keyring, erasures=house.erasures(registry=registry),
        examiner=examiner(house, registry), signer=house.signer, clock=house.clock, randomness=SystemRandomness(),
        provider=PROVIDER, registry=registry, back_up=back_up,
    )  # fmt: skip


@pytest.mark.promise("ACR-05")
@pytest.mark.promise("CTP-02")
async def test_a_rehearsal_finds_everything_before_and_nothing_after(house: Installation) -> None:
    anna = await house.enrol()
    proof = await rehearsal(house).prove()
    assert proof.held
    assert proof.columns == 3 + 6  # an id for each table, and each personal field
    content = json.loads(proof.document)
    assert content["examined"]["found"] == []
    assert content["examined"]["looked_for"]["sealed"] == 8
    assert {"main database", "keyring", "key file", "tombstones", "logs", "backups"} <= set(content["examined"]["read"])
    assert content["persons_erased"] == 2
    assert is_genuine(proof.document, house.signer.public_key)
    assert await house.rows_of(anna) == 3


async def test_every_medium_that_was_not_read_is_named(house: Installation) -> None:
    proof = await rehearsal(house).prove()
    assert "copies that were carried elsewhere" in json.loads(proof.document)["examined"]["not_read"]


def put(path: Path, text: str) -> None:
    path.write_text(text)


async def leaking(house: Installation, monkeypatch: pytest.MonkeyPatch, leak: Callable[[Planter], None]) -> Proof:
    """A rehearsal in an installation that writes down, on the side, what it should not."""
    real = Planter.row

    def row(planter: Planter, kind: type[Record]) -> Record:
        made = real(planter, kind)
        if kind.declaration.name == "sample_call":  # the last of the tables
            leak(planter)
        return made

    monkeypatch.setattr(Planter, "row", row)
    return await rehearsal(house).prove()


async def test_a_log_that_names_the_person_fails_the_proof(
    house: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = house.folder / "logs" / "server.log"
    proof = await leaking(
        house, monkeypatch, lambda planter: put(log, f"INVITE from {planter.planted['sample_account.address']}")
    )
    assert not proof.held
    assert json.loads(proof.document)["examined"]["found"] == ["logs: sample_account.address (clear)"]


@pytest.mark.promise("CTP-02")
async def test_what_lies_in_the_clear_for_a_while_fails_the_proof_though_it_is_gone_later(
    house: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = house.folder / "logs" / "server.log"
    real = Erasures.request

    async def rotating(erasures: Erasures, provider: ProviderId, subject: SubjectId, reason: Reason) -> RowId:
        log.unlink(missing_ok=True)
        return await real(erasures, provider, subject, reason)

    monkeypatch.setattr(Erasures, "request", rotating)
    proof = await leaking(
        house, monkeypatch, lambda planter: put(log, f"INVITE from {planter.planted['sample_account.address']}")
    )
    assert (proof.examination.clean, proof.held) == (True, False)
    assert json.loads(proof.document)["in_the_clear_before"] == ["logs: sample_account.address"]


async def test_a_row_that_was_forgotten_fails_the_proof(house: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    real = UnitOfWork.delete

    async def forgetful(unit: UnitOfWork, kind: type[Record], **where: object) -> int:
        return 0 if kind.declaration.name == "sample_token" else await real(unit, kind, **where)  # type: ignore[arg-type]  # handed on as it came

    monkeypatch.setattr(UnitOfWork, "delete", forgetful)
    proof = await rehearsal(house).prove()
    assert json.loads(proof.document)["examined"]["found"] == [
        "main database: sample_token.id (name)",
        "main database: sample_token.sealed (sealed)",
        "main database: subject (name)",
    ]


async def test_a_copy_of_the_databases_fails_the_proof(house: Installation) -> None:
    async def copied() -> None:
        for name in ("main.sqlite", "main.sqlite-wal", "keyring.sqlite", "keyring.sqlite-wal"):
            shutil.copy(house.folder / name, house.folder / "logs" / name)

    proof = await rehearsal(house, back_up=copied).prove()
    found = json.loads(proof.document)["examined"]["found"]
    assert "logs: keyring (key)" in found
    assert "logs: sample_account.sealed (sealed)" in found


async def test_a_backup_holds_sealed_rows_and_the_account_says_whether_they_still_open(house: Installation) -> None:
    async def backed_up() -> None:
        folder = house.folder / "backups" / "monday"
        folder.mkdir()
        await house.db.checkpoint()
        shutil.copy(house.folder / "main.sqlite", folder)
        house.keyring.export(folder / "keyring.sqlite")

    proof = await rehearsal(house, back_up=backed_up).prove()
    assert proof.held
    examined = json.loads(proof.document)["examined"]
    assert "sample_account.sealed" in examined["sealed_in_backups"]
    assert examined["backups_that_still_open"] == 1


@pytest.mark.promise("CTP-12")
async def test_a_backup_older_than_its_lifetime_opens_for_nobody(tmp_path: Path) -> None:
    clock = ManualClock()
    async with installed(prepared(tmp_path), clock) as house:
        anna = await house.enrol()
        (tmp_path / "backups" / "monday").mkdir(parents=True)
        house.keyring.export(tmp_path / "backups" / "monday" / "keyring.sqlite")
        look = examiner(house)
        assert (await look.search([], [anna])).backups_that_open == 1
        for _ in range(5):
            clock.advance(86_400)
            house.keyring.rotate()
        assert (await look.search([], [anna])).backups_that_open == 0


async def test_without_secure_delete_nothing_is_certified_and_nothing_planted(tmp_path: Path) -> None:
    async with installed(prepared(tmp_path), secure_delete=False) as house:
        with pytest.raises(CannotCertify) as refused:
            await rehearsal(house).prove()
        assert refused.value.facts == {"medium": "main_database", "setting": "secure_delete"}
        assert house.keyring.subjects() == []


async def test_a_keyring_without_secure_delete_is_not_certified(
    house: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ringfence.privacy.vault.Keyring.secure_delete", False)
    with pytest.raises(CannotCertify):
        await rehearsal(house).prove()


async def test_a_declared_column_that_is_not_found_before_makes_the_scan_blind(house: Installation) -> None:
    premises = Premises(
        database=house.folder / "logs" / "other.sqlite", keyring=house.folder / "keyring.sqlite",
        key_file=house.folder / "secrets" / "keys", tombstones=house.folder / "tombstones",
    )  # fmt: skip
    blind = Examiner(house.db, house.keyring, premises, house.clock, SystemRandomness(), registry=SAMPLES)
    with pytest.raises(ScanBlind) as refused:
        await dataclasses.replace(rehearsal(house), examiner=blind).prove()
    assert "sample_account.address" in str(refused.value)
    assert house.keyring.subjects() == []  # what was planted is gone again


async def test_a_keyring_that_is_not_found_makes_the_scan_blind(house: Installation) -> None:
    premises = Premises(
        database=house.folder / "main.sqlite", keyring=house.folder / "logs" / "none", tombstones=house.folder / "none",
        key_file=house.folder / "secrets" / "keys",
    )  # fmt: skip
    blind = Examiner(house.db, house.keyring, premises, house.clock, SystemRandomness(), registry=SAMPLES)
    with pytest.raises(ScanBlind):
        await dataclasses.replace(rehearsal(house), examiner=blind).prove()


@pytest.mark.parametrize("column", ["address", "old_enough"])
async def test_each_declared_field_must_be_read_back(
    house: Installation, monkeypatch: pytest.MonkeyPatch, column: str
) -> None:
    real = Planter.row

    def other(planter: Planter, kind: type[Record]) -> Record:
        made = real(planter, kind)
        if kind.declaration.name == "sample_account":
            planter.planted[f"sample_account.{column}"] = "something else"
        return made

    monkeypatch.setattr(Planter, "row", other)
    with pytest.raises(ScanBlind) as refused:
        await rehearsal(house).prove()
    assert refused.value.facts == {"column": f"sample_account.{column}", "problem": "not_read_back"}


async def test_a_field_for_which_there_is_no_canary_makes_the_scan_blind(house: Installation) -> None:
    odd = Registry()

    class Odd(Record, table="sample_odd", number=910, keep=Keep.EVIDENCE, registry=odd):
        value: complex = personal(1, Category.MESSAGE, Purpose.DELIVER_CALL, Source.PBX)

    await house.db.create_tables(odd.metadata)
    with pytest.raises(ScanBlind) as refused:
        await rehearsal(house, registry=odd).prove()
    assert refused.value.facts["problem"] == "no_canary_of_this_type"
    assert Odd.declaration.name in str(refused.value)


async def test_all_types_of_fields_can_be_planted(house: Installation) -> None:
    many = Registry()

    class Many(Record, table="sample_many", number=911, keep=Keep.SHORT_CALLS, registry=many):
        flag: bool = technical("a flag")
        other: SubjectId | None = technical("somebody else", default=None)
        maybe: int | None = technical("a count or none", default=None)
        words: list[str] = personal(1, Category.MESSAGE, Purpose.DELIVER_CALL, Source.PBX)
        pair: tuple[bytes, ...] = personal(2, Category.MESSAGE, Purpose.DELIVER_CALL, Source.PBX)
        count: int | None = personal(3, Category.MESSAGE, Purpose.DELIVER_CALL, Source.PBX)
        at: float = personal(4, Category.CALL_TIME, Purpose.DELIVER_CALL, Source.PBX)
        day: dt.date = personal(5, Category.CALL_TIME, Purpose.DELIVER_CALL, Source.PBX)
        moment: dt.datetime = personal(6, Category.CALL_TIME, Purpose.DELIVER_CALL, Source.PBX)
        keyed: dict[str, int] | None = personal(7, Category.MESSAGE, Purpose.DELIVER_CALL, Source.PBX, default=None)

    await house.db.create_tables(many.metadata)
    proof = await rehearsal(house, registry=many).prove()
    assert (proof.held, proof.columns) == (True, 1 + 7)
    assert Many.declaration.keep is Keep.SHORT_CALLS


async def test_the_certificate_of_a_real_erasure_says_what_was_looked_for_and_where(house: Installation) -> None:
    anna = await house.enrol()
    erasures = Erasures(
        db=house.db, keyring=house.keyring, tombstones=house.tombstones, ledger=house.ledger, signer=house.signer,
        departures=(), clock=house.clock, randomness=SystemRandomness(), registry=SAMPLES, examiner=examiner(house),
    )  # fmt: skip
    certificate = await erasures.run(await erasures.request(PROVIDER, anna, Reason.ASKED))
    examined = json.loads(certificate)["examined"]
    assert examined["looked_for"] == {"clear": 3, "sealed": 3, "key": 5, "name": 0}
    assert examined["found"] == []
    assert examined["read"]["main database"]["files"] >= 1


async def test_a_real_erasure_that_leaves_something_says_so_and_is_counted(house: Installation) -> None:
    anna = await house.enrol()
    erasures = Erasures(
        db=house.db, keyring=house.keyring, tombstones=house.tombstones, ledger=house.ledger, signer=house.signer,
        departures=(), clock=house.clock, randomness=SystemRandomness(), registry=SAMPLES, examiner=examiner(house),
    )  # fmt: skip
    put(house.folder / "logs" / "server.log", f"INVITE from {ADDRESS}")
    certificate = await erasures.run(await erasures.request(PROVIDER, anna, Reason.ASKED))
    assert json.loads(certificate)["examined"]["found"] == ["logs: sample_account.address (clear)"]
    assert erasures.residues == 1


async def test_a_remote_database_is_read_by_sql_and_its_files_are_named_as_not_read(
    house: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Database, "dialect", "postgresql")  # the scan's part of it; the tables are the same
    anna = await house.enrol()
    premises = Premises(
        database=None, keyring=house.folder / "keyring.sqlite", key_file=house.folder / "secrets" / "keys",
        tombstones=house.folder / "tombstones",
    )  # fmt: skip
    look = Examiner(house.db, house.keyring, premises, house.clock, SystemRandomness(), registry=SAMPLES)
    await look.prepare(anna)
    examined = await look.examine(anna)
    assert "PostgreSQL's data files, log and replicas" in str(examined["not_read"])
    assert "main database (rows by SQL)" in str(examined["read"])
    assert any("sample_account.sealed" in each for each in examined["found"])  # type: ignore[attr-defined]  # a list


async def test_what_was_gathered_once_is_kept_until_it_was_looked_for(
    house: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = await house.enrol()
    look = examiner(house)
    await look.prepare(anna)
    async with house.db.transaction() as unit:
        for kind in SAMPLES.about_people():
            await unit.delete(kind, subject=anna)
    await look.prepare(anna)  # again after a failed attempt: the rows are gone, the needles are not
    first, second = await look.examine(anna), await look.examine(anna)
    assert (first["looked_for"], second["looked_for"]) == (
        {"clear": 3, "sealed": 3, "key": 4, "name": 0}, {"clear": 0, "sealed": 0, "key": 0, "name": 0},
    )  # fmt: skip


async def test_a_field_that_repeats_an_id_is_no_datum_in_the_clear(house: Installation) -> None:
    anna, name = await house.enrol(), house.new()
    row = Account(id=name, provider=PROVIDER, subject=anna, phase=Phase.AWAKE, address=name, old_enough=True)
    async with house.db.transaction() as unit:
        await unit.delete(Account, subject=anna)
        await unit.add(row)
    needles = await gather(house.db, house.keyring, SAMPLES, anna)
    assert "sample_account.address" not in {each.column for each in needles if each.kind is NeedleKind.CLEAR}
    assert "sample_token.token" in {each.column for each in needles if each.kind is NeedleKind.CLEAR}


async def test_large_remote_tables_are_read_in_pages(house: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Database, "dialect", "postgresql")
    monkeypatch.setattr("ringfence.privacy.rights.examine._PAGE", 1)
    anna = await house.enrol()
    await house.enrol("boris@sip.example.org")
    look = examiner(house)
    await look.prepare(anna)
    examined = await look.examine(anna)
    assert "'main database (rows by SQL)': {'files': 6" in str(examined["read"])


async def test_a_rehearsal_that_fails_before_planting_leaves_nothing_to_erase(
    house: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> None:
        raise OSError(28, "no space left on device")

    monkeypatch.setattr(house.keyring, "bind", failing)
    with pytest.raises(OSError, match="no space"):
        await rehearsal(house).prove()
    assert house.tombstones.count == 0
