"""The sample service does what every service must: what it keeps is sealed, told, given out, gated and erased."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ringfence.declarations import DeclarationFault, Keep, Record, Registry
from ringfence.identifiers import RecipientId, SubjectId
from ringfence.persistence import SubjectGone
from ringfence.privacy.datamap import entries
from ringfence.privacy.egress import (
    BlockReason,
    Disclosure,
    DisclosureLog,
    Gate,
    LegalRole,
    MechanismTable,
    Recipient,
    Regime,
    TransferBlocked,
)
from ringfence.privacy.packages import Holdings
from ringfence.privacy.retention import Retention
from ringfence.privacy.rights import Reason, State
from ringfence.randomness import SystemRandomness
from ringfence.web.api import RecordedData
from tests.unit.privacy.installation import ADDRESS, PROVIDER, Installation
from tests.unit.privacy.notices.texts import current
from tests.unit.walkthroughs.badges import (
    BADGE_PUSH,
    SAMPLE,
    Badge,
    Badges,
    BadgeSender,
    Outcome,
    Portability,
    RememberedPushes,
    Style,
    WatchSender,
)
from tests.unit.walkthroughs.standin import PushService, push_service

TOKEN, NAME = "watch-token-of-anna", "Anna's running watch"


def badges_of(house: Installation, sender: BadgeSender) -> Badges:
    return Badges(house.db, sender, house.clock, SystemRandomness())


async def worn(house: Installation, badges: Badges) -> SubjectId:
    """Anna, with a watch."""
    anna = await house.enrol()
    await badges.wear(PROVIDER, anna, token=TOKEN, name=NAME, style=Style.NUMBER)
    return anna


def gate_of(
    house: Installation,
    service: PushService,
    *,
    flows: frozenset[str] = frozenset({BADGE_PUSH.name}),
    country: str = "DE",
    disclosures: DisclosureLog | None = None,
) -> Gate:
    recipient = Recipient(
        id=RecipientId("watches"),
        name="Watch Cloud",
        role=LegalRole.PROCESSOR,
        country=country,
        exporter=Regime.EU,
        flows=flows,
        contract="contract 7",
        origins=(service.origin,),
    )
    return Gate([recipient], MechanismTable.load(), house.clock, disclosures=disclosures)


# A datum


async def test_what_is_kept_lies_sealed_on_disk(house: Installation) -> None:
    await worn(house, badges_of(house, RememberedPushes()))
    await house.db.checkpoint()
    written = b"".join(_files(house.folder))
    assert written
    for clear in (TOKEN.encode(), NAME.encode()):
        assert clear not in written


async def test_what_is_kept_is_in_the_data_map_and_in_the_notice() -> None:
    mapped = {(entry.table, entry.field): entry for entry in entries(SAMPLE)}
    assert set(mapped) == {("badge", "token"), ("badge", "name"), ("badges.push", "push")}
    assert mapped["badge", "token"].retention == Keep.WHILE_REACHABLE.sentence
    assert set(current("en", registry=SAMPLE).bound) == {"badge.token", "badge.name", "badges.push"}


def test_a_field_that_says_nothing_about_itself_does_not_come_to_be() -> None:
    with pytest.raises(DeclarationFault):

        class Careless(Record, table="careless", number=901, keep=Keep.WHILE_REACHABLE, registry=Registry()):
            heart_rate: int = 0


async def test_what_is_due_is_swept(house: Installation) -> None:
    anna = await worn(house, badges_of(house, RememberedPushes()))
    retention = Retention(house.db, house.keyring, house.clock, SystemRandomness(), registry=SAMPLE)
    await retention.sweep(house.clock.time() + 3 * 86_400 - 1)
    assert await house.rows_of(anna, SAMPLE) == 1
    await retention.sweep(house.clock.time() + 3 * 86_400 + 1)
    assert await house.rows_of(anna, SAMPLE) == 0


# A flow and a sender


async def test_a_missed_call_is_shown_as_a_number_and_nothing_more(house: Installation) -> None:
    sender = RememberedPushes()
    badges = badges_of(house, sender)
    anna = await worn(house, badges)
    assert await badges.missed(anna) == [Outcome.SENT]
    assert await badges.missed(anna) == [Outcome.SENT]
    assert [(push.token, push.shown) for push in sender.pushes] == [(TOKEN, "1"), (TOKEN, "2")]
    assert TOKEN not in repr(sender.pushes)


async def test_a_watch_that_is_gone_is_forgotten(house: Installation) -> None:
    badges = badges_of(house, RememberedPushes(Outcome.GONE))
    anna = await worn(house, badges)
    await badges.missed(anna)
    assert await house.rows_of(anna, SAMPLE) == 0


async def test_a_push_leaves_through_the_gate_and_is_on_record(house: Installation) -> None:
    log = DisclosureLog(house.db, SystemRandomness())
    async with push_service() as service:
        gate = gate_of(house, service, disclosures=log)
        async with gate.client(RecipientId("watches")) as client:
            badges = badges_of(house, WatchSender(client, service.origin + "/push"))
            anna = await worn(house, badges)
            assert await badges.missed(anna) == [Outcome.SENT]
    await log.flush()
    async with house.db.reading() as unit:
        (told,) = await unit.select(Disclosure, subject=anna)
    assert (told.recipient, told.flow) == ("watches", BADGE_PUSH.name)
    assert [json.loads(body) for body in service.bodies] == [{"to": TOKEN, "show": "1"}]


@pytest.mark.parametrize(
    ("flows", "country", "reason"),
    [
        (frozenset[str](), "DE", BlockReason.FLOW_NOT_DECLARED),
        (frozenset({BADGE_PUSH.name}), "US", BlockReason.NO_MECHANISM),
    ],
)
async def test_what_is_not_declared_or_not_lawful_does_not_leave(
    house: Installation, flows: frozenset[str], country: str, reason: BlockReason
) -> None:
    async with push_service() as service:
        gate = gate_of(house, service, flows=flows, country=country)
        async with gate.client(RecipientId("watches")) as client:
            badges = badges_of(house, WatchSender(client, service.origin + "/push"))
            anna = await worn(house, badges)
            assert await badges.missed(anna) == [Outcome.BLOCKED]
            with pytest.raises(TransferBlocked) as blocked:
                await client.post(BADGE_PUSH, service.origin)
    assert blocked.value.reason is reason
    assert service.bodies == []


@pytest.mark.parametrize(("status", "outcome"), [(200, Outcome.SENT), (410, Outcome.GONE), (500, Outcome.LATER)])
async def test_each_answer_of_the_push_service_is_an_outcome(
    house: Installation, status: int, outcome: Outcome
) -> None:
    async with push_service() as service:
        service.status = status
        gate = gate_of(house, service)
        async with gate.client(RecipientId("watches")) as client:
            badges = badges_of(house, WatchSender(client, service.origin + "/push"))
            assert await badges.missed(await worn(house, badges)) == [outcome]


async def test_a_push_service_that_is_away_is_asked_later(house: Installation) -> None:
    async with push_service() as service:
        gate = gate_of(house, service)
    async with gate.client(RecipientId("watches")) as client:
        badges = badges_of(house, WatchSender(client, service.origin + "/push"))
        assert await badges.missed(await worn(house, badges)) == [Outcome.LATER]


# Rights


async def test_what_is_kept_is_given_out_to_its_owner(house: Installation) -> None:
    anna = await worn(house, badges_of(house, RememberedPushes()))
    holdings = Holdings(house.db, house.vault, registry=SAMPLE)
    data = await RecordedData(holdings, house.db, house.ledger).of(PROVIDER, anna)
    shown = json.dumps(data)
    assert TOKEN in shown
    assert NAME in shown


async def test_what_its_owner_provided_can_be_taken_along_and_that_is_recorded(house: Installation) -> None:
    anna = await worn(house, badges_of(house, RememberedPushes()))
    package = json.loads(await Portability(house.db, house.ledger, SAMPLE).package(PROVIDER, anna))
    assert package == {"badge": [{"token": TOKEN, "name": NAME}]}
    report = await house.ledger.verify(PROVIDER)
    assert (report.sound, report.entries) == (True, 1)


async def test_an_erasure_leaves_nothing_and_nothing_can_be_written_after_it(house: Installation) -> None:
    badges = badges_of(house, RememberedPushes())
    anna = await worn(house, badges)
    await badges.missed(anna)
    erasures = house.erasures(badges, registry=SAMPLE)
    erasure = await erasures.request(PROVIDER, anna, Reason.ASKED)
    await erasures.run(erasure)
    assert (await erasures.status(erasure)).state is State.CERTIFIED
    assert await house.rows_of(anna, SAMPLE) == 0
    assert house.find(ADDRESS) is None
    assert await badges.missed(anna) == []
    with pytest.raises(SubjectGone):
        await badges.wear(PROVIDER, anna, token=TOKEN, name=NAME, style=Style.DOT)


async def test_who_departs_leaves_no_count_in_memory(house: Installation) -> None:
    sender = RememberedPushes()
    badges = badges_of(house, sender)
    anna = await worn(house, badges)
    await badges.missed(anna)
    await badges.depart(anna)
    await badges.missed(anna)
    assert [push.shown for push in sender.pushes] == ["1", "1"]


def test_the_sample_stays_out_of_the_server() -> None:
    assert Badge.declaration.name not in {entry.table for entry in entries()}


def _files(folder: Path) -> Iterator[bytes]:
    return (path.read_bytes() for path in folder.rglob("*") if path.is_file())
