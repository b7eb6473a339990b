"""RFC 4475, "Session Initiation Protocol Torture Test Messages": all 49, one file a message, one verdict a file."""

import tomllib
from pathlib import Path
from typing import NotRequired, TypedDict

import pytest

from ringfence.protocols.sip.errors import BadMessage
from ringfence.protocols.sip.explain import explain
from ringfence.protocols.sip.fields import NameAddr, Via, contacts, cseq, split_values, tag_of, top_via
from ringfence.protocols.sip.framing import Frame, Limits, Stream, datagram
from ringfence.protocols.sip.message import Request, Response, parse
from ringfence.protocols.sip.response import response_to
from ringfence.protocols.sip.uri import Uri

HERE = Path(__file__).parent
SECTIONS = {"3.1.1": 13, "3.1.2": 19, "3.2": 1, "3.3": 15, "3.4": 1}


class Verdict(TypedDict):
    section: str
    verdict: str
    reason: str
    status: NotRequired[int]
    method: NotRequired[str]
    code: NotRequired[int]
    why: NotRequired[str]


VERDICTS: dict[str, Verdict] = tomllib.loads((HERE / "verdicts.toml").read_text())

ACCEPTED = {name for name, verdict in VERDICTS.items() if verdict["verdict"] == "accept"}


def octets(name: str) -> bytes:
    return (HERE / "messages" / f"{name}.dat").read_bytes()


def request(name: str) -> Request:
    message = datagram(octets(name))
    assert isinstance(message, Request)
    return message


def response(name: str) -> Response:
    message = datagram(octets(name))
    assert isinstance(message, Response)
    return message


@pytest.mark.parametrize("name", VERDICTS)
def test_the_message_gets_the_verdict_and_status_that_its_section_asks_for(name: str) -> None:
    expected = VERDICTS[name]
    found = explain(octets(name))
    assert (found.verdict, found.status) == (expected["verdict"], expected.get("status"))
    assert (found.method, found.code) == (expected.get("method"), expected.get("code"))
    assert found.reason == expected["reason"]


def test_every_message_of_the_rfc_has_a_file_and_a_verdict() -> None:
    assert {path.stem for path in (HERE / "messages").iterdir()} == set(VERDICTS)
    for section, count in SECTIONS.items():
        assert sum(verdict["section"].startswith(section + ".") for verdict in VERDICTS.values()) == count


@pytest.mark.parametrize("name", sorted(set(VERDICTS) - {"baddn", "bigcode"}))
def test_what_can_be_split_is_written_back_byte_for_byte(name: str) -> None:
    assert parse(octets(name)).to_bytes() == octets(name)


@pytest.mark.parametrize("name", sorted(ACCEPTED - {"inv2543", "dblreq"}))  # no Content-Length; two messages
def test_an_accepted_message_comes_out_of_a_stream_whole(name: str) -> None:
    data = octets(name)
    assert list(Stream().feed(data)) == [Frame(data)]


def test_two_requests_in_one_datagram_are_one_and_on_a_stream_are_two() -> None:
    assert request("dblreq").to_bytes().endswith(b"Content-Length: 0\r\n\r\n")
    frames = [event for event in Stream().feed(octets("dblreq")) if isinstance(event, Frame)]
    assert [frame.data[:8] for frame in frames] == [b"REGISTER", b"INVITE s"]


def test_a_stream_without_content_length_is_broken() -> None:
    with pytest.raises(BadMessage, match="no_content_length"):
        list(Stream().feed(octets("inv2543")))


@pytest.mark.parametrize("name", ["ncl", "mcl01"])
def test_a_stream_with_a_doubtful_content_length_is_broken(name: str) -> None:
    with pytest.raises(BadMessage, match="content_length"):
        list(Stream().feed(octets(name)))


def test_wsinv_reads_as_if_it_were_not_folded() -> None:
    message = request("wsinv")
    assert tag_of(message.get(b"to") or b"") == b"1918181833n"
    assert NameAddr.parse(message.get(b"from") or b"").name == b'J Rosenberg \\"'
    assert tag_of(message.get(b"from") or b"") == b"98asjd8"
    assert (cseq(message).number, cseq(message).method) == (9, b"INVITE")
    assert message.get(b"subject") == b""
    vias = [Via.parse(value) for line in message.get_all(b"via") for value in split_values(line)]
    assert [(via.transport, via.host, via.branch) for via in vias] == [
        (b"UDP", b"192.0.2.2", b"390skdjuw"),
        (b"TCP", b"spindle.example.com", b"z9hG4bK9ikj8"),
        (b"UDP", b"192.168.255.111", b"z9hG4bK30239"),
    ]
    (contact,) = contacts(message)
    assert contact.name == b'Quoted string ""'
    assert contact.params == {b"newparam": b"newvalue", b"secondparam": None, b"q": b"0.33"}
    assert message.get(b"unknownheaderwithunusualvalue") == b";;,,;;,;"


def test_intmeth_keeps_its_escaped_controls_and_its_password() -> None:
    message = request("intmeth")
    assert NameAddr.parse(message.get(b"to") or b"").name == b"BEL:\x07 NUL:\x00 DEL:\x7f"
    assert tag_of(message.get(b"from") or b"") == b"_token~1'+`*%!-."
    uri = Uri.parse(message.uri)
    assert uri.user == b"1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*"
    assert uri.password == b"&it+has=1,weird!*pas$wo~d_too.(doesn't-it)"


def test_esc01_is_for_a_user_who_looks_like_a_uri() -> None:
    message = request("esc01")
    assert Uri.parse(message.uri) == Uri(b"sip", b"sips%3Auser%40example.com", b"example.net")
    assert Uri.parse(message.get(b"to") or b"") == Uri.parse(b"sip:user@example.com")


def test_esc02_has_two_contacts_and_one_stranger() -> None:
    assert [contact.uri for contact in contacts(request("esc02"))] == [
        b"sip:alias1@host1.example.com",
        b"sip:alias3@host3.example.com",
    ]


def test_escnull_registers_two_different_contacts() -> None:
    one, two = contacts(request("escnull"))
    assert one.address != two.address


def test_semiuri_is_for_a_user_with_a_semicolon() -> None:
    uri = Uri.parse(request("semiuri").uri)
    assert (uri.user, uri.host, uri.params) == (b"user;par=u%40example.net", b"example.com", {})


def test_cparam01_and_02_put_the_parameter_where_it_belongs() -> None:
    (of_the_field,) = contacts(request("cparam01"))
    (of_the_uri,) = contacts(request("cparam02"))
    assert of_the_field.params == {b"unknownparam": None}
    assert of_the_field.address.params == {}
    assert of_the_uri.params == {}
    assert of_the_uri.address.params == {b"unknownparam": None}


def test_regescrt_keeps_the_header_in_the_contact() -> None:
    (contact,) = contacts(request("regescrt"))
    assert contact.address.headers == {b"route": b"%3Csip:sip.example.com%3E"}


def test_unreason_and_noreason_keep_their_phrases() -> None:
    assert response("unreason").reason.decode().startswith("= 2**3 * 5**2 ")
    assert (response("noreason").status, response("noreason").reason) == (100, b"")


def test_longreq_passes_within_the_limits_and_is_refused_beyond_them() -> None:
    message = request("longreq")
    assert len(message.get_all(b"via")) == 34
    assert top_via(message).host == b"sip33.example.com"
    with pytest.raises(BadMessage, match="head_too_large"):
        datagram(octets("longreq"), Limits(head=2000))
    with pytest.raises(BadMessage, match="too_many_headers"):
        datagram(octets("longreq"), Limits(headers=40))


def test_mpart01_keeps_its_binary_body() -> None:
    assert len(request("mpart01").body) == 553


@pytest.mark.parametrize("name", ["insuf", "multi01", "badinv01", "ncl", "clerr", "zeromf"])
def test_a_rejected_request_can_be_answered_from_what_was_read(name: str) -> None:
    message = parse(octets(name))
    assert isinstance(message, Request)
    answer = response_to(message, 400)
    assert answer.get_all(b"via") == message.get_all(b"via")
    assert answer.get_all(b"cseq") == message.get_all(b"cseq")
