"""What the console asks of the rest of the server, where a kernel object can't be used as it is; `app` joins them.

Everything is asked in the name of one provider; what belongs to another one is as if it were not there. Texts come in
the language that is asked for. Nothing but `Looks` gives out a value about a person.
"""

from ringfence.web.console.ports.cases import Approvals, Cases, Rules
from ringfence.web.console.ports.evidence import Chain, EntryShown, Plans
from ringfence.web.console.ports.looks import Glance, Looks, RowShown
from ringfence.web.console.ports.measures import (
    Datum,
    Holds,
    HoldShown,
    Measure,
    Orders,
    Rectifications,
    Restrictions,
    RestrictionShown,
)
from ringfence.web.console.ports.people import People, PersonShown, TableShown, Verdicts, VerdictShown
from ringfence.web.console.ports.rings import Rings, RungShown
from ringfence.web.console.ports.room import Room
from ringfence.web.console.ports.telling import NoticeShown, Tellings
from ringfence.web.console.ports.texts import Coming, PublicationShown, Texts

__all__ = [
    "Approvals",
    "Cases",
    "Chain",
    "Coming",
    "Datum",
    "EntryShown",
    "Glance",
    "HoldShown",
    "Holds",
    "Looks",
    "Measure",
    "NoticeShown",
    "Orders",
    "People",
    "PersonShown",
    "Plans",
    "PublicationShown",
    "Rectifications",
    "RestrictionShown",
    "Restrictions",
    "Rings",
    "Room",
    "RowShown",
    "Rules",
    "RungShown",
    "TableShown",
    "Tellings",
    "Texts",
    "VerdictShown",
    "Verdicts",
]
