"""The portal's joints over real rooms: what a person sees is what is there."""

import datetime as dt
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest

from ringfence.app.portal import (
    CountedLeave,
    PortalAccount,
    PortalChoices,
    PortalDownloads,
    PortalHoldings,
    PortalLeave,
    PortalLooks,
    PortalMailbox,
    PortalNotices,
    PortalRequests,
    WhatStops,
)
from ringfence.app.records import DECLARING
from ringfence.app.telling import Recipients
from ringfence.declarations import IdentifierKind
from ringfence.identifiers import CaseId, ProviderId, RowId, StaffId, SubjectId, UpstreamId, new_id
from ringfence.privacy.access import Means, Session
from ringfence.privacy.consent import Consents, NotOffered
from ringfence.privacy.egress import DisclosureLog, Gate
from ringfence.privacy.looks import LookReason, Looks
from ringfence.privacy.notices import Announcements, Editions, Notices, Person
from ringfence.privacy.packages import Holdings, Packages, Transmissions, Workshop
from ringfence.privacy.rectification import Correctable, Outbox, Receipts, Rectifications
from ringfence.privacy.requests import AskMeaning, Channel, Document, Kind, Proof, Requests, State
from ringfence.privacy.requests.records import CaseOutline
from ringfence.privacy.restriction import Ground, Restrictions
from ringfence.privacy.rights import CountryStatutes, Erasures, Reason
from ringfence.privacy.secrecy import OrderKind, Secrecy
from ringfence.randomness import SystemRandomness
from ringfence.services.calls.records import MissedCall
from ringfence.services.enrolment import Device, MailAddress, MailAddresses, MailAddressUnusable, Phase, SipAccount
from ringfence.services.enrolment.records import Agreement
from ringfence.web.look import Document as Upload
from ringfence.web.portal import Written
from tests.unit.privacy.consent.house import CONTACTS, EVERYTHING, OURS, consents_of
from tests.unit.privacy.consent.test_receipt import receipts_of
from tests.unit.privacy.installation import PROVIDER, Installation
from tests.unit.privacy.notices.texts import POLICY, changed
from tests.unit.privacy.requests.bureau import LAW, Bureau, bureau

assert DECLARING
ADDRESS = "1042@pbx.provider.example"
CALLER = "sip:mallory@elsewhere.example"
STAFF = StaffId(new_id(SystemRandomness()))


class Office:
    """Ports `Lookers` and `Officers`: one member of staff, who may everything."""

    async def check(self, provider: ProviderId, staff: StaffId) -> None: ...

    async def is_officer(self, provider: ProviderId, staff: StaffId) -> bool:
        return True


@dataclass
class House:
    bureau: Bureau
    person: Session
    secrecy: Secrecy

    @property
    def kernel(self) -> Installation:
        return self.bureau.house

    def erasures(self) -> Erasures:
        kernel = self.kernel
        return Erasures(
            db=kernel.db, keyring=kernel.keyring, tombstones=kernel.tombstones, ledger=kernel.ledger,
            signer=kernel.signer, departures=(), clock=kernel.clock, randomness=SystemRandomness(),
            consequences=(WhatStops(kernel.db),),
        )  # fmt: skip

    def corrections(self) -> Rectifications:
        """Names of phones and mail addresses by people themselves, as the server joins it."""
        kernel = self.kernel
        return Rectifications(
            db=kernel.db, ledger=kernel.ledger,
            outbox=Outbox(
                db=kernel.db, receipts=Receipts(DisclosureLog(kernel.db, SystemRandomness())),
                directory=Recipients([]), clock=kernel.clock,
            ),
            statutes=CountryStatutes(LAW, {PROVIDER: "DE"}), services=(),
            clock=kernel.clock, randomness=SystemRandomness(),
            correctables=(Correctable(Device, "name", str), Correctable(MailAddress, "address", str)),
        )  # fmt: skip

    def holdings(self) -> PortalHoldings:
        inner = Holdings(self.kernel.db, self.kernel.vault, hidden=self.secrecy)
        return PortalHoldings(self.kernel.db, inner, self.secrecy, self.corrections())


def choices_of(consents: Consents) -> PortalChoices:
    return PortalChoices(consents, receipts_of(consents))


async def enrolled(kernel: Installation) -> SubjectId:
    """A person with an account, an agreement, and calls that they missed."""
    subject, now = SubjectId(kernel.new()), kernel.clock.time()
    kernel.keyring.bind(PROVIDER, IdentifierKind.SIP_ADDRESS, ADDRESS, subject)
    async with kernel.db.transaction() as unit:
        await unit.add(
            SipAccount(
                id=kernel.new(),
                upstream=UpstreamId("pbx"),
                address=ADDRESS,
                mark=b"",
                provider=PROVIDER,
                subject=subject,
            )
        )
        await unit.add(
            Agreement(
                id=kernel.new(), notice_version="1" * 64, terms_version="2" * 64, language="en",
                agreed_at=now - 86_400.0, old_enough=True, provider=PROVIDER, subject=subject,
            )
        )  # fmt: skip
        for _ in range(3):
            call = MissedCall(
                id=kernel.new(),
                due=now + 86_400,
                at=now,
                caller_name="",
                caller_uri=CALLER,
                provider=PROVIDER,
                subject=subject,
            )
            await unit.add(call)
    return subject


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with bureau(tmp_path / "house") as made:
        kernel = made.house
        person = Session(PROVIDER, await enrolled(kernel), Means.PASSWORD, kernel.clock.time())
        secrecy = Secrecy(
            db=kernel.db, ledger=kernel.ledger, officers=Office(), clock=kernel.clock, randomness=SystemRandomness()
        )
        yield House(made, person, secrecy)


# What is kept ---------------------------------------------------------------------------------------------------------


@pytest.mark.promise("ZOI-16")
async def test_a_person_sees_each_kind_that_is_held_with_why_until_when_and_for_whom(house: House) -> None:
    kept = {kind.key: kind for kind in await house.holdings().kept(house.person, "en")}
    assert {"sip_address", "agreement", "caller", "call_time"} <= kept.keys()
    assert kept["sip_address"].title == "Your SIP address"
    assert kept["sip_address"].correct == ""  # it leads to the person: nobody can correct it
    assert kept["agreement"].correct == ""
    assert "The provider's own PBX." in kept["sip_address"].receivers
    assert kept["caller"].rows == 3
    assert kept["caller"].until == ["Until it was delivered to the person's devices, 7 days at most."]
    german = {kind.key: kind for kind in await house.holdings().kept(house.person, "de")}
    assert german["caller"].what != kept["caller"].what
    assert german["caller"].title == "Wer Sie angerufen hat"


async def test_a_correction_is_offered_only_where_somebody_can_make_it(house: House) -> None:
    kernel = house.kernel
    device = Device(
        id=kernel.new(), provider=PROVIDER, subject=house.person.subject, due=None, phase=Phase.LIVE, name="Kitchen",
        public_key=b"key",
    )  # fmt: skip
    async with kernel.db.transaction() as unit:
        await unit.add(device)
    await PortalMailbox(MailAddresses(kernel.db)).keep(house.person, "ada@mail.example")
    kept = {kind.key: (kind.correct, kind.by_asking) for kind in await house.holdings().kept(house.person, "en")}
    assert kept["device"] == ("/privacy/devices", False)
    assert kept["contact_detail"] == ("/privacy/contact", False)
    assert kept["caller"] == ("/privacy/ask/rectification", True)
    assert {kept[key] for key in ("device_key", "sip_address", "agreement")} == {("", False)}


async def test_values_are_shown_row_by_row_and_no_other_persons(house: House) -> None:
    stranger = Session(PROVIDER, SubjectId("nobody"), Means.PIN, 0.0)
    (address,) = await house.holdings().rows(house.person, "sip_address", "en", skip=0, most=10)
    assert address.values == [("address", ADDRESS)]
    rows = await house.holdings().rows(house.person, "caller", "en", skip=1, most=1)
    assert len(rows) == 1
    assert rows[0].values[1] == ("caller uri", CALLER)
    assert rows[0].until is not None
    assert await house.holdings().rows(stranger, "sip_address", "en", skip=0, most=10) == []
    (agreement,) = await house.holdings().rows(house.person, "agreement", "en", skip=0, most=10)
    assert ("agreed at", "28 February 2027, 09:00 UTC") in agreement.values


async def test_somebody_is_known_by_address_since_they_agreed(house: House) -> None:
    account = await PortalAccount(house.kernel.db).of(house.person)
    assert account.address == ADDRESS
    assert account.since == house.kernel.clock.time() - 86_400.0


class Nobody:
    """Ports `Informer` and `Observes` of restrictions: nobody has to be told here."""

    def __getattr__(self, name: str) -> object:
        async def nothing(*_: object, **__: object) -> None: ...

        return nothing


async def test_people_see_their_own_data_also_while_it_is_only_stored(house: House) -> None:
    kernel = house.kernel
    restrictions = Restrictions(
        db=kernel.db, keyring=kernel.keyring, ledger=kernel.ledger, informer=Nobody(), observers=(),  # type: ignore[arg-type]  # tells nobody
        standing=kernel.standing, clock=kernel.clock, randomness=SystemRandomness(),
    )  # fmt: skip
    await restrictions.restrict(PROVIDER, house.person.subject, ground=next(iter(Ground)), tables=["sip_account"])
    async with kernel.db.reading() as unit:
        assert await unit.select(SipAccount, subject=house.person.subject) == []
    assert (await PortalAccount(kernel.db).of(house.person)).address == ADDRESS
    (address,) = await house.holdings().rows(house.person, "sip_address", "en", skip=0, most=10)
    assert address.values == [("address", ADDRESS)]
    assert "restriction" in {kind.key for kind in await house.holdings().kept(house.person, "en")}


async def test_what_an_order_hides_is_neither_counted_nor_shown(house: House) -> None:
    async with house.kernel.db.reading() as unit:
        calls = await unit.select(MissedCall, subject=house.person.subject)
    await house.secrecy.impose(
        PROVIDER, house.person.subject, STAFF, kind=next(iter(OrderKind)), reference="file 1", records=calls[:1]
    )
    kept = {kind.key: kind for kind in await house.holdings().kept(house.person, "en")}
    assert kept["caller"].rows == 2
    assert len(await house.holdings().rows(house.person, "caller", "en", skip=0, most=10)) == 2


async def test_each_look_of_the_staff_is_told_with_its_reason(house: House) -> None:
    kernel = house.kernel
    looks = Looks(
        db=kernel.db, ledger=kernel.ledger, keyring=kernel.keyring, lookers=Office(), hiding=house.secrecy,
        clock=kernel.clock, randomness=SystemRandomness(),
    )  # fmt: skip
    assert await PortalLooks(looks).of(house.person, "en") == []
    for reason in LookReason:
        await looks.show(PROVIDER, STAFF, house.person.subject, "sip_account", reason=reason)
    for language in ("en", "de"):
        told = await PortalLooks(looks).of(house.person, language)
        assert len({look.purpose for look in told}) == len(LookReason)
    assert str(STAFF) not in repr(told)


async def test_a_mail_address_is_kept_and_taken_back(house: House) -> None:
    mailbox = PortalMailbox(MailAddresses(house.kernel.db))
    assert await mailbox.of(house.person) == ""
    await mailbox.keep(house.person, "ada@mail.example")
    assert await mailbox.of(house.person) == "ada@mail.example"
    with pytest.raises(MailAddressUnusable):
        await mailbox.keep(house.person, "nowhere")
    await mailbox.keep(house.person, "")
    assert await mailbox.of(house.person) == ""


# Choices --------------------------------------------------------------------------------------------------------------


@pytest.mark.promise("APP-05")
async def test_every_choice_is_off_and_goes_on_and_off_by_itself(house: House) -> None:
    choices = choices_of(consents_of(house.kernel))
    shown = await choices.of(house.person, "en", gpc=False)
    assert len({choice.key for choice in shown}) == len(shown) == len(EVERYTHING)
    assert not any(choice.given for choice in shown)
    assert await choices.age_asked(house.person) == 16
    one = next(choice for choice in shown if choice.key == "contacts")
    await choices.give(house.person, one.key, version=one.version, language="en", old_enough=True, gpc=False)
    assert [each.key for each in await choices.of(house.person, "en", gpc=False) if each.given] == ["contacts"]
    assert await choices.age_asked(house.person) is None
    await choices.withdraw(house.person, "contacts")
    assert not any(choice.given for choice in await choices.of(house.person, "en", gpc=False))


async def test_a_yes_has_a_receipt_for_whoever_gave_it_alone(house: House) -> None:
    choices = choices_of(consents_of(house.kernel))
    one = next(each for each in await choices.of(house.person, "en", gpc=False) if each.key == "contacts")
    assert one.receipt == ""
    await choices.give(house.person, one.key, version=one.version, language="en", old_enough=True, gpc=False)
    given = next(each for each in await choices.of(house.person, "en", gpc=False) if each.key == "contacts")
    receipt = json.loads(await choices.receipt(house.person, given.receipt))
    assert receipt["schema_version"] == "ISO/IEC TS 27560:2023"
    assert receipt["record_id"] == given.receipt
    stranger = Session(PROVIDER, SubjectId("nobody"), Means.PIN, 0.0)
    with pytest.raises(NotOffered):
        await choices.receipt(stranger, given.receipt)


async def test_global_privacy_control_takes_marketing_off_the_page(house: House) -> None:
    choices = choices_of(consents_of(house.kernel))
    assert not [each for each in await choices.of(house.person, "en", gpc=True) if each.key.startswith("marketing")]


async def test_what_is_no_longer_asked_for_can_still_be_switched_off(house: House) -> None:
    before = choices_of(consents_of(house.kernel))
    one = next(each for each in await before.of(house.person, "en", gpc=False) if each.key == "contacts")
    await before.give(house.person, one.key, version=one.version, language="en", old_enough=True, gpc=False)
    later = choices_of(consents_of(house.kernel, choices=(OURS,)))
    shown = await later.of(house.person, "en", gpc=False)
    (left,) = [choice for choice in shown if choice.key == "contacts"]
    assert left.given
    assert not left.offered
    await later.withdraw(house.person, "contacts")
    assert CONTACTS.feature.value not in [each.key for each in await later.of(house.person, "en", gpc=False)]


# Requests -------------------------------------------------------------------------------------------------------------


def requests_of(house: House, country: str = "DE") -> PortalRequests:
    return PortalRequests(house.bureau.requests, LAW, {PROVIDER: country}, house.kernel.clock)


async def test_the_dates_on_the_page_are_those_of_the_case(house: House) -> None:
    asking = requests_of(house)
    promise = asking.promise(PROVIDER, Kind.ACCESS)
    assert promise.legal == dt.date(2027, 4, 1)
    assert asking.promise(PROVIDER, Kind.COMPLAINT).legal > promise.legal
    case = await asking.ask(house.person, Kind.ACCESS, "All of it.", {}, "en")
    shown = await asking.one(house.person, case, "en")
    assert shown is not None
    assert (shown.promised, shown.legal, shown.words) == (promise.promised, promise.legal, "All of it.")
    assert shown.open
    assert [each.id for each in await asking.of(house.person)] == [case]


async def test_a_request_is_told_from_beginning_to_end_with_our_letters(house: House) -> None:
    asking = requests_of(house)
    case = await asking.ask(house.person, Kind.COMPLAINT, "It rang at night.", {}, "en")
    await house.bureau.requests.resume()
    shown = await asking.one(house.person, case, "en")
    assert shown is not None
    assert shown.letters[0].title == "About complaint"
    assert shown.steps[0].day == dt.date(2027, 3, 1)
    assert shown.can_take_back
    await asking.take_back(house.person, case)
    over = await asking.one(house.person, case, "en")
    assert over is not None
    assert (over.state, over.open, over.can_take_back) == (State.TAKEN_BACK.value, False, False)


async def test_a_person_answers_what_was_asked_about_their_request(house: House) -> None:
    asking = requests_of(house)
    case = await asking.ask(house.person, Kind.OBJECTION, "Not that.", {"what": "calls"}, "en")
    await house.bureau.step(case, AskMeaning("Which calls?"))
    shown = await asking.one(house.person, case, "en")
    assert shown is not None
    assert shown.can_answer
    await asking.answer(house.person, case, "Those of May.")
    later = await asking.one(house.person, case, "en")
    assert later is not None
    assert not later.can_answer


async def test_another_persons_request_is_as_if_it_were_not_there(house: House) -> None:
    asking = requests_of(house)
    case = await asking.ask(house.person, Kind.ACCESS, "", {}, "en")
    other = Session(PROVIDER, SubjectId(house.kernel.new()), Means.PIN, 0.0)
    assert await asking.one(other, case, "en") is None
    assert await asking.one(house.person, CaseId("none"), "en") is None
    assert await asking.of(other) == []


def letter(identifier: str, **more: object) -> Written:
    values = {
        "provider": PROVIDER, "kind": Kind.ACCESS, "relation": "self", "name": "Eve", "contact": "eve@example.org",
        "identifier": identifier, "words": "What do you hold?", "mandate": "", "language": "en", "documents": (),
    }  # fmt: skip
    return Written(**(values | more))  # type: ignore[arg-type]  # fields by name


@pytest.mark.promise("ZOI-18")
async def test_a_letter_becomes_a_request_of_whoever_wrote_it_and_proves_nothing(house: House) -> None:
    asking = requests_of(house)
    case = await asking.written(letter(ADDRESS))
    view = await house.bureau.requests.case(PROVIDER, case)
    assert view.summary.proof is Proof.NONE
    assert view.subject != house.person.subject
    assert view.candidate == house.person.subject
    assert await asking.one(house.person, case, "en") is None
    for identifier in ("", "+49 30 901820"):
        assert await asking.written(letter(identifier))


async def test_a_letter_by_somebody_elses_hand_brings_its_mandate_along(house: House) -> None:
    mandate = (Document.MANDATE.value, Upload("application/pdf", b"%PDF-1.7 mandate"))
    case = await requests_of(house).written(
        letter(ADDRESS, relation="representative", mandate="Signed on 1 March 2027", documents=(mandate,))
    )
    view = await house.bureau.requests.case(PROVIDER, case)
    assert view.documents == (Document.MANDATE,)


@pytest.mark.parametrize("country", ["DE", "ES", "FR", "BG", "CZ", "AT"])
def test_copies_are_asked_for_only_where_the_country_allows_them(house: House, country: str) -> None:
    allowed = set(requests_of(house, country).documents(PROVIDER))
    rules = LAW.country(country).documents
    assert allowed == (set(rules.kinds) if rules.copy_allowed else set()) | {"mandate"}
    assert allowed <= set(Document)


# Leaving --------------------------------------------------------------------------------------------------------------


@pytest.mark.promise("ZOI-20")
async def test_the_plan_says_what_stops_and_what_goes_and_leaving_does_it(house: House) -> None:
    erasures = house.erasures()
    leaving = PortalLeave(
        db=house.kernel.db, erasures=erasures, rights=erasures, secrecy=house.secrecy, law=LAW,
        clock=house.kernel.clock,
    )  # fmt: skip
    plan = await leaving.plan(house.person, "en")
    assert len(plan.stops) == 3
    assert any("no longer ring" in sentence for sentence in plan.stops)
    assert "Your SIP address" in plan.goes
    assert plan.until == dt.date(2027, 3, 8)
    erasure = await leaving.leave(house.person)
    under_way = await leaving.gone(erasure, "en")
    assert under_way is not None
    assert not under_way.certified
    assert await leaving.certificate(erasure) is None
    await erasures.resume()
    done = await leaving.gone(erasure, "de")
    assert done is not None
    assert done.certified
    assert b"certificate" in (await leaving.certificate(erasure) or b"")
    assert await leaving.gone(RowId("unknown"), "en") is None
    assert await leaving.certificate(RowId("unknown")) is None


class Refusing:
    """Port `Rights` of a process that is killed before the erasure begins."""

    async def request(self, provider: ProviderId, subject: SubjectId, reason: Reason) -> RowId:
        raise SystemExit


class Unwritable:
    """Requests whose database takes nothing."""

    async def departs(self, provider: ProviderId, subject: SubjectId, channel: Channel) -> None:
        raise OSError


async def test_whoever_leaves_is_counted_once_as_granted_on_the_same_day(house: House) -> None:
    erasures, requests = house.erasures(), house.bureau.requests
    leave, year = CountedLeave(erasures, requests), requests.desk.today(PROVIDER).year
    first = await leave.request(PROVIDER, house.person.subject, Reason.ASKED)
    assert await leave.request(PROVIDER, house.person.subject, Reason.ASKED) == first
    counted = (await requests.figures(PROVIDER, year)).kinds[Kind.ERASURE]
    assert (counted.received, counted.granted, counted.automatic, counted.median_days) == (1, 1, 1, 0)
    await erasures.resume()
    assert (await requests.figures(PROVIDER, year)).kinds[Kind.ERASURE] == counted


async def test_a_leave_that_is_killed_halfway_begins_by_itself(house: House) -> None:
    with pytest.raises(SystemExit):
        await CountedLeave(Refusing(), house.bureau.requests).request(PROVIDER, house.person.subject, Reason.ASKED)
    async with house.kernel.db.reading() as unit:
        (outline,) = await unit.select(CaseOutline, provider=PROVIDER)
    assert outline.erasing == house.person.subject  # what `Requests.work` begins, as after any granted erasure


async def test_nobodys_leaving_waits_for_a_figure(house: House) -> None:
    erasures = house.erasures()
    leave = CountedLeave(erasures, cast("Requests", Unwritable()))
    erasure = await leave.request(PROVIDER, house.person.subject, Reason.ASKED)
    assert (await erasures.status(erasure)).id == erasure


# Notices and packages -------------------------------------------------------------------------------------------------


class Enrolled:
    """Port `People`: one person."""

    def __init__(self, person: Person) -> None:
        self._person = person

    async def of(self, provider: ProviderId) -> AsyncIterator[Person]:
        yield self._person

    async def one(self, provider: ProviderId, subject: SubjectId) -> Person | None:
        return self._person if subject == self._person.subject else None


@pytest.mark.promise("ZOI-23")
async def test_what_is_coming_is_shown_with_its_differences_and_can_be_objected_to(house: House) -> None:
    kernel, clock = house.kernel, house.bureau.clock
    editions = Editions(kernel.db, kernel.ledger, clock)
    first = Notices([POLICY]).edition(PROVIDER)
    await editions.publish(PROVIDER, first)
    erasures = house.erasures()
    announcements = Announcements(
        db=kernel.db, ledger=kernel.ledger, editions=editions,
        people=Enrolled(Person(house.person.subject, "en", first.versions)), mailer=None, rights=erasures,
        clock=clock, randomness=SystemRandomness(),
    )  # fmt: skip
    notices = PortalNotices(announcements, editions, kernel.db, clock)
    now = await notices.of(house.person, "de")
    assert (now.language, now.coming, now.past) == ("de", [], [])
    assert now.agreed == kernel.clock.time() - 86_400.0
    clock.advance(60)
    await editions.publish(PROVIDER, Notices([changed(minimum_age=18)]).edition(PROVIDER))
    (coming,) = (await notices.of(house.person, "en")).coming
    assert coming.objectable
    assert coming.changes
    assert coming.day >= dt.date(2027, 4, 1)
    await notices.seen(house.person, coming.version)
    erasure = await notices.object(house.person, coming.version)
    assert (await erasures.status(erasure)).requested == clock.time()


def no_gate(_provider: ProviderId) -> Gate:
    raise AssertionError


async def test_a_package_is_listed_streamed_to_its_owner_and_to_nobody_else(house: House, tmp_path: Path) -> None:
    kernel = house.kernel
    folder = tmp_path / "packages"
    shop = Workshop(
        db=kernel.db, holdings=Holdings(kernel.db, kernel.vault, hidden=house.secrecy), signer=kernel.signer,
        folder=folder, clock=kernel.clock, randomness=SystemRandomness(),
    )  # fmt: skip
    packages = Packages(
        db=kernel.db, ledger=kernel.ledger, builder=shop, folder=folder, clock=kernel.clock,
        randomness=SystemRandomness(),
    )  # fmt: skip
    sent = Transmissions(kernel.db, kernel.ledger, packages, no_gate, kernel.clock, SystemRandomness())
    downloads = PortalDownloads(packages, sent)
    package = await packages.prepare(PROVIDER, house.person.subject)
    (waiting,) = await downloads.of(house.person)
    assert not waiting.ready
    await packages.resume()
    (ready,) = await downloads.of(house.person)
    whole = b"".join([piece async for piece in downloads.stream(house.person, package)])
    assert ready.ready
    assert whole.startswith(b"PK")
    assert len(whole) == ready.bytes
    await packages.shred(package, subject=house.person.subject)
    assert await downloads.of(house.person) == []
