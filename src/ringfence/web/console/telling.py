"""Recipients to tell: whom no mail reaches, so that an officer does it, or says why it can't be done."""

from dataclasses import dataclass
from typing import Final, final

from starlette.requests import Request
from starlette.responses import Response

from ringfence.identifiers import RowId
from ringfence.privacy.rectification import NoticeSettled, Reason
from ringfence.services.staff import Actor
from ringfence.web.console.ports import Room
from ringfence.web.console.visits import Visits

__all__ = ["Telling"]

_PATH: Final = "/console/recipients"
_TOLD: Final = "told"
_OUTCOMES: Final = (_TOLD, Reason.IMPOSSIBLE.value, Reason.DISPROPORTIONATE.value)


@final
@dataclass(frozen=True, slots=True)
class Telling:
    visits: Visits
    room: Room

    async def page(self, request: Request, actor: Actor) -> Response:
        done = "settled" if request.query_params.get("done") == "settled" else ""
        values = await self._values(request, actor, request.query_params.get("notice", ""))
        return self.visits.show(request, "recipients.html", values | {"done": done}, actor=actor)

    async def settle(self, request: Request, actor: Actor) -> Response:
        """They were told, or can't be. What a colleague has done meanwhile is shown as done."""
        form = await self.visits.form(request)
        notice = RowId(form.hidden("notice"))
        outcome = form.choice("outcome", _OUTCOMES)
        if not form:
            return self.visits.again(
                request, "recipients.html", form, await self._values(request, actor, notice), actor
            )
        try:
            if outcome == _TOLD:
                await self.room.tellings.tell_by_hand(actor.provider, notice)
            else:
                await self.room.tellings.give_up(actor.provider, notice, Reason(outcome))
        except NoticeSettled:
            return self.visits.shell.go(request, _PATH)
        return self.visits.shell.go(request, _PATH, done="settled")

    async def _values(self, request: Request, actor: Actor, chosen: str) -> dict[str, object]:
        language = self.visits.shell.language(request)
        waiting = await self.room.tellings.by_hand(actor.provider, language)
        return {
            "waiting": waiting,
            "settled": await self.room.tellings.settled(actor.provider, language),
            "chosen": next((each for each in waiting if each.id == chosen), None),
            "outcomes": self.visits.options(request, "telling.outcome", _OUTCOMES),
        }
