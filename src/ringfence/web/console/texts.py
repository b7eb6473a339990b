"""Notices and terms as people will read them, in every language, and what changes with the next edition."""

from dataclasses import dataclass
from typing import final

from starlette.requests import Request
from starlette.responses import Response

from ringfence.services.staff import Actor
from ringfence.web.console.ports import Room
from ringfence.web.console.visits import Visits

__all__ = ["TextPages"]


@final
@dataclass(frozen=True, slots=True)
class TextPages:
    visits: Visits
    room: Room

    async def page(self, request: Request, actor: Actor) -> Response:
        texts, own = self.room.texts, self.visits.shell.language(request)
        asked = request.query_params.get("text", "")
        spoken = asked if asked in texts.languages else own if own in texts.languages else texts.languages[0]
        values = {
            "notice": await texts.preview(actor.provider, spoken),
            "spoken": spoken,
            "speak": texts.languages,
            "coming": await texts.coming(actor.provider, own),
            "published": await texts.published(actor.provider),
            "done": "published" if request.query_params.get("done") == "published" else "",
        }
        return self.visits.show(request, "notices.html", values, actor=actor)

    async def publish(self, request: Request, actor: Actor) -> Response:
        await self.visits.form(request)
        await self.room.texts.publish(actor.provider)
        return self.visits.shell.go(request, "/console/notices", done="published")
