"""Keeping accounts registered at a PBX that does what PBXs do."""

from itertools import pairwise

import pytest

from ringfence.gateway.registration_line import Intent
from ringfence.gateway.upstream import ContactStyle
from ringfence.protocols.sip.digest import Algorithm
from ringfence.protocols.sip.fields import contacts, cseq, parse_credentials
from ringfence.protocols.sip.message import Request, Response
from ringfence.protocols.sip.response import response_to
from ringfence.services.reachability import State
from tests.doubles.small_pbx import PBX, Script, SmallPbx, World


def always(status: int, **fields: str) -> Script:
    """A PBX that gives this answer to every REGISTER with or without credentials."""

    def script(request: Request) -> Response | None:
        if request.method != b"REGISTER":
            return None
        response = response_to(request, status, to_tag=b"pbx")
        for name, value in fields.items():
            response.add(name.replace("_", "-").encode(), value.encode())
        return response

    return script


def authorized(status: int, **fields: str) -> Script:
    """A PBX that challenges, then gives this answer whatever the digest is."""
    answer = always(status, **fields)
    return lambda request: answer(request) if request.get(b"authorization") else None


def test_an_account_registers_by_challenge_and_digest_and_its_contact_says_nothing_about_it() -> None:
    world = World()
    account = world.admit()
    world.wait(1.0)
    assert account.state is State.REGISTERED
    assert world.pbx.contacts_of(b"alice") == [b"sip:opaquealice@192.0.2.1:5070"]
    first, second = world.pbx.registers()
    assert first.get(b"authorization") is None
    assert parse_credentials(second.get(b"authorization") or b"").get(b"nc") == b"00000001"
    assert cseq(second).number > cseq(first).number
    assert first.get(b"call-id") == second.get(b"call-id") == account.call_id


def test_a_pbx_that_insists_gets_the_aors_user_and_the_opaque_part_as_a_parameter() -> None:
    world = World(contact_style=ContactStyle.AOR)
    world.admit()
    world.wait(1.0)
    assert world.pbx.contacts_of(b"alice") == [b"sip:alice@192.0.2.1:5070;rf=opaquealice"]


@pytest.mark.pitfall(13)
def test_an_account_stays_registered_for_days_without_any_phone() -> None:
    world = World(expires=600)
    world.admit()
    for _ in range(24 * 6):
        world.wait(600.0)
        (until,) = world.pbx.bindings[b"alice"].values()
        assert until > world.clock.monotonic()


def test_a_refresh_uses_the_kept_nonce_with_a_rising_count() -> None:
    world = World()
    world.registered()
    world.wait(600.0)
    refreshes = [request for request in world.pbx.registers() if contacts(request)]
    counts = [parse_credentials(request.get(b"authorization") or b"").get(b"nc") for request in refreshes]
    assert counts == sorted(counts)
    assert counts[0] > b"00000001"


def test_a_stale_nonce_costs_one_more_round_and_nothing_else() -> None:
    world = World(pbx=SmallPbx(World().clock, nonce_uses=1))
    account = world.registered()
    world.wait(600.0)
    assert account.state is State.REGISTERED
    assert world.pbx.wrong == 0


def test_a_pbx_whose_nonces_are_stale_at_once_is_left_alone_for_a_while() -> None:
    world = World(pbx=SmallPbx(World().clock, nonce_uses=0))
    account = world.admit()
    world.wait(20.0)
    assert account.state is State.ERROR
    assert len(world.pbx.registers()) == 4


async def test_a_connection_that_broke_may_mean_a_pbx_that_forgot_so_everybody_registers_anew() -> None:
    world = World(expires=3600)
    account = world.admit()
    world.wait(1.0)
    assert world.pbx.registers()
    world.line.lost(world.pbx)
    world.line.use(world.pbx)
    world.wait(2.0)
    assert world.pbx.registers()
    assert account.state is State.REGISTERED
    world.line.close()


async def test_nothing_goes_to_a_pbx_while_the_gate_bars_it_and_everybody_is_back_when_it_lifts() -> None:
    world = World(expires=600)
    account = world.admit()
    world.wait(1.0)
    assert world.pbx.registers()
    world.line.bar()
    assert world.keeper.flow_to(PBX) is None
    world.wait(3600.0)
    assert world.pbx.heard == []
    world.line.lift()
    world.line.use(world.pbx)
    world.wait(30.0)
    assert account.state is State.REGISTERED
    assert world.pbx.registers()
    world.line.close()


def test_refreshes_are_spread() -> None:
    world = World(expires=600, check_interval=1e9)
    accounts = [world.admit(f"u{number}") for number in range(200)]
    world.wait(30.0)
    dues = sorted(world.registration(account).due for account in accounts)
    assert dues[-1] - dues[0] > 100.0
    assert max(later - earlier for earlier, later in pairwise(dues)) < 15.0


def test_no_second_sees_more_registers_than_the_rate_allows() -> None:
    world = World(rate=20.0)
    for number in range(100):
        world.admit(f"u{number}")
    sent: list[float] = []
    while len(world.pbx.bindings) < 100:
        world.wait(0.05)
        sent += [world.clock.monotonic()] * len(world.pbx.registers())
    assert len(sent) == 200
    assert max(sum(start <= at < start + 1.0 for at in sent) for start in sent) <= 22
    assert world.clock.monotonic() < 12.0


def test_a_new_enrolment_goes_before_those_that_only_refresh() -> None:
    world = World(rate=10.0)
    for number in range(100):
        world.keeper.admit(world.account(f"u{number}"), urgent=False)
    account = world.admit()
    world.wait(1.0)
    assert account.state is State.REGISTERED


@pytest.mark.promise("ACR-08")
def test_wrong_credentials_are_tried_once_and_then_left_for_hours() -> None:
    world = World()
    account = world.admit(password=b"guess")
    world.wait(3 * 3600.0)
    assert account.state is State.UNAUTHORIZED
    assert world.pbx.wrong == 1


@pytest.mark.parametrize("rate", [10.0, 100_000.0])
def test_the_pbx_never_sees_more_wrong_digests_than_the_cap_in_one_window(rate: float) -> None:
    world = World(rate=rate, failures_upstream=8, failures_window=600.0)
    for number in range(50):
        world.admit(f"u{number}", password=b"guess")
    world.wait(590.0)
    assert 0 < world.pbx.wrong <= 8
    world.wait(600.0)
    assert world.pbx.wrong <= 16


@pytest.mark.parametrize(("realm", "algorithm"), [(b"elsewhere", Algorithm.MD5), (b"pbx.test", Algorithm.SHA_256)])
def test_another_realm_or_algorithm_gets_no_digest_at_all(realm: bytes, algorithm: Algorithm) -> None:
    world = World()
    account = world.admit(realm=realm, algorithm=algorithm)
    world.wait(60.0)
    assert account.state is State.UNAUTHORIZED
    assert not any(request.get(b"authorization") for request in world.pbx.registers())


def test_new_credentials_of_a_refused_account_are_tried_at_once() -> None:
    world = World()
    world.admit(password=b"guess")
    world.wait(10.0)
    account = world.admit()
    world.wait(1.0)
    assert account.state is State.REGISTERED
    assert world.keeper.counts()[State.UNAUTHORIZED] == 0


def test_a_423_is_obeyed_for_all_accounts_of_the_pbx() -> None:
    world = World(expires=60, pbx=SmallPbx(World().clock, min_expires=300))
    world.registered()
    world.admit("bob")
    world.wait(1.0)
    assert all(b"expires=300" in (request.get(b"contact") or b"") for request in world.pbx.registers()[-2:])
    assert world.keeper.counts()[State.REGISTERED] == 2


def test_a_423_that_asks_for_nothing_sensible_is_an_error_and_no_loop() -> None:
    world = World()
    world.pbx.script = authorized(423, min_expires="99999999")
    account = world.admit()
    world.wait(5.0)
    assert account.state is State.ERROR
    assert len(world.pbx.registers()) == 2


# What comes next, for each answer in each state: the table of `registration`

ANSWERS = {
    "200 without ours": (authorized(200, contact="<sip:other@192.0.2.9>"), State.CONFLICT),
    "301": (authorized(301, contact="<sip:elsewhere.test>"), State.ERROR),
    "400": (authorized(400), State.ERROR),
    "401 again": (
        authorized(401, www_authenticate='Digest realm="pbx.test", nonce="x", qop="auth"'),
        State.UNAUTHORIZED,
    ),
    "401 unreadable": (authorized(401, www_authenticate="Bearer"), State.UNAUTHORIZED),
    "403": (authorized(403), State.UNAUTHORIZED),
    "404": (authorized(404), State.ERROR),
    "407 again": (authorized(407, proxy_authenticate='Digest realm="pbx.test", nonce="x"'), State.UNAUTHORIZED),
    "423 without term": (authorized(423), State.ERROR),
    "480": (authorized(480), State.ERROR),
    "500": (authorized(500), State.ERROR),
    "503": (authorized(503), State.ERROR),
    "600": (authorized(600), State.ERROR),
}


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("was_registered", [False, True])
def test_each_answer_leads_to_its_state_and_back_once_the_pbx_is_well(answer: str, was_registered: bool) -> None:
    script, state = ANSWERS[answer]
    world = World(check_interval=1e9, unauthorized_retry=900.0)
    account = world.registered() if was_registered else world.admit()
    world.pbx.script = script
    world.wait(540.0 if was_registered else 1.0)
    assert account.state is state
    world.pbx.script = None
    world.wait(2000.0)
    assert account.state is State.REGISTERED
    assert world.keeper.counts() == {each: int(each is State.REGISTERED) for each in State}


def test_errors_are_tried_again_with_growing_pauses() -> None:
    world = World(check_interval=1e9)
    world.pbx.script = always(500)
    world.admit()
    tries: list[float] = []
    for _ in range(40):
        world.wait(30.0)
        tries += [world.clock.monotonic()] * len(world.pbx.registers())
    pauses = [later - earlier for earlier, later in pairwise(tries)]
    assert len(tries) < 10
    assert pauses[-1] > 4 * pauses[0]


def test_retry_after_is_waited_for() -> None:
    world = World(check_interval=1e9)
    world.pbx.script = always(503, retry_after="900 (maintenance);duration=60")
    world.admit()
    world.wait(890.0)
    assert len(world.pbx.registers()) == 1


def test_a_register_that_got_lost_is_repeated_by_the_transaction_and_not_by_us() -> None:
    world = World()
    world.pbx.silent = True
    world.admit()
    world.wait(3.0)
    registers = world.pbx.registers()
    assert len({request.get(b"cseq") for request in registers}) == 1
    assert len(registers) > 1


# Conflicts


def test_another_device_that_displaces_ours_is_not_fought() -> None:
    world = World(check_interval=1e9, pbx=SmallPbx(World().clock, single=True))
    account = world.registered()
    world.pbx.script = authorized(200, contact="<sip:desk@192.0.2.9>;expires=300")
    world.wait(600.0)
    assert account.state is State.CONFLICT
    world.pbx.registers()
    world.wait(3600.0)
    assert not any(contacts(request) for request in world.pbx.registers())


def test_an_account_in_conflict_registers_again_when_the_other_device_has_gone() -> None:
    world = World(check_interval=1e9)
    account = world.registered()
    world.pbx.script = authorized(200, contact="<sip:desk@192.0.2.9>;expires=300")
    world.wait(600.0)
    assert world.keeper.counts()[State.CONFLICT] == 1
    world.pbx.script = None
    world.pbx.forget()
    world.wait(1300.0)
    assert account.state is State.REGISTERED


def test_a_binding_that_somebody_else_removed_is_a_conflict_while_others_stand() -> None:
    world = World(check_interval=10.0)
    accounts = [world.admit(user) for user in ("alice", "bob", "carol")]
    world.wait(1.0)
    del world.pbx.bindings[b"bob"]
    world.wait(45.0)
    assert [account.state for account in accounts] == [State.REGISTERED, State.CONFLICT, State.REGISTERED]


# A PBX that restarts


def test_a_pbx_that_lost_its_bindings_between_two_probes_gets_everybody_anew_at_the_paced_rate() -> None:
    world = World(rate=20.0, check_interval=10.0)
    for number in range(50):
        world.admit(f"u{number}")
    world.wait(20.0)
    world.pbx.forget()
    world.pbx.registers()
    world.wait(20.0)
    assert sum(map(len, world.pbx.bindings.values())) == 50
    assert world.keeper.counts()[State.REGISTERED] == 50


async def test_a_silent_pbx_gets_probes_only_and_everybody_anew_when_it_speaks_again() -> None:
    world = World(probe_interval=10.0, check_interval=1e9)
    account = world.registered()
    world.pbx.silent = True
    world.wait(45.0)
    assert not world.line.probe.alive
    newcomer = world.admit("bob")
    world.wait(600.0)
    assert world.pbx.registers() == []
    world.pbx.silent = False
    world.pbx.forget()
    world.wait(15.0)
    assert (account.state, newcomer.state) == (State.REGISTERED, State.REGISTERED)
    assert len(world.pbx.contacts_of(b"alice")) == 1


async def test_after_a_silence_nobody_waits_for_the_next_refresh() -> None:
    world = World(expires=3600, probe_interval=10.0, check_interval=1e9)
    world.registered()
    world.pbx.silent = True
    world.wait(45.0)
    world.pbx.forget()
    world.pbx.silent = False
    world.wait(15.0)
    assert len(world.pbx.contacts_of(b"alice")) == 1


def test_the_binding_of_an_only_account_that_vanishes_twice_was_taken_away() -> None:
    world = World(check_interval=10.0)
    account = world.registered()
    world.pbx.forget()
    world.wait(12.0)
    assert world.keeper.counts()[State.REGISTERED] == 1
    world.pbx.forget()
    world.wait(12.0)
    assert account.state is State.CONFLICT


def test_a_restart_of_ours_adds_no_binding_and_starts_above_every_earlier_cseq() -> None:
    world = World()
    world.registered()
    world.wait(2000.0)
    last = max(cseq(request).number for request in world.pbx.registers())
    world.keeper.stop()
    again = World(seed=2, start=world.clock.time() + 1.0, pbx=world.pbx)
    again.admit()
    again.wait(1.0)
    assert len(again.pbx.contacts_of(b"alice")) == 1
    assert min(cseq(request).number for request in again.pbx.registers()) > last


# Departing


async def test_a_departing_account_takes_its_own_binding_away_and_no_other() -> None:
    world = World()
    account = world.registered()
    world.pbx.bindings[b"alice"][b"sip:desk@192.0.2.9"] = 1e9
    await world.finish(world.keeper.withdraw(account))
    assert world.pbx.contacts_of(b"alice") == [b"sip:desk@192.0.2.9"]
    assert b"*" not in [request.get(b"contact") for request in world.pbx.registers()]
    world.wait(10_000.0)
    assert world.pbx.registers() == []
    assert sum(world.keeper.counts().values()) == 0


async def test_a_silent_pbx_does_not_hold_up_a_departure_and_hears_nothing_more() -> None:
    world = World(farewell=0.01)
    account = world.registered()
    world.pbx.silent = True
    await world.finish(world.keeper.withdraw(account))
    world.pbx.registers()
    world.wait(10_000.0)
    assert world.pbx.registers() == []


async def test_where_the_pbx_keeps_one_contact_only_a_binding_that_is_surely_ours_is_removed() -> None:
    world = World(single_contact=True, check_interval=1e9)
    account = world.registered()
    world.pbx.bindings[b"alice"][b"sip:desk@192.0.2.9"] = 1e9
    world.wait(540.0)
    world.pbx.registers()
    await world.finish(world.keeper.withdraw(account))
    assert [request for request in world.pbx.registers() if request.get(b"expires") == b"0"] == []


async def test_an_account_that_departs_while_it_registers_leaves_nothing_behind() -> None:
    world = World()
    account = world.admit()
    await world.finish(world.keeper.withdraw(account))
    assert world.pbx.contacts_of(b"alice") == []


async def test_a_binding_from_before_a_restart_is_removed_too() -> None:
    world = World()
    account = world.registered()
    again = World(seed=2, start=world.clock.time() + 1.0, pbx=world.pbx)
    await again.finish(again.keeper.withdraw(account))
    assert world.pbx.contacts_of(b"alice") == []


async def test_departing_twice_is_departing_once() -> None:
    world = World()
    account = world.registered()
    await world.finish(world.keeper.withdraw(account))
    await world.finish(world.keeper.withdraw(account))
    assert world.pbx.contacts_of(b"alice") == []


async def test_after_a_departure_no_timer_holds_the_accounts_secrets() -> None:
    world = World()
    account = world.registered()
    registration = world.registration(account)
    await world.finish(world.keeper.withdraw(account))
    assert registration.account is not account
    assert registration.account.ha1 == b""


def test_an_account_has_one_exchange_under_way_at_most() -> None:
    world = World(check_interval=1e9)
    account = world.registered()
    registration = world.registration(account)
    world.pbx.silent = True
    world.line.ask(registration, Intent.ASK)
    world.pbx.inbox.clear()
    world.line.turn(registration)
    world.keeper.tick()
    assert [request for request in world.pbx.inbox if request.method == b"REGISTER"] == []


def test_the_flow_of_a_pbx_is_told_to_whoever_sends_to_it() -> None:
    world = World()
    assert world.keeper.flow_to(PBX) is world.pbx
