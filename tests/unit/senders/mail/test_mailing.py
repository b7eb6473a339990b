"""Mail over a real connection to a small relay, through the real gate."""

import asyncio
import email
import email.policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.clock import ManualClock, day_of
from ringfence.declarations import Flow
from ringfence.identifiers import ProviderId, RecipientId, SubjectId
from ringfence.privacy.egress import (
    Concerned,
    Gate,
    LegalRole,
    MechanismTable,
    Recipient,
    Regime,
    TransferBlocked,
)
from ringfence.randomness import SeededRandomness
from ringfence.senders.mail import (
    ANNOUNCEMENT_BY_MAIL,
    ANSWER_BY_MAIL,
    STAFF_BY_MAIL,
    MailAddressUnusable,
    MailNotSent,
    MailNotSetUp,
    MailSender,
    MailSettings,
    Security,
    Way,
)
from ringfence.senders.mail.message import compose, one_address
from tests.doubles.small_relay import SmallRelay, relaying

PROVIDER, ANNA, RELAY = ProviderId("example"), SubjectId("anna"), RecipientId("relay")
SENDER = "privacy@provider.example"
TO = "anna.example@mail.example"
CLOCK = ManualClock()


class Noted:
    """Port `Disclosures`."""

    def __init__(self) -> None:
        self.notes: list[tuple[SubjectId, RecipientId, str]] = []

    def note(self, concerned: Concerned, recipient: RecipientId, flow: str, day: object) -> None:
        assert day == day_of(CLOCK.time())
        self.notes.append((concerned.subject, recipient, flow))


def gate(noted: Noted, *flows: Flow, country: str = "DE") -> Gate:
    recipient = Recipient(
        id=RELAY,
        name="Relay",
        role=LegalRole.PROCESSOR,
        country=country,
        exporter=Regime.EU,
        flows=frozenset(flow.name for flow in flows),
        contract="test",
    )
    return Gate([recipient], MechanismTable.load(), CLOCK, disclosures=noted)


class Post:
    """A sender for one relay, and what the gate noted."""

    def __init__(self, relay: SmallRelay, folder: Path, *, country: str = "DE", **changes: Any) -> None:
        self.noted = Noted()
        facts: dict[str, Any] = {
            "host": "127.0.0.1",
            "port": relay.port,
            "sender": SENDER,
            "sender_name": "Example Telephone",
            "recipient": RELAY,
            "security": Security.TLS if relay.implicit else Security.STARTTLS,
            "ca_file": str(folder / "relay.pem"),
            "seconds": 5.0,
            **changes,
        }
        settings = MailSettings(**facts)
        way = Way(settings, gate(self.noted, ANSWER_BY_MAIL, ANNOUNCEMENT_BY_MAIL, country=country))
        self.sender = MailSender({PROVIDER: way}, CLOCK, SeededRandomness(1))

    async def send(self, **changes: Any) -> None:
        facts: dict[str, Any] = {
            "to": TO,
            "subject": "Your request",
            "text": "Dear Anna,\nhere it is.\n",
            "html": "<p>Dear Anna</p>",
            "concerned": ANNA,
            **changes,
        }
        await self.sender.send(PROVIDER, **facts)


def read(relay: SmallRelay) -> EmailMessage:
    (envelope,) = relay.mails
    parsed = email.message_from_bytes(envelope.data, policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


@pytest.mark.promise("APP-09")
@pytest.mark.parametrize("implicit", [True, False])
async def test_a_mail_arrives_encrypted_as_text_and_html_and_the_disclosure_is_noted(
    tmp_path: Path, implicit: bool
) -> None:
    async with relaying(tmp_path, implicit=implicit) as relay:
        post = Post(relay, tmp_path)
        await post.send(flow=ANNOUNCEMENT_BY_MAIL)
    (envelope,) = relay.mails
    assert (envelope.sender, envelope.to, envelope.encrypted) == (SENDER, [TO], True)
    mail = read(relay)
    assert mail["From"] == f"Example Telephone <{SENDER}>"
    assert mail["Auto-Submitted"] == "auto-generated"
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content().splitlines() == ["Dear Anna,", "here it is."]
    assert "<p>Dear Anna</p>" in html.get_content()
    assert post.noted.notes == [(ANNA, RELAY, "mail.announcement")]
    assert set(relay.names) == {"provider.example"}


async def test_headers_name_nobody_but_sender_and_recipient(tmp_path: Path) -> None:
    async with relaying(tmp_path) as relay:
        await Post(relay, tmp_path).send()
    headers = {name.lower() for name in read(relay)}
    assert headers == {
        "from", "to", "subject", "date", "message-id", "auto-submitted", "mime-version", "content-type",
    }  # fmt: skip


async def test_a_mail_that_is_tried_again_has_the_same_id_and_others_have_random_ones(tmp_path: Path) -> None:
    async with relaying(tmp_path) as relay:
        post = Post(relay, tmp_path)
        for given_id in ("abc", "abc", "", "", "<x@y>\r\nBcc: z"):
            await post.send(id=given_id)
    ids = [email.message_from_bytes(each.data)["Message-ID"] for each in relay.mails]
    assert ids[0] == ids[1] == "<abc@provider.example>"
    assert len(set(ids)) == 4
    assert all(each.endswith("@provider.example>") and each.count("@") == 1 for each in ids)


@pytest.mark.promise("APP-09")
async def test_a_relay_that_offers_no_encryption_gets_nothing(tmp_path: Path) -> None:
    async with relaying(tmp_path, offers_tls=False) as relay:
        post = Post(relay, tmp_path)
        with pytest.raises(MailNotSent) as fault:
            await post.send()
    assert fault.value.facts == {"problem": "SMTPNotSupportedError"}
    assert not fault.value.sent
    assert relay.mails == []
    assert post.noted.notes == []


@pytest.mark.promise("APP-09")
@pytest.mark.parametrize("implicit", [True, False])
async def test_a_relay_whose_certificate_does_not_hold_gets_nothing(tmp_path: Path, implicit: bool) -> None:
    async with relaying(tmp_path, implicit=implicit) as relay:
        post = Post(relay, tmp_path, ca_file=None)
        with pytest.raises(MailNotSent):
            await post.send()
    other = tmp_path / "other"
    other.mkdir()
    async with relaying(other, name="mail.elsewhere.example", implicit=implicit) as relay:
        with pytest.raises(MailNotSent):
            await Post(relay, other).send()
    assert relay.mails == []


async def test_the_relay_is_logged_in_to_and_a_wrong_password_is_no_secret_told(tmp_path: Path) -> None:
    async with relaying(tmp_path, user="ringfence", password="let me in") as relay:
        await Post(relay, tmp_path, user="ringfence", password="let me in").send()
        wrong = Post(relay, tmp_path, user="ringfence", password="let me out")
        with pytest.raises(MailNotSent) as fault:
            await wrong.send()
    assert relay.logins[0] == "ringfence"
    assert len(relay.mails) == 1
    assert "let me" not in str(fault.value)
    assert wrong.noted.notes == []


async def test_a_refused_recipient_has_been_disclosed_all_the_same_and_is_named_in_no_error(tmp_path: Path) -> None:
    async with relaying(tmp_path, refuses="550 no anna.example here") as relay:
        post = Post(relay, tmp_path)
        with pytest.raises(MailNotSent) as fault:
            await post.send()
    assert fault.value.sent
    assert "anna" not in f"{fault.value}{fault.value.__context__ if not fault.value.__suppress_context__ else ''}"
    assert post.noted.notes == [(ANNA, RELAY, "mail.answer")]


async def test_a_connection_that_breaks_is_a_fault_that_may_be_tried_again(tmp_path: Path) -> None:
    async with relaying(tmp_path, hangs_up=True) as relay:
        with pytest.raises(MailNotSent):
            await Post(relay, tmp_path).send()
    with pytest.raises(MailNotSent) as fault:
        await Post(relay, tmp_path).send()  # nobody listens there any more
    assert not fault.value.sent


async def test_what_the_gate_does_not_permit_is_not_even_connected_for(tmp_path: Path) -> None:
    async with relaying(tmp_path) as relay:
        with pytest.raises(TransferBlocked):
            await Post(relay, tmp_path).send(flow=STAFF_BY_MAIL)  # not in the recipient's contract
        with pytest.raises(TransferBlocked):
            await Post(relay, tmp_path, country="US").send()  # no mechanism
    assert relay.names == []


async def test_a_mail_to_nobody_in_particular_is_in_no_disclosure_log(tmp_path: Path) -> None:
    async with relaying(tmp_path) as relay:
        post = Post(relay, tmp_path)
        await post.send(concerned=None)
    assert post.noted.notes == []


async def test_a_provider_without_a_relay_sends_nothing() -> None:
    sender = MailSender({}, CLOCK, SeededRandomness(1))
    assert not sender.has(PROVIDER)
    with pytest.raises(MailNotSetUp):
        await sender.send(PROVIDER, TO, "subject", "text")


async def test_many_mails_at_once_all_arrive(tmp_path: Path) -> None:
    async with relaying(tmp_path) as relay:
        post = Post(relay, tmp_path)
        await asyncio.gather(*(post.send() for _ in range(12)))
    assert len(relay.mails) == 12


def test_an_authority_that_can_not_be_read_is_told_at_the_start(tmp_path: Path) -> None:
    settings = MailSettings(host="h", sender=SENDER, recipient=RELAY, ca_file=str(tmp_path / "none.pem"))
    with pytest.raises(MailNotSetUp):
        MailSender({PROVIDER: Way(settings, gate(Noted()))}, CLOCK, SeededRandomness(1))
    bad = MailSettings(host="h", sender="not an address", recipient=RELAY)
    with pytest.raises(MailAddressUnusable):
        MailSender({PROVIDER: Way(bad, gate(Noted()))}, CLOCK, SeededRandomness(1))
    assert "secret" not in repr(MailSettings(host="h", sender=SENDER, recipient=RELAY, password="secret"))


# What strangers may write


@pytest.mark.parametrize(
    "address",
    [
        "", "anna", "@mail.example", "anna@", "anna@mail", "a@b@mail.example", "anna@mail.example, eve@evil.example",
        "anna@mail.example\r\nBcc: eve@evil.example", "anna@mail.example\n", "<anna@mail.example>",
        "Anna <anna@mail.example>", '"anna eve"@mail.example', "anna@[192.0.2.1]", "@relay:anna@mail.example",
        "anna%evil@mail.example>", "anna@mail..example", ".anna@mail.example", "änna@mail.example",
        "anna@mail.example\x00", "a" * 65 + "@mail.example", "a@" + "b" * 260 + ".example", "anna@-mail.example",
    ],
)  # fmt: skip
def test_what_is_not_one_plain_address_is_refused(address: str) -> None:
    with pytest.raises(MailAddressUnusable):
        one_address(address)


@pytest.mark.parametrize("address", [TO, " anna@mail.example ", "a.b+c@sub.mail.example", "o'neil@mail.example"])
def test_plain_addresses_are_taken(address: str) -> None:
    assert one_address(address) == address.strip()


@given(subject=st.text(max_size=300), name=st.text(max_size=60), text=st.text(max_size=600), html=st.text(max_size=200))
def test_nothing_that_is_written_becomes_a_header_or_another_recipient(
    subject: str, name: str, text: str, html: str
) -> None:
    text, html = (each.encode("utf-8", "replace").decode() for each in (text, html))
    subject, name = (each.encode("utf-8", "replace").decode() for each in (subject, name))
    mail = compose(
        sender=SENDER, sender_name=name, to=TO, subject=subject, text=text, html=html, message_id="<a@b>", now=0.0
    )
    parsed = email.message_from_bytes(mail.as_bytes(), policy=email.policy.default)
    assert {each.lower() for each in parsed} <= {
        "from", "to", "subject", "date", "message-id", "auto-submitted", "mime-version", "content-type",
        "content-transfer-encoding",
    }  # fmt: skip
    assert [address.addr_spec for address in parsed["To"].addresses] == [TO]
    assert [address.addr_spec for address in parsed["From"].addresses] == [SENDER]
    assert len(parsed["Subject"]) <= 200
