"""What the mediator's answers mean: a status of HTTP for the request, and one inside for the push."""

from typing import Final, final

import msgspec

from ringfence.senders.delivery import Verdict

__all__ = ["read"]

_VERDICTS: Final = {
    400: Verdict.OUR_FAULT,
    404: Verdict.DEAD_TOKEN,
    410: Verdict.DEAD_TOKEN,
    429: Verdict.BUSY,
    503: Verdict.BUSY,
}


@final
class _Body(msgspec.Struct):
    code: int


def read(status: int, body: bytes) -> Verdict:
    """Never raises. A 404 of HTTP is a wrong address of ours; inside, it is a token that nobody knows."""
    if not 200 <= status < 300:
        return Verdict.BUSY if status in {429, 503} else Verdict.UNCLEAR if status >= 500 else Verdict.OUR_FAULT
    try:
        code = msgspec.json.decode(body, type=_Body).code
    except msgspec.MsgspecError:
        return Verdict.UNCLEAR
    return Verdict.ACCEPTED if code == 200 else _VERDICTS.get(code, Verdict.UNCLEAR)
