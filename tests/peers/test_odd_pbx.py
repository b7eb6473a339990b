"""What PBXs do that the textbook does not have: each habit played by SIPp, and that Ringfence lives with it."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.peers.fcm_standin import FcmStandIn, standing_in
from tests.peers.installation import Installation
from tests.peers.odd_pbx import Habits, OddPbx, Register
from tests.peers.process import until
from tests.peers.sipp import Sipp, needs_sipp

pytestmark = [pytest.mark.peers, pytest.mark.timeout(120), needs_sipp]

PASSWORD: Final = "password-of-alice"
SHORT: Final = "Contact: <sip:[$user]@127.0.0.1>;expires=5"


@dataclass(frozen=True)
class Field:
    """One odd PBX and a server that registers Alice at it."""

    directory: Path
    pbx: OddPbx
    push: FcmStandIn
    server: Installation

    async def bound(self) -> Register:
        """Alice enrols; the REGISTER that asked for her binding."""
        await self.server.enrol("alice", PASSWORD)
        await until(lambda: any(self.pbx.binding()), 10, "Ringfence asks for a binding")
        return next(self.pbx.binding())

    async def state(self, name: str) -> None:
        await until(lambda: self.server.metric("ringfence_accounts", state=name) == 1, 10, f"the account is {name}")

    async def plays(self, scenario: str, contact: str) -> None:
        """The PBX calls, or asks for, a contact; the scenario must hold."""
        target = f"127.0.0.1:{self.server.pbx_side}"
        played = await Sipp(self.directory, scenario, target, service="alice", contact=contact).start()
        assert await played.wait(30) == 0, played.messages()


Build = Callable[[Habits], Awaitable[Field]]


@pytest.fixture
async def build(tmp_path: Path) -> AsyncIterator[Build]:
    async with AsyncExitStack() as stack:

        async def made(habits: Habits) -> Field:
            (tmp_path / "push").mkdir()
            push = FcmStandIn()
            authority = await stack.enter_async_context(standing_in(tmp_path / "push", push))
            pbx = OddPbx(tmp_path, habits)
            stack.push_async_callback(pbx.stop)
            await pbx.start()
            server = Installation(tmp_path / "ringfence", pbx_port=pbx.port, push=push, push_authority=authority)
            stack.push_async_callback(server.stop)
            await server.start()
            return Field(tmp_path, pbx, push, server)

        yield made


def _uri_in(register: Register) -> str:
    found = re.search(r"<(sip:[^>]+)>", register.field("Contact"))
    assert found is not None
    return found[1]


async def test_a_pbx_that_keeps_one_contact_and_has_another_is_a_conflict_and_no_war(build: Build) -> None:
    field = await build(Habits(contact="Contact: <sip:desk@192.0.2.9>;expires=300"))
    await field.bound()
    await field.state("conflict")
    await asyncio.sleep(4.0)  # a war would be fought in much less
    assert len(list(field.pbx.binding())) == 1


async def test_a_pbx_that_asks_whether_a_sleeping_phone_lives_hears_yes_and_wakes_nobody(build: Build) -> None:
    field = await build(Habits())
    contact = _uri_in(await field.bound())
    await field.plays("qualify.xml", contact)
    assert field.push.sent == []


async def test_a_pbx_that_rewrites_our_contact_still_has_us_and_calls_us_by_what_it_wrote(build: Build) -> None:
    field = await build(Habits(contact="Contact: <sip:[$user]@203.0.113.9:62000;x-nat=yes>;expires=300;q=0.5"))
    ours = _uri_in(await field.bound())
    await field.state("registered")
    await field.plays("impatient.xml", ours.partition("@")[0] + "@203.0.113.9:62000;x-nat=yes")
    await until(lambda: field.push.sent, 5, "a push leaves")


@pytest.mark.pitfall(13)
async def test_a_pbx_that_grants_a_short_term_because_of_nat_is_refreshed_within_it_for_as_long_as_it_takes(
    build: Build,
) -> None:
    field = await build(Habits(contact=SHORT))
    await field.bound()
    await until(lambda: len(list(field.pbx.binding())) >= 4, 20, "three refreshes")
    await field.state("registered")
    assert len({_uri_in(each) for each in field.pbx.binding()}) == 1
    counts = [int(each.digest["nc"], 16) for each in field.pbx.binding()]
    assert counts == sorted(set(counts)), "one nonce, used with a rising count"


@pytest.mark.parametrize(("algorithm", "realm"), [("MD5", "carrier.example"), ("SHA-256", "pbx.test")])
async def test_a_pbx_may_ask_by_either_algorithm_and_in_a_realm_that_is_not_its_domain(
    build: Build, algorithm: str, realm: str
) -> None:
    field = await build(Habits(realm=realm, algorithm=algorithm))
    register = await field.bound()
    await field.state("registered")
    assert (register.digest["realm"], register.digest["algorithm"]) == (realm, algorithm)
    assert register.is_answered_right("alice", PASSWORD)
    assert not register.is_answered_right("alice", "another password")


async def test_a_pbx_that_finds_our_term_too_brief_gets_the_one_it_wants(build: Build) -> None:
    field = await build(Habits(min_expires=1800))
    await field.bound()
    await field.state("registered")
    terms = [re.search(r"expires=(\d+)", each.field("Contact")) for each in field.pbx.binding()]
    assert [found and found[1] for found in terms] == ["600", "1800"]


async def test_a_pbx_whose_nonces_are_good_once_gets_a_fresh_answer_each_time(build: Build) -> None:
    field = await build(Habits(contact=SHORT, single_use=True))
    await field.bound()
    await until(lambda: len(list(field.pbx.binding())) >= 6, 20, "two refreshes, each asked for a second time")
    await field.state("registered")
    assert all(each.is_answered_right("alice", PASSWORD) for each in field.pbx.binding())
    assert field.server.metric("ringfence_accounts", state="unauthorized") == 0


@pytest.mark.pitfall(24)
async def test_a_pbx_that_goes_on_to_the_next_phone_without_ringing_hears_it_at_once(build: Build) -> None:
    field = await build(Habits())
    await field.plays("impatient.xml", _uri_in(await field.bound()))
    await until(lambda: field.push.sent, 5, "a push leaves")
