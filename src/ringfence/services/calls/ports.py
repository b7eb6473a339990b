"""What this service needs of the world; the gateway and `app` bring it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ringfence.identifiers import CallRef, DeviceId
from ringfence.protocols.sip.flow import Flow
from ringfence.services.calls.states import Why

__all__ = ["Binding", "Caller", "Waker"]


class Binding(Protocol):
    """Where a device is reached: all that a held call must know of it is the flow, compared by identity."""

    @property
    def flow(self) -> Flow: ...


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, as far as the device may know; both empty where the caller asked for privacy. Third-person data."""

    name: str = field(default="", repr=False)
    uri: str = field(default="", repr=False)


class Waker(Protocol):
    """Wakes sleeping devices; hands over at once and never blocks, the network comes later."""

    def has(self, device: DeviceId) -> bool:
        """Whether the device can be pushed."""
        ...

    def ring(
        self, devices: Sequence[DeviceId], call_ref: CallRef, by_epoch: int, caller: Caller, *, call_id: str
    ) -> Collection[DeviceId]:
        """Push each device for a call that is held until `by_epoch` (epoch seconds); returns whom it can't push.

        `call_id` is the Call-ID that the INVITE will carry, for builds that pair the two by it.
        """
        ...

    def quiet(self, devices: Sequence[DeviceId], call_ref: CallRef, why: Why) -> None:
        """Tell devices that were pushed for a call that it is over; never by a VoIP token."""
        ...

    def alert(self, device: DeviceId) -> None:
        """Wake a device for a request inside a dialog that it has."""
        ...
