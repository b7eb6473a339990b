from pathlib import Path

from cryptography import x509

from ringfence.clock import SystemClock
from ringfence.demo.certificate import make_certificates


def test_a_demo_certificate_says_that_it_is_one(tmp_path: Path) -> None:
    made = make_certificates(tmp_path, SystemClock())
    certificate = x509.load_pem_x509_certificates(made.chain.read_bytes())[0]
    assert "Ringfence demo" in certificate.issuer.rfc4514_string()
    assert made.key.stat().st_mode & 0o777 == 0o600
