"""Messages out of datagrams and streams, within limits."""

import pytest

from ringfence.protocols.sip.errors import BadMessage
from ringfence.protocols.sip.framing import Event, Frame, Limits, Ping, Pong, Stream, datagram, is_keep_alive
from tests.unit.protocols.sip.examples import INVITE, invite


def feed(stream: Stream, data: bytes) -> list[Event]:
    return list(stream.feed(data))


def test_a_datagram_ends_where_content_length_says() -> None:
    assert datagram(INVITE + b"and more").to_bytes() == INVITE


def test_a_datagram_without_content_length_is_body_to_its_end() -> None:
    assert datagram(invite(without=b"Content-Length") + b"more").body == b"v=0\nmore"


def test_line_ends_before_a_datagrams_start_are_skipped() -> None:
    assert datagram(b"\r\n\r\n" + INVITE).to_bytes() == INVITE


def test_a_datagram_with_half_its_body_can_be_answered() -> None:
    with pytest.raises(BadMessage) as caught:
        datagram(INVITE[:-1])
    assert (caught.value.status, caught.value.reason) == (400, "body_shorter_than_content_length")
    assert caught.value.message is not None
    assert caught.value.message.get(b"call-id") == b"a84b4c76e66710@192.0.2.10"


def test_datagrams_keep_to_the_limits() -> None:
    for limits in (Limits(head=200), Limits(headers=5), Limits(body=3)):
        with pytest.raises(BadMessage) as caught:
            datagram(INVITE, limits)
        assert caught.value.status == 513


@pytest.mark.parametrize("data", [b"", b"\0", b"\r\n", b"\r\n\r\n", b"\0\0\0\0", b"  \r\n"])
def test_keep_alives_are_known(data: bytes) -> None:
    assert is_keep_alive(data)


@pytest.mark.parametrize("data", [INVITE, b"x", b"\r\n" * 5])
def test_anything_else_is_no_keep_alive(data: bytes) -> None:
    assert not is_keep_alive(data)


def test_a_stream_gives_each_message_once() -> None:
    stream = Stream()
    assert feed(stream, INVITE + INVITE + INVITE[:50]) == [Frame(INVITE), Frame(INVITE)]
    assert stream.held == 50
    assert feed(stream, INVITE[50:]) == [Frame(INVITE)]
    assert stream.held == 0


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64])
def test_chunks_do_not_matter(size: int) -> None:
    data = INVITE + b"\r\n\r\n" + INVITE + invite(b"X: y")
    stream = Stream()
    events = [event for at in range(0, len(data), size) for event in stream.feed(data[at : at + size])]
    assert [event.data for event in events if isinstance(event, Frame)] == [INVITE, INVITE, invite(b"X: y")]
    assert events.count(Ping()) == 1


def test_a_double_line_end_is_a_ping() -> None:
    assert feed(Stream(), b"\r\n\r\n") == [Ping()]
    assert feed(Stream(), b"\r\n\r\n\r\n\r\n" + INVITE) == [Ping(), Ping(), Frame(INVITE)]


def test_a_single_line_end_is_a_pong() -> None:
    assert feed(Stream(), b"\r\n") == [Pong()]
    assert feed(Stream(), b"\r\n" + INVITE) == [Pong(), Frame(INVITE)]


def test_a_pong_does_not_wait_for_what_may_come() -> None:
    stream = Stream()
    assert feed(stream, b"\r\n") == [Pong()]
    assert feed(stream, b"\r") == []
    assert feed(stream, b"\n") == [Ping()]
    assert feed(stream, b"\r\n") == [Pong()]
    assert feed(stream, INVITE) == [Frame(INVITE)]
    assert feed(stream, b"\r\n") == [Pong()]


def test_half_a_line_end_waits() -> None:
    stream = Stream()
    assert feed(stream, b"\r") == []
    assert feed(stream, b"\n\r") == []
    assert feed(stream, b"\n") == [Ping()]


@pytest.mark.parametrize("data", [b"\n", b"\rX", b"\r\r\n"])
def test_half_a_line_end_before_a_message_breaks_the_stream(data: bytes) -> None:
    with pytest.raises(BadMessage, match="bare_line_break"):
        feed(Stream(), data)


def test_what_came_before_the_fault_is_given_first() -> None:
    events: list[Event] = []
    with pytest.raises(BadMessage, match="no_content_length"):
        events.extend(Stream().feed(INVITE + invite(without=b"Content-Length")))
    # The list was filled one by one, so it holds what came before.
    assert events == [Frame(INVITE)]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"", "no_content_length"),
        (b"Content-Length: -1", "bad_content_length"),
        (b"Content-Length: 4 4", "bad_content_length"),
        (b"Content-Length:", "bad_content_length"),
        (b"Content-Length: 99999999999", "bad_content_length"),
        (b"Content-Length: 4\r\nL:4", "repeated_content_length"),
        (b"Content-Length: 4\r\n 4", "no_content_length"),
        (b"Content-Length: 10001", "body_too_large"),
    ],
)
def test_a_doubtful_length_breaks_the_stream(line: bytes, reason: str) -> None:
    data = invite(*[line][: bool(line)], without=b"Content-Length")
    with pytest.raises(BadMessage, match=reason):
        feed(Stream(Limits(body=10_000)), data)


@pytest.mark.parametrize(
    "line", [b"l:4", b"CONTENT-LENGTH \t:  4  ", b"Content-Length:\r\n 4", b"Content-Length: 0004"]
)
def test_the_length_is_read_in_every_spelling(line: bytes) -> None:
    data = invite(line, without=b"Content-Length")
    assert feed(Stream(), data) == [Frame(data)]


def test_a_length_in_the_body_or_in_another_header_is_none() -> None:
    data = invite(b"X-Content-Length: 9", b"Subject: l: 9")
    assert feed(Stream(), data) == [Frame(data)]


def test_a_stream_holds_no_more_than_its_limits() -> None:
    stream = Stream(Limits(head=1000, body=1000))
    for _ in range(100):
        assert feed(stream, b"x" * 10) == []
    with pytest.raises(BadMessage, match="head_too_large") as caught:
        feed(stream, b"x" * 10)
    assert caught.value.status == 513


def test_a_head_of_exactly_the_limit_passes() -> None:
    head = INVITE.index(b"\r\n\r\n")
    assert feed(Stream(Limits(head=head)), INVITE) == [Frame(INVITE)]
    with pytest.raises(BadMessage, match="head_too_large"):
        feed(Stream(Limits(head=head - 1)), INVITE)
