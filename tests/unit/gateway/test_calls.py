"""A call from the PBX to sleeping phones, over the real transaction layer."""

import pytest

from ringfence.gateway.call_policy import CallPolicy, Progress
from ringfence.identifiers import CallRef, DeviceId, SubjectId
from ringfence.protocols.sip.fields import tag_of
from ringfence.protocols.sip.message import Request, Response
from ringfence.protocols.sip.response import response_to
from ringfence.services.calls import Caller, EndState, Why
from ringfence.services.reachability import Binding
from tests.doubles.gateway_hall import SDP, Hall, from_pbx, heard, kind, request_in
from tests.doubles.sip_hop import RecordedFlow

ALICE, BOB = DeviceId("alice"), DeviceId("bob")


def ref_of(hall: Hall) -> CallRef:
    return hall.waker.rings[0][1]


def rings(hall: Hall, name: str) -> tuple[RecordedFlow, Request]:
    """The phone wakes, gets the INVITE and rings."""
    flow = hall.wake(name)
    invite = request_in(heard(flow), b"INVITE")
    hall.answer(invite, 180, flow, tag=name.encode())
    return flow, invite


def test_a_call_to_a_sleeping_phone_is_pushed_before_the_caller_hears_ringing() -> None:
    hall = Hall("alice", "bob")
    hall.call()
    ((devices, _ref, by, caller, call_id),) = hall.waker.rings
    assert devices == (ALICE, BOB)
    assert by == int(hall.clock.time() + CallPolicy().hold)
    assert caller == Caller("Alice A.", "sip:+420111@example.test")
    assert call_id == "c1@pbx"
    assert hall.to_pbx() == [100, 180]


def test_the_180_of_our_own_has_a_tag_and_no_sdp() -> None:
    hall = Hall("alice")
    hall.call()
    ringing = heard(hall.pbx)[1]
    assert tag_of(ringing.get(b"to") or b"")
    assert ringing.body == b""


def test_no_180_of_our_own_where_it_is_switched_off_or_had_to_be_reliable() -> None:
    quiet = Hall("alice", policy=CallPolicy(progress=Progress.NONE))
    quiet.call()
    assert quiet.to_pbx() == [100]
    reliable = Hall("alice")
    reliable.call((b"require", b"100rel"))
    assert reliable.to_pbx() == [100]


@pytest.mark.pitfall(16)
def test_the_waking_phone_gets_the_invite_with_the_callers_call_id_sdp_and_the_reference_of_its_push() -> None:
    hall = Hall("alice")
    hall.call()
    invite = request_in(heard(hall.wake("alice")), b"INVITE")
    assert invite.get(b"call-id") == b"c1@pbx"
    assert invite.body == SDP
    assert invite.uri == b"sip:alice@10.0.0.5:5999;transport=tls"
    assert invite.get(b"max-forwards") == b"69"
    assert invite.get(b"x-ringfence-call") == ref_of(hall).encode()


def test_a_call_is_answered_talked_and_hung_up_by_the_caller() -> None:
    hall = Hall("alice")
    hall.call()
    flow, invite = rings(hall, "alice")
    hall.answer(invite, 200, flow)
    ringing, ok = heard(hall.pbx)[-2:]
    assert (kind(ringing), kind(ok)) == (180, 200)
    assert ok.get_all(b"via") == [b"SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bKcaller"]
    assert hall.calls.ends == {EndState.ANSWERED: 1}
    in_dialog(hall, ok, b"ACK", number=1)
    in_dialog(hall, ok, b"BYE", number=2)
    ack, bye = heard(flow)
    assert [kind(ack), kind(bye)] == [b"ACK", b"BYE"]
    assert not ack.has(b"route")
    assert isinstance(bye, Request)
    hall.answer(bye, 200, flow)
    assert hall.to_pbx() == [200]


def in_dialog(hall: Hall, ok: Request | Response, method: bytes, *, number: int) -> None:
    """The PBX sends a request in the dialog that the 200 began."""
    request = from_pbx(method, branch=b"z9hG4bK" + method, uri=b"sip:dev@10.0.0.5:5999;transport=tls", number=number)
    request.set(b"to", ok.get(b"to") or b"")
    for value in reversed(ok.get_all(b"record-route")):
        request.add(b"route", value)
    hall.hear(request, hall.pbx)


@pytest.mark.pitfall(27)
def test_a_phone_that_registers_while_the_push_is_handed_over_gets_the_invite() -> None:
    hall = Hall("alice")
    ring = hall.waker.ring

    def at_once(*args: object, **kwargs: object) -> object:
        hall.wake("alice")
        return ring(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came

    hall.waker.ring = at_once  # type: ignore[method-assign, assignment]  # the phone is faster than the push
    hall.call()
    request_in(heard(hall.phones["alice"]), b"INVITE")


def test_a_phone_whose_flow_is_alive_is_called_without_a_push_and_one_that_was_silent_with_one() -> None:
    hall = Hall("alice", "bob")
    hall.wake("bob")
    hall.wait(6.0)
    hall.wake("alice")
    hall.call()
    assert [devices for devices, *_ in hall.waker.rings] == [(BOB,)]
    request_in(heard(hall.phones["alice"]), b"INVITE")
    request_in(heard(hall.phones["bob"]), b"INVITE")


@pytest.mark.pitfall(1)
@pytest.mark.pitfall(2)
def test_a_connection_that_breaks_under_the_invite_leaves_the_caller_waiting_for_the_newer_one() -> None:
    hall = Hall("alice")
    hall.wake("alice")
    hall.wait(6.0)
    hall.call()
    hall.sleep("alice")
    assert hall.to_pbx() == [100, 180]
    flow, invite = rings(hall, "alice")
    hall.answer(invite, 200, flow)
    assert hall.to_pbx() == [180, 200]


@pytest.mark.pitfall(9)
def test_a_late_branch_follows_the_path_of_its_binding() -> None:
    hall = Hall("alice")
    hall.call()
    flow = hall.wake("alice", path=(b"<sip:edge.example.test;lr>",))
    assert request_in(heard(flow), b"INVITE").get_all(b"route") == [b"<sip:edge.example.test;lr>"]


@pytest.mark.pitfall(7)
@pytest.mark.pitfall(8)
def test_a_second_phone_joins_while_the_first_rings_and_one_failure_stays_its_own() -> None:
    hall = Hall("alice", "bob")
    hall.call()
    alice, to_alice = rings(hall, "alice")
    bob, to_bob = rings(hall, "bob")
    hall.answer(to_alice, 500, alice)
    hall.answer(to_bob, 200, bob)
    assert hall.to_pbx() == [100, 180, 180, 180, 200]


@pytest.mark.pitfall(4)
def test_whoever_rings_is_cancelled_as_answered_elsewhere_and_whoever_sleeps_is_told_quietly() -> None:
    hall = Hall("alice", "bob", "carol")
    hall.call()
    alice, to_alice = rings(hall, "alice")
    bob, to_bob = rings(hall, "bob")
    heard(bob)
    hall.answer(to_alice, 200, alice)
    cancel = request_in(heard(bob), b"CANCEL")
    assert cancel.get(b"reason") == b'SIP;cause=200;text="Call completed elsewhere"'
    assert hall.waker.quieted == [(DeviceId("carol"), Why.ANSWERED_ELSEWHERE)]
    hall.answer(to_bob, 487, bob)
    assert hall.calls.ends == {EndState.ANSWERED: 1, EndState.ANSWERED_ELSEWHERE: 2}


@pytest.mark.pitfall(3)
@pytest.mark.pitfall(19)
def test_a_late_phone_gets_no_invite_and_hears_that_the_call_is_gone() -> None:
    hall = Hall("alice", "bob")
    hall.call()
    assert hall.calls.held_until(ref_of(hall), SubjectId("s")) == int(hall.clock.time() + CallPolicy().hold)
    assert hall.calls.held_until(ref_of(hall), SubjectId("somebody else")) is None
    alice, to_alice = rings(hall, "alice")
    hall.answer(to_alice, 200, alice)
    heard(alice)
    assert heard(hall.wake("bob")) == []
    assert heard(alice) == []
    assert hall.calls.held_until(ref_of(hall), SubjectId("s")) is None


@pytest.mark.pitfall(18)
def test_two_answers_at_once_both_reach_the_caller_and_neither_phone_is_cancelled() -> None:
    hall = Hall("alice", "bob")
    hall.call()
    alice, to_alice = rings(hall, "alice")
    bob, to_bob = rings(hall, "bob")
    hall.answer(to_alice, 200, alice, tag=b"alice")
    heard(bob)
    hall.answer(to_bob, 200, bob, tag=b"bob")
    assert heard(bob) == []
    assert [message for message in hall.to_pbx() if message == 200] == [200, 200]


@pytest.mark.pitfall(29)
def test_cancel_while_the_phone_sleeps_gives_200_and_487_at_once() -> None:
    hall = Hall("alice")
    invite = hall.call()
    hall.to_pbx()
    hall.cancel(invite)
    assert hall.to_pbx() == [200, 487]
    assert hall.waker.quieted == [(ALICE, Why.CANCELLED)]
    ((subject, caller, at),) = hall.missed.notes
    assert (subject, caller.name, at) == (SubjectId("s"), "Alice A.", hall.clock.time())


def test_cancel_while_the_phone_rings_gives_487_when_the_phone_has_ended() -> None:
    hall = Hall("alice")
    invite = hall.call()
    flow, to_alice = rings(hall, "alice")
    hall.to_pbx()
    hall.cancel(invite)
    assert hall.to_pbx() == [200]
    cancel = request_in(heard(flow), b"CANCEL")
    hall.answer(cancel, 200, flow)
    hall.answer(to_alice, 487, flow)
    assert hall.to_pbx() == [487]
    assert hall.calls.ends == {EndState.CANCELLED: 1}


def test_a_phone_that_never_ends_its_cancelled_call_delays_487_by_32_seconds_at_most() -> None:
    hall = Hall("alice")
    invite = hall.call()
    rings(hall, "alice")
    hall.to_pbx()
    hall.cancel(invite)
    hall.wait(33.0)
    assert 487 in hall.to_pbx()


def test_a_call_that_another_phone_of_the_pbx_took_is_no_missed_call() -> None:
    hall = Hall("alice")
    invite = hall.call()
    hall.cancel(invite, b'SIP ;cause=200 ;text="Call completed elsewhere"')
    assert hall.missed.notes == []
    assert hall.calls.ends == {EndState.ANSWERED_ELSEWHERE: 1}


@pytest.mark.pitfall(24)
def test_at_the_deadline_the_caller_hears_480_and_a_missed_call_is_noted() -> None:
    hall = Hall("alice")
    hall.call((b"expires", b"30"))
    hall.wait(29.9)
    assert hall.to_pbx() == [100, 180]
    hall.wait(0.2)
    assert hall.to_pbx()[0] == 480
    assert len(hall.missed.notes) == 1
    assert len(hall.calls) == 0


def test_an_answer_after_the_deadline_is_acknowledged_and_hung_up_by_us() -> None:
    hall = Hall("alice", policy=CallPolicy(hold=20.0))
    hall.call()
    flow, invite = rings(hall, "alice")
    hall.wait(20.1)
    heard(flow)
    hall.answer(invite, 200, flow)
    ack, bye = heard(flow)
    assert (kind(ack), kind(bye)) == (b"ACK", b"BYE")
    assert (ack.get(b"cseq"), bye.get(b"cseq")) == (b"1 ACK", b"2 BYE")
    assert not bye.has(b"route")
    assert bye.start == b"BYE sip:dev@10.0.0.5:5999;transport=tls SIP/2.0"
    assert 200 not in hall.to_pbx()


@pytest.mark.pitfall(30)
def test_decline_on_one_phone_ends_the_call_for_all_and_reaches_the_pbx_as_busy() -> None:
    hall = Hall("alice", "bob")
    hall.call()
    alice, to_alice = rings(hall, "alice")
    bob, to_bob = rings(hall, "bob")
    hall.answer(to_alice, 603, alice)
    request_in(heard(bob)[-1:], b"CANCEL")
    hall.answer(to_bob, 487, bob)
    assert hall.to_pbx()[-1] == 486
    assert hall.missed.notes == []


def test_6xx_reaches_the_pbx_where_the_policy_says_so() -> None:
    hall = Hall("alice", policy=CallPolicy(busy_for_all=False))
    hall.call()
    flow, invite = rings(hall, "alice")
    hall.answer(invite, 603, flow)
    assert hall.to_pbx()[-1] == 603


def test_an_overloaded_phone_does_not_make_us_look_overloaded() -> None:
    hall = Hall("alice")
    hall.call()
    flow, invite = rings(hall, "alice")
    hall.answer(invite, 503, flow)
    assert hall.to_pbx()[-1] == 500


@pytest.mark.pitfall(34)
def test_an_invite_that_replaces_a_dialog_wakes_nobody() -> None:
    hall = Hall("alice")
    hall.call((b"replaces", b"x@y;to-tag=1;from-tag=2"))
    assert hall.waker.rings == []
    assert hall.to_pbx() == [100, 480]


def test_unknown_accounts_are_404_and_so_are_accounts_of_another_pbx() -> None:
    hall = Hall("alice")
    hall.hear(from_pbx(b"INVITE", uri=b"sip:nobody@192.0.2.1"), hall.pbx)
    assert hall.to_pbx() == [100, 404]
    stranger = RecordedFlow(b"UDP", peer=("203.0.113.9", 5060))
    hall.door.flows.append(stranger)
    hall.hear(from_pbx(b"INVITE", branch=b"z9hG4bKstranger"), stranger)
    assert [kind(message) for message in heard(stranger)] == [100, 404]
    assert hall.waker.rings == []


def test_a_call_that_comes_twice_by_two_ways_rings_once() -> None:
    hall = Hall("alice")
    hall.call(branch=b"z9hG4bKone")
    hall.call(branch=b"z9hG4bKtwo")
    assert hall.to_pbx() == [100, 180, 100, 482]
    assert len(hall.calls) == len(hall.waker.rings) == 1
    assert len([m for m in heard(hall.wake("alice")) if kind(m) == b"INVITE"]) == 1


def test_when_the_first_of_them_is_over_it_may_come_again() -> None:
    hall = Hall("alice")
    first = hall.call(branch=b"z9hG4bKone")
    hall.cancel(first)
    hall.to_pbx()
    hall.call(branch=b"z9hG4bKtwo")
    assert hall.to_pbx() == [100, 180]


@pytest.mark.parametrize("field", [(b"from", b"<sip:+420111@example.test>;tag=b2"), (b"cseq", b"2 INVITE")])
def test_one_call_id_does_not_make_one_call(field: tuple[bytes, bytes]) -> None:
    hall = Hall("alice")
    hall.call(branch=b"z9hG4bKone")
    hall.call(field, branch=b"z9hG4bKtwo")
    assert len(hall.calls) == 2


def test_a_ring_group_calls_two_accounts_with_one_call_id() -> None:
    hall = Hall("alice")
    carol = hall.join("carol")
    hall.call(branch=b"z9hG4bKone")
    hall.hear(from_pbx(b"INVITE", branch=b"z9hG4bKtwo", uri=b"sip:%b@192.0.2.1:5060" % carol.contact_user), hall.pbx)
    assert len(hall.calls) == 2
    assert [devices for devices, *_ in hall.waker.rings] == [(ALICE,), (DeviceId("carol"),)]


def test_the_branches_of_a_call_share_its_breadth() -> None:
    hall = Hall("alice", "bob")
    hall.call((b"max-breadth", b"8"))
    invites = [request_in(heard(hall.wake(name)), b"INVITE") for name in ("alice", "bob")]
    assert [invite.get(b"max-breadth") for invite in invites] == [b"2", b"2"]


def test_a_call_that_may_not_fork_is_in_one_place_at_a_time() -> None:
    hall = Hall("alice", "bob")
    hall.call((b"max-breadth", b"1"))
    first = hall.wake("alice")
    invite = request_in(heard(first), b"INVITE")
    assert invite.get(b"max-breadth") == b"1"
    assert heard(hall.wake("bob")) == []
    hall.answer(invite, 500, first)
    assert request_in(heard(hall.wake("bob")), b"INVITE").get(b"max-breadth") == b"1"


def test_a_call_that_may_be_nowhere_is_refused() -> None:
    hall = Hall("alice")
    hall.call((b"max-breadth", b"0"))
    assert hall.to_pbx() == [100, 440]
    assert hall.waker.rings == []


def test_a_repeated_invite_changes_nothing() -> None:
    hall = Hall("alice")
    hall.call()
    hall.call()
    assert len(hall.waker.rings) == 1
    assert hall.to_pbx() == [100, 180, 180]


@pytest.mark.pitfall(33)
def test_it_shows_how_many_pushed_phones_came_in_time_and_how_long_they_took() -> None:
    hall = Hall("alice", "bob", policy=CallPolicy(hold=20.0))
    hall.call()
    hall.wait(3.0)
    hall.wake("alice")
    hall.refresh("alice")
    hall.wait(20.0)
    wakes = hall.calls.wakes
    assert (wakes.pushed, wakes.in_time, wakes.seconds) == (2, 1, 3.0)
    assert hall.calls.ends[EndState.MISSED] == 1


def test_nobody_waits_for_phones_that_cannot_be_pushed() -> None:
    hall = Hall("alice", "bob")
    hall.waker.asleep_for_good = {ALICE, BOB}
    hall.call()
    assert hall.to_pbx() == [100, 480]


def test_a_dead_token_ends_the_wait_for_its_phone() -> None:
    hall = Hall("alice")
    hall.call()
    hall.calls.unwakeable(hall.account, ALICE)
    assert hall.to_pbx() == [100, 180, 480]


def test_what_a_caller_withholds_reaches_neither_the_box_nor_the_phone() -> None:
    hall = Hall("alice")
    hall.call((b"privacy", b"id"), (b"p-asserted-identity", b"<sip:+420111@example.test>"))
    assert hall.waker.rings[0][3] == Caller()
    invite = request_in(heard(hall.wake("alice")), b"INVITE")
    assert not invite.has(b"p-asserted-identity")


def test_an_identity_that_nobody_withholds_passes_and_names_the_caller() -> None:
    hall = Hall("alice")
    hall.call((b"p-asserted-identity", b'"Real Name" <sip:+420999@example.test>'))
    assert hall.waker.rings[0][3] == Caller("Real Name", "sip:+420999@example.test")
    request_in(heard(hall.wake("alice")), b"INVITE").has(b"p-asserted-identity")


def test_what_a_phone_asserts_about_itself_does_not_reach_the_pbx() -> None:
    hall = Hall("alice")
    hall.call()
    flow, invite = rings(hall, "alice")
    heard(hall.pbx)
    ok = response_to(invite, 200, to_tag=b"x")
    ok.add(b"p-asserted-identity", b"<sip:president@example.test>")
    ok.add(b"x-ringfence-call", b"forged")
    hall.hear(ok, flow)
    (passed,) = heard(hall.pbx)
    assert not passed.has(b"p-asserted-identity")
    assert not passed.has(b"x-ringfence-call")


def test_somebody_who_leaves_takes_their_calls_along_without_a_trace() -> None:
    hall = Hall("alice")
    hall.call()
    hall.calls.drop(SubjectId("s"))
    assert hall.to_pbx() == [100, 180, 480]
    assert hall.missed.notes == []
    assert len(hall.calls) == 0


def test_a_process_that_stops_answers_every_caller() -> None:
    hall = Hall("alice")
    hall.call()
    hall.calls.stop()
    assert hall.to_pbx() == [100, 180, 480]


def test_too_many_hops_and_unknown_demands_are_refused_as_a_proxy_must() -> None:
    hall = Hall("alice")
    hall.call((b"max-forwards", b"0"))
    hall.call((b"proxy-require", b"magic"), branch=b"z9hG4bKother")
    refused = [message for message in heard(hall.pbx) if kind(message) != 100]
    assert [kind(message) for message in refused] == [483, 420]
    assert refused[1].get(b"unsupported") == b"magic"


def test_a_device_that_is_signed_out_while_it_is_being_called_is_called_no_more() -> None:
    hall = Hall("alice", "bob")
    hall.wake("alice")
    hall.wait(6.0)
    ring = hall.waker.ring

    def signs_out(*args: object, **kwargs: object) -> object:
        hall.accounts.remove_device(hall.account, ALICE)
        return ring(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came

    hall.waker.ring = signs_out  # type: ignore[method-assign, assignment]  # between the push and the INVITE
    hall.call()
    assert heard(hall.phones["alice"]) == []
    assert request_in(heard(hall.wake("bob")), b"INVITE").uri.startswith(b"sip:bob@")


def test_a_contact_that_leads_nowhere_is_a_broken_branch_and_no_more() -> None:
    hall = Hall("alice")
    hall.call()
    hall.phones["alice"] = RecordedFlow(b"TLS", peer=("198.51.100.7", 40_000), local=("192.0.2.1", 5061))
    device = hall.account.devices[0]
    nowhere = Binding(flow=hall.phones["alice"], contact=b"sip:", expires_at=hall.now + 600, alive_at=hall.now)
    hall.accounts.bound(device, nowhere)
    hall.wait(0.0)
    assert heard(hall.phones["alice"]) == []
    assert hall.to_pbx() == [100, 180]
    request_in(heard(hall.wake("alice")), b"INVITE")


def test_a_push_that_finds_no_living_instance_after_its_flow_broke_ends_the_wait() -> None:
    hall = Hall("alice")
    hall.waker.asleep_for_good = {ALICE}
    hall.wake("alice")
    hall.call()
    hall.sleep("alice")
    assert hall.to_pbx() == [100, 480]


def test_an_anonymous_caller_stays_anonymous_in_the_box() -> None:
    hall = Hall("alice")
    hall.call((b"from", b'"Anonymous" <sip:anonymous@anonymous.invalid>;tag=a1'))
    assert hall.waker.rings[0][3] == Caller()


def test_the_caller_who_repeats_the_answer_gets_it_passed_again() -> None:
    hall = Hall("alice")
    hall.call()
    flow, invite = rings(hall, "alice")
    hall.answer(invite, 200, flow)
    hall.answer(invite, 200, flow)
    assert hall.to_pbx()[-2:] == [200, 200]


def test_nothing_is_left_of_a_call_that_is_over() -> None:
    hall = Hall("alice")
    hall.call()
    flow, invite = rings(hall, "alice")
    hall.answer(invite, 486, flow)
    hall.wait(70.0)
    assert len(hall.calls) == 0
    assert list(hall.calls.open()) == []
    assert len(hall.endpoint) == 0


def test_a_phone_that_registers_twice_in_one_moment_gets_the_invite_on_its_newest_flow_only() -> None:
    hall = Hall("alice")
    hall.call()
    device = hall.account.devices[0]
    flows = [RecordedFlow(b"TLS", peer=("198.51.100.7", port), local=("192.0.2.1", 5061)) for port in (1, 2)]
    for flow in flows:
        contact = b"sip:alice@10.0.0.5"
        hall.accounts.bound(device, Binding(flow=flow, contact=contact, expires_at=600.0, alive_at=hall.now))
    assert (heard(flows[0]), heard(flows[1])) == ([], [])
    hall.wait(0.0)
    assert heard(flows[0]) == []
    request_in(heard(flows[1]), b"INVITE")


def test_a_route_of_the_pbx_does_not_lead_past_the_phones_flow() -> None:
    hall = Hall("alice")
    hall.call((b"route", b"<sip:192.0.2.1;lr>"))
    assert not request_in(heard(hall.wake("alice")), b"INVITE").has(b"route")


def test_an_invite_that_comes_back_unchanged_has_looped_and_one_for_another_account_is_a_spiral() -> None:
    hall = Hall("alice")
    hall.call()
    forked = request_in(heard(hall.wake("alice")), b"INVITE")
    for user, expected in ((b"opaque7", 482), (b"nobody", 404)):
        returned = from_pbx(b"INVITE", branch=b"z9hG4bKback-" + user, uri=b"sip:%b@192.0.2.1:5060" % user)
        for value in reversed(forked.get_all(b"via")):
            returned.push(b"via", value)
        returned.push(b"via", b"SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bKback-" + user)
        hall.to_pbx()
        hall.hear(returned, hall.pbx)
        assert hall.to_pbx() == [100, expected]
