"""Ours against `sipmessage`, an independent implementation. Where the two differ, the tables below say why."""

from pathlib import Path

import pytest
import sipmessage
from hypothesis import given

from ringfence.protocols.sip.errors import BadMessage
from ringfence.protocols.sip.fields import NameAddr, Via, contacts, cseq, split_values
from ringfence.protocols.sip.message import Request, Response, parse
from ringfence.protocols.sip.uri import Uri
from tests.unit.protocols.sip.examples import INVITE, uris

RFC4475 = Path(__file__).parents[3] / "conformance" / "rfc4475" / "messages"
BOTH_READ = [
    "bcast", "esc02", "escnull", "intmeth", "inv2543", "invut", "lwsdisp", "mpart01", "noreason", "regescrt",
    "scalarlg", "sdp01", "unreason", "zeromf",
]  # fmt: skip
# Not compared: longreq, where `V :` is another header to it than `V:`.

WE_READ_MESSAGES = {
    "wsinv": "it splits lines before it unfolds them",
    "unkscm": "the scheme is the element's matter (416), not the parser's",
    "novelsc": "as unkscm",
    "trws": "our parser leaves the request line to `check`, so that a 400 can be sent",
    "badvers": "as trws, with a 505",
}
WE_REFUSE_MESSAGES = {"bigcode": "a status has three digits; it takes any number"}

WE_READ_URIS = {
    "SIP:a@b": "schemes are written in any case (RFC 3261 section 25.1: literals are case-insensitive)",
    "sip:a@b?x=y": "headers belong to the grammar of a URI; where they may not stand is checked there",
    "sip:a:@b": "a password may be empty in the grammar",
    "sip:*21#@b": "feature codes are dialled unescaped",
    "sip:a@b;pn-prid=YQ==": "push tokens in base64 come unescaped",
    "sip:pbx_1": "hosts inside a network have underscores",
}
WE_REFUSE_URIS = {
    "sip:a@b:70000": "no such port",
    "sip:a@b;x;x": "a parameter stands once (section 19.1.1)",
    "tel:+49": "Uri is SIP and SIPS; a tel URI stays bytes",
}
WE_READ_VIAS = {
    "SIP/2.0/UDP a;received=2001:db8::1": "the grammar of received has no brackets (RFC 3261 section 25.1)",
    "SIP/2.0/UDP a : 5060": "white space may stand around the colon (sent-by, section 25.1)",
}


def theirs(data: bytes) -> sipmessage.Request | sipmessage.Response:
    return sipmessage.Message.parse(data)


def octets(name: str) -> bytes:
    return (RFC4475 / f"{name}.dat").read_bytes()


@pytest.mark.parametrize("name", BOTH_READ)
def test_messages_have_the_same_start_and_fields(name: str) -> None:
    ours, other = parse(octets(name)), theirs(octets(name))
    if isinstance(other, sipmessage.Request):
        assert isinstance(ours, Request)
        assert ours.method.decode() == other.method
        assert Uri.parse(ours.uri) == Uri.parse(str(other.uri).encode())
    else:
        assert isinstance(ours, Response)
        assert (ours.status, ours.reason.decode()) == (other.code, other.phrase)
    assert ours.body == other.body
    for field in set(ours.names):
        assert [value.decode() for value in ours.get_all(field)] == other.headers.getlist(field.decode())


@pytest.mark.parametrize("name", WE_READ_MESSAGES)
def test_messages_that_only_we_read(name: str) -> None:
    parse(octets(name))
    with pytest.raises(ValueError, match=r"."):
        theirs(octets(name))


@pytest.mark.parametrize("name", WE_REFUSE_MESSAGES)
def test_messages_that_only_we_refuse(name: str) -> None:
    theirs(octets(name))
    with pytest.raises(BadMessage):
        parse(octets(name))


def test_the_fields_of_a_call_are_read_alike() -> None:
    data = INVITE.replace(b"X-Folded: one\r\n two\r\n\tthree\r\n", b"")  # see wsinv
    ours, other = parse(data), theirs(data)
    assert [Via.parse(value).to_bytes().decode() for value in ours.get_all(b"via")] == [str(via) for via in other.via]
    assert other.from_address is not None
    assert NameAddr.parse(ours.get(b"from") or b"").name.decode() == other.from_address.name
    assert [contact.uri.decode() for contact in contacts(ours)] == [str(address.uri) for address in other.contact]
    assert (cseq(ours).number, cseq(ours).method.decode()) == (other.cseq.sequence, other.cseq.method)


@given(text=uris())
def test_uris_have_the_same_parts(text: bytes) -> None:
    ours, other = Uri.parse(text), sipmessage.URI.parse(text.decode())
    assert (ours.scheme.decode(), ours.port, ours.host.decode()) == (other.scheme, other.port, other.host.lower())
    assert (ours.user is None) == (other.user is None)
    assert {name.decode() for name in ours.params} == {name.lower() for name in other.parameters}
    assert ours == Uri.parse(str(other).encode())


@pytest.mark.parametrize(
    "text", ["sip:", "sip:@a", "sip:a@b@c", "sip:a b@c", "sip:a@b:x", "sip:a@b;", "bob", "sip:[:::]"]
)
def test_uris_that_both_refuse(text: str) -> None:
    with pytest.raises(ValueError, match="URI is not valid"):
        sipmessage.URI.parse(text)
    with pytest.raises(BadMessage):
        Uri.parse(text.encode())


@pytest.mark.parametrize("text", WE_READ_URIS)
def test_uris_that_only_we_read(text: str) -> None:
    Uri.parse(text.encode())
    with pytest.raises(ValueError, match="URI is not valid"):
        sipmessage.URI.parse(text)


@pytest.mark.parametrize("text", WE_REFUSE_URIS)
def test_uris_that_only_we_refuse(text: str) -> None:
    sipmessage.URI.parse(text)
    with pytest.raises(BadMessage):
        Uri.parse(text.encode())


@pytest.mark.parametrize("text", WE_READ_VIAS)
def test_vias_that_only_we_read(text: str) -> None:
    Via.parse(text.encode())
    with pytest.raises(ValueError, match="Via is not valid"):
        sipmessage.Via.parse(text)


@pytest.mark.parametrize(
    "line",
    ['"a,b" <sip:a@b>, <sip:c@d>;q=0.1', "<sip:a@b;x=y>;z", 'A B <sip:a@b>;x="1,2",sip:c@d;e=f', '"\\"" <sip:a@b>'],
)
def test_address_lists_are_cut_alike(line: str) -> None:
    ours = [NameAddr.parse(value) for value in split_values(line.encode())]
    others = sipmessage.Address.parse_many(line)
    assert [(one.name.decode(), one.uri.decode()) for one in ours] == [(one.name, str(one.uri)) for one in others]
    assert [{name.decode() for name in one.params} for one in ours] == [set(one.parameters) for one in others]
