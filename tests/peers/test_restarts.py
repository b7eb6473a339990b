"""A thousand accounts outlive restarts of the PBX, which forgets them, and of Ringfence, which must not."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest

from tests.peers.conftest import Lab, lab_in
from tests.peers.kamailio import needs_kamailio
from tests.peers.process import until
from tests.peers.seed import seed

pytestmark = [pytest.mark.peers, pytest.mark.timeout(180), needs_kamailio]

ACCOUNTS: Final = 1000
RATE: Final = 600  # REGISTERs a second at most
JITTER: Final = 1.0  # seconds by which a busy machine may delay what was sent in its time


@pytest.fixture
async def lab(tmp_path: Path) -> AsyncIterator[Lab]:
    passwords = {f"user{number:04}": f"password-{number}" for number in range(ACCOUNTS)}
    async with lab_in(tmp_path, passwords, running=False, rate=RATE) as lab:
        await seed(lab.server, passwords)
        await lab.server.start()
        yield lab


@pytest.mark.promise("ACR-08")
@pytest.mark.pitfall(10)
@pytest.mark.pitfall(13)
async def test_a_thousand_accounts_keep_one_binding_each_over_restarts_of_both_sides(lab: Lab) -> None:
    await _everybody_registers(lab, times=1)
    first = _bindings(lab)

    await lab.pbx.restart()
    assert not lab.pbx.bindings(), "the PBX has forgotten everybody"
    await _everybody_registers(lab, times=2, within=60)
    assert _bindings(lab) == first

    for times, killed in ((3, False), (4, True), (5, False)):
        if killed:
            lab.server.kill()
            assert await lab.server.ended() == -9
        else:
            await lab.server.stop()
            assert await lab.server.ended() == 0
        await lab.server.start()
        await _everybody_registers(lab, times=times)
        assert _bindings(lab) == first, "the same names as before: a restart refreshes bindings and adds none"

    assert lab.pbx.registered()["refused"] == 0
    _assert_paced(lab.pbx.asked())


async def _everybody_registers(lab: Lab, times: int, within: float = 30.0) -> None:
    """Until each account has been kept so many times in all."""
    wanted = times * ACCOUNTS
    await until(lambda: lab.pbx.registered()["kept"] >= wanted, within, f"{wanted} registrations are kept", every=0.25)
    await until(lambda: lab.server.metric("ringfence_accounts", state="registered") == ACCOUNTS, 10, every=0.25)


def _bindings(lab: Lab) -> dict[str, str]:
    """User -> the one contact URI; fails where an account has another number of bindings."""
    found = lab.pbx.bindings()
    assert len(found) == ACCOUNTS
    assert {len(contacts) for contacts in found.values()} == {1}
    return {user: contacts[0] for user, contacts in found.items()}


def _assert_paced(arrivals: list[float]) -> None:
    """No stretch of time, however long or short, saw more REGISTERs than the rate allows."""
    assert len(arrivals) >= 5 * ACCOUNTS
    latest = float("-inf")  # by how much a request came later than an even pace, at most, so far
    for number, arrival in enumerate(arrivals):
        behind = arrival - number / RATE
        latest = max(latest, behind)
        too_many = (latest - behind) * RATE
        assert too_many <= JITTER * RATE, f"{too_many:.0f} more than {RATE} a second allow"
