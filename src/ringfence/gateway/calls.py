"""Calls that come from a PBX and are held until a device takes them.

    INVITE --> Calls.invite --> HeldInvite (SIP) <--> HeldCall (states)
                  |                 |-- push --> Waker
    REGISTER --> Calls.bound -------'-- missed --> MissedCalls (a queue, off this path)

Everything here is memory: an account is found by the opaque user of the Request-URI, and no database is asked.
"""

from collections import Counter, deque
from collections.abc import Iterator, Mapping
from typing import Final, Protocol, final

from ringfence.clock import Clock
from ringfence.gateway.breadth import Breadth
from ringfence.gateway.call_policy import CallPolicy
from ringfence.gateway.dialogs import Dialogs
from ringfence.gateway.endpoint import Endpoint
from ringfence.gateway.held_invite import HeldInvite, Wakes
from ringfence.gateway.identity import caller_of
from ringfence.gateway.pbx_side import PbxSide
from ringfence.gateway.timetable import Timetable
from ringfence.gateway.upstream import contact_user_of
from ringfence.identifiers import CallRef, DeviceId, ProviderId, SubjectId, UpstreamId, new_id
from ringfence.protocols.sip.flow import Flow
from ringfence.protocols.sip.message import Request
from ringfence.protocols.sip.proxy import breadth_of, has_looped, loop_mark, validate_request
from ringfence.protocols.sip.response import response_to
from ringfence.protocols.sip.transaction import ServerTransaction, merge_key
from ringfence.randomness import Randomness
from ringfence.services.calls import Caller, EndState, Waker
from ringfence.services.calls.events import Bound, Candidate, Event, Invite, Stop, Unwakeable
from ringfence.services.reachability import Account, Accounts, Binding, Device

__all__ = ["Calls", "MissedSink"]

_DEFAULT: Final = CallPolicy()
_LOOP_KEY: Final = 32  # bytes; need not outlive the process, loops are over in seconds


class MissedSink(Protocol):
    """Takes note of missed calls; returns at once."""

    def note(self, subject: SubjectId, provider: ProviderId, caller: Caller, at: float) -> None:
        """`at` is when the call came, in epoch seconds."""
        ...


@final
class Calls:
    """All held calls of the process.

    `ends` counts how calls ended for devices, `refused` what was not taken, `wakes` what pushes were worth.
    """

    def __init__(
        self,
        *,
        endpoint: Endpoint,
        accounts: Accounts,
        dialogs: Dialogs,
        pbx: PbxSide,
        waker: Waker,
        missed: MissedSink,
        timetable: Timetable,
        clock: Clock,
        randomness: Randomness,
        policies: Mapping[UpstreamId, CallPolicy],
    ) -> None:
        self.endpoint = endpoint
        self.dialogs = dialogs
        self.waker = waker
        self.ends: Counter[EndState] = Counter()
        self.wakes = Wakes()
        self.refused: Counter[int] = Counter()
        self._pbx = pbx
        self._accounts = accounts
        self._missed = missed
        self._timetable = timetable
        self._clock = clock
        self._randomness = randomness
        self._policies = policies
        self._loop_key = randomness.bytes(_LOOP_KEY)
        self._by_ref: dict[CallRef, HeldInvite] = {}
        self._merging: dict[bytes, HeldInvite] = {}
        self._by_subject: dict[SubjectId, list[HeldInvite]] = {}
        self._open: set[HeldInvite] = set()
        self._later: deque[tuple[HeldInvite, Event]] = deque()
        accounts.on_binding(self.bound)

    def __len__(self) -> int:
        """Callers who wait."""
        return len(self._by_ref)

    def invite(self, request: Request, server: ServerTransaction, flow: Flow) -> None:
        """A new INVITE outside of dialogs, from a PBX. Raises `BadMessage`."""
        self.endpoint.respond(server, response_to(request, 100))
        account = self._accounts.by_contact(contact_user_of(request.uri) or b"")
        if account is None or not self._pbx.admits(account.upstream, flow):
            self.refused[404] += 1
            self.endpoint.reject(server, 404)
            return
        validate_request(request)
        breadth = breadth_of(request)
        mark = loop_mark(request, self._loop_key)
        if has_looped(request, mark) or _merging(request) in self._merging:
            self.refused[482] += 1
            self.endpoint.reject(server, 482)
            return
        request.remove(b"route")  # it has reached whom it named, and a phone's way is its flow
        held = self._held(server, account, mark, breadth)
        self._merging[_merging(request)] = held
        self._by_ref[held.ref] = held
        self._by_subject.setdefault(account.subject, []).append(held)
        held.tell(Invite(self._candidates(account, held.policy), wake=not request.has(b"replaces")), self.now())

    def bound(self, account: Account, device: Device, binding: Binding) -> None:
        """A device registers; the newest of its flows gets whatever waits for it, after the REGISTER's own answer."""
        if account.subject in self._by_subject:
            self._timetable.soon(lambda: self._arrived(account, device, binding))

    def unwakeable(self, account: Account, device: DeviceId) -> None:
        """The push service says that the device's token is dead."""
        for held in tuple(self._by_subject.get(account.subject, ())):
            held.tell(Unwakeable(device), self.now())

    def held_until(self, ref: CallRef, subject: SubjectId) -> int | None:
        """Until when (epoch seconds) the call is held for devices of `subject`; None where it is gone for them."""
        held = self._by_ref.get(ref)
        return held.by_epoch if held is not None and held.account.subject == subject else None

    def open(self) -> Iterator[HeldInvite]:
        """Every call that is not over, for whoever shows states."""
        return iter(tuple(self._open))

    def drop(self, subject: SubjectId) -> None:
        """The person goes: end their calls and keep nothing of them."""
        for held in [held for held in self._open if held.account.subject == subject]:
            held.traceless = True
            self._stop(held)

    def stop(self) -> None:
        """The process ends: no caller stays without an answer."""
        for held in list(self._open):
            self._stop(held)

    # What a held call needs of us

    def now(self) -> float:
        return self._clock.monotonic()

    def later(self, held: HeldInvite, event: Event) -> None:
        """An event that came up while actions were carried out; told by `settle`, after them."""
        self._later.append((held, event))

    def missed(self, held: HeldInvite) -> None:
        """Nobody took the call."""
        if not held.traceless:
            self._missed.note(held.account.subject, held.account.provider, held.caller, held.came_at)

    def settle(self, held: HeldInvite) -> None:
        """After each event: what is no longer held is no longer found, what is over has no appointment."""
        call = held.call
        if call.held:
            self._open.add(held)
        elif held.ref in self._by_ref:
            self._forget(held)
        due = call.due
        if due is None:
            self._timetable.drop(held)
            self._open.discard(held)
        elif due != held.due:
            self._timetable.set(held, due)
        while self._later:
            waiting, event = self._later.popleft()
            waiting.tell(event, self.now())

    # Pieces

    def _arrived(self, account: Account, device: Device, binding: Binding) -> None:
        if device.binding is not binding:
            return
        for held in tuple(self._by_subject.get(account.subject, ())):
            held.account = account
            held.tell(Bound(device.id, binding), self.now())

    def _held(self, server: ServerTransaction, account: Account, mark: bytes, breadth: int) -> HeldInvite:
        policy = self._policies.get(account.upstream, _DEFAULT)
        hold = min(policy.hold, _expires(server.request, policy.hold))
        came_at = self._clock.time()
        return HeldInvite(
            self,
            server,
            account,
            policy=policy,
            ref=CallRef(new_id(self._randomness)),
            deadline=self.now() + hold,
            came_at=came_at,
            by_epoch=int(came_at + hold),
            caller=caller_of(server.request),
            mark=mark,
            breadth=Breadth(breadth, 2 * len(account.devices)),  # a phone may come again while its first branch ends
        )

    def _candidates(self, account: Account, policy: CallPolicy) -> tuple[Candidate, ...]:
        since = self.now() - policy.fresh
        has = self.waker.has
        return tuple(_candidate(device, since, has(device.id)) for device in account.devices)

    def _forget(self, held: HeldInvite) -> None:
        del self._by_ref[held.ref]
        self._merging.pop(_merging(held.request), None)
        subject = held.account.subject
        others = [other for other in self._by_subject[subject] if other is not held]
        if others:
            self._by_subject[subject] = others
        else:
            del self._by_subject[subject]

    def _stop(self, held: HeldInvite) -> None:
        held.tell(Stop(), self.now())  # answers the caller
        held.tell(Stop(), self.now())  # gives up the branches that would still have had time to end


def _merging(request: Request) -> bytes:
    """Equal for one call that the PBX sends to one account twice, by two ways (RFC 3261 section 8.2.2.2).

    With the account, since a ring group is one call to many. To the person it would be two calls, and two pushes.
    """
    return request.uri + b"\n" + (merge_key(request) or b"")


def _candidate(device: Device, since: float, wakeable: bool) -> Candidate:
    binding = device.binding
    awake = binding is not None and binding.alive_at >= since
    return Candidate(device.id, binding, awake, wakeable)


def _expires(request: Request, default: float) -> float:
    """What the caller's Expires says, in seconds; an unreadable one says nothing (RFC 3261 section 20.19)."""
    value = request.get(b"expires")
    return float(value) if value is not None and value.isdigit() and len(value) <= 10 else default
