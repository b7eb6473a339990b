"""The proxy's rules (RFC 3261 section 16, RFC 5393), one by one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.protocols.sip.errors import BadMessage
from ringfence.protocols.sip.message import Request, Response
from ringfence.protocols.sip.proxy import (
    UnknownExtensions,
    best_response,
    breadth_of,
    has_looped,
    loop_mark,
    prepare_forward,
    prepare_response,
    take_routes,
    validate_request,
)
from ringfence.protocols.sip.uri import Uri
from tests.doubles.sip_hop import Hop, plain

US = b"sip:token@edge.test;lr"
ALSO_US = b"sip:token@edge.test;transport=tls;lr"


def ours(uri: Uri) -> bool:
    return uri.host == b"edge.test"


def routed(*values: bytes, uri: bytes = b"sip:bob@10.0.0.1") -> Request:
    request = plain(uri and b"BYE")
    request.set_uri(uri)
    for value in values:
        request.add(b"route", value)
    return request


def a_response(status: int, **fields: bytes) -> Response:
    response = Response.make(status, b"x")
    for name, value in fields.items():
        response.add(name.replace("_", "-").encode(), value)
    return response


def refusal(request: Request) -> BadMessage:
    with pytest.raises(BadMessage) as caught:
        validate_request(request)
    return caught.value


# Section 16.3


def test_a_plain_request_may_pass() -> None:
    validate_request(plain())


@pytest.mark.parametrize(
    ("name", "value", "status"),
    [
        (b"max-forwards", b"0", 483),
        (b"max-forwards", b"many", 400),
        (b"max-forwards", b"9" * 5000, 400),
    ],
)
def test_hops_are_counted(name: bytes, value: bytes, status: int) -> None:
    request = plain()
    request.set(name, value)
    assert refusal(request).status == status


def test_an_unknown_scheme_is_refused() -> None:
    request = plain()
    request.set_uri(b"fax:123")
    assert refusal(request).status == 416


def test_required_extensions_that_we_lack_are_named() -> None:
    request = plain()
    request.add(b"proxy-require", b"Known, first")
    request.add(b"proxy-require", b"second")
    with pytest.raises(UnknownExtensions) as caught:
        validate_request(request, extensions={b"known"})
    assert (caught.value.status, caught.value.unsupported) == (420, b"first, second")
    validate_request(request, extensions={b"known", b"first", b"second"})


# Section 16.4


def test_a_route_that_is_ours_is_taken_out() -> None:
    request = routed(b"<%b>" % US, b"<sip:next.test;lr>")
    assert [uri.to_bytes() for uri in take_routes(request, ours)] == [US]
    assert request.get_all(b"route") == [b"<sip:next.test;lr>"]
    assert request.uri == b"sip:bob@10.0.0.1"


def test_a_double_record_route_is_taken_out_whole() -> None:
    request = routed(b"<%b>,<%b>" % (ALSO_US, US))
    assert len(take_routes(request, ours)) == 2
    assert not request.has(b"route")


def test_a_route_of_ours_behind_another_stays() -> None:
    request = routed(b"<sip:next.test;lr>", b"<%b>" % US)
    before = request.to_bytes()
    assert take_routes(request, ours) == []
    assert request.to_bytes() == before


def test_a_request_without_route_stays_as_it_is() -> None:
    request = routed(uri=US)
    before = request.to_bytes()
    assert take_routes(request, ours) == []
    assert request.to_bytes() == before


def test_what_a_strict_router_did_is_undone() -> None:
    """Section 16.12.1.2: our URI stands in the Request-URI, the true one at the end of Route."""
    request = routed(b"<sip:next.test;lr>", b"<sip:bob@10.0.0.1>", uri=US)
    assert [uri.to_bytes() for uri in take_routes(request, ours)] == [US]
    assert request.uri == b"sip:bob@10.0.0.1"
    assert request.get_all(b"route") == [b"<sip:next.test;lr>"]


# Section 16.6


def test_a_forwarded_request_is_a_copy_with_one_hop_less() -> None:
    request = plain()
    before = request.to_bytes()
    forward = prepare_forward(request, uri=b"sip:bob@10.0.0.1:5062")
    assert request.to_bytes() == before
    assert forward.request.uri == b"sip:bob@10.0.0.1:5062"
    assert forward.request.get(b"max-forwards") == b"69"
    assert forward.next_hop == Uri.parse(b"sip:bob@10.0.0.1:5062")


def test_a_request_without_max_forwards_gets_seventy() -> None:
    request = plain()
    request.remove(b"max-forwards")
    assert prepare_forward(request, uri=b"sip:b@c").request.get(b"max-forwards") == b"70"


def test_a_request_without_hops_left_is_not_forwarded() -> None:
    request = plain()
    request.set(b"max-forwards", b"0")
    with pytest.raises(BadMessage) as caught:
        prepare_forward(request, uri=b"sip:b@c")
    assert caught.value.status == 483


def test_record_routes_and_routes_go_in_front_in_their_order() -> None:
    request = plain()
    request.add(b"record-route", b"<sip:before.test;lr>")
    forward = prepare_forward(
        request,
        uri=b"sip:b@c",
        record_route=(b"<sip:one.test;lr>", b"<sip:two.test;lr>"),
        route=(b"<sip:out.test;lr>", b"<sip:beyond.test;lr>"),
    )
    assert forward.request.get_all(b"record-route") == [
        b"<sip:one.test;lr>",
        b"<sip:two.test;lr>",
        b"<sip:before.test;lr>",
    ]
    assert forward.request.get_all(b"route") == [b"<sip:out.test;lr>", b"<sip:beyond.test;lr>"]
    assert forward.next_hop == Uri.parse(b"sip:out.test;lr")


def test_a_strict_router_ahead_gets_what_it_expects() -> None:
    """Section 16.12.1.1: it wants itself in the Request-URI, and the true one at the end of Route."""
    request = routed(b"<sip:strict.test>, <sip:next.test;lr>")
    forward = prepare_forward(request, uri=b"sip:bob@10.0.0.1")
    assert forward.request.uri == b"sip:strict.test"
    assert forward.request.get_all(b"route") == [b"<sip:next.test;lr>", b"<sip:bob@10.0.0.1>"]
    assert forward.next_hop == Uri.parse(b"sip:strict.test")


def test_two_proxies_undo_each_others_strict_routing() -> None:
    sent = prepare_forward(routed(b"<sip:token@edge.test>"), uri=b"sip:bob@10.0.0.1").request
    assert take_routes(sent, ours)
    assert sent.uri == b"sip:bob@10.0.0.1"
    assert not sent.has(b"route")


# RFC 5393


def test_a_request_that_comes_back_the_same_has_looped() -> None:
    hop, request = Hop(), plain()
    mark = loop_mark(request, b"key")
    assert not has_looped(request, mark)
    hop.layer.request(prepare_forward(request, uri=request.uri).request, hop.flow, 0.0, mark=mark)
    returned = hop.flow.taken()[0]
    assert mark in returned
    forward = hop.layer.request(prepare_forward(request, uri=request.uri).request, hop.flow, 0.0, mark=mark)
    assert has_looped(forward.request, loop_mark(forward.request, b"key"))


def test_a_spiral_is_legal() -> None:
    hop, request = Hop(), plain()
    mark = loop_mark(request, b"key")
    sent = hop.layer.request(
        prepare_forward(request, uri=b"sip:another@example.test").request, hop.flow, 0.0, mark=mark
    )
    assert not has_looped(sent.request, loop_mark(sent.request, b"key"))


def test_nobody_elses_branch_looks_like_our_loop() -> None:
    hop, request = Hop(), plain()
    sent = hop.layer.request(request, hop.flow, 0.0, mark=loop_mark(request, b"their key"))
    assert not has_looped(sent.request, loop_mark(sent.request, b"our key"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (b"route", b"<sip:x;lr>"),
        (b"proxy-require", b"x"),
        (b"proxy-authorization", b"Digest x=y"),
        (b"call-id", b"other"),
        (b"from", b"<sip:a@b>;tag=other"),
        (b"to", b"<sip:a@b>;tag=other"),
        (b"cseq", b"2 INVITE"),
    ],
)
def test_whatever_decides_the_way_changes_the_mark(name: bytes, value: bytes) -> None:
    request = plain()
    before = loop_mark(request, b"key")
    request.set(name, value)
    assert loop_mark(request, b"key") != before


def test_breadth_is_shared_out() -> None:
    request = plain()
    assert breadth_of(request) == 60
    assert prepare_forward(request, uri=b"sip:b@c", breadth=7).request.get(b"max-breadth") == b"7"
    request.set(b"max-breadth", b"3")
    assert breadth_of(request) == 3
    request.set(b"max-breadth", b"0")
    with pytest.raises(BadMessage) as caught:
        breadth_of(request)
    assert caught.value.status == 440


# Section 16.7


def test_our_via_is_taken_off_a_response() -> None:
    response = a_response(200)
    response.add(b"via", b"SIP/2.0/UDP us;branch=z9hG4bK1")
    response.add(b"via", b"SIP/2.0/UDP them;branch=z9hG4bK2")
    assert prepare_response(response).get_all(b"via") == [b"SIP/2.0/UDP them;branch=z9hG4bK2"]
    assert len(response.get_all(b"via")) == 2


def test_our_via_is_taken_off_a_joined_line() -> None:
    response = a_response(200, via=b"SIP/2.0/UDP us;branch=z9hG4bK1, SIP/2.0/UDP them;branch=z9hG4bK2")
    assert prepare_response(response).get_all(b"via") == [b"SIP/2.0/UDP them;branch=z9hG4bK2"]


@pytest.mark.parametrize("response", [a_response(200), a_response(200, via=b"SIP/2.0/UDP us;branch=z9hG4bK1")])
def test_a_response_that_goes_no_further_is_refused(response: Response) -> None:
    with pytest.raises(BadMessage):
        prepare_response(response)


@pytest.mark.pitfall(30)
@pytest.mark.parametrize("decline", [600, 603, 604, 606])
def test_a_6xx_goes_before_everything(decline: int) -> None:
    others = [a_response(status) for status in (302, 401, 404, 486, 500)]
    assert best_response([*others, a_response(decline)]).status == decline
    assert best_response([a_response(decline), *others]).status == decline


@pytest.mark.parametrize(
    ("statuses", "best"),
    [
        ((500, 404), 404),
        ((404, 302), 302),
        ((486, 404), 486),
        ((486, 484, 404), 484),
        ((408, 486), 486),
        ((482, 480), 480),
        ((487, 408), 487),
        ((503,), 500),
        ((503, 504), 500),
        ((504, 503), 504),
    ],
)
def test_the_best_of_the_lowest_class_is_passed_on(statuses: tuple[int, ...], best: int) -> None:
    assert best_response([a_response(status) for status in statuses]).status == best


def test_one_phones_503_says_nothing_about_us() -> None:
    chosen = best_response([a_response(503, retry_after=b"600")])
    assert chosen.start == b"SIP/2.0 500 Server Internal Error"
    assert not chosen.has(b"retry-after")


def test_the_challenges_of_all_branches_reach_the_caller() -> None:
    first = a_response(407, proxy_authenticate=b"Digest a")
    second = a_response(401, www_authenticate=b"Digest b")
    third = a_response(486, www_authenticate=b"Digest c")
    chosen = best_response([third, first, second])
    assert chosen.status == 407
    assert chosen.get_all(b"proxy-authenticate") == [b"Digest a"]
    assert chosen.get_all(b"www-authenticate") == [b"Digest b"]
    assert not first.has(b"www-authenticate")


@pytest.mark.pitfall(30)
@given(st.lists(st.integers(300, 699), min_size=1))
def test_the_choice_is_always_legal(statuses: list[int]) -> None:
    chosen = best_response([a_response(status) for status in statuses]).status
    if max(statuses) >= 600:
        assert chosen >= 600
    else:
        assert chosen // 100 == min(statuses) // 100
        assert chosen != 503
