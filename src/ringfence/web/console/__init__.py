"""The staff's pages, under /console: an inbox whose clocks are right, and one page for each request.

    browser ──GET, POST /console/...──> routes.py (a permission before each) ──> visits.py (cookie, roles, form token)
                                           │
          signing_in, inbox, case (steps), entering, people, keeping, telling, texts, staffing, exporting
                │                                   │
          services/staff (who, may they)      ports.Room ──> app/console.py ──> requests, looks, holds, ledger, ...
                                  web/look: the shell around them    static/passkey.js: the one script

Invariants
- Before each page stands one permission; roles are read anew at each request, and no page shows what they don't allow.
- Nobody sees anything before they have accepted confidentiality (ZOI-27).
- A value about a person is shown in the answer to one press, after its reason is on record (ZOI-11): no address leads
  to it, a reload asks again.
- What belongs to another provider is as if it were not there.
- Nothing is done by a GET, and nothing by a form that was not shown to this very browser. No address says anything
  about anybody: what is looked for comes in a form, ids are random.
- Every page works without a script, with the keyboard, at 360 pixels, and printed.

Refuses: to say who works here, to erase by one member alone, to show a secret order to anybody but officers.
"""

from ringfence.web.console.ports import (
    Approvals,
    Cases,
    Chain,
    Coming,
    Datum,
    EntryShown,
    Glance,
    Holds,
    HoldShown,
    Looks,
    Measure,
    NoticeShown,
    Orders,
    People,
    PersonShown,
    Plans,
    PublicationShown,
    Rectifications,
    Restrictions,
    RestrictionShown,
    Rings,
    Room,
    RowShown,
    Rules,
    RungShown,
    TableShown,
    Tellings,
    Texts,
    Verdicts,
    VerdictShown,
)
from ringfence.web.console.routes import LARGE_BODY, Console, Gate, console_routes, gates, is_large

__all__ = [
    "LARGE_BODY",
    "Approvals",
    "Cases",
    "Chain",
    "Coming",
    "Console",
    "Datum",
    "EntryShown",
    "Gate",
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
    "console_routes",
    "gates",
    "is_large",
]
