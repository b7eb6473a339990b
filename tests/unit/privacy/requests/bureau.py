"""A provider's privacy office for tests: the kernel in a folder, requests on top, and doubles of all its ports."""

import datetime as dt
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from ringfence.clock import ManualClock
from ringfence.declarations import IdentifierKind
from ringfence.errors import PeerFault
from ringfence.identifiers import CaseId, ProviderId, RowId, StaffId, SubjectId, new_id
from ringfence.privacy.law import Law
from ringfence.privacy.requests import (
    Asked,
    By,
    CaseView,
    Channel,
    Kind,
    LetterKind,
    Post,
    Posting,
    Progress,
    Proof,
    Reminder,
    RequestPolicy,
    Requests,
    Stage,
    Step,
    UnknownPolicy,
    When,
    Work,
    Writing,
    Written,
)
from ringfence.privacy.requests.ports import Executor
from ringfence.randomness import SystemRandomness
from tests.unit.privacy.installation import ADDRESS, PROVIDER, Installation, installed, prepared

LAW = Law.load()
DAY = 86_400.0
START = dt.datetime(2027, 3, 1, 9, 0, tzinfo=dt.UTC).timestamp()
POLICY = RequestPolicy(country="DE", recourse="Schlichtungsstelle Telekommunikation")


def _staff() -> StaffId:
    return StaffId(new_id(SystemRandomness()))


ANN, BOB, CLEO = _staff(), _staff(), _staff()
BY_ANN, BY_BOB = By.member(ANN), By.member(BOB)


class Failure(PeerFault):
    code = "executor_failed"


@dataclass
class Doing:
    """An executor that remembers, and fails as often as it is told."""

    works: list[Work] = field(default_factory=list)
    failures: int = 0
    progress: Progress = field(default_factory=Progress)
    does: Callable[[Work], None] = lambda _: None

    async def carry_out(self, work: Work) -> Progress:
        if self.failures:
            self.failures -= 1
            raise Failure
        self.works.append(work)
        self.does(work)
        return self.progress


@dataclass
class Clerk:
    """Writes letters that say what they were told."""

    wrote: list[Writing] = field(default_factory=list)

    async def write(self, writing: Writing) -> Written:
        self.wrote.append(writing)
        text = f"{writing.about} {writing.kind} {writing.outcome} {writing.exception} {writing.note}"
        return Written(f"About {writing.kind}", text, f"<p>{writing.about}</p>")


@dataclass
class Mails:
    sent: list[Posting] = field(default_factory=list)
    failures: int = 0

    async def send(self, posting: Posting) -> None:
        if self.failures:
            self.failures -= 1
            raise Failure
        self.sent.append(posting)


@dataclass
class Told:
    reminders: list[Reminder] = field(default_factory=list)

    async def remind(self, reminder: Reminder) -> None:
        self.reminders.append(reminder)


@dataclass
class Bureau:
    """All of it."""

    house: Installation
    clock: ManualClock
    requests: Requests
    does: dict[Stage, Doing]
    writer: Clerk
    mails: Mails
    told: Told
    policy: RequestPolicy
    served: dict[ProviderId, RequestPolicy]

    async def subscriber(self, address: str = ADDRESS) -> SubjectId:
        return await self.house.enrol(address)

    async def signed_in(self, subject: SubjectId, kind: Kind = Kind.ACCESS, **more: object) -> CaseId:
        """A request out of the portal."""
        asked = Asked(
            provider=PROVIDER, kind=kind, channel=Channel.PORTAL, subject=subject, proof=Proof.SESSION, language="en"
        )
        return await self.requests.receive(replace(asked, **more))  # type: ignore[arg-type]  # fields by name

    async def written(self, kind: Kind = Kind.ACCESS, **more: object) -> CaseId:
        """A request on the form without sign-in."""
        asked = Asked(
            provider=PROVIDER, kind=kind, channel=Channel.FORM, name="Anna Example", contact="anna@mail.example",
            text="I want to know what you hold.",
        )  # fmt: skip
        return await self.requests.receive(replace(asked, **more))  # type: ignore[arg-type]  # fields by name

    async def step(self, case: CaseId, step: Step, by: By = BY_ANN) -> None:
        await self.requests.step(PROVIDER, case, step, by)

    async def view(self, case: CaseId) -> CaseView:
        return await self.requests.case(PROVIDER, case)

    async def letters(self, case: CaseId) -> list[LetterKind]:
        return [letter.about for letter in (await self.view(case)).letters]

    def pass_days(self, days: float) -> None:
        self.clock.advance(days * DAY)


def executors(does: dict[Stage, Doing]) -> dict[Stage, Executor]:
    return dict(does)


@asynccontextmanager
async def bureau(
    folder: Path,
    *,
    clock: ManualClock | None = None,
    policy: RequestPolicy = POLICY,
    at: Callable[[Stage, When], None] = lambda _, __: None,
    post: Post | None = None,
    others: Mapping[Stage, Executor] | None = None,
) -> AsyncIterator[Bureau]:
    clock = clock or ManualClock(START)
    does = {stage: Doing() for stage in Stage}
    does[Stage.PACKAGE].progress = Progress(package=RowId(new_id(SystemRandomness())))
    writer, mails, told = Clerk(), Mails(), Told()

    served = {PROVIDER: policy}

    def policies(provider: ProviderId) -> RequestPolicy:
        if provider not in served:
            raise UnknownPolicy
        return served[provider]

    async with installed(prepared(folder), clock) as house:
        joined: dict[Stage, Executor] = {**does, **(others or {})}
        requests = Requests(
            db=house.db, keyring=house.keyring, ledger=house.ledger, law=LAW, clock=clock,
            randomness=SystemRandomness(), policies=policies, executors=joined, writer=writer, post=post or mails,
            reminders=told, at=at,
        )  # fmt: skip
        yield Bureau(house, clock, requests, does, writer, mails, told, policy, served)


__all__ = [
    "ADDRESS", "ANN", "BOB", "BY_ANN", "BY_BOB", "CLEO", "DAY", "LAW", "POLICY", "PROVIDER", "START", "Bureau",
    "Doing", "Failure", "IdentifierKind", "bureau",
]  # fmt: skip
