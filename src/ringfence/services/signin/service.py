"""Lets people in, by what they know or hold.

by_password   HA1 of an enrolled account; where nothing is held any more, the PBX is asked
ask_pin, by_pin   a code to the number, and back
"""

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, final

import structlog

from ringfence.clock import Clock
from ringfence.errors import RingfenceError
from ringfence.identifiers import ProviderId, RowId, SubjectId
from ringfence.persistence import Database, Fence
from ringfence.privacy.access import Means, Session, Sessions
from ringfence.privacy.ledger import Event
from ringfence.protocols.sip.digest import Algorithm, ha1
from ringfence.randomness import Randomness
from ringfence.services.signin.errors import ProviderDecides, SignInRefused
from ringfence.services.signin.guards import Guards
from ringfence.services.signin.pins import Pins
from ringfence.services.signin.ports import Credentials, Directory, Held, Holder, Ledger, PinSender, Prover, Standing
from ringfence.services.signin.settings import Home, SignInSettings
from ringfence.services.signin.text import pin_text

__all__ = ["Asked", "SignIn", "SignedIn", "World"]

_log = structlog.get_logger(__name__)
_LONGEST: Final = 256  # characters of a name, number or password; nobody's is longer
_NOBODY: Final = SubjectId("")
_NOTHING: Final = Held("nobody", "nowhere", Algorithm.SHA_256, b"0" * 64)
"""What a password is compared with where nothing is held, so that the comparison takes place."""

Sleep = Callable[[float], Awaitable[None]]


@final
@dataclass(frozen=True, slots=True)
class SignedIn:
    """`id` belongs into the cookie and nowhere else."""

    id: str = field(repr=False)
    session: Session


@final
@dataclass(frozen=True, slots=True)
class Asked:
    """A PIN was asked for. `ticket` comes back with it; both are good for `seconds`. Nothing here says who exists."""

    ticket: str = field(repr=False)
    seconds: float


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything that signing in stands on. `pins` may lack a provider: then none of its people can use one."""

    db: Database
    ledger: Ledger
    sessions: Sessions
    credentials: Credentials
    directory: Directory
    prover: Prover
    holder: Holder
    pins: dict[ProviderId, PinSender]
    clock: Clock
    randomness: Randomness
    sleep: Sleep = asyncio.sleep


@final
class SignIn:
    """The service. Every name and secret that comes in is a stranger's until it is proven."""

    def __init__(self, world: World, settings: SignInSettings) -> None:
        self._world = world
        self._settings = settings
        self._guards = Guards(settings, world.clock, world.randomness)
        self._pins = Pins(
            world.clock,
            world.randomness,
            seconds=settings.pin_life,
            tries=settings.pin_tries,
            limit=settings.waiting,
        )
        self._sending: set[asyncio.Task[None]] = set()

    # By password ----------------------------------------------------------------------------------------------------

    async def by_password(self, address: str, auth_user: str, password: str, source: str) -> SignedIn:
        """`address` is the SIP address, `auth_user` may be empty; `source` is where the request came from.

        Raises SignInRefused or ProviderDecides, always the same time after the question, or TooManyTries at once.
        """
        address, auth_user = bare_address(address), auth_user[:_LONGEST]
        counted = self._guards.password(address, source)
        begun = self._world.clock.monotonic()
        try:
            async with asyncio.timeout(self._settings.refusal):
                home, subject = await self._by_password(address, auth_user, password[:_LONGEST])
            signed_in = await self._let_in(home.provider, subject, Means.PASSWORD)
        except ProviderDecides:
            counted.forgive()  # the password was right
            await self._evenly(begun, self._settings.refusal)
            raise
        except (RingfenceError, TimeoutError):
            await self._evenly(begun, self._settings.refusal)
            raise SignInRefused from None
        counted.forgive()
        return signed_in

    async def _by_password(self, address: str, auth_user: str, password: str) -> tuple[Home, SubjectId]:
        home = self._settings.homes.get(address.rpartition("@")[2])
        subject = self._world.directory.by_address(home.provider, address) if home else None
        held = await self._world.credentials.of(subject or _NOBODY)
        matches = _knows(held or _NOTHING, auth_user, password)
        if home is None or subject is None or (held is not None and not matches):
            raise SignInRefused
        if held is None:
            await self._ask_pbx(home, subject, address, auth_user, password)
        return home, subject

    async def _ask_pbx(self, home: Home, subject: SubjectId, address: str, auth_user: str, password: str) -> None:
        """Nothing of the password is held any more. Raises what the PBX refuses, or ProviderDecides.

        The PBX says who has the account today; that it is the person who enrolled shows by the password they had then.
        """
        user = auth_user or address.rpartition("@")[0]
        proof = await self._world.prover.prove(home.upstream, address, user, password)
        if not await self._world.credentials.remembers(subject, proof):
            raise ProviderDecides

    # By PIN ---------------------------------------------------------------------------------------------------------

    async def ask_pin(self, provider: ProviderId, number: str, source: str, *, language: str = "en") -> Asked:
        """Send a PIN to the number if somebody enrolled has it; whether that is so shows in nothing.

        Raises TooManyTries, which counts what was asked and not who exists.
        """
        begun = self._world.clock.monotonic()
        number = number.strip()[:_LONGEST]
        key = _spelled(number)
        self._guards.ask_pin(f"{provider} {key}", source)
        subject = self._world.directory.by_number(provider, number)
        ticket, pin = self._pins.begin(provider, number, subject)
        await self._evenly(begun, self._settings.pin_answer)
        if subject is not None and self._guards.message(subject):
            self._send(provider, subject, number, pin_text(self._name(provider), pin, language))
        return Asked(ticket, self._settings.pin_life)

    async def by_pin(self, ticket: str, pin: str, source: str) -> SignedIn:
        """Raises SignInRefused, ProviderDecides (the number is no longer that of whoever enrolled), TooManyTries."""
        counted = self._guards.pin(source)
        waiting = self._pins.check(ticket, pin)
        if waiting is None or waiting.subject is None:
            raise SignInRefused
        counted.forgive()
        if self._world.directory.by_number(waiting.provider, waiting.number) != waiting.subject:
            raise SignInRefused  # the number has passed to somebody else within these ten minutes
        if self._world.holder.standing(waiting.subject) is not Standing.ACCEPTED:
            raise ProviderDecides
        return await self._let_in(waiting.provider, waiting.subject, Means.PIN)

    def _send(self, provider: ProviderId, subject: SubjectId, number: str, text: str) -> None:
        """In its own time, and not for ever more of them: the answer is the same."""
        sender = self._world.pins.get(provider)
        if sender is None or len(self._sending) >= self._settings.messages:
            _log.warning("pin_not_sent", provider=provider, reason="no_sender" if sender is None else "busy")
            return
        task = asyncio.get_running_loop().create_task(self._sent(sender, provider, subject, number, text))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _sent(self, sender: PinSender, provider: ProviderId, subject: SubjectId, number: str, text: str) -> None:
        try:
            await sender.send(provider, subject, number, text)
        except RingfenceError as fault:
            _log.warning("pin_not_sent", provider=provider, reason=fault.code)

    def _name(self, provider: ProviderId) -> str:
        return self._settings.names.get(provider, provider)

    # Both -----------------------------------------------------------------------------------------------------------

    async def let_in(self, provider: ProviderId, subject: SubjectId, by: Means) -> SignedIn:
        """A session for somebody whose proof holds (passkeys). Raises SignInRefused where they are being erased."""
        return await self._let_in(provider, subject, by)

    async def depart(self, subject: SubjectId) -> None:
        """Port `Departure` of `privacy.rights`: no PIN of a person who goes is good any more."""
        self._pins.forget(subject)

    async def drain(self) -> None:
        """Wait for the messages that are being sent; at the end of the process."""
        await asyncio.gather(*self._sending, return_exceptions=True)

    async def _let_in(self, provider: ProviderId, subject: SubjectId, by: Means) -> SignedIn:
        async with self._world.db.transaction() as unit:
            if await unit.count(Fence, id=RowId(subject)):
                raise SignInRefused
            await self._world.ledger.append(unit, provider, Event.SIGNED_IN, subject=subject, kind=by)
            made = self._world.sessions.open(provider, subject, by)  # inside: whoever departs later ends it, too
        session = self._world.sessions.get(made)
        if session is None:
            raise SignInRefused
        return SignedIn(made, session)

    async def _evenly(self, begun: float, seconds: float) -> None:
        await self._world.sleep(max(0.0, begun + seconds - self._world.clock.monotonic()))


def bare_address(text: str) -> str:
    """`user@domain` as enrolment spells it, of whatever somebody typed."""
    bare = text.strip()[:_LONGEST]
    for scheme in ("sips:", "sip:"):
        if bare.lower().startswith(scheme):
            bare = bare[len(scheme) :]
    user, at, domain = bare.rpartition("@")
    return f"{user}{at}{domain.lower().rstrip('.')}"


def _knows(held: Held, auth_user: str, password: str) -> bool:
    """Whether somebody knows the password of the account; in constant time for one algorithm."""
    shown = ha1(held.algorithm, (auth_user or held.auth_user).encode(), held.realm.encode(), password.encode())
    return hmac.compare_digest(shown, held.ha1)


def _spelled(number: str) -> str:
    """One name for the many ways to write a number, as far as that goes without knowing whose it is."""
    digits = "".join(character for character in number if character.isdecimal())
    return digits.lstrip("0") or number
