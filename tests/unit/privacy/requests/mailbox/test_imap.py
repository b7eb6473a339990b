"""A mailbox that is read: each mail once, and none is marked before its request is committed."""

import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ringfence.errors import PeerFault
from ringfence.identifiers import ProviderId
from ringfence.privacy.requests.mailbox import ImapMailbox, ImapSettings, Intake, MailboxUnreachable
from ringfence.privacy.requests.mailbox.mail import MOST_MAIL
from tests.unit.privacy.requests.bureau import PROVIDER, bureau
from tests.unit.privacy.requests.mailbox.imap_server import Mailbox, imap_server
from tests.unit.privacy.requests.mailbox.test_mail import read


@pytest.fixture
async def box(tmp_path: Path) -> AsyncIterator[Mailbox]:
    async with imap_server(tmp_path) as served:
        yield served


class Taking:
    def __init__(self) -> None:
        self.raw: list[bytes] = []
        self.fails = False

    async def take(self, _: ProviderId, raw: bytes) -> None:
        if self.fails:
            raise PeerFault
        self.raw.append(raw)


def reading(box: Mailbox, taking: Taking, *, password: str = "right", folder: str = "INBOX") -> ImapMailbox:  # noqa: S107 - made up
    settings = ImapSettings(host="127.0.0.1", port=box.port, user="privacy", password=password, folder=folder)
    return ImapMailbox(PROVIDER, settings, taking.take, box.trust)


async def test_new_mails_are_taken_and_then_marked_as_read(box: Mailbox) -> None:
    box.put(4, read("german_access"))
    box.put(9, read("html_only"))
    taking = Taking()
    mailbox = reading(box, taking)
    assert await mailbox.visit() == 2
    assert taking.raw == [read("german_access"), read("html_only")]
    assert box.flags == {4: {"\\Seen"}, 9: {"\\Seen"}}
    assert await mailbox.visit() == 0


async def test_a_mail_that_could_not_be_taken_stays_new_and_holds_up_no_other(box: Mailbox) -> None:
    box.put(1, read("german_access"))
    taking = Taking()
    taking.fails = True
    mailbox = reading(box, taking)
    assert await mailbox.visit() == 0
    assert box.flags == {1: set()}
    taking.fails = False
    assert await mailbox.visit() == 1


async def test_a_mail_over_the_limit_is_not_fetched_and_stays_flagged_for_a_person(box: Mailbox) -> None:
    box.put(1, b"Subject: x\n\nsmall after all")
    box.sizes[1] = MOST_MAIL + 1
    taking = Taking()
    assert await reading(box, taking).visit() == 0
    assert (taking.raw, box.flags) == ([], {1: {"\\Flagged"}})
    assert not any("BODY" in said for said in box.said)


async def test_a_mail_whose_marking_was_lost_comes_again_and_is_the_same_request(tmp_path: Path, box: Mailbox) -> None:
    async with bureau(tmp_path / "house") as office:
        intake = Intake(office.requests)
        settings = ImapSettings(host="127.0.0.1", port=box.port, user="privacy", password="right")
        mailbox = ImapMailbox(PROVIDER, settings, intake.mail, box.trust)
        box.put(1, read("german_access"))
        box.breaks_at = "STORE"
        with pytest.raises(MailboxUnreachable):
            await mailbox.visit()
        box.breaks_at = ""
        assert await mailbox.visit() == 1
        (line,) = await office.requests.inbox(PROVIDER)
        assert line.repeats == 0


@pytest.mark.parametrize(("password", "folder"), [("wrong", "INBOX"), ("right", "Nowhere")])
async def test_a_mailbox_that_does_not_open_is_the_operators_to_mend(box: Mailbox, password: str, folder: str) -> None:
    with pytest.raises(MailboxUnreachable) as raised:
        await reading(box, Taking(), password=password, folder=folder).visit()
    assert password not in str(raised.value)


async def test_a_certificate_that_nobody_vouches_for_is_refused_before_the_password_is_said(box: Mailbox) -> None:
    box.trust = ssl.create_default_context()
    with pytest.raises(MailboxUnreachable):
        await reading(box, Taking()).visit()
    assert box.said == []


async def test_a_certificate_of_another_host_is_refused(tmp_path: Path) -> None:
    async with imap_server(tmp_path, ("mail.example.org",)) as box:
        with pytest.raises(MailboxUnreachable):
            await reading(box, Taking()).visit()
        assert box.said == []


def test_its_password_is_in_no_text_about_it() -> None:
    settings = ImapSettings(host="mail.example.org", user="privacy@example.org", password="hidden one")
    assert "hidden" not in repr(settings)
    assert "privacy" not in repr(settings)
