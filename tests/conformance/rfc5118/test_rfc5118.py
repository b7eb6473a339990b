"""RFC 5118, "SIP Torture Test Messages for IPv6": all 12, one file a message, one verdict a file."""

import re
import tomllib
from pathlib import Path
from typing import NotRequired, TypedDict

import pytest

from ringfence.protocols.sip.explain import explain
from ringfence.protocols.sip.fields import Via, contacts, top_via
from ringfence.protocols.sip.framing import datagram
from ringfence.protocols.sip.message import Request, parse
from ringfence.protocols.sip.response import response_to
from ringfence.protocols.sip.transaction_match import note_source
from ringfence.protocols.sip.uri import Uri
from tests.doubles.sip_hop import RecordedFlow

HERE = Path(__file__).parent
WITH_BODY = ("ipv6-in-sdp", "mult-ip-in-sdp", "ipv4-mapped-ipv6")


class Verdict(TypedDict):
    section: str
    verdict: str
    reason: str
    method: str
    status: NotRequired[int]
    why: NotRequired[str]


VERDICTS: dict[str, Verdict] = tomllib.loads((HERE / "verdicts.toml").read_text())


def octets(name: str) -> bytes:
    return (HERE / "messages" / f"{name}.dat").read_bytes()


def request(name: str) -> Request:
    message = datagram(octets(name))
    assert isinstance(message, Request)
    return message


@pytest.mark.parametrize("name", VERDICTS)
def test_the_message_gets_the_verdict_and_status_that_its_section_asks_for(name: str) -> None:
    expected = VERDICTS[name]
    found = explain(octets(name))
    assert (found.verdict, found.status) == (expected["verdict"], expected.get("status"))
    assert (found.method, found.reason) == (expected["method"], expected["reason"])


def test_every_message_of_the_rfc_has_a_file_and_a_verdict() -> None:
    assert {path.stem for path in (HERE / "messages").iterdir()} == set(VERDICTS)
    assert {verdict["section"] for verdict in VERDICTS.values()} == {f"4.{number}" for number in range(1, 11)}


@pytest.mark.parametrize("name", sorted(VERDICTS))
def test_every_message_is_written_back_byte_for_byte(name: str) -> None:
    assert parse(octets(name)).to_bytes() == octets(name)


@pytest.mark.parametrize("name", WITH_BODY)
def test_with_the_length_that_it_really_has_a_message_with_a_body_is_accepted_whole(name: str) -> None:
    head, _, body = octets(name).partition(b"\r\n\r\n")
    mended = re.sub(rb"Content-Length: \d+", b"Content-Length: %d" % len(body), head) + b"\r\n\r\n" + body
    assert explain(mended).verdict == "accept"
    assert datagram(mended).body == body


def test_a_reference_in_brackets_is_a_host_and_what_looks_like_a_port_inside_is_none() -> None:
    good, ambiguous, port = (
        Uri.parse(request(name).uri) for name in ("ipv6-good", "port-ambiguous", "port-unambiguous")
    )
    assert (good.address, good.port) == ("2001:db8::10", None)
    assert (ambiguous.address, ambiguous.port) == ("2001:db8::10:5070", None)
    assert (port.address, port.port) == ("2001:db8::10", 5070)
    (contact,) = contacts(request("ipv6-good"))
    assert contact.address.address == "2001:db8::1"
    assert top_via(request("ipv6-good")).host == b"[2001:db8::9:1]"


@pytest.mark.parametrize("name", ["via-received-param-with-delim", "via-received-param-no-delim"])
def test_received_is_replaced_by_what_we_saw_however_it_was_written(name: str) -> None:
    message = request(name)
    assert top_via(message).params[b"received"] in (b"[2001:db8::9:255]", b"2001:db8::9:255")
    note_source(message, RecordedFlow(b"UDP", ("2001:db8::77", 5060)))
    assert top_via(message).params[b"received"] == b"2001:db8::77"
    assert top_via(message).host == b"[2001:db8::9:1]"


def test_addresses_of_both_versions_stand_beside_each_other() -> None:
    vias = [Via.parse(value) for value in request("mult-ip-in-header").get_all(b"via")]
    assert [(via.host, via.port) for via in vias] == [
        (b"[2001:db8::9:1]", 6050),
        (b"192.0.2.1", None),
        (b"[2001:db8::9:255]", None),
    ]
    assert vias[2].params[b"received"] == b"192.0.2.200"
    answer = response_to(request("mult-ip-in-header"), 200)
    assert answer.get_all(b"via") == request("mult-ip-in-header").get_all(b"via")


def test_a_mapped_address_is_kept_as_it_was_written() -> None:
    message = request("ipv4-mapped-ipv6")
    assert top_via(message).host == b"[::ffff:192.0.2.10]"
    (contact,) = contacts(message)
    assert contact.address.host == b"[::ffff:192.0.2.2]"


def test_an_embedded_address_needs_two_colons_and_not_three() -> None:
    assert Uri.parse(request("ipv6-correct-abnf-2-colons").uri).address == "2001:db8::192.0.2.1"
    assert explain(octets("ipv6-bug-abnf-3-colons")).reason == "bad_ipv6_address"
