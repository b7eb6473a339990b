"""Telling recipients: by mail, again and again until it left, and by hand where there is no other way."""

import datetime as dt
from typing import Final, final

import sqlalchemy as sa

from ringfence.clock import DAY, HOUR, Clock, day_of
from ringfence.errors import RingfenceError
from ringfence.identifiers import ProviderId, RowId
from ringfence.persistence import Database
from ringfence.privacy.rectification.errors import NoticeSettled
from ringfence.privacy.rectification.ports import Directory, Teller, Telling
from ringfence.privacy.rectification.records import Reason, RecipientNotice, State, Way

__all__ = ["TERM_DAYS", "TRIES", "Deliveries"]

TRIES: Final = 8
"""Mails that are tried before an officer does it: with the pauses below, about three days of a relay that is away."""
TERM_DAYS: Final = 3 * 366
"""Days for which a notice is kept: claims for damages come within three years (law.md), and it names nobody."""
_AT_ONCE: Final = 100  # notices in one turn
_PAUSE: Final = HOUR  # after the first try; doubled with each
_LONGEST: Final = DAY
_NOTICES: Final = RecipientNotice.declaration.table
_BY_MAIL: Final = (State.DUE.value, State.SENDING.value)


@final
class Deliveries:
    """A notice is marked before its mail leaves. A kill in between sends it once more under the same Message-ID."""

    def __init__(self, *, db: Database, directory: Directory, teller: Teller, clock: Clock) -> None:
        self._db = db
        self._directory = directory
        self._teller = teller
        self._clock = clock

    async def deliver(self) -> int:
        """Send what is due; tells how many recipients were told."""
        due = sa.select(_NOTICES.c.id).where(_NOTICES.c.state.in_(_BY_MAIL), _NOTICES.c.next_try <= self._clock.time())
        async with self._db.reading() as unit:
            ids = (await unit.execute(due.order_by(_NOTICES.c.next_try).limit(_AT_ONCE))).scalars().all()
            waiting = await unit.select(RecipientNotice, id=list(ids), order="next_try")
        return sum([await self._deliver(notice) for notice in waiting])

    async def by_hand(self, provider: ProviderId) -> list[RecipientNotice]:
        """What officers have to do, the oldest first."""
        async with self._db.reading() as unit:
            return await unit.select(RecipientNotice, provider=provider, state=State.BY_HAND, order="opened")

    async def settled(self, provider: ProviderId, limit: int) -> list[RecipientNotice]:
        """What was done, the newest first."""
        async with self._db.reading() as unit:
            over = (State.TOLD, State.IMPOSSIBLE)
            return await unit.select(RecipientNotice, provider=provider, state=over, order="-closed", limit=limit)

    async def tell_by_hand(self, provider: ProviderId, notice: RowId) -> None:
        """An officer told them. Raises NoticeSettled where nobody has to, any more."""
        await self._settle(provider, notice, state=State.TOLD.value, way=Way.HAND.value)

    async def give_up(self, provider: ProviderId, notice: RowId, reason: Reason) -> None:
        """An officer found that they can't be told, or not in proportion. Raises NoticeSettled."""
        await self._settle(provider, notice, state=State.IMPOSSIBLE.value, reason=reason.value)

    async def sweep(self) -> int:
        """Delete what is older than its term, done or not; tells how many."""
        over = self._today().toordinal() - TERM_DAYS
        async with self._db.transaction() as unit:
            return (await unit.execute(sa.delete(_NOTICES).where(_NOTICES.c.opened < over))).rowcount

    async def _deliver(self, notice: RecipientNotice) -> bool:
        if not self._directory.reachable(notice.provider, notice.recipient):
            await self._moved(notice, notice.tries, state=State.BY_HAND.value, way=Way.HAND.value)
            return False
        if not await self._marked(notice):
            return False
        tries = notice.tries + 1
        try:
            await self._teller.tell(_telling(notice))
        except (RingfenceError, OSError):
            over = tries >= TRIES
            state, way = (State.BY_HAND, Way.HAND) if over else (State.DUE, Way.MAIL)
            await self._moved(notice, tries, state=state.value, way=way.value)
            return False
        return await self._moved(notice, tries, state=State.TOLD.value, closed=self._today().toordinal())

    async def _marked(self, notice: RecipientNotice) -> bool:
        """Before it leaves; of two processes one marks it. Killed after the last try, it is an officer's."""
        if notice.tries >= TRIES:
            await self._moved(notice, notice.tries, state=State.BY_HAND.value, way=Way.HAND.value)
            return False
        pause = min(_PAUSE * 2**notice.tries, _LONGEST)
        return await self._moved(
            notice,
            notice.tries,
            state=State.SENDING.value,
            tries=notice.tries + 1,
            next_try=self._clock.time() + pause,
        )

    async def _moved(self, notice: RecipientNotice, tried: int, **values: object) -> bool:
        """Only as long as nobody else has moved it."""
        mine = (_NOTICES.c.id == notice.id, _NOTICES.c.tries == tried, _NOTICES.c.state.in_(_BY_MAIL))
        async with self._db.transaction() as unit:
            return bool((await unit.execute(sa.update(_NOTICES).where(*mine).values(**values))).rowcount)

    async def _settle(self, provider: ProviderId, notice: RowId, **values: object) -> None:
        theirs = (
            _NOTICES.c.id == notice,
            _NOTICES.c.provider == provider,
            _NOTICES.c.state == State.BY_HAND.value,
        )
        done = sa.update(_NOTICES).where(*theirs).values(closed=self._today().toordinal(), **values)
        async with self._db.transaction() as unit:
            if not (await unit.execute(done)).rowcount:
                raise NoticeSettled

    def _today(self) -> dt.date:
        return day_of(self._clock.time())


def _telling(notice: RecipientNotice) -> Telling:
    return Telling(
        id=notice.id,
        provider=notice.provider,
        recipient=notice.recipient,
        change=notice.change,
        flows=_names(notice.flows),
        tables=_names(notice.tables),
        first=dt.date.fromordinal(notice.first),
        last=dt.date.fromordinal(notice.last),
        reference=notice.reference,
    )


def _names(joined: str) -> tuple[str, ...]:
    return tuple(name for name in joined.split(",") if name)
