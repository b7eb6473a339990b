"""Consents: one switch each, none set beforehand, off as easily as on."""

from dataclasses import dataclass
from typing import final

from starlette.requests import Request
from starlette.responses import Response

from ringfence.privacy.access import Session
from ringfence.privacy.consent import GPC_HEADER, asks_not_to_sell
from ringfence.web.look import HEADERS
from ringfence.web.portal.ports import Choices
from ringfence.web.portal.visits import HOME, Visits

__all__ = ["Choosing", "gpc_of"]


def gpc_of(request: Request) -> bool:
    """Whether the browser says for the person that nothing is to be sold or shared (Global Privacy Control)."""
    return asks_not_to_sell(request.headers.get(GPC_HEADER))


@final
@dataclass(frozen=True, slots=True)
class Choosing:
    visits: Visits
    choices: Choices

    async def switch(self, request: Request, person: Session) -> Response:
        """What the switch says it will do is done, so that one that was moved elsewhere meanwhile is not moved back."""
        form = await self.visits.form(request)
        offered = await self.choices.of(person, self.visits.shell.language(request), gpc=gpc_of(request))
        key = form.choice("choice", {choice.key for choice in offered})
        turn = form.choice("turn", ("on", "off"))
        if not form:
            return self.visits.nothing_here(request)
        if turn == "off":
            await self.choices.withdraw(person, key)
            return self._done(request)
        age = await self.choices.age_asked(person)
        if age is not None and not form.ticked("old_enough"):
            choice = next(choice for choice in offered if choice.key == key)
            values = {"choice": choice, "age": age, "shown": form.hidden("shown")}
            return self.visits.show(request, "age.html", values, person=person)
        version, _, language = form.hidden("shown", most=128).partition(" ")
        await self.choices.give(
            person,
            key,
            version=version,
            language=language,
            old_enough=age is not None,
            gpc=gpc_of(request),
        )
        return self._done(request)

    async def none(self, request: Request, person: Session) -> Response:
        """Everything off, by one button."""
        await self.visits.form(request)
        await self.choices.withdraw_all(person)
        return self._done(request)

    async def receipt(self, request: Request, person: Session) -> Response:
        """The receipt for a yes of theirs, to keep; its name says nothing about the person."""
        found = await self.choices.receipt(person, request.path_params["receipt"])
        headers = {
            **HEADERS,
            "Cache-Control": "no-store",
            "Content-Disposition": 'attachment; filename="receipt.json"',
        }
        return Response(found, media_type="application/json", headers=headers)

    def _done(self, request: Request) -> Response:
        return self.visits.shell.go(request, HOME, done="choice")
