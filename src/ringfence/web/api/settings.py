"""What the API needs to know."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from typing import final

__all__ = ["ApiSettings", "Network", "Rate"]

Network = IPv4Network | IPv6Network


@final
@dataclass(frozen=True, slots=True)
class Rate:
    """How often one source may ask: `burst` at once, then one each `seconds`."""

    burst: int
    seconds: float


@final
@dataclass(frozen=True, slots=True)
class ApiSettings:
    """How to serve.

    trusted_proxies: who may speak for others by X-Forwarded-For and -Proto; empty: nobody.
    metrics_from: who may read /metrics besides loopback.
    body_bytes: a push token has at most 4 kB, the rest of an enrolment less than 1 kB.
    large_bodies: paths below which forms take more, with how many bytes; of pages: the API knows its own.
    body_seconds: how long a body may take to arrive.
    enrolments: each try is a password that the PBX gets to see; a family enrols some phones in a row.
    links: provisioning links; a guess has 256 bits to find, so this only keeps the noise down.
    failed_tokens: requests with a wrong API token.
    push_tokens: new push tokens of one device; an app gets one when it is installed, and some report it at each start.
    requests: requests and transmissions of one person; more in a row is a fault of the app.
    sources: how many sources are remembered at once.
    idempotent_seconds, idempotent_answers: how long and how many answers are kept for repeats (in memory: they hold
        secrets).
    """

    trusted_proxies: tuple[Network, ...] = ()
    metrics_from: tuple[Network, ...] = ()
    body_bytes: int = 16_384
    large_bodies: Mapping[str, int] = field(default_factory=dict)
    body_seconds: float = 10.0
    enrolments: Rate = Rate(burst=10, seconds=30.0)
    links: Rate = Rate(burst=20, seconds=10.0)
    failed_tokens: Rate = Rate(burst=20, seconds=10.0)
    push_tokens: Rate = Rate(burst=10, seconds=60.0)
    requests: Rate = Rate(burst=20, seconds=60.0)
    sources: int = 50_000
    idempotent_seconds: float = 600.0
    idempotent_answers: int = 5_000
