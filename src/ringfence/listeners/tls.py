"""TLS contexts (RFC 8446), the name that a PBX's certificate must bear (RFC 5922), and files that are renewed."""

import ssl
from pathlib import Path
from typing import Any, final

from ringfence.errors import OperatorFault

__all__ = ["CertificateUnusable", "Renewal", "bears", "client_context", "server_context"]

_SIP = "sip:"


class CertificateUnusable(OperatorFault):
    """The certificate, its key or the list of trusted authorities can't be read, or do not belong together."""

    code = "certificate_unusable"


def server_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """For whoever connects to us: shows `certificate` (PEM, the whole chain). Raises `CertificateUnusable`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    _load(context, certificate, key)
    return context


def client_context(
    *, trusted: Path | None = None, certificate: Path | None = None, key: Path | None = None
) -> ssl.SSLContext:
    """For connections that we open: 1.2 and above, the peer's chain and host name verified.

    `trusted` (PEM) replaces the machine's list of authorities; `certificate` and `key` are shown to a PBX that asks.
    Raises `CertificateUnusable`.
    """
    try:
        context = ssl.create_default_context(cafile=trusted)
    except (OSError, ssl.SSLError) as fault:
        raise CertificateUnusable(setting="trusted", file=str(trusted)) from fault
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if certificate is not None:
        _load(context, certificate, key or certificate)
    return context


def bears(certificate: dict[str, Any], domain: str) -> bool:
    """Whether a verified certificate (as `SSLSocket.getpeercert` tells it) is for this SIP domain (RFC 5922 section 7).

    SIP URIs count before DNS names, and the common name only where neither is there. No wildcard is anybody's domain:
    whoever holds one for the web servers does not hold the telephones.
    """
    names = certificate.get("subjectAltName", ())
    domains = [value[len(_SIP) :] for kind, value in names if kind == "URI" and value.lower().startswith(_SIP)]
    known = [name for name in domains if "@" not in name] or [
        value for kind, value in names if kind in {"DNS", "IP Address"}
    ]
    if not names:
        known = [value for part in certificate.get("subject", ()) for kind, value in part if kind == "commonName"]
    return domain.lower().rstrip(".") in {name.lower().rstrip(".") for name in known}


@final
class Renewal:
    """A certificate in use whose files may be replaced at any time; ask `renew` now and then."""

    def __init__(self, context: ssl.SSLContext, certificate: Path, key: Path) -> None:
        self.certificate = certificate
        self._context = context
        self._key = key
        self._seen = self._stamp()

    def renew(self) -> bool:
        """True where other files lie there than before: connections from now on are shown the new certificate.

        Raises `CertificateUnusable`, once for each change, where they are of no use; the former one then stays in use.
        A certificate and a key that do not belong together may be a renewal half way: the next change is looked at.
        """
        stamp = self._stamp()
        if stamp == self._seen:
            return False
        self._seen = stamp
        _load(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), self.certificate, self._key)  # what is broken must not come in
        _load(self._context, self.certificate, self._key)
        return True

    def _stamp(self) -> tuple[tuple[int, int, int] | None, ...]:
        return tuple(_stamp_of(file) for file in (self.certificate, self._key))


def _stamp_of(file: Path) -> tuple[int, int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size


def _load(context: ssl.SSLContext, certificate: Path, key: Path) -> None:
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as fault:
        raise CertificateUnusable(setting="certificate", file=str(certificate)) from fault
