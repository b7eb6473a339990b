"""Colleagues, their roles, and the tokens of the provider's systems."""

from dataclasses import dataclass
from typing import Final, final

from starlette.requests import Request
from starlette.responses import Response

from ringfence.errors import RingfenceError
from ringfence.identifiers import RowId, StaffId
from ringfence.services.staff import Actor, Permission, Role, Scope, invitable
from ringfence.web.console.visits import SIGN_IN, Visits
from ringfence.web.look import Form

__all__ = ["Staffing"]

_PATH: Final = "/console/staff"
_SAID: Final = frozenset({"mail_taken", "invitation_incomplete", "token_refused"})
_DAYS: Final = (90, 365, 730)
_DONE: Final = frozenset({"changed", "removed", "revoked"})


@final
@dataclass(frozen=True, slots=True)
class Staffing:
    visits: Visits

    async def page(self, request: Request, actor: Actor) -> Response:
        done = request.query_params.get("done", "")
        chosen = request.query_params.get("member", "")
        shown = await self._shown(request, actor, chosen) | {"done": done if done in _DONE else ""}
        return self.visits.show(request, "staff.html", shown, actor=actor)

    async def invite(self, request: Request, actor: Actor) -> Response:
        """The link is shown in the answer to this press, once, and stands in no address of ours."""
        form = await self.visits.form(request)
        name, mail = form.text("name"), form.text("mail", most=254)
        roles = [role for role in Role if form.ticked(f"role_{role}")]
        if not roles:
            form.errors["roles"] = "error.field.choose"
        if form:
            try:
                invitation = await self.visits.staff.invite(actor.provider, roles, name=name, mail=mail, by=actor)
            except RingfenceError as refusal:
                form.errors["refused"] = _told(refusal)
            else:
                shown = await self._shown(request, actor) | {"invitation": invitation, "invited": name}
                return self.visits.show(request, "staff.html", shown, actor=actor)
        return await self._again(request, actor, form)

    async def change(self, request: Request, actor: Actor) -> Response:
        form = await self.visits.form(request)
        roles = [role for role in Role if form.ticked(f"role_{role}")]
        if not roles:
            form.errors["roles"] = "error.field.choose"
            return await self._again(request, actor, form)
        await self.visits.staff.change_roles(StaffId(request.path_params["staff"]), roles, by=actor)
        return self.visits.shell.go(request, _PATH, done="changed")

    async def remove(self, request: Request, actor: Actor) -> Response:
        form = await self.visits.form(request)
        staff = StaffId(request.path_params["staff"])
        if not form.ticked("sure"):
            form.errors["sure"] = "staff.sure_needed"
            return await self._again(request, actor, form)
        if not await self.visits.staff.leave(actor.provider, staff, by=actor):
            return self.visits.nothing_here(request)
        path = SIGN_IN if staff == actor.staff else _PATH
        return self.visits.shell.go(request, path, done="removed")

    async def make_token(self, request: Request, actor: Actor) -> Response:
        """The token is shown once, as the link of an invitation."""
        form = await self.visits.form(request)
        label, days = form.text("label", most=32), form.choice("days", [str(days) for days in _DAYS])
        scopes = [scope for scope in Scope if form.ticked(f"scope_{scope.name}")]
        if not scopes:
            form.errors["scopes"] = "error.field.choose"
        if form:
            try:
                issued = await self.visits.staff.tokens.make(
                    actor.provider, label, scopes, days=int(days), by=actor.staff
                )
            except RingfenceError as refusal:
                form.errors["refused"] = _told(refusal)
            else:
                shown = await self._shown(request, actor) | {"issued": issued.token}
                return self.visits.show(request, "staff.html", shown, actor=actor)
        return await self._again(request, actor, form)

    async def revoke_token(self, request: Request, actor: Actor) -> Response:
        await self.visits.form(request)
        row = RowId(request.path_params["token"])
        if not await self.visits.staff.tokens.revoke(actor.provider, row, by=actor.staff):
            return self.visits.nothing_here(request)
        return self.visits.shell.go(request, _PATH, done="revoked")

    async def _again(self, request: Request, actor: Actor, form: Form) -> Response:
        return self.visits.again(
            request, "staff.html", form, await self._shown(request, actor, request.path_params.get("staff", "")), actor
        )

    async def _shown(self, request: Request, actor: Actor, chosen: str = "") -> dict[str, object]:
        power = invitable(actor.roles)
        members = await self.visits.staff.members(actor.provider)
        tokens = await self.visits.staff.tokens.of(actor.provider) if actor.may(Permission.MANAGE_TOKENS) else []
        return {
            "members": members,
            "chosen": next((each for each in members if each.staff == chosen), None),
            "power": [role for role in Role if role in power],
            "mine": {each.staff for each in members if power.issuperset(each.roles) and each.staff != actor.staff},
            "roles": list(Role),
            "tokens": tokens,
            "scopes": list(Scope),
            "term_choices": self.visits.options(request, "term", (str(days) for days in _DAYS)),
            "invitation": None,
            "invited": "",
            "issued": "",
        }


def _told(refusal: RingfenceError) -> str:
    if refusal.code not in _SAID:
        raise refusal
    return f"refused.{refusal.code}"
