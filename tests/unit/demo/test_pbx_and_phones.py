"""The demo's PBX and phones against each other, over real loopback sockets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from ringfence.clock import ManualClock
from ringfence.demo.pbx import Pbx
from ringfence.demo.phone import Account, Phone, Refused
from ringfence.demo.sip import Message
from ringfence.randomness import SeededRandomness

DOMAIN = "pbx.example"
PASSWORDS = {"alice": "wonder land", "bob": 'quo"ted'}
WITHIN = 5.0


@asynccontextmanager
async def exchange(clock: ManualClock | None = None) -> AsyncIterator[Pbx]:
    pbx = Pbx(DOMAIN, PASSWORDS, clock=clock or ManualClock(), randomness=SeededRandomness(1))
    await pbx.open()
    try:
        yield pbx
    finally:
        await pbx.close()


@asynccontextmanager
async def phone_of(pbx: Pbx, user: str, password: str | None = None, seed: int = 2) -> AsyncIterator[Phone]:
    account = Account(user, DOMAIN, user, PASSWORDS[user] if password is None else password)
    phone = Phone(account, pbx.address, SeededRandomness(seed))
    await phone.open_udp()
    try:
        yield phone
    finally:
        phone.close()


@pytest.fixture
async def pbx() -> AsyncIterator[Pbx]:
    async with exchange() as made:
        yield made


@pytest.fixture
async def alice(pbx: Pbx) -> AsyncIterator[Phone]:
    async with phone_of(pbx, "alice") as phone:
        yield phone


@pytest.fixture
async def bob(pbx: Pbx) -> AsyncIterator[Phone]:
    async with phone_of(pbx, "bob", seed=3) as phone:
        await phone.register()
        yield phone


async def test_a_caller_rings_talks_with_and_hangs_up_on_a_registered_phone(alice: Phone, bob: Phone) -> None:
    dialling = await alice.dial(f"sip:bob@{DOMAIN}")
    ringing = await asyncio.wait_for(bob.incoming.get(), WITHIN)
    await asyncio.wait_for(dialling.ringing.wait(), WITHIN)
    theirs, ours = await asyncio.gather(ringing.answer(), dialling.answered(WITHIN))
    theirs_heard, ours_heard = await asyncio.gather(theirs.talk(5), ours.talk(5))
    assert (theirs_heard, ours_heard) == (5, 5)
    await ours.hang_up()
    await asyncio.wait_for(theirs.ended.wait(), WITHIN)
    assert dialling.progress == [100, 180]


async def test_the_called_side_can_hang_up_through_the_recorded_route(alice: Phone, bob: Phone) -> None:
    dialling = await alice.dial(f"sip:bob@{DOMAIN}")
    ringing = await asyncio.wait_for(bob.incoming.get(), WITHIN)
    theirs, ours = await asyncio.gather(ringing.answer(), dialling.answered(WITHIN))
    await theirs.hang_up()
    await asyncio.wait_for(ours.ended.wait(), WITHIN)
    assert bob.endpoint.sent[-1].first("route").startswith("<sip:127.0.0.1")


async def test_every_contact_rings_and_the_slower_one_hears_who_was_faster(pbx: Pbx, alice: Phone, bob: Phone) -> None:
    async with phone_of(pbx, "bob", seed=4) as second:
        await second.register()
        dialling = await alice.dial(f"sip:bob@{DOMAIN}")
        first_rings, second_rings = await asyncio.gather(bob.incoming.get(), second.incoming.get())
        await asyncio.gather(second_rings.answer(), dialling.answered(WITHIN))
        assert "completed elsewhere" in await asyncio.wait_for(first_rings.over, WITHIN)


async def test_a_cancelled_call_stops_ringing_and_is_answered_487(alice: Phone, bob: Phone) -> None:
    dialling = await alice.dial(f"sip:bob@{DOMAIN}")
    ringing = await asyncio.wait_for(bob.incoming.get(), WITHIN)
    dialling.cancel()
    with pytest.raises(Refused) as refused:
        await dialling.answered(WITHIN)
    await asyncio.wait_for(ringing.over, WITHIN)
    assert refused.value.status == 487


async def test_a_declined_call_ends_with_the_callees_own_status(alice: Phone, bob: Phone) -> None:
    dialling = await alice.dial(f"sip:bob@{DOMAIN}")
    (await asyncio.wait_for(bob.incoming.get(), WITHIN)).decline()
    with pytest.raises(Refused) as refused:
        await dialling.answered(WITHIN)
    assert refused.value.status == 603


@pytest.mark.parametrize(("called", "status"), [("bob", 480), ("nobody", 404)])
async def test_a_call_to_nobody_there_is_refused_at_once(alice: Phone, called: str, status: int) -> None:
    dialling = await alice.dial(f"sip:{called}@{DOMAIN}")
    with pytest.raises(Refused) as refused:
        await dialling.answered(WITHIN)
    assert refused.value.status == status


async def test_a_wrong_password_binds_nothing(pbx: Pbx) -> None:
    async with phone_of(pbx, "bob", password="guess") as phone:
        with pytest.raises(Refused):
            await phone.register()
    assert pbx.contacts("bob") == []


async def test_a_caller_with_a_wrong_password_reaches_nobody(pbx: Pbx, bob: Phone) -> None:
    async with phone_of(pbx, "alice", password="guess") as phone:
        with pytest.raises(Refused) as refused:
            await (await phone.dial(f"sip:bob@{DOMAIN}")).answered(WITHIN)
    assert refused.value.status == 407
    assert bob.incoming.empty()


async def test_a_user_cannot_bind_a_phone_to_somebody_else(pbx: Pbx) -> None:
    account = Account("bob", DOMAIN, "alice", PASSWORDS["alice"])
    phone = Phone(account, pbx.address, SeededRandomness(5))
    await phone.open_udp()
    with pytest.raises(Refused):
        await phone.register()
    phone.close()


async def test_the_200_to_a_register_names_every_contact_and_its_term(pbx: Pbx, bob: Phone) -> None:
    async with phone_of(pbx, "bob", seed=4) as second:
        answer = await second.register(expires=60)
    assert len(list(answer.values("contact"))) == 2
    assert next(reversed(list(answer.values("contact")))).endswith("expires=60")


async def test_a_binding_ends_when_its_time_is_over_or_it_is_taken_back() -> None:
    clock = ManualClock()
    async with exchange(clock) as pbx, phone_of(pbx, "bob") as phone:
        await phone.register(expires=60)
        clock.advance(61)
        assert pbx.contacts("bob") == []
        await phone.register(expires=60)
        await phone.register(expires=0)
        assert pbx.contacts("bob") == []
        assert len(pbx.registrations_of("bob")) == 6  # each was challenged first


async def test_a_repeated_request_gets_its_answer_again_and_happens_once(alice: Phone, bob: Phone) -> None:
    dialling = await alice.dial(f"sip:bob@{DOMAIN}")
    await asyncio.wait_for(bob.incoming.get(), WITHIN)
    await asyncio.wait_for(dialling.ringing.wait(), WITHIN)
    dialling.ringing.clear()
    invite = next(sent for sent in reversed(alice.endpoint.sent) if sent.method == "INVITE")
    alice.endpoint.send(invite, alice.server)
    again = asyncio.create_task(dialling.answered(WITHIN))
    await asyncio.wait_for(dialling.ringing.wait(), WITHIN)
    assert bob.incoming.empty()
    dialling.cancel()
    with pytest.raises(Refused):
        await again


async def test_options_tells_that_the_exchange_is_there(pbx: Pbx, alice: Phone) -> None:
    headers = [("From", "<sip:a@x>;tag=1"), ("To", "<sip:x>"), ("Call-ID", "1"), ("CSeq", "1 OPTIONS")]
    asked = alice.endpoint.ask(Message.request("OPTIONS", f"sip:{DOMAIN}", headers), pbx.address)
    assert (await asked.final(WITHIN)).status == 200
