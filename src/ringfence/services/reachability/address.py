"""SIP addresses and user names as people type them, checked once, before they go into any message."""

import re

from ringfence.services.reachability.errors import BadAddress

__all__ = ["check_address", "check_user"]

# user and host of RFC 3261 section 25.1, without passwords, ports and parameters; both bounded
_ADDRESS = re.compile(
    r"(?:[A-Za-z0-9_.!~*'()&=+$,;?/-]|%[0-9A-Fa-f]{2}){1,128}@(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])"
)
_USER = re.compile(r"[^\x00-\x1f\x7f]{1,128}")


def check_address(aor: str) -> None:
    """Raise `BadAddress` unless `aor` is `user@host` and nothing else."""
    if not _ADDRESS.fullmatch(aor):
        raise BadAddress(field="sip_address")


def check_user(user: str) -> None:
    """Raise `BadAddress` unless `user` may stand between the quotes of a digest."""
    if not _USER.fullmatch(user):
        raise BadAddress(field="auth_user")
