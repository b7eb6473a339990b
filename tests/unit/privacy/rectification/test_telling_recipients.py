"""Article 19: whoever received what was corrected, erased or restricted is told; and nothing says whom it is about."""

import dataclasses
import datetime as dt
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pytest
import sqlalchemy as sa

from ringfence.clock import DAY, ManualClock, day_of
from ringfence.declarations import Category, Flow, Flows, Medium, Purpose, Role, Source
from ringfence.identifiers import CaseId, ProviderId, RecipientId, RowId, StaffId, SubjectId
from ringfence.persistence import SubjectGone
from ringfence.privacy.egress import Concerned, DisclosureLog
from ringfence.privacy.egress.records import Disclosure
from ringfence.privacy.law import Law
from ringfence.privacy.packages.records import TRANSMIT, Transmission, TransmissionPhase
from ringfence.privacy.rectification import (
    TRIES,
    Change,
    Correctable,
    Correction,
    Deliveries,
    NoticeSettled,
    Outbox,
    Reason,
    Receipts,
    RecipientNotice,
    Rectifications,
    State,
    Way,
)
from ringfence.privacy.restriction import Ground, Restrictions
from ringfence.privacy.rights import CountryStatutes, Erasures, Point
from ringfence.privacy.rights import Reason as Why
from ringfence.randomness import SystemRandomness
from ringfence.services.enrolment import Device, Phase
from tests.unit.privacy.installation import ADDRESS, KEPT, NUMBER, PROVIDER, Installation, installed, prepared
from tests.unit.privacy.rectification.recipients import Killed, Known, Post

pytestmark = pytest.mark.usefixtures("each_database")

CASE, OFFICER = CaseId("c" * 26), StaffId("o" * 26)
ARCHIVE, PUSH, CHOSEN = RecipientId("archive"), RecipientId("push"), RecipientId("chosen-controller")
URL = "https://canary-anna.example/inbox"
LAW = Law.load()
TODAY = day_of(ManualClock().time())

for _kind in (Device, Disclosure, Correction, Transmission):
    if _kind.declaration.name not in {kind.declaration.name for kind in KEPT}:
        KEPT.add(_kind)

FLOWS = Flows()
for _name in ("sample.stored", "sample.passed", TRANSMIT.name):
    Flow(
        name=_name, medium=Medium.HTTP, carries=(Category.DEVICE, Category.PUSH_TOKEN), purpose=Purpose.ENROL,
        source=Source.PERSON, to=Role.OPERATOR, says="A sample.", among=FLOWS,
    )  # fmt: skip


class World:
    """One person whose device's name three recipients know, and all that changes it."""

    def __init__(self, house: Installation, *reached: RecipientId) -> None:
        self.house, self.post = house, Post()
        self.log = DisclosureLog(house.db, SystemRandomness())
        self.directory = Known(*reached, forgotten="sample.passed")
        self.outbox = Outbox(
            db=house.db, receipts=Receipts(self.log, FLOWS), directory=self.directory, clock=house.clock, registry=KEPT
        )
        self.deliveries = Deliveries(db=house.db, directory=self.directory, teller=self.post, clock=house.clock)
        self.rectifications = Rectifications(
            db=house.db, ledger=house.ledger, outbox=self.outbox, statutes=CountryStatutes(LAW, {PROVIDER: "DE"}),
            correctables=[Correctable(Device, "name", str)], services=[], clock=house.clock,
            randomness=SystemRandomness(), registry=KEPT,
        )  # fmt: skip
        self.restrictions = Restrictions(
            db=house.db, keyring=house.keyring, ledger=house.ledger, standing=house.standing, informer=Informed(),
            observers=(), heralds=(self.outbox,), clock=house.clock, randomness=SystemRandomness(), registry=KEPT,
        )  # fmt: skip

    def erasures(self, at: Callable[[Point], None] = lambda _: None) -> Erasures:
        house = self.house
        return Erasures(
            db=house.db, keyring=house.keyring, tombstones=house.tombstones, ledger=house.ledger, signer=house.signer,
            departures=(), heralds=(self.outbox,), clock=house.clock, randomness=SystemRandomness(), registry=KEPT,
            at=at,
        )  # fmt: skip

    async def person(self) -> tuple[SubjectId, RowId]:
        subject = await self.house.enrol()
        device = Device(
            id=self.house.new(), provider=PROVIDER, subject=subject, due=None, phase=next(iter(Phase)),
            name="canary-phone", public_key=b"key",
        )  # fmt: skip
        async with self.house.db.transaction() as unit:
            await unit.add(device)
        return subject, device.id

    async def passed(
        self, subject: SubjectId, recipient: RecipientId, flow: str = "sample.stored", day: dt.date = TODAY
    ) -> None:
        """As a sender does it: noted in memory, written some seconds later."""
        self.log.note(Concerned(PROVIDER, subject), recipient, flow, day)

    async def transmitted(self, subject: SubjectId, phase: TransmissionPhase) -> RowId:
        row = Transmission(
            id=self.house.new(), provider=PROVIDER, subject=subject, due=self.house.clock.time() + DAY,
            package=self.house.new(), phase=phase, status=200, url=URL,
        )  # fmt: skip
        async with self.house.db.transaction() as unit:
            await unit.add(row)
        return row.id

    async def rename(self, subject: SubjectId, device: RowId, name: str, case: CaseId | None = CASE) -> None:
        await self.rectifications.correct(
            PROVIDER, subject, OFFICER, case=case, table="device", row=device, field="name", value=name
        )

    async def notices(self) -> list[RecipientNotice]:
        async with self.house.db.reading() as unit:
            return await unit.select(RecipientNotice, order="id")

    async def states(self) -> dict[RecipientId, tuple[State, Way, Reason | None]]:
        return {each.recipient: (each.state, each.way, each.reason) for each in await self.notices()}

    async def raw(self) -> bytes:
        """Whatever stands in the table."""
        async with self.house.db.reading() as unit:
            rows = (await unit.execute(sa.select(RecipientNotice.declaration.table))).all()
        return repr([tuple(row) for row in rows]).encode()


class Informed:
    async def lifting(self, provider: ProviderId, subject: SubjectId, restriction: RowId) -> None: ...


def unnamed(notice: RecipientNotice) -> str:
    """What it says, whatever erasure it belongs to."""
    return repr(dataclasses.replace(notice, id=RowId(""), origin=RowId("")))


def tick(house: Installation, seconds: float) -> None:
    assert isinstance(house.clock, ManualClock)
    house.clock.advance(seconds)


# Ways -----------------------------------------------------------------------------------------------------------------


@pytest.mark.promise("IPS-05")
async def test_a_recipient_is_told_by_operation_by_mail_or_by_hand(tmp_path: Path) -> None:
    async with installed(prepared(tmp_path)) as house:
        world = World(house, ARCHIVE)
        anna, device = await world.person()
        await world.passed(anna, PUSH, "sample.passed")
        await world.passed(anna, ARCHIVE)
        await world.passed(anna, RecipientId("paper"))
        await world.passed(anna, RecipientId("stranger"), "flow.of.something.else")
        await world.rename(anna, device, "new")
        assert await world.states() == {
            PUSH: (State.TOLD, Way.OPERATION, None),
            ARCHIVE: (State.DUE, Way.MAIL, None),
            RecipientId("paper"): (State.BY_HAND, Way.HAND, None),
        }


@pytest.mark.promise("IPS-05")
async def test_one_mail_tells_a_recipient_of_all_that_a_request_corrected(tmp_path: Path) -> None:
    async with installed(prepared(tmp_path)) as house:
        world = World(house, ARCHIVE)
        anna, device = await world.person()
        await world.passed(anna, ARCHIVE)
        await world.passed(anna, ARCHIVE, "sample.passed", TODAY - dt.timedelta(days=3))
        for name in ("first", "second"):
            await world.rename(anna, device, name)
        assert await world.deliveries.deliver() == 0, "the officer may not have done yet"
        tick(house, 600.0)
        assert await world.deliveries.deliver() == 1
        assert await world.deliveries.deliver() == 0
        (heard,) = world.post.heard
        assert (heard.change, heard.tables, heard.flows) == (
            Change.RECTIFIED, ("device",), ("sample.passed", "sample.stored"),
        )  # fmt: skip
        assert (heard.first, heard.last) == (TODAY - dt.timedelta(days=3), TODAY)
        await world.rename(anna, device, "third")
        tick(house, 600.0)
        assert await world.deliveries.deliver() == 1, "what is corrected after the mail is told in another one"
        assert len({each.id for each in world.post.heard}) == 2


async def test_who_corrects_it_themselves_sees_who_is_told(tmp_path: Path) -> None:
    async with installed(prepared(tmp_path)) as house:
        world = World(house, ARCHIVE)
        anna, device = await world.person()
        await world.passed(anna, ARCHIVE)
        own = world.rectifications.correct_own
        await own(PROVIDER, anna, table="device", row=device, field="name", value="mine")
        await own(PROVIDER, anna, table="device", row=device, field="name", value="mine")
        (told,) = await world.outbox.told(PROVIDER, anna)
        assert (told.recipient, told.state) == (ARCHIVE, State.DUE)
        boris = await house.enrol("boris@sip.example.org")
        assert await world.outbox.told(PROVIDER, boris) == []
        assert await world.outbox.told(ProviderId("other"), anna) == []


async def test_a_restriction_and_its_end_are_told_once_each(tmp_path: Path) -> None:
    async with installed(prepared(tmp_path)) as house:
        world = World(house, ARCHIVE)
        anna, _ = await world.person()
        await world.passed(anna, ARCHIVE)
        restricted = [
            await world.restrictions.restrict(
                PROVIDER, anna, ground=Ground.CONTESTED, case=CASE, tables=["device", "sample_bill"]
            )
            for _ in range(2)
        ]
        (notice,) = await world.outbox.of_case(PROVIDER, anna, CASE)
        assert (notice.change, notice.tables, notice.origin) == (Change.RESTRICTED, "device", restricted[0])
        await world.restrictions.lift(PROVIDER, restricted[0])
        assert await world.deliveries.deliver() == 2
        assert {each.change for each in world.post.heard} == {Change.RESTRICTED, Change.LIFTED}


# Mails ----------------------------------------------------------------------------------------------------------------


@pytest.mark.promise("IPS-05")
async def test_who_is_killed_between_telling_and_noting_tells_the_same_message_again(tmp_path: Path) -> None:
    async with installed(prepared(tmp_path)) as house:
        world = World(house, ARCHIVE)
        anna, device = await world.person()
        await world.passed(anna, ARCHIVE)
        await world.rename(anna, device, "new")
        tick(house, 600.0)
        world.post.killed = True
        with pytest.raises(Killed):
            await world.deliveries.deliver()
        assert await world.states() == {ARCHIVE: (State.SENDING, Way.MAIL, None)}
        world.post.killed = False
        assert await world.deliveries.deliver() == 0, "another process may be sending it"
        tick(house, 3_600.0)
        assert await world.deliveries.deliver() == 1
        first, again = world.post.heard
        assert first == again, "with the same id, so the recipient knows it"
        assert await world.states() == {ARCHIVE: (State.TOLD, Way.MAIL, None)}


async def test_pauses_between_mails_double_and_in_the_end_an_officer_does_it(tmp_path: Path) -> None:
    async with installed(prepared(tmp_path)) as house:
        world = World(house, ARCHIVE)
        world.post.away = True
        anna, device = await world.person()
        await world.passed(anna, ARCHIVE)
        await world.rename(anna, device, "new")
        start, tried = house.clock.time(), list[float]()
        while (await world.notices())[0].state is State.DUE:
            tick(house, 300.0)
            before = (await world.notices())[0].tries
            await world.deliveries.deliver()
            if (await world.notices())[0].tries > before:
                tried.append(house.clock.time() - start)
        hours = [(later - earlier) / 3_600 for earlier, later in pairwise(tried)]
        assert hours == [1, 2, 4, 8, 16, 24, 24]
        assert len(tried) == TRIES
        assert await world.states() == {ARCHIVE: (State.BY_HAND, Way.HAND, None)}
        tick(house, 30 * DAY)
        assert await world.deliveries.deliver() == 0


async def test_whose_contact_is_taken_out_of_the_configuration_is_told_by_hand(tmp_path: Path) -> None:
    async with installed(prepared(tmp_path)) as house:
        world = World(house, ARCHIVE)
        anna, device = await world.person()
        await world.passed(anna, ARCHIVE)
        await world.rename(anna, device, "new")
        tick(house, 600.0)
        world.directory.reached.clear()
        assert await world.deliveries.deliver() == 0
        assert await world.states() == {ARCHIVE: (State.BY_HAND, Way.HAND, None)}


async def test_an_officer_says_who_was_told_or_why_they_cant_be_once(tmp_path: Path) -> None:
    async with installed(prepared(tmp_path)) as house:
        world = World(house)
        anna, device = await world.person()
        for recipient in (ARCHIVE, PUSH):
            await world.passed(anna, recipient)
        await world.rename(anna, device, "new")
        one, other = await world.deliveries.by_hand(PROVIDER)
        with pytest.raises(NoticeSettled):
            await world.deliveries.tell_by_hand(ProviderId("other"), one.id)
        await world.deliveries.tell_by_hand(PROVIDER, one.id)
        await world.deliveries.give_up(PROVIDER, other.id, Reason.DISPROPORTIONATE)
        assert await world.states() == {
            one.recipient: (State.TOLD, Way.HAND, None),
            other.recipient: (State.IMPOSSIBLE, Way.HAND, Reason.DISPROPORTIONATE),
        }
        assert await world.deliveries.by_hand(PROVIDER) == []
        assert {each.id for each in await world.deliveries.settled(PROVIDER, 10)} == {one.id, other.id}
        with pytest.raises(NoticeSettled):
            await world.deliveries.give_up(PROVIDER, one.id, Reason.IMPOSSIBLE)


async def test_notices_end_after_their_term_told_or_not(tmp_path: Path) -> None:
    async with installed(prepared(tmp_path)) as house:
        world = World(house)
        anna, device = await world.person()
        await world.passed(anna, ARCHIVE)
        await world.rename(anna, device, "new")
        tick(house, 3 * 366 * DAY)
        assert await world.deliveries.sweep() == 0
        tick(house, DAY)
        assert await world.deliveries.sweep() == 1
        assert await world.notices() == []


# Whom the person named ------------------------------------------------------------------------------------------------


async def test_each_transmission_is_told_under_its_own_reference_while_its_address_is_known(tmp_path: Path) -> None:
    async with installed(prepared(tmp_path)) as house:
        world = World(house)
        anna, device = await world.person()
        await world.passed(anna, CHOSEN, TRANSMIT.name)
        sent = {
            await world.transmitted(anna, phase) for phase in (TransmissionPhase.ACCEPTED, TransmissionPhase.UNKNOWN)
        }
        await world.transmitted(anna, TransmissionPhase.PROPOSED)
        await world.rename(anna, device, "new")
        assert {(each.reference, each.state) for each in await world.notices()} == {
            (row, State.BY_HAND) for row in sent
        }
        await world.erasures().request(PROVIDER, anna, Why.ASKED)
        erased = [each for each in await world.notices() if each.change is Change.ERASED]
        assert {each.reference for each in erased} == sent
        assert {(each.state, each.reason) for each in erased} == {(State.IMPOSSIBLE, Reason.ADDRESS_GONE)}


# Erasure --------------------------------------------------------------------------------------------------------------


class End(BaseException):
    """As if the process were killed."""


@pytest.mark.promise("IPS-05")
async def test_an_erasure_leaves_notices_that_are_told_and_name_nobody(tmp_path: Path) -> None:
    async with installed(prepared(tmp_path)) as house:
        world = World(house, ARCHIVE)
        anna, _ = await world.person()
        await world.passed(anna, ARCHIVE)
        await world.log.flush()
        await world.passed(anna, RecipientId("paper"), day=TODAY - dt.timedelta(days=1))  # not written down yet
        await world.passed(anna, CHOSEN, TRANSMIT.name)
        await world.transmitted(anna, TransmissionPhase.ACCEPTED)
        foreseen = await world.outbox.foreseen(PROVIDER, anna)
        erasures = world.erasures()
        await erasures.run(await erasures.request(PROVIDER, anna, Why.ASKED))
        with pytest.raises(SubjectGone):
            await erasures.dry_run(PROVIDER, anna)
        notices = await world.notices()
        assert {each.recipient: each.state for each in notices} == {
            ARCHIVE: State.DUE, RecipientId("paper"): State.BY_HAND, CHOSEN: State.IMPOSSIBLE,
        }  # fmt: skip
        assert sorted(map(unnamed, foreseen)) == sorted(map(unnamed, notices))
        assert await world.deliveries.deliver() == 1
        (heard,) = world.post.heard
        rows = await world.raw()
        for canary in (anna, ADDRESS, NUMBER, "canary", "anna"):
            assert canary.encode() not in rows
            assert canary not in repr(heard)


@pytest.mark.parametrize("point", list(Point))
async def test_an_erasure_that_is_killed_anywhere_leaves_each_notice_once(tmp_path: Path, point: Point) -> None:
    killed = list[Point]()

    def kill(at: Point) -> None:
        if at is point and not killed:
            killed.append(at)
            raise End

    folder = prepared(tmp_path)
    async with installed(folder) as house:
        world = World(house, ARCHIVE)
        anna, _ = await world.person()
        await world.passed(anna, ARCHIVE)
        await world.log.flush()
        erasures = world.erasures(kill)
        with suppress(End):
            await erasures.run(await erasures.request(PROVIDER, anna, Why.ASKED))
    async with installed(folder) as house:
        world = World(house, ARCHIVE)
        erasures = world.erasures()
        assert bool(await world.notices()) is bool(await erasures.pending() or await certified(house))
        if house.keyring.knows(anna) and not await erasures.pending():
            await erasures.request(PROVIDER, anna, Why.ASKED)
        await erasures.resume()
        assert len(await world.notices()) == 1


async def certified(house: Installation) -> int:
    async with house.db.reading() as unit:
        return int((await unit.execute(sa.text("SELECT count(*) FROM erasure"))).scalar_one())
