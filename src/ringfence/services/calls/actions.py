"""What a held call asks for. The gateway carries the actions out in the order in which they are given."""

from dataclasses import dataclass

from ringfence.identifiers import DeviceId
from ringfence.protocols.sip.message import Response
from ringfence.services.calls.legs import Branch
from ringfence.services.calls.states import EndState, Why

__all__ = [
    "Action",
    "AnswerUpstream",
    "CancelBranch",
    "End",
    "ForkTo",
    "HangUp",
    "Missed",
    "Push",
    "QuietPush",
    "RelayBest",
    "RelayProvisional",
    "RelaySuccess",
    "Woke",
]


@dataclass(frozen=True, slots=True)
class Push:
    """Wake these devices for the call."""

    devices: tuple[DeviceId, ...]


@dataclass(frozen=True, slots=True)
class ForkTo:
    """Send the INVITE to the binding of this branch."""

    branch: Branch


@dataclass(frozen=True, slots=True)
class RelayProvisional:
    """Pass a 1xx (never 100) to the caller."""

    branch: Branch
    response: Response


@dataclass(frozen=True, slots=True)
class RelaySuccess:
    """Pass a 2xx to the caller; every one, also the second and the repeated (RFC 3261 section 16.7 step 5)."""

    branch: Branch
    response: Response


@dataclass(frozen=True, slots=True)
class RelayBest:
    """Pass the best of what the devices answered to the caller (RFC 3261 section 16.7 step 6); never empty, no 2xx."""

    responses: tuple[Response, ...]


@dataclass(frozen=True, slots=True)
class AnswerUpstream:
    """Answer the caller ourselves, with our own To-tag: 180 while we wake, 480 at the deadline, 487 when cancelled."""

    status: int


@dataclass(frozen=True, slots=True)
class CancelBranch:
    """Send CANCEL on this branch as soon as it was heard."""

    branch: Branch
    why: Why


@dataclass(frozen=True, slots=True)
class HangUp:
    """Acknowledge a 2xx that nobody waits for any more, and (`bye`) end its dialog."""

    branch: Branch
    response: Response
    bye: bool


@dataclass(frozen=True, slots=True)
class QuietPush:
    """Tell a device that was pushed and never heard that it need not ring."""

    device: DeviceId
    why: Why


@dataclass(frozen=True, slots=True)
class Missed:
    """Nobody took or declined the call: keep a missed call for the callee. At most once in a call."""


@dataclass(frozen=True, slots=True)
class Woke:
    """A device that was pushed has come, `after` so many seconds: the push was worth something."""

    device: DeviceId
    after: float


@dataclass(frozen=True, slots=True)
class End:
    """The call ended for this device. Exactly once for each device that was pushed or invited."""

    device: DeviceId
    state: EndState


Action = (
    Push
    | ForkTo
    | RelayProvisional
    | RelaySuccess
    | RelayBest
    | AnswerUpstream
    | CancelBranch
    | HangUp
    | QuietPush
    | Missed
    | Woke
    | End
)
