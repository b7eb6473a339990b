"""Reading answers to REGISTER from their bytes says the same as reading the whole message."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.gateway.register_answer import (
    Bindings,
    ChallengeReader,
    Reply,
    bindings_in,
    min_expires,
    retry_after,
)
from ringfence.protocols.sip.digest import Algorithm, Challenge, challenges
from ringfence.protocols.sip.message import Response, parse

NAMES = [b"contact", b"expires", b"www-authenticate", b"proxy-authenticate", b"min-expires", b"retry-after", b"server"]


def answer(*lines: bytes, status: int = 200) -> bytes:
    return b"\r\n".join((b"SIP/2.0 %d Whatever" % status, b"Call-ID: x", *lines, b"Content-Length: 0", b"", b""))


def whole(data: bytes) -> Response:
    message = parse(data)
    assert isinstance(message, Response)
    return message


spelled = st.sampled_from(
    [
        b"Contact",
        b"CONTACT",
        b"m",
        b"M",
        b"Expires",
        b"WWW-Authenticate",
        b"www-authenticate",
        b"Min-Expires",
        b"Server",
    ]
)
separators = st.sampled_from([b":", b": ", b" : ", b":\t", b": \r\n "])
values = st.text("abc<>;=,\"' 0123456789:@", max_size=30).map(lambda text: text.strip().encode())


@given(st.lists(st.builds(lambda *parts: b"".join(parts), spelled, separators, values), max_size=8))
def test_a_reply_shows_the_same_fields_as_the_parsed_message(lines: list[bytes]) -> None:
    data = answer(*lines)
    reply, message = Reply(data), whole(data)
    assert reply.status == message.status
    for name in NAMES:
        assert reply.get_all(name) == message.get_all(name)
        assert reply.get(name) == message.get(name)


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ((b"Contact: <sip:me@h>;expires=60",), Bindings(60, others=False)),
        ((b'm: "Q, R" <sip:other@h>;expires=9, <sip:me@h>;q=1;Expires=70',), Bindings(70, others=True)),
        ((b"Contact: <sip:me@h>;expires=60", b"Contact: <sip:other@h>;expires=80"), Bindings(60, others=True)),
        ((b"Contact: <sip:me@h>, <sip:other@h>;expires=80", b"Expires: 90"), Bindings(90, others=True)),
        ((b"Contact: <sip:u@h;rf=me>",), Bindings(600, others=False)),
        ((b"Contact: <sip:other@h>;expires=80",), Bindings(None, others=True)),
        ((), Bindings(None, others=False)),
    ],
)
def test_our_binding_is_found_by_its_opaque_user(lines: tuple[bytes, ...], found: Bindings) -> None:
    assert bindings_in(Reply(answer(*lines)), b"me", 600) == found


@pytest.mark.parametrize(("value", "seconds"), [(b"30", 30), (b"30 (busy);duration=5", 30), (b"soon", 0), (b"", 0)])
def test_retry_after_is_its_number_or_nothing(value: bytes, seconds: float) -> None:
    assert retry_after(Reply(answer(b"Retry-After: " + value))) == seconds


@pytest.mark.parametrize(("value", "seconds"), [(b"300", 300), (b"-1", None), (b"99999999999", None)])
def test_min_expires_is_its_number_or_nothing(value: bytes, seconds: int | None) -> None:
    assert min_expires(Reply(answer(b"Min-Expires: " + value))) == seconds


def challenge(nonce: bytes, opaque: bytes | None = None, *, stale: bool = False) -> bytes:
    made = Challenge(b"pbx.test", nonce, Algorithm.SHA_256, opaque=opaque, stale=stale)
    return answer(b"WWW-Authenticate: " + made.to_bytes(), status=401)


def test_challenges_that_differ_in_their_nonce_are_read_as_if_for_the_first_time() -> None:
    reader = ChallengeReader()
    for data in (challenge(b"a"), challenge(b"b"), challenge(b"c", stale=True), challenge(b"d", b"o"), challenge(b"e")):
        assert reader.read(Reply(data)) == challenges(whole(data))


@given(st.binary(max_size=60).map(lambda data: data.replace(b"\r", b"").replace(b"\n", b"").replace(b"\0", b"")))
def test_no_challenge_whatever_breaks_the_reader(value: bytes) -> None:
    reader = ChallengeReader()
    for data in (b'Digest realm="r", nonce="1"' + value, value, b'Digest realm="r", nonce="2"' + value):
        response = Response.make(401, b"x")
        response.add(b"www-authenticate", data)
        assert reader.read(response) == challenges(response)


def test_a_challenge_that_only_looks_as_if_its_nonce_came_early_is_read_right_each_time() -> None:
    reader = ChallengeReader()
    for nonce in (b"n1", b"n2"):
        data = answer(b'WWW-Authenticate: Digest realm="r", opaque=" nonce=", nonce="%b"' % nonce, status=401)
        assert [found.nonce for found in reader.read(Reply(data))] == [nonce]


def test_a_pbx_with_ever_new_challenges_fills_no_memory() -> None:
    reader = ChallengeReader()
    for number in range(100):
        data = challenge(b"n", b"opaque%d" % number)
        assert reader.read(Reply(data)) == challenges(whole(data))
    assert len(reader._shapes) <= 32


def test_challenges_that_ask_the_same_are_kept_once_and_others_apart() -> None:
    reader = ChallengeReader()
    first = Challenge(b"pbx.test", b"a", Algorithm.SHA_256)
    assert reader.common(first) is first
    assert reader.common(Challenge(b"pbx.test", b"b", Algorithm.SHA_256, stale=True)) is first
    for other in (
        Challenge(b"other.test", b"c", Algorithm.SHA_256),
        Challenge(b"pbx.test", b"c", Algorithm.MD5),
        Challenge(b"pbx.test", b"c", Algorithm.SHA_256, qop=False),
        Challenge(b"pbx.test", b"c", Algorithm.SHA_256, opaque=b"o"),
    ):
        reader.common(first)
        assert reader.common(other) is other
