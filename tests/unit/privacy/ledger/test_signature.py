"""The installation's signing key."""

from pathlib import Path

import pytest

from ringfence.privacy.ledger.signature import Signer, SigningKeyUnusable, verify_with


def test_the_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "signing.pem"
    first, second = Signer.open(path), Signer.open(path)
    assert first.public_key == second.public_key
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_signature_verifies_with_the_public_half_alone(tmp_path: Path) -> None:
    signer = Signer.open(tmp_path / "signing.pem")
    signature = signer.sign(b"gone")
    assert verify_with(signer.public_key, b"gone", signature)
    assert not verify_with(signer.public_key, b"here", signature)
    assert signer.verify(signer.key_id, b"gone", signature)
    assert not signer.verify("0" * 16, b"gone", signature)


def test_signatures_of_a_replaced_key_are_still_accepted(tmp_path: Path) -> None:
    old = Signer.open(tmp_path / "old.pem")
    new = Signer.open(tmp_path / "new.pem")
    both = tmp_path / "both.pem"
    both.write_bytes((tmp_path / "new.pem").read_bytes() + (tmp_path / "old.pem").read_bytes())
    both.chmod(0o600)
    signer = Signer.open(both)
    assert signer.key_id == new.key_id
    assert signer.verify(old.key_id, b"x", old.sign(b"x"))


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "signing.pem"
    Signer.open(path)
    path.chmod(0o644)
    with pytest.raises(SigningKeyUnusable):
        Signer.open(path)


@pytest.mark.parametrize("content", [b"", b"no key", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_a_file_without_a_key_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "signing.pem"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(SigningKeyUnusable):
        Signer.open(path)
