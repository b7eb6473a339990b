"""A portal with made-up contents: every port in memory, one person and a stranger."""

import datetime as dt
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ringfence.clock import DAY, ManualClock
from ringfence.errors import PeerFault
from ringfence.identifiers import CaseId, DeviceId, ProviderId, RowId, SubjectId
from ringfence.privacy.access import Means, Session
from ringfence.privacy.consent import NotOffered
from ringfence.privacy.notices import Paragraph
from ringfence.privacy.notices.text import Sentence
from ringfence.privacy.packages import UnknownTransmission
from ringfence.privacy.requests import Kind
from ringfence.randomness import SeededRandomness
from ringfence.web.look import Imprint
from ringfence.web.portal import (
    AccountShown,
    Choice,
    Coming,
    DeviceShown,
    Doors,
    Download,
    Gone,
    Kept,
    Letter,
    LookShown,
    NoticeShown,
    PasskeyShown,
    Plan,
    Portal,
    Promise,
    Question,
    Request,
    Row,
    Section,
    Sending,
    Stay,
    Step,
    Written,
)

PROVIDER = ProviderId("example")
IMPRINT = Imprint("Example Telecom", "Example Telecom Ltd, 1 Main Street, Sofia", "privacy@provider.example")
OTHER = Imprint("Other Telecom", "Other Telecom Ltd, Vienna", "dpo@other.example")
ADA = Session(PROVIDER, SubjectId("ada"), Means.PASSWORD, 1_800_000_000.0)
BOB = Session(PROVIDER, SubjectId("bob"), Means.PASSWORD, 1_800_000_000.0)
ADDRESS = "1042@pbx.provider.example"
TODAY = dt.date(2027, 1, 15)  # where a ManualClock stands
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{ 7*7 }}"


class Refused(PeerFault):
    code = "sign_in_refused"
    http_status = 403


@dataclass
class World:
    """What the doubles know; tests read and change it."""

    sessions: dict[str, Session] = field(default_factory=dict)
    choices: list[Choice] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    looks: list[LookShown] = field(default_factory=list)
    requests: dict[CaseId, tuple[Session, Request]] = field(default_factory=dict)
    devices: dict[DeviceId, DeviceShown] = field(default_factory=dict)
    passkeys: list[PasskeyShown] = field(default_factory=list)
    notice: NoticeShown = field(default_factory=lambda: NoticeShown("0" * 64, "en", [], [], None))
    downloads: list[Download] = field(default_factory=list)
    sendings: list[Sending] = field(default_factory=list)
    plan: Plan = field(default_factory=lambda: Plan([], [], [], TODAY))
    gone: dict[RowId, Gone] = field(default_factory=dict)
    written: list[Written] = field(default_factory=list)
    asked: list[tuple[Session, Kind, str, dict[str, str]]] = field(default_factory=list)
    answered: list[tuple[CaseId, str]] = field(default_factory=list)
    taken_back: list[CaseId] = field(default_factory=list)
    objected: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    gpc: list[bool] = field(default_factory=list)
    age: int | None = None
    mail: str = ""
    sources: list[str] = field(default_factory=list)


class Entrance:
    def __init__(self, world: World) -> None:
        self.world = world

    def who(self, session: str) -> Session | None:
        return self.world.sessions.get(session)

    def leave(self, session: str) -> None:
        self.world.sessions.pop(session, None)

    def _open(self, person: Session) -> str:
        session = f"{person.subject}-session-{len(self.world.sessions):020}"
        self.world.sessions[session] = person
        return session

    async def by_password(self, address: str, auth_user: str, password: str, source: str) -> str:
        self.world.sources.append(source)
        people = {(ADDRESS, "correct horse"): ADA, ("bob@pbx.provider.example", "battery staple"): BOB}
        if (address, password) not in people:
            raise Refused
        return self._open(people[address, password])

    async def ask_pin(self, provider: ProviderId, number: str, source: str, language: str) -> str:
        return "a-ticket"

    async def by_pin(self, ticket: str, pin: str, source: str) -> str:
        if (ticket, pin) != ("a-ticket", "123456"):
            raise Refused
        return self._open(ADA)

    def passkey_question(self, provider: ProviderId) -> Question:
        return Question("a-passkey-ticket", {"challenge": "AAAA"})

    async def by_passkey(self, ticket: str, answer: str, source: str) -> str:
        if (ticket, answer) != ("a-passkey-ticket", "signed"):
            raise Refused
        return self._open(ADA)

    async def passkeys(self, person: Session) -> Sequence[PasskeyShown]:
        return self.world.passkeys

    async def passkey_offer(self, person: Session, name: str) -> Question:
        return Question("a-passkey-ticket", {"challenge": "AAAA"})

    async def add_passkey(self, person: Session, ticket: str, answer: str, name: str) -> None:
        self.world.passkeys.append(PasskeyShown("p1", name))

    async def remove_passkey(self, person: Session, passkey: str) -> None:
        self.world.passkeys = [known for known in self.world.passkeys if known.id != passkey]


class Contents:
    """Account, holdings, looks, notices, downloads, devices: what is shown."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def of(self, person: Session) -> AccountShown:
        return AccountShown(ADDRESS, 1_790_000_000.0)

    async def kept(self, person: Session, language: str) -> Sequence[Kept]:
        return self.world.kept

    async def rows(self, person: Session, key: str, language: str, *, skip: int, most: int) -> Sequence[Row]:
        return self.world.rows[skip : skip + most]


class Unusable(PeerFault):
    code = "mail_address_unusable"
    http_status = 422


class Letterbox:
    def __init__(self, world: World) -> None:
        self.world = world

    async def of(self, person: Session) -> str:
        return self.world.mail

    async def keep(self, person: Session, address: str) -> None:
        if address and "@" not in address:
            raise Unusable
        self.world.mail = address


class Seen:
    def __init__(self, world: World) -> None:
        self.world = world

    async def of(self, person: Session, language: str) -> Sequence[LookShown]:
        return self.world.looks


class Switches:
    def __init__(self, world: World) -> None:
        self.world = world

    async def of(self, person: Session, language: str, *, gpc: bool) -> Sequence[Choice]:
        self.world.gpc.append(gpc)
        return [choice for choice in self.world.choices if not (gpc and choice.key.startswith("marketing"))]

    async def age_asked(self, person: Session) -> int | None:
        return self.world.age

    async def give(
        self, person: Session, key: str, *, version: str, language: str, old_enough: bool, gpc: bool
    ) -> None:
        self._set(key, given=True)
        if old_enough:
            self.world.age = None

    async def withdraw(self, person: Session, key: str) -> None:
        self._set(key, given=False)

    async def receipt(self, person: Session, receipt: str) -> bytes:
        if person != ADA or receipt not in {choice.receipt for choice in self.world.choices if choice.receipt}:
            raise NotOffered
        return b'{"receipt_id":"r1:1"}'

    async def withdraw_all(self, person: Session) -> None:
        self.world.choices = [replace(choice, given=False, since=None) for choice in self.world.choices]

    def _set(self, key: str, *, given: bool) -> None:
        self.world.choices = [
            replace(choice, given=given, since=1_800_000_000.0 if given else None) if choice.key == key else choice
            for choice in self.world.choices
        ]


class Inbox:
    def __init__(self, world: World) -> None:
        self.world = world

    def promise(self, provider: ProviderId, kind: Kind) -> Promise:
        return Promise(TODAY + dt.timedelta(days=29), dt.date(2027, 2, 15))

    async def ask(self, person: Session, kind: Kind, words: str, details: Mapping[str, str], language: str) -> CaseId:
        case = CaseId(f"case{len(self.world.requests)}")
        self.world.asked.append((person, kind, words, dict(details)))
        self.world.requests[case] = (person, request(case, kind, words=words))
        return case

    async def of(self, person: Session) -> Sequence[Request]:
        return [found for owner, found in self.world.requests.values() if owner == person]

    async def one(self, person: Session, case: CaseId, language: str) -> Request | None:
        owner, found = self.world.requests.get(case, (None, None))
        return found if owner == person else None

    async def take_back(self, person: Session, case: CaseId) -> None:
        self.world.taken_back.append(case)

    async def answer(self, person: Session, case: CaseId, words: str) -> None:
        self.world.answered.append((case, words))

    async def written(self, written: Written) -> CaseId:
        self.world.written.append(written)
        return CaseId("casewritten")

    def documents(self, provider: ProviderId) -> Sequence[str]:
        return ("passport", "identity_card", "driving_licence", "residence_permit", "mandate")


class Drawer:
    def __init__(self, world: World) -> None:
        self.world = world

    async def of(self, person: Session) -> Sequence[DeviceShown]:
        return list(self.world.devices.values()) if person == ADA else []

    async def rename(self, person: Session, device: DeviceId, name: str) -> None:
        self.world.devices[device] = replace(self.world.devices[device], name=name)

    async def sign_out(self, person: Session, device: DeviceId) -> None:
        del self.world.devices[device]

    async def ring(self, person: Session, device: DeviceId) -> bool:
        shown = self.world.devices[device]
        self.world.devices[device] = replace(shown, test="waiting" if shown.wakeable else "")
        return shown.wakeable


class Board:
    def __init__(self, world: World) -> None:
        self.world = world

    async def of(self, person: Session, language: str) -> NoticeShown:
        return self.world.notice

    async def seen(self, person: Session, version: str) -> None:
        self.world.told.append(version)

    async def object(self, person: Session, version: str) -> RowId:
        self.world.objected.append(version)
        return RowId("erasure1")


class Shelf:
    def __init__(self, world: World) -> None:
        self.world = world

    async def of(self, person: Session) -> Sequence[Download]:
        return self.world.downloads if person == ADA else []

    async def sendings(self, person: Session) -> Sequence[Sending]:
        return self.world.sendings if person == ADA else []

    async def send(self, person: Session, sending: RowId) -> None:
        if sending not in {each.id for each in await self.sendings(person) if each.state == "proposed"}:
            raise UnknownTransmission
        self.world.sendings = [replace(each, state="accepted") for each in self.world.sendings]

    async def stream(self, person: Session, download: RowId) -> AsyncIterator[bytes]:
        yield b"PK"
        yield b"..."


class Exit:
    def __init__(self, world: World) -> None:
        self.world = world

    async def plan(self, person: Session, language: str) -> Plan:
        return self.world.plan

    async def leave(self, person: Session) -> RowId:
        self.world.sessions = {k: v for k, v in self.world.sessions.items() if v != person}
        self.world.gone[RowId("erasure1")] = Gone(
            RowId("erasure1"), 1_800_000_000.0, 1_800_000_000.0 + 7 * DAY, False, []
        )
        return RowId("erasure1")

    async def gone(self, erasure: RowId, language: str) -> Gone | None:
        return self.world.gone.get(erasure)

    async def certificate(self, erasure: RowId) -> bytes | None:
        found = self.world.gone.get(erasure)
        return b'{"statement":"..."}' if found and found.certified else None


def request(case: str, kind: Kind = Kind.ACCESS, *, state: str = "ready", words: str = "", left: int = 23) -> Request:
    closed = state in {"answered", "taken_back", "dismissed"}
    return Request(
        id=CaseId(case),
        kind=kind,
        state=state,
        open=not closed,
        received=TODAY,
        promised=TODAY + dt.timedelta(days=29),
        legal=dt.date(2027, 2, 15),
        days_left=left,
        words=words,
        steps=[Step(TODAY, "received"), Step(TODAY, state)],
        letters=[
            Letter(
                "We have your request",
                [Section("About it", ["Dear customer,", "we answer until then."], ["one", "two"])],
            )
        ],
        can_take_back=not closed,
        can_answer=state == "clarifying",
    )


def portal(world: World, imprints: Mapping[ProviderId, Imprint] | None = None) -> Portal:
    contents = Contents(world)
    doors = Doors(
        door=Entrance(world),
        account=contents,
        mailbox=Letterbox(world),
        holdings=contents,
        looks=Seen(world),
        choices=Switches(world),
        requests=Inbox(world),
        devices=Drawer(world),
        notices=Board(world),
        downloads=Shelf(world),
        leave=Exit(world),
    )
    return Portal(
        imprints=imprints or {PROVIDER: IMPRINT},
        doors=doors,
        clock=ManualClock(),
        randomness=SeededRandomness(),
        gpc=b'{"gpc":true}',
    )


def choice(key: str, title: str, *asks: str, given: bool = False) -> Choice:
    refusing = "If you leave it off, nothing else changes."
    since = 1_800_000_000.0 if given else None
    return Choice(key, title, asks, refusing, given, since, "1" * 64, "en", receipt=f"{key}1" if given else "")


def paragraph(heading: str, *sentences: str) -> Paragraph:
    return Paragraph(heading, tuple(Sentence(text, "data.keeps", ("device.name",)) for text in sentences))


def lived_in() -> World:
    """A person with everything: as the pictures show it."""
    push = "We keep your push token while your phone is reachable."
    world = World(
        kept=[
            Kept(
                "sip_address",
                "Your SIP address",
                "The SIP address of your account.",
                ["To set up the account on your devices."],
                ["As long as the account is enrolled."],
                ["The provider's own PBX."],
                1,
                "/privacy/ask/rectification",
                by_asking=True,
            ),
            Kept(
                "push_token",
                "Your push tokens",
                "The address at which a push service reaches one app on one device.",
                ["To wake a sleeping device for a call or message."],
                ["Until push is switched off, or 3 days after the device was last heard of; in no backup."],
                ["The push service of the device's maker."],
                2,
                "",
            ),
            Kept(
                "caller",
                "Who called you",
                "Who calls: the number, address and display name that the call carries.",
                ["To show you calls and messages that came while no device answered."],
                ["Until it was delivered to your devices, 7 days at most."],
                [],
                14,
                "",
            ),
        ],
        rows=[Row([("Address", ADDRESS)], TODAY + dt.timedelta(days=3)), Row([("Address", push)])],
        looks=[
            LookShown(TODAY, "To answer your request of 12 January 2027."),
            LookShown(TODAY - dt.timedelta(days=40), "Phone does not ring: ticket 4711."),
        ],
        choices=[
            choice(
                "logs",
                "Troubleshooting logs",
                "Your app sends the log of a fault to your provider.",
                "It holds full traffic, that of others included, and is erased after 14 days.",
            ),
            choice("contacts", "Contacts", "Your address book is kept in step on all your devices.", given=True),
            choice("marketing", "News by mail", "Your provider writes to you about its own offers.", given=True),
        ],
        devices={
            DeviceId("d1"): DeviceShown(DeviceId("d1"), "Pixel 8 in the kitchen", 1_799_990_000.0, wakeable=True),
            DeviceId("d2"): DeviceShown(DeviceId("d2"), "Desk phone", None),
        },
        passkeys=[PasskeyShown("p1", "My laptop")],
        notice=NoticeShown(
            "ef8c281df971794503b6ab720e089cae" * 2,
            "en",
            [paragraph("What we keep", push, "It is erased three days after the last sign of life.")],
            [paragraph("The service", "We carry your calls.")],
            1_790_000_000.0,
            [
                Coming(
                    "a" * 64,
                    dt.date(2027, 3, 1),
                    ["New recipient: Example Push, in Ireland.", "Kept 30 days longer: who called."],
                    objectable=True,
                )
            ],
            [("b" * 64, dt.date(2026, 5, 1))],
        ),
        downloads=[
            Download(RowId("pack1"), 1_799_900_000.0, 1_799_900_000.0 + 30 * DAY, True, 5, "c0ffee" * 10 + "c0ff"),
            Download(RowId("pack2"), 1_800_000_000.0, 1_800_000_000.0 + 30 * DAY, False),
        ],
        plan=Plan(
            [
                "Your phones stop ringing for calls to 1042@pbx.provider.example.",
                "The list of missed calls is gone.",
                "You can no longer sign in here.",
            ],
            ["The SIP address of your account.", "The address at which a push service reaches one app on one device."],
            [
                Stay(
                    "What stands on an invoice: number, day, who was billed for what, and the amounts.",
                    dt.date(2034, 12, 31),
                    "Section 212 of the Austrian Business Code.",
                )
            ],
            TODAY + dt.timedelta(days=7),
        ),
    )
    for case, made in (
        ("case1", request("case1", Kind.ACCESS, words="Everything, please.")),
        ("case2", request("case2", Kind.RECTIFICATION, state="answered")),
    ):
        world.requests[CaseId(case)] = (ADA, made)
    return world
