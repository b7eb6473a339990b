"""What holds for any bytes: our error or none, the same bytes back, the same frames however they arrive."""

import contextlib
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.protocols.sip.errors import BadMessage
from ringfence.protocols.sip.explain import explain
from ringfence.protocols.sip.fields import (
    CSeq,
    NameAddr,
    Via,
    params,
    parse_credentials,
    quote,
    split_values,
    tag_of,
    top_branch,
    top_via,
    unquote,
)
from ringfence.protocols.sip.framing import Frame, Limits, Stream, datagram
from ringfence.protocols.sip.message import Request, parse
from ringfence.protocols.sip.response import response_to
from ringfence.protocols.sip.uri import Uri, scheme_of
from ringfence.protocols.sip.validate import check
from tests.unit.protocols.sip.examples import INVITE, messages, pieces, tokens, uris, wild

SMALL = Limits(head=300, body=100, headers=8)
VALUE_PARSERS: list[Callable[[bytes], object]] = [
    Uri.parse, scheme_of, Via.parse, NameAddr.parse, CSeq.parse, params, split_values, tag_of, parse_credentials,
]  # fmt: skip


@pytest.mark.parametrize("read", VALUE_PARSERS)
@given(value=wild)
def test_any_value_is_read_or_refused_with_our_error(read: Callable[[bytes], object], value: bytes) -> None:
    with contextlib.suppress(BadMessage):
        read(value)


@given(data=pieces)
def test_any_datagram_is_read_or_refused_with_our_error(data: bytes) -> None:
    with contextlib.suppress(BadMessage):
        message = datagram(data)
        check(message)
        if isinstance(message, Request):
            check(response_to(message, 400))


@given(data=pieces)
def test_anything_can_be_explained(data: bytes) -> None:
    found = explain(data)
    assert (found.verdict == "accept") == (found.reason == "ok")
    assert found.method is None or found.code is None


@given(data=pieces)
def test_what_was_judged_good_has_all_that_its_users_read(data: bytes) -> None:
    try:
        message = parse(data)
        check(message)
    except BadMessage:
        return
    assert message.get(b"call-id")
    assert top_via(message).branch == top_branch(message)
    tag_of(message.get(b"from") or b"")
    tag_of(message.get(b"to") or b"")
    CSeq.parse(message.get(b"cseq") or b"")


@given(data=messages())
def test_a_message_goes_out_as_it_came_in(data: bytes) -> None:
    message = parse(data)
    assert message.to_bytes() == data
    assert message.copy().to_bytes() == data


@given(data=pieces)
def test_whatever_parses_goes_out_as_it_came_in(data: bytes) -> None:
    with contextlib.suppress(BadMessage):
        assert parse(data).to_bytes() == data


@given(data=messages(), name=tokens.map(bytes.lower), value=tokens)
def test_a_change_touches_its_own_line_only(data: bytes, name: bytes, value: bytes) -> None:
    message = parse(data)
    message.push(name, value)
    assert message.get(name) == value
    message.remove_first(name)
    assert message.to_bytes() == data


@given(parts=st.lists(messages(), min_size=1, max_size=4), cuts=st.lists(st.integers(0, 1500), max_size=12))
def test_a_stream_gives_the_same_frames_however_it_is_cut(parts: list[bytes], cuts: list[int]) -> None:
    data = b"\r\n\r\n".join(parts)
    stream = Stream()
    edges = [0, *sorted(cut for cut in cuts if cut < len(data)), len(data)]
    chunks = [data[start:end] for start, end in pairwise(edges)]
    events = [event for chunk in chunks for event in stream.feed(chunk)]
    assert [event.data for event in events if isinstance(event, Frame)] == parts
    assert stream.held == 0


@given(chunks=st.lists(pieces, max_size=8))
def test_a_stream_never_holds_more_than_its_limits(chunks: list[bytes]) -> None:
    stream = Stream(SMALL)
    for chunk in chunks:
        try:
            frames = [event.data for event in stream.feed(chunk) if isinstance(event, Frame)]
        except BadMessage:
            return
        assert all(len(frame) <= SMALL.head + 4 + SMALL.body for frame in frames)
        assert stream.held <= SMALL.head + 4 + SMALL.body


@given(data=pieces)
def test_a_datagram_that_passes_is_within_its_limits(data: bytes) -> None:
    with contextlib.suppress(BadMessage):
        message = datagram(data, SMALL)
        assert len(message.names) <= SMALL.headers
        assert len(message.body) <= SMALL.body


@given(text=uris())
def test_a_uri_is_equal_to_what_it_writes(text: bytes) -> None:
    uri = Uri.parse(text)
    again = Uri.parse(uri.to_bytes())
    assert again == uri
    assert again.to_bytes() == uri.to_bytes()
    assert hash(again) == hash(uri)


@given(text=wild)
def test_quoting_any_text_and_back(text: bytes) -> None:
    assert unquote(quote(text)) == text
    assert NameAddr.parse(quote(text) + b" <sip:a@b>;tag=1").name == text
    assert tag_of(quote(text) + b" <sip:a@b>;tag=1") == b"1"
    assert split_values(quote(text) + b"<sip:a>,<sip:b>")[1:] == [b"<sip:b>"]


@given(at=st.integers(0, len(INVITE) - 1), byte=st.integers(0, 255))
def test_one_wrong_byte_is_survived(at: int, byte: int) -> None:
    data = INVITE[:at] + bytes((byte,)) + INVITE[at + 1 :]
    explain(data)
    with contextlib.suppress(BadMessage):
        list(Stream().feed(data))
