"""The first page: who you are to us, what we keep, who looked, your choices, what you may ask, how to leave."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, final

from starlette.requests import Request
from starlette.responses import Response

from ringfence.declarations import Category
from ringfence.privacy.access import Session
from ringfence.privacy.requests import Kind
from ringfence.web.portal.asking import SENTENCES
from ringfence.web.portal.choosing import gpc_of
from ringfence.web.portal.ports import Doors, Kept
from ringfence.web.portal.visits import Visits

__all__ = ["DONE", "Home"]

_PAGE: Final = 50  # rows of one kind shown at once
_MOST: Final = 1_000_000  # nobody turns more pages than that
DONE: Final = frozenset(
    {"choice", "signed-out", "renamed", "passkey", "passkey-gone", "contact", "rung", "not-wakeable"}
)


@final
@dataclass(frozen=True, slots=True)
class Home:
    visits: Visits
    doors: Doors

    async def page(self, request: Request, person: Session) -> Response:
        doors, language = self.doors, self.visits.shell.language(request)
        asked = await doors.requests.of(person)
        kept = await doors.holdings.kept(person, language)
        values = {
            "account": await doors.account.of(person),
            "mail": await doors.mailbox.of(person),
            "kept": kept,
            "looks": await doors.looks.of(person, language),
            "choices": await doors.choices.of(person, language, gpc=gpc_of(request)),
            "gpc": gpc_of(request),
            "requests": asked,
            "open": [request for request in asked if request.open],
            "coming": (await doors.notices.of(person, language)).coming,
            "sentences": _sentences(kept),
            "done": done_of(request),
        }
        return self.visits.show(request, "home.html", values, person=person)

    async def kept(self, request: Request, person: Session) -> Response:
        """Every value of one kind, page by page."""
        key, language = request.path_params["key"], self.visits.shell.language(request)
        kinds = await self.doors.holdings.kept(person, language)
        kind = next((kind for kind in kinds if kind.key == key), None)
        skip = number_of(request.query_params.get("from", ""))
        if kind is None or skip > _MOST:
            return self.visits.nothing_here(request)
        rows = await self.doors.holdings.rows(person, key, language, skip=skip, most=_PAGE + 1)
        values = {
            "kind": kind,
            "rows": rows[:_PAGE],
            "first": skip + 1,
            "back": max(0, skip - _PAGE) if skip else None,
            "more": skip + _PAGE if len(rows) > _PAGE else None,
        }
        return self.visits.show(request, "kept.html", values, person=person)


def _sentences(kept: Sequence[Kept]) -> Sequence[Kind]:
    """What one may ask; that a restriction ends, only where there is one."""
    restricted = any(kind.key == Category.RESTRICTION.value for kind in kept)
    return (*SENTENCES, Kind.LIFT_RESTRICTION) if restricted else SENTENCES


def number_of(text: str) -> int:
    """A count in an address; whatever is none is 0."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def done_of(request: Request) -> str:
    """What was just done, as a word of ours that leads to a sentence; a stranger's word leads to none."""
    word = request.query_params.get("done", "")
    return word if word in DONE else ""
