"""Coming in: what has to hold before anything is written, and what is written then."""

import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from ringfence.declarations import IdentifierKind
from ringfence.identifiers import DeviceId, RowId, SubjectId
from ringfence.privacy.ledger import Event
from ringfence.privacy.rights import Reason
from ringfence.services.enrolment import (
    Agreement,
    Device,
    DeviceToken,
    DomainUnknown,
    NotAuthenticated,
    SipAccount,
    TermsNotAgreed,
    TooManyDevices,
    TooYoung,
)
from ringfence.services.enrolment.provisioning import EMPTY
from ringfence.services.wake import DeviceKeyUnusable, PushInstance, PushTokenUnusable
from tests.unit.services.enrolment.world import NOTICE, PASSWORD, PROVIDER, TERMS, Installation, WrongPassword

pytestmark = pytest.mark.usefixtures("each_database")


def subject_of(house: Installation, user: str = "alice") -> SubjectId:
    found = house.keyring.find(PROVIDER, IdentifierKind.SIP_ADDRESS, f"{user}@pbx.example")
    assert found is not None
    return found


@pytest.mark.promise("ACR-01")
@pytest.mark.parametrize("versions", [{"notice": ""}, {"terms": ""}, {"notice": "c" * 64}, {"terms": "c" * 64}])
async def test_whoever_has_not_agreed_to_the_current_terms_is_refused_and_nothing_is_kept(
    house: Installation, versions: dict[str, str]
) -> None:
    with pytest.raises(TermsNotAgreed) as refused:
        await house.enrolment.enrol(house.application(**versions))  # type: ignore[arg-type]  # all of them are texts
    assert refused.value.http_status == 403
    assert refused.value.facts == {"notice": NOTICE, "terms": TERMS}
    assert house.pbx.asked == 0
    assert await house.rows() == 0
    assert house.keyring.subjects() == []


@pytest.mark.promise("ZOI-25")
async def test_whoever_is_not_old_enough_is_refused_and_nothing_is_kept(house: Installation) -> None:
    with pytest.raises(TooYoung):
        await house.enrolment.enrol(house.application(old_enough=False))
    assert house.pbx.asked == 0
    assert await house.rows() == 0
    assert house.keyring.subjects() == []


@pytest.mark.pitfall(32)
async def test_a_wrong_password_leaves_nothing_behind(house: Installation) -> None:
    with pytest.raises(WrongPassword):
        await house.enrolment.enrol(house.application(password="wrong"))
    assert await house.rows() == 0
    assert house.keyring.subjects() == []
    assert b"push-token-canary" not in house.written()


@pytest.mark.promise("APP-04")
async def test_an_account_that_does_not_use_push_is_not_taken(house: Installation) -> None:
    with pytest.raises(PushTokenUnusable):
        await house.enrolment.enrol(house.application(token=""))
    assert house.pbx.asked == 0
    assert await house.rows() == 0


async def test_a_domain_that_nobody_serves_is_refused(house: Installation) -> None:
    with pytest.raises(DomainUnknown):
        await house.enrolment.enrol(house.application(domain="elsewhere.example"))


async def test_a_key_with_which_no_secret_can_be_agreed_is_refused(house: Installation) -> None:
    with pytest.raises(DeviceKeyUnusable):
        house.wake.check("phone", "token", bytes(32))


async def test_an_enrolment_writes_all_its_rows_and_says_so_in_the_ledger(house: Installation) -> None:
    enrolled = await house.enrolment.enrol(house.application())
    subject = subject_of(house)
    async with house.db.reading() as unit:
        assert [row.address for row in await unit.select(SipAccount, subject=subject)] == ["alice@pbx.example"]
        assert [DeviceId(row.id) for row in await unit.select(Device, subject=subject)] == [enrolled.device]
        (instance,) = await unit.select(PushInstance, subject=subject)
        (agreement,) = await unit.select(Agreement, subject=subject)
    assert instance.token == "push-token-canary"
    assert (agreement.notice_version, agreement.terms_version, agreement.old_enough) == (NOTICE, TERMS, True)
    assert house.ledger.named(Event.NOTICE_SHOWN) == [{"version": NOTICE, "language": "en"}]
    assert house.ledger.named(Event.TERMS_AGREED) == [{"version": TERMS, "language": "en"}]
    assert house.reach.admitted == [subject]
    assert house.reach.devices == {enrolled.device: enrolled.sip_secret}


@pytest.mark.promise("ZOI-02")
@pytest.mark.promise("ACR-08")
async def test_no_file_holds_the_password_the_token_or_a_secret_in_the_clear(house: Installation) -> None:
    enrolled = await house.enrolment.enrol(house.application())
    written = house.written()
    secrets = [PASSWORD, "push-token-canary", "device-name-canary", "alice@pbx.example", "alice"]
    for text in [*secrets, enrolled.sip_secret, enrolled.api_token.partition(".")[2]]:
        for needle in (text.encode(), text.encode("utf-16-le"), text.encode().hex().encode()):
            assert needle not in written


async def test_nothing_of_an_application_shows_in_its_text(house: Installation) -> None:
    application = house.application()
    enrolled = await house.enrolment.enrol(application)
    shown = f"{application!r} {enrolled!r} {house.enrolment!r}"
    for text in ("alice", PASSWORD, "push-token-canary", "device-name-canary", enrolled.sip_secret, enrolled.link):
        assert text not in shown


async def test_the_same_phone_enrolled_twice_is_one_device_with_new_secrets(house: Installation) -> None:
    key = X25519PrivateKey.generate()
    first = await house.enrolment.enrol(house.application(key=key))
    second = await house.enrolment.enrol(house.application(key=key, token="newer"))
    assert second.device == first.device
    assert second.api_token != first.api_token
    async with house.db.reading() as unit:
        assert await unit.count(Device) == 1
        assert await unit.count(DeviceToken) == 1
        assert [row.token for row in await unit.select(PushInstance)] == ["newer"]
    with pytest.raises(NotAuthenticated):
        await house.enrolment.authenticate(first.api_token)
    assert (await house.enrolment.authenticate(second.api_token)).device == first.device


async def test_a_person_has_only_so_many_devices_and_an_old_one_may_still_come_anew(house: Installation) -> None:
    house.enrolment.settings = replace(house.enrolment.settings, devices=2)
    key = X25519PrivateKey.generate()
    await house.enrolment.enrol(house.application(key=key))
    second = await house.enrolment.enrol(house.application())
    with pytest.raises(TooManyDevices) as refused:
        await house.enrolment.enrol(house.application())
    assert refused.value.facts == {"most": 2}
    await house.enrolment.enrol(house.application(key=key))
    await house.enrolment.departures.sign_out(second.device)
    await house.enrolment.enrol(house.application())


async def test_another_phone_with_the_same_password_belongs_to_the_same_person(house: Installation) -> None:
    await house.enrolment.enrol(house.application())
    first = subject_of(house)
    await house.enrolment.enrol(house.application())
    assert subject_of(house) == first
    assert house.rights.asked == []
    async with house.db.reading() as unit:
        assert await unit.count(Device, subject=first) == 2


async def test_whoever_proves_an_address_with_another_password_is_somebody_else(house: Installation) -> None:
    await house.enrolment.enrol(house.application())
    first = subject_of(house)
    house.pbx.password = "given to the next holder"
    await house.enrolment.enrol(house.application(password="given to the next holder"))
    assert subject_of(house) != first
    assert house.rights.asked == [(first, Reason.REASSIGNED)]


async def test_a_new_password_with_a_known_device_is_the_same_person(house: Installation) -> None:
    enrolled = await house.enrolment.enrol(house.application())
    first = subject_of(house)
    house.pbx.password = "changed by the person"
    await house.enrolment.enrol(house.application(password="changed by the person", known_as=enrolled.device))
    assert subject_of(house) == first
    assert house.rights.asked == []


async def test_somebody_elses_device_does_not_open_an_address(house: Installation) -> None:
    await house.enrolment.enrol(house.application())
    first = subject_of(house)
    other = await house.enrolment.enrol(house.application(user="mallory"))
    house.pbx.password = "next"
    await house.enrolment.enrol(house.application(password="next", known_as=other.device))
    assert subject_of(house) != first


async def test_if_writing_fails_the_identifier_does_not_stay(
    house: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise OSError

    monkeypatch.setattr(house.reach, "keep_device", fail)
    with pytest.raises(OSError):  # noqa: PT011 - ours, raised above
        await house.enrolment.enrol(house.application())
    assert house.keyring.find(PROVIDER, IdentifierKind.SIP_ADDRESS, "alice@pbx.example") is None
    assert await house.rows() == 0
    assert len(house.wake) == 0
    assert len(house.enrolment.presence) == 0


@pytest.mark.parametrize("text", ["", "x", "a" * 26 + ".", "a" * 26 + "." + "A" * 43, "ä" * 70])
async def test_a_token_that_we_did_not_give_opens_nothing(house: Installation, text: str) -> None:
    with pytest.raises(NotAuthenticated):
        await house.enrolment.authenticate(text)


async def test_a_device_id_with_another_secret_opens_nothing(house: Installation) -> None:
    enrolled = await house.enrolment.enrol(house.application())
    with pytest.raises(NotAuthenticated):
        await house.enrolment.authenticate(f"{enrolled.device}.{'A' * 43}")


async def test_the_set_up_has_an_entry_for_each_realm_and_leads_through_us(house: Installation) -> None:
    enrolled = await house.enrolment.enrol(house.application())
    root = ET.fromstring(house.enrolment.links.take(enrolled.link.rpartition("/")[2]))  # noqa: S314 - our own
    space = "{http://www.linphone.org/xsds/lpconfig.xsd}"
    sections = {
        section.get("name"): {entry.get("name"): entry.text for entry in section}
        for section in root.iter(f"{space}section")
    }
    assert sections["proxy_0"]["reg_route"] == "<sip:ring.example:5061;transport=tls>"
    assert sections["proxy_0"]["reg_identity"] == "sip:alice@pbx.example"
    assert sections["proxy_0"]["push_parameters"] == "pn-provider=fcm;pn-param=project;pn-prid=push-token-canary;"
    ours, theirs = sections["auth_info_0"], sections["auth_info_1"]
    assert (ours["realm"], ours["userid"], ours["passwd"]) == ("ring.example", enrolled.device, enrolled.sip_secret)
    assert theirs["realm"] == "pbx"
    assert theirs["ha1"] is not None
    assert "passwd" not in theirs


async def test_a_link_gives_its_secret_once_and_an_empty_set_up_afterwards(house: Installation) -> None:
    enrolled = await house.enrolment.enrol(house.application())
    key = enrolled.link.rpartition("/")[2]
    assert house.enrolment.links.take(key) != EMPTY
    assert house.enrolment.links.take(key) == EMPTY
    assert house.enrolment.links.take("guessed") == EMPTY


async def test_a_link_gives_nothing_after_its_minutes(house: Installation) -> None:
    enrolled = await house.enrolment.enrol(house.application())
    house.clock.advance(house.settings.link_seconds)
    assert house.enrolment.links.take(enrolled.link.rpartition("/")[2]) == EMPTY


async def test_only_the_newest_link_of_a_device_works(house: Installation) -> None:
    key = X25519PrivateKey.generate()
    first = await house.enrolment.enrol(house.application(key=key))
    await house.enrolment.enrol(house.application(key=key))
    assert house.enrolment.links.take(first.link.rpartition("/")[2]) == EMPTY
    assert len(house.enrolment.links) == 1


async def test_a_restart_forgets_no_device(house: Installation) -> None:
    enrolled = await house.enrolment.enrol(house.application())
    restarted = house.again()
    await restarted.load()
    known = restarted.presence.get(enrolled.device)
    assert known is not None
    assert known.subject == subject_of(house)
    assert (await restarted.authenticate(enrolled.api_token)).device == enrolled.device


async def test_a_new_push_token_replaces_the_old_one(house: Installation) -> None:
    enrolled = await house.enrolment.enrol(house.application())
    await house.enrolment.change_token(enrolled.device, "fresh")
    async with house.db.reading() as unit:
        instance = await unit.get(PushInstance, RowId(enrolled.device))
    assert instance is not None
    assert instance.token == "fresh"
    assert DeviceId(instance.id) == enrolled.device
