"""Requests (port `Requests`)."""

from collections.abc import Mapping, Sequence
from typing import Final, final

from ringfence.clock import Clock, day_of
from ringfence.declarations import IdentifierKind
from ringfence.identifiers import CaseId, ProviderId
from ringfence.privacy import requests
from ringfence.privacy.access import Session
from ringfence.privacy.law import Law, deadlines
from ringfence.privacy.requests import (
    PERSON,
    AnswerQuestion,
    Asked,
    CaseContent,
    CaseView,
    Channel,
    Document,
    Event,
    HandIn,
    Identifier,
    Kind,
    Proof,
    Relation,
    TakeBack,
    UnknownCase,
)
from ringfence.web.portal import Letter, Promise, Request, Section, Step, Written

__all__ = ["PortalRequests"]

_SHOWN: Final = 50  # requests in the list; nobody has more that are open
_POINT: Final = "* "
_OVER: Final = frozenset({requests.State.ANSWERED, requests.State.TAKEN_BACK, requests.State.DISMISSED})


@final
class PortalRequests:
    """`countries` are those of the providers (ISO 3166-1 alpha-2)."""

    def __init__(self, asked: requests.Requests, law: Law, countries: Mapping[ProviderId, str], clock: Clock) -> None:
        self._requests = asked
        self._law = law
        self._countries = countries
        self._clock = clock

    def promise(self, provider: ProviderId, kind: Kind) -> Promise:
        calendar = self._law.calendar(self._countries[provider])
        today = calendar.day_of(self._clock.time())
        due = deadlines(calendar, today, complaint=kind is Kind.COMPLAINT)
        return Promise(due.promised, due.complaint or due.legal)

    async def ask(self, person: Session, kind: Kind, words: str, details: Mapping[str, str], language: str) -> CaseId:
        return await self._requests.receive(
            Asked(
                provider=person.provider,
                kind=kind,
                channel=Channel.PORTAL,
                subject=person.subject,
                proof=Proof.SESSION,
                language=language,
                text=words,
                details=details,
            )
        )

    async def of(self, person: Session) -> Sequence[Request]:
        known = await self._requests.of_subject(person.provider, person.subject)
        own = [await self._requests.own(person.provider, person.subject, each.id) for each in known[:_SHOWN]]
        return sorted((_shown(view, content) for view, content in own), key=lambda each: each.received, reverse=True)

    async def one(self, person: Session, case: CaseId, language: str) -> Request | None:  # noqa: ARG002 - letters stay
        try:
            view, content = await self._requests.own(person.provider, person.subject, case)
        except UnknownCase:
            return None
        return _shown(view, content)

    async def take_back(self, person: Session, case: CaseId) -> None:
        await self._requests.step_of_person(person.provider, person.subject, case, TakeBack())

    async def answer(self, person: Session, case: CaseId, words: str) -> None:
        await self._requests.step_of_person(person.provider, person.subject, case, AnswerQuestion(words))

    async def written(self, written: Written) -> CaseId:
        case = await self._requests.receive(
            Asked(
                provider=written.provider,
                kind=written.kind,
                channel=Channel.FORM,
                relation=Relation(written.relation),
                name=written.name,
                contact=written.contact,
                language=written.language,
                text=written.words,
                identifier=_identifier(written.identifier),
                mandate=written.mandate,
            )
        )
        for kind, document in written.documents:
            paper = HandIn(Document(kind), document.content, document.kind)
            await self._requests.step(written.provider, case, paper, PERSON)
        return case

    def documents(self, provider: ProviderId) -> Sequence[str]:
        rules = self._law.country(self._countries[provider]).documents
        papers = [str(kind) for kind in rules.kinds] if rules.copy_allowed else []
        return [*papers, Document.MANDATE.value]


def _identifier(typed: str) -> Identifier | None:
    if not typed:
        return None
    kind = IdentifierKind.SIP_ADDRESS if "@" in typed else IdentifierKind.PHONE_NUMBER
    return Identifier(kind, typed)


def _shown(view: CaseView, content: CaseContent) -> Request:
    summary, clocks = view.summary, view.clocks
    return Request(
        id=summary.id,
        kind=summary.kind,
        state=summary.state.value,
        open=summary.state not in _OVER,
        received=clocks.received,
        promised=clocks.promised,
        legal=clocks.legal,
        days_left=summary.days_left,
        words=content.text,
        steps=_steps(view),
        letters=[_letter(*content.letters[each.id]) for each in view.letters if each.id in content.letters],
        downloads=[] if view.package is None else [view.package],
        can_take_back=Event.TAKEN_BACK in view.allowed,
        can_answer=Event.CLARIFIED in view.allowed,
    )


def _steps(view: CaseView) -> list[Step]:
    """Each state that it came into, and on which day."""
    found: list[Step] = []
    for line in view.history:
        if not found or found[-1].state != line.state.value:
            found.append(Step(day_of(line.at), line.state.value))
    return found


def _letter(title: str, text: str, _html: str) -> Letter:
    """The text version, taken apart: the page has a title, headings and lists of its own."""
    blocks = [part.strip().splitlines() for part in text.split("\n\n") if part.strip()]
    if blocks and " ".join(blocks[0]).casefold() == title.casefold():
        del blocks[0]
    return Letter(title, [_section(block) for block in blocks])


def _section(lines: Sequence[str]) -> Section:
    """In plain text a heading is underlined, and a point begins with a star."""
    headed = len(lines) > 1 and set(lines[1]) == {"-"}
    said = lines[2:] if headed else lines
    return Section(
        heading=lines[0] if headed else "",
        sentences=[line for line in said if not line.startswith(_POINT)],
        points=[line.removeprefix(_POINT) for line in said if line.startswith(_POINT)],
    )
