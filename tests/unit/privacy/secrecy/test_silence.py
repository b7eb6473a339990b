"""What a person is shown is byte for byte the same with and without an order that forbids to speak."""

import datetime as dt
import io
from collections.abc import Sequence
from pathlib import Path

import pytest

import ringfence.app.records  # noqa: F401 - declares every table: all of them are shown to people
from ringfence.clock import ManualClock
from ringfence.declarations import REGISTRY
from ringfence.identifiers import CaseId, ProviderId, RecipientId, RowId, StaffId, SubjectId
from ringfence.persistence import SubjectGone
from ringfence.privacy.answers import Answers, Letters
from ringfence.privacy.egress import DisclosureLog, LegalRole, Recipient, Regime
from ringfence.privacy.law import Law
from ringfence.privacy.looks import LookReason, Looks
from ringfence.privacy.notices import ProviderPolicy
from ringfence.privacy.packages import Holdings
from ringfence.privacy.packages import Kind as PackageKind
from ringfence.privacy.packages.build import Order, build
from ringfence.privacy.rectification import Outbox, Receipts
from ringfence.privacy.requests.kind import Kind, LetterKind, Outcome
from ringfence.privacy.requests.ports import Writing
from ringfence.privacy.rights import HoldReason, Holds, Verdict
from ringfence.privacy.secrecy import Hidden, OrderKind, ReleaseReason, Secrecy
from ringfence.randomness import SystemRandomness
from tests.unit.privacy.installation import PROVIDER, Installation, installed, prepared
from tests.unit.privacy.rectification.recipients import Known
from tests.unit.privacy.secrecy.orders import OFFICER, POLICE, disclosed, secrecy_of

pytestmark = pytest.mark.usefixtures("each_database")

CLOUD = RecipientId("cloud")
CASE = CaseId("aaaaaaaaaaaaaaaaaaaaaaaaaa")
LAW = Law.load()
DAY = dt.date(2027, 1, 15)
PAPER = "Amtsgericht Berlin, 12 Gs 34/26"


def policy_of(provider: ProviderId) -> ProviderPolicy:
    return ProviderPolicy(
        id=provider, name="Example Telecom", controller="Example Telecom GmbH, Berlin", country="DE",
        privacy_officer="privacy@example.org", supervisory_authority="BfDI", minimum_age=16,
    )  # fmt: skip


def recipient(name: RecipientId) -> Recipient:
    return Recipient(
        id=name, name=str(name).title(), role=LegalRole.CONTROLLER, country="DE", exporter=Regime.EU, flows=frozenset()
    )


def writing(subject: SubjectId, kind: Kind) -> Writing:
    return Writing(
        provider=PROVIDER, subject=subject, case=CASE, about=LetterKind.ANSWER, kind=kind, language="en",
        outcome=Outcome.GRANTED, received=DAY, legal=DAY, promised=DAY, extended=False, exception="", ground="", fee=0,
        recourse="", package=None, follows=None, name="Anna", note="As you asked.", details={},
    )  # fmt: skip


class Everybody:
    """Any member of staff may look."""

    async def check(self, provider: ProviderId, staff: StaffId) -> None:
        return None


class Dry:
    """The verdicts of the real erasures (port `answers.Verdicts`)."""

    def __init__(self, house: Installation) -> None:
        self._erasures = house.erasures(registry=REGISTRY)

    async def verdicts(self, provider: ProviderId, subject: SubjectId, hidden: Hidden) -> Sequence[Verdict]:
        return (await self._erasures.dry_run(provider, subject)).verdicts


class NoCopies:
    async def expires(self, package: RowId, subject: SubjectId) -> float | None:
        raise SubjectGone


class Shown:
    """Everything that faces the person, over one house."""

    def __init__(self, house: Installation) -> None:
        self.house = house
        self.secrecy: Secrecy = secrecy_of(house)
        self.looks = Looks(
            db=house.db, ledger=house.ledger, keyring=house.keyring, lookers=Everybody(), hiding=self.secrecy,
            clock=house.clock, randomness=SystemRandomness(),
        )  # fmt: skip
        self.holds = Holds(
            db=house.db, keyring=house.keyring, ledger=house.ledger, secrecy=self.secrecy, clock=house.clock,
            randomness=SystemRandomness(),
        )  # fmt: skip
        self._answers = Answers(
            db=house.db, letters=Letters(LAW), law=LAW, policy=policy_of, clock=house.clock, secrecy=self.secrecy,
            recipients=lambda _: [recipient(CLOUD), recipient(POLICE)], verdicts=Dry(house), copies=NoCopies(),
            notices=Outbox(
                db=house.db, receipts=Receipts(DisclosureLog(house.db, SystemRandomness())), directory=Known(),
                clock=house.clock,
            ),
        )  # fmt: skip

    async def letters(self, subject: SubjectId) -> list[bytes]:
        written = [await self._answers.write(writing(subject, kind)) for kind in Kind]
        return [f"{letter.title}{letter.text}{letter.html}".encode() for letter in written]

    async def package(self, subject: SubjectId, kind: PackageKind) -> bytes:
        holdings, sink = Holdings(self.house.db, self.house.vault, hidden=self.secrecy), io.BytesIO()
        made = Order(RowId(CASE), PROVIDER, subject, kind, "en", self.house.clock.time())
        await build(holdings, self.house.signer, made, sink, lambda _: None)
        return sink.getvalue()

    async def page(self, subject: SubjectId) -> bytes:
        """Who looked, what is held longer, and how many rows of each kind there are."""
        hidden = await self.secrecy.hidden(PROVIDER, subject)
        async with self.house.db.reading() as unit:
            counts = [await hidden.count(unit, kind, subject) for kind in REGISTRY.about_people()]
        looks, holds = await self.looks.of(PROVIDER, subject), await self.holds.departures(PROVIDER, subject)
        return repr((looks, holds, counts)).encode()

    async def everything(self, subject: SubjectId) -> list[bytes]:
        packages = [await self.package(subject, kind) for kind in PackageKind]
        return [*await self.letters(subject), *packages, await self.page(subject)]


async def looked_at(shown: Shown, subject: SubjectId, order: RowId | None = None) -> None:
    reason = LookReason.SOLVE_FAULT if order is None else LookReason.LEGAL_DEMAND
    await shown.looks.show(PROVIDER, OFFICER, subject, "disclosure", reason=reason, under=order)


async def test_letters_packages_and_page_are_the_same_with_and_without_an_order(tmp_path: Path) -> None:
    clock = ManualClock()
    async with installed(prepared(tmp_path), clock) as house:
        anna = await house.enrol()
        shown = Shown(house)
        await disclosed(house, anna, CLOUD)
        await looked_at(shown, anna)
        before = await shown.everything(anna)
        order = await shown.secrecy.impose(
            PROVIDER, anna, OFFICER, kind=OrderKind.E_EVIDENCE, reference=PAPER, recipients=[POLICE]
        )
        await disclosed(house, anna, POLICE)
        await looked_at(shown, anna, order)
        await shown.holds.place(
            PROVIDER, anna, OFFICER, tables=["disclosure", "look"], reason=HoldReason.PRESERVATION,
            until=dt.date(2027, 3, 15), note="60 days", order=order,
        )  # fmt: skip
        assert await shown.everything(anna) == before
        assert all(b"Police" not in each and b"police" not in each for each in before)
        await shown.secrecy.release(PROVIDER, order, OFFICER, ReleaseReason.LIFTED)
        await shown.holds.disclose(PROVIDER, anna)
        after = await shown.everything(anna)
        copy, page = len(Kind) + list(PackageKind).index(PackageKind.ACCESS), -1
        assert (after[copy] != before[copy], after[page] != before[page]) == (True, True)
        access = after[list(Kind).index(Kind.ACCESS)].decode()
        assert "Police" in access
        assert b"Police" in after[list(Kind).index(Kind.RECIPIENTS)]


async def test_the_check_would_see_a_row_that_is_not_hidden(tmp_path: Path) -> None:
    async with installed(prepared(tmp_path), ManualClock()) as house:
        anna = await house.enrol()
        shown = Shown(house)
        before = await shown.everything(anna)
        await disclosed(house, anna, POLICE)
        await looked_at(shown, anna)
        after = await shown.everything(anna)
        assert after[-1] != before[-1]
        assert after[list(Kind).index(Kind.ACCESS)] != before[list(Kind).index(Kind.ACCESS)]
        assert after[list(Kind).index(Kind.ERASURE)] != before[list(Kind).index(Kind.ERASURE)]
