"""How much of everything a run takes."""

from dataclasses import dataclass

__all__ = ["FULL", "MINIATURE", "QUICK", "Scale"]


@dataclass(frozen=True, slots=True)
class Scale:
    """Counts; `rounds` are taken in turn with the peers', and the median counts."""

    rounds: int
    registrations: int  # accounts of ours and of Kamailio
    registrations_sippy: int
    calls: int  # a round
    calls_sippy: int
    populations: tuple[int, ...]  # for memory, and for cost against number of accounts
    latency_accounts: int
    latency_seconds: float
    latency_rate: float  # calls a second
    keys: int  # in the keyring
    rows: int  # sealed and plain
    people: int  # among whom the person is whose rights are exercised
    person_rows: int


FULL = Scale(
    rounds=3,
    registrations=20_000,
    registrations_sippy=2_000,
    calls=3_000,
    calls_sippy=500,
    populations=(1_000, 20_000, 100_000),
    latency_accounts=100_000,
    latency_seconds=20.0,
    latency_rate=500.0,
    keys=100_000,
    rows=10_000,
    people=20_000,
    person_rows=101_000,
)
QUICK = Scale(
    rounds=1,
    registrations=5_000,
    registrations_sippy=500,
    calls=1_000,
    calls_sippy=200,
    populations=(1_000, 20_000),
    latency_accounts=20_000,
    latency_seconds=4.0,
    latency_rate=500.0,
    keys=10_000,
    rows=2_000,
    people=2_000,
    person_rows=10_100,
)
MINIATURE = Scale(
    rounds=1,
    registrations=20,
    registrations_sippy=10,
    calls=5,
    calls_sippy=3,
    populations=(10, 20),
    latency_accounts=20,
    latency_seconds=0.1,
    latency_rate=50.0,
    keys=20,
    rows=20,
    people=20,
    person_rows=100,
)
"""For the test that the benchmarks still run."""
