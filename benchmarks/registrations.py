"""Accounts kept registered upstream, per CPU second: ours, the registrar's at the other end, and sippy's."""

from dataclasses import dataclass, field

from benchmarks.figure import Figure, ratio
from benchmarks.peers import MeasuredKamailio, has_kamailio, has_sippy, kamailio
from benchmarks.process import Worker
from benchmarks.scale import Scale
from tests.peers.process import free_port

__all__ = ["measure", "missing"]

_SUITE = "registrations"
_UNIT = "/CPU s"
_ORDERS = {
    "register": "account registered from nothing (REGISTER, 401, REGISTER, 200)",
    "refresh": "account refreshed, nonce kept (REGISTER, 200)",
}


@dataclass(slots=True)
class _Rates:
    """Registrations per CPU second, by order, round by round: of the client and of the registrar that served it."""

    client: dict[str, list[float]] = field(default_factory=lambda: {order: [] for order in _ORDERS})
    registrar: dict[str, list[float]] = field(default_factory=lambda: {order: [] for order in _ORDERS})


async def measure(scale: Scale) -> list[Figure]:
    """Needs Kamailio; without sippy its column is missing."""
    ours, sippy = _Rates(), _Rates()
    for _ in range(scale.rounds):
        await _ours(scale.registrations, ours)
        if has_sippy():
            await _sippy(scale.registrations_sippy, sippy)
    figures = []
    for order, what in _ORDERS.items():
        figures.append(_beside_registrar(order, what, ours))
        if sippy.client[order]:
            mine, theirs = ours.client[order], sippy.client[order]
            figures.append(ratio(_SUITE, what, mine, "sippy", theirs, unit=_UNIT, at_least=10.0))
    return figures


def _beside_registrar(order: str, what: str, rates: _Rates) -> Figure:
    mine, theirs = rates.client[order], rates.registrar[order]
    return ratio(_SUITE, what, mine, "Kamailio, the registrar it talks to", theirs, unit=_UNIT, at_least=1.0)


async def _ours(accounts: int, rates: _Rates) -> None:
    async with kamailio(accounts) as registrar, Worker("gateway", accounts=accounts, pbx=registrar.port) as client:
        await client.ask("load")
        await _play(client, registrar, accounts, rates)


async def _sippy(accounts: int, rates: _Rates) -> None:
    async with (
        kamailio(accounts) as registrar,
        Worker("sippy_uac", accounts=accounts, pbx=registrar.port, port=free_port()) as client,
    ):
        await _play(client, registrar, accounts, rates)


async def _play(client: Worker, registrar: MeasuredKamailio, accounts: int, rates: _Rates) -> None:
    for order in _ORDERS:
        before = client.cpu, registrar.cpu
        told = await client.ask(order, rounds=1)
        if told["registered"] != accounts:
            raise RuntimeError(order, told)
        rates.client[order].append(accounts / (client.cpu - before[0]))
        rates.registrar[order].append(accounts / (registrar.cpu - before[1]))


def missing() -> str:
    """What this suite lacks here; empty where it can run."""
    return "" if has_kamailio() else "Kamailio is not installed"
