"""Coming in: by an invitation once, then by password and second factor; and confidentiality before anything else."""

from dataclasses import dataclass
from typing import Final, final

import msgspec
import segno
from starlette.requests import Request
from starlette.responses import Response

from ringfence.errors import RingfenceError
from ringfence.services.staff import Actor, Half, Opening, SignedIn, Staff, confidentiality
from ringfence.web.console.visits import HOME, SIGN_IN, Visits, source
from ringfence.web.look import Form, FormLimits

__all__ = ["SigningIn"]

_ANSWER: Final = FormLimits()  # an authenticator's answer has two thousand characters
_SAID: Final = frozenset({"staff_refused", "passkey_unusable", "password_unusable"})
"""What is said beside the form; anything else is a page of its own."""
_TICKET: Final = 256
_WAYS: Final = ("code", "recovery", "passkey")


@final
@dataclass(frozen=True, slots=True)
class SigningIn:
    """Each refusal says the same, whatever was wrong: no page tells who works here."""

    visits: Visits

    @property
    def staff(self) -> Staff:
        return self.visits.staff

    # By password and second factor

    async def page(self, request: Request) -> Response:
        return self.visits.show(request, "sign_in.html")

    async def password(self, request: Request) -> Response:
        """First step."""
        form = await self.visits.form(request)
        mail, password = form.text("mail", most=254), form.secret("password")
        provider = self.visits.provider(form)
        if form:
            try:
                half = await self.staff.entrance.sign_in(provider, mail, password, source(request))
            except RingfenceError as refusal:
                form.errors["refused"] = _told(refusal)
            else:
                return self._second(request, half.ticket, _offer(half))
        return self.visits.again(request, "sign_in.html", form, {})

    async def second(self, request: Request) -> Response:
        """Second step, by whichever way."""
        form = await self.visits.form(request, _ANSWER)
        way = form.choice("way", _WAYS) or "code"
        ticket, offer = form.hidden("ticket", most=_TICKET), form.hidden("offer")
        given = form.hidden("answer") if way == "passkey" else form.text(way, most=64)
        entrance = self.staff.entrance
        ways = {"code": entrance.by_code, "recovery": entrance.by_recovery, "passkey": entrance.by_passkey}
        if form:
            try:
                return self._in(request, await ways[way](ticket, given, source(request)))
            except RingfenceError as refusal:
                form.errors["refused"] = _told(refusal)
        return self.visits.again(request, "second.html", form, _shown(ticket, offer))

    async def out(self, request: Request, actor: Actor) -> Response:
        await self.visits.form(request)
        del actor
        self.staff.sessions.end(self.visits.cookie.read(request))
        answer = self.visits.shell.go(request, SIGN_IN)
        self.visits.cookie.drop(request, answer)
        return answer

    # By invitation

    async def join(self, request: Request) -> Response:
        """The link of an invitation; opening it uses nothing up."""
        opening = await self.staff.entrance.open_invitation(request.path_params["token"])
        return self.visits.show(request, "join.html", _opened(opening))

    async def joined(self, request: Request) -> Response:
        """Password and second factor are set; a link whose form came back with errors is opened anew."""
        token = request.path_params["token"]
        form = await self.visits.form(request, _ANSWER)
        ticket, answer = form.hidden("ticket", most=_TICKET), form.hidden("answer")
        password, again = form.secret("password"), form.secret("again")
        code = "" if answer else form.text("code", most=16)
        if password != again and "again" not in form.errors:
            form.errors["again"] = "join.differs"
        if form:
            try:
                return await self._join(request, ticket, password, code, answer)
            except RingfenceError as refusal:
                form.errors["refused"] = _told(refusal)
        return await self._join_again(request, token, form)

    async def _join(self, request: Request, ticket: str, password: str, code: str, answer: str) -> Response:
        entrance = self.staff.entrance
        if answer:
            done = await entrance.join_by_passkey(ticket, password, answer)
        else:
            done = await entrance.join_by_code(ticket, password, code)
        shown = self.visits.show(request, "recovery.html", {"codes": done.recovery})
        self.visits.cookie.set(request, shown, done.signed_in.id)
        return shown

    async def _join_again(self, request: Request, token: str, form: Form) -> Response:
        """With a new secret: what was shown before may have been read over somebody's shoulder."""
        opening = await self.staff.entrance.open_invitation(token)
        return self.visits.again(request, "join.html", form, _opened(opening))

    # Confidentiality

    async def confidentiality(self, request: Request, actor: Actor) -> Response:
        text = confidentiality(self.visits.shell.language(request))
        return self.visits.show(request, "confidentiality.html", {"text": text}, actor=actor)

    async def accept(self, request: Request, actor: Actor) -> Response:
        form = await self.visits.form(request)
        version = form.hidden("version", most=64)
        if not form.ticked("accept"):
            form.errors["accept"] = "confidentiality.needed"
            text = confidentiality(self.visits.shell.language(request))
            return self.visits.again(request, "confidentiality.html", form, {"text": text}, actor)
        await self.staff.accept_confidentiality(self.visits.cookie.read(request), version)
        return self.visits.shell.go(request, HOME)

    # Below

    def _second(self, request: Request, ticket: str, offer: str) -> Response:
        return self.visits.show(request, "second.html", _shown(ticket, offer))

    def _in(self, request: Request, signed_in: SignedIn) -> Response:
        """The cookie of before the sign-in counts no more: a new id takes its place."""
        answer = self.visits.shell.go(request, HOME)
        self.visits.cookie.set(request, answer, signed_in.id)
        return answer


class _Offer(msgspec.Struct):
    """What the second step can be, as the form carries it from try to try."""

    code: bool = True
    passkey: dict[str, object] | None = None


def _offer(half: Half) -> str:
    return msgspec.json.encode(_Offer(half.code, half.passkey)).decode()


def _shown(ticket: str, offer: str) -> dict[str, object]:
    """Of an offer that is none, as if there were only a code: it came back from a browser."""
    try:
        read = msgspec.json.decode(offer, type=_Offer)
    except (msgspec.MsgspecError, UnicodeError):
        read = _Offer()
    passkey = "" if read.passkey is None else msgspec.json.encode(read.passkey).decode()
    return {"ticket": ticket, "offer": offer, "by_code": read.code, "passkey": passkey}


def _opened(opening: Opening) -> dict[str, object]:
    return {
        "opening": opening,
        "passkey": msgspec.json.encode(opening.passkey).decode(),
        "secret": " ".join(opening.code_secret[at : at + 4] for at in range(0, len(opening.code_secret), 4)),
        "qr": _modules(opening.code_uri),
    }


def _modules(uri: str) -> tuple[int, str]:
    """A QR code as the size and the path of an SVG, so that no image with the secret has an address of its own."""
    code = segno.make(uri, micro=False)
    rows = [bytes(row) for row in code.matrix]
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
    return len(rows), path


def _told(refusal: RingfenceError) -> str:
    if refusal.code not in _SAID:
        raise refusal
    return f"refused.{refusal.code}"
