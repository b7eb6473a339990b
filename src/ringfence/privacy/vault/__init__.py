"""The vault: who can be found, what can be read, and the end of both.

    persistence ──Sealer──> Vault ──data keys──> Keyring ──> its own SQLite file: wrapped keys, blinded identifiers
                                                    │                                 ▲ wrapped and blinded by
                                                    └──────> KeyFile: epoch keys ─────┘ (never in a database)

A person is a random subject id. The keyring leads from identifiers to it, through a MAC that only this installation can
compute, and holds one data key per subject, retention class and expiry period. `forget` deletes both in one
transaction, and nothing of that person can be read or found again, but the classes that the law wants kept.

What is only stored (restricted, held, blocked) is sealed under keys of its own and opens only within `opened_for`.

Invariants
- A sealed value opens at its own place only: provider, table, part, subject, row, retention class, period.
- Each day a new epoch key wraps all data keys and blinds all identifiers; epoch keys older than the backup lifetime are
  destroyed. So an older copy of the keyring, wherever it lies, opens and finds nothing after that time.
- A row of the keyring names its epoch, and an epoch key is destroyed only when no row names it: a kill at any moment
  loses nothing, and the next rotation goes on where the last one stopped.
- Whoever has gone stays gone after a restart, too: before a key is made, the keyring asks the tombstones (`respect`).
- Every call is synchronous and short; none waits for another process longer than a moment.

Refuses: a key file that others may read, a keyring without its key file, a second person under one identifier, new keys
for a person who is gone.
"""

from ringfence.privacy.vault.errors import (
    IdentifierTaken,
    KeyFileDamaged,
    KeyFileExposed,
    KeyFileMissing,
    KeyringDamaged,
    LifetimeTooLong,
    NewerKeyring,
)
from ringfence.privacy.vault.keyfile import Epoch
from ringfence.privacy.vault.keyring import Gone, KeptClass, Keyring
from ringfence.privacy.vault.use import Use, opened_for
from ringfence.privacy.vault.vault import Vault

__all__ = [
    "Epoch",
    "Gone",
    "IdentifierTaken",
    "KeptClass",
    "KeyFileDamaged",
    "KeyFileExposed",
    "KeyFileMissing",
    "Keyring",
    "KeyringDamaged",
    "LifetimeTooLong",
    "NewerKeyring",
    "Use",
    "Vault",
    "opened_for",
]
