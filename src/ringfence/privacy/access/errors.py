"""Why nobody gets in; said alike to everybody, so that a refusal tells nothing about who exists."""

from ringfence.errors import PeerFault

__all__ = ["PasskeyUnusable", "TooManyTries"]


class TooManyTries(PeerFault):
    """Too many tries of this kind, from this place or for this name; `retry_after` says in how many seconds again."""

    code = "too_many_tries"
    http_status = 429

    def __init__(self, retry_after: float) -> None:
        super().__init__(retry_after=max(1, round(retry_after)))


class PasskeyUnusable(PeerFault):
    """What the authenticator answered does not fit: another challenge, place or key, or without user verification."""

    code = "passkey_unusable"
    http_status = 403
