"""A held call at a stateful proxy, without IO (RFC 3261 section 16, with branches that come late).

One INVITE server transaction is one `HeldCall`. It is told events and the time, and answers with actions; it knows
devices and branches, never a header field. What happens where (docs/call-states.md has it whole; a test compares):

                 WAKING            RINGING             CANCELLING          ANSWERED         REFUSED
    Invite       begin             -                   -                   -                -
    Provisional  relay             relay               heard               heard            heard
    Success      relay, answered   relay, answered     relay, answered     relay            ACK, BYE
    Failure      end of branch     collect, conclude   answer when last    end of branch    end of branch
    Lost         end of branch     fork, push or wait  answer when last    end of branch    end of branch
    Bound        fork              fork or supersede   -                   -                -
    Unwakeable   conclude          conclude            -                   -                -
    Cancel       487               cancel branches     -                   -                -
    Tick         480               480, Timer C        answer              forget branches  forget branches
    Stop         480               480                 answer              forget branches  forget branches

WAKING and RINGING differ only by whether a branch is open, so a call goes back to WAKING when its last branch breaks.
"""

from collections.abc import Callable
from typing import Any, ClassVar, Final

from ringfence.identifiers import DeviceId
from ringfence.protocols.sip.message import Response
from ringfence.protocols.sip.proxy import TIMER_C
from ringfence.services.calls.actions import (
    Action,
    AnswerUpstream,
    End,
    HangUp,
    Missed,
    Push,
    RelayBest,
    RelayProvisional,
    RelaySuccess,
)
from ringfence.services.calls.events import (
    Bound,
    Cancel,
    Event,
    Failure,
    Invite,
    Lost,
    Provisional,
    Stop,
    Success,
    Tick,
    Unwakeable,
)
from ringfence.services.calls.group import Group, cancel, cancel_branches, fork, woke
from ringfence.services.calls.legs import Branch, Leg
from ringfence.services.calls.states import EndState, Phase, Why

__all__ = ["GIVE_UP", "HeldCall"]

_Handler = Callable[["HeldCall", Any, float], list[Action]]

GIVE_UP: Final = 32.0
"""Seconds (64*T1) that branches get to end once the call is decided (RFC 3261 section 9.1)."""

_DECLINES: Final = frozenset({480, 486, 600, 603, 606, 607, 608})
"""What a person, or the phone by its person's wish, says; any other failure is the phone's own."""
_TERMINATED: Final = 487
"""Says only that a CANCEL, ours or somebody's, came through: no answer to hand on."""
_MERGED: Final = 482
"""The device has this INVITE already, by another of its flows (RFC 3261 section 8.2.2.2): no decline."""


class HeldCall:
    """One call to one account; see the module for its table.

    `handle` takes any event in any order and never raises; times are seconds on one monotonic clock.
    """

    __slots__ = ("_candidates", "_deadline", "_give_up", "_group", "_missable", "_status", "phase")

    def __init__(self, deadline: float) -> None:
        self.phase = Phase.WAKING
        self._deadline = deadline
        self._give_up = 0.0
        self._group = Group()
        self._candidates: list[Response] = []
        self._missable = True
        self._status = 480

    def handle(self, event: Event, now: float) -> list[Action]:
        """What to do about `event`, in order."""
        return self._TABLE[self.phase][type(event)](self, event, now)

    @property
    def due(self) -> float | None:
        """When to hand in a `Tick`; None when nothing is awaited. A `Tick` before that does nothing."""
        if self.held:
            return min([self._deadline, *(branch.timer_c for branch in self._group.open())])
        return None if self.over else self._give_up

    @property
    def held(self) -> bool:
        """The caller waits, and a device that wakes now gets the INVITE."""
        return self.phase in (Phase.WAKING, Phase.RINGING)

    @property
    def over(self) -> bool:
        """Decided, and no branch is open; only a repeated 2xx can still come."""
        return self.phase in (Phase.ANSWERED, Phase.REFUSED) and not any(self._group.open())

    @property
    def ends(self) -> dict[DeviceId, EndState | None]:
        """How the call ended for each of its devices, None where it has not yet."""
        return {leg.device: leg.end for leg in self._group}

    # While the caller waits

    def _begin(self, event: Invite, now: float) -> list[Action]:
        if self._group:
            return []
        forks: list[Action] = []
        self._missable = event.wake
        for candidate in event.candidates:
            push = event.wake and candidate.wakeable and not candidate.awake
            if candidate.binding is None and not push:
                continue
            leg = self._group.add(candidate.device)
            leg.pushed_at = now if push else None
            if candidate.binding is not None:
                forks.append(fork(leg, candidate.binding, now))
        if not self._group:
            return self._refuse(480, EndState.MISSED, Why.MISSED, now)
        pushes: list[Action] = []
        if pushed := tuple(leg.device for leg in self._group if leg.pushed):
            pushes = [Push(pushed), AnswerUpstream(180)]
        self._settle_phase()
        return pushes + forks

    def _bound(self, event: Bound, now: float) -> list[Action]:
        leg = self._group.get(event.device)
        if leg is None:
            leg = self._group.add(event.device)
        actions = woke(leg, now)
        flow = event.binding.flow
        opened = [branch for branch in leg.branches if branch.open]
        has_it = leg.heard or any(branch.binding.flow is flow for branch in opened)
        if leg.end is not None or leg.refused_on is flow or has_it:
            return actions
        for branch in opened:
            branch.superseded = True
        actions.append(fork(leg, event.binding, now))
        self._settle_phase()
        return actions

    def _provisional(self, event: Provisional, now: float) -> list[Action]:
        branch = event.branch
        branch.heard = True
        branch.superseded = False
        if event.response.status == 100 or not branch.open:
            return []
        branch.timer_c = now + TIMER_C
        return [RelayProvisional(branch, event.response)]

    def _failure(self, event: Failure, now: float) -> list[Action]:
        branch, status = event.branch, event.response.status
        leg = branch.leg
        if not branch.open:
            return []
        branch.open = False
        leg.refused_on = branch.binding.flow
        if branch.superseded or status == _MERGED or leg.end is not None:
            return self._conclude(now)
        leg.settled = leg.told = True
        if status != _TERMINATED:
            self._candidates.append(event.response)
        return self._declined(leg, status, now) if _declines(status) else self._conclude(now)

    def _declined(self, leg: Leg, status: int, now: float) -> list[Action]:
        leg.end = EndState.DECLINED
        actions: list[Action] = [End(leg.device, leg.end), *cancel_branches(leg, Why.CANCELLED)]
        if status >= 600:
            return actions + self._decide(EndState.CANCELLED, Why.DECLINED_ELSEWHERE, now)
        return actions + self._conclude(now)

    def _lost(self, event: Lost, now: float) -> list[Action]:
        branch, leg = event.branch, event.branch.leg
        if not branch.open:
            return []
        branch.open = False
        if leg.live or leg.done:
            return self._conclude(now)
        action: list[Action] = []
        if event.newest is not None and event.newest.flow is not branch.binding.flow:
            action = [fork(leg, event.newest, now)]
        elif not leg.pushed:
            leg.pushed_at = now
            action = [Push((leg.device,))]
        self._settle_phase()
        return action

    def _unwakeable(self, event: Unwakeable, now: float) -> list[Action]:
        leg = self._group.get(event.device)
        if leg is None:
            return []
        leg.told = True
        leg.settled = True
        return self._conclude(now)

    def _conclude(self, now: float) -> list[Action]:
        """Answer the caller once no device is worth waiting for."""
        self._settle_phase()
        if not all(leg.done for leg in self._group):
            return []
        return self._decide(EndState.MISSED, Why.MISSED, now)

    def _settle_phase(self) -> None:
        self.phase = Phase.RINGING if any(self._group.open()) else Phase.WAKING

    # The decision

    def _cancel(self, event: Cancel, now: float) -> list[Action]:
        if event.elsewhere:
            self._missable = False
            return self._decide(EndState.ANSWERED_ELSEWHERE, Why.ANSWERED_ELSEWHERE, now, cancelled=True)
        return self._decide(EndState.CANCELLED, Why.CANCELLED, now, cancelled=True)

    def _decide(self, fate: EndState, why: Why, now: float, *, cancelled: bool = False) -> list[Action]:
        """Give up what is open; the final answer follows when the branches have ended."""
        if cancelled:
            self._candidates.clear()  # whatever was said before, the caller's own word is the last
            self._status = 487
        self.phase = Phase.CANCELLING
        self._give_up = now + GIVE_UP
        released = self._group.release(fate, why)
        return self._answer_if_ended() + released

    def _answer_if_ended(self) -> list[Action]:
        """A branch that never was heard, a dead flow perhaps, does not keep the caller waiting."""
        if any(branch.heard for branch in self._group.open()):
            return []
        self.phase = Phase.REFUSED
        answer: Action = RelayBest(tuple(self._candidates)) if self._candidates else AnswerUpstream(self._status)
        return [answer, *self._missed()]

    def _deadline_passed(self, _event: Event, now: float) -> list[Action]:
        return self._refuse(480, EndState.MISSED, Why.MISSED, now)

    def _refuse(self, status: int, fate: EndState, why: Why, now: float) -> list[Action]:
        """Answer at once, whatever is open."""
        self.phase = Phase.REFUSED
        self._give_up = now + GIVE_UP
        return [AnswerUpstream(status), *self._group.release(fate, why), *self._missed()]

    def _tick_held(self, event: Tick, now: float) -> list[Action]:
        if now >= self._deadline:
            return self._deadline_passed(event, now)
        rung_out = [branch for branch in self._group.open() if now >= branch.timer_c]
        actions: list[Action] = []
        for branch in rung_out:
            actions += self._ring_out(branch, now)
        return actions + self._conclude(now) if rung_out else []

    def _ring_out(self, branch: Branch, now: float) -> list[Action]:
        """Timer C: cancel what rings, then wait for its end as long as for any other (RFC 3261 section 16.8)."""
        branch.leg.settled = True
        branch.open = branch.heard and not branch.cancelled
        branch.timer_c = now + GIVE_UP
        return cancel(branch, Why.MISSED)

    def _success(self, event: Success, now: float) -> list[Action]:
        branch = event.branch
        branch.open = False
        actions: list[Action] = [RelaySuccess(branch, event.response)]
        if branch.leg.end is None:
            branch.leg.end = EndState.ANSWERED
            actions.append(End(branch.leg.device, EndState.ANSWERED))
        if self.phase is Phase.ANSWERED:
            return actions
        self.phase = Phase.ANSWERED
        self._give_up = now + GIVE_UP
        return actions + self._group.release(EndState.ANSWERED_ELSEWHERE, Why.ANSWERED_ELSEWHERE)

    def _missed(self) -> list[Action]:
        taken = any(leg.end is EndState.DECLINED for leg in self._group)
        return [Missed()] if self._missable and not taken else []

    # After the decision

    def _heard(self, event: Provisional, _now: float) -> list[Action]:
        event.branch.heard = True
        return []

    def _branch_failed(self, event: Failure, _now: float) -> list[Action]:
        event.branch.open = False
        declined = _declines(event.response.status) and not event.branch.superseded
        return self._group.end(event.branch.leg, EndState.DECLINED if declined else None)

    def _branch_lost(self, event: Lost, _now: float) -> list[Action]:
        event.branch.open = False
        return self._group.end(event.branch.leg)

    def _last_branch_failed(self, event: Failure, now: float) -> list[Action]:
        return self._branch_failed(event, now) + self._answer_if_ended()

    def _last_branch_lost(self, event: Lost, now: float) -> list[Action]:
        return self._branch_lost(event, now) + self._answer_if_ended()

    def _disown(self, event: Success, _now: float) -> list[Action]:
        branch, response = event.branch, event.response
        tag = response.get(b"to") or b""
        first = tag not in branch.disowned
        branch.open = False
        if first:
            branch.disowned.append(tag)
        return [HangUp(branch, response, first), *self._group.end(branch.leg)]

    def _forget_branches(self, event: Event, now: float) -> list[Action]:
        if isinstance(event, Tick) and now < self._give_up:
            return []
        return self._group.forget()

    def _answer_now(self, event: Event, now: float) -> list[Action]:
        return self._forget_branches(event, now) + self._answer_if_ended()

    def _nothing(self, _event: Event, _now: float) -> list[Action]:
        return []

    _HELD: ClassVar[dict[type, _Handler]] = {
        Provisional: _provisional,
        Success: _success,
        Failure: _failure,
        Lost: _lost,
        Bound: _bound,
        Unwakeable: _unwakeable,
        Cancel: _cancel,
        Tick: _tick_held,
        Stop: _deadline_passed,
    }
    _DECIDED: ClassVar[dict[type, _Handler]] = {
        Invite: _nothing,
        Provisional: _heard,
        Failure: _branch_failed,
        Lost: _branch_lost,
        Bound: _nothing,
        Unwakeable: _nothing,
        Cancel: _nothing,
        Tick: _forget_branches,
        Stop: _forget_branches,
    }
    _TABLE: ClassVar[dict[Phase, dict[type, _Handler]]] = {
        Phase.WAKING: {Invite: _begin, **_HELD},
        Phase.RINGING: {Invite: _nothing, **_HELD},
        Phase.CANCELLING: {
            **_DECIDED,
            Success: _success,
            Failure: _last_branch_failed,
            Lost: _last_branch_lost,
            Tick: _answer_now,
            Stop: _answer_now,
        },
        Phase.ANSWERED: {**_DECIDED, Success: _success},
        Phase.REFUSED: {**_DECIDED, Success: _disown},
    }


def _declines(status: int) -> bool:
    return status in _DECLINES or status < 400
