"""Recipients hear of what the whole server corrects, restricts and erases; and no mail names anybody."""

import email
import email.policy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from pathlib import Path

import pytest
import sqlalchemy as sa

from ringfence.app import serving
from ringfence.app.telling import Recipients
from ringfence.clock import SystemClock, day_of
from ringfence.demo.stage import DOMAIN
from ringfence.identifiers import ProviderId, RecipientId, RowId, new_id
from ringfence.privacy.egress import Concerned
from ringfence.privacy.rectification import Change, RecipientNotice, State, Way
from ringfence.privacy.requests import Asked, By, Channel, Event, Grant, Kind, Proof
from ringfence.privacy.requests import State as CaseState
from ringfence.privacy.rights import Reason
from ringfence.randomness import SystemRandomness
from ringfence.services.enrolment import MailAddress
from ringfence.services.staff import Role
from tests.doubles.small_relay import SmallRelay, relaying
from tests.unit.web.api.building import ALICE, Building, Person, grounds

pytestmark = pytest.mark.usefixtures("each_database")

POST, PUSH, PBX = RecipientId("post"), RecipientId("push"), RecipientId("pbx:pbx")
CONTACTS = (["privacy@post.example"], ["privacy@push.example"])
OLD, NEW = "ada.canary@mail.example", "ada.new.canary@mail.example"
RELAYED = """
[providers.mail]
host = "127.0.0.1"
port = {port}
security = "tls"
sender = "privacy@demo.example"
recipient = "post"

[[providers.recipients]]
id = "post"
name = "Post Ltd"
country = "BG"
contract = "none is needed: it is a stand-in"
privacy_contact = "privacy@post.example"

[[providers.recipients]]
id = "push"
privacy_contact = "privacy@push.example"
"""


class Later:
    """The machine's clock, and some minutes more."""

    def __init__(self) -> None:
        self.more = 0.0
        self._clock = SystemClock()

    def time(self) -> float:
        return self._clock.time() + self.more

    def monotonic(self) -> float:
        return self._clock.monotonic()


class House:
    """The server, one subscriber with a mail address, and what a relay was given for the recipient."""

    def __init__(self, building: Building, person: Person, relay: SmallRelay, clock: Later) -> None:
        self.server, self.provider, self.subject = building.server, building.provider, person.subject
        self.rights, self.relay, self.clock = building.server.rights, relay, clock
        self.seen = 0

    async def prepare(self) -> RowId:
        """A mail address that Post Ltd has seen, pushes, and a call: noted in memory, as senders do."""
        row = MailAddress(
            id=RowId(new_id(SystemRandomness())), provider=self.provider, subject=self.subject, due=None, address=OLD
        )
        async with self.server.kernel.db.transaction() as unit:
            await unit.add(row)
        for recipient, flow in ((POST, "mail.answer"), (PUSH, "wake.push"), (PBX, "calls.to_pbx")):
            concerned = Concerned(self.provider, self.subject)
            self.server.kernel.disclosures.note(concerned, recipient, flow, day_of(self.clock.time()))
        return row.id

    async def notices(self, change: Change) -> dict[RecipientId, tuple[State, Way]]:
        async with self.server.kernel.db.reading() as unit:
            found = await unit.select(RecipientNotice, change=change)
        return {each.recipient: (each.state, each.way) for each in found}

    async def mails(self) -> list[str]:
        """What the recipient was sent since the last look."""
        self.clock.more += 700.0
        await self.rights.deliveries.deliver()
        theirs = [each for each in self.relay.mails if each.to in CONTACTS]
        new, self.seen = theirs[self.seen :], len(theirs)
        return [_text(each.data) for each in new]

    async def granted(self, kind: Kind) -> str:
        """The answer."""
        asked = Asked(
            provider=self.provider, kind=kind, channel=Channel.PORTAL, subject=self.subject, proof=Proof.SESSION
        )
        case = await self.rights.requests.receive(asked)
        if Event.GRANTED in (await self.rights.requests.case(self.provider, case)).allowed:
            officer = (await self.rights.staff.members(self.provider))[0].staff
            await self.rights.requests.step(self.provider, case, Grant(""), By.member(officer))
        letter = ""
        await self.rights.requests.resume()
        if kind is not Kind.ERASURE:
            view, content = await self.rights.requests.own(self.provider, self.subject, case)
            assert view.summary.state is CaseState.ANSWERED
            letter = content.letters[next(each.id for each in view.letters if each.about == "answer")][1]
        return letter


def _text(data: bytes) -> str:
    mail = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    body = mail.get_body()
    assert isinstance(body, EmailMessage)
    return f"{mail['Message-ID']}\n{mail['Subject']}\n{body.get_content()}"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with living(tmp_path) as made:
        yield made


@asynccontextmanager
async def living(folder: Path) -> AsyncIterator[House]:
    async with relaying(folder, implicit=True) as relay, grounds(folder) as config:
        text = config.read_text().replace(
            '\n[[providers.recipients]]\nid = "push"\n', RELAYED.format(port=relay.port), 1
        )
        authority = f'authority_file = "{folder / "relay.pem"}"\n'
        config.write_text(
            text.replace('sender = "privacy@demo.example"\n', f'sender = "privacy@demo.example"\n{authority}')
        )
        clock = Later()
        async with serving(config, clock, SystemRandomness()) as server:
            building = Building(server, config)
            await server.rights.staff.invite(building.provider, [Role.OFFICER], name="O", mail="o@x.example", by=None)
            yield House(building, await building.enrol("alice", ALICE), relay, clock)


@pytest.mark.promise("IPS-05")
async def test_recipients_hear_of_a_correction_a_restriction_and_an_erasure_from_the_whole_server(house: House) -> None:
    address = await house.prepare()
    own = house.rights.rectifications.correct_own
    await own(
        house.provider, house.subject, table=MailAddress.declaration.name, row=address, field="address", value=NEW
    )
    assert (await house.notices(Change.RECTIFIED))[POST] == (State.DUE, Way.MAIL)
    (corrected,) = await house.mails()
    assert "has been corrected" in corrected

    letter = await house.granted(Kind.RESTRICTION)
    assert "These receive a mail from us that names nobody: The demo's own push service" in letter
    assert "Post Ltd" not in letter, "what it received can't be restricted: with it people are written to"
    (restricted,) = await house.mails()
    assert "restricted" in restricted

    erasure = await house.server.leaving.request(house.provider, house.subject, Reason.ASKED)
    await house.server.erasures.run(erasure)
    (erased,) = await house.mails()
    assert "has been erased with us" in erased
    told = await house.notices(Change.ERASED)
    assert told[POST] == (State.TOLD, Way.MAIL)
    assert told[PUSH] == (State.TOLD, Way.OPERATION)
    assert told[PBX] == (State.TOLD, Way.OPERATION)
    async with house.server.kernel.db.reading() as unit:
        table = repr([tuple(row) for row in await unit.execute(sa.select(RecipientNotice.declaration.table))])
    for text in (corrected, restricted, erased, table):
        for canary in ("canary", "alice", DOMAIN, house.subject, "ada"):
            assert canary not in text.replace(f"privacy@{DOMAIN}", "")


async def test_what_a_protocol_forgets_by_itself_is_not_told(house: House) -> None:
    directory = Recipients(house.server.settings.providers)
    ours = house.provider
    assert directory.forgets(ours, PUSH, "wake.push", Change.ERASED)
    assert not directory.forgets(ours, PUSH, "wake.push", Change.RESTRICTED)
    assert directory.forgets(ours, PBX, "calls.to_pbx", Change.ERASED), "the provider's own PBX is the provider"
    assert not directory.forgets(ours, PBX, "calls.to_pbx", Change.RESTRICTED)
    assert not directory.forgets(ours, POST, "mail.answer", Change.ERASED), "a processor keeps logs of its own"
    assert not directory.forgets(ours, PUSH, "flow.of.yesterday", Change.ERASED)
    assert directory.reachable(ours, POST)
    assert not directory.reachable(ours, PBX)
    assert not directory.reachable(ProviderId("other"), POST)
