"""What enrolment needs to know."""

from dataclasses import dataclass, field
from typing import ClassVar, final

from ringfence.clock import DAY, HOUR
from ringfence.errors import OperatorFault
from ringfence.identifiers import ProviderId, UpstreamId

__all__ = ["Domain", "EnrolmentSettings", "LifeSettings", "TermTooLong"]


class TermTooLong(OperatorFault):
    """The terms together would break the promise of erasure within seven days, or a term is out of its bounds."""

    code = "term_out_of_bounds"


@final
@dataclass(frozen=True, slots=True)
class LifeSettings:
    """How long a silent device is believed to be there; all in seconds.

    term: 3 to 6 days by policy (APP-03).
    fresh_term: a device that enrolled and never registered was a mistake or a test; SIPIS takes the same 12 hours.
    silent_warning, visible_warning: before the end; the silent one leaves the app a night to answer by itself.
    grace: for changing phones, after the last device has gone.
    after_start: what a phone has at least to be heard in after an outage of ours; above the longest registration that
        we grant.
    step: `due` is written to this precision, so that a copied database does not tell when a phone was last used, and a
        phone that registers each minute costs one write in this time.
    """

    term: float = 3 * DAY
    fresh_term: float = 12 * HOUR
    silent_warning: float = 24 * HOUR
    visible_warning: float = 12 * HOUR
    grace: float = DAY / 2
    after_start: float = 2 * HOUR
    step: float = HOUR

    PROMISED: ClassVar[float] = 7 * DAY
    ERASING: ClassVar[float] = 6 * HOUR  # left for the erasure itself and its certificate

    def __post_init__(self) -> None:
        if not 3 * DAY <= self.term <= 6 * DAY:
            raise TermTooLong(setting="term", least=3 * DAY, most=6 * DAY)
        if self.term + self.step + self.grace + self.after_start + self.ERASING > self.PROMISED:
            raise TermTooLong(setting="grace")


@final
@dataclass(frozen=True, slots=True)
class Domain:
    """Who serves a SIP domain."""

    provider: ProviderId
    upstream: UpstreamId


@final
@dataclass(frozen=True, slots=True)
class EnrolmentSettings:
    """How to enrol.

    domains: SIP domain (lower case) to its PBX.
    public_url: where devices reach this server's API, without a slash at the end.
    sip_route: where devices register, as a SIP URI, e.g. `sip:ring.example:5061;transport=tls`.
    realm: our own digest realm; differs from every PBX's.
    link_seconds: how long a provisioning link holds its secret; one needs a minute to walk to the other phone.
    links: how many secrets may wait at once, in memory.
    devices: how many a person may have; each call pushes to all of them, and nobody has that many phones.
    """

    domains: dict[str, Domain]
    public_url: str
    sip_route: str
    realm: str
    link_seconds: float = 600.0
    links: int = 10_000
    devices: int = 20
    life: LifeSettings = field(default_factory=LifeSettings)
