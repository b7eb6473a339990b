"""What one listener allows its peers."""

from dataclasses import dataclass, field

from ringfence.protocols.sip.framing import Limits

__all__ = ["StreamSettings", "UdpSettings"]


@dataclass(frozen=True, slots=True)
class StreamSettings:
    """TCP and TLS. Seconds, bytes, counts."""

    limits: Limits = field(default_factory=Limits)
    handshake_timeout: float = 5.0  # a phone on a bad mobile line needs two round trips of at most a second
    first_message_timeout: float = 10.0  # a phone registers as soon as it is connected
    stranger_timeout: float = 60.0  # until somebody known speaks; registering takes seconds, 32 on the worst line
    message_timeout: float = 10.0  # from a message's first byte to its last; slower senders hold memory on purpose
    idle_timeout: float = (
        3900.0  # longer than the longest registration (3600 s), whose refresh is the last sign of life
    )
    connect_timeout: float = 4.0  # a dead target must not eat the 5 s that a call may wait for it
    send_buffer: int = 1 << 20  # bytes that a peer may leave unread before its connection is cut
    max_connections: int = 120_000  # 100,000 phones and those that are just changing networks
    max_per_source: int = 2_000  # a carrier's NAT puts many phones behind one address; one host or /64 can't take all


@dataclass(frozen=True, slots=True)
class UdpSettings:
    """Datagrams. Bytes, counts."""

    receive_buffer: int = (
        4 << 20
    )  # half a second of answers at 10,000/s; the kernel grants what net.core.rmem_max allows
    send_buffer: int = 1 << 20
    batch: int = 64  # datagrams taken per turn of the loop, so that a flood leaves room for the rest
    max_flows: int = 10_000  # peers remembered; forged senders push out the longest silent ones
