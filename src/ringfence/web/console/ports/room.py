"""All ports together."""

from dataclasses import dataclass
from typing import final

from ringfence.web.console.ports.cases import Approvals, Cases, Rules
from ringfence.web.console.ports.evidence import Chain, Plans
from ringfence.web.console.ports.looks import Looks
from ringfence.web.console.ports.measures import Holds, Orders, Rectifications, Restrictions
from ringfence.web.console.ports.people import People
from ringfence.web.console.ports.rings import Rings
from ringfence.web.console.ports.telling import Tellings
from ringfence.web.console.ports.texts import Texts

__all__ = ["Room"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """All that the console stands on, beside the staff."""

    cases: Cases
    approvals: Approvals
    rules: Rules
    looks: Looks
    rings: Rings
    people: People
    holds: Holds
    restrictions: Restrictions
    rectifications: Rectifications
    orders: Orders
    plans: Plans
    chain: Chain
    texts: Texts
    tellings: Tellings
