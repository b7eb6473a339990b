"""aes128gcm for subscriptions: the RFC's own example, and what a browser reads."""

import base64

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from ringfence.protocols.webpush import LARGEST, KeyUnusable, encrypt, encryption
from tests.doubles.subscriber import Subscriber


def raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


# RFC 8291 section 5 and appendix A
PLAIN = b"When I grow up, I want to be a watermelon"
SENDER = raw("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")
RECEIVER = raw("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4")
SALT = raw("DGv6ra1nlYgDCS1FRnbzlw")
SECRET = raw("BTBZMqHH6r4Tts7J_aSIgg")
MESSAGE = raw(
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_"
    "yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def test_the_example_of_rfc_8291_comes_out_as_printed_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encryption, "_STEP", 1)  # the example is not padded
    key = ec.derive_private_key(int.from_bytes(SENDER, "big"), ec.SECP256R1())
    assert encrypt(PLAIN, receiver=RECEIVER, secret=SECRET, sender=key, salt=SALT) == MESSAGE


def sealed(plain: bytes, browser: Subscriber) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    return encrypt(plain, receiver=browser.public, secret=browser.secret, sender=key, salt=bytes(16))


@given(st.binary(max_size=LARGEST))
def test_the_subscriber_alone_reads_what_was_written(plain: bytes) -> None:
    browser = Subscriber()
    body = sealed(plain, browser)
    assert len(body) <= 4_096
    assert browser.read(body) == plain
    with pytest.raises(InvalidTag):
        Subscriber().read(body)


def test_the_length_tells_nothing_of_short_messages() -> None:
    browser = Subscriber()
    assert len({len(sealed(b"x" * length, browser)) for length in (0, 40, 900, 1_023)}) == 1


@pytest.mark.parametrize("point", [b"", bytes(65), b"\x04" + bytes(64), RECEIVER[:-1]])
def test_a_key_that_is_no_point_of_the_curve_is_refused(point: bytes) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(KeyUnusable):
        encrypt(b"", receiver=point, secret=SECRET, sender=key, salt=SALT)
