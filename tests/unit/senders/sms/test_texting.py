"""Text messages through the gate's client, to a stand-in over TLS."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.clock import SystemClock
from ringfence.identifiers import ProviderId, RecipientId, SubjectId
from ringfence.privacy.egress import (
    EgressResponse,
    EgressSettings,
    Gate,
    LegalRole,
    MechanismTable,
    Recipient,
    Regime,
    TransferBlocked,
)
from ringfence.senders.sms import SmsForm, SmsNotSent, SmsSender, SmsSettings, SmsTemplateUnusable
from ringfence.services.signin import PIN_BY_SMS
from tests.peers.sms_standin import SmsStandIn, texting

PROVIDER, ANNA = ProviderId("example"), SubjectId("anna")
NUMBER = "+4930901820"


@pytest.fixture
async def standin(tmp_path: Path) -> AsyncIterator[SmsStandIn]:
    async with texting(tmp_path) as made:
        yield made


async def send(standin: SmsStandIn, folder: Path, number: str = NUMBER, text: str = "123456", **changes: Any) -> None:
    flows = changes.pop("flows", frozenset({PIN_BY_SMS.name}))
    recipient = Recipient(
        id=RecipientId("sms"), name="Texts", role=LegalRole.PROCESSOR, country="DE", exporter=Regime.EU,
        flows=flows, contract="test", origins=(standin.url,),
    )  # fmt: skip
    settings = EgressSettings(ca_file=str(folder / "sms.pem"), answer_seconds=5)
    gate = Gate([recipient], MechanismTable.load(), SystemClock(), settings=settings)
    async with gate.client(recipient.id) as client:
        sender = SmsSender(SmsSettings(**{"url": f"{standin.url}/send", "country": "DE", **changes}), client)
        await sender.send(PROVIDER, ANNA, number, text)


@pytest.mark.promise("APP-09")
async def test_a_message_is_posted_over_tls_as_the_gateway_wants_it(standin: SmsStandIn, tmp_path: Path) -> None:
    template = '{"messages": [{"to": "{number}", "body": "{text}", "from": "Example"}], "flash": false}'
    await send(standin, tmp_path, "030 901820", 'He said "{number}"', template=template, headers={"x-key": "k"})
    ((headers, body),) = standin.asked
    assert headers["x-key"] == "k"
    assert headers["content-type"] == "application/json"
    assert json.loads(body) == {
        "messages": [{"to": NUMBER, "body": 'He said "{number}"', "from": "Example"}], "flash": False,
    }  # fmt: skip


async def test_a_gateway_may_want_a_form_and_numbers_without_plus(standin: SmsStandIn, tmp_path: Path) -> None:
    await send(standin, tmp_path, text="a&b=c ä", form=SmsForm.FORM, plus=False)
    ((_, body),) = standin.asked
    assert parse_qs(body.decode()) == {"to": [NUMBER[1:]], "text": ["a&b=c ä"]}


@pytest.mark.parametrize("status", [301, 400, 401, 429, 500])
async def test_what_the_gateway_does_not_take_was_not_sent_and_is_not_tried_again(
    standin: SmsStandIn, tmp_path: Path, status: int
) -> None:
    standin.status = status
    with pytest.raises(SmsNotSent) as fault:
        await send(standin, tmp_path)
    assert fault.value.facts == {"status": status}
    assert len(standin.asked) == 1


@pytest.mark.parametrize("number", ["", "x", "nobody@pbx.example", "0", "+", "+49", "1" * 40])
async def test_for_what_is_no_possible_number_nothing_leaves(standin: SmsStandIn, tmp_path: Path, number: str) -> None:
    with pytest.raises(SmsNotSent):
        await send(standin, tmp_path, number)
    assert standin.asked == []


async def test_nothing_leaves_that_the_gate_does_not_permit(standin: SmsStandIn, tmp_path: Path) -> None:
    with pytest.raises(TransferBlocked):
        await send(standin, tmp_path, flows=frozenset())
    with pytest.raises(TransferBlocked):
        await send(standin, tmp_path, url="https://127.0.0.1:1/elsewhere")
    assert standin.asked == []


class Recorded:
    """A client that keeps what it is given."""

    def __init__(self) -> None:
        self.body = b""

    async def post(self, *_: object, content: bytes = b"", **__: object) -> EgressResponse:
        self.body = content
        return EgressResponse(200, {}, b"")


@pytest.mark.parametrize(
    ("template", "form"),
    [
        ("", SmsForm.JSON), ("[]", SmsForm.JSON), ('"{number}{text}"', SmsForm.JSON), ("{}", SmsForm.JSON),
        ('{"to": "{number}"}', SmsForm.JSON), ('{"to": "{text}"}', SmsForm.JSON), ("\ud800", SmsForm.JSON),
        ('{"to": ["{number}"], "text": "{text}"}', SmsForm.FORM),
    ],
)  # fmt: skip
def test_a_template_that_can_not_work_is_told_at_the_start(template: str, form: SmsForm) -> None:
    with pytest.raises(SmsTemplateUnusable):
        SmsSender(SmsSettings(url="https://sms.example/", template=template, form=form), Recorded())


@given(st.text(max_size=300))
def test_no_text_changes_what_the_gateway_is_asked(text: str) -> None:
    text = text.encode("utf-8", "replace").decode()
    client = Recorded()
    asyncio.run(SmsSender(SmsSettings(url="https://sms.example/"), client).send(PROVIDER, ANNA, NUMBER, text))
    assert json.loads(client.body) == {"to": NUMBER, "text": text}
    client = Recorded()
    sender = SmsSender(SmsSettings(url="https://sms.example/", form=SmsForm.FORM), client)
    asyncio.run(sender.send(PROVIDER, ANNA, NUMBER, text))
    assert parse_qs(client.body.decode(), keep_blank_values=True) == {"to": [NUMBER], "text": [text]}
