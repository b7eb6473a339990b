"""What is asked of enrolment, and what it answers."""

from dataclasses import dataclass, field
from typing import final

from ringfence.identifiers import DeviceId, ProviderId, SubjectId
from ringfence.services.enrolment.address import SipAddress

__all__ = ["Application", "Authenticated", "Enrolled"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """What an app sends to enrol.

    The versions are those of the texts that the person saw and agreed to; empty if they did not. `known_as` is the
    device that the request authenticated as, if it did.
    """

    address: SipAddress
    auth_user: str = field(repr=False)
    password: str = field(repr=False)
    device_name: str = field(repr=False)
    public_key: bytes = field(repr=False)
    app: str
    push_token: str = field(repr=False)
    notice_version: str
    terms_version: str
    language: str
    old_enough: bool
    known_as: DeviceId | None = None


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolled:
    """The answer; the two secrets exist nowhere else in the clear."""

    device: DeviceId
    sip_user: str
    sip_secret: str = field(repr=False)
    api_token: str = field(repr=False)
    link: str = field(repr=False)
    link_seconds: float


@final
@dataclass(frozen=True, slots=True)
class Authenticated:
    """Who holds an API token."""

    provider: ProviderId
    subject: SubjectId
    device: DeviceId
