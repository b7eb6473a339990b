"""Signed checkpoints: what the chain said, sworn to with a key that no database holds."""

import json
from dataclasses import dataclass
from typing import final

from ringfence.identifiers import ProviderId, RowId
from ringfence.privacy.ledger.chain import Head
from ringfence.privacy.ledger.records import LedgerCheckpoint
from ringfence.privacy.ledger.signature import Signer
from ringfence.privacy.statement import canonical

__all__ = ["Statement", "read_checkpoint", "sign_checkpoint"]


@final
@dataclass(frozen=True, slots=True)
class Statement:
    """What a genuine checkpoint says: entry `number` of the chain had this hash."""

    number: int
    hash: bytes


def sign_checkpoint(provider: ProviderId, head: Head, at: float, signer: Signer) -> LedgerCheckpoint:
    content = {"at": int(at), "hash": head.hash.hex(), "key": signer.key_id, "n": head.number, "provider": provider}
    body = canonical(content)
    return LedgerCheckpoint(
        id=RowId(f"{provider}:{head.number}"),
        provider=provider,
        number=head.number,
        body=body,
        signature=signer.sign(body),
    )


def read_checkpoint(row: LedgerCheckpoint, signer: Signer) -> Statement | None:
    """What it says; None if any stored byte of it is not as it was signed."""
    try:
        content = json.loads(row.body)
        genuine = signer.verify(content["key"], row.body, row.signature)
        statement = Statement(content["n"], bytes.fromhex(content["hash"]))
        placed = (row.provider, row.number, row.id) == (
            content["provider"],
            content["n"],
            f"{content['provider']}:{content['n']}",
        )
    except (KeyError, TypeError, ValueError):
        return None
    return statement if genuine and placed else None
