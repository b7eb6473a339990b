"""The ledger's own tables; neither belongs to a person."""

from ringfence.declarations import TechnicalRecord, technical
from ringfence.identifiers import ProviderId

__all__ = ["LedgerCheckpoint", "LedgerEntry"]


class LedgerEntry(TechnicalRecord, table="ledger_entry", number=11, unique=(("provider", "number"),)):
    """One link of a provider's chain; its id is `provider:number`."""

    provider: ProviderId = technical("whose chain")
    number: int = technical("place in the chain, from 1")
    body: bytes = technical("what happened", reviewed="closed facts and a random reference only; see ledger/event.py")
    hash: bytes = technical("chains it to the entry before", reviewed="a digest over the chain")


class LedgerCheckpoint(TechnicalRecord, table="ledger_checkpoint", number=12):
    """A signed statement of where a chain stood; its id is `provider:number`."""

    provider: ProviderId = technical("whose chain")
    number: int = technical("the entry it speaks of")
    body: bytes = technical("the statement", reviewed="numbers and digests only; see ledger/checkpoint.py")
    signature: bytes = technical("Ed25519 over the statement", reviewed="a signature")
