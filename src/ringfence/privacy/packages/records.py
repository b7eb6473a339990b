"""What packages keep, and what of them crosses a line."""

from enum import StrEnum

from ringfence.declarations import Category, Flow, Keep, Medium, Purpose, Record, Role, Source, personal, technical
from ringfence.identifiers import CaseId, RowId

__all__ = [
    "DOWNLOAD",
    "PACKAGE_FILE",
    "TRANSMIT",
    "Copy",
    "FeeReason",
    "Kind",
    "Package",
    "Phase",
    "SnapshotRow",
    "Transmission",
    "TransmissionPhase",
]


class Kind(StrEnum):
    """Which right a package answers."""

    ACCESS = "access"  # Article 15(3) GDPR: all of it
    PORTABILITY = "portability"  # Article 20 GDPR: what the person provided, or their devices


class Phase(StrEnum):
    """How far a package has come, as its row tells; `Packages.status` also looks at the file."""

    ASKED = "asked"
    READY = "ready"
    SHREDDED = "shredded"


class FeeReason(StrEnum):
    """Why a copy costs nothing, or may cost a reasonable fee (Articles 12(5), 15(3) and 20 GDPR)."""

    FIRST_COPY = "first_copy"
    FURTHER_COPY = "further_copy"
    PORTABILITY_IS_FREE = "portability_is_free"


class Package(Record, table="package", number=80, keep=Keep.PACKAGE):
    """A copy that was asked for. `due` is when it expires; the file's key is here, so it ends with this row.

    A shredded package has no key any more; the row stays until `due`, so that the page can say what became of it.
    """

    case: CaseId | None = technical("which request it answers; None: the person fetched it themselves")
    kind: Kind = technical("which right it answers")
    phase: Phase = technical("how far it has come")
    file: RowId = technical("the random name of its file")
    asked_at: float = personal(1, Category.RIGHTS_REQUEST, Purpose.ANSWER_RIGHTS, Source.PERSON)
    language: str = personal(2, Category.RIGHTS_REQUEST, Purpose.ANSWER_RIGHTS, Source.DEVICE)
    key: bytes = personal(3, Category.RIGHTS_REQUEST, Purpose.ANSWER_RIGHTS, Source.GENERATED, secret=True)
    letter: tuple[str, ...] = personal(4, Category.CORRESPONDENCE, Purpose.ANSWER_RIGHTS, Source.PROVIDER, default=())
    """The answer that goes with it: title, then paragraphs."""
    ready_at: float | None = personal(5, Category.RIGHTS_REQUEST, Purpose.ANSWER_RIGHTS, Source.GENERATED, default=None)
    rows: int = personal(6, Category.RIGHTS_REQUEST, Purpose.ANSWER_RIGHTS, Source.GENERATED, default=0)
    size: int = personal(7, Category.RIGHTS_REQUEST, Purpose.ANSWER_RIGHTS, Source.GENERATED, default=0)
    digest: str = personal(8, Category.RIGHTS_REQUEST, Purpose.ANSWER_RIGHTS, Source.GENERATED, default="")
    """SHA-256 of the manifest in hex, as the ledger has it."""
    fetched_at: float | None = personal(9, Category.RIGHTS_REQUEST, Purpose.ANSWER_RIGHTS, Source.PERSON, default=None)


class SnapshotRow(Record, table="package_snapshot", number=81, keep=Keep.SNAPSHOT, index=(("table_number",),)):
    """A short-lived row as it was when its person asked for a copy, so that no sweep is faster than the answer."""

    case: CaseId = technical("which request it was taken for")
    table_number: int = technical("the table it is from")
    row: RowId = technical("its id there")
    packed: bytes = personal(1, Category.RIGHTS_REQUEST, Purpose.ANSWER_RIGHTS, Source.GENERATED, secret=True)
    """See `snapshot.py`."""


class Copy(Record, table="package_copy", number=82, keep=Keep.REQUEST):
    """That a copy was made: what further ones are counted by (Article 15(3) GDPR). The row's id is the package's."""

    kind: Kind = technical("which right it answered")
    charged: bool = technical("whether a reasonable fee may be asked for it")
    reason: FeeReason = technical("why, or why not")
    made_at: float = personal(1, Category.RIGHTS_REQUEST, Purpose.ANSWER_RIGHTS, Source.GENERATED)


class TransmissionPhase(StrEnum):
    """How far a transmission to another controller has come."""

    PROPOSED = "proposed"  # shown to the person, who has not confirmed
    SENDING = "sending"
    ACCEPTED = "accepted"
    REFUSED = "refused"  # the other side, or the gate, said no
    FAILED = "failed"  # nothing arrived
    UNKNOWN = "unknown"  # it was cut off: some of it may have arrived


class Transmission(Record, table="package_transmission", number=83, keep=Keep.PACKAGE, index=(("phase",),)):
    """That a person has a package sent to another controller (Article 20(2) GDPR)."""

    package: RowId = technical("which package")
    phase: TransmissionPhase = technical("how far it has come")
    status: int = technical("the HTTP status that the other side answered with; 0: none")
    url: str = personal(1, Category.RIGHTS_REQUEST, Purpose.ANSWER_RIGHTS, Source.PERSON)
    token: str = personal(2, Category.RIGHTS_REQUEST, Purpose.ANSWER_RIGHTS, Source.PERSON, secret=True, default="")
    """What the other controller gave the person to send with it; dropped once it was used."""
    confirmed_at: float | None = personal(
        3, Category.RIGHTS_REQUEST, Purpose.ANSWER_RIGHTS, Source.PERSON, default=None
    )


_PORTABLE = (
    Category.SIP_ADDRESS,
    Category.AUTH_USER,
    Category.DEVICE,
    Category.DEVICE_KEY,
    Category.PUSH_TOKEN,
    Category.NAME,
    Category.CONTACT_DETAIL,
    Category.PASSKEY,
)
"""What persons and devices provide on contract or consent; a test compares it with the declarations."""
_KEPT = (
    *_PORTABLE,
    Category.RETURN_MARK,
    Category.CALLER,
    Category.CALL_TIME,
    Category.AGREEMENT,
    Category.NOTICE,
    Category.CONSENT,
    Category.AGE,
    Category.DISCLOSURE,
    Category.LOOK,
    Category.RIGHTS_REQUEST,
    Category.CORRESPONDENCE,
    Category.ANNOUNCEMENT,
    Category.IDENTITY_EVIDENCE,
    Category.MANDATE,
    Category.HOLD,
    Category.RESTRICTION,
    Category.INVOICE,
    Category.CUSTOMER_NUMBER,
    Category.STAFF_ACCOUNT,
)
"""Everything that rests in tables and may be shown; as above."""

PACKAGE_FILE = Flow(
    name="packages.file",
    medium=Medium.FILE,
    carries=_KEPT,
    purpose=Purpose.ANSWER_RIGHTS,
    source=Source.GENERATED,
    to=Role.PERSON,
    says="A copy that a person asked for waits for them in a file that is sealed under a key of its own.",
    rests="Until it has expired, 14 days by default and 30 at most, or the person is done with it.",
)

DOWNLOAD = Flow(
    name="packages.download",
    medium=Medium.HTTP,
    carries=_KEPT,
    purpose=Purpose.ANSWER_RIGHTS,
    source=Source.GENERATED,
    to=Role.PERSON,
    says="A person fetches the copy of their data by a link that works in their own session only.",
)

TRANSMIT = Flow(
    name="packages.transmit",
    medium=Medium.HTTP,
    carries=_PORTABLE,
    purpose=Purpose.ANSWER_RIGHTS,
    source=Source.PERSON,
    to=Role.OTHER_CONTROLLER,
    says="What a person provided goes to another controller whom they named, once they have confirmed the address.",
)
