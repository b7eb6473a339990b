"""What is held by order, what goes when, what was recorded, and how many asked."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final, final

from starlette.requests import Request
from starlette.responses import Response

from ringfence.declarations import REGISTRY
from ringfence.identifiers import RowId
from ringfence.privacy.datamap import said
from ringfence.privacy.ledger import Event as LedgerEvent
from ringfence.privacy.requests.figures import KindFigures
from ringfence.privacy.retention import Due
from ringfence.privacy.secrecy import ReleaseReason
from ringfence.services.staff import Actor
from ringfence.web.console.inbox import names_of
from ringfence.web.console.ports import Room
from ringfence.web.console.visits import Visits

__all__ = ["YEARS", "Keeping"]

_PAGE: Final = 50  # entries of the ledger on one page
YEARS: Final = 6
"""Years to choose from, this one among them: three of a dossier, and what an authority may look back."""
_COLUMNS: Final = tuple(field.name for field in fields(KindFigures))


@final
@dataclass(frozen=True, slots=True)
class Keeping:
    visits: Visits
    room: Room

    # Holds

    async def holds(self, request: Request, actor: Actor) -> Response:
        done = "released" if request.query_params.get("done") == "released" else ""
        return self.visits.show(
            request,
            "holds.html",
            await self._holds(actor, request.query_params.get("hold", "")) | {"done": done},
            actor=actor,
        )

    async def release_hold(self, request: Request, actor: Actor) -> Response:
        form = await self.visits.form(request)
        standing = await self.room.holds.standing(actor.provider)
        hold = form.choice("hold", [each.id for each in standing])
        if not form.ticked("sure"):
            form.errors["sure"] = "holds.sure_needed"
        if not form:
            return self.visits.again(request, "holds.html", form, await self._holds(actor, hold), actor)
        await self.room.holds.release(actor.provider, actor.staff, RowId(hold))
        return self.visits.shell.go(request, "/console/holds", done="released")

    async def _holds(self, actor: Actor, chosen: str) -> dict[str, object]:
        standing = await self.room.holds.standing(actor.provider)
        return {"holds": standing, "chosen": next((each for each in standing if each.id == chosen), None)}

    # Secrecy

    async def secrecy(self, request: Request, actor: Actor) -> Response:
        done = "released" if request.query_params.get("done") == "released" else ""
        return self.visits.show(
            request,
            "secrecy.html",
            await self._orders(request, actor, request.query_params.get("order", "")) | {"done": done},
            actor=actor,
        )

    async def release_order(self, request: Request, actor: Actor) -> Response:
        """The person may see it all from now on; time never does this (law.md is explicit, and so is the page)."""
        form = await self.visits.form(request)
        standing = await self.room.orders.standing(actor.provider, actor.staff)
        order = form.choice("order", [each.id for each in standing])
        reason = form.choice("reason", list(ReleaseReason))
        if not form.ticked("sure"):
            form.errors["sure"] = "secrecy.sure_needed"
        if not form:
            return self.visits.again(request, "secrecy.html", form, await self._orders(request, actor, order), actor)
        await self.room.orders.release(actor.provider, RowId(order), actor.staff, ReleaseReason(reason))
        return self.visits.shell.go(request, "/console/secrecy", done="released")

    async def _orders(self, request: Request, actor: Actor, chosen: str) -> dict[str, object]:
        standing = await self.room.orders.standing(actor.provider, actor.staff)
        return {
            "orders": standing,
            "chosen": next((each for each in standing if each.id == chosen), None),
            "release_choices": self.visits.options(request, "release", ReleaseReason),
            "names": await names_of(self.visits, actor.provider),
        }

    # Retention

    async def retention(self, request: Request, actor: Actor) -> Response:
        plan = await self.room.plans.plan(provider=actor.provider)
        language = self.visits.shell.language(request)
        values = {
            "dated": [due for due in plan if due.day is not None],
            "kept": [due for due in plan if due.day is None],
            "what": {due.table: _what(due.table, language) for due in plan},
            "why": {due.keep: said(due.keep, language) for due in plan},
            "today": self.room.rules.today(actor.provider),
            "rows": _sum(plan),
        }
        return self.visits.show(request, "retention.html", values, actor=actor)

    # Ledger

    async def ledger(self, request: Request, actor: Actor) -> Response:
        """Verifying reads the whole chain, so it is done when somebody presses for it."""
        query = request.query_params
        event = next((each for each in LedgerEvent if each.value == query.get("event")), None)
        ref, before = _ref(query.get("ref", "")), _number(query.get("before", ""))
        entries = await self.room.chain.entries(actor.provider, event=event, ref=ref, before=before, limit=_PAGE)
        values = {
            "entries": entries,
            "event": event.value if event else "",
            "ref": ref,
            "older": entries[-1].number if len(entries) == _PAGE and entries[-1].number > 1 else 0,
            "events": list(LedgerEvent),
            "report": await self.room.chain.verify(actor.provider) if query.get("verify") == "yes" else None,
            "names": await names_of(self.visits, actor.provider),
        }
        return self.visits.show(request, "ledger.html", values, actor=actor)

    # Figures

    async def figures(self, request: Request, actor: Actor) -> Response:
        now = self.room.rules.today(actor.provider).year
        asked = _number(request.query_params.get("year", ""))
        year = asked if now - YEARS < asked <= now else now
        values = {
            "figures": await self.room.cases.figures(actor.provider, year),
            "year": year,
            "columns": _COLUMNS,
            "years": range(now, now - YEARS, -1),
        }
        return self.visits.show(request, "figures.html", values, actor=actor)


def _what(table: str, language: str) -> str:
    """What a table holds about people, in sentences; its name is the last resort."""
    fields = REGISTRY[table].declaration.personal
    return " ".join(dict.fromkeys(said(field.says.category, language) for field in fields)) or table


def _sum(plan: Sequence[Due]) -> int:
    return sum(due.rows for due in plan)


def _ref(text: str) -> str:
    """A reference of the ledger is random letters and digits; anything else is nobody's."""
    return text if text.isascii() and text.isalnum() and len(text) <= 64 else ""


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 12 else 0
