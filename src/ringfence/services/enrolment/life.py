"""The life of a device, and of a person's time with us, as two tables: what happens, what follows.

A device (its push instance with it):

    phase          | HEARD | REGISTERED | SILENT_WARNING_DUE | VISIBLE_WARNING_DUE | TERM_OVER, SIGNED_OUT | PUSH_OFF
    FRESH          | renew | live       | -                  | -                   | end                   | off
    LIVE           | renew | renew      | warn silently      | warn visibly        | end                   | off
    WARNED         | live  | live       | -                  | warn visibly        | end                   | off
    WARNED_VISIBLY | live  | live       | -                  | -                   | end                   | off
    OFF            | renew | -          | -                  | -                   | end                   | -
    ENDED          | -     | -          | -                  | -                   | -                     | -

`renew`: the term runs from now; `live`: so it does, and the device is LIVE.

- *Evidence* is an authenticated REGISTER, a heartbeat or a token update. An un-REGISTER is evidence like any other and
  no end: many apps send one when they are killed (pitfall 23).
- *Start*: a device that never registered is FRESH and has the short term; the first REGISTER makes it LIVE.
- ENROLLED_AGAIN makes any phase FRESH, ENDED too: the same phone has come back.
- A push service's "unregistered" is no event here. It ends the push instance (wake) and neither device nor person; the
  silence that follows does (law: fuzzy evidence is no request).

A person:

    phase          | LAST_DEVICE_GONE | DEVICE_ENROLLED | GRACE_OVER    | ASKED_TO_GO
    PRESENT        | grace begins     | -               | -             | erase
    LEAVING        | -                | grace cancelled | erase         | erase
    GONE           | -                | -               | -             | -

*Grace* covers changing phones: sign out on the old one, enrol the new one. Term and grace together stay below the seven
days that are promised (ACR-05). Whoever asks to go is erased without grace.
"""

from enum import Enum
from typing import Final

__all__ = [
    "DEVICE_TABLE",
    "PERSON_TABLE",
    "Does",
    "Event",
    "Phase",
    "Stay",
    "StayDoes",
    "StayEvent",
    "StayStep",
    "Step",
]


class Phase(Enum):
    """Where a device is in its life; stored by value."""

    FRESH = "fresh"
    LIVE = "live"
    WARNED = "warned"
    WARNED_VISIBLY = "warned_visibly"
    OFF = "off"
    ENDED = "ended"


class Event(Enum):
    """What can happen to a device."""

    REGISTERED = "registered"
    HEARD = "heard"
    SILENT_WARNING_DUE = "silent_warning_due"
    VISIBLE_WARNING_DUE = "visible_warning_due"
    TERM_OVER = "term_over"
    PUSH_OFF = "push_off"
    SIGNED_OUT = "signed_out"
    ENROLLED_AGAIN = "enrolled_again"


class Does(Enum):
    """What follows."""

    NOTHING = "nothing"
    RENEW = "renew"  # the term runs from now
    WARN_SILENTLY = "warn_silently"
    WARN_VISIBLY = "warn_visibly"
    ERASE_PUSH = "erase_push"  # token and secrets at once; the device stays known, so that its owner can still ask
    END = "end"  # everything of the device at once


Step = tuple[Phase, Does]

_RENEW: Final = {Event.REGISTERED: (Phase.LIVE, Does.RENEW), Event.HEARD: (Phase.LIVE, Does.RENEW)}
_LEAVE: Final = {
    Event.TERM_OVER: (Phase.ENDED, Does.END),
    Event.SIGNED_OUT: (Phase.ENDED, Does.END),
    Event.PUSH_OFF: (Phase.OFF, Does.ERASE_PUSH),
    Event.ENROLLED_AGAIN: (Phase.FRESH, Does.RENEW),
}


def _stays(phase: Phase, *events: Event) -> dict[Event, Step]:
    return dict.fromkeys(events, (phase, Does.NOTHING))


DEVICE_TABLE: Final[dict[Phase, dict[Event, Step]]] = {
    Phase.FRESH: {
        **_LEAVE,
        Event.REGISTERED: (Phase.LIVE, Does.RENEW),
        Event.HEARD: (Phase.FRESH, Does.RENEW),
        **_stays(Phase.FRESH, Event.SILENT_WARNING_DUE, Event.VISIBLE_WARNING_DUE),
    },
    Phase.LIVE: {
        **_LEAVE,
        **_RENEW,
        Event.SILENT_WARNING_DUE: (Phase.WARNED, Does.WARN_SILENTLY),
        Event.VISIBLE_WARNING_DUE: (Phase.WARNED_VISIBLY, Does.WARN_VISIBLY),
    },
    Phase.WARNED: {
        **_LEAVE,
        **_RENEW,
        **_stays(Phase.WARNED, Event.SILENT_WARNING_DUE),
        Event.VISIBLE_WARNING_DUE: (Phase.WARNED_VISIBLY, Does.WARN_VISIBLY),
    },
    Phase.WARNED_VISIBLY: {
        **_LEAVE,
        **_RENEW,
        **_stays(Phase.WARNED_VISIBLY, Event.SILENT_WARNING_DUE, Event.VISIBLE_WARNING_DUE),
    },
    Phase.OFF: {
        **_LEAVE,
        **_stays(
            Phase.OFF, Event.REGISTERED, Event.SILENT_WARNING_DUE, Event.VISIBLE_WARNING_DUE, Event.PUSH_OFF
        ),  # it has no secret to register with any more
        Event.HEARD: (Phase.OFF, Does.RENEW),
    },
    Phase.ENDED: {
        **dict.fromkeys(Event, (Phase.ENDED, Does.NOTHING)),
        Event.ENROLLED_AGAIN: (Phase.FRESH, Does.RENEW),
    },
}


class Stay(Enum):
    """Where a person is in their time with us."""

    PRESENT = "present"
    LEAVING = "leaving"
    GONE = "gone"


class StayEvent(Enum):
    """What can happen to a person's stay."""

    LAST_DEVICE_GONE = "last_device_gone"
    DEVICE_ENROLLED = "device_enrolled"
    GRACE_OVER = "grace_over"
    ASKED_TO_GO = "asked_to_go"


class StayDoes(Enum):
    """What follows."""

    NOTHING = "nothing"
    BEGIN_GRACE = "begin_grace"
    CANCEL_GRACE = "cancel_grace"
    ERASE = "erase"


StayStep = tuple[Stay, StayDoes]

PERSON_TABLE: Final[dict[Stay, dict[StayEvent, StayStep]]] = {
    Stay.PRESENT: {
        StayEvent.LAST_DEVICE_GONE: (Stay.LEAVING, StayDoes.BEGIN_GRACE),
        StayEvent.DEVICE_ENROLLED: (Stay.PRESENT, StayDoes.NOTHING),
        StayEvent.GRACE_OVER: (Stay.PRESENT, StayDoes.NOTHING),
        StayEvent.ASKED_TO_GO: (Stay.GONE, StayDoes.ERASE),
    },
    Stay.LEAVING: {
        StayEvent.LAST_DEVICE_GONE: (Stay.LEAVING, StayDoes.NOTHING),
        StayEvent.DEVICE_ENROLLED: (Stay.PRESENT, StayDoes.CANCEL_GRACE),
        StayEvent.GRACE_OVER: (Stay.GONE, StayDoes.ERASE),
        StayEvent.ASKED_TO_GO: (Stay.GONE, StayDoes.ERASE),
    },
    Stay.GONE: dict.fromkeys(StayEvent, (Stay.GONE, StayDoes.NOTHING)),
}
