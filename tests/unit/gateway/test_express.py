"""The short way for answers to our REGISTERs, and who has to take the long one."""

from ringfence.protocols.sip.message import Request
from ringfence.protocols.sip.response import response_to
from ringfence.services.reachability import State
from tests.doubles.small_pbx import World


def asked(world: World) -> Request:
    """An account's first REGISTER, unanswered."""
    world.pbx.silent = True
    world.admit()
    world.wait(0.1)
    return world.pbx.registers()[0]


def challenge(world: World, request: Request) -> bytes:
    return world.pbx.challenge(request).to_bytes()


def registers(world: World) -> int:
    """How many different REGISTERs the PBX got since the last look."""
    world.wait(0.1)
    return len({request.get(b"cseq") for request in world.pbx.registers()})


def test_an_answer_reaches_its_registration_and_a_copy_of_it_nobody() -> None:
    world = World()
    data = challenge(world, asked(world))
    world.endpoint.received(data, world.pbx)
    assert registers(world) == 1
    world.endpoint.received(data, world.pbx)
    assert registers(world) == 0
    assert world.endpoint.counters.malformed == world.endpoint.counters.handler_failures == 0


def test_a_provisional_answer_ends_nothing() -> None:
    world = World()
    request = asked(world)
    world.endpoint.received(response_to(request, 100).to_bytes(), world.pbx)
    assert registers(world) == 0
    world.endpoint.received(challenge(world, request), world.pbx)
    assert registers(world) == 1


def test_an_answer_to_nobody_is_stray() -> None:
    world = World()
    data = challenge(world, asked(world)).replace(b";branch=z9hG4bK", b";branch=z9hG4bKx")
    world.endpoint.received(data, world.pbx)
    assert registers(world) == 0
    assert world.endpoint.counters.stray_responses == 1


def test_an_answer_whose_status_is_no_number_is_malformed_and_ends_nothing() -> None:
    world = World()
    request = asked(world)
    world.endpoint.received(challenge(world, request).replace(b"2.0 401", b"2.0 4x1"), world.pbx)
    assert world.endpoint.counters.malformed == 1
    assert world.endpoint.counters.handler_failures == 0
    world.endpoint.received(challenge(world, request), world.pbx)
    assert registers(world) == 1


def test_an_answer_with_a_body_goes_the_long_way_to_the_same_end() -> None:
    world = World()
    response = world.pbx.challenge(asked(world))
    response.set_body(b"why", b"text/plain")
    world.endpoint.received(response.to_bytes(), world.pbx)
    assert registers(world) == 1


def test_nothing_waits_any_more_once_everybody_is_registered() -> None:
    world = World()
    for number in range(10):
        world.admit(f"u{number}")
    world.wait(18.0)  # the probe's last transaction is over, its next one not begun
    assert world.keeper.counts()[State.REGISTERED] == 10
    assert len(world.line._express) == 0
    assert len(world.endpoint) == 0
