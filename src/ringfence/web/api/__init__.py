"""The HTTP API under /v1, the provisioning links under /p, and what operators' tools ask for.

    request ─> LastNet ─> Encrypted ─> Paced ─> Bounded ─> Idempotent ─> routes ─> services.enrolment
               (errors)   (APP-02)     (guesses) (size)    (repeats)       ├─────> ports (calls, erasures, data)
                                                                            └─────> rooms (requests, consents, ...)

Invariants: no personal data in URLs, logs or errors; answers are in no cache; each refusal is a problem with a stable
code; a device sees its own person's data only, a provider's system its own provider's.

Refuses: plain HTTP but on loopback and from declared proxies; unknown fields; large or slow bodies; guessing.
"""

from ringfence.web.api.app import Services, api, repeats_of
from ringfence.web.api.idempotency import Repeats
from ringfence.web.api.owners_data import RecordedData
from ringfence.web.api.ports import (
    Calls,
    Erasures,
    Metrics,
    NoticeText,
    NoticeTexts,
    OwnersData,
    Readiness,
    RingTest,
    RingTests,
)
from ringfence.web.api.rooms import LeavePlan, Rooms, Staying
from ringfence.web.api.settings import ApiSettings, Rate

__all__ = [
    "ApiSettings",
    "Calls",
    "Erasures",
    "LeavePlan",
    "Metrics",
    "NoticeText",
    "NoticeTexts",
    "OwnersData",
    "Rate",
    "Readiness",
    "RecordedData",
    "Repeats",
    "RingTest",
    "RingTests",
    "Rooms",
    "Services",
    "Staying",
    "api",
    "repeats_of",
]
