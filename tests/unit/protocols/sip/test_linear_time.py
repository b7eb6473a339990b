"""Four times the bytes may cost four times the time, not sixteen.

CPU time of this process, best of several; a factor of ten for four times the size lies well between linear and square.
"""

import contextlib
import gc
import time
from collections.abc import Callable

import pytest

from ringfence.protocols.sip.errors import BadMessage
from ringfence.protocols.sip.explain import explain
from ringfence.protocols.sip.fields import NameAddr, Via, params, parse_credentials, split_values, tag_of
from ringfence.protocols.sip.framing import Limits, Stream
from ringfence.protocols.sip.message import parse
from ringfence.protocols.sip.uri import Uri

HUGE = 1 << 24
SIZE = 20_000

PATTERNS = [
    b'"', b"\\", b'\\"', b'"\\', b"<", b">", b"<>", b",", b";", b";a", b";a=", b"; ", b";tag=", b"; tag", b" ", b"\t ",
    b"a", b"a ", b"%41", b"%", b"sip:", b"@", b":", b"?", b"&a=1", b"a.", b"[", b"1", b'a="', b'"",', b"<a>,",
    b"\r\n ", b"\r\n", b"\0", b"\\\0",
]  # fmt: skip
STARTS = [b"", b'"', b"<", b"sip:", b"sip:a@b;", b"<sip:a@b>;", b"SIP/2.0/UDP a;", b"Digest a=", b'"a" <sip:b>;x="']


def _parse(data: bytes) -> object:
    return parse(data, max_head=HUGE, max_headers=HUGE)


def _as_value(data: bytes) -> object:
    return parse(b"A a SIP/2.0\r\nVia: " + data + b"\r\n\r\n", max_head=HUGE, max_headers=HUGE).get(b"via")


def _as_quoted_value(data: bytes) -> object:
    return _parse(b'A a SIP/2.0\r\nVia: "' + data + b"\0\r\n\r\n")


def _in_single_bytes(data: bytes) -> object:
    stream = Stream(Limits(head=HUGE, body=HUGE))
    return [list(stream.feed(data[at : at + 1])) for at in range(len(data))]


def _in_one_chunk(data: bytes) -> object:
    return list(Stream(Limits(head=HUGE, body=HUGE)).feed(data))


READERS: list[Callable[[bytes], object]] = [
    _parse, _as_value, _as_quoted_value, _in_single_bytes, _in_one_chunk,
    Uri.parse, Via.parse, NameAddr.parse, params, split_values, tag_of, parse_credentials, explain,
]  # fmt: skip


def cost(read: Callable[[bytes], object], data: bytes, rounds: int = 3) -> float:
    """CPU seconds, the best of a few rounds; without the collector, whose cost is that of the whole test run's heap."""
    best = float("inf")
    gc.disable()
    try:
        for _ in range(rounds):
            begun = time.process_time()
            with contextlib.suppress(BadMessage):
                read(data)
            best = min(best, time.process_time() - begun)
    finally:
        gc.enable()
    return best


def is_linear(read: Callable[[bytes], object], start: bytes, pattern: bytes) -> bool:
    small = start + pattern * (SIZE // len(pattern))
    large = start + pattern * (4 * SIZE // len(pattern))
    # What is done within two milliseconds can't be measured, and at this size need not be.
    return (
        (spent := cost(read, large)) < 0.002
        or spent < 10 * cost(read, small)
        or cost(read, large, 9) < 10 * cost(read, small, 9)
    )


@pytest.mark.parametrize("read", READERS)
def test_nothing_costs_more_than_linear_time(read: Callable[[bytes], object]) -> None:
    starts = STARTS if read not in (_in_single_bytes, _in_one_chunk) else [b"", b"A a SIP/2.0\r\n"]
    patterns = PATTERNS if read is not _in_single_bytes else [b"a", b"\r\n", b"\r\n "]
    assert [(start, pattern) for start in starts for pattern in patterns if not is_linear(read, start, pattern)] == []


def test_many_small_messages_cost_what_they_are() -> None:
    message = b"OPTIONS sip:a SIP/2.0\r\nl:0\r\n\r\n"
    small, large = message * 500, message * 2000
    assert cost(_in_one_chunk, large) < 10 * cost(_in_one_chunk, small)


def test_a_square_cost_would_be_seen() -> None:
    def square(data: bytes) -> object:
        return [data.find(b"x", at) for at in range(len(data) // 20)]

    assert not is_linear(square, b"", b"a")
