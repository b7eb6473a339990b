"""What a step of the story insists on, and how long it waits for it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

__all__ = ["SOON", "NotHeld", "require", "soon", "until", "until_true"]

SOON: Final = 10.0  # seconds that anything on loopback may take; what takes longer does not happen
_AGAIN: Final = 0.05  # seconds between two looks at something outside, which can't call us

_T = TypeVar("_T")


class NotHeld(Exception):
    """A step did not hold; `key` and `facts` say why, in the catalogue's words."""

    def __init__(self, reason: str, **facts: str | float) -> None:
        super().__init__(f"{reason} {facts}")
        self.key, self.facts = f"not_held.{reason}", facts


def require(held: bool, reason: str, **facts: str | float) -> None:
    """Raises NotHeld unless it held."""
    if not held:
        raise NotHeld(reason, **facts)


async def soon(work: Awaitable[_T], reason: str) -> _T:
    """What comes of it; raises NotHeld when nothing does in time."""
    try:
        return await asyncio.wait_for(work, SOON)
    except TimeoutError:
        raise NotHeld(reason) from None


async def until(held: Callable[[], bool], reason: str) -> None:
    """Wait until it holds; raises NotHeld when it does not in time."""

    async def asked() -> bool:
        return held()

    await until_true(asked, reason, within=SOON)


async def until_true(held: Callable[[], Awaitable[bool]], reason: str, *, within: float) -> None:
    """As `until`, for what has to be asked for."""
    try:
        async with asyncio.timeout(within):
            while not await held():  # noqa: ASYNC110 - it happens in others' sockets and files, which raise no event here
                await asyncio.sleep(_AGAIN)
    except TimeoutError:
        raise NotHeld(reason) from None
