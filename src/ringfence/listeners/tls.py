"""TLS contexts (RFC 8446, RFC 5922): 1.2 and above, names checked on the way out."""

import ssl
from pathlib import Path

from ringfence.errors import OperatorFault

__all__ = ["CertificateUnusable", "client_context", "server_context"]


class CertificateUnusable(OperatorFault):
    """The certificate, its key or the list of trusted authorities can't be read, or do not belong together."""

    code = "certificate_unusable"


def server_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """For the devices' side: shows `certificate` (PEM, the whole chain). Raises `CertificateUnusable`.

    Calling `load_cert_chain` again on the result renews it for the connections that follow.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    _load(context, certificate, key)
    return context


def client_context(
    *, trusted: Path | None = None, certificate: Path | None = None, key: Path | None = None
) -> ssl.SSLContext:
    """For connections to a PBX: its certificate must bear the SIP domain's name.

    `trusted` (PEM) replaces the machine's list of authorities; `certificate` and `key` are shown to a PBX that asks.
    Raises `CertificateUnusable`.
    """
    try:
        context = ssl.create_default_context(cafile=trusted)
    except (OSError, ssl.SSLError) as fault:
        raise CertificateUnusable(setting="trusted") from fault
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if certificate is not None:
        _load(context, certificate, key or certificate)
    return context


def _load(context: ssl.SSLContext, certificate: Path, key: Path) -> None:
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as fault:
        raise CertificateUnusable(setting="certificate", file=str(certificate)) from fault
