"""Ringing phones for support (port `Rings`)."""

from math import ceil
from typing import final

from ringfence.app.joints import RingTestsOfDevices
from ringfence.identifiers import DeviceId, RowId
from ringfence.services.wake import NotWakeable
from ringfence.web.console import RungShown

__all__ = ["ConsoleRings"]


@final
class ConsoleRings:
    def __init__(self, wakes: RingTestsOfDevices) -> None:
        self._wakes = wakes

    def ring(self, device: RowId) -> RungShown:
        try:
            test = self._wakes.begin(DeviceId(device))
        except NotWakeable:
            return RungShown("unwakeable")
        return RungShown(test.state, ceil(test.seconds or 0.0))
