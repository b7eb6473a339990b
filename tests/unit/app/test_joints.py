"""What runs with copies of rows in memory lets go of them when their person restricts them."""

from pathlib import Path

import pytest

from ringfence.identifiers import DeviceId
from ringfence.privacy.restriction import Ground
from tests.unit.web.api.building import ALICE, BOB, building, grounds, opened


@pytest.mark.promise("ZOI-17")
@pytest.mark.parametrize("table", ["sip_account", "device", "credential", "device_secret", "push_instance"])
async def test_a_set_up_that_waits_is_not_handed_out_once_anything_in_it_is_restricted(
    tmp_path: Path, table: str
) -> None:
    async with building(tmp_path) as made:
        alice, _ = await made.enrol("alice", ALICE), await made.enrol("bob", BOB)
        links, restrictions = made.server.enrolment.links, made.server.rights.restrictions
        await restrictions.restrict(made.provider, alice.subject, ground=Ground.CONTESTED, tables=["agreement"])
        assert len(links) == 2
        await restrictions.restrict(made.provider, alice.subject, ground=Ground.CONTESTED, tables=[table])
        assert len(links) == 1


async def test_a_device_that_a_start_could_not_read_is_watched_again_when_it_may_be_used(tmp_path: Path) -> None:
    async with grounds(tmp_path) as config:
        async with opened(config) as made:
            alice = await made.enrol("alice", ALICE)
            restriction = await made.server.rights.restrictions.restrict(
                made.provider, alice.subject, ground=Ground.CONTESTED
            )
            assert made.server.enrolment.presence.get(DeviceId(alice.device)) is not None
        async with opened(config) as made:
            presence = made.server.enrolment.presence
            assert presence.get(DeviceId(alice.device)) is None
            await made.server.rights.restrictions.lift(made.provider, restriction)
            known = presence.get(DeviceId(alice.device))
            assert known is not None
            assert known.due > made.server.kernel.clock.time()
