"""A whole installation without sockets: the server as `app` joins it, on a clock that stands still until told.

Three providers: one in Germany (invoices kept for years), one in Spain (what is erased is blocked first), one in
Bulgaria. The PBX says yes to every password and forgets at once, mail relays take everything; all else is real.
"""

import dataclasses
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
import sqlalchemy as sa

from ringfence.app.kernel import Kernel, opened
from ringfence.app.server import Server
from ringfence.clock import ManualClock, SystemClock, day_of
from ringfence.declarations import REGISTRY
from ringfence.demo.certificate import make_certificates
from ringfence.demo.push_service import PushService
from ringfence.gateway.keeper import Keeper
from ringfence.gateway.prover import Prover
from ringfence.identifiers import Names, ProviderId, RowId, StaffId
from ringfence.privacy.rights import examine
from ringfence.privacy.rights.needle import Needle
from ringfence.privacy.rights.scan import Medium, Scan, scan
from ringfence.protocols.sip.digest import Algorithm, ha1
from ringfence.randomness import SeededRandomness, SystemRandomness
from ringfence.senders.mail import MailSender
from ringfence.services.billing import Billing, Books, LawfulTerms
from ringfence.services.reachability import Account, Proof
from ringfence.services.staff import Role
from ringfence.services.staff.confidentiality import confidentiality
from ringfence.services.staff.records import Member, StaffCredential, Standing
from ringfence.settings import load
from tests.doubles.databases import main_database

__all__ = ["COUNTRIES", "PROVIDERS", "Town", "quiet_neighbours", "town"]

COUNTRIES: Final = {ProviderId("de"): "DE", ProviderId("es"): "ES", ProviderId("bg"): "BG"}
PROVIDERS: Final = tuple(COUNTRIES)

_PUSH: Final = "https://127.0.0.1:9"
_HEAD: Final = """
[installation]
data = "data"
database = "{database}"

[http]
listen = "127.0.0.1:8443"
public_url = "https://town.example"
certificate = "{chain}"
key = "{key}"

[devices]
listen = "127.0.0.1:5061"
public = "town.example:5061"
realm = "town.example"
certificate = "{chain}"
key = "{key}"

[pbx_side]
listen = "127.0.0.1:5060"
"""
_PROVIDER: Final = """
[[providers]]
id = "{id}"
name = "{id} Telecom"
country = "{country}"
controller = "{id} Telecom, Main Street 1"
privacy_officer = "privacy@{id}.example"
features = [{features}]

[[providers.upstreams]]
id = "pbx-{id}"
domain = "{id}.example"
address = "127.0.0.1:5070"
sources = ["127.0.0.1"]

[[providers.apps]]
id = "app-{id}"
profile = "ringfence"
fcm = "demo"

[providers.fcm.demo]
service_account = "firebase.json"
recipient = "push-{id}"
base_url = "{push}"

[[providers.recipients]]
id = "push-{id}"
name = "A push service next door"
country = "{country}"
contract = "none is needed: it is a stand-in"
"""


@dataclass
class Town:
    """The open installation. `officers` by provider."""

    server: Server
    clock: ManualClock
    billing: Billing
    officers: dict[ProviderId, StaffId]

    @property
    def kernel(self) -> Kernel:
        return self.server.kernel

    async def day(self) -> None:
        """What the server does all the time, and what hangs on days: once."""
        server, rights = self.server, self.server.rights
        await server.missed.drain()
        await rights.requests.sweep()
        await server.enrolment.departures.sweep()
        await server.kernel.disclosures.flush()
        await rights.requests.resume()
        if await rights.packages.resume():
            await rights.requests.resume()
        await server.erasures.resume()
        server.kernel.keyring.rotate()

    async def night(self) -> None:
        """What is only counted in days: terms, and the sweep of all tables; the longest part by far."""
        server, rights = self.server, self.server.rights
        await rights.packages.sweep()
        await rights.consents.sweep()
        await rights.deliveries.deliver()
        await server.retention.sweep()
        await server.erasures.resume()
        server.kernel.keyring.rotate()

    async def raw(self, statement: str) -> Sequence[Sequence[object]]:
        """Whatever stands in the main database, unopened."""
        async with self.kernel.db.reading() as unit:
            return [tuple(row) for row in (await unit.execute(sa.text(statement))).all()]


@asynccontextmanager
async def town(
    folder: Path, clock: ManualClock, *, features: Sequence[str] = ("contacts", "location"), seed: int = 0
) -> AsyncIterator[Town]:
    """Open what lies in the folder, or build it. Another set of `features` is another version of the notice."""
    randomness = SeededRandomness(seed + int(clock.time()))
    async with opened(load(_configuration(folder, clock, features)), clock, randomness) as kernel:
        await kernel.db.create_tables(REGISTRY.metadata)
        server = Server(kernel)
        await _load(server)
        made = Town(server, clock, _billing(server), {})
        for provider in PROVIDERS:
            made.officers[provider] = await _officer(made, provider)
        yield made
        await kernel.disclosures.flush()
        kernel.note_alive(ended=True)
        for client in server._clients:
            await client.close()


def quiet_neighbours(patch: pytest.MonkeyPatch) -> None:
    """Stand in for who is outside: PBXs, and the mail relays of the providers."""

    async def prove(_: Prover, __: object, ___: str, auth_user: str, password: str) -> Proof:
        return Proof(b"pbx", Algorithm.MD5, ha1(Algorithm.MD5, auth_user.encode(), b"pbx", password.encode()))

    async def withdraw(_: Keeper, account: Account) -> None: ...

    async def send(*_: object, **__: object) -> None: ...

    async def scan_here(media: Sequence[Medium], needles: Sequence[Needle]) -> Scan:
        return scan(media, needles)

    patch.setattr(examine, "scan_apart", scan_here)  # the same scan, without starting a process for each
    patch.setattr(Prover, "prove", prove)
    patch.setattr(Keeper, "admit", lambda *_, **__: None)
    patch.setattr(Keeper, "withdraw", withdraw)
    patch.setattr(MailSender, "send", send)


def _configuration(folder: Path, clock: ManualClock, features: Sequence[str]) -> Path:
    account = folder / "firebase.json"
    if not account.exists():
        account.touch(mode=0o600)
        stand_in = PushService(clock=clock, randomness=SystemRandomness())
        account.write_text(json.dumps({**json.loads(stand_in.service_account()), "token_uri": f"{_PUSH}/token"}))
        make_certificates(folder, SystemClock())
    config = folder / "ringfence.toml"
    providers = [
        _PROVIDER.format(id=name, country=country, push=_PUSH, features=", ".join(f'"{each}"' for each in features))
        for name, country in COUNTRIES.items()
    ]
    (folder / "data").mkdir(exist_ok=True)
    database = main_database(folder, "data/ringfence.db")
    config.write_text(_HEAD.format(database=database, chain="server.pem", key="server-key.pem") + "".join(providers))
    return config


async def _load(server: Server) -> None:
    """As `Server.open`, without the doors."""
    names = Names()
    await server.rights.restrictions.resume()
    await server.editions.load()
    await server.notices.refresh()
    await server.rights.consents.load()
    await server.rights.transmissions.resume()
    await server.wake.load(names)
    last = server.kernel.last_run
    await server.enrolment.load(names, outage=last.outage, orderly=last.orderly)
    await server.reachability.load(names)


def _billing(server: Server) -> Billing:
    kernel = server.kernel
    terms = LawfulTerms(server.law, {provider: Books(country) for provider, country in COUNTRIES.items()})
    return Billing(
        db=kernel.db,
        customers=kernel.keyring,
        terms=terms,
        ledger=kernel.ledger,
        clock=kernel.clock,
        secret=kernel.keyring.derive("invoices"),
    )


async def _officer(made: Town, provider: ProviderId) -> StaffId:
    """Who was there before, or somebody new who has joined and accepted confidentiality."""
    staff = made.server.rights.staff
    for colleague in await staff.members(provider):
        if colleague.standing is Standing.ACTIVE:
            return colleague.staff
    invited = await staff.invite(
        provider, [Role.OFFICER, Role.OPERATOR], name="Officer", mail=f"officer@{provider}.example", by=None
    )
    await _joined(made, invited.staff)
    return invited.staff


async def _joined(made: Town, staff: StaffId) -> None:
    """As joining leaves it; how it is done costs a second of hashing, and is tested elsewhere."""
    async with made.kernel.db.transaction() as unit:
        member = await unit.get(Member, RowId(staff))
        credential = await unit.get(StaffCredential, RowId(staff))
        assert member is not None
        assert credential is not None
        await unit.replace(
            dataclasses.replace(
                member,
                standing=Standing.ACTIVE,
                due=None,
                confidentiality=confidentiality("en").version,
                accepted_on=day_of(made.clock.time()),
            )
        )
        await unit.replace(dataclasses.replace(credential, due=None, invitation=b"", password="hash"))
