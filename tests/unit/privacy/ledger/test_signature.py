"""The installation's signature."""

from ringfence.privacy.ledger.signature import Signer, verify_with

SIGNER = Signer(b"s" * 32)


def test_a_signature_verifies_with_the_public_half_alone() -> None:
    signature = SIGNER.sign(b"gone")
    assert verify_with(SIGNER.public_key, b"gone", signature)
    assert not verify_with(SIGNER.public_key, b"here", signature)
    assert not verify_with("no key", b"gone", signature)


def test_the_same_secret_is_the_same_key() -> None:
    assert Signer(b"s" * 32).key_id == SIGNER.key_id
    assert Signer(b"t" * 32).key_id != SIGNER.key_id


def test_a_signature_counts_only_under_the_name_of_its_key() -> None:
    signature = SIGNER.sign(b"x")
    assert SIGNER.verify(SIGNER.key_id, b"x", signature)
    assert not SIGNER.verify("0" * 16, b"x", signature)
    assert not SIGNER.verify(SIGNER.key_id, b"y", signature)
