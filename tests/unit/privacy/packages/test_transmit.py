"""Straight to another controller: only what is portable, only once it is confirmed, only to a public HTTPS address."""

import asyncio
import contextlib
import dataclasses
import io
import json
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from ringfence.declarations import REGISTRY
from ringfence.identifiers import RowId, SubjectId
from ringfence.privacy.egress import DisclosureLog, Gate, LegalRole, MechanismTable, Recipient, Regime
from ringfence.privacy.egress.records import Disclosure
from ringfence.privacy.ledger import LedgerEntry
from ringfence.privacy.packages import (
    CHOSEN_CONTROLLER,
    TRANSMIT,
    AddressUnfit,
    Kind,
    NotPortable,
    NotReady,
    Packages,
    TransmissionPhase,
    Transmissions,
    UnknownPackage,
    UnknownTransmission,
    is_portable,
)
from ringfence.privacy.packages.records import DOWNLOAD, PACKAGE_FILE, Transmission
from ringfence.privacy.packages.verifier import MANIFEST
from ringfence.randomness import SystemRandomness
from tests.unit.privacy.installation import PROVIDER, Installation
from tests.unit.privacy.packages.packing import Packing

URL = "https://other.example/import"


@dataclass
class Elsewhere:
    """Another controller's server, on loopback."""

    answer: bytes = b"HTTP/1.1 201 Created\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    heads: list[bytes] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    cut_after: int | None = None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.heads.append(head)
        length = next(int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
        if self.cut_after is not None:
            await reader.readexactly(min(self.cut_after, length))
            writer.transport.abort()
            return
        self.bodies.append(await reader.readexactly(length))
        writer.write(self.answer)
        with contextlib.suppress(ConnectionError):
            await writer.drain()
        writer.close()


@contextlib.asynccontextmanager
async def elsewhere(other: Elsewhere) -> AsyncIterator[str]:
    server = await asyncio.start_server(other.serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def chosen(origin: str = "", country: str = "DE") -> Recipient:
    """As the server declares it; with an origin, the same for a loopback that stands for the other side."""
    return Recipient(
        id=CHOSEN_CONTROLLER, name="whom the person named", role=LegalRole.PERSON, country=country,
        exporter=Regime.EU, flows=frozenset({TRANSMIT.name}), origins=(origin,) if origin else (),
        user_given=not origin,
    )  # fmt: skip


@dataclass
class Sending:
    """Transmissions over a house."""

    house: Installation
    packages: Packages
    recipient: Recipient

    @property
    def log(self) -> DisclosureLog:
        return self._log

    def __post_init__(self) -> None:
        self._log = DisclosureLog(self.house.db, SystemRandomness())
        self.gate = Gate([self.recipient], MechanismTable.load(), self.house.clock, disclosures=self._log)
        self.transmissions = Transmissions(
            self.house.db, self.house.ledger, self.packages, lambda _: self.gate, self.house.clock, SystemRandomness()
        )

    async def proposed(self, subject: SubjectId, package: RowId, url: str = URL, token: str = "") -> RowId:
        """Proposed by the page's address, which a test then lets lead to the loopback."""
        proposal = await self.transmissions.propose(PROVIDER, subject, package, url, token=token)
        if self.recipient.origins:
            async with self.house.db.transaction() as unit:
                record = await unit.get(Transmission, proposal.id)
                assert record is not None
                await unit.replace(dataclasses.replace(record, url=self.recipient.origins[0] + "/import"))
        return proposal.id


async def portable(packing: Packing, anna: SubjectId, kind: Kind = Kind.PORTABILITY) -> tuple[Packages, RowId]:
    packages = packing.packages()
    package = await packages.prepare(PROVIDER, anna, kind=kind)
    await packages.run(package)
    return packages, package


async def facts(house: Installation) -> list[dict[str, str]]:
    async with house.db.reading() as unit:
        entries = await unit.select(LedgerEntry, provider=PROVIDER, order="number")
    told = [json.loads(entry.body) for entry in entries]
    return [entry["facts"] for entry in told if entry["event"] == "transmitted"]


@pytest.mark.promise("ZOI-19")
async def test_a_confirmed_package_arrives_whole_and_that_is_recorded(
    house: Installation, packing: Packing, anna: SubjectId
) -> None:
    packages, package = await portable(packing, anna)
    other = Elsewhere()
    async with elsewhere(other) as origin:
        sending = Sending(house, packages, chosen(origin))
        transmission = await sending.proposed(anna, package, token="abc.def")
        assert other.heads == [], "nothing leaves before it is confirmed"
        done = await sending.transmissions.transmit(anna, transmission)
    assert (done.phase, done.status) == (TransmissionPhase.ACCEPTED, 201)
    (body,) = other.bodies
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        assert json.loads(archive.read(MANIFEST))["kind"] == "portability"
    assert b"authorization: Bearer abc.def" in other.heads[0]
    assert b"content-type: application/zip" in other.heads[0]
    digest = (await packages.status(package, subject=anna)).digest
    assert await facts(house) == [{"recipient": "chosen-controller", "digest": digest, "outcome": "accepted"}]
    await sending.log.flush()
    async with house.db.reading() as unit:
        flows = {row.flow for row in await unit.select(Disclosure, subject=anna, recipient=CHOSEN_CONTROLLER)}
    assert flows == {"packages.transmit"}


@pytest.mark.promise("ZOI-19")
async def test_each_proposal_is_sent_once(house: Installation, packing: Packing, anna: SubjectId) -> None:
    packages, package = await portable(packing, anna)
    other = Elsewhere()
    async with elsewhere(other) as origin:
        sending = Sending(house, packages, chosen(origin))
        transmission = await sending.proposed(anna, package)
        await sending.transmissions.transmit(anna, transmission)
        with pytest.raises(UnknownTransmission):
            await sending.transmissions.transmit(anna, transmission)
    assert len(other.bodies) == 1
    (told,) = await sending.transmissions.of(anna)
    assert (told.package, told.phase) == (package, TransmissionPhase.ACCEPTED)


@pytest.mark.parametrize("status", [400, 401, 302, 500])
async def test_what_the_other_side_refuses_is_told_as_refused(
    house: Installation, packing: Packing, anna: SubjectId, status: int
) -> None:
    packages, package = await portable(packing, anna)
    other = Elsewhere(f"HTTP/1.1 {status} X\r\nlocation: http://127.0.0.1/\r\ncontent-length: 0\r\n\r\n".encode())
    async with elsewhere(other) as origin:
        sending = Sending(house, packages, chosen(origin))
        done = await sending.transmissions.transmit(anna, await sending.proposed(anna, package))
    assert (done.phase, done.status) == (TransmissionPhase.REFUSED, status)
    assert len(other.heads) == 1, "no redirect is followed"


async def test_what_was_cut_off_may_have_arrived_and_is_told_so(
    house: Installation, packing: Packing, anna: SubjectId
) -> None:
    packages, package = await portable(packing, anna)
    other = Elsewhere(cut_after=100)
    async with elsewhere(other) as origin:
        sending = Sending(house, packages, chosen(origin))
        done = await sending.transmissions.transmit(anna, await sending.proposed(anna, package))
    assert done.phase is TransmissionPhase.UNKNOWN
    async with elsewhere(other) as gone:
        pass
    sending = Sending(house, packages, chosen(gone))
    done = await sending.transmissions.transmit(anna, await sending.proposed(anna, package))
    assert done.phase is TransmissionPhase.FAILED
    assert [each["outcome"] for each in await facts(house)] == ["unknown", "failed"]


async def test_after_a_kill_what_was_being_sent_is_unknown(
    house: Installation, packing: Packing, anna: SubjectId
) -> None:
    packages, package = await portable(packing, anna)
    sending = Sending(house, packages, chosen())
    transmission = await sending.proposed(anna, package, token="secret-token")
    async with house.db.transaction() as unit:
        record = await unit.get(Transmission, transmission)
        assert record is not None
        await unit.replace(dataclasses.replace(record, phase=TransmissionPhase.SENDING))
    assert await sending.transmissions.resume() == 1
    (told,) = await sending.transmissions.of(anna)
    assert told.phase is TransmissionPhase.UNKNOWN
    async with house.db.reading() as unit:
        record = await unit.get(Transmission, transmission)
    assert record is not None
    assert record.token == ""
    assert await sending.transmissions.resume() == 0


# Where it may go


@pytest.mark.parametrize(
    "url",
    [
        "http://other.example/", "ftp://other.example/", "file:///etc/passwd", "https://", "https:///import",
        "https://user:pass@other.example/", "https://good.example@evil.example/", "https://other.example/#x",
        "https://other.example:0/", "https://other.example:99999/", "https://[::1", "HTTPS ://x", "https://a b/",
        "https://other.example/\r\nX-Evil: 1", "https://öther.example/", "https://other.example/" + "a" * 2_000, "",
    ],
)  # fmt: skip
async def test_an_address_that_is_no_plain_https_is_refused(
    house: Installation, packing: Packing, anna: SubjectId, url: str
) -> None:
    packages, package = await portable(packing, anna)
    with pytest.raises(AddressUnfit):
        await Sending(house, packages, chosen()).transmissions.propose(PROVIDER, anna, package, url)


@pytest.mark.parametrize("token", ["a b", "a\r\nb", "é", "a" * 5_000])
async def test_a_token_that_would_bend_a_header_is_refused(
    house: Installation, packing: Packing, anna: SubjectId, token: str
) -> None:
    packages, package = await portable(packing, anna)
    with pytest.raises(AddressUnfit):
        await Sending(house, packages, chosen()).transmissions.propose(PROVIDER, anna, package, URL, token=token)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "[::1]", "10.0.0.1", "192.168.1.1", "169.254.169.254", "[fd00::1]", "[::ffff:127.0.0.1]",
     "0.0.0.0", "0x7f.1", "2130706433"],  # noqa: S104 - an address to be refused
)  # fmt: skip
@pytest.mark.promise("ZOI-19")
async def test_no_address_leads_into_our_own_network(
    house: Installation, packing: Packing, anna: SubjectId, host: str
) -> None:
    packages, package = await portable(packing, anna)
    sending = Sending(house, packages, chosen())
    done = await sending.transmissions.transmit(anna, await sending.proposed(anna, package, f"https://{host}/import"))
    assert (done.phase, done.status) == (TransmissionPhase.REFUSED, 0)
    (reason,) = {reason for _, _, reason in sending.gate.blocked}
    assert reason == "address_not_public"


async def test_a_recipient_that_the_policy_does_not_declare_gets_nothing(
    house: Installation, packing: Packing, anna: SubjectId
) -> None:
    packages, package = await portable(packing, anna)
    undeclared = dataclasses.replace(chosen(), flows=frozenset({"other.flow"}))
    sending = Sending(house, packages, undeclared)
    done = await sending.transmissions.transmit(anna, await sending.proposed(anna, package))
    assert done.phase is TransmissionPhase.REFUSED


# What may go, and for whom


async def test_only_a_portable_package_goes(house: Installation, packing: Packing, anna: SubjectId) -> None:
    packages, package = await portable(packing, anna, Kind.ACCESS)
    with pytest.raises(NotPortable):
        await Sending(house, packages, chosen()).proposed(anna, package)


async def test_nobody_sends_somebody_elses(house: Installation, packing: Packing, anna: SubjectId) -> None:
    boris = SubjectId("b" * 26)
    packages, package = await portable(packing, anna)
    sending = Sending(house, packages, chosen())
    with pytest.raises(UnknownPackage):
        await sending.proposed(boris, package)
    transmission = await sending.proposed(anna, package)
    with pytest.raises(UnknownTransmission):
        await sending.transmissions.transmit(boris, transmission)
    assert await sending.transmissions.of(boris) == []


async def test_what_is_shredded_meanwhile_is_not_sent(house: Installation, packing: Packing, anna: SubjectId) -> None:
    packages, package = await portable(packing, anna)
    sending = Sending(house, packages, chosen())
    transmission = await sending.proposed(anna, package)
    await packages.shred(package, subject=anna)
    with pytest.raises(NotReady):
        await sending.transmissions.transmit(anna, transmission)


def test_the_flows_declare_all_that_they_carry() -> None:
    import ringfence.app.records  # noqa: F401, PLC0415 - declares every table

    shown = [
        field.says
        for kind in REGISTRY.about_people()
        for field in kind.declaration.personal
        if not field.says.works_like_a_password
    ]
    assert {says.category for says in shown if is_portable(says)} <= set(TRANSMIT.carries)
    for flow in (PACKAGE_FILE, DOWNLOAD):
        assert {says.category for says in shown} <= set(flow.carries), "add the category to packages/records.py"
