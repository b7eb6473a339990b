"""The inbox: what has to leave, by the day on which it must."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, final

from starlette.requests import Request
from starlette.responses import Response

from ringfence.identifiers import CaseId, ProviderId, StaffId
from ringfence.privacy.requests import CaseSummary, Kind, RequestFault, State
from ringfence.privacy.requests.state import OPEN
from ringfence.services.staff import Actor, Permission
from ringfence.web.console.ports import Cases
from ringfence.web.console.visits import Visits

__all__ = ["Inbox", "is_reference", "names_of"]

_MOST: Final = 500  # lines of one page; who has more open has other troubles
_SORTS: Final[Mapping[str, Callable[[CaseSummary], object]]] = {
    "due": lambda case: (case.send_by, case.id),
    "kind": lambda case: (case.kind.value, case.send_by),
    "state": lambda case: (list(State).index(case.state), case.send_by),
    "member": lambda case: (case.assignee or "~", case.send_by),
}
_FIRST: Final = (
    (Permission.READ_RETENTION, "/console/retention"),
    (Permission.SEE_SETTINGS, "/console/notices"),
)


@final
@dataclass(frozen=True, slots=True)
class Inbox:
    visits: Visits
    cases: Cases

    async def home(self, request: Request, actor: Actor) -> Response:
        """The inbox; who sees no requests is led to the first page that is theirs."""
        if actor.may(Permission.SEE_CASES):
            return await self.page(request, actor)
        path = next((path for need, path in _FIRST if actor.may(need)), "/console/confidentiality")
        return self.visits.shell.go(request, path)

    async def page(self, request: Request, actor: Actor) -> Response:
        chosen = _chosen(request)
        found = await self._found(actor, chosen)
        values = {
            "cases": sorted(found, key=_SORTS[chosen["sort"]]),  # type: ignore[arg-type]  # keys compare per column
            "chosen": chosen,
            "kinds": list(Kind),
            "states": list(State),
            "sorts": list(_SORTS),
            "names": await names_of(self.visits, actor.provider),
            "urgent": sum(1 for case in found if case.state in OPEN and 0 <= case.days_left <= _SOON),
            "late": sum(1 for case in found if case.state in OPEN and case.days_left < 0),
            "waiting": len(found),
        }
        return self.visits.show(request, "inbox.html", values, actor=actor)

    async def find(self, request: Request, actor: Actor) -> Response:
        """A request by its id, as somebody reads it from a letter."""
        wanted = "".join(request.query_params.get("case", "").split()).lower()
        if is_reference(wanted):
            try:
                await self.cases.case(actor.provider, CaseId(wanted))
            except RequestFault:
                if await self.cases.closed(actor.provider, case=CaseId(wanted), limit=1):
                    return self.visits.shell.go(request, "/console/closed", case=wanted)
            else:
                return self.visits.shell.go(request, f"/console/cases/{wanted}")
        return self.visits.shell.go(request, "/console", unknown="yes")

    async def _found(self, actor: Actor, chosen: Mapping[str, str]) -> list[CaseSummary]:
        states: Sequence[State] = ()
        if chosen["state"]:
            states = (State(chosen["state"]),)
        mine = actor.staff if chosen["who"] == "mine" else None
        kinds = (Kind(chosen["kind"]),) if chosen["kind"] else ()
        found = await self.cases.inbox(actor.provider, states=states, kinds=kinds, staff=mine, limit=_MOST)
        return [case for case in found if chosen["who"] != "nobody" or case.assignee is None]


def is_reference(text: str) -> bool:
    """Whether that can be a request's id."""
    return text.isascii() and text.isalnum() and len(text) == _ID


async def names_of(visits: Visits, provider: ProviderId) -> dict[StaffId, str]:
    """What colleagues are called; who has left has no name any more."""
    return {each.staff: each.name for each in await visits.staff.members(provider)}


_SOON: Final = 7  # days: a working week
_ID: Final = 26  # characters of `identifiers.new_id`


def _chosen(request: Request) -> dict[str, str]:
    """The filter, out of the address; what we don't know counts as not said."""
    query = request.query_params
    among: Mapping[str, Sequence[str]] = {
        "sort": list(_SORTS),
        "kind": [kind.value for kind in Kind],
        "state": [state.value for state in State],
        "who": ("mine", "nobody"),
        "unknown": ("yes",),
    }
    chosen = {name: query.get(name, "") if query.get(name, "") in known else "" for name, known in among.items()}
    return chosen | {"sort": chosen["sort"] or "due"}
