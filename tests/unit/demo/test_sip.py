"""The demo's own SIP: small, but right in what it does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.demo.endpoint import whole
from ringfence.demo.sip import (
    Gibberish,
    Message,
    address_of,
    answer_challenge,
    auth_params,
    bare,
    digest,
    param,
    user_of,
)

INVITE = b"\r\n".join(
    [
        b"INVITE sip:bob@pbx.example SIP/2.0",
        b"v: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKa, SIP/2.0/TLS b;branch=z9hG4bKb",
        b'f: "Ali, ce" <sip:alice@pbx.example>;tag=1',
        b"t: <sip:bob@pbx.example>",
        b"i: 1@x",
        b"CSeq: 7",
        b"  INVITE",
        b"l: 3",
        b"",
        b"abcde",
    ]
)


def test_compact_names_folded_lines_and_lists_are_understood() -> None:
    message = Message.parse(INVITE)
    assert (message.method, message.uri, message.branch) == ("INVITE", "sip:bob@pbx.example", "z9hG4bKa")
    assert message.first("cseq") == "7 INVITE"
    assert len(list(message.values("via"))) == 2
    assert list(message.values("from")) == ['"Ali, ce" <sip:alice@pbx.example>;tag=1']
    assert message.body == b"abc"


def test_a_response_keeps_what_routes_it_and_adds_one_tag() -> None:
    answer = Message.parse(INVITE).response(200, "OK", ("Contact", "<sip:b@h>"), tag="me")
    assert answer.status == 200
    assert answer.method == "INVITE"
    assert param(answer.first("to"), "tag") == "me"
    assert answer.response(200, "OK", tag="other").first("to") == answer.first("to")


@pytest.mark.parametrize(
    "data", [b"", b"hello\r\n\r\n", b"INVITE sip:a SIP/2.0\r\nno colon\r\n\r\n", b"INVITE sip:a SIP/2.0\r\n"]
)
def test_what_is_no_message_is_refused(data: bytes) -> None:
    with pytest.raises(Gibberish):
        Message.parse(data)


@given(st.binary(max_size=300))
def test_nothing_but_gibberish_is_raised(data: bytes) -> None:
    try:
        Message.parse(b"BYE sip:a SIP/2.0\r\n" + data)
    except Gibberish:
        return


def test_a_message_survives_the_wire() -> None:
    message = Message.request("MESSAGE", "sip:b@x", [("To", "<sip:b@x>"), ("Subject", "a, b")], "grüß".encode())
    again = Message.parse(message.to_bytes())
    assert again.to_bytes() == message.to_bytes()
    assert again.body == "grüß".encode()


def test_replacing_keeps_the_place_of_a_header() -> None:
    message = Message("x", [("A", "1"), ("Route", "1"), ("Route", "2"), ("B", "2")])
    message.replace("Route", "3")
    assert message.headers == [("A", "1"), ("Route", "3"), ("B", "2")]
    message.replace("Route")
    message.replace("C", "9")
    assert message.headers == [("A", "1"), ("B", "2"), ("C", "9")]


def test_parts_of_addresses_are_read() -> None:
    assert bare('"B" <sip:b@h;lr>;tag=1') == "sip:b@h;lr"
    assert bare("sip:b@h;tag=1") == "sip:b@h"
    assert user_of("sip:b@h") == "b"
    assert user_of("sip:h") == ""
    assert address_of("<sips:b@127.0.0.1:5071;transport=tls>") == ("127.0.0.1", 5071)
    assert address_of("sip:127.0.0.1") == ("127.0.0.1", 5060)
    assert param("<sip:b@h;tag=no>;tag=yes", "tag") == "yes"
    with pytest.raises(Gibberish):
        address_of("tel:+49")


def test_the_digest_of_rfc_7616_section_3_9_1_comes_out() -> None:
    values = {
        "username": "Mufasa",
        "realm": "http-auth@example.org",
        "uri": "/dir/index.html",
        "nonce": "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
        "nc": "00000001",
        "cnonce": "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    }
    assert digest(values, password="Circle of Life", method="GET") == "8ca523f5e9506fed4657c9700eebdbec"
    strong = digest(values | {"algorithm": "SHA-256"}, password="Circle of Life", method="GET")
    assert strong == "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"


def test_the_first_challenge_that_can_be_answered_is() -> None:
    challenges = [
        'Digest realm="r", nonce="n", algorithm=SHA-512-256, qop="auth"',
        'Digest realm="s", nonce="m", qop="auth,auth-int"',
    ]
    values = auth_params(answer_challenge(challenges, user="u", password="p", method="BYE", uri="sip:x", cnonce="c"))
    assert (values["realm"], values["nonce"], values["qop"]) == ("s", "m", "auth")
    with pytest.raises(Gibberish):
        answer_challenge(challenges[:1], user="u", password="p", method="BYE", uri="sip:x", cnonce="c")
    assert auth_params("Basic abc") == {}


def test_a_stream_is_cut_by_content_length() -> None:
    message = Message.request("BYE", "sip:a", [], b"12345").to_bytes()
    assert whole(message + b"next") == len(message)
    assert whole(message[:10]) == 0
