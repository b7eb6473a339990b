"""Header field values (RFC 3261 section 20)."""

import pytest

from ringfence.protocols.sip.errors import BadMessage
from ringfence.protocols.sip.fields import (
    CSeq,
    NameAddr,
    Via,
    contacts,
    cseq,
    params,
    parse_challenge,
    parse_credentials,
    quote,
    split_values,
    tag_of,
    top_branch,
    top_via,
    unquote,
)
from ringfence.protocols.sip.message import parse
from tests.unit.protocols.sip.examples import INVITE, invite


@pytest.mark.parametrize(
    ("line", "values"),
    [
        (b"", []),
        (b"one", [b"one"]),
        (b"a, b ,c", [b"a", b"b", b"c"]),
        (b"a,,b,", [b"a", b"b"]),
        (b"<sip:a>,,<sip:b>,", [b"<sip:a>", b"<sip:b>"]),
        (b'"a,b" <sip:a@b>, <sip:c,d@e>;x="1,2"', [b'"a,b" <sip:a@b>', b'<sip:c,d@e>;x="1,2"']),
        (b'"\\",\\\\" <sip:a>,<sip:b>', [b'"\\",\\\\" <sip:a>', b"<sip:b>"]),
        (b'"<,"<sip:a>,<sip:b>', [b'"<,"<sip:a>', b"<sip:b>"]),
    ],
)
def test_commas_separate_outside_quotes_and_brackets(line: bytes, values: list[bytes]) -> None:
    assert split_values(line) == values


@pytest.mark.parametrize("line", [b'"a, b', b"<sip:a, b", b'a, "b\\"'])
def test_what_never_closes_is_refused(line: bytes) -> None:
    with pytest.raises(BadMessage, match="unbalanced_quotes"):
        split_values(line)


def test_parameters_are_read_with_their_quotes() -> None:
    assert params(b';Expires=60 ; +sip.instance="<urn:uuid:1;2>";ob ;q = 0.5') == {
        b"expires": b"60", b"+sip.instance": b'"<urn:uuid:1;2>"', b"ob": None, b"q": b"0.5",
    }  # fmt: skip
    assert params(b"a=1;b") == {b"a": b"1", b"b": None}
    assert params(b" ") == {}


@pytest.mark.parametrize("text", [b";", b";;a", b";a;", b";a=", b";=a", b';a="1', b";a;A", b";a b", b'x"y"'])
def test_broken_parameters_are_refused(text: bytes) -> None:
    with pytest.raises(BadMessage):
        params(text)


def test_a_via_is_read_and_written() -> None:
    via = Via.parse(b"SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK77;rport;received=192.0.2.99")
    assert (via.transport, via.host, via.port, via.branch) == (b"UDP", b"192.0.2.10", 5060, b"z9hG4bK77")
    assert via.params == {b"branch": b"z9hG4bK77", b"rport": None, b"received": b"192.0.2.99"}
    assert via.with_param(b"rport", b"4000").to_bytes() == (
        b"SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK77;rport=4000;received=192.0.2.99"
    )


def test_a_via_may_be_full_of_white_space() -> None:
    via = Via.parse(b"SIP / 2.0 / tls   pc33.example.net : 5061 ; branch = z9hG4bK1 ;ttl=16")
    assert via.to_bytes() == b"SIP/2.0/TLS pc33.example.net:5061;branch=z9hG4bK1;ttl=16"


def test_a_via_without_parameters_has_no_branch() -> None:
    assert Via.parse(b"SIP/2.0/TCP example.net").branch == b""


def test_a_via_holds_an_ipv6_literal() -> None:
    via = Via.parse(b"SIP/2.0/TCP [2001:db8::9]:5061;branch=z9hG4bK1;received=[2001:db8::a]")
    assert (via.host, via.port, via.address) == (b"[2001:db8::9]", 5061, "2001:db8::9")
    assert via.params[b"received"] == b"[2001:db8::a]"
    assert Via.parse(b"SIP/2.0/UDP [::1];received=2001:db8::a;branch=z9hG4bK1").params[b"received"] == b"2001:db8::a"


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"SIP/2.0/UDP",
        b"SIP/2.0 UDP a",
        b"SIP/2.0/UDP a:b",
        b"SIP/2.0/UDP a:65536",
        b"SIP/2.0/UDP a b",
        b"SIP/2.0/UDP ::1",
    ],
)
def test_a_broken_via_is_refused(value: bytes) -> None:
    with pytest.raises(BadMessage):
        Via.parse(value)


@pytest.mark.parametrize(
    ("value", "display", "name", "uri", "tag"),
    [
        (b"<sip:a@b>;tag=1", b"", b"", b"sip:a@b", b"1"),
        (b"Alice L. <sip:a@b;lr>", b"Alice L.", b"Alice L.", b"sip:a@b;lr", None),
        (b"Alice<sip:a@b>", b"Alice", b"Alice", b"sip:a@b", None),
        (b'"A, \\"B\\" <c>" <sip:a@b> ; Tag = x', b'"A, \\"B\\" <c>"', b'A, "B" <c>', b"sip:a@b", b"x"),
        (b'""<tel:+49>', b'""', b"", b"tel:+49", None),
        (b'"\xc3\xa4"<sip:a@b>', b'"\xc3\xa4"', b"\xc3\xa4", b"sip:a@b", None),
        (b"sip:a@b;tag=1", b"", b"", b"sip:a@b", b"1"),
        (b"sip:[2001:db8::1]:5060;tag=1", b"", b"", b"sip:[2001:db8::1]:5060", b"1"),
        (b"<sip:a@[2001:db8::1]>", b"", b"", b"sip:a@[2001:db8::1]", None),
    ],
)
def test_addresses_are_read(value: bytes, display: bytes, name: bytes, uri: bytes, tag: bytes | None) -> None:
    address = NameAddr.parse(value)
    assert (address.display, address.name, address.uri, address.tag) == (display, name, uri, tag)
    assert NameAddr.parse(address.to_bytes()) == address
    assert tag_of(value) == tag


@pytest.mark.parametrize(
    "value",
    [
        b"", b"<>", b"<sip:a@b", b'"a <sip:a@b>', b"a, b <sip:a@b>", b"< sip:a@b >", b"sip:a@b?x=y", b"sip:a@b, sip:c",
        b"bob", b"<sip:a@b> x", b"<sip:a@b>;tag=", b'a"b" <sip:a@b>', b"\xc3\xa4 <sip:a@b>",
    ],
)  # fmt: skip
def test_broken_addresses_are_refused(value: bytes) -> None:
    with pytest.raises(BadMessage):
        NameAddr.parse(value)


def test_parameters_without_brackets_belong_to_the_field() -> None:
    address = NameAddr.parse(b"sip:a@b;transport=tcp")
    assert address.address.params == {}
    assert address.params == {b"transport": b"tcp"}


def test_the_uri_of_an_address_is_parsed_when_asked_for() -> None:
    assert NameAddr.parse(b"<sip:Bob@EXAMPLE.net>").address.host == b"example.net"
    with pytest.raises(BadMessage, match="unknown_uri_scheme"):
        _ = NameAddr.parse(b"<http://example.net>").address


def test_parameters_can_be_added() -> None:
    assert NameAddr.parse(b"B <sip:b>").with_param(b"tag", b"9").to_bytes() == b"B <sip:b>;tag=9"


def test_the_star_means_all_bindings() -> None:
    (star,) = contacts(parse(invite(b"Contact: *", without=b"Contact")))
    assert star.uri == b"*"
    assert star.to_bytes() == b"*"


def test_all_contacts_of_all_lines_are_found() -> None:
    message = parse(invite(b"m: <sip:a>, <sip:b>;q=0.1", b'Contact: "," <sip:c>', without=b"Contact"))
    assert [contact.uri for contact in contacts(message)] == [b"sip:a", b"sip:b", b"sip:c"]


@pytest.mark.parametrize(
    ("value", "tag"),
    [
        (b'"Not ;tag=me >" <sip:a@b;tag=nor>;x=1;TAG=this', b"this"),
        (b'<sip:a@b>;x=";tag=not";tag=this', b"this"),
        (b'"a" <sip:a@b>;x="y"', None),
        (b"<sip:a@b;tag=uri>", None),
        (b"<sip:a@b>;mytag=1;\ttag \t= this", b"this"),
    ],
)
def test_the_tag_is_the_fields_own(value: bytes, tag: bytes | None) -> None:
    assert tag_of(value) == tag


def test_an_unclosed_name_has_no_tag_to_give() -> None:
    with pytest.raises(BadMessage):
        tag_of(b'"a <sip:a@b>;tag=1')


def test_the_top_via_is_the_first_value_of_the_first_line() -> None:
    message = parse(INVITE)
    assert top_via(message).port == 5060
    assert top_branch(message) == b"z9hG4bK776asdhds"


@pytest.mark.parametrize(
    ("line", "branch"),
    [
        (b"SIP/2.0/UDP a, SIP/2.0/UDP b;branch=z9hG4bKother", b""),
        (b'SIP/2.0/UDP a;x=",;branch=not";branch=z9hG4bKthis', b"z9hG4bKthis"),
        (b"SIP/2.0/UDP a;branchless=1;BRANCH=z9hG4bKthis,SIP/2.0/UDP b", b"z9hG4bKthis"),
    ],
)
def test_the_top_branch_is_the_first_vias_own(line: bytes, branch: bytes) -> None:
    message = parse(b"OPTIONS sip:a SIP/2.0\r\nVia: " + line + b"\r\n\r\n")
    assert top_branch(message) == branch


def test_no_via_is_an_error() -> None:
    message = parse(b"OPTIONS sip:a SIP/2.0\r\n\r\n")
    for look in (top_via, top_branch):
        with pytest.raises(BadMessage, match="no_via"):
            look(message)


def test_cseq_is_a_number_and_a_method() -> None:
    assert cseq(parse(INVITE)) == CSeq(314159, b"INVITE")
    assert CSeq.parse(b"0009  INVITE").to_bytes() == b"9 INVITE"
    assert CSeq.parse(b"2147483647 X").number == 2**31 - 1


@pytest.mark.parametrize(
    "value", [b"", b"1", b"INVITE", b"-1 X", b"2147483648 X", b"99999999999 X", b"1 A B", b"1 a@b"]
)
def test_a_broken_cseq_is_refused(value: bytes) -> None:
    with pytest.raises(BadMessage):
        CSeq.parse(value)


def test_credentials_are_read_without_their_quotes() -> None:
    found = parse_credentials(b'Digest username="a\\"b", realm="x, y" ,NONCE=abc, uri="sip:a,b", nc=00000001, qop=auth')
    assert found.scheme == b"digest"
    assert found.params == {
        b"username": b'a\\"b', b"realm": b"x, y", b"nonce": b"abc", b"uri": b"sip:a,b", b"nc": b"00000001",
        b"qop": b"auth",
    }  # fmt: skip
    assert found.get(b"opaque") == b""


def test_a_challenge_is_read_alike() -> None:
    assert parse_challenge(b'Digest realm="r", qop="auth,auth-int", stale=TRUE').get(b"qop") == b"auth,auth-int"


@pytest.mark.parametrize("value", [b"", b"Digest", b"Digest x", b"Digest a=1, a=2", b'Digest a="1', b"Digest a=1 b=2"])
def test_broken_credentials_are_refused(value: bytes) -> None:
    with pytest.raises(BadMessage):
        parse_credentials(value)


def test_quoting_and_back() -> None:
    for text in (b"", b"plain", b'a"b\\c', b"\\"):
        assert unquote(quote(text)) == text
    assert unquote(b"token") == b"token"
    assert unquote(b'"') == b'"'
