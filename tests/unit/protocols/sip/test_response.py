"""Answers to requests (RFC 3261 section 8.2.6)."""

import pytest

from ringfence.protocols.sip.fields import tag_of
from ringfence.protocols.sip.message import Request, parse
from ringfence.protocols.sip.response import REASONS, reason_of, response_to
from tests.unit.protocols.sip.examples import INVITE, invite


def request(data: bytes = INVITE) -> Request:
    message = parse(data)
    assert isinstance(message, Request)
    return message


def test_what_identifies_the_transaction_is_copied_byte_for_byte() -> None:
    asked = request()
    answer = response_to(asked, 404)
    assert answer.start == b"SIP/2.0 404 Not Found"
    for name in (b"via", b"from", b"to", b"call-id", b"cseq"):
        assert answer.get_all(name) == asked.get_all(name)
    assert answer.names == [b"via", b"via", b"from", b"to", b"call-id", b"cseq", b"content-length"]
    assert (answer.content_length, answer.body) == (0, b"")
    assert b"v: SIP/2.0/TCP" in answer.to_bytes()


def test_a_to_tag_is_added_where_there_is_none() -> None:
    assert response_to(request(), 180, to_tag=b"abc").get(b"to") == b"<sip:bob@example.net>;tag=abc"


@pytest.mark.parametrize("to", [b"<sip:bob@example.net>;tag=theirs", b'"tag" <sip:b>;x="y";tag=theirs'])
def test_a_to_tag_that_is_there_stays(to: bytes) -> None:
    answer = response_to(request(invite(b"To: " + to, without=b"To")), 180, to_tag=b"abc")
    assert tag_of(answer.get(b"to") or b"") == b"theirs"


def test_an_answer_to_a_request_without_to_is_still_an_answer() -> None:
    assert not response_to(request(invite(without=b"To")), 400, to_tag=b"abc").has(b"to")


def test_only_a_100_repeats_the_timestamp() -> None:
    asked = request(invite(b"Timestamp: 54"))
    assert response_to(asked, 100).get(b"timestamp") == b"54"
    assert response_to(asked, 200).get(b"timestamp") is None


def test_the_phrase_may_be_ones_own() -> None:
    assert response_to(request(), 480, b"Asleep").reason == b"Asleep"


def test_every_status_has_a_phrase() -> None:
    assert REASONS[555] == b"Push Notification Service Not Supported"
    assert (reason_of(486), reason_of(499), reason_of(799)) == (b"Busy Here", b"Bad Request", b"Unknown")
