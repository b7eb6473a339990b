"""Consent records as ISO/IEC TS 27560:2023 names their fields."""

import json
from pathlib import Path

import pytest

from ringfence.clock import ManualClock
from ringfence.declarations import Category, Keep, Purpose, Record, Registry, Source, personal
from ringfence.identifiers import ProviderId, RecipientId
from ringfence.privacy.consent import Act, Consents, NotOffered, Receipts
from ringfence.privacy.egress import LegalRole, Recipient, Regime
from ringfence.privacy.law import Law
from ringfence.privacy.notices import ProviderPolicy
from tests.unit.privacy.consent.house import CONTACTS, PARTNER, PARTNERS, consents_of, opened, shown
from tests.unit.privacy.installation import PROVIDER

BOOKS = Registry()
LAW = Law.load()
CINEMA = Recipient(
    id=PARTNER, name="Cinema Paradiso", role=LegalRole.CONTROLLER, country="AT", exporter=Regime.EU, flows=frozenset()
)
BANK = Recipient(
    id=RecipientId("bank"), name="Bank", role=LegalRole.CONTROLLER, country="AT", exporter=Regime.EU, flows=frozenset()
)  # fmt: skip


class Book(Record, table="book", number=1, keep=Keep.WHILE_ENROLLED, registry=BOOKS):
    """An address book."""

    name: str = personal(1, Category.NAME, Purpose.SYNC_CONTACTS, Source.PERSON)
    made: str = personal(2, Category.ACTIVITY, Purpose.ENROL, Source.PERSON)


def policy_of(provider: ProviderId) -> ProviderPolicy:
    return ProviderPolicy(
        id=provider, name="Example Telecom", controller="Example Telecom GmbH, Berlin", country="DE",
        privacy_officer="privacy@example.org", supervisory_authority="BfDI", minimum_age=16, hosted_in="FR",
    )  # fmt: skip


def receipts_of(consents: Consents) -> Receipts:
    return Receipts(history=consents, law=LAW, policy=policy_of, recipients=lambda _: [BANK, CINEMA], registry=BOOKS)


@pytest.mark.promise("ZOI-06")
async def test_a_receipt_has_the_fields_of_the_standard_and_goes_on_with_the_consent(tmp_path: Path) -> None:
    clock = ManualClock(1_800_000_000)
    async with opened(tmp_path, clock) as (house, anna):
        consents = consents_of(house)
        event = await consents.give(PROVIDER, anna, PARTNERS, shown=shown(PARTNERS), act=Act.SWITCH, old_enough=True)
        first = await receipts_of(consents).receipt(PROVIDER, anna, event)
        clock.advance(3600)
        await consents.withdraw(PROVIDER, anna, act=Act.LINK)
        second = await receipts_of(consents).receipt(PROVIDER, anna, event)
    read = json.loads(json.dumps(first))
    assert (read["schema_version"], read["record_id"], read["pii_principal_id"]) == (
        "ISO/IEC TS 27560:2023", event, anna,
    )  # fmt: skip
    processing = read["pii_processing"]
    assert processing["privacy_notice"]["version"] == shown(PARTNERS).version
    assert processing["language"] == "en"
    (purpose,) = processing["purposes"]
    assert purpose.keys() == {
        "purpose", "purpose_type", "lawful_basis", "pii_information", "pii_controllers", "collection_method",
        "processing_method", "storage_locations", "retention_period", "processing_locations",
        "geographic_restrictions", "services", "jurisdiction", "recipient_third_parties", "withdrawal_method",
        "privacy_rights", "codes_of_conduct", "impact_assessment", "authority_party",
    }  # fmt: skip
    assert (purpose["purpose_type"], purpose["recipient_third_parties"]) == ("marketing", ["cinema"])
    assert (purpose["storage_locations"], purpose["jurisdiction"]) == (["FR"], "DE")
    assert purpose["withdrawal_method"] == purpose["collection_method"] == "switch"
    controller, partner, authority = read["party_identification"]
    assert (controller["party_contact"], controller["party_role"]) == ("privacy@example.org", "controller")
    assert partner["party_name"] == "Cinema Paradiso"
    assert authority["party_name"] == LAW.country("DE").authority.name
    assert controller.keys() == partner.keys() == authority.keys()
    assert [(each["event_time"], each["event_type"], each["event_state"]) for each in read["events"]] == [
        ("2027-01-15T08:00:00+00:00", "consent_given", "given")
    ]
    later = json.loads(json.dumps(second))
    assert [each["event_type"] for each in later["events"]] == ["consent_given", "consent_withdrawn"]
    assert later["receipt_id"] != read["receipt_id"]
    assert later["record_id"] == read["record_id"]


async def test_the_data_of_a_purpose_comes_from_the_data_map(tmp_path: Path) -> None:
    async with opened(tmp_path) as (house, anna):
        consents = consents_of(house)
        event = await consents.give(PROVIDER, anna, CONTACTS, shown=shown(CONTACTS), act=Act.ANSWER, old_enough=True)
        receipt = json.loads(json.dumps(await receipts_of(consents).receipt(PROVIDER, anna, event)))
    (purpose,) = receipt["pii_processing"]["purposes"]
    assert [data["pii_attribute_id"] for data in purpose["pii_information"]] == ["book.name"]
    assert [party["party_id"] for party in receipt["party_identification"]] == ["controller", "authority"]


async def test_nobody_gets_the_receipt_of_another_and_an_opt_out_has_none(tmp_path: Path) -> None:
    async with opened(tmp_path) as (house, anna):
        boris = await house.enrol("boris@sip.example.org")
        consents = consents_of(house)
        event = await consents.give(PROVIDER, anna, CONTACTS, shown=shown(CONTACTS), act=Act.SWITCH, old_enough=True)
        await consents.opt_out(PROVIDER, anna)
        opted_out = (await consents.history(anna))[-1].id
        receipts = receipts_of(consents)
        for provider, subject, row in (
            (PROVIDER, boris, event),
            (ProviderId("elsewhere"), anna, event),
            (PROVIDER, anna, opted_out),
            (PROVIDER, anna, house.new()),
        ):
            with pytest.raises(NotOffered):
                await receipts.receipt(provider, subject, row)
