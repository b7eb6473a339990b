"""The owner's phone opens what the server seals, and nothing else."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from ringfence.clock import ManualClock
from ringfence.demo.owner import Doors, Owner, SealedBadly
from ringfence.demo.phone import Account
from ringfence.demo.push_service import Pushed, PushService
from ringfence.demo.stage import trusting
from ringfence.identifiers import CallRef
from ringfence.randomness import SeededRandomness
from ringfence.services.wake import Caller, Profile, box
from ringfence.services.wake import payload as payloads

REF = CallRef("abcdefghijklmnopqrstuvwxyz")


@pytest.fixture
def owner() -> Owner:
    randomness = SeededRandomness(1)
    push = PushService(clock=ManualClock(), randomness=randomness)
    account = Account("ada", "demo.example", "ada", "secret")
    return Owner(account, Doors("https://127.0.0.1:1", trusting(None)), push, randomness, device="engine")


def pushed(owner: Owner, ref: CallRef = REF, sealed_for: CallRef = REF) -> Pushed:
    key = X25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(owner.public_key + "="))
    sealed = box.seal(key, sealed_for, Caller("Charles", "charles@demo.example"))
    data = payloads.call(Profile.RINGFENCE, ref, 1_800_000_045, box=sealed, call_id="x")
    return Pushed({}, data, b"")


def test_the_phone_reads_who_calls_from_the_box(owner: Owner) -> None:
    caller = owner.open_box(pushed(owner))
    assert (caller.name, caller.address) == ("Charles", "charles@demo.example")
    assert "Charles" not in repr(caller)


def test_a_box_of_another_call_does_not_open(owner: Owner) -> None:
    with pytest.raises(SealedBadly):
        owner.open_box(pushed(owner, sealed_for=CallRef("other")))


def test_a_damaged_box_does_not_open(owner: Owner) -> None:
    with pytest.raises(SealedBadly):
        owner.open_box(Pushed({}, {"call": REF, "box": "AAAA"}, b""))
