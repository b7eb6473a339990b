"""The subscriber's pages, under /privacy: everything held about them, who saw it, and buttons that work.

    browser ──GET, POST /privacy/...──> routes.py ──> visits.py (cookie, form token, who is signed in)
                                           │            │
           signing_in, home, choosing, asking, writing, phones, reaching, reading, leaving ──ports──> app/portal
                                  web/look: the shell around them    static/passkey.js: the one script

Invariants
- A page about a person is shown to their session alone; what is asked for by id is looked for among what is theirs.
- Nothing is done by a GET, but that a browser's standing no (Sec-GPC) is taken down; and nothing by a form that was
  not shown to this very browser.
- No address holds anything about a person; ids in it are random.
- Every page works without a script, with the keyboard, at 360 pixels; a passkey is the one thing that needs a script.
- The privacy officer's contact stands on every page (CTP-14); the cookie holds a random id (ZOI-24).
- No choice is set beforehand; no goes by one press as yes does.

Refuses to say who exists, to show secrets that work like a password, and to leave without the word being typed.
"""

from ringfence.web.portal.ports import (
    Account,
    AccountShown,
    Choice,
    Choices,
    Coming,
    Devices,
    DeviceShown,
    Door,
    Doors,
    Download,
    Downloads,
    Gone,
    Holdings,
    Kept,
    Leave,
    Letter,
    Looks,
    LookShown,
    Mailbox,
    Notices,
    NoticeShown,
    PasskeyShown,
    Plan,
    Promise,
    Question,
    Request,
    Requests,
    Row,
    Section,
    Sending,
    Stay,
    Step,
    Written,
)
from ringfence.web.portal.routes import BODIES, Portal, portal_routes

__all__ = [
    "BODIES",
    "Account",
    "AccountShown",
    "Choice",
    "Choices",
    "Coming",
    "DeviceShown",
    "Devices",
    "Door",
    "Doors",
    "Download",
    "Downloads",
    "Gone",
    "Holdings",
    "Kept",
    "Leave",
    "Letter",
    "LookShown",
    "Looks",
    "Mailbox",
    "NoticeShown",
    "Notices",
    "PasskeyShown",
    "Plan",
    "Portal",
    "Promise",
    "Question",
    "Request",
    "Requests",
    "Row",
    "Section",
    "Sending",
    "Stay",
    "Step",
    "Written",
    "portal_routes",
]
