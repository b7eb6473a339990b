"""People: found by an identifier, masked until a reason is on record; and what an officer does about their data."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, final

from starlette.requests import Request
from starlette.responses import Response

from ringfence.identifiers import CaseId, SubjectId
from ringfence.privacy.looks import LookReason
from ringfence.privacy.rectification import RectificationRefused
from ringfence.privacy.requests import Asked, CaseSummary, Channel, Event, Kind
from ringfence.privacy.restriction import Ground
from ringfence.privacy.rights import HoldReason
from ringfence.privacy.secrecy import OrderKind
from ringfence.services.staff import Actor
from ringfence.web.console.case import FINDABLE, glance_of
from ringfence.web.console.ports import Measure, PersonShown, Room, RowShown
from ringfence.web.console.proving import BY_STAFF, Shown, prove, read_shown
from ringfence.web.console.steps import needs
from ringfence.web.console.visits import Visits
from ringfence.web.look import Form

__all__ = ["PeoplePages"]

_PATH: Final = "/console/people"
_LONGEST_VALUE: Final = 2_000
_DEVICES: Final = "device"
"""The table whose rows are phones."""
_DONE: Final = frozenset({"held", "restricted", "corrected"})


_NO_DETAILS: Final[Mapping[str, str]] = {}


@final
@dataclass(frozen=True, slots=True)
class PeoplePages:
    """Addresses hold random ids only: what is looked for comes in a form."""

    visits: Visits
    room: Room

    async def search(self, request: Request, actor: Actor) -> Response:
        return self.visits.show(request, "people.html", self._search(request), actor=actor)

    async def find(self, request: Request, actor: Actor) -> Response:
        form = await self.visits.form(request)
        kind, value = form.choice("identifier_kind", list(FINDABLE)), form.text("identifier")
        glance = glance_of(form, actor)
        if glance is not None:
            found = await self.room.looks.find(glance, FINDABLE[kind], value)
            if found is not None:
                return self.visits.shell.go(request, f"{_PATH}/{found}")
            form.errors["identifier"] = "people.nobody"
        return self.visits.again(request, "people.html", form, self._search(request), actor)

    async def page(self, request: Request, actor: Actor) -> Response:
        person = await self._person(request, actor)
        if person is None:
            return self.visits.nothing_here(request)
        done = request.query_params.get("done", "")
        shown = await self._shown(request, actor, person) | {"done": done if done in _DONE else ""}
        return self.visits.show(request, "person.html", shown, actor=actor)

    async def look(self, request: Request, actor: Actor) -> Response:
        """One table's values, once the look is on record."""
        person = await self._person(request, actor)
        form = await self.visits.form(request)
        if person is None:
            return self.visits.nothing_here(request)
        table = form.choice("look_table", [each.name for each in person.tables])
        glance = glance_of(form, actor, case=await self._open_case(form, actor, person, "look_case"), table=table)
        if glance is None:
            return await self._again(request, actor, person, form)
        rows = await self.room.looks.rows(glance, person.subject, self.visits.shell.language(request))
        shown = await self._shown(request, actor, person, table, rows)
        return self.visits.show(request, "person.html", shown, actor=actor)

    async def ring(self, request: Request, actor: Actor) -> Response:
        """Whether their phones wake, which shows something of them: a look at the devices, with its reason."""
        person = await self._person(request, actor)
        form = await self.visits.form(request)
        if person is None or all(each.name != _DEVICES for each in person.tables):
            return self.visits.nothing_here(request)
        case = await self._open_case(form, actor, person, "ring_case")
        glance = glance_of(form, actor, case=case, table=_DEVICES, called="ring")
        if glance is None:
            return await self._again(request, actor, person, form)
        rows = await self.room.looks.rows(glance, person.subject, self.visits.shell.language(request))
        shown = await self._shown(request, actor, person, _DEVICES, rows)
        rung = {row.id: self.room.rings.ring(row.id) for row in rows}
        return self.visits.show(request, "person.html", shown | {"rung": rung}, actor=actor)

    # Holds, restriction, correction

    async def hold(self, request: Request, actor: Actor) -> Response:
        person = await self._person(request, actor)
        form = await self.visits.form(request)
        if person is None:
            return self.visits.nothing_here(request)
        reason, reference = form.choice("hold_reason", list(HoldReason)), form.letter("reference", most=500)
        table, until = self._table(form, person, "hold_table"), self._until(form, actor)
        secret = form.choice("secret", list(OrderKind), needed=False)
        if not form:
            return await self._again(request, actor, person, form)
        await self.room.holds.place(
            _measure(actor, person),
            reason=HoldReason(reason),
            tables=[table] if table else [],
            until=until,
            reference=reference,
            secret=OrderKind(secret) if secret else None,
        )
        return self._back(request, person, "held")

    async def restrict(self, request: Request, actor: Actor) -> Response:
        person = await self._person(request, actor)
        form = await self.visits.form(request)
        if person is None:
            return self.visits.nothing_here(request)
        ground, table = (
            form.choice("ground", list(Ground)),
            self._table(form, person, "restrict_table"),
        )
        case = await self._open_case(form, actor, person, "restrict_case")
        if not form:
            return await self._again(request, actor, person, form)
        tables = [table] if table else []
        await self.room.restrictions.restrict(_measure(actor, person, case), tables=tables, ground=Ground(ground))
        return self._back(request, person, "restricted")

    async def lift(self, request: Request, actor: Actor) -> Response:
        """Opens a request for it: the person is told by its answer before the values are used again (Art. 18(3))."""
        person = await self._person(request, actor)
        form = await self.visits.form(request)
        if person is None:
            return self.visits.nothing_here(request)
        reason = form.letter("lift_reason")
        standing = await self.room.restrictions.of(actor.provider, person.subject)
        named = form.choice("restriction", [each.id for each in standing])
        shown = read_shown(form, self.room.rules, actor)
        if not form:
            return await self._again(request, actor, person, form)
        details = {"restriction": named}
        return await self._receive(request, actor, person, Kind.LIFT_RESTRICTION, reason, shown, details)

    async def correct(self, request: Request, actor: Actor) -> Response:
        person = await self._person(request, actor)
        form = await self.visits.form(request)
        if person is None:
            return self.visits.nothing_here(request)
        language = self.visits.shell.language(request)
        data = await self.room.rectifications.correctable(actor.provider, person.subject, language)
        key, value = form.choice("datum", [datum.key for datum in data]), form.letter("value", most=_LONGEST_VALUE)
        case = await self._open_case(form, actor, person, "correct_case")
        if not form:
            return await self._again(request, actor, person, form)
        try:
            await self.room.rectifications.correct(_measure(actor, person, case), key, value)
        except RectificationRefused:
            form.errors["value"] = "correct.refused"
            return await self._again(request, actor, person, form)
        return self._back(request, person, "corrected")

    # Erasure by the staff

    async def erasing(self, request: Request, actor: Actor) -> Response:
        """What would stop, go and stay; nothing is done yet."""
        person = await self._person(request, actor)
        if person is None:
            return self.visits.nothing_here(request)
        return self.visits.show(request, "erase.html", await self._plan(request, actor, person), actor=actor)

    async def erase(self, request: Request, actor: Actor) -> Response:
        """Opens a request of erasure; a second member of staff has to agree before anything goes."""
        person = await self._person(request, actor)
        form = await self.visits.form(request)
        if person is None:
            return self.visits.nothing_here(request)
        reason, shown = form.letter("reason"), read_shown(form, self.room.rules, actor)
        if not form.ticked("sure"):
            form.errors["sure"] = "erase.sure_needed"
        if not form:
            return self.visits.again(request, "erase.html", form, await self._plan(request, actor, person), actor)
        return await self._receive(request, actor, person, Kind.ERASURE, reason, shown)

    async def _receive(
        self,
        request: Request,
        actor: Actor,
        person: PersonShown,
        kind: Kind,
        reason: str,
        shown: Shown,
        details: Mapping[str, str] = _NO_DETAILS,
    ) -> Response:
        """What the staff begin is a request as any other, with its clock, its history and its letter.

        How they know who asks is said in the same step: nobody has to prove a second time what is on record.
        """
        for need in needs(Event.IDENTIFIED, kind):
            actor.need(need)
        asked = Asked(
            provider=actor.provider,
            kind=kind,
            channel=Channel.LETTER,
            subject=person.subject,
            text=reason,
            details=details,
            language=self.visits.shell.language(request),
            staff=actor.staff,
            portal=True,
        )
        case = await self.room.cases.receive(asked)
        refused = await prove(self.room.cases, actor, case, person.subject, shown)
        more = {"refused": refused} if refused else {}
        return self.visits.shell.go(request, f"/console/cases/{case}", done="asked", **more)

    # Below

    def _search(self, request: Request) -> dict[str, object]:
        options = self.visits.options
        return {
            "identifier_kinds": options(request, "identifier", FINDABLE),
            "look_reasons": options(request, "look_reason", LookReason),
        }

    async def _person(self, request: Request, actor: Actor) -> PersonShown | None:
        subject = SubjectId(request.path_params["subject"])
        language = self.visits.shell.language(request)
        return await self.room.people.outline(actor.provider, subject, language)

    async def _shown(
        self, request: Request, actor: Actor, person: PersonShown, table: str = "", rows: Sequence[RowShown] = ()
    ) -> dict[str, object]:
        subject, provider = person.subject, actor.provider
        cases = await self.room.cases.of_subject(provider, subject)
        language = self.visits.shell.language(request)
        data = await self.room.rectifications.correctable(provider, subject, language)
        standing = await self.room.restrictions.of(provider, subject)
        return (
            self._choices(request, person, cases)
            | self._proofs(request, actor)
            | {
                "person": person,
                "opened": table,
                "rows": rows,
                "rung": {},
                "cases": cases,
                "holds": [hold for hold in await self.room.holds.standing(provider) if hold.subject == subject],
                "restrictions": standing,
                "lift_choices": [
                    (each.id, f"{each.since.isoformat()} · {', '.join(each.tables)}") for each in standing
                ],
                "data_choices": [(datum.key, datum.what) for datum in data],
                "open": "",
            }
        )

    def _choices(self, request: Request, person: PersonShown, cases: Sequence[CaseSummary]) -> dict[str, object]:
        words, options = self.visits.shell.words(request), self.visits.options
        return self._search(request) | {
            "table_choices": [(each.name, " ".join(each.what) or each.name) for each in person.tables],
            "case_choices": [(case.id, f"{words(f'kind.{case.kind}')} · {words.day(case.send_by)}") for case in cases],
            "hold_choices": options(request, "hold", HoldReason),
            "secret_choices": options(request, "order", OrderKind),
            "ground_choices": options(request, "ground", Ground),
        }

    def _proofs(self, request: Request, actor: Actor) -> dict[str, object]:
        """By what the form of something that staff begin lets them say who asks."""
        rules, options = self.room.rules, self.visits.options
        return {
            "begin_proofs": options(request, "begin.proof", BY_STAFF),
            "begin_papers": options(request, "document", rules.documents(actor.provider)),
            "papers_needed": rules.documents_needed(actor.provider),
        }

    async def _plan(self, request: Request, actor: Actor, person: PersonShown) -> dict[str, object]:
        language = self.visits.shell.language(request)
        verdicts = await self.room.people.dry_run(actor.provider, person.subject, language)
        return self._proofs(request, actor) | {"person": person, "plan": verdicts}

    async def _again(self, request: Request, actor: Actor, person: PersonShown, form: Form) -> Response:
        shown = await self._shown(request, actor, person) | {"open": request.url.path.rpartition("/")[2]}
        return self.visits.again(request, "person.html", form, shown, actor)

    async def _open_case(self, form: Form, actor: Actor, person: PersonShown, name: str) -> CaseId | None:
        """The request that it is done for, if one was chosen; among the person's own only."""
        cases = await self.room.cases.of_subject(actor.provider, person.subject)
        chosen = form.choice(name, [case.id for case in cases], needed=False)
        return CaseId(chosen) if chosen else None

    def _table(self, form: Form, person: PersonShown, name: str) -> str:
        """One table, or all: empty."""
        return form.choice(name, [each.name for each in person.tables], needed=False)

    def _until(self, form: Form, actor: Actor) -> dt.date | None:
        text = form.text("until", most=10, needed=False)
        if not text:
            return None
        try:
            day = dt.date.fromisoformat(text)
        except ValueError:
            day = dt.date.min
        if day <= self.room.rules.today(actor.provider):
            form.errors["until"] = "person.no_day"
        return day

    def _back(self, request: Request, person: PersonShown, done: str) -> Response:
        return self.visits.shell.go(request, f"{_PATH}/{person.subject}", done=done)


def _measure(actor: Actor, person: PersonShown, case: CaseId | None = None) -> Measure:
    return Measure(actor.provider, actor.staff, person.subject, case)
