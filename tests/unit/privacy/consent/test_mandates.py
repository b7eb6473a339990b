"""A parent consents for a child once the paper was seen, and nobody else does."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ringfence.declarations import IdentifierKind
from ringfence.identifiers import CaseId, ProviderId, new_id
from ringfence.privacy.consent import Act, By, CaseMandates, ConsentMissing, GuardianUnproven
from ringfence.privacy.requests import Document, HandIn, Identifier, Identify, Kind, Proof, Relation
from ringfence.randomness import SystemRandomness
from tests.unit.privacy.consent.house import CONTACTS, consents_of, shown
from tests.unit.privacy.installation import ADDRESS, PROVIDER
from tests.unit.privacy.requests.bureau import Bureau, bureau

KNOWN = Identifier(IdentifierKind.SIP_ADDRESS, ADDRESS)


@pytest.fixture
async def office(each_database: str, tmp_path: Path) -> AsyncIterator[Bureau]:
    async with bureau(tmp_path / "house") as opened:
        yield opened


async def reported(office: Bureau, relation: Relation) -> CaseId:
    return await office.written(Kind.ACCESS, relation=relation, mandate="birth certificate", identifier=KNOWN)


@pytest.mark.promise("ZOI-25", "CTP-16")
async def test_a_parent_consents_once_the_paper_was_seen_and_takes_it_back_as_easily(office: Bureau) -> None:
    child = await office.subscriber()
    case = await reported(office, Relation.PARENT)
    consents = consents_of(office.house, mandates=CaseMandates(office.house.db))

    async def give() -> None:
        read = shown(CONTACTS)
        await consents.give(PROVIDER, child, CONTACTS, shown=read, act=Act.LETTER, by=By.GUARDIAN, case=case)

    with pytest.raises(GuardianUnproven):
        await give()
    await office.step(case, HandIn(Document.MANDATE))
    with pytest.raises(GuardianUnproven):
        await give()
    await office.step(case, Identify(Proof.DOCUMENTS, child))
    await give()
    async with consents.held(PROVIDER, child, CONTACTS.purpose):
        pass
    assert not await consents.old_enough(child)
    await consents.withdraw(PROVIDER, child, CONTACTS, act=Act.LETTER, by=By.GUARDIAN, case=case)
    with pytest.raises(ConsentMissing):
        async with consents.held(PROVIDER, child, CONTACTS.purpose):
            pass


async def test_a_mandate_is_for_one_person_at_one_provider(office: Bureau) -> None:
    child, other = await office.subscriber(), await office.house.enrol("other@sip.example.org")
    case = await reported(office, Relation.REPRESENTATIVE)
    await office.step(case, HandIn(Document.MANDATE))
    await office.step(case, Identify(Proof.DOCUMENTS, child))
    mandates = CaseMandates(office.house.db)
    assert await mandates.holds(PROVIDER, child, case)
    assert not await mandates.holds(PROVIDER, other, case)
    assert not await mandates.holds(ProviderId("elsewhere"), child, case)
    assert not await mandates.holds(PROVIDER, child, CaseId(new_id(SystemRandomness())))


async def test_an_heir_consents_to_nothing(office: Bureau) -> None:
    gone = await office.subscriber()
    case = await reported(office, Relation.HEIR)
    await office.step(case, HandIn(Document.MANDATE))
    await office.step(case, Identify(Proof.DOCUMENTS, gone))
    assert not await CaseMandates(office.house.db).holds(PROVIDER, gone, case)
