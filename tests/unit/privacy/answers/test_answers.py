"""What a letter is told of one person, gathered from what is really there."""

import dataclasses
import datetime as dt
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

import ringfence.app.records  # noqa: F401 - declares every table
from ringfence.clock import ManualClock
from ringfence.declarations import REGISTRY
from ringfence.identifiers import CaseId, ProviderId, RecipientId, RowId, StaffId, SubjectId
from ringfence.persistence import Guard, Storage
from ringfence.privacy.answers import Answers, Hearing, Hears, Held, Item, LetterIncomplete, Letters
from ringfence.privacy.consent import Act, Channel, Choice, Feature
from ringfence.privacy.egress import Concerned, Disclosure, DisclosureLog, LegalRole, Recipient, Regime
from ringfence.privacy.notices import NamedRecipient, ProviderPolicy
from ringfence.privacy.rectification import Change, RecipientNotice, State, Way
from ringfence.privacy.requests.kind import Kind, LetterKind, Outcome
from ringfence.privacy.requests.ports import Writer, Writing
from ringfence.privacy.rights import Guardian, Hold, HoldReason, Verdict
from ringfence.privacy.rights import Outcome as Fate
from ringfence.privacy.secrecy import Hidden, OrderKind, SecrecyCover, SecrecyOrder, Veil
from ringfence.randomness import SystemRandomness
from tests.unit.privacy.answers.samples import LAW
from tests.unit.privacy.consent.house import PARTNER, consents_of, shown
from tests.unit.privacy.installation import PROVIDER, Installation, installed, prepared

pytestmark = pytest.mark.usefixtures("each_database")

PUSH, GONE = RecipientId("push"), RecipientId("gone")
RECEIVED = dt.date(2027, 1, 14)
PACKAGE = RowId("bbbbbbbbbbbbbbbbbbbbbbbbbb")


def policy_of(provider: ProviderId) -> ProviderPolicy:
    return ProviderPolicy(
        id=provider, name="Example Telecom", controller="Example Telecom GmbH, Berlin", country="DE",
        privacy_officer="privacy@example.org", supervisory_authority="BfDI", minimum_age=16,
        recipients=(NamedRecipient("Push Inc.", "US", "processor", ("EU-US DPF",)),),
    )  # fmt: skip


def recipients_of(provider: ProviderId) -> list[Recipient]:
    return [
        Recipient(
            id=PUSH, name="Push Inc.", role=LegalRole.PROCESSOR, country="US", exporter=Regime.EU, contract="dpa.pdf",
            flows=frozenset(),
        ),
        Recipient(
            id=PARTNER, name="Cinema Paradiso", role=LegalRole.CONTROLLER, country="DE", exporter=Regime.EU,
            flows=frozenset(),
        ),
    ]  # fmt: skip


class Fates:
    """Verdicts that the erasures would give."""

    def __init__(self) -> None:
        self.verdicts_given: list[Verdict] = []

    async def verdicts(self, provider: ProviderId, subject: SubjectId, hidden: Hidden) -> Sequence[Verdict]:
        return self.verdicts_given


class Noticed:
    """What a request has led to, and what an erasure would."""

    def __init__(self) -> None:
        self.of: list[RecipientNotice] = []
        self.coming: list[RecipientNotice] = []

    async def of_case(self, provider: ProviderId, subject: SubjectId, case: CaseId) -> Sequence[RecipientNotice]:
        return self.of

    async def foreseen(self, provider: ProviderId, subject: SubjectId) -> Sequence[RecipientNotice]:
        return self.coming


def notice(recipient: RecipientId, state: State, way: Way = Way.HAND) -> RecipientNotice:
    day = dt.date(2027, 1, 2).toordinal()
    return RecipientNotice(
        id=RowId("n" * 26), provider=PROVIDER, origin=RowId("o" * 26), recipient=recipient, change=Change.ERASED,
        reference=None, flows="wake.push", tables="", first=day, last=day, state=state, way=way, reason=None, tries=0,
        next_try=0.0, opened=day, closed=None,
    )  # fmt: skip


class OnePackage:
    async def expires(self, package: RowId, subject: SubjectId) -> float | None:
        return 1_800_000_000.0 + 7 * 86_400 if package == PACKAGE else None


def writing(subject: SubjectId, kind: Kind = Kind.ACCESS, **changes: object) -> Writing:
    plain = Writing(
        provider=PROVIDER, subject=subject, case=CaseId("aaaaaaaaaaaaaaaaaaaaaaaaaa"), about=LetterKind.ANSWER,
        kind=kind, language="de", outcome=Outcome.GRANTED, received=RECEIVED, legal=dt.date(2027, 2, 15),
        promised=dt.date(2027, 2, 12), extended=False, exception="", ground="", fee=0, recourse="", package=None,
        follows=None, name="Anna", note="", details={},
    )  # fmt: skip
    return dataclasses.replace(plain, **changes)  # type: ignore[arg-type]  # the caller names fields


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Installation]:
    async with installed(prepared(tmp_path), ManualClock()) as opened:
        yield opened


@pytest.fixture
def fates() -> Fates:
    return Fates()


@pytest.fixture
def noticed() -> Noticed:
    return Noticed()


@pytest.fixture
def answers(house: Installation, fates: Fates, noticed: Noticed) -> Answers:
    return Answers(
        db=house.db, letters=Letters(LAW), law=LAW, policy=policy_of, recipients=recipients_of, secrecy=Veil(house.db),
        verdicts=fates, copies=OnePackage(), notices=noticed, clock=house.clock,
    )  # fmt: skip


async def disclose(house: Installation, subject: SubjectId, recipient: RecipientId, *days: dt.date) -> None:
    log = DisclosureLog(house.db, SystemRandomness())
    for day in days:
        log.note(Concerned(PROVIDER, subject), recipient, "wake.push", day)
    await log.flush()


@pytest.mark.promise("CTP-06", "ZOI-22")
async def test_an_answer_tells_who_received_something_about_this_person_and_no_other(
    house: Installation, answers: Answers
) -> None:
    anna, boris = await house.enrol(), await house.enrol("boris@sip.example.org")
    await disclose(house, anna, PUSH, dt.date(2026, 12, 1), dt.date(2027, 1, 10))
    await disclose(house, anna, GONE, dt.date(2026, 5, 4))
    await disclose(house, boris, PARTNER, dt.date(2027, 1, 2))
    facts = await answers.facts(writing(anna))
    old, push = facts.recipients
    assert (old.name, old.country, old.role) == ("", "", LegalRole.CONTROLLER)
    assert (push.name, push.first, push.last) == ("Push Inc.", dt.date(2026, 12, 1), dt.date(2027, 1, 10))
    assert (push.mechanisms, push.abroad, push.flow) == (("EU-US DPF",), True, "wake.push")
    (his,) = (await answers.facts(writing(boris))).recipients
    assert (his.name, his.abroad) == ("Cinema Paradiso", False)
    assert [held.table for held in facts.held] == ["disclosure"]
    written = await answers.write(writing(anna))
    assert written.title == "Antwort auf Ihre Anfrage: Auskunft über Ihre Daten"
    assert "10. Januar 2027" in written.text
    assert "EU-US DPF" in written.html
    assert "Cinema" not in written.text


async def test_a_letter_says_how_each_recipient_hears_of_the_change(
    house: Installation, answers: Answers, noticed: Noticed
) -> None:
    anna = await house.enrol()
    noticed.of = [notice(PUSH, State.TOLD, Way.OPERATION), notice(PARTNER, State.SENDING, Way.MAIL)]
    noticed.coming = [
        notice(PUSH, State.TOLD, Way.MAIL), notice(PARTNER, State.BY_HAND), notice(GONE, State.IMPOSSIBLE)
    ]  # fmt: skip
    corrected = (await answers.facts(writing(anna, Kind.RECTIFICATION))).hearing
    assert corrected == (Hearing("Push Inc.", Hears.NEEDLESS), Hearing("Cinema Paradiso", Hears.MAIL))
    erased = (await answers.facts(writing(anna, Kind.ERASURE))).hearing
    assert erased == (
        Hearing("Push Inc.", Hears.DONE), Hearing("Cinema Paradiso", Hears.HAND), Hearing("", Hears.CANT),
    )  # fmt: skip
    other = await answers.facts(writing(anna, Kind.ERASURE, about=LetterKind.RECEIVED))
    assert other.hearing == ()


async def test_days_are_those_of_the_providers_country_and_the_copy_says_until_when(
    house: Installation, answers: Answers
) -> None:
    anna = await house.enrol()
    facts = await answers.facts(writing(anna, package=PACKAGE))
    assert (facts.today, facts.ends_on) == (dt.date(2027, 1, 15), dt.date(2027, 1, 22))
    assert (await answers.facts(writing(anna, package=house.new()))).ends_on is None


@pytest.mark.promise("ZOI-06")
async def test_a_withdrawal_is_answered_with_what_was_withdrawn_since_it_was_asked_for(
    house: Installation, answers: Answers
) -> None:
    anna = await house.enrol()
    assert isinstance(house.clock, ManualClock)
    consents = consents_of(house)
    contacts, offers = Choice(Feature.CONTACTS), Choice(Feature.MARKETING, PARTNER, Channel.MAIL)
    for choice in (contacts, offers):
        await consents.give(PROVIDER, anna, choice, shown=shown(choice), act=Act.SWITCH, old_enough=True)
    await consents.withdraw(PROVIDER, anna, contacts, act=Act.SWITCH)
    house.clock.advance(7 * 86_400)
    await consents.withdraw(PROVIDER, anna, act=Act.LETTER)
    asked = writing(anna, Kind.WITHDRAWAL, received=dt.date(2027, 1, 20))
    assert (await answers.facts(asked)).withdrawn == (offers,)
    assert "gegenüber Cinema Paradiso" in (await answers.write(asked)).text
    assert (await answers.facts(writing(anna))).withdrawn == ()


@pytest.mark.promise("ZOI-20")
async def test_the_verdicts_are_told_to_who_asks_for_erasure_and_only_on_what_is_held(
    house: Installation, answers: Answers, fates: Fates
) -> None:
    anna = await house.enrol()
    await disclose(house, anna, PUSH, dt.date(2026, 12, 1))
    fates.verdicts_given = [
        Verdict("disclosure", "flow", "disclosure", Fate.KEPT, 1, dt.date(2027, 3, 1), "17-3-e"),
        Verdict("secrecy_order", "reference", "hold", Fate.ERASED, 1),
    ]
    erasure = await answers.facts(writing(anna, Kind.ERASURE))
    assert [(verdict.table, verdict.outcome) for verdict in erasure.verdicts] == [("disclosure", Fate.KEPT)]
    fates.verdicts_given = [dataclasses.replace(fates.verdicts_given[0], secret=True)]
    told = await answers.facts(writing(anna, Kind.ERASURE))
    assert [(verdict.outcome, verdict.until, verdict.law) for verdict in told.verdicts] == [(Fate.ERASED, None, "")]
    assert (await answers.facts(writing(anna))).verdicts == ()
    received = writing(anna, Kind.ERASURE, about=LetterKind.RECEIVED, outcome=None)
    assert (await answers.facts(received)).verdicts == ()


@pytest.mark.promise("CTP-06")
@pytest.mark.parametrize("secret", [False, True])
async def test_what_is_there_by_a_secret_hold_alone_is_counted_in_no_letter(
    house: Installation, answers: Answers, secret: bool
) -> None:
    anna = await house.enrol()
    await disclose(house, anna, PUSH, dt.date(2026, 12, 1))
    order = SecrecyOrder(
        id=house.new(), provider=PROVIDER, subject=anna, kind=OrderKind.COURT, released=False,
        officer=StaffId("o" * 26), reference="4 Ds 12/27", imposed_at=house.clock.time(),
    )  # fmt: skip
    hold = Hold(
        id=house.new(), provider=PROVIDER, subject=anna, reason=HoldReason.PRESERVATION, until=None, released=False,
        staff=StaffId("o" * 26), secret=secret, tables=("disclosure",), note="", placed=house.clock.time(),
    )  # fmt: skip
    guard = Guard(
        id=house.new(), provider=PROVIDER, subject=anna, table_number=Disclosure.declaration.number,
        storage=Storage.HELD, protects=True, until=None, origin=hold.id, law="17-3-b",
    )  # fmt: skip
    before = {each.table for each in (await answers.facts(writing(anna))).held}
    async with house.db.transaction() as unit:
        await unit.add_all((order, hold) if secret else (hold,))
        await unit.guard(guard)
        if secret:
            await unit.add(_cover(house, order, hold))
    await Guardian(house.db).apply(anna)  # as a sweep leaves what is past its term
    told = {each.table for each in (await answers.facts(writing(anna))).held}
    assert "disclosure" in before
    assert told == (before - {"disclosure"} if secret else before | {"hold"})


def _cover(house: Installation, order: SecrecyOrder, hold: Hold) -> SecrecyCover:
    return SecrecyCover(
        id=house.new(), provider=PROVIDER, subject=order.subject, under=order.id, table="hold", row=hold.id,
        recipient=None,
    )  # fmt: skip


@pytest.mark.promise("CTP-06")
async def test_every_table_of_this_installation_can_be_told_of(house: Installation, answers: Answers) -> None:
    anna = await house.enrol()
    facts = await answers.facts(writing(anna))
    everything = [kind.declaration.name for kind in REGISTRY.about_people()]
    full = dataclasses.replace(facts, held=tuple(Held(table, 1) for table in everything))
    for language in Letters(LAW).languages:
        letter = Letters(LAW).write(full, language)
        categories = {field.says.category for kind in REGISTRY.about_people() for field in kind.declaration.personal}
        assert len(letter.section(Item.CATEGORIES).points) == len(categories)


async def test_a_refusal_without_reasons_is_not_written(house: Installation, answers: Answers) -> None:
    anna = await house.enrol()
    refused = writing(anna, Kind.ERASURE, outcome=Outcome.REFUSED, exception="17-3-e", ground="6-1-c")
    with pytest.raises(LetterIncomplete):
        await answers.write(refused)
    written = await answers.write(dataclasses.replace(refused, note="Ein Rechtsstreit ist anhängig."))
    assert "Ein Rechtsstreit ist anhängig." in written.text


def test_requests_can_use_it_as_their_writer(answers: Answers) -> None:
    writer: Writer = answers
    assert writer is answers
