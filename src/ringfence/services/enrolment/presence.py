"""When each device was last heard of, in memory, and what that makes due.

REGISTERs and heartbeats come by the hundred a second and must not wait for the database, so evidence moves a number
here and is written in batches, and only when `due` has moved by a whole step. A crash loses at most the evidence of
that step: a device then seems silent for one hour longer than it was, of at least seventy-two.
"""

import heapq
import math
from collections.abc import Iterator
from itertools import islice
from sys import intern
from typing import final

from ringfence.clock import Clock
from ringfence.identifiers import DeviceId, ProviderId, SubjectId
from ringfence.services.enrolment.life import DEVICE_TABLE, Does, Event, Phase
from ringfence.services.enrolment.settings import LifeSettings

__all__ = ["Known", "Presence"]

_AGAIN = 60.0  # seconds after which something that was due and could not be done is tried again


@final
class Known:
    """What is known of one device."""

    __slots__ = ("due", "phase", "provider", "scheduled", "subject", "written")

    def __init__(self, provider: ProviderId, subject: SubjectId, phase: Phase, due: float) -> None:
        self.provider = ProviderId(intern(provider))
        self.subject = subject
        self.phase = phase
        self.due = due  # epoch seconds
        self.written = due  # what the row says
        self.scheduled = math.inf  # when the agenda looks at it next


@final
class Presence:
    """All devices. Instants are wall time (epoch seconds), since terms are promised in days and outlive the process."""

    __slots__ = ("_agenda", "_clock", "_devices", "_settings", "_unwritten")

    def __init__(self, clock: Clock, settings: LifeSettings) -> None:
        self._clock = clock
        self._settings = settings
        self._devices: dict[DeviceId, Known] = {}
        self._agenda: list[tuple[float, DeviceId]] = []
        self._unwritten: dict[DeviceId, None] = {}

    def __len__(self) -> int:
        return len(self._devices)

    def get(self, device: DeviceId) -> Known | None:
        return self._devices.get(device)

    def admit(self, device: DeviceId, provider: ProviderId, subject: SubjectId, phase: Phase, due: float) -> None:
        """A device as its row says; one that is here already is replaced."""
        known = Known(provider, subject, phase, due)
        self._devices[device] = known
        self._unwritten.pop(device, None)
        self._schedule(device, known)

    def spare_overdue(self, outage: float | None, *, orderly: bool) -> None:
        """After an outage of ours (seconds; None: unknown) whoever ran out of time meanwhile gets as much again.

        Not more than `after_start`, so that a long outage keeps nobody for long; and not more than the outage, so that
        a server that is restarted often still ends who is silent. A kill may have lost a step's signs of life.
        """
        missed = self._settings.after_start if outage is None else outage + (0.0 if orderly else self._settings.step)
        least = self._clock.time() + min(missed, self._settings.after_start)
        for device, known in self._devices.items():
            if known.due < least:
                known.due = least
                self._unwritten[device] = None

    def follows(self, device: DeviceId, event: Event) -> Does:
        """What an event would ask for, without taking note of it: for what must be written before it is true."""
        known = self._devices.get(device)
        return Does.NOTHING if known is None else DEVICE_TABLE[known.phase][event][1]

    def happened(self, device: DeviceId, event: Event) -> Does:
        """Moves the device through its table; says what the caller has to do. Unknown devices: nothing."""
        known = self._devices.get(device)
        if known is None:
            return Does.NOTHING
        phase, does = DEVICE_TABLE[known.phase][event]
        if phase is not known.phase:
            known.phase = phase
            self._unwritten[device] = None
        if does is Does.RENEW:
            self._renew(device, known)
        self._schedule(device, known)
        return does

    def term(self, phase: Phase) -> float:
        """How long silence may last, in seconds."""
        return self._settings.fresh_term if phase is Phase.FRESH else self._settings.term

    def due_from_now(self, phase: Phase) -> float:
        return self._clock.time() + self.term(phase)

    def stepped(self, due: float) -> float:
        """`due` as it is written: up to the next whole step."""
        return math.ceil(due / self._settings.step) * self._settings.step

    def drop(self, device: DeviceId) -> None:
        self._devices.pop(device, None)
        self._unwritten.pop(device, None)

    def drop_subject(self, subject: SubjectId) -> list[DeviceId]:
        """Forgets all devices of a person; which they were."""
        gone = self.devices_of(subject)
        for device in gone:
            self.drop(device)
        return gone

    def devices_of(self, subject: SubjectId) -> list[DeviceId]:
        """A person's; reads all devices, so not for every message."""
        return [device for device, known in self._devices.items() if known.subject == subject]

    def coming_up(self) -> Iterator[tuple[DeviceId, Event]]:
        """What is due now; each pair is to be given to `happened` once it is done, else it comes up again.

        Costs nothing for devices that are not due.
        """
        now = self._clock.time()
        while self._agenda and self._agenda[0][0] <= now:
            instant, device = heapq.heappop(self._agenda)
            known = self._devices.get(device)
            if known is None or known.scheduled != instant:
                continue  # gone, or scheduled anew meanwhile
            event = self._event(known, now)
            known.scheduled = math.inf
            if event is None:
                self._schedule(device, known)  # it was heard of since
            else:
                self._put(device, known, now + _AGAIN)
                yield device, event

    def unwritten(self, most: int) -> list[DeviceId]:
        """Devices whose row is out of date, at most `most`; `written` takes them off the list."""
        return list(islice(self._unwritten, most))

    def written(self, device: DeviceId, due: float) -> None:
        self._unwritten.pop(device, None)
        known = self._devices.get(device)
        if known is not None:
            known.written = due

    def _renew(self, device: DeviceId, known: Known) -> None:
        known.due = self.due_from_now(known.phase)
        if self.stepped(known.due) > known.written:
            self._unwritten[device] = None

    def _schedule(self, device: DeviceId, known: Known) -> None:
        """Puts the next instant on the agenda, unless an earlier look at the device is on it already."""
        instant = self._next(known)
        if instant < known.scheduled:
            self._put(device, known, instant)

    def _put(self, device: DeviceId, known: Known, instant: float) -> None:
        known.scheduled = instant
        heapq.heappush(self._agenda, (instant, device))

    def _next(self, known: Known) -> float:
        if known.phase is Phase.ENDED:
            return math.inf
        if known.phase is Phase.LIVE:
            return known.due - self._settings.silent_warning
        if known.phase is Phase.WARNED:
            return known.due - self._settings.visible_warning
        return known.due

    def _event(self, known: Known, now: float) -> Event | None:
        if now < self._next(known):
            return None
        if now >= known.due:
            return Event.TERM_OVER
        if now >= known.due - self._settings.visible_warning:
            return Event.VISIBLE_WARNING_DUE
        return Event.SILENT_WARNING_DUE
