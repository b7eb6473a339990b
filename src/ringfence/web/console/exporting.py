"""Exports of more than one person: one member of staff proposes exactly these people, another one agrees."""

from dataclasses import dataclass
from typing import Final, final

from starlette.requests import Request
from starlette.responses import Response

from ringfence.identifiers import RowId, SubjectId
from ringfence.privacy.requests import RequestFault
from ringfence.privacy.requests.records import Action
from ringfence.services.staff import Actor
from ringfence.web.console.inbox import names_of
from ringfence.web.console.ports import Room
from ringfence.web.console.visits import Visits
from ringfence.web.look import Form

__all__ = ["Exporting"]

_PATH: Final = "/console/exports"
_MOST: Final = 100  # people in one proposal: as many as somebody can stand for
_ID: Final = 26


@final
@dataclass(frozen=True, slots=True)
class Exporting:
    visits: Visits
    room: Room

    async def page(self, request: Request, actor: Actor) -> Response:
        done = request.query_params.get("done", "")
        done = done if done in {"proposed", "seconded", "made"} else ""
        return self.visits.show(request, "exports.html", await self._shown(actor) | {"done": done}, actor=actor)

    async def propose(self, request: Request, actor: Actor) -> Response:
        form = await self.visits.form(request)
        people = await self._people(form, actor)
        if not form:
            return await self._again(request, actor, form)
        await self.room.approvals.propose(actor.provider, Action.EXPORT_MANY, people, actor.staff)
        return self.visits.shell.go(request, _PATH, done="proposed")

    async def second(self, request: Request, actor: Actor) -> Response:
        form = await self.visits.form(request)
        approval = RowId(form.hidden("approval", most=64))
        await self.room.approvals.second(actor.provider, approval, actor.staff)
        return self.visits.shell.go(request, _PATH, done="seconded")

    async def make(self, request: Request, actor: Actor) -> Response:
        """Whoever proposed it names the same people again; each of them gets an answer of their own."""
        form = await self.visits.form(request)
        people, reason = await self._people(form, actor), form.letter("reason")
        approval = RowId(form.hidden("approval", most=64))
        if not form:
            return await self._again(request, actor, form)
        try:
            await self.room.cases.export_many(actor.provider, approval, people, reason)
        except RequestFault as refusal:
            form.errors["refused"] = f"refused.{refusal.code}"
            return await self._again(request, actor, form)
        return self.visits.shell.go(request, _PATH, done="made")

    async def _people(self, form: Form, actor: Actor) -> list[SubjectId]:
        """By the ids of their pages, one a line; each must be one of this provider's."""
        named = list(dict.fromkeys(form.letter("people", most=_MOST * (_ID + 2)).split()))
        if not named or len(named) > _MOST:
            form.errors.setdefault("people", "exports.how_many")
            return []
        found = [await self.room.people.outline(actor.provider, SubjectId(each), "en") for each in named]
        if not all(found):
            form.errors["people"] = "exports.unknown"
        return [person.subject for person in found if person is not None]

    async def _again(self, request: Request, actor: Actor, form: Form) -> Response:
        return self.visits.again(request, "exports.html", form, await self._shown(actor), actor)

    async def _shown(self, actor: Actor) -> dict[str, object]:
        return {
            "pending": await self.room.approvals.pending(actor.provider),
            "names": await names_of(self.visits, actor.provider),
        }
