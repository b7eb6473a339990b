"""What a push service's status means (RFC 8030 sections 5 and 7)."""

from typing import Final

from ringfence.senders.delivery import Verdict

__all__ = ["read"]

_VERDICTS: Final = {
    404: Verdict.DEAD_TOKEN,
    410: Verdict.DEAD_TOKEN,
    403: Verdict.WRONG_SENDER,  # the subscription was made for another VAPID key
    429: Verdict.BUSY,
    503: Verdict.BUSY,
}


def read(status: int) -> Verdict:
    if 200 <= status < 300:
        return Verdict.ACCEPTED
    return _VERDICTS.get(status, Verdict.UNCLEAR if status >= 500 else Verdict.OUR_FAULT)
