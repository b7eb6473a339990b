"""The real server on the demo's stage, in a thread of its own, for browsers that come to it over TLS."""

import asyncio
import datetime as dt
import threading
from collections.abc import Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

from ringfence.app import serving
from ringfence.app.api import billing_of
from ringfence.app.server import Server
from ringfence.clock import SystemClock
from ringfence.declarations import IdentifierKind
from ringfence.demo.owner import Owner
from ringfence.demo.phone import Account
from ringfence.demo.stage import DOMAIN, PROVIDER, Stage, set_stage
from ringfence.demo.story import CALLER, OWNER, passwords
from ringfence.identifiers import ProviderId, SubjectId
from ringfence.privacy.requests.records import Case
from ringfence.randomness import SystemRandomness
from ringfence.services.billing import Billing, Draft
from ringfence.services.enrolment import Device, SipAccount
from ringfence.services.enrolment.records import Agreement

__all__ = ["ADA", "CHARLES", "INVOICE", "House", "open_house"]

ADA: Final = f"{OWNER}@{DOMAIN}"
CHARLES: Final = f"{CALLER}@{DOMAIN}"
INVOICE: Final = "INV-2026-0815"
T = TypeVar("T")
_NUMBER: Final = "127.0.0.1"
_NAME: Final = "localhost"  # passkeys belong to names; browsers make none for a number
_READY: Final = 60.0  # seconds; a cold start on a busy machine
_DONE: Final = 30.0
_GOING: Final = (SipAccount, Device, Agreement, Case)
_MORE: Final = """
[providers.marketing]
channels = ["mail"]
"""


class House:
    """Two people with phones, one of whom has been sent an invoice. Everything asked of it runs in its own thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop, stage: Stage, server: Server, accounts: dict[str, str]) -> None:
        self.stage, self.server = stage, server
        self.origin = stage.doors.api.replace(_NUMBER, _NAME)
        self.passwords = {f"{user}@{DOMAIN}": password for user, password in accounts.items()}
        self._loop = loop
        self._owners = {
            f"{user}@{DOMAIN}": Owner(
                Account(user, DOMAIN, user, password), stage.doors, stage.push, SystemRandomness(), device="Encore"
            )
            for user, password in accounts.items()
        }

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Let the server's thread do something, and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_DONE)

    @property
    def billing(self) -> Billing:
        return billing_of(self.server.kernel, self.server.rights)

    def enrol(self, address: str) -> None:
        owner = self._owners[address]

        async def enrolled() -> int:
            return (await owner.enrol(await owner.notice(), agreed=True)).status

        assert self.do(enrolled()) == 201

    def phone_is_known(self, address: str) -> bool:
        """Whether the token of their phone still opens anything."""
        return self.do(self._owners[address].data()).status == 200

    def invoice(self, address: str) -> None:
        draft = Draft(
            number=INVOICE,
            issued=dt.datetime.now(dt.UTC).date(),
            name="Ada Lovelace",
            what="Calls in October",
            net=1_200,
            tax=240,
            sip=address,
        )
        self.do(self.billing.add(ProviderId(PROVIDER), draft))

    def subject(self, address: str) -> SubjectId | None:
        async def found() -> SubjectId | None:
            return self.server.kernel.keyring.find(ProviderId(PROVIDER), IdentifierKind.SIP_ADDRESS, address)

        return self.do(found())

    def rows(self, subject: SubjectId) -> dict[str, int]:
        """What there is of a person that no law keeps: account, phones, agreements, requests."""

        async def counted() -> dict[str, int]:
            async with self.server.kernel.db.reading() as unit:
                return {kind.__name__: await unit.count(kind, subject=subject) for kind in _GOING}

        return self.do(counted())

    def invited(self, name: str, mail: str) -> str:
        """The link by which an officer joins."""
        return self.do(self.server.invite_officer(PROVIDER, name, mail))


def _started(config: Path) -> AbstractAsyncContextManager[Server]:
    """The real server, for a provider that also asks for marketing by mail."""
    told = config.read_text().replace(f'public_url = "https://{_NUMBER}', f'public_url = "https://{_NAME}')
    config.write_text(told + _MORE)
    return serving(config, clock=SystemClock(), randomness=SystemRandomness())


@contextmanager
def open_house(folder: Path) -> Iterator[House]:
    """Everything runs inside the context, and nothing after it."""
    ready, ended = threading.Event(), threading.Event()
    found: list[House] = []
    accounts = passwords(SystemRandomness())

    async def run() -> None:
        async with AsyncExitStack() as closing:
            servers: list[Server] = []

            def start(config: Path) -> AbstractAsyncContextManager[Server]:
                return _Noting(_started(config), servers)

            staged = set_stage(folder, accounts, start, clock=SystemClock(), randomness=SystemRandomness())
            stage = await closing.enter_async_context(staged)
            found.append(House(asyncio.get_running_loop(), stage, servers[0], accounts))
            ready.set()
            await asyncio.to_thread(ended.wait)

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    try:
        assert ready.wait(_READY)
        yield found[0]
    finally:
        ended.set()
        thread.join()


class _Noting(AbstractAsyncContextManager[Server]):
    """Keeps the server that the stage knows by a narrower port."""

    def __init__(self, inner: AbstractAsyncContextManager[Server], servers: list[Server]) -> None:
        self._inner, self._servers = inner, servers

    async def __aenter__(self) -> Server:
        server = await self._inner.__aenter__()
        self._servers.append(server)
        return server

    async def __aexit__(self, *error: object) -> bool | None:
        return await self._inner.__aexit__(*error)  # type: ignore[arg-type] # handed on as it came
