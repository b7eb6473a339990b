"""The states of a person's choices, and how they follow each other.

           give                 withdraw, nothing being sent
    OFF ─────────> STANDING ────────────────────────────────> OFF
     ^ │              │                                        ^
     └─┘ refuse       └────────> ENDING ───────────────────────┘
                    withdraw,     nothing begins any more;     the sending is over, or its time is
                    being sent    not given again meanwhile

Pure: a state goes in, a state comes out; who locks and writes is in `consents.py`.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace

from ringfence.privacy.consent.choice import Choice
from ringfence.privacy.consent.errors import ConsentMissing, WithdrawalUnderWay
from ringfence.privacy.consent.records import ConsentState, Ending, Standing, Use

__all__ = [
    "begun",
    "closing",
    "ended",
    "everything",
    "given",
    "is_busy",
    "is_ending",
    "refused",
    "standing_at",
    "withdrawn",
]


def standing_at(state: ConsentState, choice: Choice) -> Standing | None:
    """The consent to exactly this choice, if it stands."""
    return next((standing for standing in state.standing if standing.choice == choice), None)


def everything(state: ConsentState) -> tuple[Choice, ...]:
    """All that stands, or is on its way out."""
    return (*(standing.choice for standing in state.standing), *(ending.choice for ending in state.ending))


def is_ending(state: ConsentState, choices: Iterable[Choice]) -> bool:
    """Whether a withdrawal of one of them still waits for a sending."""
    return not {ending.choice for ending in state.ending}.isdisjoint(choices)


def is_busy(state: ConsentState, choices: Iterable[Choice], now: float) -> bool:
    """Whether something is being sent on one of them."""
    return not {use.choice for use in _alive(state.uses, now)}.isdisjoint(choices)


def given(state: ConsentState, standing: Standing) -> ConsentState:
    """Raises WithdrawalUnderWay; a consent to a newer text takes the older one's place."""
    choice = standing.choice
    if is_ending(state, [choice]):
        raise WithdrawalUnderWay
    others = tuple(other for other in state.standing if other.choice != choice)
    return replace(state, standing=(*others, standing), refused=_without(state.refused, {choice}))


def refused(state: ConsentState, choice: Choice) -> ConsentState:
    """A no to something that does not stand; it is remembered so that nobody asks again."""
    return replace(state, refused=(*_without(state.refused, {choice}), choice))


def begun(state: ConsentState, use: Use, now: float) -> ConsentState:
    """A use of a consent that stands. Raises ConsentMissing."""
    if standing_at(state, use.choice) is None:
        raise ConsentMissing
    return replace(state, uses=(*_alive(state.uses, now), use))


def ended(state: ConsentState, use: Use) -> ConsentState:
    """The use is over; as one that was over before."""
    return replace(state, uses=tuple(other for other in state.uses if other.id != use.id))


def closing(state: ConsentState, endings: Iterable[Ending]) -> ConsentState:
    """The withdrawals are said: from here on nothing can rely on what they end. What does not stand is left alone."""
    stands = {standing.choice for standing in state.standing}
    wanted = [ending for ending in endings if ending.choice in stands]
    gone = {ending.choice for ending in wanted}
    kept = tuple(standing for standing in state.standing if standing.choice not in gone)
    said_no = (*_without(state.refused, gone), *(ending.choice for ending in wanted))
    return replace(state, standing=kept, ending=(*state.ending, *wanted), refused=said_no)


def withdrawn(state: ConsentState, now: float) -> tuple[ConsentState, tuple[Ending, ...]]:
    """What is being sent is left to end; every other withdrawal is done now, and handed back to be recorded."""
    uses = _alive(state.uses, now)
    busy = {use.choice for use in uses}
    done = tuple(ending for ending in state.ending if ending.choice not in busy)
    waiting = tuple(ending for ending in state.ending if ending.choice in busy)
    return replace(state, uses=uses, ending=waiting), done


def _alive(uses: Iterable[Use], now: float) -> tuple[Use, ...]:
    """A process that died in the middle leaves its use behind; its time ends it."""
    return tuple(use for use in uses if use.until > now)


def _without(choices: Iterable[Choice], gone: Collection[Choice]) -> tuple[Choice, ...]:
    return tuple(choice for choice in choices if choice not in gone)
