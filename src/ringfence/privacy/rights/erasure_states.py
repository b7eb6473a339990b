"""What can be said of an erasure: its terms, how far it is, what it would do."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import final

from ringfence.clock import DAY
from ringfence.identifiers import RowId
from ringfence.privacy.rights.verdict import Verdict

__all__ = ["DryRun", "ErasureSettings", "ErasureStatus", "Point", "State"]


class Point(StrEnum):
    """The moments between and inside the steps at which a test kills the process."""

    WRITING_INTENT = "writing_intent"
    INTENT_WRITTEN = "intent_written"
    SERVICES_LET_GO = "services_let_go"
    DEPARTED = "departed"
    BLOCKED = "blocked"
    PUT_AWAY = "put_away"
    DECIDING = "deciding"
    DECIDED = "decided"
    TOMBSTONE_ON_DISK = "tombstone_on_disk"
    WRITING_ANCHOR = "writing_anchor"
    ANCHORED = "anchored"
    KEYS_GONE = "keys_gone"
    DELETING_ROWS = "deleting_rows"
    TABLE_EMPTIED = "table_emptied"
    ROWS_GONE = "rows_gone"
    SCRUBBED = "scrubbed"
    WRITING_CERTIFICATE = "writing_certificate"
    CERTIFIED = "certified"


class State(IntEnum):
    """How far an erasure has come; each includes the ones before."""

    REQUESTED = 0
    DEPARTED = 1
    DECIDED = 2
    ENTOMBED = 3
    KEYS_GONE = 4
    ROWS_GONE = 5
    CERTIFIED = 6


@final
@dataclass(frozen=True, slots=True)
class ErasureSettings:
    """Terms of an erasure.

    promised_seconds: within this time the certificate is there (ACR-05); a policy may shorten it.
    depart_seconds: what services may take to let go; destroying keys never waits for a PBX longer than this.
    copies_seconds: after this time no copy of the keyring opens: the keyring's backup lifetime and one daily rotation.
    """

    promised_seconds: float = 7 * DAY
    depart_seconds: float = 30.0
    copies_seconds: float = 4 * DAY


@final
@dataclass(frozen=True, slots=True)
class ErasureStatus:
    """The truth about an erasure at the moment of asking. Times are epoch seconds."""

    id: RowId
    state: State
    requested: float
    promised: float
    verdicts: tuple[Verdict, ...]
    certificate: bytes | None


@final
@dataclass(frozen=True, slots=True)
class DryRun:
    """What an erasure would do now: what becomes of each field, and what stops working (keys of texts)."""

    verdicts: tuple[Verdict, ...]
    stops: tuple[str, ...]
