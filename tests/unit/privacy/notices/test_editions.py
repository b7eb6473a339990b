"""Editions: what was published is kept as it was, and holds from the day that people were told of."""

import dataclasses
import datetime as dt
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.clock import DAY, day_of
from ringfence.privacy.ledger import Event
from ringfence.privacy.notices import Edition, NamedRecipient, UnknownEdition, month_after
from tests.unit.privacy.notices.house import PROVIDER, drafted, housed
from tests.unit.privacy.notices.texts import POLICY, changed

MORE = changed(recipients=(*POLICY.recipients, NamedRecipient("Mail GmbH", "DE", "processor")))
"""Material: somebody else receives something."""
LESS = changed(recipients=())
OTHER_OFFICER = changed(privacy_officer="privacy@example.net")
"""Not material."""


def _instant(year: int, month: int, day: int) -> float:
    return dt.datetime(year, month, day, tzinfo=dt.UTC).timestamp()


@pytest.fixture(autouse=True)
def _databases(each_database: str) -> None:
    """On both."""


async def test_the_first_edition_holds_at_once(tmp_path: Path) -> None:
    async with housed(tmp_path / "house") as house:
        assert house.editions.text_in_force(PROVIDER) is None
        first = await house.publish()
        assert (first.number, first.needs, first.holds_from) == (1, 0, house.clock.time())
        assert house.editions.in_force(PROVIDER) == first
        assert await house.in_ledger(Event.NOTICE_PUBLISHED) == 1


async def test_what_has_not_changed_is_not_published_again(tmp_path: Path) -> None:
    async with housed(tmp_path / "house") as house:
        await house.publish()
        assert await house.editions.publish(PROVIDER, drafted(POLICY)) is None
        assert await house.restarted().editions.publish(PROVIDER, drafted(POLICY)) is None
        assert await house.in_ledger(Event.NOTICE_PUBLISHED) == 1


@pytest.mark.promise("ZOI-23")
async def test_a_material_change_holds_a_month_later_and_newcomers_enrol_to_what_holds(tmp_path: Path) -> None:
    async with housed(tmp_path / "house") as house:
        first, second = await house.publish(), await house.publish(MORE)
        assert second.needs == second.number == 2
        assert day_of(second.holds_from) == dt.date(2027, 2, 16)  # told on 15 January: all of 15 February is theirs
        assert house.editions.in_force(PROVIDER) == first
        house.clock.advance(second.holds_from - house.clock.time() - 1)
        assert house.editions.in_force(PROVIDER) == first
        house.clock.advance(1)
        assert house.editions.in_force(PROVIDER) == second


async def test_what_is_not_material_holds_at_once(tmp_path: Path) -> None:
    async with housed(tmp_path / "house") as house:
        await house.publish()
        second = await house.publish(OTHER_OFFICER)
        assert (second.number, second.needs) == (2, 0)
        assert house.editions.in_force(PROVIDER) == second


async def test_where_nobody_is_enrolled_nobody_has_to_be_told(tmp_path: Path) -> None:
    async with housed(tmp_path / "house") as house:
        await house.publish()
        second = await house.publish(MORE, anybody=False)
        assert house.editions.in_force(PROVIDER) == second


async def test_what_is_taken_back_before_it_holds_never_holds(tmp_path: Path) -> None:
    async with housed(tmp_path / "house") as house:
        await house.publish()
        await house.publish(MORE)
        back = await house.publish(POLICY)
        assert (back.needs, back.holds_from) == (0, house.clock.time())
        house.clock.advance(90 * DAY)
        assert house.editions.in_force(PROVIDER) == back


async def test_a_small_change_while_a_large_one_is_coming_comes_with_it(tmp_path: Path) -> None:
    async with housed(tmp_path / "house") as house:
        await house.publish()
        large = await house.publish(MORE)
        house.clock.advance(10 * DAY)
        small = await house.publish(dataclasses.replace(MORE, privacy_officer="privacy@example.net"))
        assert (small.number, small.needs, small.holds_from) == (3, large.number, large.holds_from)


async def test_a_second_large_change_needs_a_month_of_its_own(tmp_path: Path) -> None:
    async with housed(tmp_path / "house") as house:
        await house.publish()
        first = await house.publish(MORE)
        house.clock.advance(10 * DAY)
        second = await house.publish(dataclasses.replace(MORE, minimum_age=18))
        assert second.needs == second.number == 3
        assert second.holds_from > first.holds_from


async def test_editions_are_kept_as_they_were_and_found_by_their_content(tmp_path: Path) -> None:
    async with housed(tmp_path / "house") as house:
        first = await house.publish()
        await house.publish(LESS)
        other = house.restarted()
        await other.editions.load()
        kept = await other.editions.edition(first.edition)
        assert kept == drafted(POLICY)
        assert kept.digest == first.edition
        assert await house.editions.edition(first.edition) == kept
        assert [each.number for each in other.editions.publications(PROVIDER)] == [1, 2]
        with pytest.raises(UnknownEdition):
            await other.editions.edition("0" * 64)


async def test_a_clock_that_was_set_back_leaves_nobody_without_a_text(tmp_path: Path) -> None:
    async with housed(tmp_path / "house") as house:
        await house.publish()
        house.clock.advance(DAY)
        await house.publish(LESS)
        await house.editions.load()  # lets go of the first
        house.clock._time -= DAY
        text = house.editions.text_in_force(PROVIDER)
        assert text is not None
        assert text.digest == drafted(LESS).digest


@pytest.mark.parametrize("packed", [b"", b"nothing", zlib.compress(b"[]"), zlib.compress(b'{"policy":1}')])
def test_what_was_not_packed_by_us_is_not_opened(packed: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - of several kinds
        Edition.unpack(packed)


def test_an_edition_that_is_changed_is_another() -> None:
    assert drafted(POLICY).digest == drafted(POLICY).digest
    assert drafted(POLICY).digest != drafted(MORE).digest


@pytest.mark.parametrize(
    ("told", "until"),
    [
        ((2027, 1, 15), (2027, 2, 16)),
        ((2027, 1, 31), (2027, 3, 1)),
        ((2028, 1, 31), (2028, 3, 1)),
        ((2027, 12, 31), (2028, 2, 1)),
        ((2027, 2, 28), (2027, 3, 29)),
    ],
)
def test_a_month_is_a_whole_one(told: tuple[int, int, int], until: tuple[int, int, int]) -> None:
    assert month_after(_instant(*told)) == month_after(_instant(*told) + DAY - 1) == _instant(*until)


@given(st.floats(min_value=0, max_value=4e9))
def test_a_month_is_never_shorter_than_the_shortest_month(instant: float) -> None:
    assert 28 * DAY < month_after(instant) - instant <= 32 * DAY
