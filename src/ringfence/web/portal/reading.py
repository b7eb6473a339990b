"""Notices and what changes in them; and the packages one may take away."""

from dataclasses import dataclass
from typing import final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from ringfence.identifiers import RowId
from ringfence.privacy.access import Session
from ringfence.web.look import HEADERS
from ringfence.web.portal.ports import Downloads, Notices
from ringfence.web.portal.visits import Visits

__all__ = ["Reading"]


@final
@dataclass(frozen=True, slots=True)
class Reading:
    visits: Visits
    notices: Notices
    downloads: Downloads

    async def page(self, request: Request, person: Session) -> Response:
        notice = await self.notices.of(person, self.visits.shell.language(request))
        for coming in notice.coming:
            await self.notices.seen(person, coming.version)
        return self.visits.show(request, "notices.html", {"notice": notice}, person=person)

    async def object(self, request: Request, person: Session) -> Response:
        """Objecting to coming terms ends the contract, so it is asked for twice: the box has to be ticked."""
        form = await self.visits.form(request)
        notice = await self.notices.of(person, self.visits.shell.language(request))
        version = form.choice("version", [coming.version for coming in notice.coming if coming.objectable])
        if not form.ticked("sure"):
            form.errors["sure"] = "error.sure"
        if not form:
            return self.visits.again(request, "notices.html", form, {"notice": notice}, person)
        erasure = await self.notices.object(person, version)
        answer = self.visits.shell.go(request, f"/privacy/gone/{erasure}")
        self.visits.cookie.drop(request, answer)
        return answer

    async def packages(self, request: Request, person: Session) -> Response:
        values = {"downloads": await self.downloads.of(person), "sendings": await self.downloads.sendings(person)}
        return self.visits.show(request, "downloads.html", values, person=person)

    async def send(self, request: Request, person: Session) -> Response:
        """To the provider whose name stands beside the button; nothing has left before (Article 20(2) GDPR)."""
        await self.visits.form(request)
        await self.downloads.send(person, RowId(request.path_params["sending"]))
        return self.visits.shell.go(request, "/privacy/downloads")

    async def package(self, request: Request, person: Session) -> Response:
        asked = request.path_params["package"]
        known = await self.downloads.of(person)
        found = next((each for each in known if each.id == asked and each.ready), None)
        if found is None:
            return self.visits.nothing_here(request)
        headers = {
            **HEADERS,
            "Cache-Control": "no-store",
            "Content-Disposition": 'attachment; filename="my-data.zip"',
        }
        if found.bytes:
            headers["Content-Length"] = str(found.bytes)
        pieces = self.downloads.stream(person, RowId(found.id))
        return StreamingResponse(pieces, media_type="application/zip", headers=headers)
