"""What more accounts cost: memory for each that sleeps, and work for each message."""

import asyncio
from typing import Final

from benchmarks.calls import loaded, pushed_rate
from benchmarks.figure import Aim, Figure
from benchmarks.peers import has_kamailio, kamailio
from benchmarks.process import Worker
from benchmarks.scale import Scale

__all__ = ["measure", "missing"]

_SUITE: Final = "accounts"
_SHORT: Final = 0.05  # seconds for T4: ended transactions of the registering itself are no part of a sleeping account
_FLAT: Final = 1.25  # times the cost with the fewest accounts: caches of the processor fill up, nothing else may


async def measure(scale: Scale) -> list[Figure]:
    """Smallest population first; what follows is compared with it."""
    memory, figures = [], []
    refresh: dict[int, float] = {}
    for accounts in scale.populations:
        asleep, refresh[accounts] = await _asleep(accounts, scale.populations[0])
        if accounts != scale.populations[0]:
            memory.append(_bytes(accounts, asleep))
    call = {accounts: await _call(accounts, min(scale.calls, accounts)) for accounts in scale.populations}
    for what, cost in (("refresh of a registration", refresh), ("pushed call", call)):
        least = cost[scale.populations[0]]
        more = scale.populations[1:] if least else ()
        figures += [_flat(what, accounts, scale.populations[0], cost[accounts] / least) for accounts in more]
    return memory + figures


def missing() -> str:
    """Without Kamailio the accounts are loaded, but never registered."""
    return ""


def _bytes(accounts: int, asleep: float) -> Figure:
    state = "registered" if has_kamailio() else "loaded"
    what = f"memory of a sleeping account ({state}, one device with push), {accounts:,} accounts"
    return Figure(_SUITE, what, asleep / 1000, "kB", aim=Aim.AT_MOST, bound=2.0)


def _flat(what: str, accounts: int, fewest: int, value: float) -> Figure:
    beside = f"ours with {fewest:,}"
    return Figure(_SUITE, f"CPU of a {what}, {accounts:,} accounts", value, "x", beside, aim=Aim.AT_MOST, bound=_FLAT)


async def _asleep(accounts: int, fewest: int) -> tuple[float, float]:
    """Bytes of an account that is registered and sleeps; CPU seconds of a refresh, 0 without Kamailio."""
    if not has_kamailio():
        async with Worker("gateway", accounts=accounts) as gateway:
            before = await _settled(gateway)
            await gateway.ask("load")
            return (await _settled(gateway) - before) / accounts, 0.0
    async with kamailio(accounts) as pbx, Worker("gateway", accounts=accounts, pbx=pbx.port, t4=_SHORT) as gateway:
        before = await _settled(gateway)
        await gateway.ask("load")
        await gateway.ask("register")
        await asyncio.sleep(10 * _SHORT)
        asleep = (await _settled(gateway) - before) / accounts
        rounds = max(1, min(10, 20 * fewest // accounts))
        begun = gateway.cpu
        await gateway.ask("refresh", rounds=rounds)
        return asleep, (gateway.cpu - begun) / (rounds * accounts)


async def _settled(gateway: Worker) -> int:
    """Bytes of memory, once what is garbage is none any more."""
    await gateway.ask("settle")
    return gateway.memory


async def _call(accounts: int, calls: int) -> float:
    """CPU seconds of a pushed call; phones by TCP are asleep again after it."""
    async with loaded(accounts, stream=True) as (gateway, caller):
        await pushed_rate(gateway, caller, max(1, calls // 5))
        return 1 / await pushed_rate(gateway, caller, calls)
