"""Erasing a person of whom the law wants something kept: that, until its day, and nothing else."""

import datetime as dt
import json
import shutil
from pathlib import Path

import pytest

from ringfence.clock import ManualClock, day_of
from ringfence.declarations import IdentifierKind
from ringfence.identifiers import ProviderId, RowId, SubjectId
from ringfence.persistence import SubjectGone
from ringfence.privacy.law import Law
from ringfence.privacy.retention import Retention
from ringfence.privacy.rights import (
    CountryStatutes,
    Examiner,
    Outcome,
    Premises,
    Reason,
    Remains,
    State,
    startup_check,
)
from ringfence.privacy.vault import Use, opened_for
from ringfence.randomness import SystemRandomness
from tests.unit.privacy.installation import KEPT, PROVIDER, Bill, Installation, Proof, installed, prepared

pytestmark = pytest.mark.usefixtures("each_database")

UNTIL = dt.date(2037, 12, 31)
GERMAN = CountryStatutes(Law.load(), {PROVIDER: "DE"})
SPANISH = CountryStatutes(Law.load(), {PROVIDER: "ES"})


async def bill_of(house: Installation, row: RowId) -> Bill | None:
    async with house.db.reading() as unit:
        return await unit.get(Bill, row)


async def proof_of(house: Installation, row: RowId) -> Proof | None:
    async with house.db.reading() as unit:
        return await unit.get(Proof, row)


async def agreed(house: Installation, subject: SubjectId) -> RowId:
    proof = Proof(id=house.new(), provider=PROVIDER, subject=subject, text="agreed to terms, version 1")
    async with house.db.transaction() as unit:
        await unit.add(proof)
    return proof.id


def sweeping(house: Installation) -> Retention:
    return Retention(house.db, house.keyring, house.clock, SystemRandomness(), registry=KEPT)


@pytest.mark.promise("ZOI-09")
@pytest.mark.promise("ACR-05")
async def test_after_the_erasure_the_invoice_opens_and_the_rest_does_not(tmp_path: Path) -> None:
    async with installed(prepared(tmp_path)) as house:
        anna = await house.enrol()
        invoice, proof = await house.bill(anna, UNTIL), await agreed(house, anna)
        erasures = house.erasures(registry=KEPT, statutes=GERMAN)
        await erasures.run(await erasures.request(PROVIDER, anna, Reason.ASKED))
        kept = await bill_of(house, invoice)
        assert kept is not None
        assert kept.number == "R-1"
        assert await proof_of(house, proof) is None
        assert (await house.rows_of(anna, KEPT), house.find()) == (1, None)
        assert house.keyring.find(PROVIDER, IdentifierKind.CUSTOMER_NUMBER, "K-1") == anna


@pytest.mark.promise("ZOI-09")
@pytest.mark.promise("CTP-01")
async def test_on_its_end_date_the_invoice_goes_with_its_key_and_the_customer_number(tmp_path: Path) -> None:
    clock = ManualClock()
    async with installed(prepared(tmp_path), clock) as house:
        anna = await house.enrol()
        invoice = await house.bill(anna, UNTIL)
        erasures = house.erasures(registry=KEPT)
        await erasures.run(await erasures.request(PROVIDER, anna, Reason.ASKED))
        clock.advance((UNTIL - day_of(clock.time())).days * 86_400)
        assert day_of(clock.time()) == UNTIL
        await sweeping(house).sweep()
        assert await bill_of(house, invoice) is not None
        clock.advance(2 * 86_400)
        await sweeping(house).sweep()
        assert await house.rows_of(anna, KEPT) == 0
        assert not house.keyring.knows(anna)
        assert house.keyring.remains() == {}
        for path in house.folder.rglob("*"):
            assert path.is_dir() or path.name == "tombstones" or anna.encode() not in path.read_bytes()


async def test_the_key_of_an_invoice_goes_on_its_day_and_the_later_one_still_opens(tmp_path: Path) -> None:
    async with installed(prepared(tmp_path), ManualClock()) as house:
        anna = await house.enrol()
        first = await house.bill(anna, dt.date(2027, 3, 1), number="R-1")
        second = await house.bill(anna, UNTIL, number="R-2")
        erasures = house.erasures(registry=KEPT)
        await erasures.run(await erasures.request(PROVIDER, anna, Reason.ASKED))
        async with house.db.transaction() as unit:
            await unit.delete(Bill, id=first)
        before = len(house.keyring.traces(anna))
        await Remains(house.db, house.keyring, KEPT).sweep()
        assert len(house.keyring.traces(anna)) == before - 1
        assert await bill_of(house, second) is not None


@pytest.mark.promise("ACR-05")
async def test_the_verdicts_say_what_is_kept_until_when_and_under_which_law(tmp_path: Path) -> None:
    async with installed(prepared(tmp_path)) as house:
        anna = await house.enrol()
        await house.bill(anna, UNTIL)
        erasures = house.erasures(registry=KEPT, statutes=GERMAN)
        foreseen = await erasures.dry_run(PROVIDER, anna)
        erasure = await erasures.request(PROVIDER, anna, Reason.ASKED)
        certificate = json.loads(await erasures.run(erasure))
        told = {(each.table, each.field): each for each in (await erasures.status(erasure)).verdicts}
        kept = told["sample_bill", "number"]
        assert (kept.outcome, kept.until, kept.rows) == (Outcome.KEPT, UNTIL, 1)
        assert Law.load().retention(kept.law).country == "DE"
        assert told["sample_account", "address"].outcome is Outcome.ERASED
        assert {each.outcome for each in foreseen.verdicts} == {Outcome.KEPT, Outcome.ERASED, Outcome.NOTHING_HELD}
        assert kept in foreseen.verdicts
        (written,) = [each for each in certificate["verdicts"] if each["verdict"] == "kept"]
        assert (written["until"], written["law"]) == ("2037-12-31", kept.law)


@pytest.mark.promise("ZOI-20")
async def test_a_dry_run_says_what_stops_and_changes_nothing(tmp_path: Path) -> None:
    class Calls:
        async def ends(self, subject: SubjectId) -> list[str]:
            return ["erasure.stops.calls"] if subject else []

    async with installed(prepared(tmp_path)) as house:
        anna = await house.enrol()
        erasures = house.erasures(registry=KEPT, consequences=[Calls(), Calls()])
        assert (await erasures.dry_run(PROVIDER, anna)).stops == ("erasure.stops.calls",)
        assert await house.rows_of(anna, KEPT) == 3
        assert await erasures.pending() == []
        await erasures.run(await erasures.request(PROVIDER, anna, Reason.ASKED))
        with pytest.raises(SubjectGone):
            await erasures.dry_run(PROVIDER, anna)


async def test_of_somebody_who_is_kept_nothing_else_is_ever_written(tmp_path: Path) -> None:
    folder = prepared(tmp_path)
    async with installed(folder) as house:
        anna = await house.enrol()
        await house.bill(anna, UNTIL)
        erasures = house.erasures(registry=KEPT)
        await erasures.run(await erasures.request(PROVIDER, anna, Reason.ASKED))
        with pytest.raises(SubjectGone):
            await erasures.request(PROVIDER, anna, Reason.ASKED)
    async with installed(folder) as house:
        with pytest.raises(SubjectGone):
            await agreed(house, anna)
        with pytest.raises(SubjectGone):
            house.keyring.bind(PROVIDER, IdentifierKind.MAIL, "anna@example.org", anna)
        with pytest.raises(SubjectGone):
            house.keyring.ledger_ref(anna)
        last = Bill(id=house.new(), provider=PROVIDER, subject=anna, due=2_200_000_000.0, number="R-9")
        async with house.db.transaction() as unit:
            await unit.add(last)  # the last invoice comes when the person has left
        assert await bill_of(house, last.id) is not None


@pytest.mark.promise("ACR-05")
async def test_the_scan_finds_what_is_kept_where_it_may_lie_and_nothing_else(tmp_path: Path) -> None:
    async with installed(prepared(tmp_path)) as house:
        anna = await house.enrol()
        await house.bill(anna, UNTIL, number="R-2026-000017")
        premises = Premises(
            database=house.db.path, keyring=house.folder / "keyring.sqlite",
            key_file=house.folder / "secrets" / "keys", tombstones=house.folder / "tombstones",
        )  # fmt: skip
        examiner = Examiner(house.db, house.keyring, premises, house.clock, SystemRandomness(), registry=KEPT)
        erasures = house.erasures(registry=KEPT, examiner=examiner)
        certificate = json.loads(await erasures.run(await erasures.request(PROVIDER, anna, Reason.ASKED)))
        assert certificate["examined"]["found"] == []
        assert certificate["examined"]["kept"] == ["main database: sample_bill.sealed"]
        assert certificate["examined"]["looked_for"]["sealed"] == 3
        assert erasures.residues == 0


@pytest.mark.sqlite_file
async def test_an_older_copy_brings_back_no_more_than_the_tombstone_keeps(tmp_path: Path) -> None:
    folder = prepared(tmp_path / "house")
    async with installed(folder) as house:
        anna = await house.enrol()
        invoice, proof = await house.bill(anna, UNTIL), await agreed(house, anna)
    older = [shutil.copy(folder / name, tmp_path / name) for name in ("keyring.sqlite", "main.sqlite")]
    async with installed(folder) as house:
        erasures = house.erasures(registry=KEPT)
        await erasures.run(await erasures.request(PROVIDER, anna, Reason.ASKED))
    for path in older:
        shutil.copy(path, folder)
    async with installed(folder) as house:
        report = await startup_check(
            house.db, house.keyring, house.tombstones, house.ledger, house.clock, registry=KEPT
        )
        assert report.replayed == 1
        assert await bill_of(house, invoice) is not None
        assert await proof_of(house, proof) is None
        assert (await house.rows_of(anna, KEPT), house.find()) == (1, None)
        again = await startup_check(house.db, house.keyring, house.tombstones, house.ledger, house.clock, registry=KEPT)
        assert again.replayed == 0


async def test_a_copy_from_before_is_not_kept_past_the_day_that_the_tombstone_names(tmp_path: Path) -> None:
    folder, clock = prepared(tmp_path / "house"), ManualClock()
    async with installed(folder, clock) as house:
        anna = await house.enrol()
        await house.bill(anna, dt.date(2027, 1, 31))
        erasures = house.erasures(registry=KEPT)
        await erasures.run(await erasures.request(PROVIDER, anna, Reason.ASKED))
        clock.advance(60 * 86_400)
        await startup_check(house.db, house.keyring, house.tombstones, house.ledger, clock, registry=KEPT)
        assert (await house.rows_of(anna, KEPT), house.keyring.knows(anna)) == (0, False)


class TestBlocking:
    """Where a country wants data blocked before it is destroyed (LOPDGDD Art. 32)."""

    async def test_what_could_show_a_liability_is_blocked_and_the_rest_is_erased(self, tmp_path: Path) -> None:
        async with installed(prepared(tmp_path)) as house:
            anna = await house.enrol()
            await agreed(house, anna)
            erasures = house.erasures(registry=KEPT, statutes=SPANISH)
            foreseen = {each.table: each for each in (await erasures.dry_run(PROVIDER, anna)).verdicts if each.rows}
            erasure = await erasures.request(PROVIDER, anna, Reason.ASKED)
            await erasures.run(erasure)
            done = {each.table: each for each in (await erasures.status(erasure)).verdicts if each.rows}
            assert done["sample_proof"].outcome is Outcome.BLOCKED
            assert done["sample_proof"].until == day_of(house.clock.time()).replace(year=2030)
            assert done["sample_account"].outcome is Outcome.ERASED
            assert foreseen["sample_proof"] == done["sample_proof"]

    async def test_it_opens_for_an_authority_alone_and_goes_on_its_day(self, tmp_path: Path) -> None:
        clock = ManualClock()
        async with installed(prepared(tmp_path), clock) as house:
            anna = await house.enrol()
            proof = await agreed(house, anna)
            erasures = house.erasures(registry=KEPT, statutes=SPANISH)
            await erasures.run(await erasures.request(PROVIDER, anna, Reason.ASKED))
            for use in Use:
                with opened_for(use):
                    assert (await proof_of(house, proof) is not None) is (use is Use.AUTHORITY)
            clock.advance(3 * 366 * 86_400)
            await sweeping(house).sweep()
            assert (await house.rows_of(anna, KEPT), house.keyring.knows(anna)) == (0, False)

    def test_most_countries_know_no_such_class(self) -> None:
        assert GERMAN.blocks(PROVIDER, dt.date(2027, 1, 1)) is None
        assert SPANISH.blocks(ProviderId("elsewhere"), dt.date(2027, 1, 1)) is None


async def test_a_kill_between_decision_and_tombstone_leaves_the_decision_standing(tmp_path: Path) -> None:
    async with installed(prepared(tmp_path)) as house:
        anna = await house.enrol()
        await house.bill(anna, UNTIL)

        def stop(point: object) -> None:
            if point == "decided":
                raise KeyboardInterrupt

        erasures = house.erasures(registry=KEPT, at=stop)
        erasure = await erasures.request(PROVIDER, anna, Reason.ASKED)
        with pytest.raises(KeyboardInterrupt):
            await erasures.run(erasure)
        again = house.erasures(registry=KEPT)
        assert (await again.status(erasure)).state is State.DECIDED
        assert await again.resume() == [erasure]
        assert await house.rows_of(anna, KEPT) == 1
