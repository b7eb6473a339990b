"""Keep-alives on flows (RFC 5626 sections 4.4.1 and 5.4): what they look like, and what silence means.

    phone --PING--> listener --PONG--> phone
                       '--alive--> registrar: a phone that was told Flow-Timer is given up at `dead_at`

What we know of the other end is when we last heard it say something *itself*. That a connection accepts our bytes is no
proof: the kernel of a sleeping phone does that too. We send no pings: phones send them to us, and a PBX is asked by
OPTIONS far more often, which says more than that its kernel lives.
"""

__all__ = ["PING", "PONG", "dead_at"]

PING = b"\r\n\r\n"
PONG = b"\r\n"

_GRACE = 10.0  # seconds; section 5.4 leaves "a few" to us: as long as a phone waits for its pong


def dead_at(heard_at: float, flow_timer: float) -> float:
    """When a peer that was told `flow_timer` seconds and says nothing more has missed its turn (section 5.4)."""
    return heard_at + flow_timer + _GRACE
