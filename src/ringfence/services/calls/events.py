"""What can happen to a held call. Times are not part of an event: the machine is told `now` beside it."""

from dataclasses import dataclass

from ringfence.identifiers import DeviceId
from ringfence.protocols.sip.message import Response
from ringfence.services.calls.legs import Branch
from ringfence.services.calls.ports import Binding

__all__ = [
    "Bound",
    "Cancel",
    "Candidate",
    "Event",
    "Failure",
    "Invite",
    "Lost",
    "Provisional",
    "Stop",
    "Success",
    "Tick",
    "Unwakeable",
]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A device of the called account when the INVITE came."""

    device: DeviceId
    binding: Binding | None
    awake: bool
    """Its flow answered a keep-alive just now; a suspended phone's kernel accepts bytes that no app reads."""
    wakeable: bool = True
    """It has a living push instance."""


@dataclass(frozen=True, slots=True)
class Invite:
    """The INVITE of the caller; the first event of a call, and the only time it comes (repeats are absorbed below)."""

    candidates: tuple[Candidate, ...]
    wake: bool = True
    """False where sleeping devices have nothing to gain: the INVITE replaces a dialog that some device has."""


@dataclass(frozen=True, slots=True)
class Cancel:
    """The caller gave up; `elsewhere` where its Reason says that the call was answered outside (RFC 3326)."""

    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Provisional:
    """A 1xx of a device, 100 included."""

    branch: Branch
    response: Response


@dataclass(frozen=True, slots=True)
class Success:
    """A 2xx of a device; it may come repeatedly and from several forks behind one branch."""

    branch: Branch
    response: Response


@dataclass(frozen=True, slots=True)
class Failure:
    """A 3xx to 6xx that a device sent."""

    branch: Branch
    response: Response


@dataclass(frozen=True, slots=True)
class Lost:
    """A branch ended without an answer of the device: its flow broke, or nothing came in 64*T1."""

    branch: Branch
    newest: Binding | None
    """The newest binding that the device has now; the lost one where there is no other."""


@dataclass(frozen=True, slots=True)
class Bound:
    """A device of the account registered."""

    device: DeviceId
    binding: Binding


@dataclass(frozen=True, slots=True)
class Unwakeable:
    """A push came to nothing: no living push instance, or the push service says that the token is dead."""

    device: DeviceId


@dataclass(frozen=True, slots=True)
class Tick:
    """A moment that the machine asked for by `due` has come."""


@dataclass(frozen=True, slots=True)
class Stop:
    """The process ends in good order and this call with it."""


Event = Invite | Cancel | Provisional | Success | Failure | Lost | Bound | Unwakeable | Tick | Stop
