"""Leaving: what stops, what must stay and until when, and then one button; afterwards the certificate."""

from dataclasses import dataclass
from typing import final

from starlette.requests import Request
from starlette.responses import Response

from ringfence.identifiers import RowId
from ringfence.privacy.access import Session
from ringfence.web.look import HEADERS
from ringfence.web.portal.ports import Leave
from ringfence.web.portal.visits import Visits

__all__ = ["Leaving"]


@final
@dataclass(frozen=True, slots=True)
class Leaving:
    visits: Visits
    leave: Leave

    async def page(self, request: Request, person: Session) -> Response:
        plan = await self.leave.plan(person, self.visits.shell.language(request))
        return self.visits.show(request, "leave.html", {"plan": plan}, person=person)

    async def go(self, request: Request, person: Session) -> Response:
        """Only with the word typed: nobody leaves by a slip of the finger."""
        form = await self.visits.form(request)
        typed = form.text("confirmation", most=40)
        words = self.visits.shell.words(request)
        if typed and typed.casefold().strip("\"'“”„«».") != words("leave.word").casefold():
            form.errors["confirmation"] = "error.confirmation"
        if not form:
            plan = await self.leave.plan(person, words.language)
            return self.visits.again(request, "leave.html", form, {"plan": plan}, person)
        erasure = await self.leave.leave(person)
        answer = self.visits.shell.go(request, f"/privacy/gone/{erasure}")
        self.visits.cookie.drop(request, answer)
        return answer

    async def gone(self, request: Request) -> Response:
        """For whoever holds the link; it says that somebody left, not who."""
        erasure = RowId(request.path_params["erasure"])
        found = await self.leave.gone(erasure, self.visits.shell.language(request))
        if found is None:
            return self.visits.nothing_here(request)
        return self.visits.show(request, "gone.html", {"gone": found})

    async def certificate(self, request: Request) -> Response:
        certificate = await self.leave.certificate(RowId(request.path_params["erasure"]))
        if certificate is None:
            return self.visits.nothing_here(request)
        headers = {
            **HEADERS,
            "Cache-Control": "no-store",
            "Content-Disposition": 'attachment; filename="certificate.json"',
        }
        return Response(certificate, media_type="application/json", headers=headers)
