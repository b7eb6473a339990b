"""What came on paper or by phone, entered for the person by a member of staff."""

import datetime as dt
from dataclasses import dataclass
from typing import Final, final

from starlette.requests import Request
from starlette.responses import Response

from ringfence.clock import DAY
from ringfence.identifiers import CaseId
from ringfence.privacy.requests import Asked, By, Channel, Document, HandIn, Identifier, Kind, Relation, RequestFault
from ringfence.services.staff import Actor
from ringfence.web.console.case import FINDABLE
from ringfence.web.console.ports import Room
from ringfence.web.console.visits import Visits
from ringfence.web.look import Document as File
from ringfence.web.look import Form, FormLimits

__all__ = ["DOCUMENTS", "Entering"]

DOCUMENTS: Final = 2
"""Files with one letter, as on the form without sign-in."""
_LIMITS: Final = FormLimits(files=DOCUMENTS)
_OLDEST: Final = dt.timedelta(days=365)
_NOON: Final = DAY / 2
LANGUAGES: Final = ("en", "de", "fr", "es", "bg", "cs")


@final
@dataclass(frozen=True, slots=True)
class Entering:
    visits: Visits
    room: Room

    async def page(self, request: Request, actor: Actor) -> Response:
        return self.visits.show(request, "enter.html", self._shown(request, actor), actor=actor)

    async def enter(self, request: Request, actor: Actor) -> Response:
        form = await self.visits.form(request, _LIMITS)
        asked, papers = self._read(form, actor), self._papers(form, actor)
        if not form:
            return self.visits.again(request, "enter.html", form, self._shown(request, actor), actor)
        case = await self.room.cases.receive(asked)
        refused = await self._hand_in(actor, case, papers)
        more = {"refused": refused} if refused else {}
        return self.visits.shell.go(request, f"/console/cases/{case}", done="asked", **more)

    async def _hand_in(self, actor: Actor, case: CaseId, papers: list[tuple[Document, File]]) -> str:
        """The letter is taken in any case; of a paper that may not be kept the page says so."""
        for document, file in papers:
            step = HandIn(document, file.content, file.kind)
            try:
                await self.room.cases.step(actor.provider, case, step, By.member(actor.staff))
            except RequestFault as refusal:
                return refusal.code
        return ""

    def _read(self, form: Form, actor: Actor) -> Asked:
        kind = form.choice("kind", list(Kind))
        relation = Relation(form.choice("relation", list(Relation)) or Relation.SELF)
        sort, value = form.choice("identifier_kind", list(FINDABLE), needed=False), form.text(
            "identifier", needed=False
        )  # fmt: skip
        if value and not sort:
            form.errors["identifier_kind"] = "error.field.choose"
        return Asked(
            provider=actor.provider,
            kind=Kind(kind or Kind.ACCESS),
            channel=Channel.LETTER,
            relation=relation,
            name=form.text("name"),
            contact=form.letter("contact", most=320),
            language=form.choice("language", LANGUAGES) or "en",
            text=form.letter("words", most=20_000),
            mandate=form.letter("mandate", most=1_000, needed=relation is not Relation.SELF),
            identifier=Identifier(FINDABLE[sort], value) if sort and value else None,
            received=self._received(form, actor),
            staff=actor.staff,
        )

    def _received(self, form: Form, actor: Actor) -> float | None:
        """When it lay in the letter box: noon of that day, so that no time zone moves it."""
        text, today = form.text("received", most=10), self.room.rules.today(actor.provider)
        try:
            day = dt.date.fromisoformat(text)
        except ValueError:
            form.errors.setdefault("received", "enter.no_day")
            return None
        if not today - _OLDEST <= day <= today:
            form.errors.setdefault("received", "enter.no_day")
        return None if day == today else (day - dt.date(1970, 1, 1)).days * DAY + _NOON

    def _papers(self, form: Form, actor: Actor) -> list[tuple[Document, File]]:
        kinds = [paper.value for paper in (*self.room.rules.documents(actor.provider), Document.MANDATE)]
        found = []
        for number in range(1, DOCUMENTS + 1):
            file = form.document(f"document_{number}")
            kind = form.choice(f"document_{number}_kind", kinds, needed=file is not None)
            if file is not None and kind:
                found.append((Document(kind), file))
        return found

    def _shown(self, request: Request, actor: Actor) -> dict[str, object]:
        options = self.visits.options
        papers = (*self.room.rules.documents(actor.provider), Document.MANDATE)
        return {
            "kind_choices": options(request, "kind", Kind),
            "relation_choices": options(request, "relation", Relation),
            "identifier_kinds": options(request, "identifier", FINDABLE),
            "paper_choices": options(request, "document", papers),
            "language_choices": options(request, "language", LANGUAGES),
            "files": range(1, DOCUMENTS + 1),
            "speaks": self.visits.shell.language(request),
            "today": self.room.rules.today(actor.provider),
        }
