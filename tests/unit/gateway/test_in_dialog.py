"""Requests in dialogs, both ways, with nothing remembered but the key."""

import pytest

from ringfence.identifiers import DeviceId
from ringfence.protocols.sip.fields import NameAddr
from ringfence.protocols.sip.message import Message, Request
from tests.doubles.gateway_hall import Hall, from_device, from_pbx, heard, kind, request_in
from tests.doubles.sip_hop import RecordedFlow

PHONE = b"sip:dev@10.0.0.5:5999;transport=tls"
PBX_CONTACT = b"sip:alice@192.0.2.2:5060"


def talking(hall: Hall) -> list[bytes]:
    """Alice's phone took a call; the Record-Route values as the PBX saw them."""
    hall.call()
    flow = hall.wake("alice")
    hall.answer(request_in(heard(flow), b"INVITE"), 200, flow)
    return heard(hall.pbx)[-1].get_all(b"record-route")


def by_pbx(method: bytes, routes: list[bytes], *, number: int = 2) -> Request:
    request = from_pbx(method, branch=b"z9hG4bK%b%d" % (method, number), uri=PHONE, number=number)
    return routed(request, list(reversed(routes)))


def by_phone(method: bytes, routes: list[bytes], *, number: int = 7) -> Request:
    request = from_device(method, PBX_CONTACT, branch=b"z9hG4bK%b%d" % (method, number), call_id=b"c1@pbx")
    return routed(request, routes)


def routed(request: Request, routes: list[bytes]) -> Request:
    request.set(b"to", (request.get(b"to") or b"") + b";tag=other")
    for value in routes:
        request.add(b"route", value)
    return request


def test_both_sides_are_recorded_since_the_transport_changes() -> None:
    hall = Hall("alice")
    device_side, pbx_side = (NameAddr.parse(value).address for value in talking(hall))
    assert (device_side.host, device_side.port, device_side.params[b"transport"]) == (b"192.0.2.1", 5061, b"tls")
    assert (pbx_side.host, pbx_side.port, pbx_side.params[b"transport"]) == (b"192.0.2.1", 5060, b"udp")
    assert device_side.user == pbx_side.user
    assert b"lr" in device_side.params
    assert b"lr" in pbx_side.params


def test_two_calls_of_one_device_show_different_routes() -> None:
    hall = Hall("alice")
    first = talking(hall)
    hall.call(branch=b"z9hG4bKnext", call_id=b"c2@pbx")
    flow = hall.phones["alice"]
    hall.answer(request_in(heard(flow)[-1:], b"INVITE"), 200, flow)
    assert heard(hall.pbx)[-1].get_all(b"record-route") != first


@pytest.mark.parametrize("method", [b"BYE", b"INFO", b"UPDATE", b"PRACK", b"INVITE", b"REFER", b"NOTIFY"])
def test_a_request_of_the_pbx_reaches_the_phone_and_its_answer_the_pbx(method: bytes) -> None:
    hall = Hall("alice")
    routes = talking(hall)
    flow = hall.phones["alice"]
    heard(flow)
    hall.hear(by_pbx(method, routes), hall.pbx)
    request = request_in(heard(flow), method)
    assert request.uri == PHONE
    assert not request.has(b"route")
    hall.answer(request, 200, flow)
    assert hall.to_pbx()[-1] == 200


def test_a_request_of_the_phone_reaches_the_pbx_with_the_rest_of_its_route() -> None:
    hall = Hall("alice")
    routes = talking(hall)
    heard(hall.pbx)
    bye = by_phone(b"BYE", [*routes, b"<sip:proxy.example.test;lr>"])
    hall.hear(bye, hall.phones["alice"])
    passed = request_in(heard(hall.pbx), b"BYE")
    assert passed.get_all(b"route") == [b"<sip:proxy.example.test;lr>"]
    assert passed.uri == PBX_CONTACT
    hall.answer(passed, 200, hall.pbx)
    assert kind(heard(hall.phones["alice"])[-1]) == 200


def test_after_a_restart_the_dialog_goes_on() -> None:
    before, after = Hall("alice"), Hall("alice")
    routes = talking(before)
    flow = after.wake("alice")
    after.hear(by_pbx(b"BYE", routes), after.pbx)
    request_in(heard(flow), b"BYE")


def test_after_a_change_of_network_the_newest_flow_is_taken() -> None:
    hall = Hall("alice")
    routes = talking(hall)
    hall.sleep("alice")
    newest = hall.wake("alice")
    hall.hear(by_pbx(b"BYE", routes), hall.pbx)
    request_in(heard(newest), b"BYE")


def test_a_phone_without_a_flow_is_alerted_and_gets_the_request_when_it_is_back() -> None:
    hall = Hall("alice")
    routes = talking(hall)
    hall.sleep("alice")
    hall.to_pbx()
    hall.hear(by_pbx(b"INVITE", routes), hall.pbx)
    assert hall.waker.alerts == [DeviceId("alice")]
    assert hall.to_pbx() == [100]
    hall.wait(3.0)
    request_in(heard(hall.wake("alice")), b"INVITE")


def test_a_phone_that_does_not_come_back_in_time_is_480_which_leaves_the_dialog_alive() -> None:
    hall = Hall("alice")
    routes = talking(hall)
    hall.sleep("alice")
    hall.to_pbx()
    hall.hear(by_pbx(b"INFO", routes), hall.pbx)
    hall.wait(4.9)
    assert hall.to_pbx() == []
    hall.wait(0.2)
    assert hall.to_pbx() == [480]
    assert heard(hall.wake("alice")) == []


def test_a_reinvite_that_is_withdrawn_while_it_waits_ends_with_487() -> None:
    hall = Hall("alice")
    routes = talking(hall)
    hall.sleep("alice")
    reinvite = by_pbx(b"INVITE", routes)
    hall.hear(reinvite, hall.pbx)
    hall.to_pbx()
    cancel = Request.make(b"CANCEL", reinvite.uri)
    for name in (b"via", b"from", b"to", b"call-id"):
        cancel.add(name, reinvite.get(name) or b"")
    cancel.add(b"max-forwards", b"70")
    cancel.add(b"cseq", b"2 CANCEL")
    hall.hear(cancel, hall.pbx)
    assert hall.to_pbx() == [200, 487]


def test_a_flow_that_breaks_under_a_request_is_as_good_as_none() -> None:
    hall = Hall("alice")
    routes = talking(hall)
    hall.hear(by_pbx(b"INFO", routes), hall.pbx)
    hall.sleep("alice")
    assert hall.waker.alerts == [DeviceId("alice")]
    info = request_in(heard(hall.wake("alice")), b"INFO")
    hall.answer(info, 200, hall.phones["alice"])
    assert hall.to_pbx()[-1] == 200


def test_an_ack_passes_end_to_end_and_waits_for_a_phone_that_is_changing_networks() -> None:
    hall = Hall("alice")
    routes = talking(hall)
    hall.hear(by_pbx(b"ACK", routes, number=1), hall.pbx)
    assert kind(heard(hall.phones["alice"])[-1]) == b"ACK"
    hall.sleep("alice")
    hall.hear(by_pbx(b"ACK", routes, number=3), hall.pbx)
    assert kind(heard(hall.wake("alice"))[-1]) == b"ACK"
    hall.hear(by_phone(b"ACK", routes), hall.phones["alice"])
    assert kind(heard(hall.pbx)[-1]) == b"ACK"


def test_an_ack_on_a_flow_that_is_bound_to_nobody_counts_by_its_route_alone_whatever_name_it_shows() -> None:
    hall = Hall("alice", "bob")
    routes = talking(hall)
    unbound = RecordedFlow(b"TLS", peer=("198.51.100.9", 4444), local=("192.0.2.1", 5061))
    heard(hall.pbx)
    claims = b'Digest username="u-alice", realm="ringfence", nonce="n", uri="sip:x", response="never verified"'
    for value in ([], [b"<sip:forged@192.0.2.1;lr>"]):
        forged = by_phone(b"ACK", value)
        forged.add(b"proxy-authorization", claims)
        hall.hear(forged, unbound)
    assert heard(hall.pbx) == []
    hall.hear(by_phone(b"ACK", routes), unbound)
    assert [kind(message) for message in heard(hall.pbx)] == [b"ACK"]
    hall.hear(by_phone(b"ACK", routes), hall.wake("bob"))
    assert heard(hall.pbx) == []


def test_a_body_that_is_too_large_is_refused_in_a_dialog_as_well_and_with_an_ack_dropped() -> None:
    hall = Hall("alice")
    routes = talking(hall)
    heard(hall.pbx)
    heard(hall.phones["alice"])
    for method in (b"INFO", b"ACK"):
        request = by_phone(method, routes)
        request.set_body(b"x" * 65_537)
        hall.hear(request, hall.phones["alice"])
    assert [kind(message) for message in heard(hall.phones["alice"])] == [413]
    assert heard(hall.pbx) == []


@pytest.mark.parametrize("route", [b"<sip:forged@192.0.2.1;lr>", b"<sip:192.0.2.1;lr>", b"<sip:!!!@192.0.2.1;lr>"])
def test_a_route_that_we_did_not_write_leads_nowhere(route: bytes) -> None:
    hall = Hall("alice")
    hall.wake("alice")
    hall.hear(by_pbx(b"BYE", [route]), hall.pbx)
    hall.hear(by_pbx(b"ACK", [route]), hall.pbx)
    assert hall.to_pbx() == [481]
    assert heard(hall.phones["alice"]) == []


def test_a_changed_token_is_no_token() -> None:
    hall = Hall("alice")
    routes = talking(hall)
    at = routes[0].index(b"@") - 3
    forged = [value[:at] + (b"A" if value[at : at + 1] != b"A" else b"B") + value[at + 1 :] for value in routes]
    hall.to_pbx()
    hall.hear(by_pbx(b"BYE", forged), hall.pbx)
    assert hall.to_pbx() == [481]


def test_another_phone_can_not_speak_in_a_dialog_that_is_not_its_own() -> None:
    hall = Hall("alice", "bob")
    routes = talking(hall)
    hall.wake("bob")
    heard(hall.phones["bob"])
    hall.to_pbx()
    hall.hear(by_phone(b"BYE", routes), hall.phones["bob"])
    assert [kind(message) for message in heard(hall.phones["bob"])] == [481]
    assert hall.to_pbx() == []


def test_another_pbx_can_not_speak_in_a_dialog_of_this_one() -> None:
    hall = Hall("alice")
    routes = talking(hall)
    stranger = RecordedFlow(b"UDP", peer=("203.0.113.9", 5060))
    hall.door.flows.append(stranger)
    hall.hear(by_pbx(b"BYE", routes), stranger)
    assert [kind(message) for message in heard(stranger)] == [481]


def test_a_call_between_two_of_our_phones_passes_twice_and_each_pass_takes_its_own_routes() -> None:
    hall = Hall("alice", "bob")
    to_alice = talking(hall)
    to_bob = Hall("alice", "bob")
    routes_of_bob = bobs(to_bob)
    heard(hall.pbx)
    hall.hear(by_phone(b"BYE", [*to_alice, *routes_of_bob]), hall.phones["alice"])
    assert request_in(heard(hall.pbx), b"BYE").get_all(b"route") == routes_of_bob


def bobs(hall: Hall) -> list[bytes]:
    hall.call()
    flow = hall.wake("bob")
    hall.answer(request_in(heard(flow), b"INVITE"), 200, flow)
    return heard(hall.pbx)[-1].get_all(b"record-route")


def test_what_the_pbx_says_about_itself_passes_but_our_own_words_do_not() -> None:
    hall = Hall("alice")
    routes = talking(hall)
    info = by_pbx(b"INFO", routes)
    info.add(b"x-ringfence-call", b"forged")
    info.add(b"x-other", b"kept")
    hall.hear(info, hall.pbx)
    passed: Message = heard(hall.phones["alice"])[-1]
    assert not passed.has(b"x-ringfence-call")
    assert passed.get(b"x-other") == b"kept"


def test_routes_that_share_a_line_are_taken_as_well() -> None:
    hall = Hall("alice")
    routes = talking(hall)
    hall.hear(by_pbx(b"BYE", [b", ".join(reversed(routes)) + b", <sip:edge.example.test;lr>"]), hall.pbx)
    assert request_in(heard(hall.phones["alice"]), b"BYE").get_all(b"route") == [b"<sip:edge.example.test;lr>"]


def test_a_strict_router_before_us_is_understood() -> None:
    hall = Hall("alice")
    _device_side, pbx_side = talking(hall)
    strict = by_pbx(b"BYE", [])
    strict.set_uri(pbx_side.strip(b"<>"))
    strict.add(b"route", _device_side)
    strict.add(b"route", b"<%b>" % PHONE)
    hall.hear(strict, hall.pbx)
    bye = request_in(heard(hall.phones["alice"]), b"BYE")
    assert bye.uri == PHONE
    assert not bye.has(b"route")


def test_a_request_under_which_the_flow_broke_goes_out_again_on_the_newer_one() -> None:
    hall = Hall("alice")
    routes = talking(hall)
    hall.hear(by_pbx(b"INFO", routes), hall.pbx)
    older = hall.phones["alice"]
    newer = hall.wake("alice")
    hall.endpoint.lost(older)
    hall.answer(request_in(heard(newer), b"INFO"), 200, newer)
    assert hall.to_pbx()[-1] == 200
    assert hall.waker.alerts == []


def test_requests_that_wait_for_one_phone_end_each_for_itself_and_an_ack_ends_in_silence() -> None:
    hall = Hall("alice")
    routes = talking(hall)
    hall.sleep("alice")
    hall.to_pbx()
    hall.hear(by_pbx(b"ACK", routes, number=1), hall.pbx)
    hall.wait(1.0)
    hall.hear(by_pbx(b"INFO", routes, number=2), hall.pbx)
    hall.wait(1.0)
    hall.hear(by_pbx(b"UPDATE", routes, number=3), hall.pbx)
    hall.wait(4.5)
    assert hall.to_pbx() == [480]
    assert [kind(message) for message in heard(hall.wake("alice"))] == [b"UPDATE"]


def test_a_phone_whose_pbx_is_away_hears_480_and_keeps_its_dialog() -> None:
    hall = Hall("alice")
    routes = talking(hall)
    hall.line.flow = None
    heard(hall.phones["alice"])
    hall.hear(by_phone(b"INFO", routes), hall.phones["alice"])
    assert [kind(message) for message in heard(hall.phones["alice"])] == [480]


def test_a_phone_that_answers_nothing_is_480_after_the_transaction_has_timed_out() -> None:
    hall = Hall("alice")
    routes = talking(hall)
    hall.to_pbx()
    hall.hear(by_pbx(b"INVITE", routes), hall.pbx)
    hall.wait(33.0)
    assert hall.to_pbx()[:2] == [100, 480]
