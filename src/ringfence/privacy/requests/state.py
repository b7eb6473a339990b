"""The states of a request and what moves it between them, as data.

docs/request-states.md says for each state and event what happens; a test compares it with this table cell by cell.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from ringfence.privacy.requests.errors import StepNotAllowed

__all__ = ["ALLOWED", "OPEN", "TRANSITIONS", "Event", "State", "Who", "advance", "allowed_events"]


class State(StrEnum):
    """Where a request stands."""

    RECEIVED = "received"
    """It is there, and nobody has settled yet who asks."""
    IDENTIFYING = "identifying"
    """Who asks was asked to show who they are; the legal clock stands still."""
    REFERRED = "referred"
    """The usual proofs don't settle it, or it is about somebody else: the provider decides (ACR-17)."""
    READY = "ready"
    """Who asks is settled; it is to be decided."""
    CLARIFYING = "clarifying"
    """Who asks was asked what they mean; the legal clock stands still."""
    APPROVING = "approving"
    """One member of staff would grant it, and a second one has to agree."""
    ANSWERING = "answering"
    """Decided: it is carried out, and the answer is on its way."""
    ANSWERED = "answered"
    """The answer has left."""
    TAKEN_BACK = "taken_back"
    """Who asked wants it no more."""
    DISMISSED = "dismissed"
    """It was no request about data, such as an advertisement in the mailbox."""


class Event(StrEnum):
    """What can happen to it. Values stand in the ledger: never rename one."""

    ASKED = "asked"
    CLASSIFIED = "classified"
    PROOF_ASKED = "proof_asked"
    PROOF_GIVEN = "proof_given"
    IDENTIFIED = "identified"
    REFERRED = "referred"
    SETTLED = "settled"
    CLARIFICATION_ASKED = "clarification_asked"
    CLARIFIED = "clarified"
    ASSIGNED = "assigned"
    MARKED = "marked"
    EXTENDED = "extended"
    PROPOSED = "proposed"
    SECONDED = "seconded"
    SENT_BACK = "sent_back"
    GRANTED = "granted"
    REFUSED = "refused"
    INTERIM = "interim"
    HINDERED = "hindered"
    DELIVERED = "delivered"
    TAKEN_BACK = "taken_back"
    DISMISSED = "dismissed"
    REOPENED = "reopened"
    FOLLOWED_UP = "followed_up"


class Who(StrEnum):
    """Who lets something happen."""

    PERSON = "person"
    STAFF = "staff"
    RINGFENCE = "ringfence"


OPEN: Final = frozenset(State) - {State.ANSWERED, State.TAKEN_BACK, State.DISMISSED}
"""States in which something is still owed."""

_S, _E = State, Event
_UNDECIDED: Final = (_S.RECEIVED, _S.IDENTIFYING, _S.REFERRED, _S.READY, _S.CLARIFYING)


def _table() -> Mapping[State, Mapping[Event, State]]:
    """Where each event leads; what is not in it is refused."""
    stays = {state: dict.fromkeys((_E.ASKED, _E.ASSIGNED, _E.INTERIM), state) for state in OPEN}
    table: dict[State, dict[Event, State]] = {state: stays.get(state, {}) for state in State}
    for state in _UNDECIDED:
        table[state] |= {_E.CLASSIFIED: state, _E.MARKED: state, _E.EXTENDED: state}
        table[state] |= {_E.REFUSED: _S.ANSWERING, _E.TAKEN_BACK: _S.TAKEN_BACK}
    for state in (_S.RECEIVED, _S.IDENTIFYING):
        table[state] |= {_E.IDENTIFIED: _S.READY, _E.REFERRED: _S.REFERRED, _E.DISMISSED: _S.DISMISSED}
    for state in (_S.RECEIVED, _S.IDENTIFYING, _S.REFERRED):
        table[state][_E.PROOF_ASKED] = _S.IDENTIFYING
    for state in (_S.READY, _S.CLARIFYING):
        table[state] |= {_E.CLARIFICATION_ASKED: _S.CLARIFYING, _E.REFERRED: _S.REFERRED}
        table[state] |= {_E.GRANTED: _S.ANSWERING, _E.PROPOSED: _S.APPROVING}
    table[_S.RECEIVED][_E.PROOF_GIVEN] = _S.RECEIVED
    table[_S.IDENTIFYING][_E.PROOF_GIVEN] = _S.RECEIVED
    table[_S.REFERRED] |= {_E.PROOF_GIVEN: _S.REFERRED, _E.SETTLED: _S.READY}
    table[_S.CLARIFYING][_E.CLARIFIED] = _S.READY
    table[_S.APPROVING] |= {_E.SECONDED: _S.ANSWERING, _E.SENT_BACK: _S.READY, _E.EXTENDED: _S.APPROVING}
    table[_S.APPROVING][_E.TAKEN_BACK] = _S.TAKEN_BACK
    table[_S.ANSWERING] |= {_E.HINDERED: _S.ANSWERING, _E.SENT_BACK: _S.READY, _E.DELIVERED: _S.ANSWERED}
    table[_S.DISMISSED][_E.REOPENED] = _S.RECEIVED
    for state in (_S.ANSWERED, _S.TAKEN_BACK):
        table[state][_E.FOLLOWED_UP] = state
    return MappingProxyType({state: MappingProxyType(row) for state, row in table.items()})


TRANSITIONS: Final = _table()

_ANYBODY: Final = frozenset(Who)
_OURS: Final = frozenset({Who.STAFF, Who.RINGFENCE})
_STAFF: Final = frozenset({Who.STAFF})
ALLOWED: Final[Mapping[Event, frozenset[Who]]] = MappingProxyType(
    {
        _E.ASKED: _ANYBODY,
        _E.CLASSIFIED: _STAFF,
        _E.PROOF_ASKED: _STAFF,
        _E.PROOF_GIVEN: frozenset({Who.PERSON, Who.STAFF}),
        _E.IDENTIFIED: _OURS,
        _E.REFERRED: _OURS,
        _E.SETTLED: _STAFF,
        _E.CLARIFICATION_ASKED: _STAFF,
        _E.CLARIFIED: frozenset({Who.PERSON, Who.STAFF}),
        _E.ASSIGNED: _STAFF,
        _E.MARKED: _OURS,
        _E.EXTENDED: _OURS,
        _E.PROPOSED: _STAFF,
        _E.SECONDED: _STAFF,
        _E.SENT_BACK: _STAFF,
        _E.GRANTED: _OURS,
        _E.REFUSED: _OURS,
        _E.INTERIM: frozenset({Who.RINGFENCE}),
        _E.HINDERED: frozenset({Who.RINGFENCE}),
        _E.DELIVERED: _OURS,
        _E.TAKEN_BACK: frozenset({Who.PERSON, Who.STAFF}),
        _E.DISMISSED: _STAFF,
        _E.REOPENED: _STAFF,
        _E.FOLLOWED_UP: _ANYBODY,
    }
)
"""Who may let each event happen; staff enter what comes on paper or by phone for the person."""


def advance(state: State, event: Event, who: Who) -> State:
    """The state after the event; raises StepNotAllowed."""
    following = TRANSITIONS[state].get(event)
    if following is None or who not in ALLOWED[event]:
        raise StepNotAllowed(state=state.value, event=event.value, who=who.value)
    return following


def allowed_events(state: State, who: Who) -> tuple[Event, ...]:
    """What this one may let happen now, in the order of `Event`; further rules may still refuse it."""
    return tuple(event for event in Event if event in TRANSITIONS[state] and who in ALLOWED[event])
