"""Badges: a watch shows how many calls its owner missed. The sample service of docs/walkthroughs, made as they say.

    calls ──missed(subject)──> Badges ──BadgePush──> WatchSender ──post(flow, url)──> gate ──> the watch's push service
                                 │
                                 └── table `badge`: where each watch is reached, sealed

Invariants: a push carries a number of calls and no caller; what is counted stays in memory and ends with the person.
Refuses: to push to a watch whose push service says that it is gone.
"""

from tests.unit.walkthroughs.badges.portability import Portability
from tests.unit.walkthroughs.badges.ports import BadgePush, BadgeSender, Outcome, RememberedPushes
from tests.unit.walkthroughs.badges.records import BADGE_PUSH, SAMPLE, Badge, Style
from tests.unit.walkthroughs.badges.service import Badges
from tests.unit.walkthroughs.badges.watch import WatchSender

__all__ = [
    "BADGE_PUSH",
    "SAMPLE",
    "Badge",
    "BadgePush",
    "BadgeSender",
    "Badges",
    "Outcome",
    "Portability",
    "RememberedPushes",
    "Style",
    "WatchSender",
]
