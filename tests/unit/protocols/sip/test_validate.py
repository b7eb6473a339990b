"""What a message must have. What it must not have is in `malformed/`, one file a defect."""

import pytest

from ringfence.protocols.sip.errors import BadMessage
from ringfence.protocols.sip.message import Request, parse
from ringfence.protocols.sip.response import response_to
from ringfence.protocols.sip.validate import METHODS, check
from tests.unit.protocols.sip.examples import INVITE, invite


def refused(data: bytes) -> tuple[int, str]:
    with pytest.raises(BadMessage) as caught:
        check(parse(data))
    assert caught.value.message is not None
    return caught.value.status, caught.value.reason


def test_a_good_request_passes_and_so_does_its_answer() -> None:
    message = parse(INVITE)
    assert isinstance(message, Request)
    check(message)
    check(response_to(message, 180, to_tag=b"x"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<sip:bob@example.net>", b"sip:bob@example.net"),
        (b"<sip:bob@example.net>", b"<http://example.net>"),
        (b"<sip:bob@example.net>", b"<sip:bob@example.net>;x=y;tag=1"),
        (b"<sip:alice@192.0.2.10:5060;transport=udp>", b'"," <sip:a@b>;+sip.instance="<urn:x>", <sip:c@d>'),
        (b"<sip:alice@192.0.2.10:5060;transport=udp>", b"*"),
        (b"Max-Forwards: 70\r\n", b""),
        (b"Max-Forwards: 70", b"Max-Forwards: 0070"),
        (b";branch=z9hG4bK776asdhds;rport", b""),
        (b"192.0.2.10:5060;branch", b"[2001:db8::9]:5060;branch"),
        (b"INVITE sip:bob@example.net", b"INVITE sip:bob@[2001:db8::1]:5060;lr"),
        (b"INVITE sip:bob@example.net", b"INVITE tel:+4930"),
        (b"SIP/2.0\r\n", b"sip/2.0\r\n"),
    ],
)
def test_uncommon_shapes_pass_too(old: bytes, new: bytes) -> None:
    data = INVITE.replace(old, new, 1)
    assert data != INVITE
    check(parse(data))


@pytest.mark.parametrize(
    "via",
    [
        b"SIP/2.0/UDP 192.0.2.10:65536;branch=z9hG4bKx",
        b"SIP/2.0/UDP 192.0.2.10:5060;rport;branch=z9hG4bKx;rport",
        b"SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK",
    ],
)
def test_a_via_of_nearly_the_common_shape_is_refused(via: bytes) -> None:
    data = INVITE.replace(b"SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK776asdhds;rport", via)
    assert data != INVITE
    assert refused(data)[0] == 400


@pytest.mark.parametrize("via", [b"192.0.2.10:55060;rport;branch=z9hG4bKx", b"a.test;branch=z9hG4bKx;rport=5060"])
def test_a_via_of_the_common_shape_passes(via: bytes) -> None:
    check(parse(INVITE.replace(b"192.0.2.10:5060;branch=z9hG4bK776asdhds;rport", via)))


@pytest.mark.parametrize("old", [b"192.0.2.10:5060;branch", b"sip:bob@example.net SIP"])
def test_the_common_shapes_let_nothing_through_that_the_parsers_refuse(old: bytes) -> None:
    for host in (b".example.net", b"a..b"):
        data = INVITE.replace(old, old.replace(b"192.0.2.10", host).replace(b"example.net", host))
        assert refused(data)[0] == 400


def test_a_method_nobody_knows_passes() -> None:
    assert b"FROBNICATE" not in METHODS
    check(parse(INVITE.replace(b"INVITE", b"FROBNICATE")))


def test_a_response_may_have_another_cseq_method_than_any_request() -> None:
    check(parse(INVITE.replace(b"INVITE sip:bob@example.net SIP/2.0", b"SIP/2.0 200 OK")))


def test_the_fault_carries_the_message_that_is_to_be_answered() -> None:
    with pytest.raises(BadMessage) as caught:
        check(parse(invite(without=b"To")))
    message = caught.value.message
    assert isinstance(message, Request)
    answer = response_to(message, caught.value.status)
    assert answer.status == 400
    assert answer.get(b"call-id") == b"a84b4c76e66710@192.0.2.10"


def test_a_message_that_was_not_cut_to_its_length_is_refused() -> None:
    assert refused(INVITE + b"more") == (400, "body_is_not_content_length")
    assert refused(INVITE[:-1]) == (400, "body_is_not_content_length")


def test_only_the_topmost_via_is_judged() -> None:
    check(parse(invite(b"Via: whatever others put there")))
