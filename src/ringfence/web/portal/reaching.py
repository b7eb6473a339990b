"""Where the person wants to be written to: given, changed and taken back by themselves."""

from dataclasses import dataclass
from typing import final

from starlette.requests import Request
from starlette.responses import Response

from ringfence.errors import RingfenceError
from ringfence.privacy.access import Session
from ringfence.web.portal.ports import Mailbox
from ringfence.web.portal.visits import HOME, Visits

__all__ = ["Reaching"]

_LONGEST = 254  # characters; RFC 3696, erratum 1690


@final
@dataclass(frozen=True, slots=True)
class Reaching:
    visits: Visits
    mailbox: Mailbox

    async def page(self, request: Request, person: Session) -> Response:
        values = {"address": await self.mailbox.of(person)}
        return self.visits.show(request, "contact.html", values, person=person)

    async def keep(self, request: Request, person: Session) -> Response:
        form = await self.visits.form(request)
        address = form.text("address", most=_LONGEST, needed=False)
        if form:
            try:
                await self.mailbox.keep(person, address)
            except RingfenceError as refusal:
                if refusal.code != "mail_address_unusable":
                    raise
                form.errors["address"] = "error.mail_address"
            else:
                return self.visits.shell.go(request, HOME, done="contact")
        return self.visits.again(request, "contact.html", form, {"address": ""}, person)
