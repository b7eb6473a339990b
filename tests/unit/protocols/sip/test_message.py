"""Messages: split once, read lazily, written back byte for byte."""

import pytest

from ringfence.protocols.sip.errors import BadMessage
from ringfence.protocols.sip.message import Message, Request, Response, parse
from tests.unit.protocols.sip.examples import INVITE, invite


def request() -> Request:
    message = parse(INVITE)
    assert isinstance(message, Request)
    return message


def lines(message: Message) -> list[bytes]:
    return message.to_bytes().partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]


def test_a_request_shows_its_line() -> None:
    message = request()
    assert (message.method, message.uri, message.is_request) == (b"INVITE", b"sip:bob@example.net", True)


def test_a_response_shows_its_line() -> None:
    message = parse(b"SIP/2.0 486 Busy Here\r\n\r\n")
    assert isinstance(message, Response)
    assert (message.status, message.reason, message.is_request) == (486, b"Busy Here", False)


@pytest.mark.parametrize("line", [b"SIP/2.0 100", b"SIP/2.0 100 "])
def test_a_status_line_needs_no_phrase(line: bytes) -> None:
    message = parse(line + b"\r\n\r\n")
    assert isinstance(message, Response)
    assert (message.status, message.reason) == (100, b"")


def test_the_version_of_a_response_is_read_in_any_case() -> None:
    assert isinstance(parse(b"sip/2.0 200 OK\r\n\r\n"), Response)


def test_untouched_messages_come_out_byte_for_byte() -> None:
    assert request().to_bytes() == INVITE


def test_compact_odd_cased_and_spaced_names_are_one_name() -> None:
    message = parse(invite(b"S: one", b"SUBJECT: two", b"sUBJECT \t:three", b"subject:four"))
    assert message.get_all(b"subject") == [b"one", b"two", b"three", b"four"]
    assert (message.get(b"subject"), message.count(b"subject"), message.has(b"subject")) == (b"one", 4, True)


def test_a_folded_value_reads_as_one_line_and_keeps_its_folds() -> None:
    message = request()
    assert message.get(b"x-folded") == b"one two three"
    message.add(b"subject", b"x")
    assert b"X-Folded: one\r\n two\r\n\tthree\r\n" in message.to_bytes()


def test_a_value_may_start_on_the_next_line() -> None:
    assert parse(invite(b"Subject:\r\n there")).get(b"subject") == b"there"


def test_what_is_not_there_is_none() -> None:
    message = request()
    assert message.get(b"route") is None
    assert message.get_all(b"route") == []
    assert not message.has(b"route")


def test_names_are_given_in_order_and_are_no_way_in() -> None:
    message = request()
    assert message.names[:3] == [b"via", b"via", b"max-forwards"]
    message.names.clear()
    assert message.has(b"via")


def test_added_lines_follow_the_last_of_their_name() -> None:
    message = request()
    message.add(b"via", b"SIP/2.0/UDP c")
    message.add(b"p-something-new", b"1")
    assert lines(message)[2] == b"Via: SIP/2.0/UDP c"
    assert lines(message)[-1] == b"P-Something-New: 1"


def test_pushed_lines_come_before_the_first_of_their_name() -> None:
    message = request()
    message.push(b"via", b"SIP/2.0/UDP a")
    assert lines(message)[0] == b"Via: SIP/2.0/UDP a"
    message.push(b"record-route", b"<sip:a;lr>")
    assert lines(message)[0] == b"Record-Route: <sip:a;lr>"


def test_setting_leaves_one_line_where_the_first_stood() -> None:
    message = request()
    message.set(b"via", b"SIP/2.0/UDP only")
    message.set(b"expires", b"60")
    assert message.get_all(b"via") == [b"SIP/2.0/UDP only"]
    assert lines(message)[0] == b"Via: SIP/2.0/UDP only"
    assert lines(message)[-1] == b"Expires: 60"


def test_the_first_of_a_name_can_be_replaced_or_taken_out() -> None:
    message = request()
    message.replace_first(b"via", b"SIP/2.0/UDP other")
    assert message.get_all(b"via")[0] == b"SIP/2.0/UDP other"
    message.remove_first(b"via")
    assert message.get_all(b"via") == [b"SIP/2.0/TCP [2001:db8::9]:5061;branch=z9hG4bKnashds8"]
    with pytest.raises(ValueError, match="not in list"):
        message.remove_first(b"route")
    with pytest.raises(ValueError, match="not in list"):
        message.replace_first(b"route", b"x")


def test_removing_takes_every_line_and_nothing_else() -> None:
    message = request()
    message.remove(b"via")
    message.remove(b"route")
    assert not message.has(b"via")
    assert message.to_bytes() == invite(without=b"V").replace(
        b"v: SIP/2.0/TCP [2001:db8::9]:5061;branch=z9hG4bKnashds8\r\n", b""
    )


def test_a_copy_is_independent() -> None:
    message = request()
    copy = message.copy()
    copy.remove(b"via")
    copy.set_uri(b"sip:carol@example.net")
    assert message.to_bytes() == INVITE
    assert isinstance(copy, Request)


def test_a_new_body_keeps_content_length_true() -> None:
    message = request()
    message.set_body(b"hello", b"text/plain")
    assert message.content_length == 5
    assert message.get(b"content-type") == b"text/plain"
    message.set_body(b"")
    assert (message.get(b"content-length"), message.get(b"content-type")) == (b"0", b"text/plain")


def test_copied_fields_keep_their_order_and_bytes() -> None:
    made = Response.make(200, b"OK")
    made.copy_fields(request(), (b"from", b"via"))
    assert lines(made) == [line for line in lines(request()) if line[:3].lower() in (b"via", b"v: ", b"f: ")]


def test_content_length_is_none_where_there_is_none() -> None:
    assert parse(invite(without=b"Content-Length")).content_length is None


@pytest.mark.parametrize("odd", [b"INVITE  sip:bob@example.net  SIP/2.0", b"INVITE sip:bob@example.net SIP/7.0"])
def test_setting_the_uri_makes_an_odd_request_line_regular(odd: bytes) -> None:
    message = parse(INVITE.replace(b"INVITE sip:bob@example.net SIP/2.0", odd))
    assert isinstance(message, Request)
    message.set_uri(b"sip:carol@example.net")
    assert message.start == b"INVITE sip:carol@example.net SIP/2.0"


@pytest.mark.parametrize("value", [b"x\r\nEvil: 1", b"x\n", b"\rx"])
def test_a_line_break_can_not_be_written(value: bytes) -> None:
    message = request()
    for write in (message.add, message.push, message.set, message.replace_first):
        with pytest.raises(ValueError, match="line_break"):
            write(b"via", value)
    with pytest.raises(ValueError, match="line_break"):
        message.set_uri(value)
    with pytest.raises(ValueError, match="line_break"):
        Request.make(b"BYE", value)
    with pytest.raises(ValueError, match="line_break"):
        Response.make(200, value)
    assert message.to_bytes() == INVITE


def test_escaped_controls_pass_in_a_quoted_string_only() -> None:
    assert parse(invite(b'Subject: "bell \\\x07"')).get(b"subject") == b'"bell \\\x07"'
    for value in (b"\\\x07", b'"bell \x07"', b'"open \\\x07'):
        with pytest.raises(BadMessage, match="control_byte"):
            parse(invite(b"Subject: " + value))


def test_limits_are_kept() -> None:
    parse(INVITE, max_head=len(INVITE), max_headers=14)
    with pytest.raises(BadMessage, match="head_too_large") as caught:
        parse(INVITE, max_head=100)
    assert caught.value.status == 513
    with pytest.raises(BadMessage, match="too_many_headers"):
        parse(INVITE, max_headers=5)
