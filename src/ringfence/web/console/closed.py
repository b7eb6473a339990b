"""What is closed: answers that left and requests that ended, also of people of whom nothing else is left."""

from dataclasses import dataclass
from typing import final

from starlette.requests import Request
from starlette.responses import Response

from ringfence.identifiers import CaseId
from ringfence.privacy.requests import Kind
from ringfence.services.staff import Actor
from ringfence.web.console.inbox import is_reference
from ringfence.web.console.keeping import YEARS
from ringfence.web.console.ports import Room
from ringfence.web.console.visits import Visits

__all__ = ["ClosedPage"]


@final
@dataclass(frozen=True, slots=True)
class ClosedPage:
    visits: Visits
    room: Room

    async def page(self, request: Request, actor: Actor) -> Response:
        """One year's, by the year in which they came, as the figures count them; or the one with a reference."""
        query, now = request.query_params, self.room.rules.today(actor.provider).year
        years = range(now, now - YEARS, -1)
        case = query.get("case", "")
        wanted = CaseId(case) if is_reference(case) else None
        year = next((each for each in years if str(each) == query.get("year")), now)
        kind = next((each for each in Kind if each.value == query.get("kind")), None)
        found = await self.room.cases.closed(
            actor.provider, year=None if wanted else year, kind=None if wanted else kind, case=wanted
        )
        values = {"found": found, "year": year, "years": years, "kind": kind, "kinds": list(Kind), "wanted": wanted}
        return self.visits.show(request, "closed.html", values, actor=actor)
