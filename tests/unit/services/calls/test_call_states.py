"""The table of docs/call-states.md against the code, and a walk through all of it with lost and repeated messages."""

from pathlib import Path
from typing import cast, get_args

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ringfence.identifiers import DeviceId
from ringfence.protocols.sip.flow import Flow
from ringfence.protocols.sip.message import Response
from ringfence.services.calls import EndState, HeldCall, Phase
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
    Woke,
)
from ringfence.services.calls.events import (
    Bound,
    Cancel,
    Candidate,
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
from ringfence.services.calls.legs import Branch

_PAGE = Path(__file__).parents[4] / "docs" / "call-states.md"
_DEADLINE = 40.0
_DEVICES = [DeviceId(name) for name in ("alice", "bob", "carol")]


def _documented() -> dict[str, dict[str, str]]:
    rows = [line.strip("|").split("|") for line in _PAGE.read_text("utf-8").splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in row] for row in rows]
    head = cells[0][1:]
    return {row[0]: dict(zip(head, row[1:], strict=True)) for row in cells[2:]}


def test_the_documented_table_has_every_phase_and_event_and_no_empty_cell() -> None:
    table = _documented()
    assert list(table) == [kind.__name__ for kind in (*_order(),)]
    for row in table.values():
        assert list(row) == [phase.name for phase in Phase]
        assert all(row.values())


def test_the_code_does_nothing_exactly_where_the_documented_table_says_so() -> None:
    nothing = HeldCall._nothing
    for event, row in _documented().items():
        for phase, cell in row.items():
            kind = next(kind for kind in get_args(Event) if kind.__name__ == event)
            does_nothing = HeldCall._TABLE[Phase[phase]][kind] is nothing
            assert does_nothing == cell.startswith("nothing"), (event, phase)


def test_equal_cells_are_one_piece_of_code_and_different_cells_are_not() -> None:
    for event, row in _documented().items():
        kind = next(kind for kind in get_args(Event) if kind.__name__ == event)
        for phase, cell in row.items():
            for other, other_cell in row.items():
                same = HeldCall._TABLE[Phase[phase]][kind] is HeldCall._TABLE[Phase[other]][kind]
                if cell == other_cell:
                    assert same, (event, phase, other)


def _order() -> tuple[type, ...]:
    return (Invite, Provisional, Success, Failure, Lost, Bound, Unwakeable, Cancel, Tick, Stop)


class _Binding:
    def __init__(self, flow: Flow) -> None:
        self._flow = flow

    @property
    def flow(self) -> Flow:
        return self._flow


class CallWalk(RuleBasedStateMachine):
    """Devices wake, ring, answer, vanish and repeat themselves in any order; the caller may give up at any time."""

    def __init__(self) -> None:
        super().__init__()
        self.call = HeldCall(_DEADLINE)
        self.now = 0.0
        self.flows = [cast("Flow", object()) for _ in range(5)]
        self.branches: list[Branch] = []
        self.ends: dict[DeviceId, EndState] = {}
        self.involved: set[DeviceId] = set()
        self.pushed: list[DeviceId] = []
        self.told: list[DeviceId] = []
        self.cancelled: list[Branch] = []
        self.taken: set[int] = set()
        self.finals: list[str] = []
        self.missed = 0

    @initialize(
        devices=st.lists(st.sampled_from(_DEVICES), max_size=3, unique=True),
        flows=st.lists(st.integers(0, 5), min_size=3, max_size=3),
        awake=st.lists(st.booleans(), min_size=3, max_size=3),
        wake=st.booleans(),
    )
    def invite(self, devices: list[DeviceId], flows: list[int], awake: list[bool], wake: bool) -> None:
        candidates = [
            Candidate(device, None if flow == 5 else self._at(flow), awake=up and flow != 5)
            for device, flow, up in zip(devices, flows, awake, strict=False)
        ]
        self._handle(Invite(tuple(candidates), wake=wake))

    @rule(device=st.sampled_from(_DEVICES), flow=st.integers(0, 4))
    def registers(self, device: DeviceId, flow: int) -> None:
        self._handle(Bound(device, self._at(flow)))

    @precondition(lambda self: self.branches)
    @rule(data=st.data(), status=st.sampled_from([100, 180, 183]))
    def rings(self, data: st.DataObject, status: int) -> None:
        self._handle(Provisional(self._pick(data), _response(status)))

    @precondition(lambda self: self.branches)
    @rule(data=st.data(), tag=st.sampled_from([b"a", b"b"]))
    def answers(self, data: st.DataObject, tag: bytes) -> None:
        branch = self._pick(data)
        self._handle(Success(branch, _response(200, tag)))
        if "2xx" in self.finals:
            self.taken.add(id(branch))

    @precondition(lambda self: self.branches)
    @rule(data=st.data(), status=st.sampled_from([302, 401, 408, 480, 482, 486, 487, 488, 500, 503, 600, 603]))
    def refuses(self, data: st.DataObject, status: int) -> None:
        self._handle(Failure(self._pick(data), _response(status)))

    @precondition(lambda self: self.branches)
    @rule(data=st.data(), newer=st.none() | st.integers(0, 4))
    def breaks(self, data: st.DataObject, newer: int | None) -> None:
        self._handle(Lost(self._pick(data), None if newer is None else self._at(newer)))

    @rule(device=st.sampled_from(_DEVICES))
    def cannot_be_woken(self, device: DeviceId) -> None:
        self._handle(Unwakeable(device))

    @rule(elsewhere=st.booleans())
    def gives_up(self, elsewhere: bool) -> None:
        self._handle(Cancel(elsewhere=elsewhere))

    @rule(seconds=st.sampled_from([0.0, 1.0, 33.0, 200.0]))
    def waits(self, seconds: float) -> None:
        self.now += seconds
        self._handle(Tick())

    @rule()
    def hears_the_invite_again(self) -> None:
        if self.call.phase is not Phase.WAKING:
            self._handle(Invite((Candidate(DeviceId("mallory"), None, awake=False),)))

    @invariant()
    def one_kind_of_final_answer(self) -> None:
        assert self.finals.count("other") <= 1
        assert not ("other" in self.finals and "2xx" in self.finals)

    @invariant()
    def decided_calls_have_been_answered(self) -> None:
        decided = self.call.phase in (Phase.ANSWERED, Phase.REFUSED)
        assert decided == bool(self.finals)

    @invariant()
    def only_those_involved_end(self) -> None:
        assert set(self.ends) <= self.involved

    @invariant()
    def something_is_due_until_the_call_is_over(self) -> None:
        assert (self.call.due is None) == self.call.over

    def teardown(self) -> None:
        """Whatever happened, time alone ends the call for everybody, once."""
        for _ in range(3):
            if self.call.due is not None:
                self.now = max(self.now, self.call.due)
                self._handle(Tick())
        assert self.call.over
        assert set(self.ends) == self.involved
        assert self.finals
        answered = EndState.ANSWERED in self.ends.values()
        assert answered <= ("2xx" in self.finals)
        assert not (self.missed and "2xx" in self.finals)

    def _handle(self, event: Event) -> None:
        held_before = self.call.held
        for action in self.call.handle(event, self.now):
            self._note(action, held_before)

    def _note(self, action: Action, held: bool) -> None:  # noqa: C901 - one arm an action, each a line
        match action:
            case Push(devices):
                assert held
                assert not set(devices) & set(self.pushed), "pushed twice"
                self.pushed += devices
                self.involved |= set(devices)
            case ForkTo(branch):
                assert held
                assert branch.leg.device not in self.ends, "invited after its end"
                self.branches.append(branch)
                self.involved.add(branch.leg.device)
            case RelayProvisional(_, response):
                assert held
                assert response.status > 100
            case RelaySuccess(_, _):
                self.finals.append("2xx")
            case RelayBest(responses):
                assert responses
                self.finals.append("other")
            case AnswerUpstream(status):
                self.finals += ["other"] if status >= 200 else []
            case CancelBranch(branch, _):
                assert branch not in self.cancelled, "cancelled twice"
                assert id(branch) not in self.taken, "cancelled after its answer was taken"
                self.cancelled.append(branch)
            case QuietPush(device, _):
                assert device in self.pushed
                assert device not in self.told
                self.told.append(device)
            case End(device, state):
                assert device not in self.ends, "ended twice"
                self.ends[device] = state
            case Woke(device, after):
                assert device in self.pushed
                assert after >= 0
            case Missed():
                self.missed += 1
                assert self.missed == 1
            case HangUp(_, _, _):
                assert "other" in self.finals

    def _at(self, number: int) -> _Binding:
        return _Binding(self.flows[number])

    def _pick(self, data: st.DataObject) -> Branch:
        """Mostly a branch that lives; also one that has ended, for what comes late or twice."""
        living = [branch for branch in self.branches if branch.open]
        late = data.draw(st.integers(0, 4)) == 0
        return data.draw(st.sampled_from(self.branches if late or not living else living))


def _response(status: int, tag: bytes = b"a") -> Response:
    response = Response.make(status, b"")
    response.add(b"to", b"<sip:x@example.test>;tag=" + tag)
    return response


TestCallWalk = CallWalk.TestCase
TestCallWalk.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
