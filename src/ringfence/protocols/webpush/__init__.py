"""Web Push, as far as it is bytes (RFC 8188, RFC 8291).

    senders/webpush ──encrypt(plain, the subscription's keys, a fresh key, salt)──> the body of one message

Invariants: one record a message, whose length says nothing about what is in it.
Refuses: a point that is not on the curve.
"""

from ringfence.protocols.webpush.encryption import LARGEST, KeyUnusable, encrypt

__all__ = ["LARGEST", "KeyUnusable", "encrypt"]
