"""Addresses that a person gave us lead to the public Internet or nowhere."""

import pytest

from ringfence.privacy.egress.address import NotPublic, Resolve, public_address, resolve


def answering(*addresses: str) -> Resolve:
    async def answer(host: str, port: int) -> list[str]:
        return list(addresses)

    return answer


async def test_the_first_public_address_is_the_one_to_connect_to() -> None:
    assert await public_address("cal.example", 443, answering("93.184.216.34", "2606:2800:220:1::1")) == "93.184.216.34"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.8", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",  # noqa: S104 - refused, not bound
        "::1", "fe80::1%eth0", "fd00::1", "::ffff:127.0.0.1", "2002:7f00:1::", "ff02::1", "no address",
    ],
)  # fmt: skip
async def test_a_private_address_is_refused(address: str) -> None:
    with pytest.raises(NotPublic):
        await public_address("cal.example", 443, answering(address))


async def test_one_private_answer_among_public_ones_is_refused() -> None:
    with pytest.raises(NotPublic):
        await public_address("cal.example", 443, answering("93.184.216.34", "127.0.0.1"))


async def test_a_name_without_an_address_is_refused() -> None:
    with pytest.raises(NotPublic):
        await public_address("cal.example", 443, answering())


async def test_a_name_that_does_not_resolve_is_refused() -> None:
    async def failing(host: str, port: int) -> list[str]:
        raise OSError

    with pytest.raises(NotPublic):
        await public_address("cal.example", 443, failing)


async def test_the_systems_resolver_knows_loopback() -> None:
    assert await resolve("127.0.0.1", 443) == ["127.0.0.1"]
