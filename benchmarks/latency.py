"""From INVITE received to push handed to the sender, at a steady rate of calls and with many accounts in memory."""

from benchmarks.calls import loaded
from benchmarks.figure import Aim, Figure
from benchmarks.scale import Scale

__all__ = ["measure", "missing"]

_SUITE = "latency"


async def measure(scale: Scale) -> list[Figure]:
    """Whole calls, each to a phone that wakes, so that all the work of a call competes with the next INVITE."""
    async with loaded(scale.latency_accounts, stream=True) as (gateway, caller):
        await caller.ask("call", calls=max(1, int(scale.latency_rate / 5)), rate=scale.latency_rate)
        await gateway.ask("push_times")
        told = await caller.ask("call", calls=int(scale.latency_seconds * scale.latency_rate), rate=scale.latency_rate)
        times = await gateway.ask("push_times")
    if told["failed"]:
        raise RuntimeError(told)
    read, sent = sorted(times["read"]), sorted(times["sent"])
    where = f"{scale.latency_rate:.0f} calls/s, {scale.latency_accounts:,} accounts"
    turn, gap = times["longest_turn"] * 1e3, times["longest_gap"] * 1e3
    return [
        Figure(_SUITE, f"INVITE received to push handed over, median; {where}", _ms(read, 0.5), "ms"),
        Figure(_SUITE, "same, p99", _ms(read, 0.99), "ms", aim=Aim.AT_MOST, bound=1.0),
        Figure(_SUITE, "same, worst", _ms(read, 1.0), "ms"),
        Figure(_SUITE, "INVITE sent by the PBX to push handed over, p99", _ms(sent, 0.99), "ms"),
        Figure(_SUITE, "longest turn of our event loop (CPU)", turn, "ms", aim=Aim.AT_MOST, bound=50.0),
        Figure(_SUITE, "longest wait for the event loop (the machine's other work included)", gap, "ms"),
    ]


def missing() -> str:
    """It needs no peer."""
    return ""


def _ms(ordered: list[int], part: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))] / 1e6
