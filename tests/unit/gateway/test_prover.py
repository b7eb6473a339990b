"""Whether an account is theirs."""

import asyncio

import pytest

from ringfence.gateway.keeper import UnknownUpstream
from ringfence.gateway.prover import (
    CredentialsRefused,
    Prover,
    TooManyFailures,
    UpstreamDoesNotChallenge,
    UpstreamUnavailable,
)
from ringfence.identifiers import UpstreamId
from ringfence.protocols.sip.digest import Algorithm, ha1
from ringfence.protocols.sip.fields import contacts
from ringfence.protocols.sip.response import response_to
from ringfence.randomness import SeededRandomness
from ringfence.services.reachability import BadAddress, Proof, State
from tests.doubles.small_pbx import PASSWORD, PBX, SmallPbx, World

RIGHT = PASSWORD.decode()


async def prove(world: World, password: str = RIGHT, user: str = "alice", upstream: UpstreamId = PBX) -> Proof:
    prover = Prover(world.keeper.lines, world.endpoint, world.clock, SeededRandomness(9))
    return await world.finish(prover.prove(upstream, f"{user}@pbx.test", user, password))


@pytest.mark.promise("ZOI-02")
@pytest.mark.parametrize("algorithm", Algorithm)
async def test_a_right_password_leaves_nothing_but_the_digest_for_the_pbxs_realm(algorithm: Algorithm) -> None:
    world = World(pbx=SmallPbx(World().clock, algorithm=algorithm))
    proof = await prove(world)
    assert proof == Proof(b"pbx.test", algorithm, ha1(algorithm, b"alice", b"pbx.test", PASSWORD))
    assert RIGHT not in repr(proof)


async def test_a_proof_changes_no_binding() -> None:
    world = World()
    world.pbx.bindings[b"alice"][b"sip:desk@192.0.2.9"] = 1e9
    await prove(world)
    assert world.pbx.contacts_of(b"alice") == [b"sip:desk@192.0.2.9"]
    assert not any(contacts(request) for request in world.pbx.registers())


async def test_a_wrong_password_is_refused() -> None:
    with pytest.raises(CredentialsRefused):
        await prove(World(), "guess")


async def test_a_pbx_that_never_challenges_proves_nothing() -> None:
    world = World(pbx=SmallPbx(World().clock, challenges=False))
    with pytest.raises(UpstreamDoesNotChallenge):
        await prove(world)


async def test_a_challenge_in_a_foreign_realm_proves_nothing_where_the_realm_is_configured() -> None:
    world = World(realm="pbx.test", pbx=SmallPbx(World().clock, realm=b"elsewhere"))
    with pytest.raises(UpstreamDoesNotChallenge):
        await prove(world)
    assert not any(request.has(b"authorization") for request in world.pbx.registers())


@pytest.mark.parametrize("status", [403, 404])
async def test_a_user_whom_the_pbx_does_not_know_is_refused(status: int) -> None:
    world = World()
    world.pbx.script = lambda request: response_to(request, status) if request.method == b"REGISTER" else None
    with pytest.raises(CredentialsRefused):
        await prove(world)


@pytest.mark.parametrize("status", [302, 500, 503])
async def test_a_pbx_that_can_not_tell_is_unavailable(status: int) -> None:
    world = World()
    world.pbx.script = lambda request: response_to(request, status) if request.method == b"REGISTER" else None
    with pytest.raises(UpstreamUnavailable):
        await prove(world)


async def test_a_silent_pbx_is_unavailable() -> None:
    world = World()
    world.pbx.silent = True
    with pytest.raises(UpstreamUnavailable):
        await asyncio.gather(prove(world), _time_passes(world))


async def _time_passes(world: World) -> None:
    for _ in range(30):
        await asyncio.sleep(0)
        world.wait(2.0)


async def test_somebody_who_waited_too_long_causes_no_further_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ringfence.gateway.prover._PATIENCE", 0.01)
    world = World()
    world.pbx.silent = True
    with pytest.raises(UpstreamUnavailable):
        await prove(world)
    world.pbx.registers()
    world.wait(60.0)
    assert world.pbx.registers() == []


async def test_without_a_connection_to_the_pbx_nothing_can_be_proven() -> None:
    world = World()
    world.line.flow = None
    with pytest.raises(UpstreamUnavailable):
        await prove(world)


async def test_wrong_passwords_for_one_account_stop_at_the_cap_and_say_when_to_come_again() -> None:
    world = World(failures_account=3, failures_window=600.0)
    for _ in range(3):
        with pytest.raises(CredentialsRefused):
            await prove(world, "guess")
    with pytest.raises(TooManyFailures) as refused:
        await prove(world)
    assert 590 < (refused.value.facts["retry_after"] or 0) <= 601  # type: ignore[operator]  # a number here
    assert world.pbx.wrong == 3
    await prove(world, user="bob")
    world.wait(601.0)
    await prove(world)


async def test_wrong_passwords_for_many_accounts_stop_at_half_the_cap_of_the_pbx() -> None:
    world = World(failures_upstream=10)
    for number in range(8):
        with pytest.raises((CredentialsRefused, TooManyFailures)):
            await prove(world, "guess", f"u{number}")
    assert world.pbx.wrong == 5


async def test_guesses_at_the_enrolment_do_not_stop_the_refreshes_of_others() -> None:
    world = World(failures_upstream=4)
    account = world.registered()
    for number in range(8):
        with pytest.raises((CredentialsRefused, TooManyFailures)):
            await prove(world, "guess", f"u{number}")
    world.pbx.registers()
    world.wait(550.0)
    assert any(contacts(request) for request in world.pbx.registers())
    assert account.state is State.REGISTERED


async def test_guesses_at_the_same_time_do_not_pass_the_cap_together() -> None:
    world = World(failures_account=3)
    outcomes = await asyncio.gather(*(prove(world, "guess") for _ in range(10)), return_exceptions=True)
    assert sum(isinstance(outcome, TooManyFailures) for outcome in outcomes) == 7
    assert world.pbx.wrong == 3


async def test_right_passwords_use_up_no_tries() -> None:
    world = World(failures_account=2)
    for _ in range(5):
        await prove(world)


@pytest.mark.parametrize("user", ["a\r\nContact: <sip:me@evil.test>", "a>", "", "a b"])
async def test_names_that_could_break_a_message_reach_no_pbx(user: str) -> None:
    world = World()
    with pytest.raises(BadAddress):
        await prove(world, user=user)
    assert world.pbx.registers() == []


async def test_an_upstream_that_is_not_configured_is_named() -> None:
    with pytest.raises(UnknownUpstream):
        await prove(World(), upstream=UpstreamId("gone"))
