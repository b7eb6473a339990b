"""The registration keeper: every account in memory stays registered at its PBX, whether its phones sleep or not.

    Reachability --admit, withdraw--> Keeper --one timer--> UpstreamLine (one a PBX) --> Registration (one an account)

An account waits in one calendar for its next turn and costs nothing until then. Nothing is kept on disk: Call-ID and
Contact come with the account and never change, and CSeq follows the clock, so a restart refreshes the same binding.
"""

import asyncio
from collections.abc import Iterable
from typing import final

from ringfence.clock import Clock
from ringfence.errors import OperatorFault
from ringfence.gateway.alarm import Alarm, Scheduler
from ringfence.gateway.calendar import Calendar
from ringfence.gateway.endpoint import Endpoint
from ringfence.gateway.express import Express
from ringfence.gateway.line import Connect, UpstreamLine
from ringfence.gateway.probe import Probe
from ringfence.gateway.registration import Registration
from ringfence.gateway.upstream import UpstreamSettings
from ringfence.identifiers import UpstreamId
from ringfence.protocols.sip.flow import Flow
from ringfence.protocols.sip.timers import NEVER
from ringfence.services.reachability import Account, State

__all__ = ["Keeper", "UnknownUpstream"]


class UnknownUpstream(OperatorFault):
    """An account belongs to a PBX that the configuration does not name any more."""

    code = "unknown_upstream"


@final
class Keeper:
    """`lines` may be read by whoever shows figures."""

    def __init__(
        self,
        upstreams: Iterable[UpstreamSettings],
        *,
        endpoint: Endpoint,
        clock: Clock,
        scheduler: Scheduler,
        connect: Connect,
    ) -> None:
        self._clock = clock
        self._agenda: Calendar[Registration | Probe] = Calendar()
        self._alarm = Alarm(scheduler, clock, self.tick)
        self._turning = False
        express = Express(clock)
        endpoint.express_to(express.take)
        self.lines: dict[UpstreamId, UpstreamLine] = {
            settings.id: UpstreamLine(
                settings,
                endpoint=endpoint,
                clock=clock,
                agenda=self._agenda,
                connect=connect,
                express=express,
                wake=self._wake,
            )
            for settings in upstreams
        }
        endpoint.on_lost(self._lost)

    def start(self) -> None:
        """Connect to every PBX; needs a running loop."""
        for line in self.lines.values():
            line.open()

    def stop(self) -> None:
        """Send nothing more. Bindings stay: a restart is to be unseen from outside."""
        self._alarm.stop()
        for line in self.lines.values():
            line.close()

    def admit(self, account: Account, *, urgent: bool = True) -> None:
        """Keep this account registered from now on; one that is known gets its new credentials tried.

        `urgent` goes before the accounts that only refresh. Raises `UnknownUpstream`.
        """
        line = self._line(account.upstream)
        known = line.registrations.get(account.subject)
        if known is not None:
            line.remove(known)
        line.add(Registration(account, line), urgent=urgent)

    async def withdraw(self, account: Account) -> None:
        """Stop keeping this account: end our binding where that hits nobody else, within `farewell` seconds.

        Afterwards nothing is sent for it, whatever the PBX did or did not answer. An account that is not kept is taken
        for one whose binding stands from before a restart. Doing it twice changes nothing.
        """
        line = self._line(account.upstream)
        registration = line.registrations.get(account.subject)
        if registration is None:
            registration = Registration(account, line)
            line.add(registration, urgent=True)
            registration.assume_bound()
        gone = asyncio.Event()
        registration.leave(gone.set)
        try:
            async with asyncio.timeout(line.settings.farewell):
                await gone.wait()
        except TimeoutError:
            pass  # the PBX's own expiry ends the binding; the person does not wait for it
        finally:
            if line.registrations.get(account.subject) is registration:
                line.remove(registration)

    def flow_to(self, upstream: UpstreamId) -> Flow | None:
        """The way to a PBX, None while there is none."""
        line = self.lines.get(upstream)
        return line.flow if line is not None else None

    def counts(self) -> dict[State, int]:
        """Accounts by state, over all PBXs."""
        return {state: sum(line.states[state] for line in self.lines.values()) for state in State}

    def tick(self) -> None:
        """Do what is due; the alarm calls it."""
        now = self._clock.monotonic()
        self._turning = True
        for thing in self._agenda.due(now):
            thing.fire(now)
        again = min((line.pump(now) for line in self.lines.values()), default=NEVER)
        self._turning = False
        self._alarm.set(min(again, self._agenda.next() or NEVER))

    def _wake(self) -> None:
        if not self._turning:
            self._alarm.set(self._clock.monotonic())

    def _lost(self, flow: Flow) -> None:
        for line in self.lines.values():
            line.lost(flow)

    def _line(self, upstream: UpstreamId) -> UpstreamLine:
        try:
            return self.lines[upstream]
        except KeyError:
            raise UnknownUpstream(upstream=upstream) from None
