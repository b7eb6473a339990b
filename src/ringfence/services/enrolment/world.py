"""What enrolment is given."""

from dataclasses import dataclass, field
from typing import final

from ringfence.clock import Clock
from ringfence.persistence import Database
from ringfence.randomness import Randomness
from ringfence.services.enrolment.ports import Identities, Ledger, Notices, Prover, PushInstances, Reach, Rights

__all__ = ["World"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything that enrolment stands on."""

    db: Database
    ledger: Ledger
    notices: Notices
    identities: Identities
    prover: Prover
    reach: Reach
    push: PushInstances
    rights: Rights
    clock: Clock
    randomness: Randomness
    mark_key: bytes = field(repr=False)
    """32 bytes, ours alone and kept over restarts: by it people who come back are known again."""
