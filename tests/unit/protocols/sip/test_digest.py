"""Digest from HA1: the RFCs' own vectors, both sides against each other, and everything that must not pass."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.protocols.sip.digest import (
    Algorithm,
    Challenge,
    DigestServer,
    Outcome,
    answer,
    challenges,
    choose,
    digest_response,
    ha1,
)
from ringfence.protocols.sip.errors import BadMessage
from ringfence.protocols.sip.message import Response
from ringfence.randomness import SeededRandomness

REALM = b"ringfence.example"
USER = b"device-1"
URI = b"sip:ringfence.example"


def secret_of(user: bytes, algorithm: Algorithm) -> bytes | None:
    return ha1(algorithm, user, REALM, b"secret") if user == USER else None


def a_server(
    *algorithms: Algorithm, window: int = 100, lifetime: float = 3600.0, key: bytes = b"k" * 32
) -> DigestServer:
    return DigestServer(
        REALM,
        algorithms=algorithms or (Algorithm.SHA_256,),
        key=key,
        chance=SeededRandomness(7),
        lifetime=lifetime,
        window=window,
    )


def credentials(
    challenge: bytes, *, password: bytes = b"secret", user: bytes = USER, nc: int = 1, uri: bytes = URI
) -> bytes:
    asked = Challenge.parse(challenge)
    held = ha1(asked.algorithm, user, asked.realm, password)
    return answer(asked, ha1=held, user=user, method=b"REGISTER", uri=uri, cnonce=b"0a4f113b", nc=nc)


def outcome(
    server: DigestServer, header: bytes, now: float = 0.0, bound: bytes = b"", uri: bytes | None = URI
) -> Outcome:
    return server.verify(header, b"REGISTER", secret_of, now, uri=uri, bound=bound).outcome


# The RFCs' vectors


def test_it_computes_the_example_of_rfc_2617() -> None:
    held = ha1(Algorithm.MD5, b"Mufasa", b"testrealm@host.com", b"Circle Of Life")
    assert held == b"939e7578ed9e3c518a452acee763bce9"
    nonce, cnonce = b"dcd98b7102dd2f0e8b11d0f600bfb0c093", b"0a4f113b"
    found = digest_response(Algorithm.MD5, held, b"GET", b"/dir/index.html", nonce, cnonce, b"00000001")
    assert found == b"6629fae49393a05397450978507c4ef1"


def test_it_computes_the_answer_of_rfc_2069() -> None:
    """The example of RFC 2069 section 2.4, with the value of its erratum 749."""
    held = ha1(Algorithm.MD5, b"Mufasa", b"testrealm@host.com", b"CircleOfLife")
    nonce = b"dcd98b7102dd2f0e8b11d0f600bfb0c093"
    found = digest_response(Algorithm.MD5, held, b"GET", b"/dir/index.html", nonce, b"", b"")
    assert found == b"1949323746fe6a43ef61f9606e7febea"


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [
        (Algorithm.MD5, b"8ca523f5e9506fed4657c9700eebdbec"),
        (Algorithm.SHA_256, b"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_it_computes_the_examples_of_rfc_7616(algorithm: Algorithm, expected: bytes) -> None:
    held = ha1(algorithm, b"Mufasa", b"http-auth@example.org", b"Circle of Life")
    nonce = b"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
    cnonce = b"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
    assert digest_response(algorithm, held, b"GET", b"/dir/index.html", nonce, cnonce, b"00000001") == expected


def test_sha_512_256_is_the_hash_of_fips_180_4_and_no_cut_sha_512() -> None:
    """The example of RFC 7616 section 3.9.2 cut a SHA-512 (an erratum says so); the expected value is OpenSSL's.

    The hash is seen here through HA1, which is the hash of `user:realm:password`.
    """
    expected = b"8eb13a416df8d7c256bb1b2fdc7824b9ab088eba9459502ef1de3d73c9dd7901"
    assert ha1(Algorithm.SHA_512_256, b"a", b"b", b"c") == expected


# As a client


def test_a_challenge_is_read_whatever_its_quotes_and_case() -> None:
    read = Challenge.parse(
        b'DIGEST Realm=  "pbx.test" , nonce="abc", algorithm="sha-256", qop="auth-int, AUTH", opaque="", stale=TRUE'
    )
    assert read == Challenge(b"pbx.test", b"abc", Algorithm.SHA_256, qop=True, opaque=b"", stale=True)


@pytest.mark.parametrize("qop", [True, False])
@pytest.mark.parametrize("stale", [True, False])
@pytest.mark.parametrize("opaque", [None, b"", b"o"])
@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_a_challenge_survives_the_wire(*, qop: bool, stale: bool, opaque: bytes | None, algorithm: Algorithm) -> None:
    written = Challenge(b"pbx.test", b"abc", algorithm, qop=qop, opaque=opaque, stale=stale)
    assert Challenge.parse(written.to_bytes()) == written


@pytest.mark.parametrize(
    "value",
    [
        b'Basic realm="x", nonce="y"',
        b'Digest realm="x"',
        b'Digest nonce="x"',
        b'Digest realm="x", nonce="y", algorithm=MD5-sess',
        b'Digest realm="x", nonce="y", qop="auth-int"',
        b"Digest",
        b"",
    ],
)
def test_a_challenge_that_we_cannot_answer_is_refused(value: bytes) -> None:
    with pytest.raises(BadMessage):
        Challenge.parse(value)


def test_a_challenge_without_qop_gets_an_answer_without_cnonce() -> None:
    value = answer(
        Challenge(b"r", b"n", qop=False), ha1=b"0" * 32, user=b"u", method=b"REGISTER", uri=URI, cnonce=b"c", nc=1
    )
    assert b"cnonce" not in value
    assert b"nc=" not in value
    assert b"qop" not in value


def test_the_opaque_comes_back_and_quotes_in_a_name_are_escaped() -> None:
    asked = Challenge(b"r", b"n", opaque=b"o1")
    value = answer(asked, ha1=b"0" * 32, user=b'a"b', method=b"REGISTER", uri=URI, cnonce=b"c", nc=255)
    assert b'opaque="o1"' in value
    assert b'username="a\\"b"' in value
    assert b"nc=000000ff" in value


@pytest.mark.parametrize(("status", "header"), [(401, b"www-authenticate"), (407, b"proxy-authenticate")])
def test_of_several_challenges_the_strongest_that_we_hold_is_taken(status: int, header: bytes) -> None:
    response = Response.make(status, b"No")
    strong, weak = Challenge(b"r", b"n1", Algorithm.SHA_256), Challenge(b"r", b"n2", Algorithm.MD5)
    for value in (b'Basic realm="r"', weak.to_bytes(), strong.to_bytes(), b'Digest realm="r", nonce="n", qop="x"'):
        response.add(header, value)
    offered = challenges(response)
    assert offered == [weak, strong]
    assert choose(offered, lambda _: True) == strong
    assert choose(offered, lambda challenge: challenge.algorithm is Algorithm.MD5) == weak
    assert choose(offered, lambda _: False) is None


def test_of_equally_strong_challenges_the_first_is_taken() -> None:
    first, second = Challenge(b"r1", b"n"), Challenge(b"r2", b"n")
    assert choose([first, second], lambda _: True) == first


# As a server


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_who_knows_the_secret_passes(algorithm: Algorithm) -> None:
    server = a_server(algorithm)
    verdict = server.verify(credentials(server.challenge(0.0)), b"REGISTER", secret_of, 1.0, uri=URI)
    assert verdict.ok
    assert verdict.user == USER


def test_each_algorithm_is_offered_in_a_line_of_its_own_strongest_first() -> None:
    server = a_server(Algorithm.MD5, Algorithm.SHA_512_256, Algorithm.SHA_256)
    lines = server.challenges(0.0)
    assert [Challenge.parse(line).algorithm for line in lines] == [
        Algorithm.SHA_512_256,
        Algorithm.SHA_256,
        Algorithm.MD5,
    ]
    assert lines[0] == a_server(Algorithm.SHA_512_256).challenge(0.0)
    assert outcome(server, credentials(lines[2])) is Outcome.OK


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"password": b"guess"}, Outcome.WRONG),
        ({"user": b"nobody"}, Outcome.WRONG),
        ({"uri": b"sip:elsewhere.example"}, Outcome.WRONG),
        ({"uri": b"no uri"}, Outcome.WRONG),
        ({"uri": b"sip:RINGFENCE.example"}, Outcome.OK),
    ],
)
def test_what_does_not_fit_is_wrong(change: dict[str, bytes], expected: Outcome) -> None:
    server = a_server()
    challenge = server.challenge(0.0)
    password, user, uri = change.get("password", b"secret"), change.get("user", USER), change.get("uri", URI)
    assert outcome(server, credentials(challenge, password=password, user=user, uri=uri)) is expected


def test_the_hash_that_stands_in_for_nobodys_opens_nothing() -> None:
    server = a_server(key=b"k" * 32)
    asked = Challenge.parse(server.challenge(0.0))
    stand_in = (b"k" * 32).hex().encode()
    header = answer(asked, ha1=stand_in, user=b"nobody", method=b"REGISTER", uri=URI, cnonce=b"c", nc=1)
    assert outcome(server, header) is Outcome.WRONG


def test_the_uri_is_compared_only_where_it_is_handed_in() -> None:
    server = a_server()
    header = credentials(server.challenge(0.0), uri=b"sip:elsewhere.example")
    assert outcome(server, header, uri=None) is Outcome.OK


def test_another_method_is_wrong() -> None:
    server = a_server()
    header = credentials(server.challenge(0.0))
    assert server.verify(header, b"INVITE", secret_of, 0.0).outcome is Outcome.WRONG


def test_another_realm_is_wrong_even_with_a_digest_that_fits() -> None:
    server = a_server()
    challenge = server.challenge(0.0).replace(REALM, b"other.example")
    header = answer(
        Challenge.parse(challenge),
        ha1=ha1(Algorithm.SHA_256, USER, REALM, b"secret"),
        user=USER,
        method=b"REGISTER",
        uri=URI,
        cnonce=b"c",
        nc=1,
    )
    assert outcome(server, header) is Outcome.WRONG


@pytest.mark.parametrize("named", [b"MD5", b"MD5-sess"])
def test_an_algorithm_that_we_did_not_offer_is_wrong(named: bytes) -> None:
    server = a_server()
    header = credentials(server.challenge(0.0)).replace(b"algorithm=SHA-256", b"algorithm=" + named)
    assert outcome(server, header) is Outcome.WRONG


def test_an_offered_algorithm_that_nobody_asked_to_weaken_is_not_weakened() -> None:
    """A digest made with MD5 does not pass as SHA-256, nor the other way round."""
    server = a_server(Algorithm.SHA_256, Algorithm.MD5)
    header = credentials(server.challenge(0.0)).replace(b"algorithm=SHA-256", b"algorithm=MD5")
    assert outcome(server, header) is Outcome.WRONG


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Digest ", b"Basic "),
        (b"qop=auth", b"qop=auth-int"),
        (b", qop=auth", b""),
        (b"nc=00000001", b"nc=1"),
        (b"nc=00000001", b"nc=0000000g"),
        (b'uri="', b'uri="a",uri="'),
    ],
)
def test_what_cannot_be_checked_is_unreadable(old: bytes, new: bytes) -> None:
    server = a_server()
    header = credentials(server.challenge(0.0))
    assert old in header
    assert outcome(server, header.replace(old, new)) is Outcome.UNREADABLE


def test_our_credentials_are_found_among_those_for_others() -> None:
    server = a_server()
    ours = credentials(server.challenge(0.0))
    theirs = ours.replace(REALM, b"pbx.example")
    assert server.find([b"garbage", theirs, ours]) == ours
    assert server.find([theirs]) is None


# Nonces


def test_a_nonce_grows_old() -> None:
    server = a_server(lifetime=60.0)
    header = credentials(server.challenge(100.0))
    assert outcome(server, header, 160.5) is Outcome.STALE
    assert outcome(server, header, 99.0) is Outcome.STALE
    assert outcome(server, header, 159.0) is Outcome.OK


def test_a_nonce_of_another_key_or_flow_is_stale_for_who_knows_the_secret() -> None:
    header = credentials(a_server(key=b"x" * 32).challenge(0.0))
    assert outcome(a_server(), header) is Outcome.STALE
    server = a_server()
    header = credentials(server.challenge(0.0, bound=b"flow 1"))
    assert outcome(server, header, bound=b"flow 2") is Outcome.STALE
    assert outcome(server, header, bound=b"flow 1") is Outcome.OK


def test_who_does_not_know_the_secret_learns_nothing_about_a_nonce() -> None:
    header = credentials(a_server(key=b"x" * 32).challenge(0.0), password=b"guess")
    assert outcome(a_server(), header) is Outcome.WRONG


@pytest.mark.parametrize("nonce", [b"", b"A", b"AAAA", b"*", b"A" * 40, b"A" * 44, b"\xff" * 40])
def test_a_made_up_nonce_is_stale_at_best(nonce: bytes) -> None:
    header = credentials(Challenge(REALM, nonce, Algorithm.SHA_256).to_bytes())
    assert outcome(a_server(), header) is Outcome.STALE


def test_a_stale_challenge_says_so() -> None:
    assert Challenge.parse(a_server().challenge(0.0, stale=True)).stale


def test_a_count_is_used_once() -> None:
    server = a_server()
    challenge = server.challenge(0.0)
    assert outcome(server, credentials(challenge, nc=1)) is Outcome.OK
    assert outcome(server, credentials(challenge, nc=1)) is Outcome.STALE
    assert outcome(server, credentials(challenge, nc=2)) is Outcome.OK


@given(st.binary(max_size=200))
def test_no_credentials_raise(garbage: bytes) -> None:
    assert not a_server().verify(b"Digest " + garbage, b"REGISTER", secret_of, 0.0).ok


def test_a_verdict_prints_no_name() -> None:
    server = a_server()
    verdict = server.verify(credentials(server.challenge(0.0)), b"REGISTER", secret_of, 0.0)
    assert "device" not in repr(verdict)
