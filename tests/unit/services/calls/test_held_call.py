"""One held call, event by event: what is asked for, and how it ends for each device."""

from typing import cast

import pytest

from ringfence.identifiers import DeviceId
from ringfence.protocols.sip.flow import Flow
from ringfence.protocols.sip.message import Response
from ringfence.protocols.sip.proxy import TIMER_C
from ringfence.services.calls import EndState, HeldCall, Phase, Why
from ringfence.services.calls.actions import (
    Action,
    AnswerUpstream,
    CancelBranch,
    End,
    ForkTo,
    HangUp,
    Missed,
    Push,
    QuietPush,
    RelayBest,
    RelayProvisional,
    RelaySuccess,
)
from ringfence.services.calls.events import (
    Bound,
    Cancel,
    Candidate,
    Failure,
    Invite,
    Lost,
    Provisional,
    Stop,
    Success,
    Tick,
    Unwakeable,
)
from ringfence.services.calls.held_call import GIVE_UP
from ringfence.services.calls.legs import Branch

ALICE, BOB = DeviceId("alice"), DeviceId("bob")
DEADLINE = 40.0


class At:
    """A binding on a flow of its own."""

    def __init__(self, flow: Flow | None = None) -> None:
        self._flow = flow or cast("Flow", object())

    @property
    def flow(self) -> Flow:
        return self._flow


def answer(status: int, tag: bytes = b"t") -> Response:
    response = Response.make(status, b"")
    response.add(b"to", b"<sip:x@example.test>;tag=" + tag)
    return response


def asleep(*devices: DeviceId) -> Invite:
    return Invite(tuple(Candidate(device, None, awake=False) for device in devices))


def ringing(*devices: DeviceId) -> tuple[HeldCall, list[Branch]]:
    """A call whose devices woke and ring."""
    call = HeldCall(DEADLINE)
    call.handle(asleep(*devices), 0.0)
    branches = [fork(call.handle(Bound(device, At()), 1.0)) for device in devices]
    for branch in branches:
        call.handle(Provisional(branch, answer(180)), 1.1)
    return call, branches


def fork(actions: list[Action]) -> Branch:
    (branch,) = [action.branch for action in actions if isinstance(action, ForkTo)]
    return branch


def test_sleeping_devices_are_pushed_before_anything_else() -> None:
    call = HeldCall(DEADLINE)
    assert call.handle(asleep(ALICE, BOB), 0.0) == [Push((ALICE, BOB)), AnswerUpstream(180)]
    assert (call.phase, call.due) == (Phase.WAKING, DEADLINE)


def test_a_device_whose_flow_is_alive_is_invited_and_not_pushed() -> None:
    call = HeldCall(DEADLINE)
    (action,) = call.handle(Invite((Candidate(ALICE, At(), awake=True),)), 0.0)
    assert isinstance(action, ForkTo)
    assert call.phase is Phase.RINGING


@pytest.mark.pitfall(2)
def test_a_stale_flow_is_tried_beside_the_push_and_costs_the_caller_nothing() -> None:
    call = HeldCall(DEADLINE)
    push, own_180, stale = call.handle(Invite((Candidate(ALICE, At(), awake=False),)), 0.0)
    assert (push, own_180) == (Push((ALICE,)), AnswerUpstream(180))
    assert isinstance(stale, ForkTo)
    newer = fork(call.handle(Bound(ALICE, At()), 3.0))
    assert call.handle(Lost(stale.branch, newest=None), 3.5) == []
    assert call.handle(Provisional(newer, answer(180)), 4.0) != []


def test_an_account_without_a_device_to_reach_is_unavailable_at_once() -> None:
    call = HeldCall(DEADLINE)
    assert call.handle(Invite(()), 0.0) == [AnswerUpstream(480), Missed()]
    assert call.over


@pytest.mark.pitfall(34)
def test_an_invite_that_replaces_a_dialog_pushes_nobody() -> None:
    call = HeldCall(DEADLINE)
    two = (Candidate(ALICE, At(), awake=False), Candidate(BOB, None, awake=False))
    (action,) = call.handle(Invite(two, wake=False), 0.0)
    assert isinstance(action, ForkTo)
    assert call.ends == {ALICE: None}
    assert HeldCall(DEADLINE).handle(Invite((two[1],), wake=False), 0.0) == [AnswerUpstream(480)]


@pytest.mark.pitfall(1)
def test_a_dead_contact_is_never_the_answer_while_the_device_may_wake() -> None:
    call = HeldCall(DEADLINE)
    branch = fork(call.handle(Invite((Candidate(ALICE, At(), awake=True),)), 0.0))
    assert call.handle(Lost(branch, newest=branch.binding), 0.1) == [Push((ALICE,))]
    assert call.phase is Phase.WAKING
    assert fork(call.handle(Bound(ALICE, At()), 6.0)).leg.device == ALICE


@pytest.mark.pitfall(7)
def test_one_broken_branch_leaves_the_other_ringing() -> None:
    call, (alice, bob) = ringing(ALICE, BOB)
    assert call.handle(Failure(alice, answer(500)), 2.0) == []
    progress = answer(183)
    assert call.handle(Provisional(bob, progress), 3.0) == [RelayProvisional(bob, progress)]
    assert call.held


@pytest.mark.pitfall(8)
def test_any_number_of_devices_may_wake_while_another_rings() -> None:
    call, _ = ringing(ALICE)
    for name in ("bob", "carol", "dave"):
        assert fork(call.handle(Bound(DeviceId(name), At()), 5.0)).leg.device == name


def test_a_refresh_on_the_same_flow_brings_no_second_invite() -> None:
    call = HeldCall(DEADLINE)
    call.handle(asleep(ALICE), 0.0)
    binding = At()
    fork(call.handle(Bound(ALICE, binding), 1.0))
    assert call.handle(Bound(ALICE, At(binding.flow)), 2.0) == []


def test_a_newer_flow_supersedes_a_branch_that_was_not_heard_and_its_failure_is_ignored() -> None:
    call = HeldCall(DEADLINE)
    call.handle(asleep(ALICE), 0.0)
    old = fork(call.handle(Bound(ALICE, At()), 1.0))
    new = fork(call.handle(Bound(ALICE, At()), 2.0))
    assert old.superseded
    assert call.handle(Failure(old, answer(603)), 3.0) == []
    assert call.handle(Success(new, answer(200)), 4.0)[-1] == End(ALICE, EndState.ANSWERED)


def test_a_newer_flow_waits_while_the_device_rings_and_is_used_when_the_older_breaks() -> None:
    call, (branch,) = ringing(ALICE)
    newer = At()
    assert call.handle(Bound(ALICE, newer), 2.0) == []
    assert fork(call.handle(Lost(branch, newest=newer), 3.0)).binding is newer


def test_482_is_no_decline() -> None:
    call = HeldCall(DEADLINE)
    call.handle(asleep(ALICE), 0.0)
    old = fork(call.handle(Bound(ALICE, At()), 1.0))
    new = fork(call.handle(Bound(ALICE, At()), 2.0))
    assert call.handle(Failure(new, answer(482)), 3.0) == []
    call.handle(Provisional(old, answer(180)), 3.1)
    assert End(ALICE, EndState.ANSWERED) in call.handle(Success(old, answer(200)), 4.0)


def test_an_answer_ends_the_call_for_the_others_by_cancel_or_by_quiet_push() -> None:
    call = HeldCall(DEADLINE)
    call.handle(asleep(ALICE, BOB, DeviceId("carol")), 0.0)
    alice, bob = (fork(call.handle(Bound(device, At()), 1.0)) for device in (ALICE, BOB))
    call.handle(Provisional(bob, answer(180)), 1.5)
    ok = answer(200)
    assert call.handle(Success(alice, ok), 2.0) == [
        RelaySuccess(alice, ok),
        End(ALICE, EndState.ANSWERED),
        CancelBranch(bob, Why.ANSWERED_ELSEWHERE),
        QuietPush(DeviceId("carol"), Why.ANSWERED_ELSEWHERE),
        End(DeviceId("carol"), EndState.ANSWERED_ELSEWHERE),
    ]
    assert call.handle(Failure(bob, answer(487)), 2.1) == [End(BOB, EndState.ANSWERED_ELSEWHERE)]
    assert call.over


@pytest.mark.pitfall(18)
def test_a_device_whose_200_was_taken_is_never_cancelled() -> None:
    call, (alice, bob) = ringing(ALICE, BOB)
    actions = call.handle(Success(alice, answer(200)), 2.0) + call.handle(Success(bob, answer(200)), 2.0)
    assert not [action for action in actions if isinstance(action, CancelBranch) and action.branch is alice]
    assert [action.state for action in actions if isinstance(action, End)] == [EndState.ANSWERED] * 2


@pytest.mark.pitfall(3)
@pytest.mark.pitfall(19)
def test_a_late_waker_does_not_touch_the_answered_call() -> None:
    call = HeldCall(DEADLINE)
    call.handle(asleep(ALICE, BOB), 0.0)
    call.handle(Success(fork(call.handle(Bound(ALICE, At()), 1.0)), answer(200)), 2.0)
    assert call.handle(Bound(BOB, At()), 3.0) == []
    assert not call.held


@pytest.mark.pitfall(29)
def test_cancel_while_nobody_has_the_invite_is_answered_487_at_once() -> None:
    call = HeldCall(DEADLINE)
    call.handle(asleep(ALICE), 0.0)
    assert call.handle(Cancel(), 1.0) == [
        AnswerUpstream(487),
        Missed(),
        QuietPush(ALICE, Why.CANCELLED),
        End(ALICE, EndState.CANCELLED),
    ]


@pytest.mark.pitfall(4)
def test_cancel_while_ringing_waits_for_the_devices_but_not_for_ever() -> None:
    call, (alice, bob) = ringing(ALICE, BOB)
    assert call.handle(Cancel(), 5.0) == [CancelBranch(alice, Why.CANCELLED), CancelBranch(bob, Why.CANCELLED)]
    assert call.handle(Failure(alice, answer(487)), 5.1) == [End(ALICE, EndState.CANCELLED)]
    assert call.due == 5.0 + GIVE_UP
    assert call.handle(Tick(), 5.0 + GIVE_UP) == [End(BOB, EndState.CANCELLED), AnswerUpstream(487), Missed()]


def test_a_flow_that_was_never_heard_does_not_delay_487() -> None:
    call = HeldCall(DEADLINE)
    branch = fork(call.handle(Invite((Candidate(ALICE, At(), awake=False),)), 0.0))
    assert call.handle(Cancel(), 1.0) == [
        AnswerUpstream(487),
        Missed(),
        CancelBranch(branch, Why.CANCELLED),
        QuietPush(ALICE, Why.CANCELLED),
    ]
    assert not call.over
    assert call.handle(Lost(branch, newest=None), 32.0) == [End(ALICE, EndState.CANCELLED)]


def test_an_answer_that_crosses_the_cancel_wins() -> None:
    call, (alice,) = ringing(ALICE)
    call.handle(Cancel(), 5.0)
    ok = answer(200)
    assert call.handle(Success(alice, ok), 5.1) == [RelaySuccess(alice, ok), End(ALICE, EndState.ANSWERED)]


def test_a_call_that_was_answered_in_the_pbx_is_not_missed() -> None:
    call = HeldCall(DEADLINE)
    call.handle(asleep(ALICE), 0.0)
    actions = call.handle(Cancel(elsewhere=True), 1.0)
    assert Missed() not in actions
    assert actions[-1] == End(ALICE, EndState.ANSWERED_ELSEWHERE)


@pytest.mark.pitfall(24)
def test_at_the_deadline_the_caller_hears_480_and_the_callee_has_a_missed_call() -> None:
    call = HeldCall(DEADLINE)
    call.handle(asleep(ALICE), 0.0)
    assert call.handle(Tick(), DEADLINE - 1) == []
    assert call.handle(Tick(), DEADLINE) == [
        AnswerUpstream(480),
        QuietPush(ALICE, Why.MISSED),
        End(ALICE, EndState.MISSED),
        Missed(),
    ]


def test_an_answer_after_our_final_is_acknowledged_and_hung_up_once() -> None:
    call, (alice,) = ringing(ALICE)
    call.handle(Tick(), DEADLINE)
    ok, fork_of_it = answer(200), answer(200, b"u")
    assert call.handle(Success(alice, ok), DEADLINE + 0.1) == [HangUp(alice, ok, True), End(ALICE, EndState.MISSED)]
    assert call.handle(Success(alice, ok), DEADLINE + 0.6) == [HangUp(alice, ok, False)]
    assert call.handle(Success(alice, fork_of_it), DEADLINE + 0.7) == [HangUp(alice, fork_of_it, True)]


def test_a_decline_waits_for_those_who_may_still_answer() -> None:
    call, (alice, bob) = ringing(ALICE, BOB)
    busy = answer(486)
    assert call.handle(Failure(alice, busy), 2.0) == [End(ALICE, EndState.DECLINED)]
    failed = answer(500)
    assert call.handle(Failure(bob, failed), 3.0) == [RelayBest((busy, failed)), End(BOB, EndState.MISSED)]


def test_a_device_that_failed_gets_another_chance_on_another_flow_only() -> None:
    call, (alice, _bob) = ringing(ALICE, BOB)
    call.handle(Failure(alice, answer(500)), 2.0)
    assert call.handle(Bound(ALICE, At(alice.binding.flow)), 3.0) == []
    assert fork(call.handle(Bound(ALICE, At()), 4.0)).leg.device == ALICE


@pytest.mark.pitfall(30)
def test_a_decline_for_all_cancels_the_others_and_is_the_answer() -> None:
    call, (alice, bob) = ringing(ALICE, BOB)
    decline = answer(603)
    assert call.handle(Failure(alice, decline), 2.0) == [
        End(ALICE, EndState.DECLINED),
        CancelBranch(bob, Why.DECLINED_ELSEWHERE),
    ]
    assert call.handle(Failure(bob, answer(487)), 2.1) == [End(BOB, EndState.CANCELLED), RelayBest((decline,))]


def test_nobody_waits_for_a_device_that_cannot_be_woken() -> None:
    call = HeldCall(DEADLINE)
    call.handle(asleep(ALICE, BOB), 0.0)
    assert call.handle(Unwakeable(ALICE), 0.5) == []
    assert call.handle(Unwakeable(BOB), 0.6) == [
        AnswerUpstream(480),
        Missed(),
        End(ALICE, EndState.MISSED),
        End(BOB, EndState.MISSED),
    ]


def test_timer_c_starts_again_with_each_provisional_and_then_ends_the_branch() -> None:
    call = HeldCall(1000.0)
    branch = fork(call.handle(Invite((Candidate(ALICE, At(), awake=True),)), 0.0))
    call.handle(Provisional(branch, answer(100)), 50.0)
    call.handle(Provisional(branch, answer(180)), 100.0)
    assert call.due == 100.0 + TIMER_C
    assert call.handle(Tick(), 100.0 + TIMER_C) == [CancelBranch(branch, Why.MISSED)]
    assert call.handle(Failure(branch, answer(487)), 282.0) == [
        AnswerUpstream(480),
        Missed(),
        End(ALICE, EndState.MISSED),
    ]


def test_a_process_that_stops_in_good_order_leaves_no_caller_without_an_answer() -> None:
    call, _branches = ringing(ALICE)
    assert call.handle(Stop(), 3.0)[0] == AnswerUpstream(480)
    assert call.handle(Stop(), 3.0) == [End(ALICE, EndState.MISSED)]
    assert call.over


def test_a_device_is_pushed_once_in_a_call_however_often_its_flows_break() -> None:
    call = HeldCall(DEADLINE)
    call.handle(asleep(ALICE), 0.0)
    branch = fork(call.handle(Bound(ALICE, At()), 1.0))
    assert call.handle(Lost(branch, newest=None), 2.0) == []
    assert call.held


def test_a_superseded_flow_that_rings_after_all_counts_again() -> None:
    call = HeldCall(DEADLINE)
    call.handle(asleep(ALICE), 0.0)
    old = fork(call.handle(Bound(ALICE, At()), 1.0))
    new = fork(call.handle(Bound(ALICE, At()), 2.0))
    call.handle(Provisional(old, answer(180)), 3.0)
    call.handle(Failure(new, answer(482)), 3.1)
    busy = answer(486)
    assert call.handle(Failure(old, busy), 4.0) == [End(ALICE, EndState.DECLINED), RelayBest((busy,))]


def test_a_device_that_declined_on_one_flow_rings_on_no_other() -> None:
    call, (alice, _bob) = ringing(ALICE, BOB)
    other = Branch(alice.leg, At(), DEADLINE)
    other.heard = True
    alice.leg.branches.append(other)
    assert call.handle(Failure(alice, answer(486)), 2.0) == [
        End(ALICE, EndState.DECLINED),
        CancelBranch(other, Why.CANCELLED),
    ]
