"""Requests: the sentences one can say, a page for each, and what became of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from ringfence.identifiers import CaseId
from ringfence.privacy.access import Session
from ringfence.privacy.requests import Kind
from ringfence.privacy.restriction import Ground
from ringfence.web.look import Form
from ringfence.web.portal.ports import Requests
from ringfence.web.portal.visits import Visits

__all__ = ["SENTENCES", "Asking"]

SENTENCES: Final[Sequence[Kind]] = (
    Kind.ACCESS,
    Kind.RECIPIENTS,
    Kind.PORTABILITY,
    Kind.RECTIFICATION,
    Kind.RESTRICTION,
    Kind.OBJECTION,
    Kind.ERASURE,
    Kind.COMPLAINT,
)
"""In the order in which people ask. Withdrawing is a switch on the first page, and needs no request."""
_FIELDS: Final[Mapping[Kind, Sequence[str]]] = {
    Kind.RECTIFICATION: ("wrong", "right"),
    Kind.RESTRICTION: ("what",),
    Kind.OBJECTION: ("what",),
    Kind.PORTABILITY: ("transmit_to",),
}
"""What is asked beside the letter, as `details` of the request."""
_CHOICES: Final[Mapping[Kind, Mapping[str, Sequence[str]]]] = {
    Kind.RESTRICTION: {"ground": tuple(Ground)},
}
"""Of what one is to be chosen, as `details` too: on the ground hangs whether the data also must not be deleted."""
_NEEDS_WORDS: Final = frozenset({Kind.COMPLAINT, Kind.OBJECTION, Kind.RESTRICTION})
_MAY_STAY_EMPTY: Final = frozenset({"transmit_to"})


@final
@dataclass(frozen=True, slots=True)
class Asking:
    visits: Visits
    requests: Requests

    async def page(self, request: Request, person: Session) -> Response:
        kind = _kind(request)
        if kind is None:
            return self.visits.nothing_here(request)
        if kind is Kind.ERASURE:
            return self.visits.shell.go(request, "/privacy/leave")
        return self.visits.show(request, "ask.html", self._shown(person, kind), person=person)

    async def ask(self, request: Request, person: Session) -> Response:
        kind = _kind(request)
        if kind is None or kind is Kind.ERASURE:
            return self.visits.nothing_here(request)
        form = await self.visits.form(request)
        words = form.letter("words", needed=kind in _NEEDS_WORDS)
        details = _details(form, kind)
        if not form:
            return self.visits.again(request, "ask.html", form, self._shown(person, kind), person)
        language = self.visits.shell.language(request)
        case = await self.requests.ask(person, kind, words, details, language)
        return self.visits.shell.go(request, f"/privacy/requests/{case}", sent="yes")

    async def listed(self, request: Request, person: Session) -> Response:
        values = {"requests": await self.requests.of(person)}
        return self.visits.show(request, "requests.html", values, person=person)

    async def one(self, request: Request, person: Session) -> Response:
        case = CaseId(request.path_params["case"])
        found = await self.requests.one(person, case, self.visits.shell.language(request))
        if found is None:
            return self.visits.nothing_here(request)
        values = {"request": found, "sent": request.query_params.get("sent") == "yes"}
        return self.visits.show(request, "request.html", values, person=person)

    async def answer(self, request: Request, person: Session) -> Response:
        """To what we asked about a request of theirs."""
        form = await self.visits.form(request)
        case = CaseId(request.path_params["case"])
        words = form.letter("answer")
        if not form:
            found = await self.requests.one(person, case, self.visits.shell.language(request))
            if found is None:
                return self.visits.nothing_here(request)
            return self.visits.again(request, "request.html", form, {"request": found, "sent": False}, person)
        await self.requests.answer(person, case, words)
        return self.visits.shell.go(request, f"/privacy/requests/{case}")

    async def take_back(self, request: Request, person: Session) -> Response:
        await self.visits.form(request)
        case = CaseId(request.path_params["case"])
        await self.requests.take_back(person, case)
        return self.visits.shell.go(request, f"/privacy/requests/{case}")

    def _shown(self, person: Session, kind: Kind) -> dict[str, object]:
        return {
            "kind": kind,
            "choices": _CHOICES.get(kind, {}),
            "fields": _FIELDS.get(kind, ()),
            "may_stay_empty": _MAY_STAY_EMPTY,
            "needs_words": kind in _NEEDS_WORDS,
            "promise": self.requests.promise(person.provider, kind),
        }


def _kind(request: Request) -> Kind | None:
    try:
        return Kind(request.path_params["kind"])
    except ValueError:
        return None


def _details(form: Form, kind: Kind) -> dict[str, str]:
    found = {name: form.choice(name, among) for name, among in _CHOICES.get(kind, {}).items()}
    for name in _FIELDS.get(kind, ()):
        value = form.letter(name, most=1_000, needed=name not in _MAY_STAY_EMPTY)
        if value:
            found[name] = value
    target = found.get("transmit_to")
    if target and not _is_https(target):
        form.errors["transmit_to"] = "error.transmit_to"
    return found


def _is_https(target: str) -> bool:
    """Whether it could be another provider's endpoint; whether it may be called is the gate's to decide."""
    try:
        parts = urlsplit(target)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname) and " " not in target and parts.username is None
