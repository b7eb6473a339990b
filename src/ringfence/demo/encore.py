"""What goes on behind the start page after the story: another phone, called now and then, until somebody stops it."""

import asyncio
from typing import Final, final

from ringfence.demo.assertion import SOON, require, soon
from ringfence.demo.owner import Owner
from ringfence.demo.phone import Account, Phone
from ringfence.demo.stage import DOMAIN, Stage
from ringfence.demo.story import CALLER, OWNER
from ringfence.randomness import Randomness

__all__ = ["Encore"]

_SLEEPS: Final = 15.0  # seconds between two calls
_RINGS: Final = 3.0  # seconds, long enough to be seen on the page
_TALKS: Final = 250  # packets of 20 ms


@final
class Encore:
    """The owner of the story enrols anew, as somebody whom the server has never seen."""

    def __init__(self, stage: Stage, accounts: dict[str, str], randomness: Randomness) -> None:
        self._stage, self._randomness = stage, randomness
        self._owner = Account(OWNER, DOMAIN, OWNER, accounts[OWNER])
        self._caller = Phone(Account(CALLER, DOMAIN, CALLER, accounts[CALLER]), stage.pbx.address, randomness)

    @property
    def address(self) -> str:
        """With which the owner signs in, and the password that was made for this run."""
        return f"{OWNER}@{DOMAIN}"

    @property
    def password(self) -> str:
        return self._owner.password

    async def play(self) -> None:
        """Call and be called until cancelled; raises NotHeld."""
        owner = Owner(self._owner, self._stage.doors, self._stage.push, self._randomness, device="Encore")
        await self._caller.open_udp()
        try:
            answer = await owner.enrol(await owner.notice(), agreed=True)
            require(answer.status == 201, "not_enrolled", status=answer.status, code="")
            while True:
                await asyncio.sleep(_SLEEPS)
                await self._call(owner)
        finally:
            owner.sleep()
            self._caller.close()

    async def _call(self, owner: Owner) -> None:
        dialling = await self._caller.dial(self._owner.uri)
        await soon(owner.woken(SOON), "no_push")
        await asyncio.sleep(_RINGS)
        phone = await owner.connect()
        ringing = await soon(phone.incoming.get(), "no_invite")
        await asyncio.sleep(_RINGS)
        theirs, ours = await soon(asyncio.gather(ringing.answer(), dialling.answered(SOON)), "no_answer")
        await soon(asyncio.gather(theirs.talk(_TALKS, SOON), ours.talk(_TALKS, SOON)), "no_sound")
        await ours.hang_up()
        await soon(theirs.ended.wait(), "no_bye")
        owner.sleep()
