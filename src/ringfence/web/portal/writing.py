"""A written request without signing in: anybody may ask, for themselves or for somebody else."""

from dataclasses import dataclass
from typing import Final, final

from starlette.requests import Request
from starlette.responses import Response

from ringfence.privacy.requests import Kind, Relation
from ringfence.protocols.source import source_of
from ringfence.web.api.rates import RateLimit
from ringfence.web.look import Document, Form, FormLimits
from ringfence.web.portal.ports import Requests, Written
from ringfence.web.portal.visits import Visits

__all__ = ["DOCUMENTS", "Writing"]

DOCUMENTS: Final = 2
"""Files with one request: two of four kinds settle who somebody is (CTP-07), or one and a mandate."""
_LIMITS: Final = FormLimits(files=DOCUMENTS)
_KINDS: Final = tuple(kind for kind in Kind if kind is not Kind.LIFT_RESTRICTION)
_RELATIONS: Final = (Relation.SELF, Relation.REPRESENTATIVE, Relation.PARENT, Relation.HEIR)


@final
@dataclass(frozen=True, slots=True)
class Writing:
    visits: Visits
    requests: Requests
    pace: RateLimit

    async def page(self, request: Request) -> Response:
        return self.visits.show(request, "write.html", self._shown())

    async def write(self, request: Request) -> Response:
        self.pace.charge(source_of(request.client.host if request.client else ""))
        form = await self.visits.form(request, _LIMITS)
        written = self._read(form, self.visits.shell.language(request))
        if not form:
            return self.visits.again(request, "write.html", form, self._shown())
        case = await self.requests.written(written)
        return self.visits.shell.go(request, "/privacy/write/received", case=case)

    async def received(self, request: Request) -> Response:
        """The reference is all that is shown: whoever reads the address over a shoulder learns nothing."""
        case = request.query_params.get("case", "")
        known = case if case.isascii() and case.isalnum() and len(case) < 40 else ""
        return self.visits.show(request, "received.html", {"case": known})

    def _read(self, form: Form, language: str) -> Written:
        provider = self.visits.provider(form)
        kind = form.choice("kind", [each.value for each in _KINDS])
        relation = form.choice("relation", [each.value for each in _RELATIONS])
        for_another = relation not in {"", Relation.SELF}
        return Written(
            provider=provider,
            kind=Kind(kind) if kind else Kind.ACCESS,
            relation=relation,
            name=form.text("name"),
            contact=form.letter("contact", most=320),
            identifier=form.text("identifier", needed=False),
            words=form.letter("words"),
            mandate=form.letter("mandate", most=1_000, needed=for_another),
            language=language,
            documents=self._documents(form) if provider else (),
        )

    def _documents(self, form: Form) -> list[tuple[str, Document]]:
        kinds = [kind for imprint in self.visits.imprints for kind in self.requests.documents(imprint)]
        found = []
        for number in range(1, DOCUMENTS + 1):
            file = form.document(f"document_{number}")
            kind = form.choice(f"document_{number}_kind", kinds, needed=file is not None)
            if file is not None and kind:
                found.append((kind, file))
        return found

    def _shown(self) -> dict[str, object]:
        kinds = {kind: None for provider in self.visits.imprints for kind in self.requests.documents(provider)}
        return {"kinds": _KINDS, "relations": _RELATIONS, "documents": tuple(kinds), "files": range(1, DOCUMENTS + 1)}
