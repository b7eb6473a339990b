"""Restriction (Art. 18 GDPR): data that is stored and not used, row by row, whoever reads it.

    requests, portal ──restrict, lift──> Restrictions ──guards──> persistence: rows sealed under keys of their own
                                              │                       readers do not see them, sweeps respect them
         person <──told before it is lifted── ┼──restricted, lifted──> services (port Observes): nothing in memory
    beside the key file <──in force, Standing──┤
         ledger <──each use of an exception───┘

Invariants
- When `restrict` returns, no read of any service opens the values: the vault refuses, and no service has to ask.
- It survives restarts, backups and migrations: it is in the sealed value itself, and beside the key file is noted what
  is in force, so that an older backup does not lose it.
- Under Art. 18(1)(b) and (c) nothing deletes them: neither a sweep, nor a service, nor an erasure.
- Nobody's restriction is lifted before they are told.

Refuses: to open for anything but consent, claims, the rights of others and an important public interest.
"""

from ringfence.privacy.restriction.errors import (
    ExceptionNotNamed,
    NothingToRestrict,
    StandingDamaged,
    UnknownRestriction,
)
from ringfence.privacy.restriction.ports import Heralds, Informs, Observes
from ringfence.privacy.restriction.records import Ground, Restriction, Stage
from ringfence.privacy.restriction.restrictions import Restrictions, restrictable
from ringfence.privacy.restriction.standing import Standing

__all__ = [
    "ExceptionNotNamed",
    "Ground",
    "Heralds",
    "Informs",
    "NothingToRestrict",
    "Observes",
    "Restriction",
    "Restrictions",
    "Stage",
    "Standing",
    "StandingDamaged",
    "UnknownRestriction",
    "restrictable",
]
