"""Pushed calls per CPU second, beside peers that relay the same calls without push."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from benchmarks import population
from benchmarks.figure import Figure, ratio
from benchmarks.peers import has_kamailio, has_sippy, kamailio, sippy_b2bua
from benchmarks.process import Worker
from benchmarks.scale import Scale
from tests.peers.process import free_port

__all__ = ["loaded", "measure", "missing", "pushed_rate"]

_SUITE: Final = "calls"
_UNIT: Final = "/CPU s"
_TOGETHER: Final = 32  # calls up at a time: what the sockets' buffers hold without losses
_PHONES: Final = 64  # sockets that phones share over UDP, so that an account comes from where others do
_RELAYED: Final = 100  # accounts at a peer that relays: it has no phones that sleep


async def measure(scale: Scale) -> list[Figure]:
    """Ours by UDP and by TCP phones; Kamailio and sippy by UDP, which is all that these peers need."""
    rates: dict[str, list[float]] = {}
    for _ in range(scale.rounds):
        for name, rate in (
            ("UDP", await _ours(scale, stream=False)),
            ("TCP", await _ours(scale, stream=True)),
            ("Kamailio", await _kamailio(scale.calls) if has_kamailio() else None),
            ("sippy", await _sippy(scale.calls_sippy) if has_sippy() else None),
        ):
            if rate is not None:
                rates.setdefault(name, []).append(rate)
    figures = []
    for transport in ("UDP", "TCP"):
        what = f"pushed call, 18 messages, phones by {transport}"
        for peer, beside, least in (
            ("sippy", "sippy b2bua, 13 messages, no push", 10.0),
            ("Kamailio", "Kamailio relay, 13 messages, no push", None),
        ):
            if peer in rates:
                figures.append(ratio(_SUITE, what, rates[transport], beside, rates[peer], unit=_UNIT, at_least=least))
    return figures


def missing() -> str:
    """What this suite lacks here; empty where it can run."""
    return "" if has_kamailio() or has_sippy() else "neither Kamailio nor sippy is installed"


async def pushed_rate(gateway: Worker, caller: Worker, calls: int) -> float:
    """Pushed calls per CPU second of the gateway; raises where one failed."""
    before = gateway.cpu
    told = await caller.ask("call", calls=calls, together=_TOGETHER)
    if told["failed"]:
        raise RuntimeError(told)
    return calls / (gateway.cpu - before)


@asynccontextmanager
async def loaded(accounts: int, *, stream: bool) -> AsyncIterator[tuple[Worker, Worker]]:
    """Our gateway with so many sleeping accounts, and whoever calls them."""
    async with Worker("gateway", accounts=accounts) as gateway:
        await gateway.ask("load")
        ports = gateway.hello["ports"]
        async with Worker(
            "caller",
            target=ports["pbx"],
            phones=ports["tcp" if stream else "udp"],
            stream=stream,
            pushed=True,
            sockets=_PHONES,
            accounts=accounts,
            uri="sip:{contact}@127.0.0.1",
        ) as caller:
            yield gateway, caller


async def _ours(scale: Scale, *, stream: bool) -> float:
    """Each account is called once: a phone that has just been called is awake."""
    warm = max(1, scale.calls // 10)
    async with loaded(scale.calls + warm, stream=stream) as (gateway, caller):
        await pushed_rate(gateway, caller, warm)
        return await pushed_rate(gateway, caller, scale.calls)


async def _kamailio(calls: int) -> float:
    port = free_port()
    async with (
        kamailio(_RELAYED, challenges=False, trunk=port) as relay,
        Worker(
            "caller",
            target=relay.port,
            phones=relay.port,
            pushed=False,
            port=port,
            sockets=_PHONES,
            accounts=_RELAYED,
            uri=f"sip:{{user}}@{population.DOMAIN}",
        ) as caller,
    ):
        await caller.ask("enrol")
        await caller.ask("call", calls=max(1, calls // 10), together=_TOGETHER)
        before = relay.cpu
        told = await caller.ask("call", calls=calls, together=_TOGETHER)
        return float(told["done"]) / (relay.cpu - before)


async def _sippy(calls: int) -> float:
    phones = free_port()
    async with (
        sippy_b2bua(phones) as relay,
        Worker(
            "caller",
            target=relay.port,
            phones=relay.port,
            pushed=False,
            phone_port=phones,
            accounts=_RELAYED,
            uri=f"sip:{{user}}@127.0.0.1:{relay.port}",
        ) as caller,
    ):
        await caller.ask("call", calls=max(1, calls // 10), together=_TOGETHER // 2)
        before = relay.cpu
        told = await caller.ask("call", calls=calls, together=_TOGETHER // 2)
        return float(told["done"]) / (relay.cpu - before)
