"""The part of one device in a held call, and the branches that lead to it."""

from ringfence.identifiers import DeviceId
from ringfence.protocols.sip.flow import Flow
from ringfence.services.calls.ports import Binding
from ringfence.services.calls.states import EndState

__all__ = ["Branch", "Leg"]


class Branch:
    """One INVITE that was sent to one binding of a device; the handle by which answers find their way back."""

    __slots__ = ("binding", "cancelled", "disowned", "heard", "leg", "open", "superseded", "timer_c")

    def __init__(self, leg: "Leg", binding: Binding, timer_c: float) -> None:
        self.leg = leg
        self.binding = binding
        self.open = True
        """No final answer, no failure yet."""
        self.heard = False
        """A provisional answer came: the device has the INVITE, and a CANCEL may be sent."""
        self.cancelled = False
        """It was given up; the CANCEL leaves as soon as the branch was heard."""
        self.superseded = False
        """A newer flow of the same device got the INVITE before this one was heard: its failure counts for nothing."""
        self.timer_c = timer_c
        """When the branch has rung for too long (RFC 3261 section 16.6 step 11), on the monotonic clock."""
        self.disowned: list[bytes] = []
        """To-tags of 2xx answers that we hung up, so that a repeated 2xx gets an ACK and no second BYE."""


class Leg:
    """One device in one call: waiting for it to wake, ringing on one branch or several, settled, or ended."""

    __slots__ = ("branches", "device", "end", "pushed_at", "refused_on", "settled", "told", "woke")

    def __init__(self, device: DeviceId) -> None:
        self.device = device
        self.branches: list[Branch] = []
        self.pushed_at: float | None = None
        """When it was asked to wake for this call; at most once."""
        self.woke = False
        """It came after that."""
        self.told = False
        """It needs no word that the call is over: it had it, or the push never reached it."""
        self.settled = False
        """Nothing more is expected of it, short of a registration on another flow: it failed, or can't be woken."""
        self.refused_on: Flow | None = None
        """The flow on which it gave a final answer: registering there again brings no second INVITE."""
        self.end: EndState | None = None

    @property
    def pushed(self) -> bool:
        return self.pushed_at is not None

    @property
    def live(self) -> bool:
        """Some branch is open."""
        return any(branch.open for branch in self.branches)

    @property
    def heard(self) -> bool:
        """Some open branch was heard."""
        return any(branch.open and branch.heard for branch in self.branches)

    @property
    def done(self) -> bool:
        """The call need not wait for this device."""
        return self.end is not None or (self.settled and not self.live)
