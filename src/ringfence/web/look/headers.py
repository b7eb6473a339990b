"""What every answer to a browser carries."""

from collections.abc import Mapping
from typing import Final

__all__ = ["HEADERS", "headers_of_form", "policy"]


def policy(*, forms: bool = False) -> str:
    """A Content-Security-Policy: nothing from elsewhere, nothing inline, nobody frames us; forms only to ourselves."""
    action = "'self'" if forms else "'none'"
    return (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
        f"base-uri 'none'; form-action {action}; frame-ancestors 'none'"
    )


HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": policy(),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""On pages that send nothing."""


def headers_of_form() -> dict[str, str]:
    """On pages with forms. Under `no-referrer` a browser would send `Origin: null` with its own form (Fetch 3.2)."""
    return {**HEADERS, "Content-Security-Policy": policy(forms=True), "Referrer-Policy": "same-origin"}
