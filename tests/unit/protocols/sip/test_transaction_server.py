"""Server transactions, state by state and timer by timer (RFC 3261 table 4, RFC 6026)."""

import pytest

from ringfence.protocols.sip.message import Request, Response, parse
from ringfence.protocols.sip.transaction import Ack, Cancelled, Lost, NewRequest, State, Unacknowledged, merge_key
from tests.doubles.sip_hop import Hop, RecordedFlow, plain, state_of, told

BOTH = pytest.mark.parametrize("transport", [b"UDP", b"TCP"])
BRANCH = b"z9hG4bKtheirs"


def ack(branch: bytes = BRANCH) -> Request:
    return plain(b"ACK", branch)


# INVITE before its final response


def test_an_invite_is_told_once_and_its_copies_hear_the_last_provisional_again() -> None:
    hop = Hop()
    asked = hop.asked()
    assert hop.hear(plain(branch=BRANCH)) is None
    assert hop.flow.taken() == []
    hop.respond(asked, 100)
    hop.respond(asked, 180)
    assert hop.hear(plain(branch=BRANCH)) is None
    assert hop.flow.starts() == [b"100", b"180", b"180"]


def test_no_100_is_sent_unasked() -> None:
    hop = Hop()
    asked = hop.asked()
    assert hop.wait(3600) == []
    assert hop.flow.taken() == []
    assert state_of(asked) is State.PROCEEDING
    assert not asked.answered


def test_an_ack_before_the_final_response_means_nothing() -> None:
    hop = Hop()
    asked = hop.asked()
    assert hop.hear(ack()) is None
    assert state_of(asked) is State.PROCEEDING


# Timers G, H and I


def test_timer_g_repeats_a_refusal_with_pauses_up_to_t2() -> None:
    hop = Hop()
    asked = hop.asked()
    hop.respond(asked, 486)
    hop.flow.taken()
    assert [when for when, _ in hop.sends(31.9)] == [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]


def test_timer_g_does_not_run_where_the_transport_repeats() -> None:
    hop = Hop(b"TLS")
    hop.respond(hop.asked(), 486)
    hop.flow.taken()
    assert hop.sends(31.9) == []


@BOTH
def test_timer_h_tells_that_no_ack_came(transport: bytes) -> None:
    hop = Hop(transport)
    asked = hop.asked()
    hop.respond(asked, 486)
    assert hop.wait(31.99) == []
    assert hop.wait(0.02) == [Unacknowledged(asked)]
    assert len(hop.layer) == 0


def test_a_copy_of_a_refused_invite_hears_the_refusal_again() -> None:
    hop = Hop()
    asked = hop.asked()
    hop.respond(asked, 486)
    assert hop.hear(plain(branch=BRANCH)) is None
    assert hop.flow.starts() == [b"486", b"486"]


def test_timer_i_absorbs_further_acks_after_the_first() -> None:
    hop = Hop()
    asked = hop.asked()
    hop.respond(asked, 486)
    hop.flow.taken()
    assert hop.hear(ack()) is None
    assert state_of(asked) is State.CONFIRMED
    assert hop.hear(ack()) is None
    assert hop.hear(plain(branch=BRANCH)) is None
    assert hop.sends(4.9) == []
    assert state_of(asked) is State.CONFIRMED
    assert hop.wait(0.2) == []
    assert state_of(asked) is State.TERMINATED


def test_timer_i_is_nothing_where_the_transport_repeats() -> None:
    hop = Hop(b"TCP")
    asked = hop.asked()
    hop.respond(asked, 486)
    hop.hear(ack())
    assert state_of(asked) is State.TERMINATED
    assert hop.layer.next_timer() is None


# Timer L (RFC 6026)


@BOTH
def test_a_2xx_is_sent_as_often_as_the_user_says_until_timer_l(transport: bytes) -> None:
    hop = Hop(transport)
    asked = hop.asked()
    assert hop.respond(asked, 200)
    assert hop.respond(asked, 200, b"another-phone")
    assert hop.hear(plain(branch=BRANCH)) is None
    assert hop.flow.starts() == [b"200", b"200"]
    assert hop.wait(31.99) == []
    assert state_of(asked) is State.ACCEPTED
    assert hop.wait(0.02) == []
    assert state_of(asked) is State.TERMINATED
    assert not hop.respond(asked, 200)


@pytest.mark.pitfall(18)
@pytest.mark.parametrize("late", [180, 487, 603])
def test_the_first_final_response_wins_after_a_2xx(late: int) -> None:
    hop = Hop()
    asked = hop.asked()
    hop.respond(asked, 200)
    hop.flow.taken()
    assert not hop.respond(asked, late)
    assert hop.flow.taken() == []
    assert asked.status == 200


@pytest.mark.pitfall(18)
@pytest.mark.parametrize("late", [180, 200, 486])
def test_the_first_final_response_wins_after_a_487(late: int) -> None:
    hop = Hop()
    asked = hop.asked()
    hop.respond(asked, 487)
    hop.flow.taken()
    assert not hop.respond(asked, late)
    assert hop.flow.taken() == []


def test_an_ack_to_a_2xx_is_the_users_in_its_own_branch() -> None:
    hop = Hop()
    hop.respond(hop.asked(), 200)
    told(hop.hear(ack(b"z9hG4bKanother")), Ack)
    assert len(hop.layer) == 1


# Everything else, and timer J


@BOTH
def test_a_copy_before_any_response_is_absorbed(transport: bytes) -> None:
    hop = Hop(transport)
    hop.asked(b"OPTIONS")
    assert hop.hear(plain(b"OPTIONS", BRANCH)) is None
    assert hop.flow.taken() == []


def test_copies_hear_the_last_response_until_timer_j() -> None:
    hop = Hop()
    asked = hop.asked(b"OPTIONS")
    hop.respond(asked, 100)
    hop.hear(plain(b"OPTIONS", BRANCH))
    hop.respond(asked, 200)
    hop.hear(plain(b"OPTIONS", BRANCH))
    assert hop.flow.starts() == [b"100", b"100", b"200", b"200"]
    assert hop.sends(31.9) == []
    assert state_of(asked) is State.COMPLETED
    hop.wait(0.2)
    assert state_of(asked) is State.TERMINATED


def test_timer_j_is_nothing_where_the_transport_repeats() -> None:
    hop = Hop(b"WSS")
    asked = hop.asked(b"OPTIONS")
    hop.respond(asked, 200)
    assert state_of(asked) is State.TERMINATED
    assert hop.layer.next_timer() is None


def test_a_second_final_response_is_not_sent() -> None:
    hop = Hop()
    asked = hop.asked(b"OPTIONS")
    assert hop.respond(asked, 200)
    assert not hop.respond(asked, 500)
    assert hop.flow.starts() == [b"200"]


@pytest.mark.parametrize("provisional", [False, True])
def test_what_is_left_unanswered_ends_when_nobody_waits_any_more(*, provisional: bool) -> None:
    hop = Hop()
    asked = hop.asked(b"MESSAGE")
    if provisional:
        hop.respond(asked, 100)
    assert hop.wait(31.99) == []
    assert hop.wait(0.02) == []
    assert asked.answered
    assert not hop.respond(asked, 200)
    assert len(hop.layer) == 0


# CANCEL (section 9.2)


def test_a_cancel_gets_200_with_the_to_tag_of_the_invite_and_is_told() -> None:
    hop = Hop()
    asked = hop.asked()
    hop.respond(asked, 180, b"ringing")
    hop.flow.taken()
    event = told(hop.hear(plain(b"CANCEL", BRANCH)), Cancelled)
    assert event.transaction is asked
    assert event.request.method == b"CANCEL"
    sent = parse(hop.flow.taken()[0])
    assert isinstance(sent, Response)
    assert sent.status == 200
    assert sent.get(b"to") == b"<sip:bob@example.test>;tag=ringing"
    assert hop.respond(asked, 487)


@pytest.mark.parametrize("provisional", [False, True])
def test_a_cancel_before_any_tag_gets_one_of_its_own(*, provisional: bool) -> None:
    hop = Hop()
    asked = hop.asked()
    if provisional:
        hop.respond(asked, 100)
    hop.flow.taken()
    told(hop.hear(plain(b"CANCEL", BRANCH)), Cancelled)
    assert b";tag=" in (parse(hop.flow.taken()[0]).get(b"to") or b"")


def test_a_repeated_cancel_is_told_once_and_answered_again() -> None:
    hop = Hop()
    hop.asked()
    told(hop.hear(plain(b"CANCEL", BRANCH)), Cancelled)
    assert hop.hear(plain(b"CANCEL", BRANCH)) is None
    assert hop.flow.starts() == [b"200", b"200"]


@pytest.mark.pitfall(18)
@pytest.mark.parametrize("status", [200, 486])
def test_a_cancel_after_the_final_response_gets_200_and_changes_nothing(status: int) -> None:
    hop = Hop()
    asked = hop.asked()
    hop.respond(asked, status)
    hop.flow.taken()
    assert hop.hear(plain(b"CANCEL", BRANCH)) is None
    assert hop.flow.starts() == [b"200"]


@pytest.mark.pitfall(29)
def test_a_cancel_of_nothing_gets_481() -> None:
    hop = Hop()
    hop.asked(branch=b"z9hG4bKother")
    assert hop.hear(plain(b"CANCEL", BRANCH)) is None
    assert hop.flow.starts() == [b"481"]


@pytest.mark.parametrize(("theirs", "forged"), [(b"UDP", b"TLS"), (b"TLS", b"TLS"), (b"TLS", b"TCP")])
def test_who_has_read_a_branch_further_down_can_not_cancel_the_call(theirs: bytes, forged: bytes) -> None:
    hop = Hop(theirs)
    asked = hop.asked()
    stranger = RecordedFlow(forged, ("198.51.100.66", 4444))
    assert hop.hear(plain(b"CANCEL", BRANCH), stranger) is None
    assert stranger.starts() == [b"481"]
    assert not asked.answered
    assert told(hop.hear(plain(b"CANCEL", BRANCH)), Cancelled).transaction is asked


def test_a_phone_that_changed_networks_cancels_by_its_new_connection() -> None:
    hop = Hop(b"TLS")
    asked = hop.asked()
    hop.layer.lost(hop.flow, hop.now)
    hop.layer.drain()
    elsewhere = RecordedFlow(b"TLS", ("203.0.113.8", 4444))
    assert told(hop.hear(plain(b"CANCEL", BRANCH), elsewhere), Cancelled).transaction is asked


def test_a_pbx_may_cancel_from_another_of_its_addresses() -> None:
    hop = Hop(b"UDP")
    asked = hop.asked()
    cancelled = hop.hear(plain(b"CANCEL", BRANCH), RecordedFlow(b"UDP", ("192.0.2.3", 5060)))
    assert told(cancelled, Cancelled).transaction is asked


# Matching (section 17.2.3)


def test_the_same_branch_of_another_sender_is_another_transaction() -> None:
    hop = Hop()
    hop.asked()
    request = plain(branch=BRANCH)
    request.set(b"via", b"SIP/2.0/UDP 192.0.2.99:5060;branch=" + BRANCH)
    told(hop.hear(request), NewRequest)


def test_the_same_branch_with_another_method_is_another_transaction() -> None:
    hop = Hop()
    hop.asked(b"OPTIONS")
    told(hop.hear(plain(b"INFO", BRANCH)), NewRequest)


def test_a_peer_of_rfc_2543_is_matched_without_a_branch() -> None:
    hop = Hop()
    first = told(hop.hear(plain(branch=b"1")), NewRequest)
    assert hop.hear(plain(branch=b"1")) is None
    told(hop.hear(plain(branch=b"1", number=2)), NewRequest)
    told(hop.hear(plain(branch=b"1", call=b"2@caller")), NewRequest)
    hop.respond(first.transaction, 486)
    acknowledged = ack(b"1")
    acknowledged.set(b"to", b"<sip:bob@example.test>;tag=ours")
    assert hop.hear(acknowledged) is None
    assert state_of(first.transaction) is State.CONFIRMED


def test_an_old_peers_ack_to_a_2xx_is_the_users_though_it_matches() -> None:
    hop = Hop()
    hop.respond(told(hop.hear(plain(branch=b"1")), NewRequest).transaction, 200)
    told(hop.hear(ack(b"1")), Ack)


def test_an_old_peers_cancel_finds_its_invite() -> None:
    hop = Hop()
    asked = told(hop.hear(plain(branch=b"1")), NewRequest).transaction
    assert told(hop.hear(plain(b"CANCEL", b"1")), Cancelled).transaction is asked


def test_a_request_that_came_by_two_ways_has_one_merge_key() -> None:
    key = merge_key(plain(branch=b"z9hG4bKone"))
    assert key is not None
    assert key == merge_key(plain(branch=b"z9hG4bKtwo"))
    assert key != merge_key(plain(branch=b"z9hG4bKtwo", number=2))


def test_a_request_within_a_dialog_has_no_merge_key() -> None:
    request = plain()
    request.set(b"to", b"<sip:bob@example.test>;tag=b")
    assert merge_key(request) is None


# Where it came from (RFC 3581)


def heard_via(via: bytes, peer: tuple[str, int] = ("192.0.2.2", 5060)) -> bytes | None:
    hop = Hop()
    request = plain()
    request.push(b"via", via)
    flow = RecordedFlow(peer=peer)
    return told(hop.hear(request, flow), NewRequest).request.get(b"via")


def test_a_via_that_tells_the_truth_stays_as_it_is() -> None:
    via = b"SIP/2.0/UDP  192.0.2.2;branch=z9hG4bKx"
    assert heard_via(via) == via


def test_a_via_of_another_host_gets_received() -> None:
    via = b"SIP/2.0/UDP 10.0.0.9;branch=z9hG4bKx"
    assert heard_via(via) == b"SIP/2.0/UDP 10.0.0.9;branch=z9hG4bKx;received=192.0.2.2"


def test_rport_is_filled_together_with_received() -> None:
    via = b"SIP/2.0/UDP 192.0.2.2;rport;branch=z9hG4bKx"
    filled = b"SIP/2.0/UDP 192.0.2.2;rport=40001;branch=z9hG4bKx;received=192.0.2.2"
    assert heard_via(via, ("192.0.2.2", 40001)) == filled


@pytest.mark.parametrize("claimed", [b"10.0.0.5", b"localhost", b"192.0.2.2"])
def test_where_a_request_says_that_it_was_received_is_not_believed(claimed: bytes) -> None:
    via = b"SIP/2.0/TCP 192.0.2.2:6379;branch=z9hG4bKx;received=" + claimed
    assert heard_via(via) == b"SIP/2.0/TCP 192.0.2.2:6379;branch=z9hG4bKx;received=192.0.2.2"


def test_the_vias_below_stay_as_they_are() -> None:
    via = b"SIP/2.0/UDP 10.0.0.9;branch=z9hG4bKx , SIP/2.0/TCP below;branch=z9hG4bKy"
    assert (heard_via(via) or b"").endswith(b";received=192.0.2.2, SIP/2.0/TCP below;branch=z9hG4bKy")


def test_an_ipv6_peer_is_recognized() -> None:
    via = b"SIP/2.0/UDP [2001:DB8::2];branch=z9hG4bKx"
    assert heard_via(via, ("2001:db8::2", 5060)) == via


# Flows


@pytest.mark.parametrize("method", [b"INVITE", b"OPTIONS"])
def test_a_lost_flow_is_told_and_another_takes_the_response(method: bytes) -> None:
    hop = Hop(b"TCP")
    asked = hop.asked(method)
    hop.layer.lost(hop.flow, hop.now)
    assert hop.layer.drain() == [Lost(asked)]
    other = RecordedFlow(b"TCP")
    hop.layer.reroute(asked, other)
    assert hop.respond(asked, 180)
    assert other.starts() == [b"180"]
    assert hop.flow.taken() == []
    hop.layer.lost(other, hop.now)
    assert hop.layer.drain() == [Lost(asked)]


def test_a_flow_that_stays_can_be_left_as_well() -> None:
    hop = Hop(b"TCP")
    asked, _ = hop.asked(), hop.asked(branch=b"z9hG4bKother")
    hop.layer.reroute(asked, RecordedFlow(b"TCP"))
    hop.layer.lost(hop.flow, hop.now)
    assert asked not in [event.transaction for event in hop.layer.drain() if isinstance(event, Lost)]


def test_a_lost_flow_is_no_news_after_the_final_response() -> None:
    hop = Hop(b"TCP")
    hop.respond(hop.asked(), 200)
    hop.layer.lost(hop.flow, hop.now)
    assert hop.layer.drain() == []
    assert hop.wait(40) == []
    assert len(hop.layer) == 0


@BOTH
def test_nothing_is_remembered_of_what_has_ended(transport: bytes) -> None:
    hop = Hop(transport)
    hop.respond(hop.asked(), 486)
    hop.hear(ack())
    hop.respond(hop.asked(b"OPTIONS"), 200)
    for method, status in ((b"INVITE", 200), (b"INVITE", 486), (b"OPTIONS", 200)):
        hop.answer(hop.ask(method), status)
    hop.wait(40)
    assert len(hop.layer) == len(hop.layer.agenda) == len(hop.layer._by_flow) == 0


def test_what_is_neither_request_nor_response_is_refused() -> None:
    hop = Hop()
    with pytest.raises(TypeError):
        hop.layer.receive(object(), hop.flow, hop.now)  # type: ignore[arg-type]  # shows that it is refused
