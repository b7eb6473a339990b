"""By what a person who comes back is known: enough to know a password again, nothing to register with."""

import hmac

from ringfence.services.enrolment.ports import Proof

__all__ = ["return_mark"]


def return_mark(key: bytes, proof: Proof) -> bytes:
    """The mark of a digest secret under a key that is ours alone; compare marks with `hmac.compare_digest`."""
    known = b"\0".join((proof.realm, proof.algorithm.value.encode(), proof.ha1))
    return hmac.digest(key, known, "sha256")
