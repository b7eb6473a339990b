"""/metrics, read from counters that the parts keep as plain numbers: nothing is counted twice, and nobody is named."""

from collections.abc import Iterator, Sequence
from typing import Protocol, TypeAlias, final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ringfence.app.signalling import Signalling
from ringfence.app.upkeep import Upkeep
from ringfence.identifiers import ProviderId
from ringfence.privacy.egress import Gate
from ringfence.privacy.rights import Erasures
from ringfence.services.calls import MissedCalls
from ringfence.services.wake import Wake

__all__ = ["Measured", "MetricsPage"]

_Values: TypeAlias = Sequence[tuple[tuple[str, ...], float]]


class Measured(Protocol):
    """What the page reads."""

    @property
    def signalling(self) -> Signalling: ...
    @property
    def wake(self) -> Wake: ...
    @property
    def missed(self) -> MissedCalls: ...
    @property
    def upkeep(self) -> Upkeep: ...
    @property
    def erasures(self) -> Erasures: ...
    @property
    def gates(self) -> dict[ProviderId, Gate]: ...


@final
class MetricsPage(Collector):
    """Implements the API's port `Metrics`."""

    def __init__(self, measured: Measured) -> None:
        self._measured = measured
        self._registry = CollectorRegistry()
        self._registry.register(self)

    def render(self) -> bytes:
        return generate_latest(self._registry)

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        signalling = self._measured.signalling
        yield _gauge("accounts", "Accounts by upstream and state.", ("upstream", "state"), _states(signalling))
        sent = [((name,), line.sent) for name, line in signalling.keeper.lines.items()]
        yield _count("registers_sent", "REGISTER requests sent.", ("upstream",), sent)
        yield _gauge("calls_held", "Callers who wait for a device.", (), [((), len(signalling.calls))])
        ends = [((state.value,), number) for state, number in signalling.calls.ends.items()]
        yield _count("call_ends", "How calls ended for devices.", ("state",), ends)
        refused = [((str(status),), number) for status, number in signalling.calls.refused.items()]
        yield _count("calls_refused", "Calls that were not taken, by status.", ("status",), refused)
        endpoint = [((name,), number) for name, number in signalling.endpoint.counters.items()]
        yield _count("sip_events", "What the SIP endpoint counted.", ("event",), endpoint)
        turned_away = [((where,), number) for where, number in _turned_away(signalling)]
        yield _count("turned_away", "Datagrams, connections and guesses that were not served.", ("where",), turned_away)
        yield _gauge(
            "device_connections", "Connections of devices.", (), [((), signalling.device_net.streams.connections)]
        )
        outcomes = [((kind.value, end.value), n) for (kind, end), n in self._measured.wake.outcomes.items()]
        yield _count("pushes", "Pushes by kind and outcome.", ("kind", "outcome"), outcomes)
        queued = [((recipient,), number) for recipient, number in self._measured.wake.queued().items()]
        yield _gauge("pushes_queued", "Pushes that wait to be sent.", ("recipient",), queued)
        yield _count("missed_dropped", "Missed calls that found their queue full.", (), self._missed_dropped())
        yield _gauge("push_instances", "Devices that can be woken.", (), [((), len(self._measured.wake))])
        yield _count("egress_blocked", "What the gate stopped.", ("recipient", "flow", "reason"), self._blocked())
        residues = [((), self._measured.erasures.residues)]
        yield _count("erasure_residues", "Erasures after which the scan still found something.", (), residues)
        failures = [((name,), number) for name, number in self._measured.upkeep.failures.items()]
        yield _count("upkeep_failures", "Chores that failed.", ("work",), failures)

    def _missed_dropped(self) -> _Values:
        return [((), self._measured.missed.dropped)]

    def _blocked(self) -> _Values:
        return [(key, float(number)) for gate in self._measured.gates.values() for key, number in gate.blocked.items()]


def _turned_away(signalling: Signalling) -> Iterator[tuple[str, int]]:
    yield "pbx_side", signalling.pbx_door.dropped
    yield "devices", signalling.device_door.dropped
    yield "udp_send", signalling.pbx_net.dropped + signalling.device_net.udp.dropped
    yield "tls_refused", signalling.device_net.streams.refused
    yield "tls_cut", signalling.device_net.streams.cut
    yield "tcp_refused", signalling.pbx_net.streams.refused
    yield "tcp_cut", signalling.pbx_net.streams.cut
    yield "guesses", signalling.guard.refused


def _states(signalling: Signalling) -> _Values:
    return [
        ((name, state.value), float(number))
        for name, line in signalling.keeper.lines.items()
        for state, number in line.states.items()
    ]


def _gauge(name: str, says: str, labels: tuple[str, ...], values: _Values) -> Metric:
    family = GaugeMetricFamily(f"ringfence_{name}", says, labels=labels)
    for key, value in values:
        family.add_metric(key, value)
    return family


def _count(name: str, says: str, labels: tuple[str, ...], values: _Values) -> Metric:
    family = CounterMetricFamily(f"ringfence_{name}", says, labels=labels)
    for key, value in values:
        family.add_metric(key, value)
    return family
