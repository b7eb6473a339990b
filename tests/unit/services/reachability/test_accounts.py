"""Accounts, devices and bindings in memory."""

import tracemalloc

import pytest

from ringfence.identifiers import DeviceId, ProviderId, SubjectId, UpstreamId, new_id
from ringfence.protocols.sip.digest import Algorithm
from ringfence.randomness import SeededRandomness
from ringfence.services.reachability import Account, Accounts, Binding, Device
from tests.doubles.sip_hop import RecordedFlow


def device(name: str, subject: str, secret: bytes = b"1") -> Device:
    return Device(
        id=DeviceId(name), subject=SubjectId(subject), sip_user=name.encode(), ha1_md5=secret, ha1_sha256=secret
    )


def account(subject: str, *devices: Device, contact: bytes = b"") -> Account:
    made = Account(
        subject=SubjectId(subject),
        provider=ProviderId("example"),
        upstream=UpstreamId("pbx"),
        aor=b"alice@pbx.test",
        auth_user=b"alice",
        realm=b"pbx.test",
        algorithm=Algorithm.MD5,
        ha1=b"0" * 32,
        call_id=b"call-id",
        contact_user=contact or subject.encode(),
    )
    made.devices = devices
    return made


def binding(flow: RecordedFlow) -> Binding:
    return Binding(flow=flow, contact=b"sip:alice@192.0.2.9", expires_at=600.0, alive_at=0.0)


class Story:
    """Accounts of which a subscriber writes down what it hears."""

    def __init__(self) -> None:
        self.accounts = Accounts()
        self.told: list[str] = []
        self.accounts.on_binding(lambda owner, who, _binding: self.told.append(f"{owner.subject}/{who.id} woke"))
        self.accounts.on_unbound(lambda owner, who, _binding: self.told.append(f"{owner.subject}/{who.id} sleeps"))


@pytest.fixture
def story() -> Story:
    return Story()


def test_an_account_is_found_by_whatever_a_message_shows(story: Story) -> None:
    phone = device("phone", "s1")
    owner = account("s1", phone, contact=b"opaque")
    story.accounts.add(owner)
    assert story.accounts.by_contact(b"opaque") is owner
    assert story.accounts.by_subject(SubjectId("s1")) is owner
    assert story.accounts.by_sip_user(b"phone") is phone
    assert story.accounts.account_of(phone) is owner
    assert list(story.accounts) == [owner]
    assert story.accounts.by_contact(b"other") is None


def test_a_device_that_wakes_and_sleeps_is_told(story: Story) -> None:
    phone = device("phone", "s1")
    story.accounts.add(account("s1", phone))
    flow = RecordedFlow()
    assert story.accounts.bound(phone, binding(flow)) is None
    assert story.accounts.by_flow(flow) == (phone,)
    former = story.accounts.unbound(phone)
    assert former is not None
    assert former.flow is flow
    assert story.accounts.unbound(phone) is None
    assert story.told == ["s1/phone woke", "s1/phone sleeps"]
    assert story.accounts.by_flow(flow) == ()


def test_two_devices_on_one_flow_leave_it_one_by_one(story: Story) -> None:
    phone, tablet = device("phone", "s1"), device("tablet", "s1")
    story.accounts.add(account("s1", phone, tablet))
    old, new = RecordedFlow(), RecordedFlow()
    story.accounts.bound(phone, binding(old))
    story.accounts.bound(tablet, binding(old))
    story.accounts.bound(phone, binding(new))
    assert story.accounts.by_flow(old) == (tablet,)
    assert story.accounts.by_flow(new) == (phone,)


def test_new_credentials_of_an_account_leave_its_devices_and_bindings_as_they_are(story: Story) -> None:
    phone = device("phone", "s1")
    story.accounts.add(account("s1", phone, contact=b"before"))
    story.accounts.bound(phone, binding(RecordedFlow()))
    newer = account("s1", contact=b"after")
    story.accounts.add(newer)
    assert story.accounts.by_contact(b"before") is None
    assert story.accounts.by_contact(b"after") is newer
    assert newer.devices == (phone,)
    assert phone.binding is not None


def test_a_device_with_a_new_secret_has_to_register_again_and_one_with_the_same_does_not(story: Story) -> None:
    phone = device("phone", "s1")
    owner = account("s1", phone)
    story.accounts.add(owner)
    story.accounts.bound(phone, binding(RecordedFlow()))
    story.accounts.put_device(owner, device("phone", "s1"))
    assert story.accounts.by_sip_user(b"phone") is phone
    newer = device("phone", "s1", b"2")
    story.accounts.put_device(owner, newer)
    assert story.accounts.by_sip_user(b"phone") is newer
    assert owner.devices == (newer,)
    assert story.told == ["s1/phone woke", "s1/phone sleeps"]


def test_a_removed_account_is_found_by_nothing_and_its_devices_sleep(story: Story) -> None:
    phone = device("phone", "s1")
    flow = RecordedFlow()
    story.accounts.add(account("s1", phone, contact=b"opaque"))
    story.accounts.bound(phone, binding(flow))
    gone = story.accounts.remove(SubjectId("s1"))
    assert gone is not None
    assert story.accounts.by_contact(b"opaque") is None
    assert story.accounts.by_sip_user(b"phone") is None
    assert story.accounts.by_flow(flow) == ()
    assert len(story.accounts) == 0
    assert story.told == ["s1/phone woke", "s1/phone sleeps"]
    assert story.accounts.remove(SubjectId("s1")) is None


def test_nothing_in_memory_shows_a_person_when_printed() -> None:
    phone = device("phone", "s1")
    phone.binding = binding(RecordedFlow())
    shown = repr((account("s1", phone), phone, phone.binding))
    assert "alice" not in shown
    assert "000" not in shown


def test_a_sleeping_account_with_a_phone_costs_little_memory() -> None:
    count, chance = 2000, SeededRandomness()
    accounts = Accounts()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for number in range(count):
            subject = new_id(chance)
            owner = account(subject, contact=new_id(chance).encode())
            owner.ha1 = chance.bytes(16).hex().encode()
            owner.call_id = new_id(chance).encode()
            owner.aor = b"user%d@pbx.test" % number
            name = new_id(chance)
            accounts.add(owner)
            secret = chance.bytes(16).hex().encode(), chance.bytes(32).hex().encode()
            phone = Device(
                id=DeviceId(name),
                subject=owner.subject,
                sip_user=name.encode(),
                ha1_md5=secret[0],
                ha1_sha256=secret[1],
            )
            accounts.put_device(owner, phone)
        each = (tracemalloc.get_traced_memory()[0] - before) / count
    finally:
        tracemalloc.stop()
    assert each < 1500
