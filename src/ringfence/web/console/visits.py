"""Who asks for a page, and whether they may: the session behind the cookie, today's roles, the form token."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, final

from starlette.requests import Request
from starlette.responses import Response

from ringfence.identifiers import ProviderId
from ringfence.services.staff import Actor, Permission, Staff
from ringfence.web.look import FIELD, Csrf, Form, FormLimits, Handler, Imprint, SessionCookie, Shell, read_form

__all__ = ["CONFIDENTIALITY", "HOME", "SIGN_IN", "MemberHandler", "Visits", "source"]

HOME: Final = "/console"
SIGN_IN: Final = "/console/sign-in"
CONFIDENTIALITY: Final = "/console/confidentiality"
_NAV: Final = (
    (HOME, "nav.inbox", Permission.SEE_CASES),
    ("/console/people", "nav.people", Permission.FIND_PEOPLE),
    ("/console/holds", "nav.holds", Permission.HOLD),
    ("/console/secrecy", "nav.secrecy", Permission.KEEP_SECRET),
    ("/console/retention", "nav.retention", Permission.READ_RETENTION),
    ("/console/ledger", "nav.ledger", Permission.READ_LEDGER),
    ("/console/notices", "nav.notices", Permission.SEE_SETTINGS),
    ("/console/figures", "nav.figures", Permission.READ_FIGURES),
    ("/console/staff", "nav.staff", Permission.MANAGE_STAFF),
)

MemberHandler = Callable[[Request, Actor], Awaitable[Response]]


@final
@dataclass(frozen=True, slots=True)
class Visits:
    """What every page of the console does before and after its own work."""

    shell: Shell
    cookie: SessionCookie
    csrf: Csrf
    staff: Staff
    imprints: Mapping[ProviderId, Imprint]

    def anybody(self, handler: Handler) -> Handler:
        """A page for which nobody has to sign in."""
        return self.shell.handled(handler)

    def signed_in(self, handler: MemberHandler) -> Handler:
        """A page for members who have not accepted confidentiality yet: the text itself, and the way out."""

        async def handle(request: Request) -> Response:
            actor = await self.who(request)
            return self.shell.go(request, SIGN_IN) if actor is None else await handler(request, actor)

        return self.shell.handled(handle)

    def member(self, handler: MemberHandler, need: Permission | None) -> Handler:
        """A page for members whose roles allow it; confidentiality comes before everything (ZOI-27)."""

        async def handle(request: Request, actor: Actor) -> Response:
            if not actor.bound:
                return self.shell.go(request, CONFIDENTIALITY)
            if need is not None:
                actor.need(need)
            return await handler(request, actor)

        return self.signed_in(handle)

    async def who(self, request: Request) -> Actor | None:
        session = self.cookie.read(request)
        return await self.staff.actor(session) if session else None

    async def form(self, request: Request, limits: FormLimits | None = None) -> Form:
        """What was sent, once it is clear that our own page sent it. Raises BadForm, ForeignForm, FormTooOld."""
        form = await read_form(request, limits or FormLimits())
        self.csrf.check(request, self.cookie.read(request), form.hidden(FIELD))
        return form

    def show(
        self,
        request: Request,
        template: str,
        values: Mapping[str, object] | None = None,
        *,
        actor: Actor | None = None,
        status: int = 200,
    ) -> Response:
        """A page with forms. Who has no cookie yet is given one, or their forms could not be told from others'."""
        session = self.cookie.read(request)
        known = session or self.cookie.fresh()
        shown: dict[str, object] = {
            "errors": {},
            "values": _Entered(),
            "labels": {},
            "actor": actor,
            "Permission": Permission,
            "providers": self._providers(),
            "done": "",
        }
        answer = self.shell.page(
            request,
            template,
            shown | dict(values or {}),
            status=status,
            imprint=self.imprints[actor.provider] if actor else None,
            nav=_nav(actor),
            token=self.csrf.token(known),
        )
        if not session:
            self.cookie.set(request, answer, known)
        return answer

    def again(
        self, request: Request, template: str, form: Form, values: Mapping[str, object], actor: Actor | None = None
    ) -> Response:
        """The form once more, with what is wrong and what was entered."""
        labels = {name: label for name in form.errors if (label := self._label(request, name))}
        shown = {"errors": form.errors, "values": _Entered(form.values), "labels": labels}
        return self.show(request, template, shown | dict(values), actor=actor, status=422)

    def options(self, request: Request, kind: str, among: Iterable[str]) -> list[tuple[str, str]]:
        """What a field offers: values, and what they are called (`<kind>.<value>` of the catalogue)."""
        words = self.shell.words(request)
        return [(value, words(f"{kind}.{value}")) for value in map(str, among)]

    def _label(self, request: Request, name: str) -> str:
        """What a field is called above the form: by its name, or by the end of it that others of its kind share."""
        words = self.shell.words(request)
        parts = name.split("_")
        keys = ("label." + "_".join(parts[at:]) for at in range(len(parts)))
        return next((words(key) for key in keys if words.has(key)), "")

    def nothing_here(self, request: Request) -> Response:
        return self.shell.failure(request, 404)

    def provider(self, form: Form) -> ProviderId:
        """Which provider the form is for: the only one, or the one that was chosen (an error is noted if none was)."""
        if len(self.imprints) == 1:
            return next(iter(self.imprints))
        return ProviderId(form.choice("provider", self.imprints))

    def _providers(self) -> list[tuple[str, str]]:
        """To choose from; nothing where there is no choice."""
        return [(id_, imprint.provider) for id_, imprint in self.imprints.items()] if len(self.imprints) > 1 else []


def source(request: Request) -> str:
    """Where a request came from, for limits."""
    return request.client.host if request.client else ""


def _nav(actor: Actor | None) -> Sequence[tuple[str, str]]:
    """The links that this member's roles allow."""
    return [] if actor is None else [(path, key) for path, key, need in _NAV if actor.may(need)]


class _Entered(dict[str, str]):
    """What was entered into a form; empty for a field that nobody has filled in yet."""

    def __missing__(self, name: str) -> str:
        return ""
