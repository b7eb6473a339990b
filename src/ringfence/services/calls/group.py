"""The devices of one call together: asking them, giving them up, and how the call ends for each."""

from collections.abc import Iterable, Iterator

from ringfence.identifiers import DeviceId
from ringfence.protocols.sip.proxy import TIMER_C
from ringfence.services.calls.actions import Action, CancelBranch, End, ForkTo, QuietPush, Woke
from ringfence.services.calls.legs import Branch, Leg
from ringfence.services.calls.ports import Binding
from ringfence.services.calls.states import EndState, Why

__all__ = ["Group", "cancel", "cancel_branches", "fork", "woke"]


class Group:
    """The legs of a call, by device, in the order in which they came."""

    __slots__ = ("_fate", "_legs")

    def __init__(self) -> None:
        self._legs: dict[DeviceId, Leg] = {}
        self._fate = EndState.MISSED

    def __bool__(self) -> bool:
        return bool(self._legs)

    def __iter__(self) -> Iterator[Leg]:
        return iter(self._legs.values())

    def get(self, device: DeviceId) -> Leg | None:
        return self._legs.get(device)

    def add(self, device: DeviceId) -> Leg:
        leg = self._legs[device] = Leg(device)
        return leg

    def open(self) -> Iterable[Branch]:
        return (branch for leg in self for branch in leg.branches if branch.open)

    def release(self, fate: EndState, why: Why) -> list[Action]:
        """Cancel every open branch, tell those who only were pushed, end the call for whoever has no branch."""
        self._fate = fate
        actions: list[Action] = []
        for leg in self:
            actions += cancel_branches(leg, why)
            if leg.pushed and not leg.told and leg.end is None and not leg.heard:
                leg.told = True
                actions.append(QuietPush(leg.device, why))
            actions += self.end(leg)
        return actions

    def forget(self) -> list[Action]:
        """Expect nothing more of any branch."""
        actions: list[Action] = []
        for leg in self:
            for branch in leg.branches:
                branch.open = False
            actions += self.end(leg)
        return actions

    def end(self, leg: Leg, state: EndState | None = None) -> list[Action]:
        """The call ends for a device: as said, or as for all once no branch of it is open."""
        if leg.end is not None or (leg.live and state is None):
            return []
        leg.end = state or self._fate
        return [End(leg.device, leg.end)]


def fork(leg: Leg, binding: Binding, now: float) -> Action:
    branch = Branch(leg, binding, now + TIMER_C)
    leg.branches.append(branch)
    leg.settled = False
    return ForkTo(branch)


def woke(leg: Leg, now: float) -> list[Action]:
    if leg.pushed_at is None or leg.woke:
        return []
    leg.woke = True
    return [Woke(leg.device, now - leg.pushed_at)]


def cancel_branches(leg: Leg, why: Why) -> list[Action]:
    return [action for branch in leg.branches if branch.open for action in cancel(branch, why)]


def cancel(branch: Branch, why: Why) -> list[Action]:
    if branch.cancelled:
        return []
    branch.cancelled = True
    return [CancelBranch(branch, why)]
