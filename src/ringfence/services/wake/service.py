"""Wakes devices: from "these must wake for this call" to what the push service said about each.

Everything a push needs lies in memory, because the call path asks no database; the rows are there for the next start.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from sys import intern
from typing import Final, Protocol, final

import structlog
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from ringfence.clock import Clock
from ringfence.identifiers import CallRef, DeviceId, Names, ProviderId, RecipientId, RowId, SubjectId
from ringfence.persistence import Database, UnitOfWork
from ringfence.services.wake import address, payload
from ringfence.services.wake.box import KEY_SIZE, Caller, public_key, seal
from ringfence.services.wake.brake import Brake
from ringfence.services.wake.dispatch import Dispatch, Job
from ringfence.services.wake.errors import AppUnknown, PushTokenUnusable, SenderMissing
from ringfence.services.wake.profile import Profile
from ringfence.services.wake.push import Outcome, Push, PushKind, PushSender
from ringfence.services.wake.records import PushInstance
from ringfence.services.wake.settings import App, WakeSettings
from ringfence.services.wake.trials import Trials

__all__ = ["Calling", "Ending", "Wake"]

_log = structlog.get_logger(__name__)

_ELSEWHERE: Final = frozenset({"answered_elsewhere", "declined_elsewhere"})


class Calling(Protocol):
    """Who calls, in whatever shape the caller of `ring` has it; both empty if the caller asked for privacy."""

    @property
    def name(self) -> str: ...

    @property
    def uri(self) -> str: ...


class Ending(Protocol):
    """Why a call is over for a device."""

    @property
    def value(self) -> str: ...


@final
class _Instance:
    """A push instance in memory: about 0.4 kB with its token. Names that many share are kept once.

    `recipient` is who pushes to it; None if the settings name nobody any more.
    """

    __slots__ = ("_key_and_token", "app", "due", "provider", "recipient", "since", "subject")

    def __init__(self, row: PushInstance, recipient: RecipientId | None) -> None:
        self.recipient = recipient
        self.since = row.since
        self.provider = ProviderId(intern(row.provider))
        self.subject = row.subject
        self.due = row.due
        self.app = intern(row.app)
        self._key_and_token = row.public_key + row.token.encode("ascii")  # one object less for each device

    @property
    def raw_key(self) -> bytes:
        return self._key_and_token[:KEY_SIZE]

    @property
    def token(self) -> str:
        return self._key_and_token[KEY_SIZE:].decode("ascii")

    def row(self, device: DeviceId) -> PushInstance:
        return PushInstance(
            id=RowId(device),
            provider=self.provider,
            subject=self.subject,
            due=self.due,
            app=self.app,
            token=self.token,
            public_key=self.raw_key,
            since=self.since,
        )


@final
class Wake:
    """The service. `ring`, `test`, `quiet`, `alert` and `warn` only put into queues; `run` empties them."""

    def __init__(
        self, db: Database, senders: Mapping[RecipientId, PushSender], clock: Clock, settings: WakeSettings
    ) -> None:
        """Raises SenderMissing if a recipient of an app has no sender."""
        for name, app in settings.apps.items():
            for recipient in app.recipients:
                if recipient not in senders:
                    raise SenderMissing(app=name, recipient=recipient)
        self._db = db
        self._senders = senders
        self._clock = clock
        self._settings = settings
        self._instances: dict[DeviceId, _Instance] = {}
        self._queues = {
            recipient: Dispatch(self._send, limit=settings.queue, workers=settings.workers) for recipient in senders
        }
        self._brakes = {recipient: Brake(clock) for recipient in senders}
        self._on_dead: list[Callable[[SubjectId, DeviceId], None]] = []
        self.trials = Trials(self.test, clock)
        self.outcomes: Counter[tuple[PushKind, Outcome]] = Counter()
        """How many pushes of each kind ended how, since the start."""

    def __len__(self) -> int:
        return len(self._instances)

    def on_dead(self, listener: Callable[[SubjectId, DeviceId], None]) -> None:
        """Tell `listener` of devices that can't be woken any more, as soon as the push service says so."""
        self._on_dead.append(listener)

    # Calls ----------------------------------------------------------------------------------------------------------

    def ring(
        self,
        devices: Sequence[DeviceId],
        call_ref: CallRef,
        by_epoch: int,
        caller: Calling | None = None,
        *,
        call_id: str = "",
    ) -> Collection[DeviceId]:
        """Push each device for a call that is held until `by_epoch`; hands over at once.

        Returns the devices that can't be pushed (no living push instance, or the queue is full): nobody need wait for
        them. `call_id` is the INVITE's Call-ID, for builds that pair the two by it.
        """
        known = Caller(caller.name, caller.uri) if caller else None
        return [
            device
            for device in devices
            if not self._put(PushKind.CALL, device, by=by_epoch, call=call_ref, caller=known, call_id=call_id)
        ]

    def test(self, device: DeviceId, ref: CallRef, by_epoch: int) -> bool:
        """Wake a device as for a call, though nobody calls. False if it can't be pushed."""
        return self._put(PushKind.TEST, device, by=by_epoch, call=ref)

    def quiet(self, devices: Sequence[DeviceId], call_ref: CallRef, why: Ending | None = None) -> None:
        """Tell devices that were pushed that the call is over; a push that has not left yet is taken back instead.

        `why` stays here, since the device may ask us and the push service need not know; but for builds that can't ask.
        """
        by = self._clock.time() + self._settings.quiet_ttl
        missed = why is not None and why.value not in _ELSEWHERE
        for device in devices:
            queue = self._queue_of(device)
            if queue is not None and not queue.cancel_call(device, call_ref):
                self._put(PushKind.QUIET, device, by=by, call=call_ref, missed=missed)

    def alert(self, device: DeviceId) -> None:
        """Wake a device for a request inside a dialog that it has."""
        self._put(PushKind.ALERT, device, by=self._clock.time() + self._settings.alert_ttl)

    def warn(self, device: DeviceId, *, visible: bool, by: float) -> None:
        """Tell the app that its push instance ends at `by` (epoch seconds) unless it shows a sign of life."""
        self._put(PushKind.WARN_VISIBLY if visible else PushKind.WARN_SILENTLY, device, by=by)

    # The life of push instances -------------------------------------------------------------------------------------

    async def load(self, names: Names | None = None, *, subject: SubjectId | None = None) -> None:
        """Fill the memory from the database (for one person, or all), before the first call.

        `names`: shared with others who load the same.
        """
        names = names or Names()
        async for row in self._db.stream(PushInstance, subject=subject):
            instance = self._instance(row)
            instance.subject = names.one(row.subject)
            self._instances[DeviceId(names.one(row.id))] = instance

    def check(self, app: str, token: str, device_key: bytes) -> App:
        """Raises AppUnknown, PushTokenUnusable or DeviceKeyUnusable; before anything is asked of anybody else."""
        known = self._settings.apps.get(app)
        if known is None:
            raise AppUnknown
        _recipient(known, token)
        public_key(device_key)
        return known

    def subscribing_key(self, app: str) -> str:
        """With what the app subscribes at its push service; empty if it needs none. Raises AppUnknown."""
        known = self._settings.apps.get(app)
        if known is None:
            raise AppUnknown
        return known.subscribing_key

    async def keep(
        self,
        unit: UnitOfWork,
        *,
        provider: ProviderId,
        subject: SubjectId,
        device: DeviceId,
        app: str,
        token: str,
        device_key: bytes,
        due: float,
    ) -> None:
        """Begin a push instance, or begin it anew; raises as `check`. It can be pushed once `unit` has committed."""
        self.check(app, token, device_key)
        row = PushInstance(
            id=RowId(device),
            provider=provider,
            subject=subject,
            due=due,
            app=app,
            token=token,
            public_key=device_key,
            since=self._clock.time(),
        )
        await unit.delete(PushInstance, subject=subject, id=row.id)
        await unit.add(row)
        self._remember_after(unit, row)

    async def renew(self, unit: UnitOfWork, device: DeviceId, due: float) -> None:
        """The device was heard of; does nothing if it has no push instance."""
        instance = self._instances.get(device)
        if instance is not None:
            row = replace(instance.row(device), due=due)
            await unit.replace(row)
            self._remember_after(unit, row)

    async def change_token(self, unit: UnitOfWork, device: DeviceId, token: str) -> bool:
        """The app has a new push token. False if the push instance has ended. Raises PushTokenUnusable."""
        instance = self._instances.get(device)
        if instance is None:
            return False
        app = self._settings.apps.get(instance.app)
        if app is None:
            return False
        _recipient(app, token)
        row = replace(instance.row(device), token=token, since=self._clock.time())
        await unit.replace(row)
        self._remember_after(unit, row)
        return True

    async def end(self, unit: UnitOfWork, subject: SubjectId, device: DeviceId) -> None:
        """Erase a push instance: push off, signed out, or its term is over (APP-03)."""
        await unit.delete(PushInstance, subject=subject, id=RowId(device))
        unit.after_commit(lambda: self._drop(device))

    async def depart(self, subject: SubjectId) -> None:
        """The person goes: nothing of theirs stays in memory. The rows are the erasure's own."""
        for device in [device for device, instance in self._instances.items() if instance.subject == subject]:
            self._drop(device)

    def has(self, device: DeviceId) -> bool:
        """Whether the device can be pushed."""
        return device in self._instances

    # Sending --------------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Empties the queues until cancelled."""
        async with asyncio.TaskGroup() as group:
            for queue in self._queues.values():
                group.create_task(queue.run())

    async def drain(self) -> None:
        """Sends what is queued now and returns."""
        for queue in self._queues.values():
            await queue.drain()

    def queued(self) -> Mapping[RecipientId, int]:
        """How many pushes wait, by recipient."""
        return {recipient: len(queue) for recipient, queue in self._queues.items()}

    def _put(
        self,
        kind: PushKind,
        device: DeviceId,
        *,
        by: float,
        call: CallRef | None = None,
        caller: Caller | None = None,
        call_id: str = "",
        missed: bool = False,
    ) -> bool:
        queue = self._queue_of(device)
        if queue is None:
            return False
        deadline = self._clock.monotonic() + by - self._clock.time()
        job = Job(kind, device, by=by, deadline=deadline, call=call, caller=caller, call_id=call_id, missed=missed)
        if not queue.put(job):
            self.outcomes[kind, Outcome.SHED] += 1
            return False
        return True

    def _queue_of(self, device: DeviceId) -> Dispatch | None:
        instance = self._instances.get(device)
        return self._queues.get(instance.recipient) if instance and instance.recipient else None

    async def _send(self, job: Job) -> None:
        instance = self._instances.get(job.device)
        if instance is None:
            return  # ended while it waited; nothing may be sent for it any more
        push = self._push(job, instance)
        if push is None:
            return
        outcome = Outcome.EXPIRED
        if job.deadline > self._clock.monotonic():
            outcome = self._believed(push.recipient, await self._senders[push.recipient].send(push))
        self.outcomes[job.kind, outcome] += 1
        if job.kind is PushKind.TEST and job.call is not None:
            self.trials.pushed(job.device, job.call, outcome)
        now = self._instances.get(job.device)
        if outcome is Outcome.DEAD_TOKEN and now is not None and now.token == instance.token:
            await self._bury(job.device, instance, push.token)  # unless the app has brought a newer one meanwhile

    def _believed(self, recipient: RecipientId, outcome: Outcome) -> Outcome:
        brake = self._brakes[recipient]
        before = brake.on
        outcome = brake.heard(outcome)
        if brake.on is not before:
            _log.warning("push_service_disbelieved" if brake.on else "push_service_believed", recipient=recipient)
        return outcome

    def _push(self, job: Job, instance: _Instance) -> Push | None:
        """None if there is nothing to be said, nobody to say it, or no token that would carry it."""
        app, recipient = self._settings.apps.get(instance.app), instance.recipient
        if app is None or recipient is None:
            return None
        token = address.carrying(app.platform, instance.token, job.kind)
        data = _data(job, app.profile, instance)
        if token is None or data is None:
            return None
        return Push(
            recipient=recipient,
            provider=instance.provider,
            subject=instance.subject,
            flow=app.flow,
            kind=job.kind,
            profile=app.profile,
            token=token,
            data=data,
            ttl=max(0, int(self._ttl(job))),
            deadline=job.deadline,
            call=job.call or "",
            since=instance.since,
        )

    def _ttl(self, job: Job) -> float:
        left = job.by - self._clock.time()
        if job.kind in {PushKind.WARN_SILENTLY, PushKind.WARN_VISIBLY}:
            return min(left, self._settings.warning_ttl)
        return left

    async def _bury(self, device: DeviceId, instance: _Instance, token: str) -> None:
        """The push service does not know the token. Once it is the one for calls, the push instance is over.

        The device and the person are not.
        """
        left = address.without(self._settings.apps[instance.app].platform, instance.token, token)
        if left is not None:
            async with self._db.transaction() as unit:
                row = replace(instance.row(device), token=left)
                await unit.replace(row)
                self._remember_after(unit, row)
            return
        for listener in self._on_dead:
            listener(instance.subject, device)
        async with self._db.transaction() as unit:
            await self.end(unit, instance.subject, device)

    def _instance(self, row: PushInstance) -> _Instance:
        app = self._settings.apps.get(row.app)
        try:
            return _Instance(row, _recipient(app, row.token) if app else None)
        except PushTokenUnusable:  # the settings have changed what this build's tokens are
            return _Instance(row, None)

    def _remember_after(self, unit: UnitOfWork, row: PushInstance) -> None:
        unit.after_commit(lambda: self._instances.__setitem__(DeviceId(row.id), self._instance(row)))

    def _drop(self, device: DeviceId) -> None:
        self._instances.pop(device, None)
        self.trials.forget(device)


def _data(job: Job, profile: Profile, instance: _Instance) -> Mapping[str, str] | None:
    """None if this build has no message of the kind."""
    if job.kind is PushKind.ALERT:
        return payload.alert(profile)
    if job.call is None:
        return payload.warning(profile, int(job.by), visible=job.kind is PushKind.WARN_VISIBLY)
    if job.kind is PushKind.QUIET:
        return payload.over(profile, job.call, missed=job.missed)
    if job.kind is PushKind.TEST:
        return payload.test(profile, job.call, int(job.by))
    box = b""
    if payload.needs_box(profile):
        box = seal(X25519PublicKey.from_public_bytes(instance.raw_key), job.call, job.caller)
    return payload.call(profile, job.call, int(job.by), box=box, call_id=job.call_id or job.call)


def _recipient(app: App, token: str) -> RecipientId:
    """Raises PushTokenUnusable, also for a place that nobody has declared."""
    address.check(app.platform, token)
    recipient = app.recipient_of(token)
    if recipient is None:
        raise PushTokenUnusable
    return recipient
