"""One request on one page, from top to bottom like a letter: asked, proven, decided, done, proof."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, final

from starlette.requests import Request
from starlette.responses import Response

from ringfence.declarations import IdentifierKind
from ringfence.identifiers import CaseId, SubjectId
from ringfence.privacy.looks import LookReason
from ringfence.privacy.requests import (
    By,
    CaseContent,
    CaseView,
    Delivery,
    Document,
    Event,
    Kind,
    LetterKind,
    Mark,
    Proof,
    RequestFault,
    UnknownCase,
)
from ringfence.privacy.requests.state import OPEN
from ringfence.services.staff import Actor
from ringfence.web.console.inbox import names_of
from ringfence.web.console.ports import Glance, Room
from ringfence.web.console.steps import NAMES_SOMEBODY, OFFERED, READERS, Hand, may_step, needs
from ringfence.web.console.visits import Visits
from ringfence.web.look import HEADERS, Form, FormLimits

__all__ = ["FINDABLE", "CasePage", "glance_of"]

FINDABLE: Final[Mapping[str, IdentifierKind]] = {
    kind.value: kind
    for kind in (
        IdentifierKind.SIP_ADDRESS,
        IdentifierKind.PHONE_NUMBER,
        IdentifierKind.MAIL,
        IdentifierKind.CUSTOMER_NUMBER,
    )
}
"""By what staff may look for somebody."""
_WITH_COPY: Final = FormLimits(files=1)
_SAID_BESIDE: Final = 500
_PAPER_REFUSALS: Final = frozenset(
    {"copy_not_allowed", "proof_insufficient", "request_too_large", "request_step_not_allowed"}
)


@final
@dataclass(frozen=True, slots=True)
class CasePage:
    visits: Visits
    room: Room

    async def page(self, request: Request, actor: Actor) -> Response:
        """Of a request whose person is gone, what is left: its line among the closed ones."""
        try:
            case = await self._case(request, actor)
        except UnknownCase:
            wanted = CaseId(request.path_params["case"])
            if not await self.room.cases.closed(actor.provider, case=wanted, limit=1):
                raise
            return self.visits.shell.go(request, "/console/closed", case=wanted)
        return self.visits.show(request, "case.html", await self._shown(request, actor, case), actor=actor)

    async def look(self, request: Request, actor: Actor) -> Response:
        """The words of the person, once the look is on record; shown in the answer to this press and nowhere else."""
        case = await self._case(request, actor)
        form = await self.visits.form(request)
        glance = glance_of(form, actor, case=case.summary.id)
        if glance is None:
            return await self._again(request, actor, case, form, "look")
        content = await self.room.looks.content(glance)
        shown = await self._shown(request, actor, case, content)
        return self.visits.show(request, "case.html", shown, actor=actor)

    async def dossier(self, request: Request, actor: Actor) -> Response:
        """Everything that shows how it was treated; it holds what the person said, so this is a look."""
        case = await self._case(request, actor)
        form = await self.visits.form(request)
        glance = glance_of(form, actor, case=case.summary.id, called="dossier")
        form_of = form.choice("format", ("html", "json"))
        if glance is None or not form_of:
            return await self._again(request, actor, case, form, "dossier")
        made = await self.room.looks.dossier(glance)
        body, media = (made.html, "text/html") if form_of == "html" else (made.json, "application/json")
        name = f'attachment; filename="dossier-{case.summary.id}.{form_of}"'
        headers = {**HEADERS, "Cache-Control": "no-store", "Content-Disposition": name}
        return Response(body, media_type=media, headers=headers)

    async def step(self, request: Request, actor: Actor) -> Response:
        """Lets one thing happen. What the table of states, the law or the roles forbid is refused, whoever presses."""
        event = _event(request)
        if event is None:
            return self.visits.nothing_here(request)
        case = await self._case(request, actor)
        for need in needs(event, case.summary.kind):
            actor.need(need)
        form = await self.visits.form(request, _WITH_COPY)
        hand = await self._hand(form, actor, case, event)
        step = READERS[event](form, hand)
        if form:
            try:
                await self.room.cases.step(actor.provider, case.summary.id, step, By.member(actor.staff))
            except RequestFault as refusal:
                if refusal.http_status >= _SAID_BESIDE:
                    raise
                form.errors["refused"] = f"refused.{refusal.code}"
            else:
                return self.visits.shell.go(request, f"/console/cases/{case.summary.id}", done=event.value)
        return await self._again(request, actor, await self._case(request, actor), form, event.value)

    # Below

    async def _case(self, request: Request, actor: Actor) -> CaseView:
        """Raises UnknownCase, also for another provider's."""
        return await self.room.cases.case(actor.provider, CaseId(request.path_params["case"]), staff=actor.staff)

    async def _hand(self, form: Form, actor: Actor, case: CaseView, event: Event) -> Hand:
        colleagues = frozenset(await names_of(self.visits, actor.provider))
        hand = Hand(event, actor, case, colleagues=colleagues)
        return replace(hand, concerning=await self._whom(form, hand)) if event in NAMES_SOMEBODY else hand

    async def _whom(self, form: Form, hand: Hand) -> SubjectId | None:
        """Whom the request concerns: who was found by the identifier in it, by another one, or nobody we serve."""
        actor, case = hand.actor, hand.case
        who = form.choice(hand.field("whom"), ("candidate", "other", "nobody"))
        if who == "candidate" and case.candidate is None:
            form.errors[hand.field("whom")] = "error.field.choose"
        if who != "other":
            return case.candidate if who == "candidate" else None
        kind = form.choice(hand.field("identifier_kind"), list(FINDABLE))
        value = form.text(hand.field("identifier"))
        found = None
        if kind and value:
            glance = Glance(actor.provider, actor.staff, LookReason.CHECK_IDENTITY, "", case=case.summary.id)
            found = await self.room.looks.find(glance, FINDABLE[kind], value)
            if found is None:
                form.errors[hand.field("identifier")] = "people.nobody"
        return found

    async def _again(self, request: Request, actor: Actor, case: CaseView, form: Form, opened: str) -> Response:
        shown = await self._shown(request, actor, case)
        shown |= {"open": opened}
        return self.visits.again(request, "case.html", form, shown, actor)

    async def _shown(
        self, request: Request, actor: Actor, case: CaseView, content: CaseContent | None = None
    ) -> dict[str, object]:
        kind, names = case.summary.kind, await names_of(self.visits, actor.provider)
        query = request.query_params
        choices = self._choices(request, actor, case)
        actions = [each for each in _fitting(case, actor) if may_step(actor, each, kind)]
        if not choices["exceptions"]:  # a withdrawal and a complaint can't be refused
            actions = [each for each in actions if each is not Event.REFUSED]
        return choices | {
            "case": case,
            "content": content,
            "actions": actions,
            "is_open": case.summary.state in OPEN,
            "left": case.summary.days_left,
            "names": names,
            "colleagues": sorted(names.items(), key=lambda each: each[1]),
            "second_by_me": case.proposer == actor.staff,
            "open": "",
            "done": query.get("done", "") if query.get("done") in set(Event) else "",
            "refused_paper": query.get("refused", "") if query.get("refused") in _PAPER_REFUSALS else "",
        }

    def _choices(self, request: Request, actor: Actor, case: CaseView) -> dict[str, object]:
        """What the fields of the steps offer."""
        rules, options = self.room.rules, self.visits.options
        kind, proven = case.summary.kind, case.summary.proof is not Proof.NONE
        language = self.visits.shell.language(request)
        fit = rules.exceptions(actor.provider, kind, proven=proven, language=language)
        every = rules.exceptions(actor.provider, kind, proven=False, language=language)
        grounds = rules.grounds(language)
        papers = (*rules.documents(actor.provider), Document.MANDATE)
        return {
            "exceptions": fit,
            "texts_of_exceptions": dict(every),
            "grounds": grounds,
            "texts_of_grounds": dict(grounds),
            "seen_suffices": rules.seen_suffices(actor.provider),
            "look_reasons": options(request, "look_reason", LookReason),
            "identifier_kinds": options(request, "identifier", FINDABLE),
            "kind_choices": options(request, "kind", Kind),
            "mark_choices": options(request, "mark", Mark),
            "proof_choices": options(request, "proof", (Proof.CALL_BACK, Proof.DOCUMENTS)),
            "rung_choices": options(request, "proof", rules.ladder(actor.provider)),
            "paper_choices": options(request, "document", papers),
        }


def glance_of(
    form: Form, actor: Actor, *, case: CaseId | None = None, table: str = "", called: str = "look"
) -> Glance | None:
    """The look that a form asks for; None where reason or note is missing, which is noted in the form."""
    reason = form.choice(f"{called}_reason", list(LookReason))
    note = form.letter(f"{called}_note", most=1_000)
    if not form:
        return None
    return Glance(actor.provider, actor.staff, LookReason(reason), note, table=table, case=case)


def _fitting(case: CaseView, actor: Actor) -> list[Event]:
    """What the table of states allows now, without what the rules beyond it would refuse anyway."""
    to_post = any(
        letter.about is LetterKind.ANSWER and letter.written and not letter.sent and letter.delivery is Delivery.POST
        for letter in case.letters
    )
    unfit: Mapping[Event, bool] = {
        Event.EXTENDED: case.clocks.extended or case.summary.kind is Kind.COMPLAINT,
        Event.SECONDED: case.proposer == actor.staff,
        Event.DISMISSED: case.summary.proof is not Proof.NONE,
        Event.DELIVERED: not to_post,
    }
    return [event for event in OFFERED if event in case.allowed and not unfit.get(event, False)]


def _event(request: Request) -> Event | None:
    name = request.path_params["event"]
    return next((event for event in READERS if event.value == name), None)
