"""A person may say where to write to them, and take it back."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ringfence.identifiers import SubjectId
from ringfence.services.enrolment import MailAddress, MailAddresses, MailAddressUnusable
from tests.unit.privacy.installation import PROVIDER, Installation, installed, prepared

ADDRESS = "anna.example@mail.example.org"


@pytest.fixture
async def kernel(tmp_path: Path) -> AsyncIterator[Installation]:
    async with installed(prepared(tmp_path / "i")) as kernel:
        yield kernel


@pytest.fixture
async def anna(kernel: Installation) -> SubjectId:
    return await kernel.enrol()


async def test_an_address_is_kept_changed_and_taken_back(kernel: Installation, anna: SubjectId) -> None:
    mail = MailAddresses(kernel.db)
    assert await mail.of(anna) == ""
    await mail.keep(PROVIDER, anna, f" {ADDRESS} ")
    assert await mail.of(anna) == ADDRESS
    await mail.keep(PROVIDER, anna, "other@mail.example.org")
    assert await mail.of(anna) == "other@mail.example.org"
    await mail.keep(PROVIDER, anna, "")
    async with kernel.db.reading() as unit:
        assert await unit.count(MailAddress, subject=anna) == 0


@pytest.mark.parametrize(
    "text", ["anna", "a@b@c", "Anna <a@b.example>", "a@b.example\r\nBcc: c@d.example", "a b@c.example", "@b", "a" * 300]
)
async def test_what_no_relay_would_take_is_refused_and_changes_nothing(
    kernel: Installation, anna: SubjectId, text: str
) -> None:
    mail = MailAddresses(kernel.db)
    await mail.keep(PROVIDER, anna, ADDRESS)
    with pytest.raises(MailAddressUnusable):
        await mail.keep(PROVIDER, anna, text)
    assert await mail.of(anna) == ADDRESS


async def test_the_address_shows_in_no_repr(kernel: Installation, anna: SubjectId) -> None:
    await MailAddresses(kernel.db).keep(PROVIDER, anna, ADDRESS)
    async with kernel.db.reading() as unit:
        [row] = await unit.select(MailAddress, subject=anna)
    assert ADDRESS not in repr(row)
