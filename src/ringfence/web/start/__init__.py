"""The start page of the server: what it is doing now, and the way to notice, data map and API.

    browser ──GET /, /live, /notice, /data-map, /api──> pages.py ──ports──> app (live state, notice, data map, schema)
                  static/: one style sheet, one script     catalogue/: every text, by language
                  web/look: the shell around them

Invariants
- No personal data: devices and calls are states under references made for the page; the app hands in nothing else.
- The privacy officer's contact stands on every page.
- Everything comes from this server, under a policy that allows nothing else; every page works without its script.

Refuses cookies, third-party anything, and inline scripts or styles.
"""

from ringfence.web.look import Imprint
from ringfence.web.start.declared import DeclaredMap
from ringfence.web.start.openapi import Operation, operations
from ringfence.web.start.pages import Pages, start_routes
from ringfence.web.start.ports import (
    Crossing,
    DataMap,
    Live,
    LiveCall,
    LiveDevice,
    MapEntry,
    Notice,
    Notices,
    StepState,
    Story,
    StoryStep,
)

__all__ = [
    "Crossing",
    "DataMap",
    "DeclaredMap",
    "Imprint",
    "Live",
    "LiveCall",
    "LiveDevice",
    "MapEntry",
    "Notice",
    "Notices",
    "Operation",
    "Pages",
    "StepState",
    "Story",
    "StoryStep",
    "operations",
    "start_routes",
]
