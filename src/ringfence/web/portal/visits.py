"""Who asks for a page, and what they may: the session behind the cookie, the form token, the provider on the page."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, final

from starlette.requests import Request
from starlette.responses import Response

from ringfence.identifiers import ProviderId
from ringfence.privacy.access import Session
from ringfence.privacy.secrecy import standard_sentence
from ringfence.web.look import FIELD, Csrf, Form, FormLimits, Handler, Imprint, SessionCookie, Shell, read_form
from ringfence.web.portal.ports import Door

__all__ = ["HOME", "SIGN_IN", "PersonalHandler", "Visits"]

HOME: Final = "/privacy"
SIGN_IN: Final = "/privacy/sign-in"

PersonalHandler = Callable[[Request, Session], Awaitable[Response]]


@final
@dataclass(frozen=True, slots=True)
class Visits:
    """What every page of the portal does before and after its own work."""

    shell: Shell
    cookie: SessionCookie
    csrf: Csrf
    door: Door
    imprints: Mapping[ProviderId, Imprint]

    def anybody(self, handler: Handler) -> Handler:
        """A page for which nobody has to sign in."""
        return self.shell.handled(handler)

    def personal(self, handler: PersonalHandler) -> Handler:
        """A page about the person who is signed in; anybody else is led to the sign-in."""

        async def handle(request: Request) -> Response:
            person = self.who(request)
            if person is None:
                return self.shell.go(request, SIGN_IN)
            return await handler(request, person)

        return self.shell.handled(handle)

    def who(self, request: Request) -> Session | None:
        session = self.cookie.read(request)
        return self.door.who(session) if session else None

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
        person: Session | None = None,
        status: int = 200,
    ) -> Response:
        """A page with forms. Who has no cookie yet is given one, or their forms could not be told from others'."""
        session = self.cookie.read(request)
        known = session or self.cookie.fresh()
        shown: dict[str, object] = {
            "errors": {},
            "values": _Entered(),
            "person": person,
            "providers": self._providers(),
            "secrecy": standard_sentence(self.shell.language(request)),
        }
        answer = self.shell.page(
            request,
            template,
            shown | dict(values or {}),
            status=status,
            imprint=self.imprints[person.provider] if person else None,
            nav=None if person else (),
            token=self.csrf.token(known),
        )
        if not session:
            self.cookie.set(request, answer, known)
        return answer

    def again(
        self, request: Request, template: str, form: Form, values: Mapping[str, object], person: Session | None = None
    ) -> Response:
        """The form once more, with what is wrong and what was entered."""
        shown = {"errors": form.errors, "values": _Entered(form.values)}
        return self.show(request, template, shown | dict(values), person=person, status=422)

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


class _Entered(dict[str, str]):
    """What was entered into a form; empty for a field that nobody has filled in yet."""

    def __missing__(self, name: str) -> str:
        return ""
