"""What the story shows can be read, and a certificate that was touched is not believed."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ringfence.demo.exhibit import code, head, is_signed, laid_out, rows_of, was_held

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
PUBLIC = KEY.public_key().public_bytes_raw().hex()


def signed() -> dict[str, object]:
    content: dict[str, object] = {"verdicts": [{"table": "device", "verdict": "erased"}], "certificate": 1}
    message = json.dumps(content, sort_keys=True, separators=(",", ":")).encode()
    return content | {"signature": KEY.sign(message).hex()}


def test_a_certificate_is_believed_as_it_was_signed() -> None:
    assert is_signed(signed(), PUBLIC)


@pytest.mark.parametrize(
    "change", [{"certificate": 2}, {"more": ""}, {"signature": "00" * 64}, {"signature": "no hex"}]
)
def test_a_touched_certificate_is_not(change: dict[str, object]) -> None:
    assert not is_signed(signed() | change, PUBLIC)


def test_another_installations_key_does_not_vouch_for_it() -> None:
    other = Ed25519PrivateKey.from_private_bytes(b"o" * 32).public_key().public_bytes_raw().hex()
    assert not is_signed(signed(), other)


def test_a_certificate_is_laid_out_line_by_line() -> None:
    shown = laid_out({"a": 1, "b": ["x", {"y": 2}], "c": {"read": 3}, "d": []})
    assert shown.splitlines() == ["a: 1", "b:", '  "x"', '  {"y": 2}', "c:", "  read: 3", "d: []"]


def test_only_verdicts_about_something_are_worth_a_line() -> None:
    erased, nothing = {"verdict": "erased", "rows": 1}, {"verdict": "nothing_held", "rows": 0}
    assert [each for each in (erased, nothing, "odd") if was_held(each)] == [erased, "odd"]


def test_given_out_rows_name_their_table() -> None:
    assert rows_of({"device": {"rows": [{"id": "1"}], "kept": "x"}, "empty": {"rows": []}}) == 'device: {"id": "1"}'
    assert rows_of(None) == ""


def test_parts_of_answers_are_read() -> None:
    assert code(b'{"code": "terms_not_agreed"}') == "terms_not_agreed"
    assert code(b"<html>") == ""
    assert head(b"BYE sip:a SIP/2.0\r\nTo: b\r\n\r\nbody") == "BYE sip:a SIP/2.0\nTo: b"
