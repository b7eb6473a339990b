"""Signing in: by password, by number and PIN in two steps, or by passkey; each without a script but the last."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from ringfence.errors import RingfenceError
from ringfence.privacy.access import Session
from ringfence.protocols.source import source_of
from ringfence.web.api.rates import RateLimit
from ringfence.web.look import HEADERS, FormLimits
from ringfence.web.portal.ports import Door
from ringfence.web.portal.visits import HOME, SIGN_IN, Visits

__all__ = ["SAID", "SigningIn"]

_ANSWER: Final = FormLimits(field_bytes=16_384)  # an authenticator's answer has one or two kilobytes
SAID: Final = frozenset({"sign_in_refused", "provider_decides", "passkey_unusable"})
"""Refusals that are told on the page that was being used."""


@final
@dataclass(frozen=True, slots=True)
class SigningIn:
    visits: Visits
    door: Door
    pace: RateLimit

    async def page(self, request: Request) -> Response:
        if self.visits.who(request) is not None:
            return self.visits.shell.go(request, HOME)
        return self.visits.show(request, "sign_in.html")

    async def by_password(self, request: Request) -> Response:
        form = await self.visits.form(request)
        address, user = form.text("address", most=256), form.text("auth_user", most=256, needed=False)
        password = form.secret("password", most=256)
        if form:
            try:
                return self._in(request, await self.door.by_password(address, user, password, _source(request)))
            except RingfenceError as refusal:
                form.errors["refused"] = _told(refusal)
        return self.visits.again(request, "sign_in.html", form, {})

    async def by_number(self, request: Request) -> Response:
        """First step: a PIN is sent, or seems to be."""
        form = await self.visits.form(request)
        number, provider = form.text("number", most=64), self.visits.provider(form)
        if not form:
            return self.visits.again(request, "sign_in.html", form, {})
        language = self.visits.shell.language(request)
        ticket = await self.door.ask_pin(provider, number, _source(request), language)
        return self.visits.show(request, "pin.html", {"ticket": ticket})

    async def by_pin(self, request: Request) -> Response:
        """Second step."""
        form = await self.visits.form(request)
        ticket, pin = form.hidden("ticket", most=256), form.secret("pin", most=32)
        if form:
            try:
                return self._in(request, await self.door.by_pin(ticket, pin, _source(request)))
            except RingfenceError as refusal:
                form.errors["refused"] = _told(refusal)
        return self.visits.again(request, "pin.html", form, {"ticket": ticket})

    async def question(self, request: Request) -> Response:
        """For the script: what the authenticator is to sign. Each waits in memory, so nobody gets all of them."""
        self.pace.charge(source_of(_source(request)))
        form = await self.visits.form(request)
        provider = self.visits.provider(form)
        if not form:
            return self.visits.nothing_here(request)
        asked = self.door.passkey_question(provider)
        return _json({"ticket": asked.ticket, "options": asked.options})

    async def by_passkey(self, request: Request) -> Response:
        form = await self.visits.form(request, _ANSWER)
        try:
            ticket, answer = form.hidden("ticket", most=256), form.hidden("answer")
            return self._in(request, await self.door.by_passkey(ticket, answer, _source(request)))
        except RingfenceError as refusal:
            form.errors["refused"] = _told(refusal)
        return self.visits.again(request, "sign_in.html", form, {})

    async def out(self, request: Request) -> Response:
        await self.visits.form(request)
        self.door.leave(self.visits.cookie.read(request))
        answer = self.visits.shell.go(request, SIGN_IN)
        self.visits.cookie.drop(request, answer)
        return answer

    async def offer(self, request: Request, person: Session) -> Response:
        """For the script: what an authenticator is to make a passkey from."""
        form = await self.visits.form(request)
        asked = await self.door.passkey_offer(person, form.text("name", most=64, needed=False))
        return _json({"ticket": asked.ticket, "options": asked.options})

    async def add(self, request: Request, person: Session) -> Response:
        form = await self.visits.form(request, _ANSWER)
        name = form.text("name", most=64, needed=False)
        await self.door.add_passkey(person, form.hidden("ticket", most=256), form.hidden("answer"), name)
        return self.visits.shell.go(request, "/privacy/devices", done="passkey")

    async def remove(self, request: Request, person: Session) -> Response:
        form = await self.visits.form(request)
        await self.door.remove_passkey(person, form.hidden("passkey", most=64))
        return self.visits.shell.go(request, "/privacy/devices", done="passkey-gone")

    def _in(self, request: Request, session: str) -> Response:
        """The cookie of before the sign-in counts no more: a new id takes its place."""
        answer = self.visits.shell.go(request, HOME)
        self.visits.cookie.set(request, answer, session)
        return answer


def _told(refusal: RingfenceError) -> str:
    """The key of what to say beside the form; anything else is a page of its own."""
    if refusal.code not in SAID:
        raise refusal
    return f"refused.{refusal.code}"


def _source(request: Request) -> str:
    return request.client.host if request.client else ""


def _json(body: Mapping[str, object]) -> Response:
    headers = {**HEADERS, "Cache-Control": "no-store"}
    return Response(msgspec.json.encode(body), media_type="application/json", headers=headers)
