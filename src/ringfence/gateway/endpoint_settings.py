"""What the endpoint allows, and what it counts."""

from dataclasses import dataclass, fields

from ringfence.protocols.sip.framing import Limits

__all__ = ["Counters", "EndpointSettings"]


@dataclass(frozen=True, slots=True)
class EndpointSettings:
    """`max_transactions` is a count, `retry_after` is in seconds."""

    limits: Limits = Limits()  # noqa: RUF009 - frozen itself
    max_transactions: int = 100_000  # some 100 MB; far above a healthy peak (500 calls/s hold about 50,000)
    retry_after: int = 5  # what a shed caller is told to wait


@dataclass(slots=True)
class Counters:
    """What the endpoint did, since it started. All only rise."""

    malformed: int = 0
    refused_method: int = 0
    refused_extension: int = 0
    stray_responses: int = 0
    shed: int = 0
    timed_out: int = 0
    flows_lost: int = 0
    unacknowledged: int = 0
    handler_failures: int = 0

    def items(self) -> list[tuple[str, int]]:
        return [(field.name, getattr(self, field.name)) for field in fields(self)]
