"""What the portal asks of the rest of the server, in a page's words; `app` joins them.

`Session` is the person: one subject of one provider. Texts come in the language that is asked for. Every port answers
about that person only; what is not theirs is as if it were not there.
"""

import datetime as dt
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, final

from ringfence.identifiers import CaseId, DeviceId, ProviderId, RowId
from ringfence.privacy.access import Session
from ringfence.privacy.notices import Paragraph
from ringfence.privacy.requests import Kind
from ringfence.web.look import Document

__all__ = [
    "Account",
    "AccountShown",
    "Choice",
    "Choices",
    "Coming",
    "DeviceShown",
    "Devices",
    "Door",
    "Doors",
    "Download",
    "Downloads",
    "Gone",
    "Holdings",
    "Kept",
    "Leave",
    "Letter",
    "LookShown",
    "Looks",
    "Mailbox",
    "NoticeShown",
    "Notices",
    "PasskeyShown",
    "Plan",
    "Promise",
    "Question",
    "Request",
    "Requests",
    "Row",
    "Section",
    "Sending",
    "Stay",
    "Step",
    "Written",
]


@final
@dataclass(frozen=True, slots=True)
class Question:
    """A challenge for an authenticator: a ticket that comes back, and the options that the browser is given."""

    ticket: str = field(repr=False)
    options: Mapping[str, object]


@final
@dataclass(frozen=True, slots=True)
class PasskeyShown:
    id: str
    name: str = field(repr=False)


class Door(Protocol):
    """Signing in. Each way in gives the id of a session, for the cookie, or raises a RingfenceError."""

    def who(self, session: str) -> Session | None: ...

    def leave(self, session: str) -> None: ...

    async def by_password(self, address: str, auth_user: str, password: str, source: str) -> str: ...

    async def ask_pin(self, provider: ProviderId, number: str, source: str, language: str) -> str:
        """A ticket that comes back with the PIN, whether or not anybody has the number."""
        ...

    async def by_pin(self, ticket: str, pin: str, source: str) -> str: ...

    def passkey_question(self, provider: ProviderId) -> Question: ...

    async def by_passkey(self, ticket: str, answer: str, source: str) -> str: ...

    async def passkeys(self, person: Session) -> Sequence[PasskeyShown]: ...

    async def passkey_offer(self, person: Session, name: str) -> Question: ...

    async def add_passkey(self, person: Session, ticket: str, answer: str, name: str) -> None: ...

    async def remove_passkey(self, person: Session, passkey: str) -> None: ...


@final
@dataclass(frozen=True, slots=True)
class AccountShown:
    """Who somebody is to us. `since` is in epoch seconds."""

    address: str = field(repr=False)
    since: float


class Account(Protocol):
    async def of(self, person: Session) -> AccountShown: ...


class Mailbox(Protocol):
    """Where the person wants to be written to."""

    async def of(self, person: Session) -> str:
        """Empty where they gave no address."""
        ...

    async def keep(self, person: Session, address: str) -> None:
        """An empty one takes it back. Raises a RingfenceError of code `mail_address_unusable`."""
        ...


@final
@dataclass(frozen=True, slots=True)
class Kept:
    """One kind of data that is held about the person. `key` names it in addresses of pages.

    `title` speaks to the person; everything else is in whole sentences.
    """

    key: str
    title: str
    what: str
    why: Sequence[str]
    until: Sequence[str]
    receivers: Sequence[str]
    """Who else has it; empty: nobody."""
    rows: int
    correct: str = ""
    """The page on which it is corrected; empty for what nobody can correct: evidence, keys, who the person is to us."""
    by_asking: bool = False
    """Somebody has to be asked to correct it."""


@final
@dataclass(frozen=True, slots=True)
class Row:
    """One thing that is held: values as text, each under what it is, and the day on which it goes at the latest."""

    values: Sequence[tuple[str, str]] = field(repr=False)
    until: dt.date | None = None


class Holdings(Protocol):
    async def kept(self, person: Session, language: str) -> Sequence[Kept]: ...

    async def rows(self, person: Session, key: str, language: str, *, skip: int, most: int) -> Sequence[Row]:
        """At most so many; secrets that work like a password are named and not shown."""
        ...


@final
@dataclass(frozen=True, slots=True)
class LookShown:
    """That a member of staff looked: when and what for, never who."""

    day: dt.date
    purpose: str


class Looks(Protocol):
    async def of(self, person: Session, language: str) -> Sequence[LookShown]:
        """Latest first."""
        ...


@final
@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to say yes or no to. `version` and `language` say which words stood there when it was said."""

    key: str
    title: str
    asks: Sequence[str]
    refusing: str
    given: bool
    since: float | None
    version: str
    language: str
    offered: bool = True
    ending: bool = False
    receipt: str = ""
    """The id of the receipt for the yes that stands; empty where none does."""


class Choices(Protocol):
    async def of(self, person: Session, language: str, *, gpc: bool) -> Sequence[Choice]:
        """`gpc`: the browser says `Sec-GPC: 1`."""
        ...

    async def age_asked(self, person: Session) -> int | None:
        """The age in years that has to be said before the first yes; None where it was said before."""
        ...

    async def give(
        self, person: Session, key: str, *, version: str, language: str, old_enough: bool, gpc: bool
    ) -> None: ...

    async def withdraw(self, person: Session, key: str) -> None:
        """Nothing happens where it does not stand."""
        ...

    async def withdraw_all(self, person: Session) -> None: ...

    async def receipt(self, person: Session, receipt: str) -> bytes:
        """JSON with the fields of ISO/IEC TS 27560. Raises a RingfenceError where it is not theirs."""
        ...


@final
@dataclass(frozen=True, slots=True)
class Promise:
    """Until when somebody who asks today has an answer: what we promise, and the last day that the law gives."""

    promised: dt.date
    legal: dt.date


@final
@dataclass(frozen=True, slots=True)
class Step:
    day: dt.date
    state: str
    """A name of `requests.State`."""


@final
@dataclass(frozen=True, slots=True)
class Section:
    """One part of a letter, in the order of its fields."""

    heading: str = ""
    sentences: Sequence[str] = field(default=(), repr=False)
    points: Sequence[str] = field(default=(), repr=False)


@final
@dataclass(frozen=True, slots=True)
class Letter:
    """Something that we wrote to the person."""

    title: str
    sections: Sequence[Section] = field(repr=False)


@final
@dataclass(frozen=True, slots=True)
class Request:
    """One request as the person sees it. `letters` are what we wrote, oldest first, each in its sections."""

    id: CaseId
    kind: Kind
    state: str
    open: bool
    received: dt.date
    promised: dt.date
    legal: dt.date
    days_left: int
    words: str = field(default="", repr=False)
    steps: Sequence[Step] = ()
    letters: Sequence[Letter] = ()
    downloads: Sequence[RowId] = ()
    can_take_back: bool = False
    can_answer: bool = False
    """We asked what the person means, and wait."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A request by somebody who has not signed in: everything here is what a stranger typed."""

    provider: ProviderId
    kind: Kind
    relation: str
    """A name of `requests.Relation`."""
    name: str = field(repr=False)
    contact: str = field(repr=False)
    identifier: str = field(repr=False)
    """The SIP address or number that it is about."""
    words: str = field(repr=False)
    mandate: str = field(repr=False)
    language: str
    documents: Sequence[tuple[str, Document]] = field(repr=False)
    """With what each is: a name of `requests.Document`."""


class Requests(Protocol):
    def promise(self, provider: ProviderId, kind: Kind) -> Promise: ...

    async def ask(
        self, person: Session, kind: Kind, words: str, details: Mapping[str, str], language: str
    ) -> CaseId: ...

    async def of(self, person: Session) -> Sequence[Request]:
        """Latest first, without letters."""
        ...

    async def one(self, person: Session, case: CaseId, language: str) -> Request | None:
        """None where there is none of that id, or it is somebody else's."""
        ...

    async def take_back(self, person: Session, case: CaseId) -> None: ...

    async def answer(self, person: Session, case: CaseId, words: str) -> None:
        """What the person meant. Raises a RingfenceError where nothing was asked, or it is not theirs."""
        ...

    async def written(self, written: Written) -> CaseId: ...

    def documents(self, provider: ProviderId) -> Sequence[str]:
        """Kinds of which a copy may be sent, where the law of the provider's country allows copies."""
        ...


@final
@dataclass(frozen=True, slots=True)
class DeviceShown:
    """A phone. `seen` (epoch seconds) is when it was last heard of, None where that is not known.

    `wakeable`: whether a push can wake it. `test` is how the last test within the hour stands (a word of `TrialState`),
    empty where there was none; `seconds` how long it took to come.
    """

    id: DeviceId
    name: str = field(repr=False)
    seen: float | None
    wakeable: bool = False
    test: str = ""
    seconds: int = 0


class Devices(Protocol):
    async def of(self, person: Session) -> Sequence[DeviceShown]: ...

    async def rename(self, person: Session, device: DeviceId, name: str) -> None: ...

    async def sign_out(self, person: Session, device: DeviceId) -> None: ...

    async def ring(self, person: Session, device: DeviceId) -> bool:
        """Wake it as for a call. False if it can't be woken."""
        ...


@final
@dataclass(frozen=True, slots=True)
class Coming:
    """A version that is announced: from which day it holds for this person, and what it changes, in plain words."""

    version: str
    day: dt.date
    changes: Sequence[str]
    objectable: bool
    """Something weighs in it: who objects leaves, and what is held about them is erased."""


@final
@dataclass(frozen=True, slots=True)
class NoticeShown:
    """What holds now. `agreed` (epoch seconds) is when the person agreed to the terms."""

    version: str
    language: str
    notice: Sequence[Paragraph]
    terms: Sequence[Paragraph]
    agreed: float | None
    coming: Sequence[Coming] = ()
    past: Sequence[tuple[str, dt.date]] = ()
    """Earlier versions, with the day from which each held."""


class Notices(Protocol):
    async def of(self, person: Session, language: str) -> NoticeShown: ...

    async def seen(self, person: Session, version: str) -> None:
        """The person was shown what is coming; if nobody told them before, their month begins now."""
        ...

    async def object(self, person: Session, version: str) -> RowId:
        """Objects to announced terms, which ends the contract; the id of the erasure. Raises a RingfenceError."""
        ...


@final
@dataclass(frozen=True, slots=True)
class Download:
    """A package. `bytes` is 0 while it is being made; after `until` (epoch seconds) it is gone."""

    id: RowId
    made: float
    until: float
    ready: bool
    bytes: int = 0
    sha256: str = ""


@final
@dataclass(frozen=True, slots=True)
class Sending:
    """A package that the person asked to have sent to another provider's `host`. `state` is a `TransmissionPhase`."""

    id: RowId
    host: str = field(repr=False)
    state: str


class Downloads(Protocol):
    async def of(self, person: Session) -> Sequence[Download]:
        """Latest first."""
        ...

    async def sendings(self, person: Session) -> Sequence[Sending]:
        """What waits for the person's confirmation, and what became of the rest."""
        ...

    async def send(self, person: Session, sending: RowId) -> None:
        """They have confirmed: it goes, once. Raises a RingfenceError where nothing of that id waits."""
        ...

    def stream(self, person: Session, download: RowId) -> AsyncIterator[bytes]:
        """The ZIP, piece by piece. Raises a RingfenceError before the first piece where there is none."""
        ...


@final
@dataclass(frozen=True, slots=True)
class Stay:
    """What the law makes the provider keep: until which day, under which law; in whole words."""

    what: str
    until: dt.date | None
    law: str


@final
@dataclass(frozen=True, slots=True)
class Plan:
    """What leaving would do, before it is done. `until` is the day by which everything else is gone."""

    stops: Sequence[str]
    goes: Sequence[str]
    stays: Sequence[Stay]
    until: dt.date


@final
@dataclass(frozen=True, slots=True)
class Gone:
    """How an erasure stands: whoever knows its id may ask, since the person can't sign in any more."""

    id: RowId
    asked: float
    until: float
    certified: bool
    stays: Sequence[Stay]


class Leave(Protocol):
    async def plan(self, person: Session, language: str) -> Plan: ...

    async def leave(self, person: Session) -> RowId:
        """Begins the erasure and ends the sessions; its id is random and says nothing about the person."""
        ...

    async def gone(self, erasure: RowId, language: str) -> Gone | None: ...

    async def certificate(self, erasure: RowId) -> bytes | None:
        """The signed statement (JSON), once there is one."""
        ...


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """Everything that stands behind the portal."""

    door: Door
    account: Account
    mailbox: Mailbox
    holdings: Holdings
    looks: Looks
    choices: Choices
    requests: Requests
    devices: Devices
    notices: Notices
    downloads: Downloads
    leave: Leave
