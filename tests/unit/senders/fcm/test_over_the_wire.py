"""The sender through the real gate and client, over TLS, against the stand-in."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ringfence.clock import SystemClock
from ringfence.identifiers import ProviderId, RecipientId, SubjectId
from ringfence.privacy.egress import EgressClient, EgressSettings, Gate, LegalRole, MechanismTable, Recipient, Regime
from ringfence.randomness import SystemRandomness
from ringfence.senders.fcm import FCM_ACCESS, FcmSender, FcmSettings, ServiceAccount
from ringfence.services.wake import PUSH_TO_DEVICE, Outcome, Profile, Push, PushKind
from tests.peers.fcm_standin import Answer, FcmStandIn, service_account, standing_in

CLOCK = SystemClock()


@pytest.fixture
async def standin(tmp_path: Path) -> AsyncIterator[FcmStandIn]:
    made = FcmStandIn()
    async with standing_in(tmp_path, made):
        yield made


def client(standin: FcmStandIn, folder: Path, *flows: str) -> EgressClient:
    google = Recipient(
        id=RecipientId("fcm"),
        name="Stand-in",
        role=LegalRole.PROCESSOR,
        country="IE",
        exporter=Regime.EU,
        flows=frozenset(flows),
        contract="test",
        origins=(standin.url,),
    )
    settings = EgressSettings(ca_file=str(folder / "fcm.pem"), answer_seconds=5)
    return Gate([google], MechanismTable.load(), CLOCK, settings=settings).client(google.id)


def sender(standin: FcmStandIn, through: EgressClient) -> FcmSender:
    account = ServiceAccount.from_json(service_account(f"{standin.url}/token"))
    settings = FcmSettings(account, base_url=standin.url)
    return FcmSender(settings, through, clock=CLOCK, randomness=SystemRandomness())


def push() -> Push:
    return Push(
        recipient=RecipientId("fcm"),
        provider=ProviderId("acme"),
        subject=SubjectId("subject"),
        flow=PUSH_TO_DEVICE,
        token="token",
        data={"v": "1"},
        kind=PushKind.CALL,
        profile=Profile.RINGFENCE,
        ttl=30,
        deadline=CLOCK.monotonic() + 30,
    )


@pytest.mark.promise("APP-09")
async def test_a_push_goes_over_a_verified_connection(standin: FcmStandIn, tmp_path: Path) -> None:
    async with client(standin, tmp_path, PUSH_TO_DEVICE.name, FCM_ACCESS.name) as through:
        assert await sender(standin, through).send(push()) is Outcome.ACCEPTED
    assert standin.sent[0].message["token"] == "token"


async def test_a_connection_that_ends_without_an_answer_is_not_tried_again(standin: FcmStandIn, tmp_path: Path) -> None:
    async with client(standin, tmp_path, PUSH_TO_DEVICE.name, FCM_ACCESS.name) as through:
        fcm = sender(standin, through)
        await fcm.check()
        standin.answers.append(Answer(hang_up=True))
        assert await fcm.send(push()) is Outcome.UNKNOWN
    assert standin.sent == []


async def test_nothing_leaves_for_a_recipient_without_the_flow(standin: FcmStandIn, tmp_path: Path) -> None:
    async with client(standin, tmp_path, FCM_ACCESS.name) as through:
        assert await sender(standin, through).send(push()) is Outcome.BLOCKED
    assert standin.sent == []
