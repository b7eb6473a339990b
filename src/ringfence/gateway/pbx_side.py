"""Which messages come from which PBX, and the flow to it."""

from collections.abc import Iterable, Mapping
from typing import Protocol, final

from ringfence.gateway.door import networks, within
from ringfence.gateway.upstream import UpstreamSettings
from ringfence.identifiers import UpstreamId
from ringfence.protocols.sip.flow import Flow

__all__ = ["Line", "PbxSide", "Side"]


class Line(Protocol):
    """The way to one PBX, as the keeper has it."""

    @property
    def settings(self) -> UpstreamSettings: ...

    @property
    def flow(self) -> Flow | None:
        """None while there is no connection."""
        ...


class Side(Protocol):
    """A door that PBXs come in by."""

    def leads(self, flow: Flow) -> bool: ...


@final
class PbxSide:
    """Asked for every request; sources are compared once for each address."""

    def __init__(self, doors: Iterable[Side], lines: Mapping[UpstreamId, Line]) -> None:
        self._doors = tuple(doors)
        self._lines = lines
        self._sources = {id_: networks(line.settings.sources) for id_, line in lines.items()}
        self._verdicts: dict[tuple[UpstreamId, str], bool] = {}

    def faces(self, flow: Flow) -> bool:
        """True for a flow of a PBX, False for a device's."""
        for door in self._doors:  # noqa: SIM110 - asked several times for every message: a generator costs the double
            if door.leads(flow):
                return True
        return False

    def admits(self, upstream: UpstreamId, flow: Flow) -> bool:
        """True where this PBX, and not merely some PBX, may send by this flow."""
        host = flow.peer[0]
        own = self.flow_to(upstream)
        if own is not None and own.peer[0] == host:
            return True
        verdict = self._verdicts.get((upstream, host))
        if verdict is None:
            verdict = self._verdicts[upstream, host] = within(host, self._sources.get(upstream, ()))
        return verdict

    def flow_to(self, upstream: UpstreamId) -> Flow | None:
        """The way to the PBX; what Route says beyond it is the PBX's to follow."""
        line = self._lines.get(upstream)
        return line.flow if line is not None else None
