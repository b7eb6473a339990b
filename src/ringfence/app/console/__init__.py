"""The console joined: `console_of` gives it its rooms, each of them a port of `web.console`."""

from ringfence.app.console.joined import Backroom, console_of, room_of
from ringfence.app.console.measures import ConsoleHolds, ConsoleOrders, ConsoleRectifications, ConsoleRestrictions
from ringfence.app.console.people import ConsoleLooks, ConsolePeople
from ringfence.app.console.reading import ConsoleChain, ConsoleRules, ConsoleTexts
from ringfence.app.console.telling import ConsoleTellings

__all__ = [
    "Backroom",
    "ConsoleChain",
    "ConsoleHolds",
    "ConsoleLooks",
    "ConsoleOrders",
    "ConsolePeople",
    "ConsoleRectifications",
    "ConsoleRestrictions",
    "ConsoleRules",
    "ConsoleTellings",
    "ConsoleTexts",
    "console_of",
    "room_of",
]
