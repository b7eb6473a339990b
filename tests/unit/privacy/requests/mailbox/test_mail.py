"""Mails as they come: read as far as they can be, and none breaks the reader."""

from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ringfence.privacy.requests import Kind
from ringfence.privacy.requests.mailbox import MailTooLarge, parse
from ringfence.privacy.requests.mailbox.html import text_of
from ringfence.privacy.requests.mailbox.mail import Attachment
from ringfence.privacy.requests.mailbox.sorting import sort

MAILS = Path(__file__).with_name("mails")
FILES = sorted(MAILS.glob("*.eml"))


def read(name: str) -> bytes:
    return (MAILS / f"{name}.eml").read_bytes()


def test_a_letter_is_read_with_its_encodings() -> None:
    mail = parse(read("german_access"))
    assert (mail.name, mail.address) == ("Jürgen Müller", "juergen@mail.example")
    assert mail.subject == "Auskunft nach Art. 15 DSGVO"
    assert "Mit freundlichen Grüßen" in mail.text
    assert (mail.message_id, mail.automatic, mail.attachments) == ("<a1@mail.example>", False, ())


def test_html_becomes_text_and_nothing_in_it_runs_or_is_fetched() -> None:
    mail = parse(read("html_only"))
    assert mail.text == "Please erase everything.\nCafé\nRegards"
    assert mail.address == "eve2@mail.example"  # where she wants the answer


def test_a_page_of_identity_is_kept_and_a_program_is_not() -> None:
    mail = parse(read("attachments"))
    assert mail.text == "Here are my papers."
    assert mail.attachments == (Attachment("application/pdf", b"%PDF-1.7 redacted"),)
    assert mail.dropped == 1


def test_a_machines_mail_is_known() -> None:
    assert parse(read("machine")).automatic


def test_a_mail_without_sender_or_id_is_still_a_mail() -> None:
    mail = parse(read("no_sender"))
    assert (mail.address, mail.message_id, mail.text) == ("", "", "delete my data")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_mail_of_the_collection_is_read(file: Path) -> None:
    mail = parse(file.read_bytes())
    for text in (mail.name, mail.address, mail.subject, mail.text):
        text.encode("utf-8")
        assert "\0" not in text


def test_a_mail_over_the_limit_is_refused_unread() -> None:
    with pytest.raises(MailTooLarge):
        parse(b"Subject: x\n\n" + b"x" * 100, most=100)


_HEAD = b"Content-Type: multipart/mixed; boundary=x\n\n"
_HEADERS = st.sampled_from(
    ["From", "Reply-To", "Subject", "Content-Type", "Content-Transfer-Encoding", "Content-Disposition", "References"]
)
_VALUES = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        ["=?utf-8?b?!!?=", "multipart/mixed; boundary=x", "message/rfc822", "base64", "attachment", '"<@', "a@b, , <c",
         "text/plain; charset=\udcff", "multipart/mixed; boundary=", "text/html; charset*=utf-8''%ff"]
    ),
)  # fmt: skip
_MAIL = st.builds(
    lambda headers, body: "".join(f"{name}: {value}\n" for name, value in headers).encode("utf-8", "replace")
    + b"\n" + body,
    st.lists(st.tuples(_HEADERS, _VALUES), max_size=6),
    st.one_of(st.binary(max_size=200), st.just(b"--x\nContent-Type: message/rfc822\n\n--x\n\n--x--\n" * 3)),
)  # fmt: skip


@settings(deadline=None)
@given(raw=st.one_of(st.binary(max_size=400), _MAIL))
@example(_HEAD + b"--x\n" + _HEAD * 3000)
@example(_HEAD + (b"--x\n" + _HEAD) * 20)
@example(b"Content-Type: message/rfc822\n\n" * 2000)
@example(b"Content-Type: message/rfc822\n\n" * 20)
def test_no_bytes_break_the_reader(raw: bytes) -> None:
    mail = parse(raw)
    for text in (mail.name, mail.address, mail.subject, mail.text, mail.message_id, *mail.answers):
        text.encode("utf-8")


@given(st.text(max_size=300))
def test_no_html_breaks_the_reader(html: str) -> None:
    assert "\n\n" not in text_of(html)


@pytest.mark.parametrize(
    ("subject", "text", "kind", "language"),
    [
        ("Auskunft", "Ich bitte um eine Kopie meiner Daten und die Empfänger", Kind.ACCESS, "de"),
        ("Löschung", "Bitte löschen Sie meine Daten", Kind.ERASURE, "de"),
        ("", "Please delete my account and all data", Kind.ERASURE, "en"),
        ("Subject access request", "under Article 15, a copy of my data please", Kind.ACCESS, "en"),
        ("Rectification", "my name is wrong, please correct it", Kind.RECTIFICATION, "en"),
        ("Droit d'accès", "Je vous demande une copie de mes données, merci", Kind.ACCESS, "fr"),
        ("Supresión", "Por favor, supriman mis datos y los de la cuenta", Kind.ERASURE, "es"),
        ("Жалба", "Моля, това оплакване на клиент", Kind.COMPLAINT, "bg"),
        ("Výmaz údajů", "prosím, smazat mé údaje a účet", Kind.ERASURE, "cs"),
        ("Hello", "", Kind.ACCESS, "en"),
    ],
)
def test_a_mail_is_sorted_by_its_words(subject: str, text: str, kind: Kind, language: str) -> None:
    assert sort(subject, text) == (kind, language)
