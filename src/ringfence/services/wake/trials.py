"""Ring my phone: a device is woken as for a call, and it is seen whether it comes.

    asked ──push──> WAITING ──accepted──> PUSHED ──REGISTER──> WOKE
                       └──anything else──> REFUSED     └──nothing in time──> SILENT

A REGISTER is what every push asks of an app (pitfall 33), so no call has to be made up. A phone that was awake comes
too, perhaps for another reason: it can be reached either way. One trial a device at a time; whoever asks again
meanwhile is told of that one, so nobody can keep a phone ringing.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, final

from ringfence.clock import HOUR, Clock
from ringfence.declarations import Category, Flow, Medium, Purpose, Role, Source
from ringfence.identifiers import CallRef, DeviceId
from ringfence.services.wake.errors import NotWakeable
from ringfence.services.wake.push import Outcome

__all__ = ["RING_TEST", "Trial", "TrialState", "Trials"]

_PATIENCE: Final = 30.0  # seconds; a cold start of an app and its REGISTER take about five, a slow push ten more
_AGAIN: Final = 60.0  # seconds from one trial of a device to the next
_KEPT: Final = HOUR  # for as long as somebody looks at the result
_MOST: Final = 10_000  # trials in memory; the oldest go first

RING_TEST = Flow(
    name="wake.ring_test",
    medium=Medium.MEMORY,
    carries=(Category.ACTIVITY,),
    purpose=Purpose.WAKE_DEVICE,
    source=Source.GENERATED,
    to=Role.PERSON,
    says="Whether a test push woke the device, and after how many seconds, is shown to whoever asked for the test.",
    rests="In memory only, for an hour.",
)


class TrialState(StrEnum):
    """How far it is."""

    WAITING = "waiting"
    PUSHED = "pushed"
    WOKE = "woke"
    SILENT = "silent"
    REFUSED = "refused"


@final
@dataclass(frozen=True, slots=True)
class Trial:
    """One trial. `started` is monotonic; `after` how many seconds the device took to come, None: it has not."""

    ref: CallRef
    started: float
    outcome: Outcome | None = None
    after: float | None = None

    def state(self, now: float) -> TrialState:
        if self.after is not None:
            return TrialState.WOKE
        if self.outcome not in {None, Outcome.ACCEPTED, Outcome.UNKNOWN}:
            return TrialState.REFUSED
        if now - self.started >= _PATIENCE:
            return TrialState.SILENT
        return TrialState.WAITING if self.outcome is None else TrialState.PUSHED


@final
class Trials:
    """All of them, in memory."""

    __slots__ = ("_clock", "_push", "_trials")

    def __init__(self, push: Callable[[DeviceId, CallRef, int], bool], clock: Clock) -> None:
        """`push` is given until when (epoch seconds) the device may come, and says whether it can be pushed."""
        self._push = push
        self._clock = clock
        self._trials: dict[DeviceId, Trial] = {}

    def __len__(self) -> int:
        return len(self._trials)

    def begin(self, device: DeviceId, ref: CallRef) -> Trial:
        """Ring it, or tell of the trial that has just been. Raises NotWakeable."""
        now = self._clock.monotonic()
        last = self.of(device)
        if last is not None and now - last.started < _AGAIN:
            return last
        if not self._push(device, ref, int(self._clock.time() + _PATIENCE)):
            raise NotWakeable
        self._trials.pop(device, None)
        self._make_room(now)
        trial = self._trials[device] = Trial(ref, now)
        return trial

    def of(self, device: DeviceId) -> Trial | None:
        """The last one, within the hour."""
        trial = self._trials.get(device)
        return trial if trial and self._clock.monotonic() - trial.started < _KEPT else None

    def state(self, trial: Trial) -> TrialState:
        return trial.state(self._clock.monotonic())

    def pushed(self, device: DeviceId, ref: CallRef, outcome: Outcome) -> None:
        """What the push service said."""
        trial = self._trials.get(device)
        if trial is not None and trial.ref == ref:
            self._trials[device] = replace(trial, outcome=outcome)

    def came(self, device: DeviceId) -> None:
        """The device registered; called for every REGISTER, so it costs a look into a small table."""
        trial = self._trials.get(device)
        if trial is None or trial.after is not None:
            return
        after = self._clock.monotonic() - trial.started
        if after < _PATIENCE:
            self._trials[device] = replace(trial, after=after)

    def forget(self, device: DeviceId) -> None:
        self._trials.pop(device, None)

    def _make_room(self, now: float) -> None:
        """They stand in the order in which they were begun."""
        while self._trials:
            oldest = next(iter(self._trials))
            if now - self._trials[oldest].started < _KEPT and len(self._trials) < _MOST:
                return
            del self._trials[oldest]
