"""Phones and passkeys: what they are called, whether they wake, and signing them out."""

from dataclasses import dataclass
from typing import final

from starlette.requests import Request
from starlette.responses import Response

from ringfence.identifiers import DeviceId
from ringfence.privacy.access import Session
from ringfence.web.look import Form
from ringfence.web.portal.home import done_of
from ringfence.web.portal.ports import Devices, Door
from ringfence.web.portal.visits import Visits

__all__ = ["Phones"]

_PATH = "/privacy/devices"
_NAME = 64  # characters


@final
@dataclass(frozen=True, slots=True)
class Phones:
    visits: Visits
    devices: Devices
    door: Door

    async def page(self, request: Request, person: Session) -> Response:
        return self.visits.show(request, "devices.html", await self._shown(request, person), person=person)

    async def rename(self, request: Request, person: Session) -> Response:
        """Correcting what one entered needs nobody's leave (ACR-07)."""
        form = await self.visits.form(request)
        device = await self._device(form, person)
        name = form.text("name", most=_NAME)
        if device is None:
            return self.visits.nothing_here(request)
        if not form:
            shown = await self._shown(request, person)
            return self.visits.again(request, "devices.html", form, shown | {"wrong": device}, person)
        await self.devices.rename(person, device, name)
        return self.visits.shell.go(request, _PATH, done="renamed")

    async def sign_out(self, request: Request, person: Session) -> Response:
        form = await self.visits.form(request)
        device = await self._device(form, person)
        if device is None:
            return self.visits.nothing_here(request)
        await self.devices.sign_out(person, device)
        return self.visits.shell.go(request, _PATH, done="signed-out")

    async def ring(self, request: Request, person: Session) -> Response:
        """See whether a phone would wake for a call, by waking it."""
        form = await self.visits.form(request)
        device = await self._device(form, person)
        if device is None:
            return self.visits.nothing_here(request)
        rung = await self.devices.ring(person, device)
        return self.visits.shell.go(request, _PATH, done="rung" if rung else "not-wakeable")

    async def _device(self, form: Form, person: Session) -> DeviceId | None:
        asked = form.hidden("device", most=64)
        return next((device.id for device in await self.devices.of(person) if device.id == asked), None)

    async def _shown(self, request: Request, person: Session) -> dict[str, object]:
        return {
            "devices": await self.devices.of(person),
            "passkeys": await self.door.passkeys(person),
            "done": done_of(request),
            "wrong": "",
        }
