"""Wake: sleeping devices are woken by a push that says nothing about who calls.

    calls (through app) --ring, quiet, alert-->  Wake  --Push-->  PushSender (senders/fcm, ...)  --> push service
    enrolment (through app) --keep, renew, change_token, end, warn-->  |  <--Outcome--
                                                                       +-- PushInstance rows, and the same in memory

Invariants: the call path only puts into bounded queues; what a push says can be read by the device alone; a push
instance that has ended gets no push, also none that was queued before; a dead token ends the push instance, not the
person, and not those of everybody at once; no device without push has a row here; an iOS token for calls carries calls
and nothing else.

Refuses: unknown apps, tokens that are none, device keys with which no secret can be agreed.
"""

from ringfence.services.wake.address import AcrobitsPart, Platform, Subscription, apple_text
from ringfence.services.wake.box import Caller, open_box
from ringfence.services.wake.errors import (
    AppUnknown,
    BoxUnreadable,
    DeviceKeyUnusable,
    NotWakeable,
    PushTokenUnusable,
    SenderMissing,
)
from ringfence.services.wake.profile import Profile
from ringfence.services.wake.push import Outcome, Push, PushKind, PushSender
from ringfence.services.wake.records import PUSH_TO_CHOSEN, PUSH_TO_DEVICE, PUSH_WITH_CALL_ID, PushInstance
from ringfence.services.wake.service import Calling, Ending, Wake
from ringfence.services.wake.settings import App, WakeSettings
from ringfence.services.wake.trials import RING_TEST, Trial, Trials, TrialState

__all__ = [
    "PUSH_TO_CHOSEN",
    "PUSH_TO_DEVICE",
    "PUSH_WITH_CALL_ID",
    "RING_TEST",
    "AcrobitsPart",
    "App",
    "AppUnknown",
    "BoxUnreadable",
    "Caller",
    "Calling",
    "DeviceKeyUnusable",
    "Ending",
    "NotWakeable",
    "Outcome",
    "Platform",
    "Profile",
    "Push",
    "PushInstance",
    "PushKind",
    "PushSender",
    "PushTokenUnusable",
    "SenderMissing",
    "Subscription",
    "Trial",
    "TrialState",
    "Trials",
    "Wake",
    "WakeSettings",
    "apple_text",
    "open_box",
]
