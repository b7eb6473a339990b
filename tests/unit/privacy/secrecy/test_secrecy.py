"""Orders to be silent: what they hide, from whom, and what alone ends them."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ringfence.clock import ManualClock
from ringfence.declarations import REGISTRY
from ringfence.identifiers import ProviderId, RecipientId, StaffId
from ringfence.persistence import SubjectGone
from ringfence.privacy.egress import Disclosure
from ringfence.privacy.ledger import Event, LedgerEntry
from ringfence.privacy.notices import languages
from ringfence.privacy.retention import Retention
from ringfence.privacy.rights import Reason
from ringfence.privacy.secrecy import (
    OfficersOnly,
    OrderKind,
    OrderUnknown,
    ReferenceMissing,
    ReleaseReason,
    SecrecyCover,
    SecrecyOrder,
    standard_sentence,
)
from ringfence.privacy.secrecy.sentence import WORDS
from ringfence.randomness import SystemRandomness
from tests.unit.privacy.installation import PROVIDER, Installation, Token, installed, prepared
from tests.unit.privacy.secrecy.orders import OFFICER, POLICE, SUPPORTER, disclosed, secrecy_of

pytestmark = pytest.mark.usefixtures("each_database")
PAPER = "Amtsgericht Berlin, 12 Gs 34/26"
CLOUD = RecipientId("cloud")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def house(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Installation]:
    async with installed(prepared(tmp_path), clock) as opened:
        yield opened


async def test_what_an_order_names_is_hidden_and_nothing_else(house: Installation) -> None:
    anna = await house.enrol()
    known, secret = await disclosed(house, anna, CLOUD), await disclosed(house, anna, POLICE)
    secrecy = secrecy_of(house)
    before = await secrecy.hidden(PROVIDER, anna)
    assert before.shown([known, secret]) == [known, secret]
    await secrecy.impose(PROVIDER, anna, OFFICER, kind=OrderKind.COURT, reference=PAPER, records=[secret])
    hidden = await secrecy.hidden(PROVIDER, anna)
    assert hidden.shown([known, secret]) == [known]
    assert hidden.covers("disclosure", secret.id)
    assert not hidden.covers("disclosure", known.id)
    assert not hidden.covers("sample_token", secret.id)
    async with house.db.reading() as unit:
        assert await hidden.count(unit, Disclosure, anna) == 1
        assert await before.count(unit, Disclosure, anna) == 2


async def test_all_that_goes_to_a_recipient_is_hidden_also_what_goes_there_later(house: Installation) -> None:
    anna = await house.enrol()
    secrecy = secrecy_of(house)
    await secrecy.impose(PROVIDER, anna, OFFICER, kind=OrderKind.AUTHORITY, reference=PAPER, recipients=[POLICE])
    secret, known = await disclosed(house, anna, POLICE), await disclosed(house, anna, CLOUD)
    assert (await secrecy.hidden(PROVIDER, anna)).shown([secret, known]) == [known]


async def test_the_order_itself_is_hidden_and_what_is_written_under_it_is_from_the_first_moment(
    house: Installation,
) -> None:
    anna = await house.enrol()
    secrecy = secrecy_of(house)
    order = await secrecy.impose(PROVIDER, anna, OFFICER, kind=OrderKind.E_EVIDENCE, reference=PAPER)
    record = Token(id=house.new(), provider=PROVIDER, subject=anna, token=b"made under the order")
    async with house.db.transaction() as unit:
        await unit.add(record)
        await secrecy.cover(unit, order, record)
        assert (await secrecy.hidden_in(unit, PROVIDER, anna)).covers("sample_token", record.id)
    hidden = await secrecy.hidden(PROVIDER, anna)
    async with house.db.reading() as unit:
        assert hidden.shown(await unit.select(SecrecyOrder, subject=anna)) == []
        assert hidden.shown(await unit.select(SecrecyCover, subject=anna)) == []
        for kind in (SecrecyOrder, SecrecyCover):
            assert await hidden.count(unit, kind, anna) == 0
        assert len(hidden.shown(await unit.select(Token, subject=anna))) == 1


async def test_an_order_hides_nothing_of_anybody_else(house: Installation) -> None:
    anna, boris = await house.enrol(), await house.enrol("boris@sip.example.org")
    his = await disclosed(house, boris, POLICE)
    secrecy = secrecy_of(house)
    with pytest.raises(OrderUnknown):
        await secrecy.impose(PROVIDER, anna, OFFICER, kind=OrderKind.COURT, reference=PAPER, records=[his])
    order = await secrecy.impose(PROVIDER, anna, OFFICER, kind=OrderKind.COURT, reference=PAPER, recipients=[POLICE])
    assert (await secrecy.hidden(PROVIDER, boris)).shown([his]) == [his]
    with pytest.raises(OrderUnknown):
        async with house.db.transaction() as unit:
            await secrecy.cover(unit, order, his)


async def test_only_an_officer_imposes_looks_and_releases_and_only_with_a_paper(house: Installation) -> None:
    anna = await house.enrol()
    secrecy = secrecy_of(house)
    for provider, staff in ((PROVIDER, SUPPORTER), (ProviderId("elsewhere"), OFFICER)):
        with pytest.raises(OfficersOnly):
            await secrecy.impose(provider, anna, staff, kind=OrderKind.COURT, reference=PAPER)
    for reference in ("", "  ", "x" * 501):
        with pytest.raises(ReferenceMissing):
            await secrecy.impose(PROVIDER, anna, OFFICER, kind=OrderKind.COURT, reference=reference)
    order = await secrecy.impose(PROVIDER, anna, OFFICER, kind=OrderKind.COURT, reference=PAPER)
    with pytest.raises(OfficersOnly):
        await secrecy.release(PROVIDER, order, SUPPORTER, ReleaseReason.LIFTED)
    with pytest.raises(OfficersOnly):
        await secrecy.standing(PROVIDER, SUPPORTER)
    assert [found.id for found in await secrecy.standing(PROVIDER, OFFICER)] == [order]


async def test_years_release_nothing(house: Installation, clock: ManualClock) -> None:
    anna = await house.enrol()
    secret = await disclosed(house, anna, POLICE)
    secrecy = secrecy_of(house)
    await secrecy.impose(PROVIDER, anna, OFFICER, kind=OrderKind.E_EVIDENCE, reference=PAPER, records=[secret])
    retention = Retention(house.db, house.keyring, clock, SystemRandomness(), registry=REGISTRY)
    for _ in range(30):
        clock.advance(366 * 86_400)
        house.keyring.rotate()
        await retention.sweep()
        assert (await secrecy_of(house).hidden(PROVIDER, anna)).shown([secret]) == []
    (order,) = await secrecy.standing(PROVIDER, OFFICER)
    assert (order.days, order.covers, order.reference) == (30 * 366, 1, PAPER)
    assert PAPER not in repr(order)
    async with house.db.reading() as unit:
        assert {record.due for record in await unit.select(SecrecyOrder, subject=anna)} == {None}


async def test_the_release_by_an_officer_shows_everything_and_is_in_the_ledger(house: Installation) -> None:
    anna = await house.enrol()
    secret = await disclosed(house, anna, POLICE)
    secrecy = secrecy_of(house)
    order = await secrecy.impose(PROVIDER, anna, OFFICER, kind=OrderKind.COURT, reference=PAPER, records=[secret])
    with pytest.raises(OrderUnknown):
        await secrecy.release(PROVIDER, house.new(), OFFICER, ReleaseReason.LIFTED)
    await secrecy.release(PROVIDER, order, OFFICER, ReleaseReason.LIFTED)
    hidden = await secrecy.hidden(PROVIDER, anna)
    assert hidden.shown([secret]) == [secret]
    async with house.db.reading() as unit:
        (told,) = hidden.shown(await unit.select(SecrecyOrder, subject=anna))
        facts = [json.loads(entry.body) for entry in await unit.select(LedgerEntry, order="number")]
    assert (told.released, told.released_for) == (True, ReleaseReason.LIFTED)
    assert [(body["event"], body["facts"]["reason"], body["facts"]["staff"]) for body in facts] == [
        (Event.SECRECY_IMPOSED, "court", OFFICER),
        (Event.SECRECY_RELEASED, "lifted", OFFICER),
    ]
    with pytest.raises(OrderUnknown):
        await secrecy.release(PROVIDER, order, OFFICER, ReleaseReason.LIFTED)
    with pytest.raises(OrderUnknown):
        async with house.db.transaction() as unit:
            await secrecy.cover(unit, order, secret)
    assert await secrecy.standing(PROVIDER, OFFICER) == []


async def test_one_of_two_orders_goes_on_hiding_what_both_hid(house: Installation) -> None:
    anna = await house.enrol()
    secret = await disclosed(house, anna, POLICE)
    secrecy = secrecy_of(house)
    first = await secrecy.impose(PROVIDER, anna, OFFICER, kind=OrderKind.COURT, reference=PAPER, records=[secret])
    await secrecy.impose(PROVIDER, anna, OFFICER, kind=OrderKind.AUTHORITY, reference=PAPER, recipients=[POLICE])
    await secrecy.release(PROVIDER, first, OFFICER, ReleaseReason.ANNULLED)
    assert (await secrecy.hidden(PROVIDER, anna)).shown([secret]) == []


async def test_an_officer_of_another_provider_releases_nothing(house: Installation) -> None:
    anna = await house.enrol()

    class Everybody:
        async def is_officer(self, provider: ProviderId, staff: StaffId) -> bool:
            return True

    secrecy = secrecy_of(house)
    secrecy._officers = Everybody()
    order = await secrecy.impose(PROVIDER, anna, OFFICER, kind=OrderKind.COURT, reference=PAPER)
    with pytest.raises(OrderUnknown):
        await secrecy.release(ProviderId("elsewhere"), order, OFFICER, ReleaseReason.LIFTED)


async def test_orders_end_with_their_person_and_none_is_imposed_on_who_goes(house: Installation) -> None:
    anna = await house.enrol()
    secrecy = secrecy_of(house)
    await secrecy.impose(PROVIDER, anna, OFFICER, kind=OrderKind.COURT, reference=PAPER)
    erasures = house.erasures(registry=REGISTRY)
    erasure = await erasures.request(PROVIDER, anna, Reason.ASKED)
    with pytest.raises(SubjectGone):
        await secrecy.impose(PROVIDER, anna, OFFICER, kind=OrderKind.COURT, reference=PAPER)
    await erasures.run(erasure)
    async with house.db.reading() as unit:
        assert await unit.count(SecrecyOrder, subject=anna) == 0


def test_the_same_sentence_is_said_to_everybody_in_every_language() -> None:
    spoken = languages(WORDS)
    assert spoken == ("en", "bg", "cs", "de", "es", "fr")
    assert len({standard_sentence(language) for language in spoken}) == len(spoken)
    assert standard_sentence("pt") == standard_sentence("en")


async def test_what_is_hidden_says_nothing_about_itself(house: Installation) -> None:
    anna, boris = await house.enrol(), await house.enrol("boris@sip.example.org")
    secrecy = secrecy_of(house)
    await secrecy.impose(PROVIDER, anna, OFFICER, kind=OrderKind.COURT, reference=PAPER)
    with_order, without = await secrecy.hidden(PROVIDER, anna), await secrecy.hidden(PROVIDER, boris)
    assert repr(with_order) == repr(without)
