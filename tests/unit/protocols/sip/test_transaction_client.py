"""Client transactions, state by state and timer by timer (RFC 3261 table 4, RFC 6026)."""

import pytest

from ringfence.protocols.sip.message import Request, parse
from ringfence.protocols.sip.transaction import Answer, Lost, State, StrayResponse, TimedOut
from tests.doubles.sip_hop import Hop, RecordedFlow, answer_to, plain, state_of, told

BOTH = pytest.mark.parametrize("transport", [b"UDP", b"TCP"])


# Timers A and B


def test_timer_a_repeats_an_invite_with_growing_pauses() -> None:
    hop = Hop()
    hop.ask()
    hop.flow.taken()
    assert [when for when, _ in hop.sends(31.9)] == [0.5, 1.5, 3.5, 7.5, 15.5, 31.5]


def test_timer_a_does_not_run_where_the_transport_repeats() -> None:
    hop = Hop(b"TCP")
    hop.ask()
    hop.flow.taken()
    assert hop.sends(31.9) == []


@BOTH
def test_timer_b_gives_an_invite_up(transport: bytes) -> None:
    hop = Hop(transport)
    asked = hop.ask()
    assert hop.wait(31.99) == []
    assert hop.wait(0.02) == [TimedOut(asked)]
    assert state_of(asked) is State.TERMINATED
    assert len(hop.layer) == 0
    assert hop.layer.next_timer() is None


@BOTH
def test_a_provisional_response_stops_timers_a_and_b(transport: bytes) -> None:
    hop = Hop(transport)
    asked = hop.ask()
    assert told(hop.answer(asked, 100), Answer).response.status == 100
    assert told(hop.answer(asked, 180), Answer).response.status == 180
    hop.flow.taken()
    assert hop.wait(3600) == []
    assert hop.flow.taken() == []
    assert state_of(asked) is State.PROCEEDING


# Timer D and the ACK to a refusal


def test_a_refusal_is_acked_on_the_very_way_of_the_invite() -> None:
    hop = Hop()
    request = plain()
    request.add(b"route", b"<sip:one.test;lr>")
    request.add(b"route", b"<sip:two.test;lr>")
    asked = hop.layer.request(request, hop.flow, hop.now)
    hop.flow.taken()
    hop.answer(asked, 486)
    ack = parse(hop.flow.taken()[0])
    assert isinstance(ack, Request)
    assert (ack.method, ack.uri) == (b"ACK", b"sip:bob@example.test")
    assert ack.get_all(b"via") == asked.request.get_all(b"via")
    assert ack.get_all(b"route") == [b"<sip:one.test;lr>", b"<sip:two.test;lr>"]
    assert ack.get(b"to") == b"<sip:bob@example.test>;tag=their"
    assert ack.get(b"from") == b"<sip:alice@example.test>;tag=a1"
    assert ack.get(b"cseq") == b"1 ACK"
    assert ack.get(b"call-id") == b"1@caller"


def test_the_ack_of_a_forwarded_invite_has_our_via_alone() -> None:
    hop = Hop()
    asked = hop.layer.request(plain(branch=b"z9hG4bKcaller"), hop.flow, hop.now)
    hop.flow.taken()
    hop.answer(asked, 404)
    vias = parse(hop.flow.taken()[0]).get_all(b"via")
    assert len(vias) == 1
    assert b"192.0.2.1" in vias[0]


def test_a_repeated_refusal_is_acked_again_and_told_once() -> None:
    hop = Hop()
    asked = hop.ask()
    hop.flow.taken()
    assert told(hop.answer(asked, 486), Answer).response.status == 486
    assert hop.answer(asked, 486) is None
    assert hop.answer(asked, 180) is None
    assert hop.flow.starts() == [b"ACK", b"ACK"]


def test_timer_d_ends_a_refused_invite() -> None:
    hop = Hop()
    asked = hop.ask()
    hop.answer(asked, 486)
    assert hop.wait(31.99) == []
    assert state_of(asked) is State.COMPLETED
    hop.wait(0.02)
    assert state_of(asked) is State.TERMINATED


def test_a_refused_invite_ends_at_once_where_the_transport_repeats() -> None:
    hop = Hop(b"TLS")
    asked = hop.ask()
    hop.answer(asked, 603)
    assert state_of(asked) is State.TERMINATED
    assert len(hop.layer) == 0


# Timer M (RFC 6026)


@BOTH
def test_every_2xx_is_told_until_timer_m(transport: bytes) -> None:
    hop = Hop(transport)
    asked = hop.ask()
    hop.flow.taken()
    assert told(hop.answer(asked, 200, b"one"), Answer).response.status == 200
    assert told(hop.answer(asked, 200, b"two"), Answer).response.status == 200
    assert hop.answer(asked, 486) is None
    assert hop.answer(asked, 180) is None
    assert hop.flow.taken() == []
    assert hop.wait(31.99) == []
    assert state_of(asked) is State.ACCEPTED
    hop.wait(0.02)
    assert state_of(asked) is State.TERMINATED
    assert isinstance(hop.answer(asked, 200), StrayResponse)


# Timers E, F and K


def test_timer_e_repeats_other_requests_with_pauses_up_to_t2() -> None:
    hop = Hop()
    hop.ask(b"OPTIONS")
    hop.flow.taken()
    assert [when for when, _ in hop.sends(31.9)] == [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]


def test_timer_e_pauses_for_t2_after_a_provisional_response() -> None:
    hop = Hop()
    asked = hop.ask(b"OPTIONS")
    hop.answer(asked, 100)
    hop.flow.taken()
    assert [when for when, _ in hop.sends(9.0)] == [0.5, 4.5, 8.5]


def test_timer_e_does_not_run_where_the_transport_repeats() -> None:
    hop = Hop(b"TCP")
    hop.ask(b"OPTIONS")
    hop.flow.taken()
    assert hop.sends(31.9) == []


@BOTH
@pytest.mark.parametrize("provisional", [False, True])
def test_timer_f_gives_other_requests_up(*, transport: bytes, provisional: bool) -> None:
    hop = Hop(transport)
    asked = hop.ask(b"REGISTER")
    if provisional:
        hop.answer(asked, 100)
    assert hop.wait(31.99) == []
    assert hop.wait(0.02) == [TimedOut(asked)]


def test_timer_k_absorbs_copies_of_the_final_response() -> None:
    hop = Hop()
    asked = hop.ask(b"OPTIONS")
    assert told(hop.answer(asked, 200), Answer).transaction is asked
    assert hop.answer(asked, 200) is None
    hop.flow.taken()
    hop.wait(4.99)
    assert state_of(asked) is State.COMPLETED
    hop.wait(0.02)
    assert state_of(asked) is State.TERMINATED
    assert hop.flow.taken() == []
    assert isinstance(hop.answer(asked, 200), StrayResponse)


def test_timer_k_is_nothing_where_the_transport_repeats() -> None:
    hop = Hop(b"TCP")
    asked = hop.ask(b"OPTIONS")
    hop.answer(asked, 200)
    assert state_of(asked) is State.TERMINATED
    assert hop.layer.next_timer() is None


# CANCEL (section 9.1)


def test_a_cancel_waits_for_the_first_provisional_response() -> None:
    hop = Hop()
    asked = hop.ask()
    hop.flow.taken()
    hop.layer.cancel(asked, hop.now, b"SIP;cause=200")
    assert hop.flow.taken() == []
    hop.answer(asked, 100)
    assert hop.flow.starts() == [b"CANCEL"]


def test_a_cancel_goes_the_very_way_of_the_invite() -> None:
    hop = Hop()
    asked = hop.ask()
    hop.answer(asked, 180)
    hop.flow.taken()
    hop.layer.cancel(asked, hop.now, b"SIP;cause=200")
    cancel = parse(hop.flow.taken()[0])
    assert isinstance(cancel, Request)
    assert (cancel.method, cancel.uri) == (b"CANCEL", b"sip:bob@example.test")
    assert cancel.get_all(b"via") == asked.request.get_all(b"via")
    assert cancel.get(b"to") == b"<sip:bob@example.test>"
    assert cancel.get(b"cseq") == b"1 CANCEL"
    assert cancel.get(b"reason") == b"SIP;cause=200"


def test_the_answer_to_a_cancel_is_nobodys_matter_and_the_487_is_told() -> None:
    hop = Hop()
    asked = hop.ask()
    hop.answer(asked, 180)
    hop.flow.taken()
    hop.layer.cancel(asked, hop.now)
    cancel = parse(hop.flow.taken()[0])
    assert isinstance(cancel, Request)
    assert hop.layer.receive(answer_to(cancel, 200), hop.flow, hop.now) is None
    assert told(hop.answer(asked, 487), Answer).response.status == 487
    assert hop.flow.starts() == [b"ACK"]


def test_a_cancel_is_sent_once() -> None:
    hop = Hop()
    asked = hop.ask()
    hop.answer(asked, 180)
    hop.flow.taken()
    hop.layer.cancel(asked, hop.now)
    hop.layer.cancel(asked, hop.now)
    hop.answer(asked, 183)
    assert hop.flow.starts() == [b"CANCEL"]


@pytest.mark.pitfall(18)
@pytest.mark.parametrize("status", [200, 486])
def test_nothing_is_cancelled_once_the_final_response_is_there(status: int) -> None:
    hop = Hop()
    asked = hop.ask()
    hop.answer(asked, status)
    hop.flow.taken()
    hop.layer.cancel(asked, hop.now)
    assert hop.flow.taken() == []


@pytest.mark.pitfall(18)
def test_a_2xx_that_overtakes_the_cancel_we_held_back_is_told_and_the_cancel_never_leaves() -> None:
    hop = Hop()
    asked = hop.ask()
    hop.layer.cancel(asked, hop.now)
    hop.flow.taken()
    assert told(hop.answer(asked, 200), Answer).response.status == 200
    assert hop.wait(100) == []
    assert hop.flow.taken() == []


def test_an_invite_that_stays_silent_after_its_cancel_is_given_up() -> None:
    hop = Hop(b"TCP")
    asked = hop.ask()
    hop.answer(asked, 180)
    hop.wait(100)
    hop.layer.cancel(asked, hop.now)
    assert hop.wait(31.99) == []
    assert hop.wait(0.02) == [TimedOut(asked)]
    assert len(hop.layer) == 0


def test_other_methods_are_not_cancelled() -> None:
    hop = Hop()
    asked = hop.ask(b"OPTIONS")
    hop.answer(asked, 100)
    hop.flow.taken()
    hop.layer.cancel(asked, hop.now)
    assert hop.flow.taken() == []


# Flows


@pytest.mark.parametrize("method", [b"INVITE", b"OPTIONS"])
@pytest.mark.parametrize("provisional", [False, True])
def test_a_flow_that_breaks_ends_what_waits_on_it(*, method: bytes, provisional: bool) -> None:
    hop = Hop(b"TCP")
    asked = hop.ask(method)
    if provisional:
        hop.answer(asked, 100)
    hop.layer.lost(hop.flow, hop.now)
    assert hop.layer.drain() == [Lost(asked)]
    assert hop.layer.drain() == []
    assert len(hop.layer) == 0
    assert hop.layer.next_timer() is None


def test_a_flow_that_breaks_leaves_others_alone() -> None:
    hop = Hop(b"TCP")
    asked = hop.ask()
    hop.layer.lost(RecordedFlow(b"TCP"), hop.now)
    assert hop.layer.drain() == []
    assert state_of(asked) is State.CALLING


def test_an_accepted_invite_outlives_its_flow() -> None:
    hop = Hop(b"TCP")
    asked = hop.ask()
    hop.answer(asked, 200)
    hop.layer.lost(hop.flow, hop.now)
    assert hop.layer.drain() == []
    assert told(hop.answer(asked, 200, b"second"), Answer).transaction is asked
    assert hop.wait(40) == []
    assert len(hop.layer) == 0


# What is on the wire


def test_each_request_has_a_branch_of_its_own_and_asks_for_rport() -> None:
    hop = Hop()
    vias = [hop.ask(b"OPTIONS").request.get(b"via") or b"" for _ in range(600)]
    assert len(set(vias)) == 600
    assert vias[0].startswith(b"SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK")
    assert vias[0].endswith(b";rport")


def test_an_ipv6_flow_is_written_in_brackets() -> None:
    hop = Hop()
    hop.flow.local = ("2001:db8::1", 5060)
    assert b" [2001:db8::1]:5060;" in (hop.ask().request.get(b"via") or b"")


def test_a_loop_mark_ends_the_branch() -> None:
    hop = Hop()
    asked = hop.layer.request(plain(), hop.flow, hop.now, mark=b"feed")
    assert b".feed;rport" in (asked.request.get(b"via") or b"")
    assert isinstance(hop.answer(asked, 200), Answer)


def test_ready_made_bytes_are_the_same_transaction() -> None:
    hop = Hop()
    head = b"OPTIONS sip:bob@example.test SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;rport;branch="
    tail = b"\r\n" + plain(b"OPTIONS").to_bytes().split(b"\r\n", 1)[1]
    asked = hop.layer.request_bytes(head, tail, b"OPTIONS", hop.flow, hop.now, owner="keeper")
    assert asked.owner == "keeper"
    assert asked.request.method == b"OPTIONS"
    assert asked.request is asked.request
    assert told(hop.answer(asked, 200), Answer).transaction is asked


def test_an_ack_to_a_2xx_is_sent_without_a_transaction() -> None:
    hop = Hop()
    hop.layer.send(plain(b"ACK"), hop.flow)
    assert hop.flow.starts() == [b"ACK"]
    assert len(hop.layer) == 0


def test_a_response_to_another_method_under_our_branch_is_stray() -> None:
    hop = Hop()
    asked = hop.ask(b"OPTIONS")
    response = answer_to(asked.request, 200)
    response.set(b"cseq", b"1 REGISTER")
    assert isinstance(hop.layer.receive(response, hop.flow, hop.now), StrayResponse)
    response.remove(b"cseq")
    assert isinstance(hop.layer.receive(response, hop.flow, hop.now), StrayResponse)


@pytest.mark.parametrize(("asked_by", "forged"), [(b"UDP", b"TLS"), (b"TLS", b"TLS")])
def test_who_has_read_our_branch_further_down_can_not_answer_in_anothers_place(asked_by: bytes, forged: bytes) -> None:
    hop = Hop(asked_by)
    asked = hop.ask()
    stranger = RecordedFlow(forged, ("198.51.100.66", 4444))
    answer = answer_to(asked.request, 200)
    assert isinstance(hop.layer.receive(answer, stranger, hop.now), StrayResponse)
    assert told(hop.answer(asked, 200), Answer).transaction is asked


def test_its_repr_names_no_person() -> None:
    assert repr(Hop().ask()) == "<InviteClient INVITE calling>"
