"""What the API shows that enrolment does not know; `app` joins these."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, final

from ringfence.identifiers import CallRef, DeviceId, ProviderId, RowId, SubjectId
from ringfence.privacy.rights import ErasureStatus

__all__ = [
    "Calls",
    "Erasures",
    "Metrics",
    "NoticeText",
    "NoticeTexts",
    "OwnersData",
    "Readiness",
    "RingTest",
    "RingTests",
]


@final
@dataclass(frozen=True, slots=True)
class NoticeText:
    """A provider's current texts in one language; each version is the SHA-256 of what it names, in hexadecimal."""

    language: str
    notice_version: str
    terms_version: str
    title: str
    notice: Sequence[str]
    terms: Sequence[str]


@final
@dataclass(frozen=True, slots=True)
class RingTest:
    """One test. `state` is a `TrialState`, `push` an `Outcome` or empty, `seconds` how long the device took to come."""

    state: str
    push: str
    seconds: float | None


class NoticeTexts(Protocol):
    """The texts that are shown before enrolment."""

    def current(self, provider: ProviderId, language: str) -> NoticeText:
        """In the language asked for if there is one, else in the provider's first."""
        ...


class Calls(Protocol):
    """Held calls."""

    def held_until(self, ref: CallRef, device: DeviceId) -> int | None:
        """Until when (epoch seconds) the call is held for this device; None if it is gone or never was."""
        ...


class RingTests(Protocol):
    """Whether a device would wake for a call, tried out."""

    def begin(self, device: DeviceId) -> RingTest:
        """Push it, or tell of the test that has just been. Raises NotWakeable."""
        ...

    def of(self, device: DeviceId) -> RingTest | None:
        """The last one, within the hour."""
        ...


class Erasures(Protocol):
    """The part of `privacy.rights.Erasures` that we use."""

    async def status(self, erasure: RowId) -> ErasureStatus:
        """Raises UnknownErasure."""
        ...


class OwnersData(Protocol):
    """All that is kept on one person, as it goes to that person."""

    async def of(self, provider: ProviderId, subject: SubjectId) -> Mapping[str, object]: ...


class Readiness(Protocol):
    """Whether calls can come in."""

    def missing(self) -> Sequence[str]:
        """What is not ready yet, in stable words; empty if everything is."""
        ...


class Metrics(Protocol):
    """The Prometheus registry."""

    def render(self) -> bytes:
        """The text exposition format, version 0.0.4."""
        ...
