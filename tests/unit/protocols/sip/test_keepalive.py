"""Keep-alives: when nobody is there any more."""

from ringfence.protocols.sip.framing import Ping, Stream
from ringfence.protocols.sip.keepalive import PING, PONG, dead_at


def test_a_peer_that_misses_its_flow_timer_is_given_up_after_some_grace() -> None:
    assert dead_at(heard_at=5.0, flow_timer=120.0) == 135.0


def test_a_ping_is_known_in_a_stream_and_a_pong_is_none() -> None:
    assert [isinstance(event, Ping) for event in Stream().feed(PING)] == [True]
    assert not [event for event in Stream().feed(PONG) if isinstance(event, Ping)]
