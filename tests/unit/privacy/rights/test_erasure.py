"""Erasing a person: every step, its traces, and what others see meanwhile."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from ringfence.clock import ManualClock
from ringfence.errors import OurFault
from ringfence.identifiers import RowId, SubjectId
from ringfence.persistence import Fence, SubjectGone
from ringfence.privacy.ledger import LedgerEntry
from ringfence.privacy.rights import (
    ErasureRecord,
    Erasures,
    ErasureSettings,
    Outcome,
    Point,
    Reason,
    State,
    Tombstone,
    TombstoneFile,
    UnknownErasure,
    is_genuine,
)
from tests.unit.privacy.installation import PROVIDER, SAMPLES, Account, Call, Token, installed, prepared

pytestmark = pytest.mark.usefixtures("each_database")


class Leaving:
    """A service that remembers whom it let go."""

    def __init__(self, error: Exception | None = None) -> None:
        self.gone: list[SubjectId] = []
        self._error = error

    async def depart(self, subject: SubjectId) -> None:
        self.gone.append(subject)
        if self._error is not None:
            raise self._error


@pytest.mark.promise("ACR-05")
async def test_a_person_is_erased_and_nothing_of_theirs_is_left(tmp_path: Path) -> None:
    async with installed(prepared(tmp_path)) as house:
        anna, boris = await house.enrol(), await house.enrol("boris@sip.example.org")
        service = Leaving()
        erasures = house.erasures(service)
        erasure = await erasures.request(PROVIDER, anna, Reason.ASKED)
        await erasures.run(erasure)
        assert service.gone == [anna]
        assert (await house.rows_of(anna), await house.rows_of(boris)) == (0, 3)
        assert house.find() is None
        assert not house.keyring.knows(anna)
        assert house.find("boris@sip.example.org") == boris
        assert (await erasures.status(erasure)).state is State.CERTIFIED
        assert await erasures.pending() == []
        async with house.db.reading() as unit:
            assert await unit.count(Fence) == 0
        for path in house.folder.rglob("*"):
            assert path.is_dir() or anna.encode() not in path.read_bytes()


async def test_from_the_request_on_nothing_is_written_about_the_person(tmp_path: Path) -> None:
    async with installed(prepared(tmp_path)) as house:
        anna = await house.enrol()
        await house.erasures().request(PROVIDER, anna, Reason.ASKED)
        with pytest.raises(SubjectGone):
            async with house.db.transaction() as unit:
                await unit.add(house.rows(anna, "x", "y", 0.0)[0])


async def test_after_the_end_nothing_can_be_written_about_them_either(tmp_path: Path) -> None:
    async with installed(prepared(tmp_path)) as house:
        anna = await house.enrol()
        erasures = house.erasures()
        await erasures.run(await erasures.request(PROVIDER, anna, Reason.ASKED))
        with pytest.raises(SubjectGone):
            async with house.db.transaction() as unit:
                await unit.add(house.rows(anna, "x", "y", 0.0)[0])
        with pytest.raises(SubjectGone):
            await erasures.request(PROVIDER, anna, Reason.ASKED)


async def test_asking_twice_is_asking_once(tmp_path: Path) -> None:
    async with installed(prepared(tmp_path)) as house:
        anna = await house.enrol()
        erasures = house.erasures()
        first = await erasures.request(PROVIDER, anna, Reason.ASKED)
        assert await erasures.request(PROVIDER, anna, Reason.DEVICES_GONE) == first
        certificate = await erasures.run(first)
        assert await erasures.run(first) == certificate
        assert house.tombstones.count == 1


async def test_somebody_who_was_never_here_cannot_be_erased(tmp_path: Path) -> None:
    async with installed(prepared(tmp_path)) as house:
        with pytest.raises(SubjectGone):
            await house.erasures().request(PROVIDER, SubjectId("z" * 26), Reason.ASKED)
        with pytest.raises(UnknownErasure):
            await house.erasures().status(RowId("z" * 26))
        with pytest.raises(UnknownErasure):
            await house.erasures().run(RowId("z" * 26))


async def test_each_field_gets_a_verdict_whether_something_was_held_or_not(tmp_path: Path) -> None:
    async with installed(prepared(tmp_path)) as house:
        anna = await house.enrol()
        async with house.db.transaction() as unit:
            await unit.delete(Token, subject=anna)
        erasures = house.erasures()
        status = await erasures.status(await erasures.request(PROVIDER, anna, Reason.ASKED))
        verdicts = {(each.table, each.field): (each.outcome, each.rows) for each in status.verdicts}
        assert verdicts == {
            ("sample_account", "address"): (Outcome.ERASED, 1),
            ("sample_account", "old_enough"): (Outcome.ERASED, 1),
            ("sample_token", "token"): (Outcome.NOTHING_HELD, 0),
            ("sample_call", "callee_number"): (Outcome.ERASED, 1),
            ("sample_call", "day"): (Outcome.ERASED, 1),
            ("sample_call", "caller_number"): (Outcome.ERASED, 1),
        }


@pytest.mark.promise("ACR-05")
@pytest.mark.promise("ACR-06")
async def test_the_certificate_is_promised_within_seven_days_and_copies_are_dead_before(tmp_path: Path) -> None:
    async with installed(prepared(tmp_path)) as house:
        erasures = house.erasures()
        erasure = await erasures.request(PROVIDER, await house.enrol(), Reason.DEVICES_GONE)
        status = await erasures.status(erasure)
        assert status.promised - status.requested == 7 * 86_400
        content = json.loads(await erasures.run(erasure))
        assert content["requested"] < content["older_copies_unreadable_from"] < content["promised_by"]


async def test_the_certificate_is_signed_names_nobody_and_stands_in_the_ledger(tmp_path: Path) -> None:
    async with installed(prepared(tmp_path)) as house:
        anna = await house.enrol()
        erasures = house.erasures()
        certificate = await erasures.run(await erasures.request(PROVIDER, anna, Reason.ASKED))
        assert is_genuine(certificate, house.signer.public_key)
        assert not is_genuine(certificate.replace(b'"rows":1', b'"rows":2'), house.signer.public_key)
        assert not is_genuine(b"[]", house.signer.public_key)
        assert anna.encode() not in certificate
        async with house.db.reading() as unit:
            entries = await unit.select(LedgerEntry, provider=PROVIDER, order="number")
        assert [json.loads(entry.body)["event"] for entry in entries] == [
            "erasure_requested", "tombstone_written", "erasure_completed",
        ]  # fmt: skip
        assert (await house.ledger.verify(PROVIDER)).sound


async def test_a_row_about_two_people_keeps_the_part_of_the_one_who_stays(tmp_path: Path) -> None:
    async with installed(prepared(tmp_path)) as house:
        anna, boris = await house.enrol(), await house.enrol("boris@sip.example.org")
        call = Call(
            id=house.new(), provider=PROVIDER, subject=anna, caller=boris, callee_number="+49301111111",
            caller_number="+49302222222",
        )  # fmt: skip
        async with house.db.transaction() as unit:
            await unit.add(call)
        erasures = house.erasures()
        await erasures.run(await erasures.request(PROVIDER, anna, Reason.ASKED))
        async with house.db.reading() as unit:
            left = await unit.get(Call, call.id)
        assert left is not None
        assert (left.callee_number, left.caller_number) == ("", "+49302222222")


@pytest.mark.parametrize("error", [OSError(), OurFault(), TimeoutError()])
async def test_a_service_that_cannot_let_go_keeps_nobody_alive(tmp_path: Path, error: Exception) -> None:
    async with installed(prepared(tmp_path)) as house:
        anna = await house.enrol()
        erasures = house.erasures(Leaving(error), Leaving())
        certificate = await erasures.run(await erasures.request(PROVIDER, anna, Reason.ASKED))
        assert json.loads(certificate)["services_that_did_not_answer_in_time"] == 1
        assert not house.keyring.knows(anna)


async def test_a_service_that_hangs_is_cut_off(tmp_path: Path) -> None:
    class Hanging:
        async def depart(self, subject: SubjectId) -> None:
            await asyncio.Event().wait()

    async with installed(prepared(tmp_path)) as house:
        anna = await house.enrol()
        erasures = Erasures(
            db=house.db, keyring=house.keyring, tombstones=house.tombstones, ledger=house.ledger, signer=house.signer,
            departures=[Hanging()], clock=house.clock, randomness=house.vault._randomness, registry=SAMPLES,
            settings=ErasureSettings(depart_seconds=0.01),
        )  # fmt: skip
        certificate = await erasures.run(await erasures.request(PROVIDER, anna, Reason.ASKED))
        assert json.loads(certificate)["services_that_did_not_answer_in_time"] == 1


async def test_many_rows_go_in_bounded_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ringfence.persistence.pace._SQLITE", (40, 40, 40))
    async with installed(prepared(tmp_path)) as house:
        anna = await house.enrol()
        async with house.db.transaction() as unit:
            await unit.add_all(house.rows(anna, "x", "y", 0.0)[0] for _ in range(45))
        points: list[Point] = []
        erasures = house.erasures(at=points.append)
        await erasures.run(await erasures.request(PROVIDER, anna, Reason.ASKED))
        assert await house.rows_of(anna) == 0
        batches = 2 if house.db.dialect == "sqlite" else 1  # 40 and 6 rows; elsewhere nobody waits for them
        assert points.count(Point.DELETING_ROWS) == batches + 1 + 1


@pytest.mark.sqlite_file
async def test_a_reader_that_stays_in_the_way_delays_the_certificate_and_the_state_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ringfence.privacy.rights.erasure_steps._SCRUB_PAUSE", 0.0)
    async with installed(prepared(tmp_path)) as house:
        anna = await house.enrol()
        erasures = house.erasures()
        erasure = await erasures.request(PROVIDER, anna, Reason.ASKED)
        async with house.db.reading() as unit:
            await unit.count(Account)
            assert await erasures.resume() == []
            assert (await erasures.status(erasure)).state is State.ROWS_GONE
        assert await erasures.resume() == [erasure]
        assert (await erasures.status(erasure)).state is State.CERTIFIED


async def test_the_most_urgent_erasure_comes_first(tmp_path: Path) -> None:
    clock = ManualClock()
    async with installed(prepared(tmp_path), clock) as house:
        anna, boris = await house.enrol(), await house.enrol("boris@sip.example.org")
        erasures = house.erasures()
        first = await erasures.request(PROVIDER, boris, Reason.ASKED)
        clock.advance(60)
        second = await erasures.request(PROVIDER, anna, Reason.ASKED)
        assert await erasures.resume() == [first, second]


async def test_the_worker_erases_what_is_asked_for_while_it_runs(tmp_path: Path) -> None:
    async with installed(prepared(tmp_path)) as house:
        anna = await house.enrol()
        done = asyncio.Event()
        erasures = house.erasures(at=lambda point: done.set() if point is Point.CERTIFIED else None)
        working = asyncio.create_task(erasures.work())
        await erasures.request(PROVIDER, anna, Reason.ASKED)
        await asyncio.wait_for(done.wait(), 10)
        working.cancel()
        with pytest.raises(asyncio.CancelledError):
            await working
        assert not house.keyring.knows(anna)


async def test_the_erasures_own_record_forgets_the_person_at_the_end(tmp_path: Path) -> None:
    async with installed(prepared(tmp_path)) as house:
        anna = await house.enrol()
        erasures = house.erasures()
        erasure = await erasures.request(PROVIDER, anna, Reason.ASKED)
        await erasures.run(erasure)
        async with house.db.reading() as unit:
            record = await unit.get(ErasureRecord, erasure)
        assert record is not None
        assert record.subject is None


async def test_an_erasure_that_fails_does_not_hold_up_the_others_and_is_not_hushed_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = ManualClock()
    async with installed(prepared(tmp_path), clock) as house:
        anna, boris = await house.enrol(), await house.enrol("boris@sip.example.org")
        erasures = house.erasures()
        await erasures.request(PROVIDER, anna, Reason.ASKED)
        clock.advance(1)
        second = await erasures.request(PROVIDER, boris, Reason.ASKED)
        real = house.tombstones.append

        def failing(subject: SubjectId, *arguments: Any) -> Tombstone:
            if subject == anna:
                raise OSError(28, "no space left on device")
            return real(subject, *arguments)

        monkeypatch.setattr(TombstoneFile, "append", staticmethod(failing))
        with pytest.raises(OSError, match="no space"):
            await erasures.resume()
        assert (await erasures.status(second)).state is State.CERTIFIED
        assert [record.subject for record in await erasures.pending()] == [anna]
        assert house.find() == anna
