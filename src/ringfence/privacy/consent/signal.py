"""Global Privacy Control: what a browser says for the person, once and for all.

W3C Working Draft "Global Privacy Control": the request header `Sec-GPC: 1`, and `/.well-known/gpc.json` by which a
server says that it honours the header. For us it is an objection to direct marketing "by automated means using
technical specifications" (Article 21(5) GDPR): no marketing consent is asked for or taken, and standing ones end.
"""

import datetime as dt
from typing import Final

from ringfence.privacy.statement import canonical

__all__ = ["GPC_HEADER", "GPC_PATH", "asks_not_to_sell", "gpc_document"]

GPC_HEADER: Final = "sec-gpc"
GPC_PATH: Final = "/.well-known/gpc.json"


def asks_not_to_sell(header: str | None) -> bool:
    """Whether the header's value is the signal; every value but `1` is as if there were none."""
    return header == "1"


def gpc_document(last_update: dt.date) -> bytes:
    """The body of `GPC_PATH` (application/json): we honour the signal, since that day."""
    return canonical({"gpc": True, "lastUpdate": last_update.isoformat()})
