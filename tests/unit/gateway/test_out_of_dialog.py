"""Phones dial out, and PBXs send things that are no calls."""

import pytest

from ringfence.identifiers import DeviceId, ProviderId, SubjectId, UpstreamId
from ringfence.protocols.sip.digest import Algorithm
from ringfence.protocols.sip.message import Request
from ringfence.protocols.sip.proxy import TIMER_C
from ringfence.protocols.sip.response import response_to
from ringfence.services.reachability import Account, Binding, Device
from tests.doubles.gateway_hall import Hall, from_device, from_pbx, heard, kind, request_in
from tests.doubles.sip_hop import RecordedFlow

CAROL = b"sip:carol@example.test"
OURS = b'Digest username="u-alice", realm="ringfence", nonce="n", uri="sip:x", response="r"'
THEIRS = b'Digest username="bob", realm="example.test", nonce="n", uri="sip:x", response="r"'


def dials(hall: Hall, *extra: tuple[bytes, bytes]) -> Request:
    """Alice's phone sends an INVITE; what the PBX got."""
    invite = from_device(b"INVITE", CAROL)
    invite.add(b"route", b"<sip:push.example.test:5061;transport=tls;lr>")
    for name, value in extra:
        invite.add(name, value)
    hall.hear(invite, hall.phones.get("alice") or hall.wake("alice"))
    return request_in(heard(hall.pbx), b"INVITE")


def test_a_phone_dials_out_through_its_pbx() -> None:
    hall = Hall("alice")
    passed = dials(hall)
    assert passed.uri == CAROL
    assert passed.get(b"contact") == b"<sip:dev@10.0.0.5:5999;transport=tls>"
    assert not passed.has(b"route")
    assert passed.get(b"max-forwards") == b"69"
    assert len(passed.get_all(b"record-route")) == 2
    hall.answer(passed, 180, hall.pbx)
    hall.answer(passed, 200, hall.pbx)
    assert [kind(message) for message in heard(hall.phones["alice"])] == [100, 180, 200]


def test_the_challenge_of_the_pbx_and_its_answer_pass_and_our_own_credentials_stay_here() -> None:
    hall = Hall("alice")
    passed = dials(hall)
    challenge = response_to(passed, 407, to_tag=b"x")
    challenge.add(b"proxy-authenticate", b'Digest realm="example.test", nonce="n"')
    hall.hear(challenge, hall.pbx)
    answer = heard(hall.phones["alice"])[-1]
    assert answer.get(b"proxy-authenticate") == b'Digest realm="example.test", nonce="n"'
    heard(hall.pbx)
    again = from_device(b"INVITE", CAROL, branch=b"z9hG4bKagain")
    again.set(b"cseq", b"2 INVITE")
    again.add(b"proxy-authorization", OURS)
    again.add(b"proxy-authorization", THEIRS)
    hall.hear(again, hall.phones["alice"])
    assert request_in(heard(hall.pbx), b"INVITE").get_all(b"proxy-authorization") == [THEIRS]


def test_a_phone_can_not_assert_an_identity_nor_speak_in_our_name() -> None:
    hall = Hall("alice")
    passed = dials(hall, (b"p-asserted-identity", b"<sip:boss@example.test>"), (b"x-ringfence-call", b"x"))
    assert not passed.has(b"p-asserted-identity")
    assert not passed.has(b"x-ringfence-call")


def test_a_flow_that_is_bound_to_nobody_dials_nowhere_unless_it_showed_credentials() -> None:
    hall = Hall("alice")
    unknown = RecordedFlow(b"TLS", peer=("198.51.100.9", 4444), local=("192.0.2.1", 5061))
    hall.hear(from_device(b"INVITE", CAROL), unknown)
    assert [kind(message) for message in heard(unknown)] == [100, 403]
    shown = from_device(b"INVITE", CAROL, branch=b"z9hG4bKshown")
    shown.add(b"proxy-authorization", OURS)
    hall.hear(shown, unknown)
    request_in(heard(hall.pbx), b"INVITE")


def test_credentials_of_another_device_do_not_make_a_bound_flow_that_device() -> None:
    hall = Hall("alice", "bob")
    hall.wake("bob")
    invite = from_device(b"INVITE", CAROL)
    invite.add(b"proxy-authorization", OURS)
    hall.hear(invite, hall.phones["bob"])
    passed = request_in(heard(hall.pbx), b"INVITE")
    bye = from_pbx(b"BYE", uri=b"sip:dev@10.0.0.5")
    bye.set(b"to", b"<sip:bob@example.test>;tag=b1")
    for value in passed.get_all(b"record-route"):
        bye.add(b"route", value)
    heard(hall.phones["bob"])
    hall.hear(bye, hall.pbx)
    request_in(heard(hall.phones["bob"]), b"BYE")


def test_credentials_that_the_guard_does_not_look_at_name_no_device() -> None:
    hall = Hall("alice", "bob")
    hall.wake("alice")
    hall.wake("bob")
    unknown = RecordedFlow(b"TLS", peer=("198.51.100.9", 4444), local=("192.0.2.1", 5061))
    invite = from_device(b"INVITE", CAROL)
    invite.add(b"proxy-authorization", b"Basic realm=ringfence, username=u-bob")
    invite.add(b"proxy-authorization", OURS)
    hall.hear(invite, unknown)
    passed = request_in(heard(hall.pbx), b"INVITE")
    bye = from_pbx(b"BYE", uri=b"sip:dev@10.0.0.5")
    bye.set(b"to", b"<sip:bob@example.test>;tag=b1")
    for value in passed.get_all(b"record-route"):
        bye.add(b"route", value)
    hall.hear(bye, hall.pbx)
    assert heard(hall.phones["bob"]) == []
    request_in(heard(hall.phones["alice"]), b"BYE")


def test_our_own_credentials_stay_here_whatever_header_they_stand_in() -> None:
    hall = Hall("alice")
    assert dials(hall, (b"authorization", OURS), (b"authorization", THEIRS)).get_all(b"authorization") == [THEIRS]


def test_a_call_that_is_given_up_is_cancelled_at_the_pbx() -> None:
    hall = Hall("alice")
    passed = dials(hall)
    hall.answer(passed, 180, hall.pbx)
    cancel = from_device(b"CANCEL", CAROL)
    hall.hear(cancel, hall.phones["alice"])
    hall.answer(request_in(heard(hall.pbx), b"CANCEL"), 200, hall.pbx)
    hall.answer(passed, 487, hall.pbx)
    assert [kind(message) for message in heard(hall.phones["alice"])] == [100, 180, 200, 487]


def test_a_pbx_that_is_silent_or_away_is_504() -> None:
    silent = Hall("alice")
    dials(silent)
    silent.wait(33.0)
    assert kind(heard(silent.phones["alice"])[-1]) == 504
    away = Hall("alice")
    away.line.flow = None
    away.hear(from_device(b"INVITE", CAROL), away.wake("alice"))
    assert kind(heard(away.phones["alice"])[-1]) == 504


def test_timer_c_ends_a_call_that_rings_for_ever() -> None:
    hall = Hall("alice")
    passed = dials(hall)
    hall.answer(passed, 180, hall.pbx)
    hall.wait(100.0)
    hall.answer(passed, 180, hall.pbx)
    hall.wait(TIMER_C - 1)
    assert b"CANCEL" not in hall.to_pbx()
    hall.wait(1.1)
    assert b"CANCEL" in hall.to_pbx()


def test_a_request_that_comes_back_unchanged_has_looped() -> None:
    hall = Hall("alice")
    passed = dials(hall)
    returned = from_device(b"INVITE", CAROL, branch=b"z9hG4bKback")
    for value in reversed(passed.get_all(b"via")):
        returned.push(b"via", value)
    hall.hear(returned, hall.phones["alice"])
    assert kind(heard(hall.phones["alice"])[-1]) == 482


def test_a_message_of_a_phone_goes_out_and_its_answer_comes_back() -> None:
    hall = Hall("alice")
    flow = hall.wake("alice")
    hall.hear(from_device(b"MESSAGE", CAROL), flow)
    passed = request_in(heard(hall.pbx), b"MESSAGE")
    assert not passed.has(b"record-route")
    hall.answer(passed, 202, hall.pbx)
    assert [kind(message) for message in heard(flow)] == [202]


@pytest.mark.pitfall(34)
@pytest.mark.parametrize("method", [b"INVITE", b"MESSAGE"])
@pytest.mark.parametrize(("size", "statuses"), [(65_536, []), (65_537, [413])])
def test_a_body_of_a_phone_that_is_too_large_is_refused_and_does_not_reach_the_pbx(
    method: bytes, size: int, statuses: list[int]
) -> None:
    hall = Hall("alice")
    flow = hall.wake("alice")
    request = from_device(method, CAROL)
    request.set_body(b"x" * size)
    hall.hear(request, flow)
    assert [status for status in map(kind, heard(flow)) if status != 100] == statuses
    assert bool(heard(hall.pbx)) is not bool(statuses)


def test_waiting_message_indications_are_taken_and_wake_nobody() -> None:
    hall = Hall("alice")
    notify = from_pbx(b"NOTIFY")
    notify.add(b"event", b"message-summary")
    hall.hear(notify, hall.pbx)
    assert hall.to_pbx() == [200]
    assert (hall.waker.rings, hall.waker.alerts) == ([], [])


def test_a_message_reaches_every_phone_that_has_a_flow_and_the_first_yes_counts() -> None:
    hall = Hall("alice", "bob", "carol")
    alice, bob = hall.wake("alice"), hall.wake("bob")
    hall.hear(from_pbx(b"MESSAGE"), hall.pbx)
    to_alice, to_bob = (request_in(heard(flow), b"MESSAGE") for flow in (alice, bob))
    hall.answer(to_alice, 486, alice)
    assert hall.to_pbx() == []
    hall.answer(to_bob, 200, bob)
    assert hall.to_pbx() == [200]


def test_a_message_that_may_not_fork_goes_to_one_phone_and_one_that_may_be_nowhere_is_refused() -> None:
    hall = Hall("alice", "bob")
    phones = [hall.wake(name) for name in ("alice", "bob")]
    for number, breadth in ((1, b"1"), (2, b"5")):
        message = from_pbx(b"MESSAGE", branch=b"z9hG4bKm%d" % number, number=number)
        message.add(b"max-breadth", breadth)
        hall.hear(message, hall.pbx)
        shares = [sent.get(b"max-breadth") for phone in phones for sent in heard(phone)]
        assert shares == {b"1": [b"1"], b"5": [b"2", b"2"]}[breadth]
    refused = from_pbx(b"MESSAGE", branch=b"z9hG4bKm3", number=3)
    refused.add(b"max-breadth", b"0")
    hall.hear(refused, hall.pbx)
    assert hall.to_pbx() == [440]


def test_what_a_phone_sends_leaves_with_a_bound_on_how_widely_it_may_fork() -> None:
    hall = Hall("alice")
    assert dials(hall).get(b"max-breadth") == b"60"
    narrow = from_device(b"MESSAGE", CAROL, branch=b"z9hG4bKn")
    narrow.add(b"max-breadth", b"0")
    hall.hear(narrow, hall.phones["alice"])
    assert kind(heard(hall.phones["alice"])[-1]) == 440


def test_a_message_that_nobody_can_take_is_480_so_that_the_pbx_keeps_it() -> None:
    hall = Hall("alice", "bob")
    hall.hear(from_pbx(b"MESSAGE"), hall.pbx)
    assert hall.to_pbx() == [480]
    alice = hall.wake("alice")
    hall.hear(from_pbx(b"MESSAGE", branch=b"z9hG4bKtwo"), hall.pbx)
    hall.answer(request_in(heard(alice), b"MESSAGE"), 500, alice)
    assert hall.to_pbx() == [500]
    hall.hear(from_pbx(b"MESSAGE", branch=b"z9hG4bKthree"), hall.pbx)
    hall.sleep("alice")
    assert hall.to_pbx() == [480]


def test_anything_for_an_unknown_account_is_404() -> None:
    hall = Hall("alice")
    hall.hear(from_pbx(b"MESSAGE", uri=b"sip:nobody@192.0.2.1"), hall.pbx)
    assert hall.to_pbx() == [404]


def test_the_exchange_answers_options_without_asking_anybody() -> None:
    hall = Hall("alice")
    hall.hear(from_pbx(b"OPTIONS"), hall.pbx)
    assert hall.to_pbx() == [200]


def test_a_phone_with_two_accounts_on_one_connection_is_told_apart_by_its_from() -> None:
    hall = Hall("alice")
    other = second_account(hall)
    flow = hall.wake("alice")
    hall.accounts.bound(
        other.devices[0], Binding(flow=flow, contact=b"sip:eve@10.0.0.5", expires_at=hall.now + 600, alive_at=hall.now)
    )
    invite = from_device(b"INVITE", CAROL)
    invite.set(b"from", b"<sip:Eve@Example.Test>;tag=b1")
    hall.hear(invite, flow)
    assert kind(heard(flow)[-1]) == 504  # her PBX is another one, and away
    heard(hall.pbx)
    hall.hear(from_device(b"INVITE", CAROL, branch=b"z9hG4bKbob"), flow)
    request_in(heard(hall.pbx), b"INVITE")
    nobody = from_device(b"INVITE", CAROL, branch=b"z9hG4bKnobody")
    nobody.set(b"from", b"<tel:+42011>;tag=b1")
    hall.hear(nobody, flow)
    assert kind(heard(flow)[-1]) == 403


def second_account(hall: Hall) -> Account:
    account = Account(
        subject=SubjectId("eve"),
        provider=ProviderId("p"),
        upstream=UpstreamId("another"),
        aor=b"eve@example.test",
        auth_user=b"eve",
        realm=b"example.test",
        algorithm=Algorithm.MD5,
        ha1=b"0" * 32,
        call_id=b"c2",
        contact_user=b"opaque8",
    )
    ha1 = b"1" * 32
    device = Device(id=DeviceId("eve"), subject=account.subject, sip_user=b"u-eve", ha1_md5=ha1, ha1_sha256=ha1 + ha1)
    account.devices = (device,)
    hall.accounts.add(account)
    return account


def test_a_call_given_up_while_the_pbx_is_silent_ends_with_487() -> None:
    hall = Hall("alice")
    dials(hall)
    hall.hear(from_device(b"CANCEL", CAROL), hall.phones["alice"])
    hall.wait(33.0)
    assert [kind(message) for message in heard(hall.phones["alice"])] == [100, 200, 487]


def test_what_nobody_here_can_take_is_answered_as_a_proxy_must() -> None:
    hall = Hall("alice")
    flow = hall.wake("alice")
    looped = from_device(b"MESSAGE", CAROL)
    looped.set(b"max-forwards", b"0")
    hall.hear(looped, flow)
    assert kind(heard(flow)[-1]) == 483
