"""What an element like ours would do; the messages of RFC 4475 are judged in tests/conformance."""

import pytest

from ringfence.protocols.sip.explain import Explanation, explain
from tests.unit.protocols.sip.examples import INVITE, invite

REGISTER = INVITE.replace(b"INVITE", b"REGISTER").replace(b"sip:bob@example.net SIP", b"sip:example.net SIP")
OK = INVITE.replace(b"INVITE sip:bob@example.net SIP/2.0", b"SIP/2.0 200 OK")


def test_a_good_request_is_accepted() -> None:
    assert explain(INVITE) == Explanation("accept", None, "ok", "INVITE", None)


def test_a_good_response_is_accepted() -> None:
    assert explain(OK) == Explanation("accept", None, "ok", None, 200)


def test_a_bad_response_is_never_answered() -> None:
    assert explain(OK.replace(b"CSeq: 3", b"CSeq: x")) == Explanation("reject", None, "bad_cseq", None, 200)


def test_what_is_no_message_has_neither_method_nor_code() -> None:
    assert explain(b"\x16\x03\x01") == Explanation("reject", 400, "no_end_of_headers", None, None)


@pytest.mark.parametrize("via", [b"pbx.example.net", b"192.0.2.1", b"a.example;received=192.0.2.1"])
def test_a_response_for_one_is_passed_on(via: bytes) -> None:
    assert explain(OK.replace(b"[2001:db8::9]:5061", via)).verdict == "accept"


@pytest.mark.parametrize("via", [b"239.1.2.3", b"[ff02::1]", b"a.example;received=255.255.255.255"])
def test_a_response_for_many_is_dropped(via: bytes) -> None:
    data = OK.replace(b"[2001:db8::9]:5061", via)
    assert explain(data).reason == "response_to_many"


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (b"Require: path", None),
        (b"Require: gruu", 420),
        (b"Proxy-Require: nothing", 420),
        (b'Authorization: Digest username="a", realm="b"', None),
        (b"Authorization: Basic a=b", 401),
        (b"Authorization: Digest", 400),
    ],
)
def test_a_registration_is_judged_as_its_registrar(line: bytes, status: int | None) -> None:
    data = REGISTER.replace(b"Content-Type: application/sdp", line)
    assert explain(data).status == status


def test_a_registration_may_have_come_the_whole_way() -> None:
    assert explain(REGISTER.replace(b"Max-Forwards: 70", b"Max-Forwards: 0")).verdict == "accept"


def test_of_a_user_agents_requirements_a_proxy_knows_nothing() -> None:
    assert explain(invite(b"Require: anything")).verdict == "accept"
    assert explain(invite(b"Proxy-Require: anything")).status == 420
